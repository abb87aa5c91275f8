"""CREATE TABLE in each database's words."""

import duckdb
import pyarrow as pa
import pytest

from taquilla.errors import DataError, SettingsError
from taquilla.sources.relations import ERROR, LINE, Relation
from taquilla.sources.sql import ddl

FILM = Relation(
    "film",
    pa.schema(
        [
            pa.field("film id", pa.uint16(), nullable=False),
            pa.field('the "title"', pa.string()),
            pa.field("code", pa.string(), nullable=False),
            pa.field("rate %", pa.decimal128(38, 2)),
            pa.field("is_new", pa.bool_()),
            pa.field("released", pa.date32()),
            pa.field("changed_at", pa.timestamp("us", tz="UTC")),
            pa.field("opened_at", pa.timestamp("ns")),
            pa.field("kind", pa.dictionary(pa.int8(), pa.string())),
            pa.field("scan", pa.large_binary()),
            pa.field("ratio", pa.float64()),
        ]
    ),
    key=("film id", "code"),
    declared={'the "title"': "VARCHAR(128)"},
)


def columns(dialect: str) -> list[str]:
    lines = [line.strip().rstrip(",").strip() for line in ddl(FILM, "film", dialect).splitlines()]
    return [line for line in lines[1:] if not line.startswith((")", "PRIMARY"))]


def test_mysql() -> None:
    assert ddl(FILM, "fi`lm", "mysql").startswith("CREATE TABLE `fi``lm` (")
    assert ddl(FILM, "film", "mysql").endswith("PRIMARY KEY (`film id`, `code`)\n)CHARSET=utf8mb4;")
    assert columns("mysql") == [
        "`film id` SMALLINT UNSIGNED NOT NULL",
        '`the "title"` VARCHAR(128)',
        "`code` VARCHAR(255) COLLATE utf8mb4_bin NOT NULL",
        "`rate %` DECIMAL(38,2)",
        "`is_new` BOOLEAN",
        "`released` DATE",
        "`changed_at` TIMESTAMP(6) NULL",
        "`opened_at` DATETIME(6)",
        "`kind` LONGTEXT",
        "`scan` LONGBLOB",
        "`ratio` DOUBLE",
    ]


def test_postgresql() -> None:
    assert columns("postgresql") == [
        '"film id" INTEGER NOT NULL',
        '"the ""title""" TEXT',
        '"code" TEXT NOT NULL',
        '"rate %" NUMERIC(38,2)',
        '"is_new" BOOLEAN',
        '"released" DATE',
        '"changed_at" TIMESTAMP WITH TIME ZONE',
        '"opened_at" TIMESTAMP',
        '"kind" TEXT',
        '"scan" BYTEA',
        '"ratio" DOUBLE PRECISION',
    ]


def test_sqlite_and_snowflake_have_words_of_their_own() -> None:
    assert columns("sqlite")[3:7] == [
        '"rate %" DECIMAL_TEXT(38,2)',
        '"is_new" BOOLEAN',
        '"released" DATE',
        '"changed_at" TIMESTAMP WITH TIME ZONE',
    ]
    assert columns("snowflake")[:4] == [
        '"film id" NUMBER(5,0) NOT NULL',
        '"the ""title""" VARCHAR',
        '"code" VARCHAR NOT NULL',
        '"rate %" NUMBER(38,2)',
    ]


def test_duckdb_takes_it() -> None:
    with duckdb.connect() as connection:
        connection.execute(ddl(FILM, 'fi"lm; drop', "duckdb"))
        found = connection.execute(
            "select column_name, data_type from duckdb_columns() where not internal order by column_index"
        ).fetchall()
    assert found[0] == ("film id", "USMALLINT")
    assert found[3] == ("rate %", "DECIMAL(38,2)")
    assert len(found) == len(FILM.schema)


def test_a_reading_s_own_columns_are_no_columns_of_the_table() -> None:
    read = Relation("film", pa.schema([("title", pa.string()), (ERROR, pa.string()), (LINE, pa.string())]))
    assert ddl(read, "film", "postgresql") == 'CREATE TABLE "film" (\n\t"title" TEXT\n);'


def test_what_no_column_holds_is_told() -> None:
    nested = Relation("film", pa.schema([("genres", pa.list_(pa.string()))]))
    with pytest.raises(
        DataError, match=r"'genres' is of Arrow's type list<.*>, which mysql has no column for: make it text"
    ):
        ddl(nested, "film", "mysql")
    with pytest.raises(SettingsError, match=r"Unknown dialect 'oracle'\. Known: mysql, postgresql, sqlite"):
        ddl(FILM, "film", "oracle")
