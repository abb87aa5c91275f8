"""What is PostgreSQL's own: its types, its schemas, its privileges."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from sql_databases import of, opened, put, rows, without_password

from services.postgres import PostgresServer
from taquilla.errors import DataError
from taquilla.sources.sql import Database, SqlOptions

TYPES = (
    ("smallint", "-32768", pa.int16(), -32768),
    ("boolean", "false", pa.bool_(), False),
    ("numeric(12,2)", "1.5", pa.decimal128(12, 2), Decimal("1.50")),
    ("numeric", "1e50", pa.string(), "1" + "0" * 50),
    ("numeric(5,2)", "'NaN'", pa.decimal128(5, 2), None),
    ("real", "0.1", pa.float32(), pa.scalar(0.1, pa.float32()).as_py()),
    ("double precision", "'infinity'", pa.float64(), float("inf")),
    ("date", "'infinity'", pa.date32(), None),
    ("date", "'0044-03-15 BC'", pa.date32(), None),
    ("date", "'1895-12-28'", pa.date32(), date(1895, 12, 28)),
    ("timestamp(3)", "'2005-05-24 22:53:30.5'", pa.timestamp("us"), datetime.fromisoformat("2005-05-24 22:53:30.5")),
    (
        "timestamptz",
        "'2005-05-24 22:53:30+05:30'",
        pa.timestamp("us", "UTC"),
        datetime(2005, 5, 24, 17, 23, 30, tzinfo=UTC),
    ),
    ("time", "'24:00'", pa.string(), "24:00:00"),
    ("interval", "'1 day 2 hours'", pa.string(), "P1DT2H"),
    ("bytea", r"'\x00ff27'", pa.binary(), b"\x00\xff'"),
    ("char(3)", "'é'", pa.string(), "é  "),
    ("text", "''", pa.string(), ""),
    ("jsonb", """'{"a": [1, null]}'""", pa.string(), '{"a": [1, null]}'),
    ("integer[]", "'{1,null}'", pa.string(), "{1,NULL}"),
    ("uuid", "'83ee3268-e5e5-11f1-ac0f-02fc00000001'", pa.string(), "83ee3268-e5e5-11f1-ac0f-02fc00000001"),
    ("inet", "'::1'", pa.string(), "::1"),
    ("mpaa", "'PG'", pa.string(), "PG"),
    ("rate", "2.99", pa.decimal128(4, 2), Decimal("2.99")),
)


@pytest.fixture
def options(postgres: PostgresServer) -> SqlOptions:
    return SqlOptions(without_password(postgres), postgres.password)


@pytest.fixture
def shop(options: SqlOptions) -> Iterator[Database]:
    with opened(options) as database:
        yield database


def execute(server: PostgresServer, options: SqlOptions, *statements: str) -> None:
    with server.connect(options.url.rpartition("/")[2]) as connection:
        connection.execute("set role taquilla")
        for statement in statements:
            connection.execute(statement)


def test_each_type_has_its_like_and_null_stays_null(
    postgres: PostgresServer, options: SqlOptions, shop: Database
) -> None:
    columns = ", ".join(f"c{place} {declared}" for place, (declared, *_) in enumerate(TYPES))
    execute(
        postgres,
        options,
        "create type mpaa as enum ('G', 'PG'); create domain rate as numeric(4,2)",
        f"create table things (id int primary key, {columns})",
        f"insert into things values (1, {', '.join(value for _, value, *_ in TYPES)})",  # noqa: S608 - of this file
        "insert into things (id) values (2)",
    )
    described = shop.describe("things")
    assert [(d, t) for (d, *_), t in zip(TYPES, described.schema.types[1:], strict=True)] == [
        (d, t) for d, _, t, _ in TYPES
    ]
    assert described.declared["c2"] == "numeric(12,2)"
    assert described.notes == ("c3: numeric has no precision that Arrow has, read as text",)
    full, empty = rows(shop, "things")
    assert list(full.values())[1:] == [expected for *_, expected in TYPES]
    assert set(list(empty.values())[1:]) == {None}
    assert shop.impossible == {"things.c4": 1, "things.c7": 1, "things.c8": 1}
    assert [row for batch in shop.query("select * from things order by id") for row in batch.to_pylist()] == [
        full,
        empty,
    ]


def test_a_column_of_nulls_alone_keeps_its_rows(postgres: PostgresServer, options: SqlOptions, shop: Database) -> None:
    execute(postgres, options, "create table t (a text)", "insert into t values (null), (''), (null)")
    assert [row["a"] for row in rows(shop, "t")] == [None, "", None]


def test_tables_of_other_schemas_have_them_in_their_names(
    postgres: PostgresServer, options: SqlOptions, shop: Database
) -> None:
    execute(
        postgres, options, "create schema old", "create table old.film (id int)", "create view films as select 1 as id"
    )
    assert shop.relations() == ("films", "old.film")
    put(shop, "old.film", {"id": [1], "title": ["A"]}, "id")
    put(shop, "old.actor", {"id": [2]}, "id")
    put(shop, "film", {"id": [3]}, "id")
    assert shop.relations() == ("film", "films", "old.actor", "old.film")
    assert [rows(shop, name)[0]["id"] for name in shop.relations()] == [3, 1, 2, 1]
    with pytest.raises(DataError, match=r"films cannot be replaced, .*it is no plain table"):
        put(shop, "films", {"id": [1]}, "id")


def test_a_replaced_table_keeps_its_privileges_and_its_keys_name(
    postgres: PostgresServer, options: SqlOptions, shop: Database
) -> None:
    put(shop, "film", {"id": [1]}, "id")
    execute(postgres, options, "grant select on film to public", "create view films as select 1")
    put(shop, "film", {"id": [2], "title": ["A"]}, "id")
    name = options.url.rpartition("/")[2]
    with postgres.connect(name) as connection:
        assert connection.execute("select has_table_privilege('pg_monitor', 'film', 'select')").fetchone() == (True,)
        assert connection.execute(
            "select conname from pg_constraint where conrelid = 'film'::regclass and contype = 'p'"
        ).fetchall() == [("film_pkey",)]
    execute(postgres, options, "create view titles as select title from film")
    with pytest.raises(DataError, match=r"film cannot be replaced, .*view titles"):
        put(shop, "film", {"id": [3]}, "id")
    assert rows(shop, "film") == [{"id": 2, "title": "A"}]


def test_text_that_postgres_does_not_take_is_told(shop: Database) -> None:
    relation, batch = of({"id": [1], "text": ["a\x00b"]}, "id")
    with pytest.raises(DataError, match="while film was written"):
        shop.replace("film", relation, [batch])
    assert shop.relations() == ()
