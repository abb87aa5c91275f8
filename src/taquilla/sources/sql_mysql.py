"""MySQL and MariaDB, through PyMySQL.

A table without long texts and bytes comes as one line of CSV a row, which the server puts together: a row is one text
on the wire, and Arrow parses the lines. Everything else comes cell by cell.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from taquilla.errors import DataError, NotInstalledError
from taquilla.sources.relations import Relation
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import CATALOGUE, Column, Found, Progress
from taquilla.sources.sql_select import Path, Selection, quoted, rendered, table
from taquilla.sources.sql_select import column as named
from taquilla.sources.sql_text import batch, from_csv, typed

BATCH_BYTES = 32 * 2**20
# A reader that is busy with a batch takes nothing off the wire: the server waits so long before it hangs up.
_WRITE_TIMEOUT_S = 3_600
# Their cells may be so long that a line of them would be longer than max_allowed_packet, and then null.
_LONG = (
    "mediumtext",
    "longtext",
    "json",
    "blob",
    "binary",
    "bit",
    "geometry",
    "point",
    "linestring",
    "polygon",
    "vector",
)
_QUOTE: sa.ColumnElement[str] = sa.literal_column("'\"'")
_TWO_QUOTES: sa.ColumnElement[str] = sa.literal_column("'\"\"'")
_EMPTY: sa.ColumnElement[str] = sa.literal_column("''")


def driver() -> Any:
    """pymysql. NotInstalledError: it is not there."""
    try:
        import pymysql
    except ImportError:
        raise NotInstalledError('MySQL\'s driver is not installed: pip install "taquilla[mysql]"') from None
    return pymysql


class MySql:
    """A database of a MySQL or MariaDB server; each reading has a connection of its own."""

    def __init__(self, address: Address, options: SqlOptions, read_only: bool) -> None:
        self.dialect = mysql.dialect(paramstyle="pyformat")
        self.address, self.options, self.read_only = address, options, read_only
        self._pymysql = driver()
        from taquilla.sources import sql_mysql_errors, sql_mysql_types, sql_mysql_wire, sql_mysql_write

        self._wire, self._types, self._errors = sql_mysql_wire, sql_mysql_types, sql_mysql_errors
        self._write = sql_mysql_write
        self._catalogue = self._connected()

    def tables(self) -> Mapping[str, Path]:
        rows = self._ask("select table_name from information_schema.tables where table_schema = database() order by 1")
        return {row[0]: (row[0],) for row in rows}

    def columns(self, path: Path) -> list[Column]:
        declared = dict(
            self._ask(
                "select column_name, column_type from information_schema.columns "
                "where table_schema = database() and table_name = %(table)s",
                {"table": path[-1]},
            )
        )
        statement, parameters = rendered(sa.select(sa.text("*")).select_from(table(path)).limit(0), self.dialect)
        return self._described(self._fields(statement, parameters), declared)

    def key(self, path: Path) -> tuple[str, ...]:
        rows = self._ask(
            "select column_name from information_schema.key_column_usage where table_schema = database() "
            "and table_name = %(table)s and constraint_name = 'PRIMARY' order by ordinal_position",
            {"table": path[-1]},
        )
        return tuple(row[0] for row in rows)

    def count(self, path: Path) -> int:
        return int(self._ask(f"select count(*) from {quoted(path, self.dialect)}")[0][0])  # noqa: S608 - a quoted name

    def read(
        self, selection: Selection, columns: Sequence[Column], batch_rows: int, found: Found
    ) -> Iterator[pa.RecordBatch]:
        if any(_is_long(column) for column in columns):
            sql, parameters = rendered(selection.statement(*map(_exact, columns)), self.dialect)
            yield from self._cells(sql, parameters, columns, batch_rows, selection.name, found)
            return
        sql, parameters = rendered(selection.statement(_line(columns)), self.dialect)
        with self._reading(selection.name, sql, parameters) as (connection, _):
            for lines in self._wire.lines(connection, batch_rows, BATCH_BYTES):
                yield from_csv(_joined(lines, selection.name), columns, selection.name, found, has_zones=False)

    def query_columns(self, sql: str) -> list[Column]:
        # As a subquery it can be nothing but a SELECT.
        return self._described(self._fields(f"select * from (\n{sql}\n) as q limit 0", None), {})  # noqa: S608

    def query(self, sql: str, columns: Sequence[Column], batch_rows: int, found: Found) -> Iterator[pa.RecordBatch]:
        return self._cells(sql, None, columns, batch_rows, "query", found)

    def close(self) -> None:
        with contextlib.suppress(self._pymysql.err.Error):
            self._catalogue.close()

    def _cells(
        self, sql: str, parameters: Any, columns: Sequence[Column], batch_rows: int, name: str, found: Found
    ) -> Iterator[pa.RecordBatch]:
        with self._reading(name, sql, parameters) as (connection, fields):
            bits = [field.type_code == self._pymysql.constants.FIELD_TYPE.BIT for field in fields]
            for cells in self._wire.cells(connection, len(columns), batch_rows, BATCH_BYTES):
                arrays = [
                    _array(one, column, is_bits, name, found)
                    for one, column, is_bits in zip(cells, columns, bits, strict=True)
                ]
                yield batch(arrays, columns)

    def _described(self, fields: Iterable[Any], declared: Mapping[str, str]) -> list[Column]:
        types = self._types
        return [
            Column(
                field.name,
                declared.get(field.name) or types.declared_type(field),
                types.arrow_type(field),
                types.note_on(field),
            )
            for field in fields
        ]

    def _fields(self, sql: str, parameters: Any) -> list[Any]:
        with self._errors.told(self.address, self.options, CATALOGUE), self._alive().cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor._result.fields)

    def _ask(self, sql: str, parameters: Any = None) -> list[Any]:
        with self._errors.told(self.address, self.options, CATALOGUE), self._alive().cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def _alive(self) -> Any:
        """The catalogue's connection, made anew where the server has ended it."""
        try:
            self._catalogue.ping(reconnect=False)
        except self._pymysql.err.Error:
            self._catalogue = self._connected()
        return self._catalogue

    @contextlib.contextmanager
    def _reading(self, name: str, sql: str, parameters: Any) -> Iterator[tuple[Any, list[Any]]]:
        """A connection that has been asked, and its columns; it is closed at the end, wherever the reading stopped."""
        connection = self._connected()
        try:
            with self._errors.told(self.address, self.options, f"{name} was read"):
                if parameters is not None:
                    sql = connection.cursor().mogrify(sql, parameters)
                yield connection, self._wire.started(connection, sql)
        finally:
            connection.close()

    def _connected(self, **more: Any) -> Any:
        options, address = self.options, self.address
        with self._errors.told(address, options):
            connection = self._pymysql.connect(
                host=address.host,
                port=address.port,
                user=address.user,
                # PyMySQL writes text as Latin-1, whatever the connection speaks.
                password=(options.password or "").encode(),
                database=address.database,
                charset="utf8mb4",
                connect_timeout=max(options.connect_timeout_s, 1),
                read_timeout=options.read_timeout_s,
                write_timeout=options.read_timeout_s,
                autocommit=True,
                # Moments come in UTC, whatever zone the server keeps.
                init_command=f"set session time_zone = '+00:00', net_write_timeout = {_WRITE_TIMEOUT_S}",
                **self._tls(),
                **more,
            )
            if self.read_only:
                with connection.cursor() as cursor:
                    cursor.execute("set session transaction read only")
        return connection

    def _tls(self) -> dict[str, Any]:
        ca = self.address.query.get("ssl_ca")
        return {"ssl_ca": ca, "ssl_verify_cert": True, "ssl_verify_identity": True} if ca else {}

    def replace(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with self._writing(path[-1]) as connection:
            return self._write.replace(connection, self._quote, path[-1], relation, batches, progress)

    def append(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with self._writing(path[-1]) as connection:
            return self._write.append(connection, self._quote, path[-1], relation, batches, progress)

    def _quote(self, name: str) -> str:
        return quoted((name,), self.dialect)

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[Any]:
        """A connection that may send files; what it has not committed goes with it."""
        connection = self._connected(local_infile=True)
        with contextlib.closing(connection), self._errors.told(self.address, self.options, f"{name} was written"):
            yield connection


def _is_long(column: Column) -> bool:
    return any(word in column.declared.lower() for word in _LONG)


def _exact(column: Column) -> sa.ColumnElement[Any]:
    """The column so that its text is exact: the server writes FLOAT with six digits, and as a DOUBLE with all."""
    plain = named(column.name)
    if pa.types.is_float32(column.type):
        return sa.type_coerce(plain, mysql.DOUBLE()) + sa.literal_column("0e0")
    return plain


def _line(columns: Sequence[Column]) -> sa.ColumnElement[Any]:
    """The row as a line of CSV, in which only text is in quotes and null is nothing."""
    return sa.func.concat_ws(sa.literal_column("','"), *(sa.func.ifnull(_shown(one), _EMPTY) for one in columns))


def _shown(column: Column) -> sa.ColumnElement[Any]:
    if not pa.types.is_string(column.type):
        return _exact(column)
    text = sa.func.convert(named(column.name).op("using")(sa.literal_column("utf8mb4")))
    return sa.func.concat(_QUOTE, sa.func.replace(text, _QUOTE, _TWO_QUOTES), _QUOTE)


def _joined(lines: Sequence[bytes | None], name: str) -> bytes:
    whole = [line for line in lines if line is not None]
    if len(whole) < len(lines):
        raise DataError(
            f"A row of {name} is longer than the server's max_allowed_packet: raise it, or read fewer columns at once."
        )
    return b"\n".join(whole) + b"\n"


def _array(cells: list[bytes | None], column: Column, is_bits: bool, name: str, found: Found) -> Any:
    if is_bits:
        numbers = [None if cell is None else int.from_bytes(cell, "big") for cell in cells]
        return pa.array(numbers, pa.uint64()).cast(column.type)
    raw = pa.array(cells, pa.binary())
    return raw if pa.types.is_binary(column.type) else typed(raw.cast(pa.string()), column, name, found)
