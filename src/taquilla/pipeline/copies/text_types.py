"""The types that text may have: a CSV file tells none, and a table wants them.

A column is a number, a date or a moment only where every cell of it is, and where reading it back gives the same again:
a postal code of 00501, a +1, a 1e5 and a -0 stay text. Empty text is a value of a text column alone.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
import pyarrow as pa

from taquilla.pipeline.copies.cells import is_text
from taquilla.sources.relations import Relation

_WHOLE = r"(0|-?[1-9]\d{0,18})"
_AMOUNT = r"-?(0|[1-9]\d{0,17})\.\d{1,18}"
_DAY, _CLOCK = r"\d{4}-\d{2}-\d{2}", r"[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?"
PATTERNS = {
    "flag": "^(true|false)$",
    "int": f"^{_WHOLE}$",
    # Whole numbers among amounts are amounts.
    "decimal": f"^({_AMOUNT}|{_WHOLE})$",
    "date": f"^{_DAY}$",
    "moment": f"^{_DAY}{_CLOCK}$",
    "zoned": rf"^{_DAY}{_CLOCK}(Z|\+00:00)$",
}
_MINUS_ZERO = r"^-0\.0+$"
_WRITTEN = {"date": "%Y-%m-%d", "moment": "%Y-%m-%d %H:%M:%S", "zoned": "%Y-%m-%d %H:%M:%S"}
# SQLite keeps amounts of up to 15 digits as numbers; Arrow has 38.
_DIGITS = (15, 38)


class _Column:
    """What all cells of a column so far could be."""

    def __init__(self) -> None:
        self.fits = list(PATTERNS)
        self.cells = self.before_point = self.behind_point = 0

    def take(self, column: pl.Series) -> None:
        texts = column.drop_nulls()
        if texts.is_empty():
            return
        self.cells += texts.len()
        self.fits = [kind for kind in self.fits if _all_fit(texts, kind)]
        if "decimal" in self.fits:
            self.before_point = max(self.before_point, _longest(texts, r"^-?(\d+)"))
            self.behind_point = max(self.behind_point, _longest(texts, r"\.(\d+)$"))

    def kind(self) -> pa.DataType:
        kinds = {
            "flag": pa.bool_(),
            "int": pa.int64(),
            "decimal": self._decimal(),
            "date": pa.date32(),
            "moment": pa.timestamp("us"),
            "zoned": pa.timestamp("us", "UTC"),
        }
        return next((kinds[kind] for kind in self.fits if self.cells), pa.string())

    def _decimal(self) -> pa.DataType:
        digits = next((digits for digits in _DIGITS if self.before_point + self.behind_point <= digits), None)
        return pa.string() if digits is None else pa.decimal128(digits, self.behind_point)


def typed_relation(relation: Relation, batches: Iterable[pa.RecordBatch]) -> Relation:
    """The relation with the types that all cells of its text columns have; looks at every row."""
    found = {field.name: _Column() for field in relation.schema if is_text(field.type)}
    for batch in batches:
        for name, column in found.items():
            column.take(pl.Series(batch.column(name)))
    kinds = {name: column.kind() for name, column in found.items()}
    fields = [field.with_type(kinds.get(field.name, field.type)) for field in relation.schema]
    return replace(relation, schema=pa.schema(fields))


def _all_fit(column: pl.Series, kind: str) -> bool:
    if not column.str.contains(PATTERNS[kind]).all():
        return False
    if kind == "int":
        return column.cast(pl.Int64, strict=False).null_count() == 0
    if kind == "decimal":
        return not column.str.contains(_MINUS_ZERO).any()
    if kind in _WRITTEN:
        bare = column.str.slice(0, 10 if kind == "date" else 19).str.replace("T", " ")
        return bare.str.to_datetime(_WRITTEN[kind], strict=False).null_count() == 0
    return True


def _longest(column: pl.Series, digits: str) -> int:
    found = column.str.extract(digits).str.len_chars().max()
    return found if isinstance(found, int) else 0
