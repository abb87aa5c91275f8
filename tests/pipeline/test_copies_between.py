"""Tables go from S3 into each database and back, and from database to database, and lose nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.copy_places import World, rows
from pipeline.copy_servers import database, s3_world
from services.mariadb import MariaDbServer
from services.s3 import S3Server
from taquilla.errors import TaquillaError
from taquilla.pipeline.copies.places import opened_source
from taquilla.sources.sql import SqlOptions
from taquilla.sources.tabular import open_files

MOMENT, EARLY = (datetime.fromisoformat(text) for text in ("2006-02-15T05:09:17.123456", "1971-01-01T00:00:00"))
SCHEMA = pa.schema(
    [
        ("film_id", pa.int64()),
        ("title", pa.string()),
        ("rate", pa.decimal128(12, 2)),
        ("rented_at", pa.timestamp("us")),
        ("landed_at", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("is_active", pa.bool_()),
        ("score", pa.float64()),
        ("picture", pa.binary()),
    ]
)
HOSTILE = "Amélie \"la\" 😀;\r\n,\t\\N \\ 'o' NULL %s {x}"
ROWS: list[tuple[Any, ...]] = [
    (1, HOSTILE, Decimal("0.10"), MOMENT, MOMENT.replace(tzinfo=UTC), date(2006, 2, 15), True, 0.1, b"\0\xff'\\\n\""),
    (2, "", Decimal("-9999999999.99"), None, None, None, False, 1e300, b""),
    (3, None, None, None, None, None, None, None, None),
    (4, "NULL", Decimal("0.00"), EARLY, None, date(1, 1, 1), None, -2.5, b"\\N"),
    (2**63 - 1, "\\N", Decimal("1.00"), None, None, date(9999, 12, 31), None, 1 / 3, None),
    (-(2**63), " 007 ", Decimal("2.50"), None, None, None, True, 0.0, bytes(range(256))),
]  # fmt: skip


def table() -> pa.Table:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*ROWS, strict=True), SCHEMA, strict=True)]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, s3: S3Server) -> World:
    name: str = getattr(request, "param", "sqlite")
    return s3_world(tmp_path, s3, [database(name, request, tmp_path)])


@pytest.mark.parametrize(
    ("world", "ending"),
    [("mysql", "csv"), ("mysql", "parquet"), ("postgresql", "csv"), ("sqlite", "ndjson.gz"), ("snowflake", "csv.gz")],
    indirect=["world"],
)
def test_from_s3_into_a_database_and_back_nothing_is_lost(world: World, ending: str) -> None:
    [name] = world.databases
    first = world.copy(world.parquet("film.parquet", table()), f"s3://{world.bucket}/film.parquet")
    into = world.copy(f"s3://{world.bucket}/film.parquet", f"{name}:film")
    out = world.copy(f"{name}:film", f"s3://{world.bucket}/raw/film.{ending}")
    again = world.copy(f"s3://{world.bucket}/raw/film.{ending}", f"{name}:film")
    back = world.copy(f"{name}:film", f"s3://{world.bucket}/back.parquet")
    assert {copied.rows for copied in (first, into, out, again, back)} == {len(ROWS)}
    assert sorted(rows(f"s3://{world.bucket}/back.parquet")) == sorted(ROWS)


def test_from_place_to_place_nothing_is_lost(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    world = World(tmp_path, {name: database(name, request, tmp_path) for name in ("mysql", "postgresql", "sqlite")})
    world.parquet("film.parquet", table())
    way = [str(tmp_path / "film.parquet"), "mysql:film", "postgresql:film", "sqlite:film", "lake:copies.film"]
    way += [str(tmp_path / "film.ndjson"), "lake:copies.film", str(tmp_path / "back.parquet")]
    for source, target in pairwise(way):
        assert world.copy(source, target).rows == len(ROWS)
    # Where no type has an offset's like, the lake's moments are UTC.
    expected = [(*row[:3], row[3] and row[3].replace(tzinfo=UTC), *row[4:]) for row in ROWS]
    assert sorted(rows(str(tmp_path / "back.parquet"))) == sorted(expected)


@pytest.mark.parametrize("world", ["snowflake", "postgresql", "mysql"], indirect=True)
def test_a_querys_rows_go_to_s3(world: World) -> None:
    [name] = world.databases
    payments = world.file("payment.csv", "payment_id,store_id,amount\n1,1,2.99\n2,1,0.99\n3,2,4.50\n")
    world.copy(payments, f"{name}:payment")
    sql = 'select "store_id", max("amount") as "most", count(*) as "paid" from "payment" group by "store_id" order by 1'
    sql = sql.replace('"', "`") if name == "mysql" else sql
    copied = world.copy(name, f"s3://{world.bucket}/spend.csv", query=sql)
    assert (copied.read, copied.rows) == (2, 2)
    assert rows(f"s3://{world.bucket}/spend.csv") == [("1", "2.99", "2"), ("2", "4.50", "1")]


DELETING, TWO = "delete from payment", "select 1); delete from payment; select (1"


@pytest.mark.parametrize(
    ("world", "query"),
    [
        ("snowflake", DELETING),
        ("postgresql", DELETING),
        ("postgresql", TWO),
        ("mysql", DELETING),
        ("mysql", TWO),
        ("sqlite", TWO),
    ],
    indirect=["world"],
)
def test_a_query_reads_and_does_nothing_else(world: World, query: str) -> None:
    [name] = world.databases
    world.copy(world.file("payment.csv", "payment_id\n1\n2\n3\n"), f"{name}:payment")
    with pytest.raises(TaquillaError, match=r"Mend the query|does not let"):
        world.copy(name, str(world.folder / "other.csv"), query=query)
    assert world.copy(f"{name}:payment", str(world.folder / "still.csv")).rows == 3


NAMES = ['a"b; drop table x', "order", "dos palabras", "películas ñ😀", "back`tick", "100%s", "semi;colon'quote"]


@pytest.mark.parametrize("world", ["mysql", "postgresql", "sqlite"], indirect=True)
def test_names_are_names_whatever_they_say(world: World) -> None:
    [name] = world.databases
    # MariaDB has no signs beyond the Basic Multilingual Plane in names.
    names = [one.replace("😀", "") if name == "mysql" else one for one in NAMES]
    source = world.parquet("hostile.parquet", pa.table({column: pa.array([1, 2]) for column in names}))
    for table in ("x", *names):
        world.copy(source, f"{name}:{table}")
        world.copy(f"{name}:{table}", str(world.folder / "back.parquet"))
        back = open_files(str(world.folder / "back.parquet")).describe("back").columns()
        assert (back, rows(str(world.folder / "back.parquet"))) == (names, [(1,) * len(names), (2,) * len(names)])
    with opened_source(world.address(name), world.places) as there:
        assert sorted(there.relations()) == sorted(["x", *names])


FIGURES = "select count(*), sum(amount), sum(rental_id is null) from payment"
TABLES = ("rental", "payment", "film", "customer", "address", "staff")


def test_sakila_goes_to_s3_and_back_into_mysql_and_every_row_is_the_same(
    tmp_path: Path, s3: S3Server, mariadb: MariaDbServer, request: pytest.FixtureRequest
) -> None:
    shop = SqlOptions(mariadb.url(mariadb.load_sakila()), mariadb.password, name="shop")
    world = s3_world(tmp_path, s3, [shop, copy := database("mysql", request, tmp_path)])
    for table, ending in zip(TABLES, ("csv", "csv.gz", "parquet", "csv", "parquet", "parquet"), strict=True):
        world.copy(f"shop:{table}", f"s3://{world.bucket}/raw/{table}.{ending}")
        world.copy(f"s3://{world.bucket}/raw/{table}.{ending}", f"mysql:{table}")
    names = shop.url.rpartition("/")[2], copy.url.rpartition("/")[2]
    with mariadb.connect() as connection, connection.cursor() as cursor:
        for table in TABLES:
            # Neither holds a row that the other does not.
            both = [f"select * from `{name}`.{table}" for name in names]  # noqa: S608
            cursor.execute(f"({both[0]} except {both[1]}) union all ({both[1]} except {both[0]})")
            assert (table, cursor.fetchall()) == (table, ())
        cursor.execute(f"use `{names[1]}`")
        cursor.execute(FIGURES)
        assert cursor.fetchall()[0] == (16_049, Decimal("67416.51"), 5)
