"""Curated files → the rows of the warehouse's tables as CSV, for a database that takes them by COPY.

DuckDB reads, unnests and sorts them within the memory that it is allowed; a chunk at a time is held as text.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from taquilla.errors import UnavailableError
from taquilla.warehouse.duckdb import Connection, DatabaseError, connect
from taquilla.warehouse.load import (
    FILM_COLUMNS,
    FILMS,
    POPULARITY_COLUMNS,
    CuratedFiles,
    Entity,
    attach,
    changed_films,
    count,
    new_snapshots,
    newest_popularity,
    select_films,
    select_links,
    select_newest,
)

CHUNK_ROWS = 20_000
SNAPSHOT_COLUMNS = ("film_id", "snapshot_at", "popularity", "vote_average", "vote_count", "revenue_usd", "origin")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for a table: its columns, which of them are its key, and the rows as chunks of CSV.

    Text stands in quotes, so that empty text is not null.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    chunks: Callable[[], Iterator[bytes]]


def csv(rows: pl.DataFrame) -> bytes:
    """Rows as PostgreSQL's COPY reads them."""
    return rows.write_csv(include_header=False, quote_style="non_numeric", null_value="").encode()


class Staged:
    """What a load brings: what is new since `marks`, or all of it where there are none.

    films, snapshots: how many came. is_whole: whether it is all.
    """

    def __init__(self, connection: Connection, files: CuratedFiles, marks: Mapping[str, int]) -> None:
        self._connection, self.is_whole = connection, not marks
        attach(connection, files)
        new_snapshots(connection, dict(marks))
        changed_films(connection, marks.get(FILMS, 0))
        self.films, self.snapshots = count(connection, "changed"), count(connection, "new_snapshots")
        if self.is_whole:
            newest_popularity(connection, "new_snapshots")

    def changed(self) -> Table:
        """The ids of the films that changed."""
        return self._table("changed", "select film_id from changed", ("film_id",), 1)

    def movies(self) -> Table:
        """The changed films; with their popularity only where all is staged, since it is not told by them alone."""
        columns = (*FILM_COLUMNS, *POPULARITY_COLUMNS) if self.is_whole else FILM_COLUMNS
        return self._table("movies", select_films(columns), columns, 1)

    def film_snapshots(self) -> Table:
        """The new snapshots."""
        return self._table("film_snapshots", "select * from new_snapshots", SNAPSHOT_COLUMNS, 2)

    def link(self, entity: Entity) -> Table:
        """What the changed films name: the rows of the entity's link table."""
        columns = ("film_id", *(entity.link_columns or (entity.key,)))
        return self._table(entity.link, select_links(entity), columns, 2)

    def entity(self, entity: Entity, named_before: Sequence[Any] = ()) -> Table:
        """The entity's rows: of what the changed films name now, and of these ids that they named before."""
        only = "" if self.is_whole else f"semi join {self._touched(entity, named_before)} using ({entity.key})"
        return self._table(entity.table, select_newest(entity, only), (entity.key, *entity.columns), 1)

    def _touched(self, entity: Entity, named_before: Sequence[Any]) -> str:
        name, kind = f"touched_{entity.table}", pl.String if entity.key.endswith("_code") else pl.Int64
        before = pl.DataFrame({entity.key: pl.Series(named_before, dtype=kind)})
        self._connection.register("named_before", before.to_arrow())
        self._connection.execute(
            f"""create or replace temp table {name} as
            select {entity.key} from named_before
            union
            select {entity.key} from ({entity.changed_entries()})"""
        )
        self._connection.unregister("named_before")
        return name

    def _table(self, name: str, sql: str, columns: tuple[str, ...], key: int) -> Table:
        named = ", ".join(f'"{column}"' for column in columns)
        # In the order of the key: an index that grows at its end is the cheapest.
        ordered = f"select {named} from ({sql}) order by {', '.join(columns[:key])}"
        return Table(name, columns, columns[:key], lambda: self._chunks(ordered))

    def _chunks(self, sql: str) -> Iterator[bytes]:
        for batch in self._connection.sql(sql).to_arrow_reader(CHUNK_ROWS):
            yield csv(pl.DataFrame(batch))


@contextmanager
def staging(files: CuratedFiles, marks: Mapping[str, int], memory_limit: str | None = None) -> Iterator[Staged]:
    """What the files have beyond these marks; without marks, all of it. UnavailableError: they cannot be read."""
    with tempfile.TemporaryDirectory(prefix="taquilla-") as spill:
        connection = connect(":memory:", read_only=False, memory_limit=memory_limit)
        try:
            connection.execute("set temp_directory = $folder", {"folder": spill})
            yield Staged(connection, files, marks)
        except DatabaseError as error:
            raise UnavailableError(
                f"The curated films cannot be read: {error}. The PostgreSQL warehouse is as it was. "
                "If a file of the lake is damaged: taquilla curate --rebuild, then load again."
            ) from error
        finally:
            connection.close()
