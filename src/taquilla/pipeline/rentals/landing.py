"""The rows of one reading on their way into raw: typed, numbered, in buckets; and what makes the reading count."""

from datetime import datetime, timedelta

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.pipeline.rentals.readings import Reading, cursor_mark
from taquilla.pipeline.rentals.shop_tables import (
    BASE,
    BEFORE_CUT,
    BEGAN,
    BEGAN_FROM,
    COMPLETE,
    CONTENT,
    CURSOR,
    FIRST,
    FULL,
    ORIGIN,
    WHOLE,
)
from taquilla.sources.relations import ERROR, LINE
from taquilla.tables.cleaning import CleanTable

# The name of raw's position: the rows are numbered in the order that they were read in.
_SOURCE = "shop"
# A shop's own clock may be ahead of ours by as much; what is stamped later than that, nobody has done yet.
_AHEAD = timedelta(days=1)


class Landing:
    """The rows of one reading on their way into raw."""

    def __init__(self, reading: Reading, run_id: str, now: datetime) -> None:
        self.rows, self.dead, self._undated = 0, 0, 0
        self._reading, self._run_id, self._now = reading, run_id, now
        self._raw = reading.tables.raw
        self._position, self._greatest = reading.landed, 0
        self._buckets = self._raw.bucket_count()
        self._known = self._already_landed()
        self._raw.note(
            {
                BEGAN: reading.number,
                BASE: reading.base,
                WHOLE: int(reading.since is None),
                BEGAN_FROM: reading.origin,
                BEFORE_CUT: reading.before_cut,
            }
        )

    def _already_landed(self) -> pl.DataFrame | None:
        """Of the rows that the overlap will bring again, two hashes: a whole table may have been stamped at once."""
        since = self._reading.since
        if since is None:
            return None
        rows = self._raw.scan().filter(pl.col(since.column) >= since.value)
        return rows.select(*self._hashes()).unique().collect()

    def _hashes(self) -> tuple[pl.Expr, pl.Expr]:
        # 128 bits: no two rows that differ will ever be taken for each other.
        row = pl.struct(self._reading.relation.columns())
        return row.hash(1).alias("_hash"), row.hash(2).alias("_hash 2")

    def take(self, batch: pa.RecordBatch) -> None:
        """Land a batch in one commit."""
        rows = self._typed(batch)
        if self._reading.cursor and rows.height:
            cursors = rows[self._reading.cursor]
            self._greatest = max(self._greatest, cursor_mark(cursors, at_most=self._now + _AHEAD))
            self._undated += cursors.null_count()
        if self._known is not None:
            rows = rows.with_columns(*self._hashes()).join(self._known, on=self._known.columns, how="anti")
        if rows.is_empty():
            return
        self._raw.land(self._told(rows), source=_SOURCE, begins=self._reading.base + self._position)
        self._position += rows.height
        self.rows += rows.height
        self.dead += rows[ERROR].count()

    def _typed(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """The batch in the types of raw. DataError: a value is none of its column's type."""
        found = pl.DataFrame(batch)
        kinds = {name: self._raw.schema[name] for name in self._reading.relation.columns()}
        if ERROR not in found.columns:
            found = found.with_columns(pl.lit(None, pl.String).alias(ERROR), pl.lit(None, pl.String).alias(LINE))
        try:
            return found.select(*(_cast(found.schema[name], name, kind) for name, kind in kinds.items()), ERROR, LINE)
        except pl.exceptions.PolarsError as error:
            raise DataError(
                f"{self._reading.relation.name}: {str(error).splitlines()[0]}. What was read before is kept and counts "
                "only when the reading is complete. Mend the value, then run the same command again."
            ) from None

    def _told(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            _extract=pl.lit(self._reading.number, pl.Int64),
            _position=pl.int_range(self._position, self._position + rows.height, dtype=pl.Int64),
            _landed_at=pl.lit(self._now),
            _run_id=pl.lit(self._run_id),
            bucket=bucket_of(self._reading.tables.spec, rows.columns, self._buckets),
        )

    def finish(self) -> list[str]:
        """The reading is complete: from here on its rows count. Returns what is to be told of it.

        A table that is empty all at once is an accident more often than not: what was there is kept.
        """
        reading, name = self._reading, self._reading.relation.name
        is_empty = reading.since is None and reading.known > 0 and self.rows - self.dead + reading.landed == 0
        if is_empty and not reading.may_empty:
            if self.rows:
                # Lines that are no rows are landed, and not once more while they stay the same.
                self._raw.note({CONTENT: reading.content})
            return [f"{name}: no row any more, where {reading.known:,} were: they are kept; --full takes them away"]
        self._complete()
        empty = [f"{name}: no row any more; the {reading.known:,} of before are taken away"] if is_empty else []
        return empty + self._told_of_undated()

    def _complete(self) -> None:
        reading = self._reading
        marks = {COMPLETE: reading.base + self._position, ORIGIN: reading.origin, CONTENT: reading.content}
        whole = {FULL: reading.base} if reading.since is None else {}
        first = {FIRST: reading.base} if reading.is_other else {}
        self._raw.note({**marks, CURSOR: self._greatest_seen(), **whole, **first})

    def _told_of_undated(self) -> list[str]:
        if not self._undated:
            return []
        name, cursor = self._reading.relation.name, self._reading.cursor
        return [f"{name}: {self._undated:,} rows without {cursor}; changes in such rows are seen by --full alone"]

    def _greatest_seen(self) -> int:
        """Of the cursor, as far as everything that changed before it has been read."""
        reading = self._reading
        if reading.cursor is None:
            return 0
        greatest = reading.before_cut or self._greatest
        return greatest if reading.since is None else max(greatest, self._raw.mark(CURSOR) or 0)


def bucket_of(spec: CleanTable, columns: list[str], buckets: int) -> pl.Expr:
    """By the digits of the key, so that a key with dirt around it stands with its own."""
    field = next(field for field in spec.fields if field.name == spec.key[0])
    text = pl.col(field.find(columns) or spec.key[0]).cast(pl.String)
    # 98.0 is 98, as a workbook's export may have it.
    digits = text.str.replace(r"\.0+\s*$", "").str.replace_all(r"\D", "").str.slice(0, 18)
    return digits.cast(pl.Int64, strict=False).mod(buckets).fill_null(0)


def _cast(found: pl.DataType, name: str, wanted: pl.DataType) -> pl.Expr:
    if isinstance(found, pl.Datetime) and isinstance(wanted, pl.Datetime):
        moment = pl.col(name).cast(pl.Datetime("us", found.time_zone))
        # A moment without a zone is the shop's own clock.
        return moment.dt.replace_time_zone("UTC") if found.time_zone is None else moment.dt.convert_time_zone("UTC")
    return pl.col(name).cast(wanted)
