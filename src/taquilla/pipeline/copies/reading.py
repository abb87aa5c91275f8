"""The source's rows for a copy: streamed, or, of a database's table with a key, read once into a spool."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from taquilla.errors import DataError
from taquilla.lake import lease
from taquilla.pipeline.copies.cells import is_bytes, is_text
from taquilla.pipeline.copies.options import CopyOptions
from taquilla.pipeline.copies.spool import Spool, remove_old
from taquilla.sources.relations import Relation, Source

# What is done at this moment, and the rows so far, of how many: "reading", "writing".
Progress = Callable[[str, int, int | None], None]


class Reading:
    """Rows that can be walked more than once; those of the last walk are counted.

    total: how many there are, as far as is known. taken_up: those that a copy before, which was cut off, had read.
    """

    def __init__(self, walk: Callable[[], Iterator[pa.RecordBatch]], total: int | None) -> None:
        self._walk, self.total = walk, total
        self.counted, self.taken_up = 0, 0
        self.notes: tuple[str, ...] = ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        self.counted = 0
        for batch in self._walk():
            self.counted += batch.num_rows
            yield batch


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads a table, and where it keeps what it has read. identity: what tells the table from all others."""

    identity: tuple[str, ...]
    source: Source
    relation: Relation
    options: CopyOptions
    spools: Path
    progress: Progress

    def count(self) -> int | None:
        """How many rows there are now; None: only reading would tell."""
        return None if self.options.since else self.source.count(self.relation.name)

    def streamed(self) -> Reading:
        """Rows as the source gives them."""
        total = self.count()
        return Reading(lambda: self._walked(total), total)

    def _walked(self, total: int | None) -> Iterator[pa.RecordBatch]:
        given = 0
        for batch in self.source.read(self.relation.name, since=self.options.since):
            given += batch.num_rows
            yield batch
        self._check(given, total)

    def _check(self, given: int, before: int | None) -> None:
        """DataError: the table has other rows than it gave, and had them before: it did not just change meanwhile."""
        if before is not None and given != before and self.count() == before:
            raise DataError(
                f"{self.relation.name} has {before:,} rows, and gave {given:,}. Nothing was written. Run the same "
                "command again; if it says so again, the table is damaged."
            )

    @contextmanager
    def spooled(self) -> Iterator[Reading]:
        """Rows from local disk; they stay there when what follows is cut off, and go when it ends or the data are bad.

        What was read before is taken up where the table has a key to go on behind.
        BusyError: another copy reads the same.
        """
        plan = {"source": self.identity, "table": self.relation.name, "since": repr(self.options.since)}
        plan = json.loads(json.dumps(plan))
        folder = self.spools / sha256(repr(sorted(plan.items())).encode()).hexdigest()[:16]
        now = datetime.now(UTC)
        with lease(self.spools, folder.name):
            remove_old(self.spools, now)
            spool = Spool(folder, self.relation.schema, self.relation.key, plan, now)
            try:
                yield self._read(spool)
            except DataError:
                spool.remove()
                raise
            spool.remove()

    def _read(self, spool: Spool) -> Reading:
        if self.options.is_fresh or not can_go_on(self.relation):
            spool.clear()
        total, taken_up, notes = self.count(), spool.rows, list[str]()
        self._fill(spool, total)
        if taken_up and total is not None and spool.rows != total:
            notes.append("rows have come or gone since a copy was cut off: all were read anew")
            spool.clear()
            taken_up = 0
            self._fill(spool, total)
        self._check(spool.rows, total)
        if taken_up:
            notes.append(
                f"{taken_up:,} rows were read from {spool.begun_at:%Y-%m-%d %H:%M:%S} UTC on by a copy that was cut "
                "off; what has changed in them since is not in this one (--fresh reads all anew)"
            )
        reading = Reading(spool.batches, spool.rows)
        reading.taken_up, reading.notes = taken_up, tuple(notes)
        return reading

    def _fill(self, spool: Spool, total: int | None) -> None:
        if spool.is_read:
            return
        try:
            rows = self.source.read(self.relation.name, since=self.options.since, after=spool.after())
            for batch in rows:
                spool.take(batch)
                self.progress("reading", spool.rows, total)
        finally:
            # Also what came before a cut is on disk.
            spool.keep()
        spool.finish()


def can_go_on(relation: Relation) -> bool:
    """Whether a reading of the table can go on behind a row: it has a key whose values compare exactly."""
    kinds = [relation.schema.field(name).type for name in relation.key]
    exact = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp, is_text, is_bytes)
    return bool(kinds) and all(any(fits(kind) for fits in exact) for kind in kinds)
