"""What a model goes by: a bar a feature, with the spread of its measurements."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from taquilla.analysis.drawing_axes import BLUE, INK, name_ticks, write_numbers
from taquilla.analysis.drawing_words import shortened
from taquilla.analysis.language import Language


def importance(axes: Axes, rows: Sequence[Mapping[str, Any]], words: Language) -> None:
    """Draws rows of `feature`, `importance_mean` and `importance_std`, in their order from the top."""
    means, spreads = ([row[key] or 0.0 for row in rows] for key in ("importance_mean", "importance_std"))
    axes.barh(range(len(rows)), means, height=0.72, color=BLUE, xerr=spreads, ecolor=INK, capsize=2.5)
    name_ticks(axes.yaxis, [feature_name(words, str(row["feature"])) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(words.text("drawing.importance"))
    write_numbers(words, axes.xaxis, "two")


def feature_name(words: Language, feature: str) -> str:
    """The feature in words; where the texts have none, a fact's name, or else its own."""
    known = words.name("features", feature, words.name("fields", feature, words.name("columns", feature, feature)))
    return shortened(known, 44)
