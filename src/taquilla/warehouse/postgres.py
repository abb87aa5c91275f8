"""PostgreSQL: how the server is reached, what its errors mean, and how it is asked."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from taquilla.errors import NotInstalledError, SettingsError
from taquilla.warehouse.asking import Ask, Row
from taquilla.warehouse.parameters import named_parameters

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST_VERSION = 15
# How long a statement waits for a lock that somebody else holds: a reader's never, a migration's may.
LOCK_TIMEOUT_S = 10.0
# How long a statement of a load or a migration may take; the longest is the one that refreshes every mart. The server
# ends it, and whoever waits for the one loader's lock goes on.
LOAD_TIMEOUT_S = 1_800.0


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How to reach the database.

    url: `postgresql://user@host:port/database`, without the password. connect_timeout_s: within which the server must
    answer; statement_timeout_s: within which a query of a reader must. A statement of a load has
    half an hour, or as long as that where it is longer.
    """

    url: str
    password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 10.0
    statement_timeout_s: float = 60.0


@contextmanager
def connect(options: PostgresOptions, *, read_only: bool = True, resume: str = "") -> "Iterator[Connection]":
    """One transaction in UTC: committed at the block's end, undone where it fails; resume: the command that does it.

    read_only: nothing can be written, every question is answered as of the block's beginning, and within the time-out.
    SettingsError, UnavailableError, BusyError, DataError: as `postgres_errors` tells the server's own errors.
    """
    psycopg = driver()
    from taquilla.warehouse.postgres_errors import told

    with told(options.url, resume), _opened(psycopg, options) as connection:
        _prepare(connection, options, read_only)
        connection.read_only = read_only
        if read_only:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            # From its first statement on a transaction cannot be made to write.
            connection.execute("select 1")
        yield connection


def driver() -> Any:
    """psycopg. NotInstalledError: it is not there."""
    try:
        import psycopg
    except ImportError as error:
        raise NotInstalledError('PostgreSQL\'s driver is not installed: pip install "taquilla[postgres]"') from error
    logging.getLogger("psycopg").addFilter(_is_news)
    return psycopg


def _is_news(record: logging.LogRecord) -> bool:
    """Not what fails while psycopg leaves a block because of an error: that error is told."""
    return not str(record.msg).startswith("error ignored")


def _opened(psycopg: Any, options: PostgresOptions) -> "Connection":
    parameters: dict[str, Any] = {
        # libpq takes whole seconds, and reads 1 as 2.
        "connect_timeout": max(2, round(options.connect_timeout_s)),
        "application_name": "taquilla",
        # A server that is gone without a word is noticed within half a minute, and not in two hours.
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    if options.password is not None:
        parameters["password"] = options.password
    connection: Connection = psycopg.connect(options.url, **parameters)
    connection.adapters.register_loader("numeric", _number_loader())
    return connection


def _number_loader() -> type:
    """A numeric as Python's own number, which is what DuckDB answers with: whole ones as int."""
    from psycopg.adapt import Loader

    class Number(Loader):
        def load(self, data: Any) -> int | float:
            text = bytes(data)
            return int(text) if text.lstrip(b"-").isdigit() else float(text)

    return Number


def _prepare(connection: "Connection", options: PostgresOptions, read_only: bool) -> None:
    limit_s = options.statement_timeout_s if read_only else max(options.statement_timeout_s, LOAD_TIMEOUT_S)
    settings = {
        "timezone": "UTC",
        "lock_timeout": f"{LOCK_TIMEOUT_S * 1000:.0f}",
        "statement_timeout": f"{limit_s * 1000:.0f}",
        "datestyle": "ISO",
        "search_path": "public",
        # Compiling a mart's query takes longer than running it.
        "jit": "off",
    }
    connection.autocommit = True  # so that they outlive a transaction that is undone
    for name, value in settings.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
    connection.autocommit = False
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        raise SettingsError(f"This is PostgreSQL {version}. postgres.url must name a server {OLDEST_VERSION} or newer.")


def asking(connection: "Connection") -> Ask:
    """Asks over this connection, with the same `$name` parameters and the same rows as over DuckDB."""
    from taquilla.warehouse.postgres_errors import told

    def ask(sql: str, /, **parameters: Any) -> list[Row]:
        with told():
            # Prepared, since that takes one statement: a second could follow a "commit", and write.
            answer = connection.execute(named_parameters(sql), parameters, prepare=True)
            names = [column.name for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()] if names else []

    return ask


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself. tables: about how many rows each has. revision: None before any migration."""

    version: str
    database: str
    user: str
    revision: str | None
    tables: dict[str, int]
    may_write: bool


def server_facts(connection: "Connection") -> ServerFacts:
    """Of the database that a connection is to; it must not be a read-only one, since a temporary table is tried."""
    from taquilla.warehouse.migrating import revision_of

    row = connection.execute("select current_setting('server_version'), current_database(), current_user").fetchone()
    version, database, user = row or ("", "", "")
    return ServerFacts(version, database, user, revision_of(connection), _tables(connection), _may_write(connection))


def _tables(connection: "Connection") -> dict[str, int]:
    # reltuples is -1 for a table that was never looked through.
    rows = connection.execute(
        """
        select n.nspname || '.' || c.relname, greatest(c.reltuples, 0)::bigint
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname in ('public', 'ops', 'shop', 'reviews') order by 1
        """
    )
    return {name.removeprefix("public."): int(estimate) for name, estimate in rows.fetchall()}


def _may_write(connection: "Connection") -> bool:
    import psycopg

    try:
        with connection.transaction():
            connection.execute("create temporary table taquilla_write_check (n integer) on commit drop")
            row = connection.execute(
                "select to_regclass('movies') is null or has_table_privilege('movies', 'insert, update, delete')"
            ).fetchone()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        return False
    return bool(row and row[0])
