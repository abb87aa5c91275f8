"""TMDB → raw: what is new, changed or stale is fetched, journalled as it comes and landed in batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from taquilla.lake import Lake
from taquilla.pipeline.fetching import (
    BATCHING,
    EXPORT_READY_HOUR,
    TOPIC,
    Known,
    check_dates,
    fetch_due,
    known_films,
    newest_export,
)
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.landing import Landing
from taquilla.pipeline.options import Batching, Progress, Selection
from taquilla.sources.http import Counters
from taquilla.sources.tmdb import TmdbClient, TmdbOptions
from taquilla.tables import films

EXPORT = "tmdb/export"  # the last daily export that was taken, as YYYYMMDD


@dataclass(frozen=True, slots=True)
class Landed:
    """What a run of landing did. failed: rows that carry an error; they are fetched again by the next run.

    reasons: films by why they were fetched; of those asked for by id also how many TMDB does not know.
    """

    fetched: int
    failed: int
    recovered: int
    resumed: bool
    reasons: Mapping[str, int]
    counters: Counters


async def land_films(
    lake: Lake,
    options: TmdbOptions,
    selection: Selection,
    *,
    run_id: str,
    now: datetime,
    buckets: int = 1,
    batching: Batching = BATCHING,
    progress: Progress = lambda done, total: None,
) -> Landed:
    """Fetch the films that are due and land them; returns when all have landed, good or with their reason.

    Errors: SettingsError (token, dates), UnavailableError (TMDB or the disk; what was fetched is kept).
    """
    check_dates(selection)
    tables = FilmTables.of(lake, buckets=buckets)
    landing = Landing(lake, tables, TOPIC, run_id, batching)
    recovered = landing.recover()
    plan_file = lake.private("plans") / "land-films.json"
    fetched = await fetch_due(
        Known(tables), options, selection, landing, plan_file=plan_file, now=now, progress=progress
    )
    return Landed(fetched.films, landing.failed, recovered, fetched.resumed, fetched.reasons, fetched.counters)


async def land_popularity(lake: Lake, options: TmdbOptions, *, run_id: str, now: datetime) -> int:
    """The popularity of all known films from TMDB's newest daily export → `raw.tmdb_exports`; rows landed.

    An export is taken once; 0 means that the newest one was there already.
    """
    tables = FilmTables.of(lake)
    async with TmdbClient(options) as tmdb:
        day, exported = await newest_export(tmdb, now)
        number = int(f"{day:%Y%m%d}")
        if (tables.exports.mark(EXPORT) or 0) >= number:
            await exported.aclose()
            return 0
        known = frozenset(known_films(tables)["film_id"].to_list())
        popularity = {film.film_id: _known(film.popularity) async for film in exported if film.film_id in known}
    rows = export_rows(popularity, day, run_id, tables.raw.bucket_count())
    return tables.exports.land_once(rows, source=EXPORT, version=number, number="export_seq")


def export_rows(popularity: Mapping[int, float | None], day: date, run_id: str, buckets: int) -> pl.DataFrame:
    """Rows of `raw.tmdb_exports`, still without `export_seq`."""
    exported_at = datetime(day.year, day.month, day.day, EXPORT_READY_HOUR, tzinfo=UTC)
    return pl.DataFrame(
        {"film_id": list(popularity), "popularity": list(popularity.values())},
        schema={"film_id": pl.Int64, "popularity": pl.Float64},
    ).with_columns(
        exported_at=pl.lit(exported_at, films.UTC_MICROS), run_id=pl.lit(run_id), bucket=pl.col("film_id") % buckets
    )


def _known(popularity: float | None) -> float | None:
    return popularity if popularity is not None and 0 <= popularity <= films.MAX_POPULARITY else None
