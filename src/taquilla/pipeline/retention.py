"""Deletes what TMDB's terms do not let anybody keep: rows that were not read anew within 180 days.

Rows under a free licence (the built-in catalogue's) stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.upkeep import matching, purge, vacuum
from taquilla.pipeline import load
from taquilla.pipeline.export import export_csv, json_file
from taquilla.pipeline.film_tables import REBUILT, FilmTables
from taquilla.pipeline.rentals.links import link_rental_films
from taquilla.pipeline.rentals.load import load_rentals, load_rentals_postgres
from taquilla.tables.films import FREE_LICENCE_FROM
from taquilla.warehouse.postgres import PostgresOptions


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were deleted for good."""

    raw_rows: int
    films: int
    snapshots: int


def purge_films(
    lake: Lake,
    warehouse: Path,
    exports: Path,
    *,
    now: datetime,
    days: int,
    memory_limit: str | None = None,
    postgres: PostgresOptions | None = None,
) -> Purged:
    """Delete TMDB's rows older than `days` from raw, curated, snapshots, quarantine, warehouses and exported files.

    The files are deleted too, not only unlisted: readers that still have an older version open lose it.
    """
    tables = FilmTables.of(lake)
    cutoff = now - timedelta(days=days)
    gone, removed = _purged_ids(tables, cutoff)
    older = _older("fetched_at", cutoff)
    doomed = (
        # That TMDB has removed a film is forgotten together with the film.
        (tables.raw, f"{older} or (status = 404 and film_id in ({_listed(removed)}))" if removed else older),
        (tables.films, _older("coalesce(fetched_at, removed_at)", cutoff)),
        (tables.snapshots, _older("snapshot_at", cutoff)),
        (tables.quarantine, older),
        (tables.exports, _older("exported_at", cutoff)),
    )
    if any(matching(table, predicate) for table, predicate in doomed):
        # Before the first deletion: a run that is killed from here on leaves a warehouse that the next load replaces.
        rebuilt = {REBUILT: max(tables.rebuilds()) + 1}
        for table in tables.curated():
            table.note(rebuilt)
        raw_rows, films, snapshots, *_ = [purge(table, predicate) for table, predicate in doomed]
        for table in tables.all():
            if table.exists():
                vacuum(table, timedelta(0))
        load.load_films(lake, warehouse, rebuild=True, memory_limit=memory_limit)
        # A new file has no shop yet, and the shop's films may no longer be linked to those that are gone.
        link_rental_films(lake)
        load_rentals(lake, warehouse, memory_limit=memory_limit)
        if postgres is not None:
            load.load_postgres(lake, postgres, rebuild=True, memory_limit=memory_limit)
            load_rentals_postgres(warehouse, postgres)
        export_csv(warehouse, exports)
        purged = Purged(raw_rows, films, snapshots)
    else:
        purged = Purged(0, 0, 0)
    _delete_json(exports, gone, cutoff)
    return purged


def _purged_ids(tables: FilmTables, cutoff: datetime) -> tuple[list[int], list[int]]:
    """The films whose record is too old, and those of them that TMDB has removed."""
    if not tables.films.exists():
        return [], []
    old = (pl.coalesce("fetched_at", "removed_at") < cutoff) & (pl.col("film_id") < FREE_LICENCE_FROM)
    rows = tables.films.scan().filter(old).select("film_id", "is_removed").collect()
    return rows["film_id"].to_list(), rows.filter("is_removed")["film_id"].to_list()


def _listed(film_ids: list[int]) -> str:
    return ", ".join(map(str, film_ids))


def _delete_json(exports: Path, gone: list[int], cutoff: datetime) -> None:
    """The files of films that are gone, and those that were exported from a record of before the cut-off."""
    for film_id in gone:
        json_file(exports, film_id).unlink(missing_ok=True)
    for file in exports.glob("movie_*.json"):
        number = file.stem.removeprefix("movie_")
        if number.isdecimal() and int(number) < FREE_LICENCE_FROM and file.stat().st_mtime < cutoff.timestamp():
            file.unlink()


def _older(moment: str, cutoff: datetime) -> str:
    """Rows of before the cut-off that are not under a free licence; one that names no film counts as TMDB's."""
    return (
        f"{moment} < arrow_cast('{cutoff:%Y-%m-%dT%H:%M:%S.%fZ}', 'Timestamp(Microsecond, Some(\"UTC\"))') "
        f"and coalesce(film_id, 0) < {FREE_LICENCE_FROM}"
    )
