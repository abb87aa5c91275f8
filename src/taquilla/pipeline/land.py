"""TMDB → raw: what is new, changed or stale is fetched, journalled as it comes and landed in batches.

A run's plan (when it began, and since when it asks for changes) is written before the first request and removed after
the last row has landed. A run that finds a plan goes on with it, so nothing that was fetched is fetched again.
A run that fetches films by their ids has no plan, and leaves another's alone.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl

from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Lake, Spool
from taquilla.pipeline.film_tables import FilmTables, micros
from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.http import Counters
from taquilla.sources.tmdb import ExportedFilm, FetchedFilm, TmdbClient, TmdbOptions
from taquilla.tables import films
from taquilla.tables.freshness import MAX_AGE, due_films, due_ids

TOPIC = "tmdb"  # the position of what was fetched from TMDB, in rows
CHANGES = "tmdb/changes"  # up to when the feed of changes is followed, in microseconds since 1970
EXPORT = "tmdb/export"  # the last daily export that was taken, as YYYYMMDD
EXPORT_READY_HOUR = 8  # UTC
FALL_BACK_DAYS = 3
UNKNOWN = "not known to TMDB"

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # films fetched, films to fetch


@dataclass(frozen=True, slots=True)
class Selection:
    """Which films are wanted. kind: popular, discover, export or ids (exactly those, known or not)."""

    kind: str = "popular"
    pages: int = 50
    since: date | None = None
    until: date | None = None
    min_popularity: float = 0.0
    limit: int | None = None
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Batching:
    """When what was fetched is landed: after so many rows or seconds, whichever comes first."""

    rows: int = 2_000
    seconds: float = 10.0


class Plan(msgspec.Struct, frozen=True):
    """What a run set out to do; it outlives the run until all of it has landed."""

    as_of: datetime
    changes_since: datetime | None


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
    batching: Batching = Batching(),
    progress: Progress = lambda done, total: None,
) -> Landed:
    """Fetch the films that are due and land them; returns when all have landed, good or with their reason.

    Errors: SettingsError (token, dates), UnavailableError (TMDB or the disk; what was fetched is kept).
    """
    _check_dates(selection)
    landing = _Landing(FilmTables.of(lake, buckets=buckets), Spool(lake.private("spool") / TOPIC), run_id, batching)
    by_id = selection.kind == "ids"
    plan_file = lake.private("plans") / "land-films.json"
    plan, resumed = (Plan(now, None), False) if by_id else _plan(plan_file, landing, now)
    recovered = landing.recover()
    async with TmdbClient(options) as tmdb:
        await tmdb.check()
        tables = landing.tables
        due = _asked_for(tables, selection, now) if by_id else await _due(tmdb, tables, selection, plan, now)
        await _fetch(tmdb, landing, due["film_id"].to_list(), progress)
        if not by_id:
            tables.raw.note({CHANGES: micros(plan.as_of)})
            plan_file.unlink()
        reasons = dict(due.group_by("reason").len().sort("reason").iter_rows())
        if by_id and landing.unknown:
            reasons[UNKNOWN] = landing.unknown
        return Landed(due.height, landing.failed, recovered, resumed, reasons, tmdb.counters)


def _check_dates(selection: Selection) -> None:
    since, until = selection.since, selection.until
    if since is not None and until is not None and since > until:
        raise SettingsError(f"films.since {since} is after films.until {until}: no film is between. Swap them?")


def _plan(file: Path, landing: "_Landing", now: datetime) -> tuple[Plan, bool]:
    """The plan of the run that was cut off, or a new one; and whether it is an old one."""
    if old := _read_plan(file):
        return old, True
    plan = Plan(now, _changes_since(landing.tables, now))
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


def _asked_for(tables: FilmTables, selection: Selection, now: datetime) -> pl.DataFrame:
    return due_ids(_ids(list(selection.ids)), known_films(tables), now)


async def _due(tmdb: TmdbClient, tables: FilmTables, selection: Selection, plan: Plan, now: datetime) -> pl.DataFrame:
    wanted = _ids([film_id async for film_id in _wanted(tmdb, selection, now)])
    changed: list[int] = []
    if plan.changes_since is not None:
        changed = [film_id async for film_id in tmdb.changed_ids(plan.changes_since, plan.as_of)]
    return due_films(wanted, _ids(changed), known_films(tables), failed_films(tables), plan.as_of)


def _ids(film_ids: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"film_id": film_ids}, schema={"film_id": pl.Int64}).unique()


def known_films(tables: FilmTables) -> pl.DataFrame:
    """One row a film that raw has an answer about: `film_id`, `fetched_at`, `release_date`, `is_removed`."""
    answers = tables.raw.scan().filter(pl.col("error").is_null() & pl.col("film_id").is_not_null())
    newest = answers.group_by("film_id").agg(
        pl.col("fetched_at").max(), is_removed=pl.col("status").sort_by("fetched_at").last().eq_missing(404)
    )
    dates = tables.films.scan().select("film_id", "release_date")
    return newest.join(dates, on="film_id", how="left").collect()


def failed_films(tables: FilmTables) -> pl.DataFrame:
    """The `film_id`s of which TMDB's newest answer was an error, or none came."""
    asked = tables.raw.scan().filter(pl.col("topic") == TOPIC).group_by("film_id")
    newest = asked.agg(is_failed=pl.col("error").sort_by("fetched_at").last().is_not_null())
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


async def _fetch(tmdb: TmdbClient, landing: "_Landing", film_ids: list[int], progress: Progress) -> None:
    """Fetch those films; returns when all have landed."""
    try:
        async with aclosing(tmdb.films(film_ids)) as films:
            async for done, film in _numbered(films):
                await landing.take(film)
                progress(done, len(film_ids))
    finally:
        # What was fetched before an error or Ctrl-C is landed all the same.
        await landing.finish()


async def _numbered(films: AsyncIterator[FetchedFilm]) -> AsyncIterator[tuple[int, FetchedFilm]]:
    done = 0
    async for film in films:
        done += 1
        yield done, film


class _Landing:
    """Journals each answer, and lands full batches in a thread while the next one is being fetched."""

    def __init__(self, tables: FilmTables, spool: Spool, run_id: str, batching: Batching) -> None:
        self.tables = tables
        self.failed = 0  # rows landed that carry an error
        self.unknown = 0  # films fetched that TMDB answered 404
        self._spool, self._run_id, self._batching = spool, run_id, batching
        self._position = tables.raw.mark(TOPIC) or 0  # of the next row in the topic
        self._batch: list[FetchedFilm] = []
        self._deadline = 0.0
        self._under_way: asyncio.Future[int] | None = None

    def recover(self) -> int:
        """Land what a run that was cut off had journalled; how many rows that was."""
        rows = 0
        for begins in self._spool.segments():
            batch = [msgspec.msgpack.decode(record, type=FetchedFilm) for record in self._spool.read(begins)]
            rows += self._land(begins, batch)
            self._position = max(self._position, begins + len(batch))
        return rows

    async def take(self, film: FetchedFilm) -> None:
        """Journal an answer; starts to land the batch when it is full or due."""
        if not self._batch:
            self._spool.begin(self._position)
            self._deadline = time.monotonic() + self._batching.seconds
        self._spool.append(msgspec.msgpack.encode(film))
        self._batch.append(film)
        self.unknown += film.status == 404
        if len(self._batch) >= self._batching.rows or time.monotonic() > self._deadline:
            await self._turn_over()

    async def _turn_over(self) -> None:
        await self._landed()
        batch, self._batch = self._batch, []
        begins, self._position = self._position, self._position + len(batch)
        self._under_way = asyncio.get_running_loop().run_in_executor(None, self._land, begins, batch)

    async def _landed(self) -> None:
        if self._under_way is not None:
            # Ctrl-C cancels what waits here; the thread lands its batch all the same, and `finish` waits for it.
            await asyncio.shield(self._under_way)
            self._under_way = None

    async def finish(self) -> None:
        """Land what is left; returns when it has landed."""
        if self._batch:
            await self._turn_over()
        await self._landed()
        self._spool.close()

    def _land(self, begins: int, batch: list[FetchedFilm]) -> int:
        records = [RawRecord(f.fetched_at, f.payload, f.film_id, f.status, f.error) for f in batch]
        rows = raw_rows(
            records, topic=TOPIC, offset=begins, run_id=self._run_id, buckets=self.tables.raw.bucket_count()
        )
        landed = self.tables.raw.land(rows, source=TOPIC, begins=begins)
        self.failed += rows["error"].count()
        self._spool.discard(begins)
        return landed


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
    return popularity if popularity is not None and math.isfinite(popularity) and popularity >= 0 else None
