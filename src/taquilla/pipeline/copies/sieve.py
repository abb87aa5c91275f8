"""Rows on their way to the target: in its types, and without those that do not fit, which are all told.

Rows read = rows that went on + rows refused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.errors import DataError
from taquilla.pipeline.copies.cells import in_type, is_bytes, is_text
from taquilla.pipeline.copies.fitting import Fit
from taquilla.sources.relations import ERROR, LINE, Relation
from taquilla.sources.tabular_writing import write_table

# So many are no slips of a pen: the file is something else than it was taken for.
MAX_REFUSED = 100_000
TOLD = 10
REJECTS = Relation("rejects", pa.schema([("row", pa.int64()), ("reason", pa.string()), ("record", pa.string())]))


class Sieve:
    """Lets the rows through that fit. rejects: the file that takes the others; None: they refuse the copy."""

    def __init__(self, fit: Fit, rejects: str | None) -> None:
        self._fit, self._rejects = fit, rejects
        self._read = 0
        self._refused: list[dict[str, Any]] = []
        self._emptied: Counter[str] = Counter()

    @property
    def refused(self) -> int:
        return len(self._refused)

    @property
    def notes(self) -> tuple[str, ...]:
        """What became of cells, in words."""
        return tuple(f"{count:,} empty texts of {name!r} are null" for name, count in self._emptied.items())

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows that fit. DataError, at the end: others do not; it lists the first of them.

        The file of those is written before the last step of the target, which then takes all of the rows or none.
        """
        for batch in batches:
            good = self._sieved(batch)
            self._read += batch.num_rows
            if good.num_rows and (self._rejects or not self._refused):
                yield good
        if self._rejects is not None:
            write_table(self._rejects, REJECTS, iter([pa.RecordBatch.from_pylist(self._refused, REJECTS.schema)]))
        elif self._refused:
            raise DataError(self._told())

    def _sieved(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        reasons: dict[int, str] = _broken(batch)
        made = []
        for field, origin in zip(self._fit.relation.schema, self._fit.origins, strict=True):
            came = batch.column(origin)
            cells, lost = in_type(came, field.type)
            made.append(cells)
            if is_text(came.type) and not (is_text(field.type) or is_bytes(field.type)):
                self._emptied += Counter({origin: pc.sum(pc.equal(came, "")).as_py() or 0})
            for row in pc.indices_nonzero(lost).to_pylist() if lost is not None else ():
                reasons.setdefault(row, _misfit(came[row], origin, field))
        good = pa.RecordBatch.from_arrays(made, schema=self._fit.relation.schema)
        if not reasons:
            return good
        self._refuse(batch, reasons)
        return good.filter(pa.array([row not in reasons for row in range(batch.num_rows)]))

    def _refuse(self, batch: pa.RecordBatch, reasons: dict[int, str]) -> None:
        if self.refused + len(reasons) > MAX_REFUSED:
            raise DataError(
                f"More than {MAX_REFUSED:,} rows do not fit, such as {_line(self._refused[:1])} "
                "Nothing was written. Look into the source with: taquilla profile"
            )
        for row in sorted(reasons):
            record = {"row": self._read + row + 1, "reason": reasons[row], "record": _record(batch, row)}
            self._refused.append(record)

    def _told(self) -> str:
        more = f"\n  ... and {self.refused - TOLD:,} more" if self.refused > TOLD else ""
        listed = "".join(f"\n  {_line([one])}" for one in self._refused[:TOLD])
        return (
            f"{self.refused:,} of {self._read:,} rows do not fit:{listed}{more}\n"
            "Nothing was written. Mend them, or set them aside in a file with: --rejects FILE.csv"
        )


def _line(refused: list[dict[str, Any]]) -> str:
    return "".join(f"row {one['row']:,}: {one['reason']}" for one in refused)


def _broken(batch: pa.RecordBatch) -> dict[int, str]:
    """The lines that are no rows, and why."""
    if ERROR not in batch.schema.names:
        return {}
    errors = batch.column(ERROR)
    if errors.null_count == batch.num_rows:
        return {}
    return {row: reason for row, reason in enumerate(errors.to_pylist()) if reason is not None}


def _misfit(cell: pa.Scalar, name: str, field: pa.Field) -> str:
    shown = str(cell.as_py())
    return f"{shown[:80]!r}{'...' if len(shown) > 80 else ''} in the column {name!r} is no {field.type}"


def _record(batch: pa.RecordBatch, row: int) -> str:
    """The line as it stood in the file, or the row as JSON."""
    [cells] = batch.slice(row, 1).to_pylist()
    line = cells.pop(LINE, None)
    cells.pop(ERROR, None)
    return str(line) if line is not None else msgspec.json.encode(cells).decode()
