"""Lines over time or over shares: one a measure, or one a group."""

from collections.abc import Mapping, Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from taquilla.analysis.charts import Answer
from taquilla.analysis.drawing_axes import BLUE, COLOURS, write_numbers
from taquilla.analysis.drawing_words import drawable, shortened
from taquilla.analysis.fields import MONTHS, kind_of, place_of, written
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Row

_NAME_CELLS = 26
# A line's name with its points, by their places.
Series = tuple[str, Mapping[float, float | None]]


def lines(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    """Draws the rows as lines."""
    chart = answer.chart
    kind, values = kind_of(chart.label), chart.values
    places = _places(kind, [place_of(kind, row[chart.label]) for row in rows])
    drawn = _groups(answer, words, rows) if chart.group else _measures(answer, words, rows)
    if chart.is_band:
        (low, lows), middle, (high, highs) = drawn
        axes.fill_between(places, _heights(lows, places), _heights(highs, places), color=BLUE, alpha=0.18, linewidth=0,
                          label=f"{low} – {high}")  # fmt: skip
        drawn = [middle]
    for (name, points), colour in zip(drawn, COLOURS, strict=False):
        axes.plot(places, _heights(points, places), color=colour, linewidth=1.8, marker=".", markersize=5, label=name)
    _write_places(axes, words, kind)
    write_numbers(words, axes.yaxis, kind_of(values[0]))
    axes.set_ylim(bottom=None if chart.is_band else 0)
    axes.set_xlabel("" if _is_time(kind) else drawable(words.text(f"fields.{chart.label}")))
    is_one = len(values) == 1
    axes.set_ylabel(drawable(words.text(f"fields.{values[0]}")) if is_one else "")
    if len(drawn) > 1 or not is_one:
        legend(axes, beside=len(COLOURS) if chart.group else 3)


def legend(axes: Axes, beside: int = 3) -> None:
    """The names of the lines or dots, above the plot, so many beside each other."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=beside, borderaxespad=0.2, handlelength=1.5)


def _is_time(kind: str) -> bool:
    return kind in ("year", "year_month")


def _places(kind: str, found: Sequence[float]) -> list[float]:
    """All places from the first to the last: a year or month that is not there breaks the line."""
    return list(range(int(min(found)), int(max(found)) + 1)) if _is_time(kind) else sorted(found)


def _measures(answer: Answer, words: Language, rows: list[Row]) -> list[Series]:
    label, kind = answer.chart.label, kind_of(answer.chart.label)
    return [
        (drawable(words.text(f"fields.{value}")), {place_of(kind, row[label]): row[value] for row in rows})
        for value in answer.chart.values
    ]


def _groups(answer: Answer, words: Language, rows: list[Row]) -> list[Series]:
    """A line for each group, in the mart's order."""
    chart, found = answer.chart, dict[str, dict[float, float | None]]()
    for row in rows:
        name = drawable(shortened(written(words, chart.group, row), _NAME_CELLS))
        found.setdefault(name, {})[place_of(kind_of(chart.label), row[chart.label])] = row[chart.values[0]]
    return list(found.items())


def _heights(points: Mapping[float, float | None], places: Sequence[float]) -> list[float]:
    return [float("nan") if points.get(place) is None else points[place] or 0.0 for place in places]


def _write_places(axes: Axes, words: Language, kind: str) -> None:
    if kind != "year_month":
        write_numbers(words, axes.xaxis, kind, 10)
        return
    axes.xaxis.set_major_locator(MaxNLocator(9, steps=(1, 2, 3, 6, 10), integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: words.written(kind, _month(round(place)))))


def _month(place: int) -> date:
    return date(place // MONTHS, place % MONTHS + 1, 1)
