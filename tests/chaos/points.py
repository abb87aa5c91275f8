"""Named moments of a command's work, seen from outside, at which it is killed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chaos.storm import database
from chaos.world import World

LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Point:
    """Right after something has come about: a file that fits a pattern of the data folder, or a statement at work."""

    name: str
    file: str | None = None
    statement: str | None = None

    def watch(self, world: World) -> Callable[[], bool]:
        """Whether it has come about since now."""
        if self.statement is not None:
            return self._watch_server(world, self.statement)
        pattern = str(self.file)
        before = {(path, _changed(path)) for path in world.data.glob(pattern)}
        return lambda: any((path, _changed(path)) not in before for path in world.data.glob(pattern))

    def _watch_server(self, world: World, statement: str) -> Callable[[], bool]:
        server, name = world.postgres, database(world)
        assert server is not None
        query = "select 1 from pg_stat_activity where datname = %s and state = 'active' and query ilike %s"

        def seen() -> bool:
            with server.connect() as connection:
                for _ in range(50):
                    if connection.execute(query, [name, statement]).fetchone():
                        return True
            return False

        return seen


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


RAW = "lake/raw/tmdb_films"
CONSUMING = (
    Point("rows written, not committed", f"{RAW}/bucket=*/*.parquet"),
    Point("rows and offsets committed", f"{RAW}/_delta_log/*.json"),
)
CURATING = (
    Point("films written, not committed", "lake/curated/films/bucket=*/*.parquet"),
    Point("snapshots committed, the others not", "lake/curated/film_snapshots/_delta_log/*.json"),
    Point("quarantine committed, films not", "lake/quarantine/films/_delta_log/*.json"),
    Point("films committed", "lake/curated/films/_delta_log/*.json"),
)
LOADING = (
    Point("DuckDB's copy under way", "warehouse.new.duckdb"),
    Point("DuckDB's file renamed", "warehouse.duckdb"),
    Point("rows on their way to PostgreSQL", statement="copy %"),
    Point("rows being put in their places", statement="insert into %"),
    Point("marts being refreshed", statement="%refresh%"),
)


def killed_at(world: World, point: Point, *arguments: str) -> bool:
    """Start the command and kill -9 it at that point; whether it was still at work then."""
    reached = point.watch(world)
    running = world.start(*arguments)
    until = time.monotonic() + LONGEST_S
    while running.process.poll() is None and time.monotonic() < until:
        if reached():
            break
        time.sleep(0.0005)
    was_at_work = running.process.poll() is None
    running.kill()
    assert was_at_work or running.process.returncode == 0, running.said()
    return was_at_work
