"""The same few rows in DuckDB or in PostgreSQL: the suite of the marts runs over both."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import psycopg

from taquilla.warehouse import duckdb
from taquilla.warehouse.parameters import named_parameters
from taquilla.warehouse.postgres import PostgresOptions, connect
from warehouse.databases import Databases
from warehouse.given import Rows, fill

KINDS = ("duckdb", "postgres")


class Answer(Protocol):
    """What a statement answers with."""

    @property
    def description(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Given(Protocol):
    """A connection to a small warehouse; parameters are `$name`."""

    def execute(self, query: str, parameters: Any = None, /) -> Any: ...


class PostgresGiven:
    """A transaction that is never committed. A mart is refreshed before it is asked, as a load does."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        # The marts are tried with rows that stand alone: who names nobody has no parents to be checked.
        connection.execute("set local session_replication_role = replica")

    def execute(self, query: str, parameters: Mapping[str, Any] | None = None, /) -> Answer:
        if asked := re.findall(r"\bmart\.\"?(\w+)", query):
            self._connection.execute("select mart.refresh(%s)", (asked,))
        return self._connection.execute(named_parameters(query), parameters or {})


class Opener:
    """Opens warehouses of one kind, and closes them when the test ends."""

    def __init__(self, stack: ExitStack, databases: Callable[[], Iterator[PostgresOptions]] | None) -> None:
        self._stack = stack
        self._databases = databases() if databases else None

    def open(self) -> Given:
        if self._databases is None:
            connection = duckdb.connect(":memory:", read_only=False)
            duckdb.create_schema(connection)
            self._stack.callback(connection.close)
            return connection
        there = self._stack.enter_context(_undone(next(self._databases)))
        return PostgresGiven(there)


@contextmanager
def _undone(options: PostgresOptions) -> Iterator[psycopg.Connection[Any]]:
    with connect(options, read_only=False) as connection:
        yield connection
        connection.rollback()


class Pool:
    """Databases that are empty again when a test has ended: some tests compare two or three."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._made: list[PostgresOptions] = []

    def each(self) -> Iterator[PostgresOptions]:
        yield from self._made
        while True:
            made = self._databases.new()
            with self._databases.superuser(made) as connection:
                connection.execute("grant set on parameter session_replication_role to taquilla")
            self._made.append(made)
            yield made


_opener: list[Opener] = []


@contextmanager
def opening(pool: Pool | None) -> Iterator[None]:
    """While it lasts `warehouse` opens in PostgreSQL, or in DuckDB where there is no pool."""
    with ExitStack() as stack:
        _opener.append(Opener(stack, pool.each if pool else None))
        try:
            yield
        finally:
            _opener.pop()


def warehouse(**tables: Rows) -> Given:
    """A warehouse of the kind that the test runs over, with these rows; see `given.warehouse`."""
    given = _opener[-1].open()
    fill(given, **tables)
    return given
