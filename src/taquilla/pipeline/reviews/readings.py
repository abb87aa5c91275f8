"""One pass over a file: begun, taken up where it was cut off, or not needed; it counts once it is complete.

The ledger `raw.review_files` has a row for each complete reading. A changed file's new reading names the earlier one
that it takes the place of (`replaces`). A reading that was given up, since its file changed before it was complete, has
a row that replaces itself: it never counts.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import polars as pl
from deltalake import DeltaTable

from taquilla.lake import LakeTable
from taquilla.pipeline.reviews.plan import PlannedFile, place_named_by
from taquilla.pipeline.reviews.review_tables import FILES, ReviewTables
from taquilla.tables.review_readers import file_places

# Marks of the ledger: how many readings were ever begun, and the number of the last one of a file, or of its content.
BEGAN = "began"


def position_of(reading: int) -> str:
    """The mark of raw that says how many records of that reading are landed."""
    return f"reading {reading}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over a file. number: from 1. landed: the records that raw has of it already.

    replaces: the earlier complete reading of the same file. is_unchanged: that one was of the same content.
    """

    planned: PlannedFile
    tables: ReviewTables
    number: int
    landed: int = 0
    replaces: int | None = None
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a complete reading found: records, those of them that are none, fields that the layout does not know."""

    lines: int
    dead: int
    new_fields: tuple[str, ...] = ()


class Ledger:
    """The complete readings, and which ones are under way."""

    def __init__(self, table: LakeTable, run_id: str, now: datetime) -> None:
        self._table, self._run_id, self._now = table, run_id, now

    def begin(self, planned: PlannedFile, tables: ReviewTables) -> Reading:
        """The pass to make over that file, noted before its first record is landed."""
        handle = self._table.open()
        known = self._table.scan(handle).filter(pl.col("kind") == planned.layout.kind).collect()
        mine = known.filter(pl.col("fingerprint").str.starts_with(planned.origin)).filter(counts()).sort("file_seq")
        before = mine.tail(1).to_dicts()
        if before and before[0]["fingerprint"] == planned.fingerprint:
            return Reading(planned, tables, before[0]["reading"], is_unchanged=True)
        replaces = before[0]["reading"] if before else None
        under_way = handle.transaction_version(_of(planned.origin)) or 0
        is_open = under_way > 0 and under_way not in known["reading"]
        if is_open and handle.transaction_version(_of(planned.fingerprint)) == under_way:
            return Reading(planned, tables, under_way, tables.raw.mark(position_of(under_way)) or 0, replaces)
        if is_open:
            self._give_up(planned, tables, under_way)
        return Reading(planned, tables, self._began(handle, planned), 0, replaces)

    def is_placed_elsewhere(self, planned: PlannedFile) -> bool:
        """Whether a file at another address, read before, is of the same place by its name."""
        place = place_named_by(planned)
        if place is None:
            return False
        known = self._table.scan().filter(pl.col("layout") == planned.layout.name).collect().filter(counts())
        others = known.filter(~pl.col("fingerprint").str.starts_with(planned.origin))
        return place in file_places(others["file"])

    def _began(self, handle: DeltaTable, planned: PlannedFile) -> int:
        number = (handle.transaction_version(BEGAN) or 0) + 1
        self._table.note({BEGAN: number, _of(planned.origin): number, _of(planned.fingerprint): number})
        return number

    def _give_up(self, planned: PlannedFile, tables: ReviewTables, number: int) -> None:
        rows = tables.raw.scan().filter(pl.col("reading") == number)
        counted = rows.select(lines=pl.len(), dead=pl.col("error").count()).collect().row(0)
        self._write(planned, number, Told(*counted), replaces=number)

    def complete(self, reading: Reading, told: Told) -> None:
        """The reading is complete: from here on its records count."""
        self._write(reading.planned, reading.number, told, replaces=reading.replaces)

    def _write(self, planned: PlannedFile, number: int, told: Told, *, replaces: int | None) -> None:
        row = {
            "reading": number,
            "file": planned.name,
            "kind": planned.layout.kind,
            "layout": planned.layout.name,
            "fingerprint": planned.fingerprint,
            "lines": told.lines,
            "dead": told.dead,
            "new_fields": msgspec.json.encode(told.new_fields).decode(),
            "replaces": replaces,
            "landed_at": self._now,
            "run_id": self._run_id,
            "bucket": 0,
        }
        schema = {name: kind for name, kind in FILES.items() if name != "file_seq"}
        rows = pl.DataFrame([row], schema=schema)
        self._table.land_once(rows, source=f"complete {number}", version=1, number="file_seq")


def _of(file: str) -> str:
    return f"open {file}"


def counts() -> pl.Expr:
    """Of the rows of the ledger (of all of them, of one kind): those whose reading no other one replaces."""
    return ~pl.col("reading").is_in(pl.col("replaces").drop_nulls().implode())
