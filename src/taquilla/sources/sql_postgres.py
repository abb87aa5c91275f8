"""PostgreSQL, through psycopg: rows come by COPY as lines of CSV, which Arrow parses.

A numeric without a precision, arrays, JSON, intervals and every type that has no like in Arrow come as PostgreSQL's own
text.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Self

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from taquilla.errors import NotInstalledError
from taquilla.sources import sql_postgres_write
from taquilla.sources.relations import Relation
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import CATALOGUE, Column, Found, Progress
from taquilla.sources.sql_select import Path, Selection, quoted, rendered, table
from taquilla.sources.sql_text import batch, from_csv

BATCH_BYTES = 32 * 2**20
MAX_DIGITS = 38
_SESSION = (
    "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set bytea_output = 'hex'; "
    "set extra_float_digits = 1; set statement_timeout = 0"
)
_TYPES = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "bytea": pa.binary(),
}
_TABLES = """
select n.nspname, c.relname, pg_table_is_visible(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by 3 desc, 1, 2
"""
_DECLARED = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped
"""
_KEY = """
select a.attname from pg_index i cross join unnest(i.indkey) with ordinality k(attnum, place)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indisprimary and i.indrelid = %(table)s::regclass order by k.place
"""


def driver() -> ModuleType:
    """psycopg. NotInstalledError: it is not there."""
    try:
        import psycopg
    except ImportError:
        raise NotInstalledError('PostgreSQL\'s driver is not installed: pip install "taquilla[postgres]"') from None
    return psycopg


class Postgres:
    """A database of a PostgreSQL server; each reading has a connection of its own."""

    def __init__(self, address: Address, options: SqlOptions, read_only: bool) -> None:
        self.dialect = postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
        self.address, self.options, self.read_only = address, options, read_only
        self._psycopg = driver()
        from taquilla.sources import sql_postgres_errors

        self._errors = sql_postgres_errors
        self._catalogue = self._connected()

    def tables(self) -> Mapping[str, Path]:
        rows = self._ask(_TABLES)
        return {name if visible else f"{schema}.{name}": (schema, name) for schema, name, visible in rows}

    def columns(self, path: Path) -> list[Column]:
        declared = dict(self._ask(_DECLARED, {"table": quoted(path, self.dialect)}))
        statement, parameters = rendered(sa.select(sa.text("*")).select_from(table(path)).limit(0), self.dialect)
        return self._described(statement, parameters, declared)

    def key(self, path: Path) -> tuple[str, ...]:
        return tuple(row[0] for row in self._ask(_KEY, {"table": quoted(path, self.dialect)}))

    def count(self, path: Path) -> int:
        return int(self._ask(f"select count(*) from {quoted(path, self.dialect)}")[0][0])  # noqa: S608 - a quoted name

    def read(
        self, selection: Selection, columns: Sequence[Column], batch_rows: int, found: Found
    ) -> Iterator[pa.RecordBatch]:
        sql, parameters = rendered(selection.statement(), self.dialect)
        return self._copied(sql, parameters, columns, batch_rows, selection.path[-1], found)

    def query_columns(self, sql: str) -> list[Column]:
        # As a subquery it can be nothing but a SELECT.
        return self._described(f"select * from (\n{sql}\n) as q limit 0", None, {})  # noqa: S608

    def query(self, sql: str, columns: Sequence[Column], batch_rows: int, found: Found) -> Iterator[pa.RecordBatch]:
        return self._copied(sql, None, columns, batch_rows, "query", found)

    def close(self) -> None:
        self._catalogue.close()

    def _copied(
        self, sql: str, parameters: Any, columns: Sequence[Column], batch_rows: int, name: str, found: Found
    ) -> Iterator[pa.RecordBatch]:
        texts = [_as_text(column) for column in columns]
        with self._connection(f"{name} was read") as connection, connection.cursor() as cursor:
            seconds = self.options.read_timeout_s
            words = f"{self.address} has sent nothing for {seconds:g} s while {name} was read"
            patience = Patience(connection, seconds, words)
            with patience, cursor.copy(f"copy (\n{sql}\n) to stdout (format csv)", parameters) as copy:
                for lines in _gathered(copy, batch_rows, patience):
                    done = from_csv(lines, texts, name, found, has_zones=True)
                    yield batch([_unhexed(*pair) for pair in zip(done.columns, columns, strict=True)], columns)

    def _described(self, sql: str, parameters: Any, declared: Mapping[str, str]) -> list[Column]:
        with self._errors.told(self.address, self.options, CATALOGUE), self._alive().cursor() as cursor:
            # What is asked for in binary is one statement: the user's own may hide several.
            cursor.execute(sql, parameters, binary=True)
            return [_column(one, self._psycopg, declared) for one in cursor.description or ()]

    def _ask(self, sql: str, parameters: Any = None) -> list[Any]:
        with self._errors.told(self.address, self.options, CATALOGUE), self._alive().cursor() as cursor:
            return list(cursor.execute(sql, parameters).fetchall())

    def _alive(self) -> Any:
        """The catalogue's connection, made anew where the server has ended it."""
        try:
            self._catalogue.execute("select 1")
        except self._psycopg.OperationalError:
            self._catalogue.close()
            self._catalogue = self._connected()
        return self._catalogue

    @contextlib.contextmanager
    def _connection(self, doing: str) -> Iterator[Any]:
        """A connection that is closed at the end, wherever it stopped."""
        connection = self._connected()
        try:
            with self._errors.told(self.address, self.options, doing):
                yield connection
        finally:
            connection.close()

    def _connected(self) -> Any:
        address, options = self.address, self.options
        with self._errors.told(address, options):
            connection = self._psycopg.connect(
                host=address.host,
                port=address.port,
                user=address.user,
                password=options.password,
                dbname=address.database,
                connect_timeout=max(round(options.connect_timeout_s), 2),
                autocommit=True,
                client_encoding="utf-8",
                application_name="taquilla",
                # Each statement is a transaction of its own, which psycopg's read_only says nothing of.
                options="-c default_transaction_read_only=on" if self.read_only else "",
                **{name: value for name, value in address.query.items() if name.startswith("ssl")},
            )
            connection.execute(_SESSION)
            connection.read_only = self.read_only
        return connection

    def replace(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with self._connection(f"{path[-1]} was written") as connection:
            return sql_postgres_write.replace(connection, self._quote, path, relation, batches, progress)

    def append(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with self._connection(f"{path[-1]} was written") as connection:
            return sql_postgres_write.append(connection, self._quote, path, relation, batches, progress)

    def _quote(self, path: Path) -> str:
        return quoted(path, self.dialect)


class Patience:
    """Hangs up when the server has sent nothing for so long: libpq itself waits for ever.

    `messages` counts what came. Between `pause` and `resume` it is the reader that takes its time.
    """

    def __init__(self, connection: Any, seconds: float, words: str) -> None:
        self.messages = 0
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._seconds, self._words = seconds, words
        self._end, self._is_over, self._is_paused = threading.Event(), False, False
        self._watch = threading.Thread(target=self._watching, daemon=True, name="taquilla-patience")

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        self._end.set()
        self._watch.join()
        self._socket.close()
        if self._is_over and kind is not None:
            raise TimeoutError(self._words) from None

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        self.messages += 1
        self._is_paused = False

    def _watching(self) -> None:
        seen, since = self.messages, time.monotonic()
        while not self._end.wait(self._seconds / 4):
            if self._is_paused or self.messages != seen:
                seen, since = self.messages, time.monotonic()
            elif time.monotonic() - since >= self._seconds:
                self._is_over = True
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                return


def _gathered(copy: Any, batch_rows: int, patience: Patience) -> Iterator[bytes]:
    """So many lines at a time; the protocol sends each row as a message of its own."""
    lines: list[bytes] = []
    size = 0
    while data := copy.read():
        lines.append(data)
        size += len(data)
        patience.messages += 1
        if len(lines) >= batch_rows or size >= BATCH_BYTES:
            patience.pause()
            yield b"".join(lines)
            lines, size = [], 0
            patience.resume()
    patience.pause()
    if lines:
        yield b"".join(lines)


def _column(described: Any, psycopg: Any, declared: Mapping[str, str]) -> Column:
    info = psycopg.adapters.types.get(described.type_code)
    name = described.name
    told = declared.get(name) or described.type_display
    if info is None or info.array_oid == described.type_code:
        return Column(name, told, pa.string())
    if info.name != "numeric":
        return Column(name, told, _TYPES.get(info.name, pa.string()))
    digits, scale = described.precision, described.scale
    if digits is None or digits > MAX_DIGITS or not 0 <= scale <= digits:
        return Column(name, told, pa.string(), f"{name}: {told} has no precision that Arrow has, read as text")
    return Column(name, told, pa.decimal128(digits, scale))


def _as_text(column: Column) -> Column:
    return Column(column.name, column.declared, pa.string()) if pa.types.is_binary(column.type) else column


def _unhexed(cells: pa.Array, column: Column) -> pa.Array:
    """Bytes are written as \\x00ff."""
    if not pa.types.is_binary(column.type):
        return cells
    series = pl.Series(cells)
    return series.str.slice(2).str.decode("hex").to_arrow().cast(pa.binary())
