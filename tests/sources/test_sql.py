"""What holds for every database: types go in and come out as they were, names are only names, readings go on."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sql_databases import KINDS, of, opened, options, put, rows

from taquilla.errors import DataError, SettingsError
from taquilla.sources.relations import Since, Source
from taquilla.sources.sql import Database, open_database

NASTY = ("NULL", "", None, "\\N", 'a"b', "it's", "a\\", "line\nfeed\r\nand\ttab", "ñandú é", "🎬", " two ", "%s", ",")
HOSTILE = ('a"b; drop table x', "back`tick", "select", "película %s", "🎬", "x'y\\", "(%s, 1)")
# MySQL's names are of the first 65,536 characters alone; the stand-in for Snowflake trips over an apostrophe.
UNNAMEABLE = {"mysql": "🎬", "snowflake": "'"}


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with opened(options(request.param, request, tmp_path)) as database:
        yield database


def clock(text: str) -> datetime:
    """A time of day as a shop's clock shows it: in no zone."""
    return datetime.fromisoformat(text)


def test_values_come_back_as_they_went_in(shop: Database) -> None:
    count = len(NASTY)
    moments = [clock("2005-05-24 22:53:30.000005"), clock("1999-12-31 23:59:59"), None]
    columns: dict[str, Any] = {
        "id": pa.array(range(count), pa.int64()),
        "text": pa.array(NASTY),
        "price": pa.array(
            [Decimal("0.10"), Decimal("-99999999.99"), None] + [Decimal(0)] * (count - 3), pa.decimal128(10, 2)
        ),
        "long": pa.array(
            [Decimal("12345678901234567890.123456789"), None] + [Decimal(1)] * (count - 2), pa.decimal128(38, 9)
        ),
        "is_new": pa.array([True, False, None] + [True] * (count - 3)),
        "bytes": pa.array([b"", b"\x00\xff\n\\N", None] + [b"NULL"] * (count - 3)),
        "day": pa.array([date(1895, 12, 28), date(2400, 2, 29), None] + [date(2005, 5, 24)] * (count - 3)),
        "clock": pa.array(moments + [moments[0]] * (count - 3), pa.timestamp("us")),
        "moment": pa.array(moments + [moments[0]] * (count - 3), pa.timestamp("us", tz="UTC")),
        "ratio": pa.array([0.1 + 0.2, -1e-300, None] + [1e300] * (count - 3)),
        "large": pa.array([2**63 - 1, -(2**63), None] + [0] * (count - 3), pa.int64()),
        "unsigned": pa.array([2**64 - 1, 0, None] + [7] * (count - 3), pa.uint64()),
    }
    put(shop, "things", columns, "id")
    described = shop.describe("things")
    assert described.key == ("id",)
    assert list(described.schema.names) == list(columns)
    assert described.schema.field("price").type == pa.decimal128(10, 2)
    assert described.schema.field("clock").type == pa.timestamp("us")
    assert described.schema.field("moment").type == pa.timestamp("us", tz="UTC")
    assert rows(shop, "things") == pa.RecordBatch.from_pydict(columns).to_pylist()
    assert shop.count("things") == count
    assert not shop.impossible


def test_a_hostile_name_is_a_name(shop: Database) -> None:
    names = [name for name in HOSTILE if UNNAMEABLE.get(shop.dialect, "\0") not in name]
    names = names[:4] if shop.dialect == "snowflake" else names  # each takes it a second
    for name in names:
        put(shop, name, {name: ["kept"], "id": [1]}, "id")
    assert set(shop.relations()) == set(names)
    for name in names:
        assert rows(shop, name, columns=[name], since=Since("id", 1)) == [{name: "kept"}]
        assert rows(shop, name, after=[1]) == []
        assert shop.count(name) == 1
        assert shop.describe(name).key == ("id",)
        assert shop.append(name, *_one(name)) == 1
    with pytest.raises(DataError, match=r"has no table 'x'\. Near it: .* Name one that is there\."):
        shop.describe("x")


def _one(name: str) -> tuple[Any, list[pa.RecordBatch]]:
    relation, batch = of({name: ["more"], "id": [2]})
    return relation, [batch]


def test_a_reading_goes_on_behind_a_key_of_several_columns(shop: Database) -> None:
    put(shop, "film_actor", {"actor_id": [1, 1, 2, 2, 3], "film_id": [1, 9, 2, 5, 1]}, "actor_id", "film_id")
    found = [(row["actor_id"], row["film_id"]) for row in rows(shop, "film_actor", after=[1, 9])]
    assert found == [(2, 2), (2, 5), (3, 1)]
    assert rows(shop, "film_actor", after=[3, 1]) == []
    with pytest.raises(DataError, match="has the key 'actor_id', 'film_id': 1 values do not fit it"):
        list(shop.read("film_actor", after=[1]))


def test_rows_that_tie_with_the_cursor_are_read_again(shop: Database) -> None:
    tie = clock("2006-02-15 21:30:53")
    changes = [tie - timedelta(seconds=1), tie, tie + timedelta(microseconds=5)]
    put(shop, "rental", {"id": [1, 2, 3], "last_update": pa.array(changes, pa.timestamp("us"))}, "id")
    elsewhere = tie.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    for moment in (tie, tie.replace(tzinfo=UTC), elsewhere):
        assert [row["id"] for row in rows(shop, "rental", since=Since("last_update", moment))] == [2, 3]
    assert [row["id"] for row in rows(shop, "rental", since=Since("id", 3))] == [3]
    with pytest.raises(DataError, match=r"'last_update' of .* and rows since 2021 were asked for\. Give a moment such"):
        list(shop.read("rental", since=Since("last_update", 2021)))
    with pytest.raises(DataError, match=r"'id' of .* Give a number\."):
        list(shop.read("rental", since=Since("id", tie)))


def test_batches_are_no_larger_than_asked_and_columns_come_in_the_order_asked(shop: Database) -> None:
    put(shop, "numbers", {"n": list(range(25)), "twice": [2 * n for n in range(25)]}, "n")
    batches = list(shop.read("numbers", columns=["twice", "N"], batch_rows=10))
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert batches[0].schema.names == ["twice", "n"]
    assert batches[2].to_pylist()[-1] == {"twice": 48, "n": 24}
    with pytest.raises(DataError, match=r"has no column 'twic'\. Near it: 'twice'"):
        list(shop.read("numbers", columns=["twic"]))


def test_an_empty_table_has_its_types_and_no_rows(shop: Database) -> None:
    put(shop, "nothing", {"id": pa.array([], pa.int64()), "name": pa.array([], pa.string())}, "id")
    assert rows(shop, "nothing") == []
    assert shop.describe("nothing").schema.types == [pa.int64(), pa.string()]


def test_a_query_is_a_select_with_one_name_a_column(shop: Database) -> None:
    put(shop, "film", {"film_id": [1, 2, 3], "title": ["A%", "B", "C"]}, "film_id")
    name = "film id"
    sql = 'select "film_id" as "film id" from "film" where "title" <> \'B\' order by 1 desc;\n'
    sql = sql.replace('"', "`") if shop.dialect == "mysql" else sql
    assert [row for batch in shop.query(sql) for row in batch.to_pylist()] == [{name: 3}, {name: 1}]
    assert shop.describe_query(sql).columns() == [name]
    # The stand-in for Snowflake gives the second column of a name another one.
    twice = () if shop.dialect == "snowflake" else ("select 1 a, 2 a",)
    for wrong in (*twice, "delete from film", "select * from nowhere", "drop table film", "select 1; select 2"):
        with pytest.raises((DataError, SettingsError)):
            list(shop.query(wrong))
    assert shop.count("film") == 3


def test_a_table_is_replaced_whole_or_not_at_all(shop: Database) -> None:
    put(shop, "film", {"film_id": [1], "title": ["old"]}, "film_id")
    relation, batch = of({"film_id": [1, 2], "length": [90, None]}, "film_id")

    def broken() -> Iterator[pa.RecordBatch]:
        yield batch
        assert rows(shop, "film") == [{"film_id": 1, "title": "old"}]
        raise RuntimeError("the source is gone")

    with pytest.raises(RuntimeError, match="the source is gone"):
        shop.replace("film", relation, broken())
    assert rows(shop, "film") == [{"film_id": 1, "title": "old"}]
    told: list[int] = []
    assert shop.replace("film", relation, [batch], progress=told.append) == 2
    assert rows(shop, "film") == batch.to_pylist()
    assert shop.relations() == ("film",)
    assert told == [2]


def test_rows_are_appended_all_or_none(shop: Database) -> None:
    put(shop, "film", {"film_id": [1], "title": ["one"]}, "film_id")
    relation, batch = of({"film_id": [2, 3], "title": ["two", None]})

    def broken() -> Iterator[pa.RecordBatch]:
        yield batch
        raise RuntimeError("the source is gone")

    with pytest.raises(RuntimeError, match="the source is gone"):
        shop.append("film", relation, broken())
    assert shop.count("film") == 1
    assert shop.append("film", relation, [batch]) == 2
    assert rows(shop, "film", after=[1]) == batch.to_pylist()
    with pytest.raises(DataError, match="has no table 'actor'"):
        shop.append("actor", relation, [batch])


def test_a_batch_of_another_shape_is_told(shop: Database) -> None:
    relation, _ = of({"film_id": [1]}, "film_id")
    _, other = of({"id": [1]})
    with pytest.raises(DataError, match="does not fit rows"):
        shop.replace("film", relation, [other])
    assert shop.relations() == ()


def test_nothing_is_written_through_a_reader(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    for kind in KINDS:
        given = options(kind, request, tmp_path)
        with opened(given) as database:
            put(database, "film", {"film_id": [1]}, "film_id")
        with open_database(given) as reader:
            source: Source = reader
            assert source.relations() == ("film",)
            with pytest.raises(SettingsError, match="opened for reading alone"):
                reader.replace("film", *_one("film_id"))
            assert "password" not in repr(reader).lower()
