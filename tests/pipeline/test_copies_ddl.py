"""The DDL that is printed is run by the databases that it is for."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from pipeline.copy_places import World
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from taquilla.errors import SettingsError
from taquilla.pipeline.copies.places import opened_model
from taquilla.pipeline.copies.statements import statements

Run = Callable[[str], object]


def printed(world: World, source: str, dialect: str) -> list[str]:
    address = world.address(source)
    with opened_model(address, world.places) as opened:
        return list(statements(opened, address, dialect))


@contextmanager
def running(dialect: str, request: pytest.FixtureRequest) -> Iterator[Run]:
    """What runs a statement in an empty database of that dialect."""
    with ExitStack() as opened:
        if dialect == "mysql":
            mariadb: MariaDbServer = request.getfixturevalue("mariadb")
            connection = opened.enter_context(mariadb.connect(mariadb.new_database()))
            cursor = opened.enter_context(connection.cursor())
            opened.callback(cursor.execute, "drop schema if exists shop")
            yield cursor.execute
        elif dialect == "postgresql":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            database = postgres.new_database().rpartition("/")[2]
            yield opened.enter_context(postgres.connect(database)).execute
        else:
            module = {"sqlite": sqlite3, "duckdb": duckdb}[dialect]
            yield opened.enter_context(closing(module.connect(":memory:"))).execute


@pytest.mark.parametrize("dialect", ["mysql", "postgresql", "sqlite", "duckdb"])
def test_the_warehouses_tables_are_made_by_each_database(
    tmp_path: Path, request: pytest.FixtureRequest, dialect: str
) -> None:
    found = printed(World(tmp_path), "warehouse", dialect)
    with running(dialect, request) as run:
        for statement in found:
            run(statement)
    schemas = [statement for statement in found if statement.startswith("CREATE SCHEMA")]
    assert len(schemas) == (0 if dialect == "sqlite" else 2)
    assert sum("fact_rental" in statement.splitlines()[0] for statement in found) == 1
    assert any("PRIMARY KEY" in statement for statement in found)
    assert not [statement for statement in found if "mart" in statement.splitlines()[0]]


def test_a_mart_is_printed_when_it_is_meant(tmp_path: Path) -> None:
    schema, table = printed(World(tmp_path), "warehouse:mart.top_films", "snowflake")
    assert (schema, table.split(" (")[0]) == ('CREATE SCHEMA IF NOT EXISTS "mart";', 'CREATE TABLE "mart"."top_films"')


def test_types_of_a_text_file_are_found_in_its_rows(tmp_path: Path) -> None:
    world = World(tmp_path)
    file = world.file("payment.csv", "payment_id,amount,paid_at,zip\n1,2.99,2005-05-24 10:00:00,00501\nx\n2,4,,\n")
    [statement] = printed(world, file, "postgresql")
    assert " ".join(statement.split()) == (
        'CREATE TABLE "payment" ( "payment_id" BIGINT, "amount" NUMERIC(15,2), "paid_at" TIMESTAMP, "zip" TEXT );'
    )


def test_an_unknown_dialect_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Unknown dialect 'oracle'. Known: mysql, postgresql, sqlite"):
        printed(World(tmp_path), "warehouse", "oracle")
