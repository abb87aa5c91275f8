"""A lake and its warehouse, in DuckDB or in PostgreSQL: what is taken is landed, curated and loaded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from records import curate, export, land, new_lake
from taquilla.lake import Lake
from taquilla.pipeline.load import load_films, load_postgres
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.warehouse import duckdb
from taquilla.warehouse.load import Loaded
from taquilla.warehouse.model import metadata
from taquilla.warehouse.postgres import PostgresOptions, connect

Rows = list[tuple[Any, ...]]


class Road:
    """options: the PostgreSQL database; without them it is the DuckDB file."""

    def __init__(self, folder: Path, options: PostgresOptions | None = None, lake: Lake | None = None) -> None:
        self.lake: Lake = lake or new_lake(folder)
        self.file = folder / "warehouse.duckdb"
        self.options = options

    def take(self, *records: RawRecord) -> Loaded:
        if records:
            land(self.lake, records)
        curate(self.lake)
        return self.load()

    def load(self, *, rebuild: bool = False) -> Loaded:
        if self.options:
            return load_postgres(self.lake, self.options, rebuild=rebuild)
        return load_films(self.lake, self.file, rebuild=rebuild)

    def export(self, day: float, popularity: dict[int, float | None]) -> None:
        export(self.lake, day, popularity)
        self.take()

    def rows(self, sql: str) -> Rows:
        with self.connected() as answers:
            return answers(sql)

    def tables(self) -> dict[str, Rows]:
        """Every table's rows but for what means nothing: a row's number in the wide table, a schema's own number."""
        with self.connected() as answers:
            return {name: sorted(answers(_all_of(name, table)), key=repr) for name, table in metadata.tables.items()}

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Rows]]:
        """Answers queries over one connection."""
        opened = connect(self.options) if self.options else duckdb.connect(self.file)
        with opened as connection:
            yield lambda sql: [tuple(map(_utc, row)) for row in connection.execute(sql).fetchall()]


def _all_of(name: str, table: Table) -> str:
    columns = [column.name for column in table.columns if (name, column.name) != ("movie_data_warehouse", "id")]
    quoted = ", ".join(f'"{column}"' for column in columns)
    where = "where source <> 'schema'" if name == "load_marks" else ""
    return f'select {quoted} from "{name}" {where}'  # noqa: S608


def _utc(value: Any) -> Any:
    """One moment told in one way, whatever the driver's time zone is called."""
    return value.astimezone(UTC) if isinstance(value, datetime) and isinstance(value, date) else value
