"""SQLite, through Python's own module.

It keeps any value in any column: a column is read as what it is declared, and a value that is not is told. A column
without a type, as an expression's is, is what its values are. Decimals are exact up to the 15 digits that SQLite itself
keeps.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteDialect, SQLiteIdentifierPreparer
from sqlalchemy.sql.compiler import IdentifierPreparer

from taquilla.errors import BusyError, DataError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources import sql_sqlite_write
from taquilla.sources.relations import Relation
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import AGAIN, Column, Found, Progress
from taquilla.sources.sql_select import Path, Selection, quoted, rendered
from taquilla.sources.sql_select import column as named
from taquilla.sources.sql_text import batch, typed

MAX_DIGITS = 38
_DECIMAL = re.compile(r"\b(?:DECIMAL|NUMERIC|DECIMAL_TEXT)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
# The first that the declared type holds, as SQLite itself looks for its affinities.
_TYPES = (
    (r"BOOL", pa.bool_()),
    (r"TIMESTAMPTZ|WITH TIME ZONE", pa.timestamp("us", tz="UTC")),
    (r"DATETIME|TIMESTAMP", pa.timestamp("us")),
    (r"DATE", pa.date32()),
    (r"INT", pa.int64()),
    (r"CHAR|CLOB|TEXT|TIME|JSON|UUID", pa.string()),
    (r"BLOB|BINARY", pa.binary()),
    (r"REAL|FLOA|DOUB", pa.float64()),
)
_HELD = {
    frozenset(["integer"]): pa.int64(),
    frozenset(["real"]): pa.float64(),
    frozenset(["integer", "real"]): pa.float64(),
    frozenset(["blob"]): pa.binary(),
}


class _Backticks(SQLiteIdentifierPreparer):
    """SQLite takes a name in double quotes that no column has for a text."""

    def __init__(self, dialect: Any) -> None:
        IdentifierPreparer.__init__(self, dialect, initial_quote="`", final_quote="`", escape_quote="`")


class _Dialect(SQLiteDialect):
    preparer = _Backticks  # type: ignore[assignment]
    supports_statement_cache = True


class Sqlite:
    """A database in a file."""

    def __init__(self, address: Address, options: SqlOptions, read_only: bool) -> None:
        self.dialect = _Dialect(paramstyle="named")
        self.address, self.options, self.read_only = address, options, read_only
        self._file = FilePath(address.database)
        if read_only and not self._file.is_file():
            raise SettingsError(f"There is no SQLite file {address.database}. Mend the path in sqlite:///path.")
        self._connection = self._connected()

    def tables(self) -> Mapping[str, Path]:
        rows = self._ask(
            "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' "
            "order by name"
        )
        return {row[0]: (row[0],) for row in rows}

    def columns(self, path: Path) -> list[Column]:
        rows = self._ask("select name, type from pragma_table_xinfo(:table) where hidden <> 1", {"table": path[-1]})
        untyped = [name for name, declared in rows if not declared]
        held = self._held(f"select * from {quoted(path, self.dialect)}", untyped)  # noqa: S608 - a quoted name
        return [held[name] if name in held else _declared(name, declared) for name, declared in rows]

    def key(self, path: Path) -> tuple[str, ...]:
        rows = self._ask("select name from pragma_table_info(:table) where pk > 0 order by pk", {"table": path[-1]})
        return tuple(row[0] for row in rows)

    def count(self, path: Path) -> int:
        return int(self._ask(f"select count(*) from {quoted(path, self.dialect)}")[0][0])  # noqa: S608 - a quoted name

    def read(
        self, selection: Selection, columns: Sequence[Column], batch_rows: int, found: Found
    ) -> Iterator[pa.RecordBatch]:
        sql, parameters = rendered(selection.statement(*map(_expression, columns)), self.dialect)
        return self._batches(sql, parameters, columns, batch_rows, selection.name, found)

    def query_columns(self, sql: str) -> list[Column]:
        with self._told(), contextlib.closing(self._connection.cursor()) as cursor:
            # As a subquery it can be nothing but a SELECT.
            cursor.execute(f"select * from (\n{sql}\n) limit 0")  # noqa: S608
            names = [column[0] for column in cursor.description]
        held = self._held(sql, names)
        # As a subquery's, the second column of a name is called name:1.
        return [replace(held[name], name=re.sub(r":\d+$", "", name)) for name in names]

    def query(self, sql: str, columns: Sequence[Column], batch_rows: int, found: Found) -> Iterator[pa.RecordBatch]:
        return self._batches(sql, None, columns, batch_rows, "query", found)

    def close(self) -> None:
        self._connection.close()

    def _batches(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None,
        columns: Sequence[Column],
        batch_rows: int,
        name: str,
        found: Found,
    ) -> Iterator[pa.RecordBatch]:
        with contextlib.closing(self._connected()) as connection, self._told(f"{name} was read"):
            cursor = connection.execute(sql, {key: _bound(value) for key, value in (parameters or {}).items()})
            while rows := cursor.fetchmany(batch_rows):
                values = zip(*rows, strict=True)
                arrays = [_array(cells, column, name, found) for cells, column in zip(values, columns, strict=True)]
                yield batch(arrays, columns)

    def _held(self, sql: str, names: Sequence[str]) -> dict[str, Column]:
        """What the values of these columns are, by looking at each."""
        if not names:
            return {}
        kinds = [sa.func.group_concat(sa.distinct(sa.func.typeof(named(name)))) for name in names]
        statement, _ = rendered(sa.select(*kinds), self.dialect)
        [row] = self._ask(f"{statement} from (\n{sql}\n)")
        found = [frozenset((kinds or "").split(",")) - {"null", ""} for kinds in row]
        return {
            name: Column(name, "/".join(sorted(kinds)) or "null", _HELD.get(kinds, pa.string()))
            for name, kinds in zip(names, found, strict=True)
        }

    def _ask(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        with self._told():
            return self._connection.execute(sql, parameters or {}).fetchall()

    def _connected(self) -> sqlite3.Connection:
        journal = self._file.with_name(f"{self._file.name}-journal")
        # What a writer that was killed has left behind is rolled back by the next who opens it, a reader too.
        mode = "rwc" if not self.read_only else "rw" if journal.exists() else "ro"
        with self._told():
            connection = sqlite3.connect(
                f"{self._file.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=self.options.connect_timeout_s,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("select count(*) from sqlite_master").fetchone()
            if self.read_only:
                connection.execute("pragma query_only = on")
        return connection

    @contextlib.contextmanager
    def _told(self, doing: str = "") -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._meaning(error, doing) from None

    def _meaning(self, error: sqlite3.Error, doing: str) -> TaquillaError:
        said, where = str(error).rstrip("."), f"{self.address}{doing and f' while {doing}'}"
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return BusyError(f"Somebody else writes in {where}. Wait for them, then run the same command again.")
        if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
            return SettingsError(f"{where}: {said}. Mend the path in sqlite:///path, or its permissions.")
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            return DataError(f"{where} is no SQLite database: {said}. Mend the path in sqlite:///path.")
        if name.startswith(("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOMEM")):
            return UnavailableError(f"{where}: {said}. {AGAIN}")
        return DataError(f"{where}: {said}. Mend the query or the table, then run the same command again.")

    def replace(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with contextlib.closing(self._connected()) as connection, self._told(f"{path[-1]} was written"):
            return sql_sqlite_write.replace(connection, self._quote, path[-1], relation, batches, progress)

    def append(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with contextlib.closing(self._connected()) as connection, self._told(f"{path[-1]} was written"):
            return sql_sqlite_write.append(connection, self._quote, path[-1], relation, batches, progress)

    def _quote(self, name: str) -> str:
        return quoted((name,), self.dialect)


def _declared(name: str, declared: str) -> Column:
    upper = declared.upper()
    if decimal := _DECIMAL.search(upper):
        digits, scale = int(decimal[1]), int(decimal[2] or 0)
        if digits <= MAX_DIGITS and scale <= digits:
            return Column(name, declared, pa.decimal128(digits, scale))
        return Column(name, declared, pa.string(), f"{name}: more than {MAX_DIGITS} digits, read as text")
    for pattern, kind in _TYPES:
        if re.search(pattern, upper):
            return Column(name, declared, kind)
    return Column(name, declared, pa.string(), f"{name}: SQLite knows no type {declared}, read as text")


def _is_kept_as_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_temporal(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind)
    )


def _expression(column: Column) -> sa.ColumnElement[Any]:
    plain = named(column.name)
    return sa.cast(plain, sa.Text()) if _is_kept_as_text(column.type) else plain


def _array(cells: Sequence[Any], column: Column, relation: str, found: Found) -> Any:
    if _is_kept_as_text(column.type):
        texts = pa.array([cell if cell is None or isinstance(cell, str) else str(cell) for cell in cells], pa.string())
        return typed(texts, column, relation, found)
    try:
        return pa.array(cells, column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, OverflowError) as error:
        raise DataError(
            f"{relation}.{column.name} is declared {column.declared}, and holds what that cannot be: {error}. "
            "Mend it at the source, or read it by a query that casts it to text."
        ) from None


def _bound(value: object) -> Any:
    """A moment as text no longer than any that SQLite may hold for it, so that ties come before what is bound."""
    if isinstance(value, datetime):
        text = value.isoformat(" ")
        return text.rstrip("0") if "." in text else text
    return str(value) if isinstance(value, (Decimal, date)) else value
