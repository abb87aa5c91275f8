"""Sakila by the command line: out of MariaDB, the Snowflake stand-in and S3, into DuckDB and PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.shop_road import ShopRoad, lake_contents
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.s3 import S3Server
from services.snowflake import SnowflakeServer
from taquilla.pipeline.addresses import parse
from taquilla.pipeline.copies.copying import copy
from taquilla.pipeline.copies.places import Places
from taquilla.pipeline.rentals.shop_tables import shop_tables
from taquilla.sources.sql import SqlOptions
from taquilla.tables.rentals import SHOP

ANSWERS = {
    "select count(*) from shop.fact_rental": 16_044,
    "select count(*) from shop.fact_payment": 16_049,
    "select sum(amount) from shop.fact_payment": Decimal("67416.51"),
    "select sum(amount) from shop.fact_payment where paid_on = date '2005-05-24'": Decimal("29.92"),
    "select count(*) from shop.fact_rental where is_open": 183,
    "select count(*) from shop.fact_payment where rental_id is null": 5,
    "select count(*) from shop.fact_payment where amount = 0": 24,
    "select count(*) from shop.dim_film where film_id not in (select film_id from shop.dim_copy)": 42,
    "select count(*) from shop.fact_rental where store_id = 1": 7_923,
    "select count(*) from shop.fact_rental where store_id = 2": 8_121,
    "select count(*) from shop.dim_customer where is_current and not is_inferred": 599,
    "select count(*) from shop.orphans": 0,
    "select count(*) from shop.rejected": 0,
    "select count(*) from shop.repairs": 0,
}
MOST_FILMS = """
    select a.first_name, a.last_name, count(*) as films from shop.actors as a join shop.film_actors using (actor_id)
    group by a.actor_id, a.first_name, a.last_name order by films desc limit 1"""


@pytest.fixture(scope="module")
def shop(mariadb: MariaDbServer, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> ShopRoad:
    """A lake, a warehouse file and a PostgreSQL database that Sakila was brought into."""
    database = postgres.new_database().rpartition("/")[2]
    way = ShopRoad(
        tmp_path_factory.mktemp("sakila"),
        {
            "connections__shop__url": mariadb.url(mariadb.load_sakila()),
            "connections__shop__password": mariadb.password,
            "postgres__url": postgres.url(database, password=False),
            "postgres__password": postgres.password,
        },
    )
    way.taquilla("migrate")
    way.taquilla("rentals", "shop")
    return way


@pytest.fixture(scope="module")
def ask_postgres(shop: ShopRoad, postgres: PostgresServer) -> Iterator[Any]:
    database = shop.settings["postgres__url"].rpartition("/")[2]
    with postgres.connect(database) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.mark.parametrize("sql", ANSWERS)
def test_what_is_known_of_sakila(shop: ShopRoad, ask_postgres: Any, sql: str) -> None:
    assert shop.ask(sql) == ask_postgres(sql) == [(ANSWERS[sql],)]


def test_the_actor_with_the_most_films(shop: ShopRoad, ask_postgres: Any) -> None:
    assert shop.ask(MOST_FILMS) == ask_postgres(MOST_FILMS) == [("GINA", "DEGENERES", 42)]


def test_every_row_is_accounted_for(shop: ShopRoad) -> None:
    accounts = shop.status()
    assert {row["missing"] for row in accounts.values()} == {0}
    assert all(row["landed"] == row["current"] for row in accounts.values())
    assert accounts["rentals"]["current"] == 16_044
    assert sum(row["landed"] for row in accounts.values()) == 46_273


def test_a_second_reading_finds_nothing_new(shop: ShopRoad) -> None:
    before = lake_contents(shop.lake)
    assert "[1/6] land rentals       OK   0 rows" in shop.taquilla("rentals", "shop")
    assert lake_contents(shop.lake) == before


def places(shop: ShopRoad, **databases: SqlOptions) -> Places:
    settings = shop.settings
    mine = SqlOptions(settings["connections__shop__url"], settings["connections__shop__password"], name="shop")
    return Places({"shop": mine, **databases}, shop.lake, shop.warehouse, shop.data / "_copies")


def copied(shop: ShopRoad, targets: Mapping[str, str], **databases: SqlOptions) -> None:
    """Copy Sakila's tables of those names to those places."""
    there = places(shop, **databases)
    for name, target in targets.items():
        copy(parse(f"shop:{name}", there.databases), parse(target, there.databases), there)


def brought(folder: Path, source: str, **settings: str) -> ShopRoad:
    way = ShopRoad(folder, settings)
    way.taquilla("rentals", source)
    assert {row["missing"] for row in way.status().values()} == {0}
    return way


def test_the_same_through_snowflake(shop: ShopRoad, snowflake: SnowflakeServer, tmp_path: Path) -> None:
    url = snowflake.url(snowflake.new_database())
    names = ("film", "inventory", "rental", "customer", "staff", "store", "address", "film_category")
    copied(shop, {name: f"snow:{name}" for name in names}, snow=SqlOptions(url, snowflake.password, name="snow"))
    way = brought(tmp_path, "snow", connections__snow__url=url, connections__snow__password=snowflake.password)
    expected, found = lake_contents(shop.lake), lake_contents(way.lake)
    assert len(found) == 3 * len(names) + 1
    assert found == {table: expected[table] for table in found}


def test_the_same_through_s3(shop: ShopRoad, s3: S3Server, tmp_path: Path) -> None:
    place, kinds = f"s3://{s3.new_bucket()}/export", itertools.cycle(("parquet", "csv.gz", "ndjson.gz"))
    copied(shop, {name: f"{place}/{name}.{kind}" for name, kind in zip(SHOP, kinds, strict=False)})
    way = brought(tmp_path, place)
    assert _without_empty_texts(way) == _without_empty_texts(shop)


def _without_empty_texts(shop: ShopRoad) -> dict[str, list[str]]:
    # In a file of text, an empty text is nothing.
    found = lake_contents(shop.lake)
    return {table: sorted(row.replace("''", "None") for row in rows) for table, rows in found.items()}


def test_nothing_that_is_never_read_stands_in_the_lake(shop: ShopRoad) -> None:
    for tables in shop_tables(shop.lake):
        assert not {"password", "picture", "location"} & {name.lower() for name in tables.raw.schema}
