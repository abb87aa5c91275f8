"""What is sent by COPY is what stands in the files, and is made a few chunks ahead."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taquilla.warehouse.ahead import CHUNKS_AHEAD, Ahead
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.postgres_merge import copy
from taquilla.warehouse.staging import Table, csv
from warehouse.databases import Databases

TEXT = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SCHEMA = pl.Schema(
    {
        "n": pl.Int64(),
        "x": pl.Float64(),
        "t": pl.String(),
        "d": pl.Date(),
        "at": pl.Datetime("us", "UTC"),
        "b": pl.Boolean(),
    }
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        TEXT,
        st.none() | st.dates(date(1870, 1, 1), date(2199, 12, 31)),
        st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
def options(databases: Databases) -> PostgresOptions:
    return databases.new()


@given(rows=ROWS)
def test_every_value_arrives_as_it_was_sent(options: PostgresOptions, rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_row_index("row")
    with connect(options, read_only=False) as connection:
        connection.execute(
            "create temporary table sent (row bigint, n bigint, x double precision, t text, d date, at timestamptz, "
            "b boolean) on commit drop"
        )
        copy(connection, Table("sent", tuple(frame.columns), (), partial(chunk, frame)))
        found = connection.execute("select n, x, t, d, at, b from sent order by row").fetchall()
    assert found == [tuple(row) for row in rows]


def chunk(frame: pl.DataFrame) -> Iterator[bytes]:
    yield csv(frame)


def numbered(begin: int, end: int) -> Iterator[bytes]:
    yield from (b"%d" % number for number in range(begin, end))


def test_streams_come_one_after_the_other() -> None:
    with Ahead([numbered(0, 30), [], numbered(30, 33)]) as ahead:
        assert [list(ahead.stream()) for _ in range(3)] == [
            list(numbered(0, 30)),
            [],
            list(numbered(30, 33)),
        ]


def test_no_more_than_a_few_are_made_ahead() -> None:
    made: list[int] = []

    def counted() -> Iterator[bytes]:
        for number in range(1_000):
            made.append(number)
            yield b""

    with Ahead([counted()]) as ahead:
        stream = ahead.stream()
        for taken in range(1, 50):
            next(stream)
            assert len(made) <= taken + CHUNKS_AHEAD + 1
    # Nobody reads the rest, and nobody makes it.
    assert len(made) < 100
    assert "chunks ahead" not in {thread.name for thread in threading.enumerate()}


def test_an_error_comes_where_the_stream_is_read() -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise ValueError("the file is damaged")

    with Ahead([numbered(0, 2), broken(), numbered(0, 2)]) as ahead:
        assert list(ahead.stream()) == [b"0", b"1"]
        stream = ahead.stream()
        assert next(stream) == b"one"
        with pytest.raises(ValueError, match="damaged"):
            next(stream)
