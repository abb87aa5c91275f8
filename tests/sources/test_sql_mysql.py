"""What is MySQL's own: its types, its calendar without days, its limits, and its wire."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sql_databases import of, opened, rows

from services.mariadb import MariaDbServer
from taquilla.errors import DataError, SettingsError
from taquilla.sources import sql_mysql_wire as wire
from taquilla.sources.relations import Relation
from taquilla.sources.sql import Database, SqlOptions, open_database


@pytest.fixture
def shop(mariadb: MariaDbServer) -> Iterator[Database]:
    with opened(SqlOptions(mariadb.url(mariadb.new_database()), mariadb.password)) as database:
        yield database


def execute(server: MariaDbServer, database: Database, *statements: str) -> None:
    with server.connect(database.name) as connection, connection.cursor() as cursor:
        cursor.execute("set sql_mode = '', time_zone = '+02:00'")
        for statement in statements:
            cursor.execute(statement)


TYPES = (
    ("tinyint", "-128", pa.int8(), -128),
    ("tinyint unsigned", "255", pa.uint8(), 255),
    ("tinyint(1)", "1", pa.bool_(), True),
    ("smallint unsigned", "65535", pa.uint16(), 65535),
    ("mediumint", "-8388608", pa.int32(), -8388608),
    ("int unsigned zerofill", "42", pa.uint32(), 42),
    ("bigint unsigned", "18446744073709551615", pa.uint64(), 2**64 - 1),
    ("decimal(5,2)", "-999.99", pa.decimal128(5, 2), Decimal("-999.99")),
    ("decimal(5,2) unsigned zerofill", "1.5", pa.decimal128(5, 2), Decimal("1.50")),
    ("decimal(10,0)", "7", pa.decimal128(10, 0), Decimal(7)),
    ("decimal(38,30)", "0.1", pa.decimal128(38, 30), Decimal("0.1")),
    ("decimal(65,2)", "9" * 60, pa.string(), "9" * 60 + ".00"),
    ("float", "16777217", pa.float32(), 16777216.0),
    ("double", "0.1", pa.float64(), 0.1),
    ("date", "'2005-05-24'", pa.date32(), date(2005, 5, 24)),
    ("datetime", "'2005-05-24 22:53:30'", pa.timestamp("us"), datetime.fromisoformat("2005-05-24 22:53:30")),
    (
        "datetime(6)",
        "'2005-05-24 22:53:30.000005'",
        pa.timestamp("us"),
        datetime.fromisoformat("2005-05-24 22:53:30.000005"),
    ),
    (
        "timestamp null",
        "'2005-05-24 22:53:30'",
        pa.timestamp("us", tz="UTC"),
        datetime(2005, 5, 24, 20, 53, 30, tzinfo=UTC),
    ),
    ("time(3)", "'-100:00:01.5'", pa.string(), "-100:00:01.500"),
    ("year", "1999", pa.int16(), 1999),
    ("char(5)", "'é'", pa.string(), "é"),
    ("varchar(20) character set latin1", "'é\"'", pa.string(), 'é"'),
    ("varchar(20) character set greek", "'α'", pa.string(), "α"),
    ("text", "''", pa.string(), ""),
    ("enum('PG','ñ')", "'ñ'", pa.string(), "ñ"),
    ("set('a','b')", "'a,b'", pa.string(), "a,b"),
    ("uuid", "'83ee3268-e5e5-11f1-ac0f-02fc00000001'", pa.string(), "83ee3268-e5e5-11f1-ac0f-02fc00000001"),
)
LONG_TYPES = (
    ("json", """'{"a": [1, null]}'""", pa.string(), '{"a": [1, null]}'),
    ("longtext", "repeat('é', 40000)", pa.string(), "é" * 40_000),
    ("blob", "x'00ff27'", pa.binary(), b"\x00\xff'"),
    ("varbinary(3)", "''", pa.binary(), b""),
    ("bit(1)", "1", pa.bool_(), True),
    ("bit(12)", "b'100000000001'", pa.uint64(), 2049),
    ("point", "point(1, 2)", pa.binary(), bytes(4) + bytes.fromhex("0101000000000000000000f03f0000000000000040")),
)


@pytest.mark.parametrize("types", [TYPES, LONG_TYPES], ids=["in lines", "in cells"])
def test_each_type_has_its_like_and_null_stays_null(
    types: tuple[tuple[str, str, pa.DataType, object], ...], mariadb: MariaDbServer, shop: Database
) -> None:
    columns = ", ".join(f"c{place} {declared}" for place, (declared, *_) in enumerate(types))
    values = ", ".join(value for _, value, *_ in types)
    made = f"create table things (id int primary key, {columns}) character set utf8mb4"
    filled = f"insert into things values (1, {values})"  # noqa: S608 - the values are of this file
    execute(mariadb, shop, made, filled, "insert into things (id) values (2)")
    described = shop.describe("things")
    assert [(d, t) for (d, *_), t in zip(types, described.schema.types[1:], strict=True)] == [
        (d, t) for d, _, t, _ in types
    ]
    full, empty = rows(shop, "things")
    assert list(full.values())[1:] == [expected for *_, expected in types]
    assert set(list(empty.values())[1:]) == {None}
    [asked, _] = [row for batch in shop.query("select * from things order by id") for row in batch.to_pylist()]
    # Where nothing rounds it for us, MySQL writes a FLOAT with six digits.
    assert asked == full | {name: 16777200.0 for name, value in full.items() if value == 16777216.0}


def test_days_that_no_calendar_has_are_null_and_counted(
    mariadb: MariaDbServer, shop: Database, caplog: pytest.LogCaptureFixture
) -> None:
    execute(
        mariadb,
        shop,
        "create table rental (id int primary key, day date, at datetime, note blob)",
        "insert into rental values (1, '0000-00-00', '2005-05-24 22:53:30', null), "
        "(2, '2024-00-15', '0000-00-00', ''), (3, '2024-02-29', null, 'x')",
    )
    for columns in (["id", "day", "at"], ["id", "day", "at", "note"]):
        shop.impossible.clear()
        found = rows(shop, "rental", columns=columns)
        assert [row["day"] for row in found] == [None, None, date(2024, 2, 29)]
        assert [row["at"] is None for row in found] == [False, True, True]
        assert shop.impossible == {"rental.day": 2, "rental.at": 1}
    assert "rental.day: 2 values that no calendar or number has were read as null" in caplog.text


def test_a_column_of_nulls_alone_keeps_its_rows(mariadb: MariaDbServer, shop: Database) -> None:
    execute(mariadb, shop, "create table t (a varchar(5))", "insert into t values (null), (''), (null)")
    assert [row["a"] for row in rows(shop, "t")] == [None, "", None]


def test_texts_longer_than_a_packet_come_whole(mariadb: MariaDbServer, shop: Database) -> None:
    execute(mariadb, shop, "set global max_allowed_packet = 67108864")
    try:
        size = 2**24 + 7
        with open_database(SqlOptions(mariadb.url(shop.name), mariadb.password), read_only=False) as database:
            relation, batch = of({"id": [1, 2], "scan": [b"\xff" * size, b"small"]}, "id")
            assert database.replace("scans", relation, [batch]) == 2
            assert rows(database, "scans") == batch.to_pylist()
    finally:
        execute(mariadb, shop, "set global max_allowed_packet = 16777216")


def test_a_line_that_the_server_cannot_put_together_is_told(mariadb: MariaDbServer, shop: Database) -> None:
    columns = ", ".join(f"c{place} text" for place in range(20))
    long_texts = ", ".join(["repeat('x', 60000)"] * 20)
    execute(
        mariadb,
        shop,
        f"create table wide (id int primary key, {columns})",
        f"insert into wide values (1, {long_texts})",  # noqa: S608 - texts of this test
        "set global max_allowed_packet = 1048576",
    )
    try:
        with pytest.raises(DataError, match="longer than the server's max_allowed_packet: raise it, or read fewer"):
            rows(shop, "wide")
        assert len(rows(shop, "wide", columns=["c1"])) == 1
    finally:
        execute(mariadb, shop, "set global max_allowed_packet = 16777216")


def test_a_server_that_takes_no_files_gets_inserts(mariadb: MariaDbServer, shop: Database) -> None:
    execute(mariadb, shop, "set global local_infile = 0")
    try:
        relation, batch = of(
            {
                "id %s": pa.array([1, 2, 3]),
                "text": ["NULL", "", None],
                "bytes": [b"\x00'\\", None, b""],
                "price": [Decimal("1.10"), None, Decimal(-2)],
                "at": pa.array(
                    [datetime(2005, 5, 24, 22, 53, 30, 5, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")
                ),
            },
            "id %s",
        )
        assert shop.replace("film", relation, [batch]) == 3
        assert rows(shop, "film") == batch.to_pylist()
    finally:
        execute(mariadb, shop, "set global local_infile = 1")


def test_rows_are_appended_to_columns_of_any_case_and_type(mariadb: MariaDbServer, shop: Database) -> None:
    execute(
        mariadb,
        shop,
        "create table film (Film_ID int auto_increment primary key, flags bit(3), doc json, kind enum('a','b'))",
    )
    relation, batch = of({"film_id": [0, 5], "FLAGS": [5, None], "doc": ['{"a": 1}', None], "kind": ["b", None]})
    assert shop.append("film", relation, [batch]) == 2
    assert [tuple(row.values()) for row in rows(shop, "film")] == [(0, 5, '{"a": 1}', "b"), (5, None, None, None)]
    for wrong, words in (
        ({"film_id": [9], "kind": ["c"]}, "does not take a value"),
        ({"title": ["A"]}, "no column 'title'"),
    ):
        with pytest.raises(DataError, match=words):
            shop.append("film", *_of(wrong))
    assert shop.count("film") == 2


def _of(columns: dict[str, Any]) -> tuple[Relation, list[pa.RecordBatch]]:
    relation, batch = of(columns)
    return relation, [batch]


def test_a_reader_cannot_write_by_a_query(mariadb: MariaDbServer, shop: Database) -> None:
    execute(mariadb, shop, "create table film (id int)", "create sequence counter")
    given = SqlOptions(mariadb.url(shop.name), mariadb.password)
    refused = pytest.raises(SettingsError, match="does not let 'taquilla' do this")
    with open_database(given) as reader, refused:
        list(reader.query("select nextval(counter) as n from film union select nextval(counter)"))


@given(
    st.lists(st.lists(st.none() | st.binary(max_size=300), min_size=2, max_size=2), max_size=20),
    st.integers(1, 400),
    st.integers(1, 7),
)
def test_a_result_is_the_same_however_the_network_cuts_it(
    table: list[list[bytes | None]], chunk: int, batch_rows: int
) -> None:
    stream = b"".join(packet(b"".join(map(cell, row))) for row in table) + packet(b"\xfe\x00\x00\x02\x00") + b"more"
    found = list(wire.cells(Connection(stream, chunk), 2, batch_rows, 2**20))
    assert [list(row) for columns in found for row in zip(*columns, strict=True)] == table
    assert all(len(columns[0]) <= batch_rows for columns in found)
    single = b"".join(packet(cell(row[0])) for row in table) + packet(b"\xfe\x00\x00\x02\x00")
    lines = list(wire.lines(Connection(single, chunk), batch_rows, 2**20))
    assert [line for lot in lines for line in lot] == [row[0] for row in table]


def test_a_result_without_its_end_is_cut_off() -> None:
    with pytest.raises(wire.CutOffError):
        list(wire.lines(Connection(packet(cell(b"row")), 100), 10, 2**20))


class Connection:
    """What the wire needs of a connection: a file that hands out so many bytes at a time."""

    def __init__(self, stream: bytes, chunk: int) -> None:
        self._stream, self._chunk = stream, chunk
        self._rfile = self

    def read1(self, size: int) -> bytes:
        part, self._stream = self._stream[: min(size, self._chunk)], self._stream[min(size, self._chunk) :]
        return part


def packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + b"\x01" + payload


def cell(value: bytes | None) -> bytes:
    if value is None:
        return b"\xfb"
    return (bytes([len(value)]) if len(value) < 251 else b"\xfc" + len(value).to_bytes(2, "little")) + value
