"""The records of one reading on their way into raw: written side by side, committed in order, each exactly once.

A record's number in raw is that of its reading and its place in it. So several readings of one kind land at the same
time, on any machine: their commits may come in any order, and the reading begun last still has the greatest numbers.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zlib import crc32

import polars as pl
from deltalake import DeltaTable

from taquilla.errors import BusyError
from taquilla.lake import LakeTable, Part, retrying, s3
from taquilla.lake.table import LANDED, committing
from taquilla.pipeline.reviews.readings import Reading, position_of
from taquilla.pipeline.reviews.review_tables import RAW
from taquilla.tables.review_layouts import Layout

# Polars and Zstandard do not hold Python up: so many batches are packed, and on their way to S3, while one is read.
WRITERS = 3
# Of a reading's records at most; earlier versions of Taquilla counted through all readings and never came so far.
_RECORDS = 2**32


@dataclass(slots=True)
class Landing:
    """One reading's batches into raw. landed: the records that raw has of it; dead: those of them landed now that are
    none."""

    reading: Reading
    run_id: str
    now: datetime
    landed: int = 0
    dead: int = 0

    def take(self, batches: Iterable[pl.DataFrame], progress: Callable[[int], None]) -> int:
        """Land the batches; how many records that were. progress: is told so after each commit.

        BusyError: another process lands the same reading.
        """
        raw, first = self.reading.tables.raw, self.reading.landed
        handle = raw.open()
        self.landed = first
        for parts, batch in _written(raw, self._numbered(batches)):
            retrying(partial(self._publish, handle, parts, batch.height))
            self.landed += batch.height
            self.dead += batch["error"].count()
            progress(self.landed - first)
        return self.landed - first

    def _numbered(self, batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The batches as rows of raw."""
        layout, n = self.reading.planned.layout, self.reading.tables.raw.buckets
        seq = self.reading.number * _RECORDS + self.reading.landed
        for batch in batches:
            rows = batch.with_columns(
                raw_seq=pl.int_range(seq, seq + batch.height, dtype=pl.Int64),
                reading=pl.lit(self.reading.number, pl.Int64),
                file=pl.lit(self.reading.planned.name),
                layout=pl.lit(layout.name),
                landed_at=pl.lit(self.now),
                run_id=pl.lit(self.run_id),
                bucket=bucket_of(layout, n),
            )
            yield rows.select(RAW.names())
            seq += batch.height

    def _publish(self, handle: DeltaTable, parts: list[Part], rows: int) -> None:
        """The parts and the position in one commit, through the handle that says where this batch begins."""
        raw, source = self.reading.tables.raw, position_of(self.reading.number)
        with s3.telling(raw.uri):
            # What has come since alone: to open it anew would read every commit since the last checkpoint.
            handle.update_incremental()
        if (handle.transaction_version(source) or 0) != self.landed:
            raise BusyError(
                f"Another process lands {self.reading.planned.name} into {raw.name}. Wait for it, then run the same "
                "command again."
            )
        landed = handle.transaction_version(LANDED) or 0
        with s3.telling(raw.uri):
            handle.create_write_transaction(
                [part.added() for part in parts],
                mode="append",
                schema=handle.schema(),
                partition_by=["bucket"],
                commit_properties=committing({source: self.landed + rows, LANDED: landed + rows}),
            )


def _written(raw: LakeTable, batches: Iterable[pl.DataFrame]) -> Iterator[tuple[list[Part], pl.DataFrame]]:
    """Each batch with its parts, in the order of the batches; some are written while the next ones are read."""
    pending: deque[tuple[Future[list[Part]], pl.DataFrame]] = deque()
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="landing") as pool:
        for batch in batches:
            pending.append((pool.submit(_write, raw, batch), batch))
            if len(pending) > WRITERS:
                parts, done = pending.popleft()
                yield parts.result(), done
        while pending:
            parts, done = pending.popleft()
            yield parts.result(), done


def _write(raw: LakeTable, batch: pl.DataFrame) -> list[Part]:
    buckets = batch["bucket"].unique().sort()
    if len(buckets) == 1:
        return [raw.write_part(batch, buckets[0])]
    return [raw.write_part(batch.filter(pl.col("bucket") == bucket), bucket) for bucket in buckets]


def bucket_of(layout: Layout, n: int) -> pl.Expr:
    """crc32 of the record's key % n; of a layout without one, of the file's name and the line."""
    if n == 1:
        return pl.lit(0, pl.Int64)
    values = [pl.col("record").str.json_path_match(f"$.{name}").fill_null("") for name in layout.key_fields]
    key = pl.concat_str(values or [pl.col("line").cast(pl.String)], separator=",")
    return key.fill_null("").map_elements(lambda text: crc32(text.encode()) % n, return_dtype=pl.Int64)
