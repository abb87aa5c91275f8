"""A file of TMDB records → raw: each line exactly once, however often the file is landed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from taquilla.lake import Lake
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.files import LinesFile

BATCH_ROWS = 2_000


def land_file(
    lake: Lake,
    path: Path,
    *,
    run_id: str,
    buckets: int = 1,
    fetched_at: datetime | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> int:
    """Land the lines of an NDJSON file (plain, .gz, .zst); returns how many were new.

    The lines' position in the file is noted with them, so a run that was killed goes on behind the last batch.
    fetched_at: when the source was read, UTC; the file's own time where it is not told.
    """
    file = LinesFile.of(path)
    raw = FilmTables.of(lake, buckets=buckets).raw
    topic = f"file:{file.sha256[:16]}"
    # Asked once: each look at a table reads its log since the last checkpoint.
    done, bucket_count = raw.mark(topic) or 0, raw.bucket_count()
    landed, position = 0, 0
    when = fetched_at or file.modified_at
    for batch in _batches(file.lines()):
        records = [RawRecord(when, line) for line in batch]
        if position + len(records) > done:
            rows = raw_rows(records, topic=topic, offset=position, run_id=run_id, buckets=bucket_count)
            landed += raw.land(rows, source=topic, begins=position)
        position += len(records)
        progress(position)
    return landed


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(lines, BATCH_ROWS)):
        yield batch
