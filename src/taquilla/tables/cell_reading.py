"""Reads whole columns of cells at once, whatever type the source gave them; what it cannot read is left to `repairs`.

A column's kind says what it holds: int, money, moment, year, flag, text, name (a short text without quotes).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from polars import selectors as cs

from taquilla.errors import DataError
from taquilla.tables.repairs import FLAGS, MEND, Mended

UTC_MICROS = pl.Datetime("us", "UTC")
# How sources of text write that there is nothing. A database has null itself: there, a text is what it says.
NULL_TEXTS = ("", "NULL", "Null", "null", "N/A", "n/a", "\\N")
YEARS = (1870, 2199)
MOMENTS = (datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[1], 12, 31, 23, 59, 59, tzinfo=UTC))
# What the types hold, where a contract says nothing narrower.
BOUNDS: dict[str, tuple["Bound", "Bound"]] = {
    "moment": MOMENTS,
    "year": YEARS,
    "money": (Decimal(-(10**10) + 1), Decimal(10**10 - 1)),
}
DTYPES: dict[str, pl.DataType] = {
    "int": pl.Int64(),
    "money": pl.Decimal(12, 2),
    "moment": UTC_MICROS,
    "year": pl.Int32(),
    "flag": pl.Boolean(),
    "text": pl.String(),
    "name": pl.String(),
}
_TEXTS = ("text", "name")
Bound = int | Decimal | datetime | date | None


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a curated table: `name`, the `source` columns that it may come from, what it holds and its bounds.

    `min` and `max` are inclusive; of a text they count its characters.
    """

    name: str
    source: tuple[str, ...]
    kind: str
    is_required: bool = False
    min: Bound = None
    max: Bound = None

    def find(self, columns: list[str]) -> str | None:
        """The source's column for this field, by the first of its names that is there; case does not matter."""
        there = {column.strip().lower(): column for column in reversed(columns)}
        return next((there[name.lower()] for name in self.source if name.lower() in there), None)

    def breaks(self, value: object) -> str | None:
        """The bound that a value is beyond, by name."""
        if value is None or isinstance(value, bool):
            return None
        size: object = len(value) if isinstance(value, str) else value
        if self.min is not None and size < self.min:  # type: ignore[operator]
            return "min"
        return "max" if self.max is not None and size > self.max else None  # type: ignore[operator]


def found_cells(field: Field, column: str, dtype: pl.DataType, is_typed: bool) -> pl.Expr:
    """The cells as they were found, null where the source says that there is nothing.

    `is_typed`: the source has types, so that an empty text is one. DataError: the column holds lists or records.
    """
    found = pl.col(column)
    if dtype == pl.List(pl.String):
        found = found.list.join(",")
    elif dtype.is_nested() or dtype == pl.Object:
        raise DataError(
            f"Column {column!r} holds {dtype}, and {field.name} is one value. Read it by a query that makes one of it."
        )
    elif dtype == pl.Binary:
        found = found.bin.encode("hex") if field.kind != "flag" else _bits(found)
    elif dtype in (pl.Categorical, pl.Enum):
        found = found.cast(pl.String)
    if dtype != pl.String or (is_typed and field.kind in _TEXTS):
        return found
    return pl.when(~found.str.strip_chars(" ").is_in(NULL_TEXTS)).then(found)


def _bits(found: pl.Expr) -> pl.Expr:
    # MySQL's BIT(1) comes as one byte.
    return found.bin.encode("hex").str.strip_chars_start("0").replace("", "0")


def read_cells(field: Field, column: str, dtype: pl.DataType, is_typed: bool) -> pl.Expr:
    """The cells of `column` that are clean, in the field's type; null where they must be mended or are refused."""
    found = pl.col(column)
    if dtype == pl.Null:
        return pl.lit(None, DTYPES[field.kind])
    if field.kind in _TEXTS:
        text = found.cast(pl.String)
        return text if is_typed else text.str.strip_chars(" ")
    if dtype.is_float():
        # The shortest text of a float is what was typed in: 4.99, not 4.9900000000000002.
        return _from_text(field.kind, found.cast(pl.String))
    if dtype == pl.String:
        return _from_text(field.kind, found.str.strip_chars(" "))
    return _from_typed(field.kind, found, dtype)


def _from_text(kind: str, text: pl.Expr) -> pl.Expr:
    if kind == "money":
        # A cast alone would round.
        return (
            pl.when(text.str.contains(r"^[+-]?[0-9]{1,10}(\.[0-9]{1,2}0*)?$"))
            .then(text)
            .cast(DTYPES[kind], strict=False)
        )
    if kind == "moment":
        plain = text.str.replace("T", " ", literal=True).str.strip_suffix("Z")
        # A leap second would become the next minute.
        known = pl.when(~plain.str.contains(":60", literal=True)).then(plain)
        return known.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).dt.replace_time_zone("UTC")
    if kind == "flag":
        return text.str.to_lowercase().replace_strict(FLAGS, default=None, return_dtype=pl.Boolean)
    whole = text.str.replace(r"\.00?$", "")
    return pl.when(whole.str.contains(r"^[+-]?[0-9]{1,19}$")).then(whole).cast(DTYPES[kind], strict=False)


def _from_typed(kind: str, found: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if kind == "moment":
        return _moment(found, dtype)
    if kind == "year" and dtype.is_temporal():
        return found.dt.year()
    if kind == "flag" and dtype != pl.Boolean:
        return pl.when(found.cast(pl.Int64, strict=False).is_between(0, 1)).then(found != 0)
    if dtype.is_temporal():
        return pl.lit(None, DTYPES[kind])
    cast = found.cast(DTYPES[kind], strict=False)
    # A Decimal with more decimals than fit would be rounded.
    return pl.when(cast.cast(dtype, strict=False) == found).then(cast) if dtype.is_decimal() else cast


def _moment(found: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        naive = found.dt.convert_time_zone("UTC") if dtype.time_zone else found.dt.replace_time_zone("UTC")
        return naive.dt.cast_time_unit("us")
    return found.cast(UTC_MICROS) if dtype == pl.Date else pl.lit(None, UTC_MICROS)


def is_odd(field: Field, found: str, read: str) -> pl.Expr:
    """Which cells need a second look: found but not read, beyond the bounds, or a text with something at its ends."""
    value = pl.col(read)
    size = value.str.len_chars() if field.kind in _TEXTS else value
    odd = pl.col(found).is_not_null() & value.is_null()
    if field.min is not None:
        odd |= size < field.min
    if field.max is not None:
        odd |= size > field.max
    if field.kind in _TEXTS:
        quotes = '|^"|"$' if field.kind == "name" else ""
        odd |= value.str.contains(r"\x00|^[\x01-\x1f\x7f]|[\x01-\x1f\x7f]$|\\[rnt]$" + quotes)
    return odd.fill_null(False)


def mend(field: Field, text: str, is_typed: bool) -> Mended:
    """What one odd cell says, within the field's bounds; `is_typed` as in `found_cells`."""
    mended = MEND[field.kind](text)
    if not is_typed and mended.value in NULL_TEXTS:
        return Mended(None, mended.rule)
    broken = field.breaks(mended.value)
    return Mended(None, broken) if broken else mended


def as_text(found: pl.Series) -> pl.Series:
    """Cells as texts, in the way that `repairs` reads them."""
    return found.cast(pl.String, strict=False)


def as_found(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose values JSON can hold: moments and amounts as text, bytes in hexadecimal, spans in microseconds."""
    spans, moments = cs.duration(), cs.temporal() - cs.duration()
    wide = cs.by_dtype(pl.Int128, pl.UInt128)
    return rows.with_columns(
        spans.dt.total_microseconds(), (moments | cs.decimal() | wide).cast(pl.String), cs.binary().bin.encode("hex")
    )
