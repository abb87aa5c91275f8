"""The forms, one function each: the rows of an answer as marks on axes."""

from collections.abc import Callable, Sequence
from typing import Any

import seaborn as sns  # type: ignore[import-untyped]
from matplotlib.axes import Axes

from taquilla.analysis.charts import Answer
from taquilla.analysis.drawing_axes import (
    BLUE,
    COLOURS,
    GREY,
    INK,
    ORANGE,
    RED,
    SOFT,
    name_ticks,
    write_numbers,
    write_powers,
)
from taquilla.analysis.drawing_heat import heat
from taquilla.analysis.drawing_lines import legend, lines
from taquilla.analysis.drawing_words import drawable, shortened
from taquilla.analysis.fields import kind_of, written
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Row

NAME_CELLS = 36
_BANDS = {"under 1x": RED, "1x to 2.5x": ORANGE, "2.5x and more": BLUE, False: RED, True: BLUE}


def marks(answer: Answer) -> list[Row]:
    """The rows that can be drawn: those with the figures that their form needs."""
    chart = answer.chart
    needed = any if chart.form in ("dots", "lines") else all
    least = 0 if chart.is_log else float("-inf")
    return [
        row for row in answer.rows if needed(row[value] is not None and row[value] > least for value in chart.values)
    ]


def name_of(words: Language, answer: Answer, row: Row) -> str:
    """What a row is called: two films of one title are told apart by their years, two bursts by their days."""
    column = answer.chart.label
    if kind_of(column) == "month":
        return short_month(words, row[column])
    return shortened(written(words, column, row), NAME_CELLS) + detail_of(words, answer, row)


def detail_of(words: Language, answer: Answer, row: Row) -> str:
    """What tells two of one name apart, behind it: a film's year, the day of a place's burst."""
    column = answer.chart.label
    if column == "title" and row.get("release_year"):
        return f" ({row['release_year']})"
    return f" ({words.written('day', row['day'])})" if column == "name" and row.get("day") else ""


def short_month(words: Language, month: int) -> str:
    """Jan or Ene: English and Spanish both take the first three letters."""
    return words.written("month", month)[:3]


def put(axes: Axes, answer: Answer, words: Language) -> None:
    """Draws the answer on these axes."""
    _FORMS[answer.chart.form](axes, answer, words, marks(answer))


def _bars(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    (value,) = answer.chart.values
    ends, foot = [row[value] for row in rows], answer.chart.middle or 0
    colours = [BLUE if end >= foot else RED for end in ends]
    axes.barh(range(len(rows)), [end - foot for end in ends], left=foot, height=0.72, color=colours)
    _across(axes, answer, words, rows)
    kind = kind_of(value)
    for place, end in enumerate(ends):
        _beside(axes, end, place, words.written(kind, end), is_left=end < foot)
    low, high = min(foot, *ends), max(foot, *ends)
    room = 0.14 * ((high - low) or 1)
    axes.set_xlim(low - room * (low < foot), high + room)
    if answer.chart.middle is not None:
        axes.axvline(foot, color=INK, linewidth=0.8)
    write_numbers(words, axes.xaxis, kind)


def _dots(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    values = answer.chart.values
    for place, row in enumerate(rows):
        known = [row[value] for value in values if row[value] is not None]
        axes.plot([min(known), max(known)], [place, place], color=GREY, linewidth=1.6, zorder=1)
    for value, colour in zip(values, COLOURS, strict=False):
        spots = {place: row[value] for place, row in enumerate(rows) if row[value] is not None}
        axes.scatter(list(spots.values()), list(spots), s=46, color=colour, zorder=2, label=_field(words, value))
    if answer.chart.is_log:
        axes.set_xscale("log")
    _across(axes, answer, words, rows)
    kind = kind_of(values[0])
    (write_powers if answer.chart.is_log else write_numbers)(words, axes.xaxis, kind)
    if len(values) > 1:
        axes.set_xlabel("")
        legend(axes)
    else:
        for place, row in enumerate(rows):
            _beside(axes, row[values[0]], place, words.written(kind, row[values[0]]), gap=8)


def _columns(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    (value,) = answer.chart.values
    heights, kind = [row[value] for row in rows], kind_of(answer.chart.values[0])
    sns.barplot(x=range(len(rows)), y=heights, errorbar=None, saturation=1, color=BLUE, width=0.72, ax=axes)
    name_ticks(axes.xaxis, [name_of(words, answer, row) for row in rows])
    axes.set(xlabel="", ylabel=_field(words, value))
    axes.grid(visible=False, axis="x")
    for place, height in enumerate(heights):
        axes.annotate(words.written(kind, height), (place, height), (0, 3), textcoords="offset points",
                      ha="center", va="bottom" if height >= 0 else "top", fontsize=8, color=SOFT)  # fmt: skip
    axes.margins(y=0.1)
    write_numbers(words, axes.yaxis, kind)


def _points(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    chart = answer.chart
    across, up = chart.values
    groups = {row[chart.group]: written(words, chart.group, row) for row in rows}
    order = [name for name in _BANDS if name in groups] + sorted(set(groups) - set(_BANDS))
    sns.scatterplot(
        x=[row[across] for row in rows], y=[row[up] for row in rows], hue=[row[chart.group] for row in rows],
        hue_order=order, palette=dict(zip(order, [_BANDS.get(name, GREY) for name in order], strict=True)),
        s=13, alpha=0.45, linewidth=0, ax=axes,
    )  # fmt: skip
    handles, _ = axes.get_legend_handles_labels()
    for handle in handles:
        handle.set(alpha=1, markersize=7)
    # Few films are cheap and take much: there is room.
    axes.legend(handles, [groups[name] for name in order], loc="upper left", frameon=True, edgecolor="none")
    if chart.is_log:
        axes.set(xscale="log", yscale="log")
        _around_one(axes.set_xlim, [row[across] for row in rows])
        _around_one(axes.set_ylim, [row[up] for row in rows])
    axes.set(xlabel=_field(words, across), ylabel=_field(words, up))
    write = write_powers if chart.is_log else write_numbers
    write(words, axes.xaxis, kind_of(across))
    write(words, axes.yaxis, kind_of(up))
    _multiples(axes, chart.name, words)


def _around_one(limit: Callable[[float, float], object], values: Sequence[float]) -> None:
    """A decade on either side of a lone value: between two ends that are one, neither ticks nor lines can be drawn."""
    if min(values) == max(values):
        limit(values[0] / 10, values[0] * 10)


def _multiples(axes: Axes, name: str, words: Language) -> None:
    """The lines of 1 and 2.5 times across what the axes show, where the texts name them."""
    across, up = axes.get_xlim(), axes.get_ylim()
    for key, times in (("line_1", 1.0), ("line_2", 2.5)):
        label = words.texts.get(f"charts.{name}.{key}")
        first, last = max(across[0], up[0] / times), min(across[1], up[1] / times)
        if label and first < last:
            axes.plot([first, last], [first * times, last * times], color=INK, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(label, (last, last * times), (4, 0), textcoords="offset points", va="center", fontsize=9)
    # A plot makes room around itself, and the lines would end before the edge.
    axes.set(xlim=across, ylim=up)


def _boxes(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    names = ("whislo", "q1", "med", "q3", "whishi")
    boxes = [dict(zip(names, (row[value] for value in answer.chart.values), strict=True)) for row in rows]
    axes.bxp(boxes, positions=range(len(rows)), orientation="horizontal", showfliers=False, patch_artist=True,
             widths=0.62, manage_ticks=False, boxprops={"facecolor": BLUE, "alpha": 0.55, "edgecolor": BLUE},
             medianprops={"color": INK, "linewidth": 2}, whiskerprops={"color": GREY},
             capprops={"color": GREY})  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    _across(axes, answer, words, rows)
    kind = kind_of(answer.chart.values[2])
    axes.set_xlabel(_field(words, answer.chart.values[2]))
    low, high = min(0, *(box["whislo"] for box in boxes)), max(box["whishi"] for box in boxes)
    # One long whisker would press all boxes flat: it is cut, and its end is written.
    edge = min(high, 1.6 * max(box["q3"] for box in boxes)) if max(box["q3"] for box in boxes) > 0 else high
    axes.set_xlim(low - 0.03 * (edge - low), edge + 0.03 * ((edge - low) or 1))
    for place, box in enumerate(boxes):
        if box["whishi"] > edge:
            axes.annotate(f"→ {words.written(kind, box['whishi'])}", (edge, place), (0, 5), color=SOFT, fontsize=7.5,
                          textcoords="offset points", ha="right", va="bottom")  # fmt: skip
    write_numbers(words, axes.xaxis, kind)


def _across(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    """A name a row, the first at the top."""
    name_ticks(axes.yaxis, [name_of(words, answer, row) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    label = answer.chart.label
    axes.set(
        xlabel=_field(words, answer.chart.values[0]), ylabel=_field(words, label) if kind_of(label) == "votes" else ""
    )
    axes.spines["left"].set_visible(False)


def _beside(axes: Axes, end: float, place: int, text: str, *, is_left: bool = False, gap: int = 3) -> None:
    axes.annotate(text, (end, place), (-gap if is_left else gap, 0), textcoords="offset points", va="center",
                  ha="right" if is_left else "left", fontsize=8.5, color=SOFT)  # fmt: skip


def _field(words: Language, column: str) -> str:
    return drawable(words.text(f"fields.{column}"))


_FORMS: dict[str, Callable[[Axes, Answer, Language, list[Row]], Any]] = {
    "bars": _bars,
    "dots": _dots,
    "columns": _columns,
    "lines": lines,
    "points": _points,
    "boxes": _boxes,
    "heat": heat,
}
