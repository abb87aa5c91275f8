"""Which films to fetch: the new, the changed and the stale; or those that are asked for."""

from datetime import datetime, timedelta

import polars as pl

# TMDB's figures move most in the weeks around the release.
RECENT_RELEASE = timedelta(days=90)
RECENT_MAX_AGE = timedelta(days=7)
MAX_AGE = timedelta(days=30)


def due_films(
    wanted: pl.DataFrame, changed: pl.DataFrame, known: pl.DataFrame, failed: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """The films to fetch in a run that began at `as_of`, ascending, each with the reason.

    wanted: `film_id`s that the source lists. changed: `film_id`s in TMDB's feed of changes.
    known: one row a film that raw has a record of: `film_id`, `fetched_at` (its newest), `release_date`, `is_removed`.
    failed: `film_id`s of which the newest answer was an error: what they were asked for is still to be had.
    A film that was fetched since `as_of` is never due, so a run that was killed goes on where it stopped.
    Returns columns `film_id`, `reason`: 'failed', 'new', 'changed' or 'stale'.
    """
    again = failed.select("film_id", reason=pl.lit("failed"))
    new = wanted.join(known, on="film_id", how="anti").select("film_id", reason=pl.lit("new"))
    older = known.filter(pl.col("fetched_at") < as_of)
    moved = older.join(changed, on="film_id", how="semi").select("film_id", reason=pl.lit("changed"))
    is_recent = (pl.col("release_date") >= (as_of - RECENT_RELEASE).date()).fill_null(False)
    max_age = pl.when(is_recent).then(pl.lit(RECENT_MAX_AGE)).otherwise(pl.lit(MAX_AGE))
    stale = older.filter(~pl.col("is_removed") & (pl.lit(as_of) - pl.col("fetched_at") > max_age))
    due = pl.concat([again, new, moved, stale.select("film_id", reason=pl.lit("stale"))])
    return due.unique("film_id", keep="first", maintain_order=True).sort("film_id")


def due_ids(asked: pl.DataFrame, known: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The `film_id`s that are asked for, ascending, known or not; but not those that were fetched since `as_of`.

    known: as in `due_films`. Returns columns `film_id`, `reason`: 'asked for'.
    """
    done = known.filter(pl.col("fetched_at") >= as_of)
    due = asked.unique("film_id").join(done, on="film_id", how="anti")
    return due.select("film_id", reason=pl.lit("asked for")).sort("film_id")
