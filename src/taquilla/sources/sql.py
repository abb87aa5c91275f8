"""A database as a source of tables, and as a target: MySQL and MariaDB, PostgreSQL, SQLite, Snowflake.

with open_database(SqlOptions("mysql://reader@db.example:3306/shop", password=secret)) as shop:
    for batch in shop.read("rental", since=Since("last_update", moment)):
        ...

Names are looked up in the catalogue and quoted; values are parameters. Numbers, decimals and dates keep their types;
a date that no calendar has (MySQL's 0000-00-00, PostgreSQL's infinity) is null and counted in `impossible`.
"""

import importlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import pyarrow as pa

from taquilla.errors import DataError, SettingsError
from taquilla.sources.relations import BATCH_ROWS, Relation, Since
from taquilla.sources.sql_address import Address, SqlOptions, address
from taquilla.sources.sql_ddl import ddl
from taquilla.sources.sql_driver import Column, Driver, Found, Progress, listed, pick
from taquilla.sources.sql_rows import renamed_columns
from taquilla.sources.sql_select import Path, Selection, wall_clock
from taquilla.sources.sql_text import schema_of

__all__ = ["Database", "SqlOptions", "ddl", "open_database"]

log = logging.getLogger(__name__)
# Each in a file of its own, and its driver imported when it is first needed.
DRIVERS = {
    "mysql": ("taquilla.sources.sql_mysql", "MySql"),
    "postgresql": ("taquilla.sources.sql_postgres", "Postgres"),
    "sqlite": ("taquilla.sources.sql_sqlite", "Sqlite"),
    "snowflake": ("taquilla.sources.sql_snowflake", "Snowflake"),
}


def open_database(options: SqlOptions, read_only: bool = True) -> "Database":
    """The database, once it has let us in.

    SettingsError: the url, user, password or database is wrong. UnavailableError: it does not answer.
    NotInstalledError: its driver is missing.
    """
    where = address(options.url)
    module, name = DRIVERS[where.dialect]
    driver: Driver = getattr(importlib.import_module(module), name)(where, options, read_only)
    return Database(where, options, driver, read_only)


class Database:
    """Tables that can be read and written. `Source` says what reading does, and which errors it has.

    impossible: how many cells of each column were null because no type holds what stood there.
    """

    def __init__(self, where: Address, options: SqlOptions, driver: Driver, read_only: bool) -> None:
        self.name = options.name or where.database
        self.dialect = where.dialect
        self.read_only = read_only
        self._where, self._driver = where, driver
        self._found = Found()

    @property
    def impossible(self) -> Counter[str]:
        return self._found.impossible

    def __repr__(self) -> str:
        return f"Database({self._where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def relations(self) -> tuple[str, ...]:
        return tuple(self._driver.tables())

    def describe(self, relation: str) -> Relation:
        name, path = self._found_table(relation)
        return _relation(name, self._driver.columns(path), self._driver.key(path))

    def count(self, relation: str) -> int | None:
        return self._driver.count(self._found_table(relation)[1])

    def fingerprint(self, relation: str) -> str | None:
        """None: only reading a table would tell whether it has changed."""
        return None

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        name, path = self._found_table(relation)
        known = {column.name: column for column in self._driver.columns(path)}
        where = f"{name} of {self._where}"
        wanted = [known[pick(one, known, "column", where)] for one in columns] if columns else list(known.values())
        selection = Selection(
            path,
            tuple(column.name for column in wanted),
            self._driver.key(path),
            _cursor(since, known, where),
            None if after is None else tuple(after),
        )
        _check_after(selection, where)
        return self._told(self._driver.read(selection, wanted, batch_rows, self._found))

    def describe_query(self, sql: str) -> Relation:
        """What the SELECT would give. DataError: it is no SELECT, or names a column twice."""
        return _relation("query", self._query_columns(_one_statement(sql)), ())

    def query(self, sql: str, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT of the user's own, in its order. DataError: it is no SELECT, or names a column twice."""
        statement = _one_statement(sql)
        columns = self._query_columns(statement)
        return self._told(self._driver.query(statement, columns, batch_rows, self._found))

    def replace(
        self, table: str, relation: Relation, batches: Iterable[pa.RecordBatch], *, progress: Progress | None = None
    ) -> int:
        """Makes the table anew from these rows and says how many they are; readers see the old one until it is whole.

        DataError: other tables, views or triggers hold on to the one that is there, or a value does not fit.
        progress: is told the rows that have been sent so far.
        """
        self._check_writable()
        return self._driver.replace(self._path_of(table), relation, batches, progress or _silence)

    def append(
        self, table: str, relation: Relation, batches: Iterable[pa.RecordBatch], *, progress: Progress | None = None
    ) -> int:
        """Adds these rows to a table that is there, all or none, and says how many they are.

        DataError: it has not all of these columns (their case is no matter), or a value does not fit.
        """
        self._check_writable()
        name, path = self._found_table(table)
        known = [column.name for column in self._driver.columns(path)]
        names = [pick(one, known, "column", f"{name} of {self._where}") for one in relation.columns()]
        renamed, ready = renamed_columns(relation, batches, names)
        return self._driver.append(path, renamed, ready, progress or _silence)

    def close(self) -> None:
        self._driver.close()

    def _query_columns(self, statement: str) -> list[Column]:
        columns = self._driver.query_columns(statement)
        names = [column.name for column in columns]
        if twice := {name for name in names if names.count(name) > 1}:
            raise DataError(f"The query has several columns named {listed(sorted(twice))}. Name each one once.")
        return columns

    def _found_table(self, name: str) -> tuple[str, Path]:
        tables = self._driver.tables()
        found = pick(name, tables, "table", str(self._where))
        return found, tables[found]

    def _path_of(self, table: str) -> Path:
        """Where the table is, or is to be: `schema.table` in a schema that has tables, else what the name says."""
        tables = self._driver.tables()
        schema, dot, name = table.partition(".")
        if table not in tables and dot and any(len(path) > 1 and path[0] == schema for path in tables.values()):
            return schema, name
        return tables.get(table, (table,))

    def _told(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        before = Counter(self.impossible)
        yield from batches
        for column, count in (self.impossible - before).items():
            log.warning("%s: %s values that no calendar or number has were read as null", column, f"{count:,}")

    def _check_writable(self) -> None:
        if self.read_only:
            raise SettingsError(f"{self._where} was opened for reading alone. Open it with read_only=False to write.")


def _silence(rows: int) -> None:
    """No progress is wanted."""


def _relation(name: str, columns: Sequence[Column], key: tuple[str, ...]) -> Relation:
    return Relation(
        name,
        schema_of(columns),
        key,
        {column.name: column.declared for column in columns},
        notes=tuple(column.note for column in columns if column.note),
    )


def _cursor(since: Since | None, known: Mapping[str, Column], where: str) -> tuple[str, object] | None:
    if since is None:
        return None
    name = pick(since.column, known, "column", where)
    _check_comparable(known[name], since.value, where)
    return name, since.value if isinstance(since.value, int) else wall_clock(since.value)


def _check_comparable(column: Column, value: datetime | int, where: str) -> None:
    # Of a moment and a number, databases have rules of their own which is later: most let every row through.
    numbers = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_floating)
    is_number = any(fits(column.type) for fits in numbers)
    if isinstance(value, int) != is_number:
        wanted = "a number" if is_number else "a moment such as 2026-11-21T08:00:00"
        raise DataError(
            f"{column.name!r} of {where} holds {column.type}, and rows since {value} were asked for. Give {wanted}."
        )


def _check_after(selection: Selection, where: str) -> None:
    if selection.after is not None and len(selection.after) != len(selection.order):
        key = listed(selection.order) or "none"
        raise DataError(
            f"{where} has the key {key}: {len(selection.after)} values do not fit it. Read it from the start."
        )


def _one_statement(sql: str) -> str:
    return sql.strip().rstrip(";").strip()
