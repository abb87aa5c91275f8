"""The heat map: two names and a value, from light to dark, or about a middle."""

from typing import Any

import numpy as np
import seaborn as sns  # type: ignore[import-untyped]
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, LogNorm, Normalize

from taquilla.analysis.charts import Answer, Chart
from taquilla.analysis.drawing_axes import LINE, SOFT, name_ticks, write_numbers, write_powers
from taquilla.analysis.drawing_words import shortened
from taquilla.analysis.fields import is_text, kind_of, written
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Row

NAME_CELLS = 22
# More cells than this are too small for their numbers.
MOST_WRITTEN = 230
_ORDERED = ("month", "decade", "year", "year_month", "weekday", "hour", "store", "whole")
# Colours of a ratio end at this many times, and at one in this many.
WIDEST = 5


def heat(axes: Axes, answer: Answer, words: Language, rows: list[Row]) -> None:
    """Draws the rows as cells. A cell that the mart does not have stays empty."""
    chart = answer.chart
    across, down = _places(words, chart.label, rows), _places(words, chart.down, rows)
    if set(across) == set(down):
        down = across  # so that the diagonal is one
    grid = np.full((len(down), len(across)), np.nan)
    for row in rows:
        place = list(down).index(written(words, chart.down, row)), list(across).index(written(words, chart.label, row))
        grid[place] = row[chart.values[0]]
    cells = axes.pcolormesh(np.ma.masked_invalid(_within(chart, grid)), cmap=_colours(chart), norm=_norm(chart, grid),
                            edgecolors="white", linewidth=0.8)  # fmt: skip
    _frame(axes, list(across), list(down), words, chart)
    if grid.size <= MOST_WRITTEN:
        _write(axes, words, grid, cells, kind_of(chart.values[0]))
    _key(axes, words, chart, cells)


def _places(words: Language, column: str, rows: list[Row]) -> dict[str, Any]:
    """The names along one side: names in the mart's order, numbers in their own."""
    found = {written(words, column, row): row[column] for row in rows}
    if kind_of(column) in _ORDERED:
        return dict(sorted(found.items(), key=lambda name: name[1]))
    return found


def _colours(chart: Chart) -> Any:
    return sns.color_palette("mako_r" if chart.middle is None else "vlag", as_cmap=True)


def _norm(chart: Chart, grid: Any) -> Normalize:
    least, most = float(np.nanmin(grid)), float(np.nanmax(grid))
    if chart.middle is None:
        return Normalize(min(0.0, least), most or 1.0)
    if _is_ratio(chart):
        return LogNorm(chart.middle / WIDEST, chart.middle * WIDEST)
    return CenteredNorm(chart.middle, max(abs(least - chart.middle), abs(most - chart.middle)) or 1.0)


def _is_ratio(chart: Chart) -> bool:
    """Twice as often is as far from the middle as half as often."""
    return chart.middle is not None and kind_of(chart.values[0]) == "times"


def _within(chart: Chart, grid: Any) -> Any:
    """The values that colours tell apart: one pair far beyond the others would make the rest alike."""
    if chart.middle is None or not _is_ratio(chart):
        return grid
    return np.clip(grid, chart.middle / WIDEST, chart.middle * WIDEST)


def _frame(axes: Axes, across: list[str], down: list[str], words: Language, chart: Chart) -> None:
    axes.set_facecolor("#f3efea")
    axes.grid(visible=False)
    most = 3 if kind_of(chart.label) == "month" else NAME_CELLS
    names = [name[:3] if most == 3 else shortened(name, NAME_CELLS) for name in across]
    name_ticks(axes.xaxis, names, shift=0.5)
    name_ticks(axes.yaxis, [shortened(name, NAME_CELLS) for name in down], shift=0.5)
    axes.set_ylim(len(down), 0)
    if len(names) > 4 and len(names) * max(map(len, names)) > 85:
        axes.xaxis.set_tick_params(rotation=40)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set(
        xlabel=words.text(f"fields.{chart.label}") if is_text(chart.label) else "",
        ylabel=words.text(f"fields.{chart.down}"),
    )


def _write(axes: Axes, words: Language, grid: Any, cells: Any, kind: str) -> None:
    shades = cells.cmap(cells.norm(grid))
    size = 10 if grid.size <= 50 else 7.5
    for (place, column), value in np.ndenumerate(grid):
        if np.isfinite(value):
            # ITU-R BT.709's weights: how light the eye finds the cell.
            light = float(np.dot(shades[place, column][:3], (0.2126, 0.7152, 0.0722)))
            shown = int(value) if kind == "whole" else value
            axes.text(column + 0.5, place + 0.5, words.written(kind, shown), ha="center", va="center",
                      fontsize=size, color="white" if light < 0.5 else "#221d1a")  # fmt: skip


def _key(axes: Axes, words: Language, chart: Chart, cells: Any) -> None:
    side = axes.inset_axes((1.02, 0.0, 0.02, 1.0))
    bar = cells.figure.colorbar(cells, cax=side, extend="both" if _is_ratio(chart) else "neither")
    bar.outline.set(edgecolor=LINE)
    write = write_powers if _is_ratio(chart) else write_numbers
    write(words, bar.ax.yaxis, kind_of(chart.values[0]))
    bar.set_label(words.text(f"fields.{chart.values[0]}"), color=SOFT)
