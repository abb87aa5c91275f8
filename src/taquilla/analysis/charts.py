"""The charts, as data: which mart each shows, its rows, and how many films, rentals or reviews it speaks of.

`charts.toml` has those of the films, `rental_charts.toml` those of a shop, `review_charts.toml` those of reviews; a
warehouse shows what it has.

The report draws them as pictures and the dashboard as SVG from the same answers, so that both say the same.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec

from taquilla.analysis.coverage import whole_of
from taquilla.warehouse.asking import Ask, Row

# bars, dots: a name a row, across; columns: a name a column, upright; lines: over time; points: a film each;
# boxes: p10, p25, median, p75, p90 a row; heat: two names and a value.
Form = Literal["bars", "dots", "columns", "lines", "points", "boxes", "heat"]
TOPICS = ("audience", "money", "genres", "calendar", "people", "world", "quality")
RENTAL_TOPICS = ("rentals", "rental_films", "customers")
REVIEW_TOPICS = ("reviews", "review_places", "review_texts", "rated_films")
# What a chart, and the warehouse behind it, may be about.
Subject = Literal["films", "rentals", "reviews"]
_FILES = ("charts.toml", "rental_charts.toml", "review_charts.toml")


@dataclass(frozen=True, slots=True)
class Chart:
    """A mart in one form; `charts.toml` says what each field means."""

    name: str
    file: str
    topic: str
    form: Form
    mart: str
    label: str
    values: tuple[str, ...]
    coverage: str
    table: tuple[str, ...]
    rows: int = 20
    where: str = ""
    down: str = ""
    group: str = ""
    middle: float | None = None
    is_log: bool = False

    @property
    def subject(self) -> Subject:
        """What it speaks of: the catalogue's films alone, a shop, or reviews."""
        if self.topic in REVIEW_TOPICS:
            return "reviews"
        return "rentals" if self.topic in RENTAL_TOPICS else "films"

    @property
    def is_band(self) -> bool:
        """Whether its lines are a middle between two ends: quartiles, or the bounds of a confidence."""
        first = self.values[0]
        return self.form == "lines" and len(self.values) == 3 and (first.startswith("p25_") or first.endswith("_low"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the warehouse says to a chart: rows in the mart's order, of `known` films (rentals, ...) among `whole`.

    one_in: of many points every so many are shown; 1 is all of them.
    """

    chart: Chart
    rows: list[Row]
    known: int
    whole: int
    one_in: int = 1

    @property
    def one_in_text(self) -> str:
        """The key of the text that says of how many points one is drawn."""
        return "charts.one_in_places" if self.chart.subject == "reviews" else "charts.one_in"


class Has(NamedTuple):
    """Which subjects a warehouse has."""

    films: bool
    rentals: bool
    reviews: bool


@cache
def charts() -> dict[str, Chart]:
    """Every chart by name, in the order of the report."""
    texts = (files(__package__).joinpath(name).read_text("utf-8") for name in _FILES)
    found = {name: given for text in texts for name, given in tomllib.loads(text).items()}
    return {name: msgspec.convert({"name": name, **given}, Chart, strict=True) for name, given in found.items()}


def shown(coverage: Mapping[str, int]) -> dict[str, Chart]:
    """The charts of what a warehouse has: without rentals none of a shop; with rentals alone none of the films."""
    present = has(coverage)._asdict()
    return {name: one for name, one in charts().items() if present[one.subject]}


def has(coverage: Mapping[str, int]) -> Has:
    """Which subjects a warehouse has. An empty one is one of films that are still to come."""
    rentals = coverage["rentals"] > 0
    # Ratings of films may come without any review of a place.
    reviews = any(coverage[name] > 0 for name in ("reviews", "venues", "ratings"))
    return Has(coverage["films"] > 0 or not (rentals or reviews), rentals, reviews)


def read_chart(chart: Chart, ask: Ask, coverage: Mapping[str, int]) -> Answer:
    """The rows that the chart shows; `coverage` as `read_coverage` answers it."""
    conditions, one_in = [chart.where] if chart.where else [], 1
    if chart.form == "points":
        # The mart's order is by revenue: its first rows would be the large films alone.
        one_in = -(-coverage[chart.coverage] // chart.rows) or 1
        conditions += [_every(chart, one_in)] if one_in > 1 else []
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = ask(f'select * from mart."{chart.mart}" {where} limit {chart.rows + (one_in > 1) * chart.rows:d}')  # noqa: S608
    return Answer(chart, rows, coverage[chart.coverage], coverage[whole_of(chart.coverage)], one_in)


def _every(chart: Chart, one_in: int) -> str:
    """One mark in so many, the same ones in every warehouse, as SQL."""
    if chart.subject == "reviews":
        # A place's id is a text: the first eight figures of its hash are spread evenly.
        return f"substr(md5(venue_id), 1, 8) < '{2**32 // one_in:08x}'"
    return f"film_id % {one_in:d} = 0"


def read_table(chart: Chart, ask: Ask) -> list[Row]:
    """The table behind a chart, in the mart's order: of points all of them, however few are drawn."""
    columns = ", ".join(f'"{column}"' for column in chart.table)
    where = f"where {chart.where}" if chart.where else ""
    limit = "" if chart.form == "points" else f"limit {chart.rows:d}"
    return ask(f'select {columns} from mart."{chart.mart}" {where} {limit}')  # noqa: S608
