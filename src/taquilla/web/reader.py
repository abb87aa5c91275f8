"""The warehouse as the service sees it: one open file, a cursor a request, anew when a load has renamed another one in.

DuckDB keeps one database a path and process: opening the path again while a cursor still reads the old file would give
the old file. So the requests under way end, the file is closed, and only then is the new one opened.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import Any

from taquilla.errors import DataError, TaquillaError, UnavailableError
from taquilla.warehouse.duckdb import Connection, connect, is_warehouse

Row = dict[str, Any]
NEXT_STEP = "Make it with: taquilla run (without a TMDB key: taquilla demo)"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileMark:
    """Another one whenever another file stands at the path."""

    inode: int
    modified_ns: int
    size: int

    @property
    def loaded_at(self) -> datetime:
        """A load writes the file last and renames it, so that the file's age is the load's."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, UTC)


@dataclass(frozen=True, slots=True)
class Session:
    """One request's view of one version of the warehouse."""

    cursor: Connection
    version: FileMark

    def rows(self, sql: str, /, **parameters: Any) -> list[Row]:
        """The answer, one dict a row."""
        columns, rows = self.table(sql, **parameters)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def table(self, sql: str, /, **parameters: Any) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The answer's column names and its rows."""
        answer = self.cursor.execute(sql, parameters)
        return [column[0] for column in answer.description or ()], answer.fetchall()

    def marts(self) -> list[str]:
        """The names of the marts that this file has: it may be older or newer than this program."""
        found = self.rows("select view_name from duckdb_views() where schema_name = 'mart' order by view_name")
        return [row["view_name"] for row in found]


class WarehouseReader:
    """Hands out sessions on the newest warehouse. UnavailableError: there is none yet, or it cannot be read.

    memory_limit (such as "512MB") and threads are DuckDB's; where unset, its own: most of the machine.
    """

    def __init__(self, path: Path, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        self._path = path
        self._memory_limit = memory_limit
        self._threads = threads
        self._turn = Condition()
        self._sessions = 0
        self._connection: Connection | None = None
        self._version: FileMark | None = None

    def mark(self) -> FileMark | None:
        """The mark of the file that the next session reads, or of one before it; None where there is none."""
        return _mark(self._path)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Not to be nested: the inner one would wait for the outer one when the file has changed between them."""
        opened = self._begin()
        try:
            # A cursor does not take over the settings of its connection.
            opened.cursor.execute("set timezone = 'UTC'")
            yield opened
        finally:
            self._end(opened)

    def close(self) -> None:
        """Wait for the sessions under way, and let the file go."""
        with self._turn:
            self._turn.wait_for(lambda: not self._sessions)
            self._close()

    def _begin(self) -> Session:
        with self._turn:
            connection, version = self._newest()
            cursor = connection.cursor()
            self._sessions += 1
            return Session(cursor, version)

    def _end(self, session: Session) -> None:
        with self._turn:
            session.cursor.close()
            self._sessions -= 1
            self._turn.notify_all()

    def _newest(self) -> tuple[Connection, FileMark]:
        while True:
            if self._connection and self._version and self._version == _mark(self._path):
                return self._connection, self._version
            if not self._sessions:
                return self._reopen()
            # Those who come meanwhile wait here too, so that a busy service still gets to the new file.
            self._turn.wait_for(lambda: not self._sessions)

    def _reopen(self) -> tuple[Connection, FileMark]:
        self._close()
        # Looked at before opening: a file renamed in between is then seen as a change by the next request.
        version = _mark(self._path)
        if version is None:
            raise UnavailableError(f"There is no warehouse yet. {NEXT_STEP}")
        connection = _open(self._path, self._memory_limit)
        if self._threads:
            connection.execute("set threads = $threads", {"threads": self._threads})
        self._connection, self._version = connection, version
        return connection, version

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = self._version = None


def _mark(path: Path) -> FileMark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return FileMark(found.st_ino, found.st_mtime_ns, found.st_size)


def _open(path: Path, memory_limit: str | None) -> Connection:
    """The file, unable to read any other. What is wrong with it goes to the log: it names paths of this machine."""
    try:
        connection = connect(path, memory_limit=memory_limit)
        if not is_warehouse(connection):
            connection.close()
            raise DataError(f"{path} is a DuckDB file, but no warehouse.")
    except TaquillaError as error:
        _log.error("The warehouse cannot be opened: %s", error)
        raise UnavailableError(f"The warehouse cannot be read; the service's log says why. {NEXT_STEP}") from error
    connection.execute("set enable_external_access = false")
    return connection
