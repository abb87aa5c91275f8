"""What both roads do alike: which films are due, and fetching them from TMDB into a sink.

A run's plan (when it began, and since when it asks for changes) is written before the first request and removed after
its sink has kept the last film. A run that finds a plan goes on with it, so nothing that was fetched is fetched again.
A run that fetches films by their ids has no plan, and leaves another's alone.
"""

import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import polars as pl

from taquilla.errors import SettingsError, UnavailableError
from taquilla.pipeline.film_tables import FilmTables, micros
from taquilla.pipeline.options import Batching, Progress, Selection
from taquilla.sources.http import Counters
from taquilla.sources.tmdb import ExportedFilm, FetchedFilm, TmdbClient, TmdbOptions
from taquilla.tables import films
from taquilla.tables.freshness import MAX_AGE, due_films, due_ids

TOPIC = "tmdb"  # the position of what was fetched from TMDB, in rows
CHANGES = "tmdb/changes"  # up to when the feed of changes is followed, in microseconds since 1970
EXPORT_READY_HOUR = 8  # UTC
FALL_BACK_DAYS = 3
UNKNOWN = "not known to TMDB"

log = logging.getLogger(__name__)

BATCHING = Batching()


class Plan(msgspec.Struct, frozen=True):
    """What a run set out to do; it outlives the run until all of it has landed."""

    as_of: datetime
    changes_since: datetime | None


class Sink(Protocol):
    """Where fetched films go."""

    async def take(self, film: FetchedFilm) -> None:
        """Keep a film, as soon as may be."""

    async def finish(self) -> None:
        """Returns when all that was taken is kept."""

    async def abandon(self) -> None:
        """After an error or Ctrl-C: keeps of what was taken as much as it can."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a run fetched, all of which its sink has kept.

    reasons: films by why they were fetched; of those asked for by id also how many TMDB does not know.
    """

    films: int
    resumed: bool
    reasons: Mapping[str, int]
    counters: Counters


# The columns of answers that raw does not know of yet: what was published and not consumed.
ANSWERS = {"film_id": pl.Int64(), "fetched_at": films.UTC_MICROS, "status": pl.Int64(), "is_failed": pl.Boolean()}


@dataclass(frozen=True, slots=True)
class Known:
    """Where TMDB's answers are written down: raw, which of its topics hold fetched films, and `more` (ANSWERS)."""

    tables: FilmTables
    topics: tuple[str, ...] = (TOPIC,)
    more: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWERS))


async def fetch_due(
    known: Known,
    options: TmdbOptions,
    selection: Selection,
    sink: Sink,
    *,
    plan_file: Path,
    now: datetime,
    progress: Progress,
) -> Fetched:
    """Fetch the films that are due into the sink; returns when it has kept all, good or with their reason.

    Errors: SettingsError (token, dates), UnavailableError (TMDB, or what the sink needs).
    """
    check_dates(selection)
    by_id = selection.kind == "ids"
    plan, resumed = (Plan(now, None), False) if by_id else _plan(plan_file, known.tables, now)
    async with TmdbClient(options) as tmdb:
        await tmdb.check()
        due = _asked_for(known, selection, now) if by_id else await _due(tmdb, known, selection, plan, now)
        unknown = await _fetch(tmdb, sink, due["film_id"].to_list(), progress)
        if not by_id:
            known.tables.raw.note({CHANGES: micros(plan.as_of)})
            _remove(plan_file)
        reasons = dict(due.group_by("reason").len().sort("reason").iter_rows())
        if by_id and unknown:
            reasons[UNKNOWN] = unknown
        return Fetched(due.height, resumed, reasons, tmdb.counters)


def check_dates(selection: Selection) -> None:
    """SettingsError: no film can be between the dates."""
    since, until = selection.since, selection.until
    if since is not None and until is not None and since > until:
        raise SettingsError(f"films.since {since} is after films.until {until}: no film is between. Swap them?")


def _plan(file: Path, tables: FilmTables, now: datetime) -> tuple[Plan, bool]:
    """The plan of the run that was cut off, or a new one; and whether it is an old one."""
    if old := _read_plan(file):
        return old, True
    plan = Plan(now, _changes_since(tables, now))
    _write_plan(file, plan)
    return plan, False


def _changes_since(tables: FilmTables, now: datetime) -> datetime | None:
    """From when the feed of changes is followed: where the last run ended, else from the oldest record on.

    What is older than `MAX_AGE` is fetched anew in any case. None: nothing is known that could have changed.
    """
    if (mark := tables.raw.mark(CHANGES)) is not None:
        return datetime.fromtimestamp(mark / 1e6, UTC)
    oldest = tables.raw.scan().filter(pl.col("error").is_null()).select(pl.col("fetched_at").min()).collect().item()
    return None if oldest is None else max(oldest, now - MAX_AGE)


def _read_plan(file: Path) -> Plan | None:
    """The plan in that file, if there is one that can be read: without one, more is fetched, never less."""
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("The plan %s of the run before cannot be read (%s); a new one takes its place.", file, error)
        return None


def _write_plan(file: Path, plan: Plan) -> None:
    new = file.with_suffix(".new")
    with new.open("wb") as opened:
        opened.write(msgspec.json.encode(plan))
        opened.flush()
        # Else a power cut may keep the new name and lose what is in it.
        os.fsync(opened.fileno())
    new.replace(file)


def _remove(plan_file: Path) -> None:
    plan_file.unlink()


def _asked_for(known: Known, selection: Selection, now: datetime) -> pl.DataFrame:
    return due_ids(_ids(list(selection.ids)), answered(known), now)


async def _due(tmdb: TmdbClient, known: Known, selection: Selection, plan: Plan, now: datetime) -> pl.DataFrame:
    wanted = _ids([film_id async for film_id in _wanted(tmdb, selection, now)])
    changed: list[int] = []
    if plan.changes_since is not None:
        changed = [film_id async for film_id in tmdb.changed_ids(plan.changes_since, plan.as_of)]
    return due_films(wanted, _ids(changed), answered(known), failed(known), plan.as_of)


def _ids(film_ids: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"film_id": film_ids}, schema={"film_id": pl.Int64}).unique()


def known_films(tables: FilmTables) -> pl.DataFrame:
    """One row a film that raw has an answer about: `film_id`, `fetched_at`, `release_date`, `is_removed`."""
    return answered(Known(tables))


def answered(known: Known) -> pl.DataFrame:
    """One row a film of which an answer is known: `film_id`, `fetched_at`, `release_date`, `is_removed`."""
    columns = ("film_id", "fetched_at", "status")
    landed = known.tables.raw.scan().filter(pl.col("error").is_null() & pl.col("film_id").is_not_null())
    more = known.more.lazy().filter(~pl.col("is_failed"))
    newest = (
        pl.concat([landed.select(columns), more.select(columns)])
        .group_by("film_id")
        .agg(pl.col("fetched_at").max(), is_removed=pl.col("status").sort_by("fetched_at").last().eq_missing(404))
    )
    dates = known.tables.films.scan().select("film_id", "release_date")
    return newest.join(dates, on="film_id", how="left").collect()


def failed(known: Known) -> pl.DataFrame:
    """The `film_id`s of which TMDB's newest answer was an error, or none came."""
    asked = known.tables.raw.scan().filter(pl.col("topic").is_in(known.topics) & pl.col("film_id").is_not_null())
    landed = asked.select("film_id", "fetched_at", is_failed=pl.col("error").is_not_null())
    every = pl.concat([landed, known.more.lazy().select("film_id", "fetched_at", "is_failed")])
    newest = every.group_by("film_id").agg(pl.col("is_failed").sort_by("fetched_at").last())
    return newest.filter("is_failed").select("film_id").collect()


async def _wanted(tmdb: TmdbClient, selection: Selection, now: datetime) -> AsyncIterator[int]:
    match selection.kind:
        case "discover":
            since, until = selection.since or date(1870, 1, 1), selection.until or now.date()
            async for film_id in tmdb.discover_ids(since, until):
                yield film_id
        case "export":
            async for film_id in _exported_ids(tmdb, selection, now):
                yield film_id
        case _:
            async for film_id in tmdb.popular_ids(selection.pages):
                yield film_id


async def _exported_ids(tmdb: TmdbClient, selection: Selection, now: datetime) -> AsyncIterator[int]:
    taken = 0
    _, exported = await newest_export(tmdb, now)
    async with aclosing(exported):
        async for film in exported:
            if selection.limit is not None and taken >= selection.limit:
                return
            if (film.popularity or 0.0) >= selection.min_popularity and not film.is_video:
                taken += 1
                yield film.film_id


async def newest_export(tmdb: TmdbClient, now: datetime) -> tuple[date, AsyncGenerator[ExportedFilm, None]]:
    """The day of TMDB's newest daily export, and its films. UnavailableError: none of the last days' is there."""
    newest = (now if now.hour >= EXPORT_READY_HOUR else now - timedelta(days=1)).date()
    for back in range(FALL_BACK_DAYS):
        day = newest - timedelta(days=back)
        films = tmdb.exported_films(day)
        try:
            first = await anext(films, None)
        except UnavailableError:
            if back == FALL_BACK_DAYS - 1:
                raise
            continue
        return day, _with_first(first, films)
    raise AssertionError("unreachable: the last day's error was raised")


async def _with_first(
    first: ExportedFilm | None, rest: AsyncGenerator[ExportedFilm, None]
) -> AsyncGenerator[ExportedFilm, None]:
    if first is not None:
        yield first
    async with aclosing(rest):
        async for film in rest:
            yield film


async def _fetch(tmdb: TmdbClient, sink: Sink, film_ids: list[int], progress: Progress) -> int:
    """Fetch those films; returns when all are kept: how many of them TMDB does not know."""
    unknown = 0
    try:
        async with aclosing(tmdb.films(film_ids)) as fetched:
            async for done, film in _numbered(fetched):
                await sink.take(film)
                unknown += film.status == 404
                progress(done, len(film_ids))
    except BaseException:
        await sink.abandon()
        raise
    await sink.finish()
    return unknown


async def _numbered(films: AsyncIterator[FetchedFilm]) -> AsyncIterator[tuple[int, FetchedFilm]]:
    done = 0
    async for film in films:
        done += 1
        yield done, film
