"""An empty database of each kind for the tests that hold for all of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.snowflake import SnowflakeServer
from taquilla.sources.relations import Relation
from taquilla.sources.sql import Database, SqlOptions, open_database

KINDS = ("mysql", "postgresql", "sqlite", "snowflake")


def options(kind: str, request: pytest.FixtureRequest, folder: Path, **more: Any) -> SqlOptions:
    """How to reach an empty database of that kind, whose server is started when it is first asked for."""
    if kind == "mysql":
        server: MariaDbServer = request.getfixturevalue("mariadb")
        return SqlOptions(server.url(server.new_database()), server.password, **more)
    if kind == "postgresql":
        other: PostgresServer = request.getfixturevalue("postgres")
        return SqlOptions(without_password(other), other.password, **more)
    if kind == "snowflake":
        stand_in: SnowflakeServer = request.getfixturevalue("snowflake")
        return SqlOptions(stand_in.url(stand_in.new_database()), stand_in.password, **more)
    return SqlOptions(f"sqlite:///{folder / 'shop.db'}", **more)


def without_password(server: PostgresServer) -> str:
    return server.url(server.new_database().rpartition("/")[2], password=False)


def of(columns: dict[str, Any], *key: str) -> tuple[Relation, pa.RecordBatch]:
    """A relation and its only batch."""
    batch = pa.RecordBatch.from_pydict(columns)
    return Relation("rows", batch.schema, key), batch


def put(database: Database, table: str, columns: dict[str, Any], *key: str) -> None:
    """Makes a table of these columns."""
    relation, batch = of(columns, *key)
    assert database.replace(table, relation, [batch]) == batch.num_rows


def rows(database: Database, table: str, **how: Any) -> list[dict[str, Any]]:
    """What reading the table gives."""
    found: list[dict[str, Any]] = [row for batch in database.read(table, **how) for row in batch.to_pylist()]
    return found


def opened(given: SqlOptions) -> Database:
    """For reading and writing."""
    return open_database(given, read_only=False)
