"""What keeps a table quick and small: compaction, log clean-up, vacuum; and what deletes for good."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from deltalake import DeltaTable, QueryBuilder

from taquilla.lake.table import PURGED, LakeTable, committing, retrying

SMALL_FILES = 8  # fewer than this in a bucket are not worth a rewrite
TARGET_BYTES = 64 * 2**20
# Long enough for any reader that still has an older version open.
KEEP_OLD_FILES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Tidied:
    """What an upkeep did to a table."""

    compacted: int
    vacuumed: int


def tidy(table: LakeTable) -> Tidied:
    """Merge small files, forget old log entries and delete files that no version of the last day names."""
    if not table.exists():
        return Tidied(0, 0)
    handle = table.open()
    table.forget_local(table.parts(handle))
    compacted = 0
    if _is_scattered(table, handle):
        metrics: dict[str, Any] = retrying(
            lambda: table.open().optimize.compact(
                target_size=TARGET_BYTES, writer_properties=table.writer(), commit_properties=committing({})
            )
        )
        compacted = int(metrics["numFilesRemoved"])
        # Else every open reads one by one the entries of the files that are gone.
        table.open().create_checkpoint()
    table.open().cleanup_metadata()
    return Tidied(compacted, vacuum(table, KEEP_OLD_FILES))


def _is_scattered(table: LakeTable, handle: DeltaTable) -> bool:
    small = [part for part in table.parts(handle) if part.size < TARGET_BYTES // 2]
    return len(small) >= SMALL_FILES * table.bucket_count()


def vacuum(table: LakeTable, keep: timedelta) -> int:
    """Delete the files that no version younger than `keep` names, parts of killed runs too; how many."""
    hours = int(keep.total_seconds() // 3600)
    return len(table.open().vacuum(retention_hours=hours, enforce_retention_duration=False, dry_run=False, full=True))


def purge(table: LakeTable, predicate: str) -> int:
    """Delete the rows for which the SQL predicate holds, and count them with those purged before; how many."""
    if not table.exists():
        return 0

    def delete() -> int:
        handle = table.open()
        rows = _matching(handle, predicate)
        if rows:
            purged = (handle.transaction_version(PURGED) or 0) + rows
            handle.delete(predicate, writer_properties=table.writer(), commit_properties=committing({PURGED: purged}))
            table.forget_local()
        return rows

    return retrying(delete)


def matching(table: LakeTable, predicate: str) -> int:
    """The rows for which the SQL predicate holds: how many."""
    return _matching(table.open(), predicate) if table.exists() else 0


def _matching(handle: DeltaTable, predicate: str) -> int:
    # The predicate is ours: a date and a number that the caller made.
    query = QueryBuilder().register("rows", handle).execute(f"select count(*) as n from rows where {predicate}")  # noqa: S608
    return int(pl.DataFrame(query.read_all()).item())
