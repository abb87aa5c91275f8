"""The charts, as data: which mart each shows, its rows, and how many films or rentals it speaks of.

`charts.toml` has those of the films, `rental_charts.toml` those of a shop; a warehouse shows what it has.

The report draws them as pictures and the dashboard as SVG from the same answers, so that both say the same.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from taquilla.analysis.coverage import whole_of
from taquilla.warehouse.asking import Ask, Row

# bars, dots: a name a row, across; columns: a name a column, upright; lines: over time; points: a film each;
# boxes: p10, p25, median, p75, p90 a row; heat: two names and a value.
Form = Literal["bars", "dots", "columns", "lines", "points", "boxes", "heat"]
TOPICS = ("audience", "money", "genres", "calendar", "people", "world", "quality")
RENTAL_TOPICS = ("rentals", "rental_films", "customers")


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
    def is_of_rentals(self) -> bool:
        """Whether it speaks of a shop, and not of the catalogue's films alone."""
        return self.topic in RENTAL_TOPICS


@dataclass(frozen=True, slots=True)
class Answer:
    """What the warehouse says to a chart: rows in the mart's order, of `known` films (or rentals) among `whole`.

    one_in: of many points every so many are shown; 1 is all of them.
    """

    chart: Chart
    rows: list[Row]
    known: int
    whole: int
    one_in: int = 1


@cache
def charts() -> dict[str, Chart]:
    """Every chart by name, in the order of the report."""
    texts = (files(__package__).joinpath(name).read_text("utf-8") for name in ("charts.toml", "rental_charts.toml"))
    found = {name: given for text in texts for name, given in tomllib.loads(text).items()}
    return {name: msgspec.convert({"name": name, **given}, Chart, strict=True) for name, given in found.items()}


def shown(coverage: Mapping[str, int]) -> dict[str, Chart]:
    """The charts of what a warehouse has: without rentals none of a shop; with rentals alone none of the films."""
    has_films, has_rentals = has(coverage)
    return {name: one for name, one in charts().items() if (has_rentals if one.is_of_rentals else has_films)}


def has(coverage: Mapping[str, int]) -> tuple[bool, bool]:
    """(films, rentals): which of them a warehouse has. An empty one is one of films that are still to come."""
    has_rentals = coverage["rentals"] > 0
    return coverage["films"] > 0 or not has_rentals, has_rentals


def read_chart(chart: Chart, ask: Ask, coverage: Mapping[str, int]) -> Answer:
    """The rows that the chart shows; `coverage` as `read_coverage` answers it."""
    conditions, one_in = [chart.where] if chart.where else [], 1
    if chart.form == "points":
        # The mart's order is by revenue: its first rows would be the large films alone.
        one_in = -(-coverage[chart.coverage] // chart.rows) or 1
        conditions += [f"film_id % {one_in:d} = 0"] if one_in > 1 else []
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = ask(f'select * from mart."{chart.mart}" {where} limit {chart.rows + (one_in > 1) * chart.rows:d}')  # noqa: S608
    return Answer(chart, rows, coverage[chart.coverage], coverage[whole_of(chart.coverage)], one_in)


def read_table(chart: Chart, ask: Ask) -> list[Row]:
    """The table behind a chart, in the mart's order: of points all of them, however few are drawn."""
    columns = ", ".join(f'"{column}"' for column in chart.table)
    where = f"where {chart.where}" if chart.where else ""
    limit = "" if chart.form == "points" else f"limit {chart.rows:d}"
    return ask(f'select {columns} from mart."{chart.mart}" {where} {limit}')  # noqa: S608
