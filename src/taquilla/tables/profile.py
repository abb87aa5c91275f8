"""What a table holds before anything is loaded: one pass over its chunks, in bounded memory.

`profile` knows no subject: it tells of each column its type, nulls, different values, quartiles, outliers and the cells
that do not look like the others; and of the table the keys that are there more than once. `profile_keys` tells which
keys lead to no row of another table.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from taquilla.tables.profile_columns import EXAMPLES, ColumnSketch

# From this part of the cells on, a column of texts is of a kind, or of a shape, and the others are odd.
MOST = 0.9
# Keys up to this many are compared; with more, duplicates are not told.
MAX_KEYS = 50_000_000
_TUKEY = 1.5


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, quartiles, and what lies further than 1.5 interquartile ranges outside them.

    `is_exact`: False where quartiles and outliers were counted on values of four digits. outliers is None where half of
    the numbers are one and the same: then the rule would call all others so. examples: the furthest first.
    """

    mean: float
    quartile_1: float
    median: float
    quartile_3: float
    is_exact: bool
    outliers: int | None = None
    outliers_below: float | None = None
    outliers_above: float | None = None
    examples: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. `declared`: the type that it came with; `kind`: what its cells say: integer, number, moment, text…

    null_texts: cells that say NULL, N/A or nothing at all. odd: cells that are not like nine tenths of the others, and
    those with tabs, line ends or their escapes at an end; None where that was not counted.
    """

    name: str
    declared: str
    kind: str
    rows: int
    nulls: int
    null_texts: int
    distinct: int
    is_distinct_exact: bool
    low: str | None
    high: str | None
    spread: Spread | None
    odd: int | None
    odd_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table: its rows, its columns in order, and its keys that are there more than once.

    duplicated_keys: how many; duplicate_rows: the rows beyond one a key. None without a key or with too many rows.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    key: tuple[str, ...] = ()
    duplicated_keys: int | None = None
    duplicate_rows: int | None = None


def profile(chunks: Iterable[pl.DataFrame], key: Sequence[str] = ()) -> TableProfile:
    """The profile of the chunks as one table; `key` are columns of it. All chunks have the columns of the first."""
    sketches: dict[str, ColumnSketch] = {}
    keys = _Keys()
    for chunk in chunks:
        for cells in chunk:
            sketches.setdefault(cells.name, ColumnSketch(cells.name, cells.dtype)).add(cells)
        if key:
            keys.add(chunk.select(key))
    columns = tuple(_column(sketch) for sketch in sketches.values())
    rows = columns[0].rows if columns else 0
    duplicated, beyond = keys.told() if key else (None, None)
    return TableProfile(rows, columns, tuple(key), duplicated, beyond)


def _column(sketch: ColumnSketch) -> ColumnProfile:
    kind = _kind(sketch)
    is_quantity = kind in ("integer", "number") and not re.search(r"(^|_)id(_|$)", sketch.name.strip().lower())
    odd, examples = _odd(sketch, kind)
    low, high = (sketch.numbers.low, sketch.numbers.high) if _is_parsed(sketch, kind) else (sketch.low, sketch.high)
    return ColumnProfile(
        name=sketch.name,
        declared=str(sketch.dtype),
        kind=kind,
        rows=sketch.rows,
        nulls=sketch.nulls,
        null_texts=sketch.null_texts,
        distinct=sketch.distinct.count(),
        is_distinct_exact=sketch.distinct.is_exact,
        low=_plain(low),
        high=_plain(high),
        spread=_spread(sketch) if is_quantity and sketch.numbers.rows else None,
        odd=odd,
        odd_examples=examples,
    )


def _is_parsed(sketch: ColumnSketch, kind: str) -> bool:
    return sketch.dtype == pl.String and kind in ("integer", "number")


def _kind(sketch: ColumnSketch) -> str:
    dtype = sketch.dtype
    if dtype == pl.String:
        return _kind_of_texts(sketch)
    named = {
        pl.Boolean: "flag",
        pl.Binary: "bytes",
        pl.Null: "nothing",
        pl.Enum: "text",
        pl.Categorical: "text",
    }
    if type(dtype) in named:
        return named[type(dtype)]
    if dtype.is_integer():
        return "integer"
    return "number" if dtype.is_numeric() else "moment" if dtype.is_temporal() else str(dtype).lower()


def _kind_of_texts(sketch: ColumnSketch) -> str:
    cells = _cells(sketch)
    if not cells:
        return "nothing"
    if sketch.number_fit.rows >= MOST * cells:
        counts = sketch.numbers.counts
        return "integer" if (counts["value"] == counts["value"].round()).all() else "number"
    return "moment" if sketch.moment_fit.rows >= MOST * cells else "text"


def _cells(sketch: ColumnSketch) -> int:
    """The cells that say something."""
    return sketch.rows - sketch.nulls - sketch.null_texts


def _odd(sketch: ColumnSketch, kind: str) -> tuple[int | None, tuple[str, ...]]:
    if sketch.dtype != pl.String:
        return None, ()
    fit = {"integer": sketch.number_fit, "number": sketch.number_fit, "moment": sketch.moment_fit}.get(kind)
    if fit is not None:
        return _cells(sketch) - fit.rows, tuple(fit.others)
    return _odd_texts(sketch)


def _odd_texts(sketch: ColumnSketch) -> tuple[int | None, tuple[str, ...]]:
    """Of texts those with remains at an end; else, where nearly all have one shape, those that have another."""
    shapes = sketch.shapes.counts
    if sketch.trimmed or shapes is None or shapes.is_empty() or not sketch.shapes.is_exact:
        return sketch.trimmed, tuple(sketch.trimmed_examples)
    others = shapes[1:] if shapes["rows"][0] >= MOST * _cells(sketch) else shapes[:0]
    return int(others["rows"].sum()), tuple(others["example"].head(EXAMPLES))


def _spread(sketch: ColumnSketch) -> Spread:
    numbers = sketch.numbers
    first, median, third = numbers.quantiles(0.25, 0.5, 0.75)
    told = Spread(numbers.total / numbers.rows, first, median, third, numbers.is_exact)
    if first == third:
        return told
    below, above = first - _TUKEY * (third - first), third + _TUKEY * (third - first)
    beyond = numbers.counts.filter(~pl.col("value").is_between(below, above))
    furthest = beyond.sort((pl.col("value") - median).abs(), descending=True)["value"].head(EXAMPLES)
    return Spread(
        told.mean, first, median, third, numbers.is_exact, int(beyond["rows"].sum()), below, above, tuple(furthest)
    )


def _plain(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


class _Keys:
    """Keys that were seen, as their hashes: eight bytes a row."""

    def __init__(self) -> None:
        self._hashes: list[pl.Series] = []
        self._rows = 0

    def add(self, keys: pl.DataFrame) -> None:
        self._rows += keys.height
        if self._rows <= MAX_KEYS:
            self._hashes.append(keys.hash_rows(7))
        else:
            self._hashes.clear()

    def told(self) -> tuple[int, int] | tuple[None, None]:
        if self._rows > MAX_KEYS:
            return None, None
        counts = pl.concat(self._hashes or [pl.Series(dtype=pl.UInt64)]).value_counts(name="rows")
        several = counts.filter(pl.col("rows") > 1)["rows"]
        return len(several), int(several.sum()) - len(several)
