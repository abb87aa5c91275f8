"""What a column holds, counted chunk by chunk in bounded memory.

Up to `MAX_DISTINCT` different values everything is exact. Beyond, the number of different values is an estimate (the
smallest hashes tell how dense they lie: 1 % off, mostly), and quartiles are those of values with four digits.
"""

from dataclasses import dataclass, field

import polars as pl

from taquilla.tables.cell_reading import NULL_TEXTS, as_found

MAX_DISTINCT = 50_000
MAX_SHAPES = 1_000
EXAMPLES = 5
_HASHES = 16_384
_DIGITS = 4
_COUNTS = pl.Schema({"value": pl.Float64, "rows": pl.UInt64})
NUMBER = r"^\s*[+-]?[0-9]{1,18}(\.[0-9]+)?\s*$"
MOMENT = (
    r"^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?\s*$"
)


@dataclass(slots=True)
class Distinct:
    """How many different values there are."""

    values: pl.Series | None = None
    is_exact: bool = True
    _smallest: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))

    def add(self, values: pl.Series) -> None:
        """Count the different values of a chunk."""
        hashes = pl.concat([self._smallest, values.hash(7)]).unique()
        self._smallest = hashes.bottom_k(_HASHES)
        if self.is_exact:
            known = values if self.values is None else pl.concat([self.values, values]).unique()
            self.is_exact = len(known) <= MAX_DISTINCT
            self.values = known if self.is_exact else None

    def count(self) -> int:
        """Their number; an estimate unless `is_exact`."""
        if self.is_exact:
            return 0 if self.values is None else len(self.values)
        largest = self._smallest.cast(pl.Float64).max()
        assert isinstance(largest, float)  # noqa: S101 - more values than hashes were seen
        return round((_HASHES - 1) / (largest / 2**64))


@dataclass(slots=True)
class Numbers:
    """Numbers as a table of value and rows: mean and bounds exactly, quartiles as far as the values are exact."""

    rows: int = 0
    total: float = 0.0
    low: float | None = None
    high: float | None = None
    is_exact: bool = True
    counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_COUNTS))

    def add(self, counts: pl.DataFrame) -> None:
        """Count the numbers of a chunk, given with how often each is there."""
        counts = counts.filter(pl.col("value").is_finite()).cast(_COUNTS)
        if counts.is_empty():
            return
        self.rows += int(counts["rows"].sum())
        self.total += float((counts["value"] * counts["rows"]).sum())
        ends = [value for value in (self.low, self.high) if value is not None]
        known = pl.concat([counts["value"], pl.Series(ends, dtype=pl.Float64)]).sort()
        self.low, self.high = float(known[0]), float(known[-1])
        self.counts = _summed(pl.concat([self.counts, self._coarse(counts)]))
        if self.is_exact and self.counts.height > MAX_DISTINCT:
            self.is_exact = False
            self.counts = _summed(self._coarse(self.counts))

    def _coarse(self, counts: pl.DataFrame) -> pl.DataFrame:
        return counts if self.is_exact else counts.with_columns(pl.col("value").round_sig_figs(_DIGITS))

    def quantiles(self, *parts: float) -> list[float]:
        """The values below which these parts of the rows lie, between two rows in proportion."""
        ordered = self.counts.sort("value")
        upto, values = ordered["rows"].cum_sum(), ordered["value"]
        return [_between(values, upto, part * (self.rows - 1)) for part in parts]


def _summed(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.group_by("value").agg(pl.col("rows").sum())


def _between(values: pl.Series, upto: pl.Series, place: float) -> float:
    lower = int(place)
    low, high = (float(values[int(upto.search_sorted(row + 1))]) for row in (lower, min(lower + 1, int(upto[-1]) - 1)))
    return low + (high - low) * (place - lower)


@dataclass(slots=True)
class Fit:
    """How many cells of text are of a kind, and the first ones that are not."""

    pattern: str
    rows: int = 0
    others: list[str] = field(default_factory=list)

    def add(self, counts: pl.DataFrame) -> pl.DataFrame:
        """Count the texts of a chunk; gives back those that fit."""
        is_so = counts["value"].str.contains(self.pattern)
        fits = counts.filter(is_so)
        self.rows += int(fits["rows"].sum())
        if len(self.others) < EXAMPLES:
            others = counts.filter(~is_so)["value"].head(2 * EXAMPLES).to_list()
            self.others = list(dict.fromkeys([*self.others, *others]))[:EXAMPLES]
        return fits


@dataclass(slots=True)
class Shapes:
    """What texts look like: letters as a, digits as 9; how many cells have each shape, and one of them."""

    counts: pl.DataFrame | None = None
    is_exact: bool = True

    def add(self, counts: pl.DataFrame) -> None:
        """Count the shapes of a chunk's texts."""
        letters = pl.col("value").str.replace_all(r"\p{L}[\p{L}\p{M}]*", "a").str.replace_all("[0-9]+", "9")
        found = counts.select("rows", shape=letters.str.slice(0, 100), example="value")
        known = found if self.counts is None else pl.concat([self.counts.select(found.columns), found])
        summed = known.group_by("shape", maintain_order=True).agg(pl.col("rows").sum(), pl.col("example").first())
        self.is_exact &= summed.height <= MAX_SHAPES
        self.counts = summed.sort("rows", descending=True, maintain_order=True).head(MAX_SHAPES)


@dataclass(slots=True)
class ColumnSketch:
    """One column, as far as its chunks were added."""

    name: str
    dtype: pl.DataType
    rows: int = 0
    nulls: int = 0
    null_texts: int = 0
    trimmed: int = 0
    trimmed_examples: list[str] = field(default_factory=list)
    low: object = None
    high: object = None
    distinct: Distinct = field(default_factory=Distinct)
    numbers: Numbers = field(default_factory=Numbers)
    number_fit: Fit = field(default_factory=lambda: Fit(NUMBER))
    moment_fit: Fit = field(default_factory=lambda: Fit(MOMENT))
    shapes: Shapes = field(default_factory=Shapes)

    def add(self, cells: pl.Series) -> None:
        """Count a chunk of the column."""
        self.rows += len(cells)
        self.nulls += cells.null_count()
        if cells.dtype.is_nested() or cells.dtype == pl.Object:
            return
        plain = as_found(cells.to_frame("value"))["value"] if cells.dtype == pl.Binary else cells
        plain = plain.cast(pl.String) if cells.dtype in (pl.Categorical, pl.Enum) else plain
        counts = plain.drop_nulls().to_frame("value").group_by("value", maintain_order=True).agg(rows=pl.len())
        if plain.dtype == pl.String:
            counts = self._without_null_texts(counts)
            self._add_texts(counts)
        elif plain.dtype.is_numeric():
            self.numbers.add(counts.with_columns(pl.col("value").cast(pl.Float64)))
        self.distinct.add(counts["value"])
        self._bound(counts["value"])

    def _without_null_texts(self, counts: pl.DataFrame) -> pl.DataFrame:
        is_null = counts["value"].str.strip_chars(" ").is_in(NULL_TEXTS)
        self.null_texts += int(counts.filter(is_null)["rows"].sum())
        return counts.filter(~is_null)

    def _add_texts(self, counts: pl.DataFrame) -> None:
        numbers = self.number_fit.add(counts)
        self.numbers.add(numbers.with_columns(pl.col("value").str.strip_chars().cast(pl.Float64)))
        self.moment_fit.add(counts)
        self.shapes.add(counts)
        remains = counts.filter(pl.col("value").str.contains(r"^[\x00-\x1f\x7f]|[\x00-\x1f\x7f]\s*$|\\[rnt]\s*$"))
        self.trimmed += int(remains["rows"].sum())
        self.trimmed_examples = [*self.trimmed_examples, *remains["value"].head(EXAMPLES)][:EXAMPLES]

    def _bound(self, values: pl.Series) -> None:
        if len(values) and not (values.dtype.is_float() and values.is_nan().all()):
            ends = [value for value in (self.low, self.high) if value is not None]
            known = pl.concat([values, pl.Series(ends, dtype=values.dtype)]) if ends else values
            self.low, self.high = known.min(), known.max()
