"""Deletes what TMDB's terms do not let anybody keep: rows that were not read anew within 180 days.

Rows under a free licence (the built-in catalogue's) stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.upkeep import purge, vacuum
from taquilla.pipeline import load
from taquilla.pipeline.export import export_csv, json_file
from taquilla.pipeline.film_tables import REBUILT, FilmTables
from taquilla.tables.films import FREE_LICENCE_FROM


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were deleted for good."""

    raw_rows: int
    films: int
    snapshots: int


def purge_films(
    lake: Lake, warehouse: Path, exports: Path, *, now: datetime, days: int, memory_limit: str | None = None
) -> Purged:
    """Delete TMDB's rows older than `days` from raw, curated, snapshots, quarantine, warehouse and exported files.

    The files are deleted too, not only unlisted: readers that still have an older version open lose it.
    """
    tables = FilmTables.of(lake)
    cutoff = now - timedelta(days=days)
    gone = _purged_ids(tables, cutoff)
    exports_purged = purge(tables.exports, _older("exported_at", cutoff))
    purged = Purged(
        raw_rows=purge(tables.raw, _older("fetched_at", cutoff)),
        films=purge(tables.films, _older("coalesce(fetched_at, removed_at)", cutoff)),
        snapshots=purge(tables.snapshots, _older("snapshot_at", cutoff)),
    )
    purge(tables.quarantine, _older("fetched_at", cutoff))
    if purged.raw_rows or purged.films or purged.snapshots or exports_purged:
        tables.films.note({REBUILT: (tables.films.mark(REBUILT) or 0) + 1})
        for table in tables.all():
            if table.exists():
                vacuum(table, timedelta(0))
        load.load_films(lake, warehouse, rebuild=True, memory_limit=memory_limit)
        for film_id in gone:
            json_file(exports, film_id).unlink(missing_ok=True)
        export_csv(warehouse, exports)
    return purged


def _purged_ids(tables: FilmTables, cutoff: datetime) -> list[int]:

    if not tables.films.exists():
        return []
    old = (pl.coalesce("fetched_at", "removed_at") < cutoff) & (pl.col("film_id") < FREE_LICENCE_FROM)
    return tables.films.scan().filter(old).select("film_id").collect()["film_id"].to_list()


def _older(moment: str, cutoff: datetime) -> str:
    """Rows of before the cut-off that are not under a free licence; one that names no film counts as TMDB's."""
    return (
        f"{moment} < arrow_cast('{cutoff:%Y-%m-%dT%H:%M:%S.%fZ}', 'Timestamp(Microsecond, Some(\"UTC\"))') "
        f"and coalesce(film_id, 0) < {FREE_LICENCE_FROM}"
    )
