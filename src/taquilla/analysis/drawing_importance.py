"""What a model goes by: a bar a feature, with the spread of its measurements."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from taquilla.analysis.drawing_axes import BLUE, INK, name_ticks, write_numbers
from taquilla.analysis.drawing_words import one_line
from taquilla.analysis.fields import feature_name
from taquilla.analysis.language import Language

# Of a line; a longer name takes two, as cut short it might read like another one.
LETTERS = 40


def importance(axes: Axes, rows: Sequence[Mapping[str, Any]], words: Language) -> None:
    """Draws rows of `feature`, `importance_mean` and `importance_std`, in their order from the top."""
    means, spreads = ([row[key] or 0.0 for row in rows] for key in ("importance_mean", "importance_std"))
    axes.barh(range(len(rows)), means, height=0.72, color=BLUE, xerr=spreads, ecolor=INK, capsize=2.5)
    name_ticks(axes.yaxis, [_label(words, str(row["feature"])) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(words.text("drawing.importance"))
    write_numbers(words, axes.xaxis, "two")


def _label(words: Language, feature: str) -> str:
    return "\n".join(textwrap.wrap(one_line(feature_name(words, feature)), LETTERS))
