"""A file of TMDB records → raw: each line exactly once, however often the file is landed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from taquilla.engines import Engine
from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.files import LinesFile
from taquilla.tables.films import FREE_LICENCE_FROM

BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class LandedFile:
    """What became of a file: the records in it, and the rows that were new.

    fetched_at: when its source was read. has_tmdbs: some of the new rows are TMDB's, or name no film.
    """

    records: int
    rows: int
    fetched_at: datetime
    has_tmdbs: bool

    def told(self, now: datetime, retention_days: int) -> str:
        """In words: why no row is new where none is, and on a line of its own that retention will delete them."""
        said = f"{self.rows:,} rows landed"
        if self.records == 0:
            return f"{said}; it has no records"
        if self.rows == 0:
            return f"{said}; all of it was landed before"
        return said + (self._warning(retention_days) if self._is_too_old(now, retention_days) else "")

    def _is_too_old(self, now: datetime, retention_days: int) -> bool:
        return self.has_tmdbs and self.fetched_at < now - timedelta(days=retention_days)

    def _warning(self, retention_days: int) -> str:
        return (
            f"\nWarning: read from TMDB on {self.fetched_at:%Y-%m-%d}, more than {retention_days} days ago: the next "
            "run's upkeep will delete these rows. If they were read later, land the file with --fetched-at MOMENT."
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One file to be landed, wherever that is done."""

    lake: Lake
    path: Path
    run_id: str
    buckets: int
    fetched_at: datetime | None


def land_files(
    lake: Lake,
    engine: Engine,
    paths: Sequence[Path],
    *,
    run_id: str,
    buckets: int = 1,
    fetched_at: datetime | None = None,
) -> Iterator[tuple[Path, LandedFile]]:
    """Land each file as `land_records` does, some at a time; what became of it, as one after the other is done.

    The workers must see the files. DataError: a file is damaged; what stands before the damage is landed.
    """
    if not engine.is_here:
        # Made before two workers find that it is not there.
        FilmTables.of(lake, buckets=buckets).raw.open()
    named = {path if engine.is_here else path.absolute(): path for path in paths}
    items = [Item(lake, path, run_id, buckets, fetched_at) for path in named]
    for path, landed in engine.map(land_one, items):
        yield named[path], landed


def land_one(item: Item) -> tuple[Path, LandedFile]:
    """Land the item's file."""
    landed = land_records(item.lake, item.path, run_id=item.run_id, buckets=item.buckets, fetched_at=item.fetched_at)
    return item.path, landed


def land_file(
    lake: Lake,
    path: Path,
    *,
    run_id: str,
    buckets: int = 1,
    fetched_at: datetime | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> int:
    """Land the lines of an NDJSON file (plain, .gz, .zst); returns how many were new."""
    landed = land_records(lake, path, run_id=run_id, buckets=buckets, fetched_at=fetched_at, progress=progress)
    return landed.rows


def land_records(
    lake: Lake,
    path: Path,
    *,
    run_id: str,
    buckets: int = 1,
    fetched_at: datetime | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> LandedFile:
    """Land the lines of an NDJSON file (plain, .gz, .zst).

    The lines' position in the file is noted with them, so a run that was killed goes on behind the last batch.
    fetched_at: when the source was read, UTC; the file's own time where it is not told. With another moment than
    before the file lands anew: the newest record of a film wins.
    DataError: the file is damaged; what stands before the damage is landed.
    """
    file = LinesFile.of(path)
    raw = FilmTables.of(lake, buckets=buckets).raw
    topic = _topic(file, fetched_at)
    # Asked once: each look at a table reads its log since the last checkpoint.
    done, bucket_count = raw.mark(topic) or 0, raw.bucket_count()
    landed, position, has_tmdbs = 0, 0, False
    when = fetched_at or file.modified_at
    for batch in _batches(file.lines()):
        records = [RawRecord(when, line) for line in batch]
        if position + len(records) > done:
            rows = raw_rows(records, topic=topic, offset=position, run_id=run_id, buckets=bucket_count)
            landed += raw.land(rows, source=topic, begins=position)
            has_tmdbs = has_tmdbs or _has_tmdbs(rows)
        position += len(records)
        progress(position)
    return LandedFile(position, landed, when, has_tmdbs)


def _topic(file: LinesFile, fetched_at: datetime | None) -> str:
    """What the position in the file is noted under: its content, and the moment that was told."""
    told = "" if fetched_at is None else f"@{fetched_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    return f"file:{file.sha256[:16]}{told}"


def _has_tmdbs(rows: pl.DataFrame) -> bool:
    """As retention sees it: what names no film counts as TMDB's."""
    return bool((rows["film_id"].fill_null(0) < FREE_LICENCE_FROM).any())


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The lines, so many at a time. DataError: they end in damage; what stands before it was given."""
    batch: list[bytes] = []
    count = 0
    try:
        for line in lines:
            batch.append(line)
            count += 1
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
    except DataError as error:
        if batch:
            yield batch
        raise DataError(f"{error} Landed from it: {count:,} records. Get the file anew and land that.") from error
    if batch:
        yield batch
