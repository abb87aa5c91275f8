"""Readers that look every 50 ms while a load is under way: none may ever see part of one (I5)."""

import threading
import time
from pathlib import Path
from types import TracebackType

import duckdb
import psycopg

EVERY_S = 0.05
# Films that are shown, and films of the wide table.
COUNTS = """
    select (select count(*) from movies where not is_removed),
           (select count(distinct tmdb_id) from movie_data_warehouse)
"""
# Credits of films that are not there, and films whose popularity is not that of its snapshot; asked now and then, for
# it costs the machine more than fifty milliseconds.
STALE = """
    select (select count(*) from movie_people as c left join movies as m on m.film_id = c.film_id
            where m.film_id is null)
         + (select count(*) from movies as m where not is_removed and popularity is distinct from (
                select s.popularity from film_snapshots as s
                where s.film_id = m.film_id and s.snapshot_at = m.popularity_at))
"""
DEEP_EVERY = 20
MART = "select films from mart.kpis"


class Reader:
    """Reads in a thread of its own for the length of a block; what it saw is told at its end."""

    def __init__(self, url: str | None, file: Path) -> None:
        self.url, self.file = url, file
        self.reads = {"postgres": 0, "duckdb": 0}
        self.away = 0
        self.torn: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read_file)]
        if url:
            self._threads.append(threading.Thread(target=self._read_server))

    def __enter__(self) -> "Reader":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read_file(self) -> None:
        while not self._stop.wait(EVERY_S):
            if self.file.exists():
                with duckdb.connect(str(self.file), read_only=True) as connection:
                    films, wide = connection.execute(COUNTS).fetchall()[0]
                    stale = connection.execute(STALE).fetchall()[0][0] if self._is_deep("duckdb") else 0
                self._judge("duckdb", films, wide, stale, films)

    def _read_server(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self._read_until_broken()
            except psycopg.OperationalError:
                self.away += 1  # the server is down: that is the fault's doing, not a torn read

    def _read_until_broken(self) -> None:
        assert self.url is not None
        options = "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"
        with psycopg.connect(self.url, options=options, connect_timeout=2) as connection:
            while not self._stop.is_set():
                began = time.monotonic()
                [(films, wide)] = connection.execute(COUNTS).fetchall()
                mart = connection.execute(MART).fetchall()
                stale = connection.execute(STALE).fetchall()[0][0] if self._is_deep("postgres") else 0
                connection.commit()
                self._judge("postgres", films, wide, stale, mart[0][0] if mart else 0)
                self._stop.wait(max(0.0, EVERY_S - (time.monotonic() - began)))

    def _is_deep(self, where: str) -> bool:
        return self.reads[where] % DEEP_EVERY == 0

    def _judge(self, where: str, films: int, wide: int, stale: int, mart: int) -> None:
        self.reads[where] += 1
        if films != wide or stale or mart != films:
            self.torn.append(
                f"{where}: {films} films, {wide} in the wide table, {mart} in the mart, {stale} rows astray"
            )
