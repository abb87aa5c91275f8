"""What the pictures have in common: their style, how axes write numbers, and how a plot finds its room."""

import re
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, Formatter, LogLocator, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

from taquilla.analysis.drawing_words import drawable, families
from taquilla.analysis.language import DECIMALS, SHARE_DECIMALS, Language

# Left, bottom, width and height, as parts of the figure.
Room = tuple[float, float, float, float]

INK, SOFT, LINE = "#221d1a", "#5c544f", "#d9d3cc"
# Okabe and Ito's, which seaborn has as "colorblind": told apart with every kind of colour blindness.
BLUE, ORANGE, GREEN, RED, GREY = "#0173b2", "#de8f05", "#029e73", "#d55e00", "#949494"
COLOURS = (BLUE, ORANGE, GREEN, RED, GREY)


def style(texts: Sequence[str]) -> Any:
    """Matplotlib's settings, by their names, for a picture with these texts; a dollar sign in a title is no formula."""
    return {
        "font.family": families(texts),
        "font.size": 9.5,
        "text.parse_math": False,
        "text.usetex": False,
        # Hinting takes a fifth of the time of a picture, and at this size shows little.
        "text.hinting": "no_hinting",
        "text.color": INK,
        "axes.edgecolor": LINE,
        "axes.labelcolor": SOFT,
        "axes.labelsize": 9.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
    }


def write_numbers(words: Language, axis: Any, kind: str, most: int = 6) -> None:
    """Ticks of an axis as this language writes their kind, without idle zeros."""
    axis.set_major_locator(MaxNLocator(most, steps=(1, 2, 5, 10), integer=kind in ("whole", "year")))
    axis.set_major_formatter(_Ticks(words, kind))


def write_powers(words: Language, axis: Any, kind: str) -> None:
    """The same on a logarithmic axis: a tick a power of ten, and at 2 and 5 where there are few."""
    least, most = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if most > 300 * least else (1.0, 2.0, 5.0), numticks=9))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(_Ticks(words, kind))


def name_ticks(axis: Any, names: Sequence[str], shift: float = 0.0) -> None:
    """A name at each whole number from 0, moved by `shift`."""
    axis.set_major_locator(FixedLocator([place + shift for place in range(len(names))]))
    axis.set_ticklabels([drawable(name) for name in names])
    axis.set_tick_params(length=0)


class _Ticks(Formatter):
    """Writes ticks with as many decimals as tell them apart."""

    def __init__(self, words: Language, kind: str) -> None:
        self._words, self._kind = words, kind
        self._mark = words.texts["format.decimal"]
        self._idle = re.compile(rf"{re.escape(self._mark)}(\d*?)0*(?!\d)")

    def __call__(self, value: float, pos: int | None = None) -> str:
        return self._idle.sub(lambda found: self._mark + found[1] if found[1] else "", self._written(value))

    def _written(self, value: float) -> str:
        if self._kind == "year":
            return f"{value:.0f}"
        if self._kind in DECIMALS:
            return self._words.number(value, 4)
        if self._kind in SHARE_DECIMALS:
            return self._words.share(value, 4)
        return self._words.written(self._kind, value)


def fit(figure: Figure, axes: Axes, room: Room) -> None:
    """Sets the axes so that they, their labels and their legend fill this room of the figure."""
    wanted = Bbox.from_bounds(*room)
    axes.set_position(wanted)
    taken = axes.get_tightbbox()
    if taken is None:
        return
    over = taken.transformed(figure.transFigure.inverted())
    axes.set_position(
        Bbox.from_extents(
            wanted.x0 + max(0, wanted.x0 - over.x0),
            wanted.y0 + max(0, wanted.y0 - over.y0),
            wanted.x1 - max(0, over.x1 - wanted.x1),
            wanted.y1 - max(0, over.y1 - wanted.y1),
        )
    )
