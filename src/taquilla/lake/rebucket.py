"""A table's rows into another number of buckets: written anew beside the old ones, which one commit takes away."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import RemoveAction

from taquilla.errors import BusyError, DataError
from taquilla.lake import s3
from taquilla.lake.table import LakeTable, Part, committing

# A mark of a raw table: into how many buckets it and what is made of it are on their way; 0: all are there.
UNDER_WAY = "rebucketing"
# A mark of any table that was rewritten: into how many, in the commit that moved its rows.
_MOVED = "rebucketed"
# Of unpacked rows, held back until a bucket's are worth a file. A file is written from a copy.
HELD_BYTES = 192 * 2**20
_COUNT = "taquilla.buckets"
# A chunk's rows with their new column `bucket`.
Placed = Callable[[pl.DataFrame], pl.DataFrame]


def check_buckets(raw: LakeTable, subject: str) -> None:
    """DataError: a rebucketing of this table and of what is made of it was cut off; keys would not meet their own."""
    if count := raw.mark(UNDER_WAY):
        raise DataError(
            f"{raw.name} and what is made of it are on their way into {count} buckets, and were cut off. "
            f"Complete that first: taquilla lake rebucket {count} --only {subject}"
        )


def is_in(table: LakeTable, buckets: int) -> bool:
    """Whether the table, which is there, has so many buckets, and no rewriting of it was cut off."""
    return table.bucket_count() == buckets and (table.mark(_MOVED) or buckets) == buckets


def rebucket(table: LakeTable, buckets: int, placed: Placed, progress: Callable[[int], None]) -> int:
    """Put the table's rows into so many buckets; how many rows. progress: told the rows so far.

    The rows move in one commit, the table's own count of buckets changes in the next one, since deltalake cannot do
    both at once. Of a table that was cut off between the two, the first commit tells: it is not `is_in` either number,
    and is done again, with what has landed meanwhile. BusyError: another process has written into the table. Memory
    holds some 200 MB of rows, and those of a file once more.
    """
    handle = table.open()
    new = list(_written(table, table.chunks(table.scan(handle)), placed, progress))
    actions = [replace(part.added(), data_change=False) for part in new]
    gone = [_removed(part) for part in table.parts(handle)]
    try:
        with s3.telling(table.uri):
            handle.create_write_transaction(
                [*actions, *gone],
                mode="append",
                schema=handle.schema(),
                partition_by=["bucket"],
                commit_properties=committing({_MOVED: buckets}),
            )
    except CommitFailedError:
        raise BusyError(
            f"Another process has written into {table.name} meanwhile. Nothing of it was changed; wait for that "
            "process to end, then run the same command again."
        ) from None
    with s3.telling(table.uri):
        table.open().alter.set_table_properties({_COUNT: str(buckets)}, raise_if_not_exists=False)
    table.forget_local()
    return sum(part.rows for part in new)


def _removed(part: Part) -> RemoveAction:
    return RemoveAction(part.path, False, time.time_ns() // 1_000_000, part.size, {"bucket": str(part.bucket)})


def _written(
    table: LakeTable, chunks: Iterator[pl.DataFrame], placed: Placed, progress: Callable[[int], None]
) -> Iterator[Part]:
    held, rows = _Held(), 0
    for chunk in chunks:
        held.add(placed(chunk))
        rows += chunk.height
        while held.size > HELD_BYTES:
            yield _file(table, *held.largest())
        progress(rows)
    while held.frames:
        yield _file(table, *held.largest())


def _file(table: LakeTable, bucket: int, frames: list[pl.DataFrame]) -> Part:
    return table.write_part(pl.concat(frames), bucket)


@dataclass(slots=True)
class _Held:
    """Rows by their new bucket, until they are written."""

    frames: dict[int, list[pl.DataFrame]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def add(self, rows: pl.DataFrame) -> None:
        for (bucket,), some in rows.partition_by("bucket", as_dict=True).items():
            self.frames.setdefault(bucket, []).append(some)
            self.sizes[bucket] = self.sizes.get(bucket, 0) + int(some.estimated_size())

    def largest(self) -> tuple[int, list[pl.DataFrame]]:
        """The bucket with most bytes, taken out."""
        bucket = max(self.sizes, key=self.sizes.__getitem__)
        del self.sizes[bucket]
        return bucket, self.frames.pop(bucket)
