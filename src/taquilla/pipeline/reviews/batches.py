"""A file's records as batches for raw: so many at a time, names hidden, and what is no record told without its text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from taquilla.pipeline.reviews.plan import PlannedFile
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms, digest
from taquilla.sources.records_lines import keys_of
from taquilla.tables.review_people import beginnings, pattern

# Some 100,000 reviews: together with what is made of it, a batch takes three times as much memory.
BATCH_BYTES = 80 * 2**20
# Of a batch, so many records at least (all of a small one) are looked into for fields that the layout does not know.
_LOOKED_AT = 5_000
UNREADABLE = "no JSON object; it may hold a name, so that only its digest is kept"


@dataclass(slots=True)
class Batches:
    """The records of one file behind the first `behind`. new_fields: those seen that the layout does not know."""

    planned: PlannedFile
    rows: int
    pseudonyms: Pseudonyms | None
    behind: int = 0
    new_fields: dict[str, None] = field(default_factory=dict)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """`line`, `record`, `error`, in the file's order."""
        held: list[pl.DataFrame] = []
        count = size = 0
        for frame in self.planned.file.batches():
            for fresh in _slices(frame.filter(pl.col("line") > self.behind), self.rows):
                if held and (count + fresh.height > self.rows or size > BATCH_BYTES):
                    yield self._ready(held)
                    held, count, size = [], 0, 0
                held.append(fresh)
                count, size = count + fresh.height, size + int(fresh.estimated_size())
        if held:
            yield self._ready(held)

    def _ready(self, held: list[pl.DataFrame]) -> pl.DataFrame:
        batch = pl.concat(held)
        self._look_at(batch["record"])
        if self.pseudonyms is None:
            return batch
        own = self.planned.layout.own_names
        if self.planned.has_names:
            return _hidden(batch, self.pseudonyms, own)
        found = _with_names(batch["record"], own)
        return batch if not found.any() else _hidden(batch, self.pseudonyms, own, found)

    def _look_at(self, records: pl.Series) -> None:
        layout = self.planned.layout
        for record in records.gather_every(max(1, len(records) // _LOOKED_AT)).drop_nulls():
            self.new_fields.update(dict.fromkeys(layout.new_fields(keys_of(record.encode()))))


def _with_names(records: pl.Series, own: frozenset[str]) -> pl.Series:
    """Which records of a layout without names tell one all the same, at whatever depth; found without reading them."""
    may = records.str.contains_any(beginnings(), ascii_case_insensitive=True).fill_null(False)
    where = may.arg_true()
    return may.scatter(where, records.gather(where).str.contains(pattern(own))) if len(where) else may


def _slices(frame: pl.DataFrame, rows: int) -> Iterator[pl.DataFrame]:
    if 0 < frame.height <= rows:
        yield frame
    elif frame.height:
        yield from frame.iter_slices(rows)


def _hidden(
    batch: pl.DataFrame, pseudonyms: Pseudonyms, own: frozenset[str], wanted: pl.Series | None = None
) -> pl.DataFrame:
    """The batch with pseudonyms; where `wanted` is given, in those records alone. What cannot be read is no record."""
    is_wanted = pl.Series([True]).new_from_index(0, batch.height) if wanted is None else wanted
    made = [
        _row(record, error, pseudonyms, own) if hide else (record, error)
        for record, error, hide in zip(batch["record"], batch["error"], is_wanted, strict=True)
    ]
    rows = pl.DataFrame(made, schema={"record": pl.String, "error": pl.String}, orient="row")
    return rows.with_columns(line=batch["line"]).select(batch.columns)


def _row(
    record: str | None, error: str | None, pseudonyms: Pseudonyms, own: frozenset[str]
) -> tuple[str | None, str | None]:
    if error is not None or record is None:
        return None if record is None else digest(record), error
    hidden = pseudonyms.hide(record, own)
    return (digest(record), UNREADABLE) if hidden is None else (hidden, None)
