"""The charts as PNGs: each answer with its title, what it says, and how many films it speaks of.

Pictures stand on figures of their own, so that nothing is shared with whoever else plots in the process.
"""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from taquilla.analysis.charts import Answer
from taquilla.analysis.coverage import whole_of
from taquilla.analysis.drawing_axes import INK, SOFT, Room, fit, style
from taquilla.analysis.drawing_forms import marks, name_of, put
from taquilla.analysis.drawing_importance import importance
from taquilla.analysis.drawing_words import drawable
from taquilla.analysis.fields import written
from taquilla.analysis.language import Language

DPI = 110
WIDTH_IN = 10.0
WAREHOUSE_FILE = "analisis_warehouse"
# What the picture of the whole shows: the first four of these that have anything to show.
_PANELS = (
    "budget_revenue",
    "genre_roi",
    "seasonality",
    "level_matrix",
    "genre_popularity",
    "genre_rating",
    "countries",
)
_SIDE_IN, _LINE_IN, _LINE_LETTERS = 0.3, 0.2, 134


def draw(answer: Answer, words: Language, file: Path) -> bool:
    """The answer as a PNG; False, and no file, where it has nothing to draw."""
    if not marks(answer):
        return False
    with matplotlib.rc_context(style(_texts(answer, words))):
        _save(picture(answer, words), file)
    return True


def draw_warehouse(answers: Mapping[str, Answer], words: Language, file: Path) -> bool:
    """Four charts on one PNG; False, and no file, where none has anything to draw."""
    shown = [answers[name] for name in _PANELS if name in answers and marks(answers[name])][:4]
    if not shown:
        return False
    with matplotlib.rc_context(style([text for answer in shown for text in _texts(answer, words)])):
        _save(panels(shown, words), file)
    return True


def draw_importance(rows: Sequence[Mapping[str, Any]], words: Language, file: Path, title: str, note: str = "") -> bool:
    """feature_importance.png: rows of `feature`, `importance_mean`, `importance_std`, the most important first.

    False, and no file, without rows.
    """
    if not rows:
        return False
    with matplotlib.rc_context(style([title, note, *(str(row["feature"]) for row in rows)])):
        _save(importances(rows, words, title, note), file)
    return True


def picture(answer: Answer, words: Language) -> Figure:
    """The figure of one answer, which has rows."""
    name = answer.chart.name
    title, sentence = (words.text(f"charts.{name}.{part}") for part in ("title", "sentence"))
    figure, room = _sheet(title, sentence, covered(answer, words), _height(answer))
    axes = figure.add_axes(room)
    put(axes, answer, words)
    fit(figure, axes, room)
    return figure


def importances(rows: Sequence[Mapping[str, Any]], words: Language, title: str, note: str = "") -> Figure:
    """The figure of what a model goes by; `draw_importance` says of which rows."""
    figure, room = _sheet(title, note, "", 1.4 + 0.36 * len(rows))
    axes = figure.add_axes(room)
    importance(axes, rows, words)
    fit(figure, axes, room)
    return figure


def panels(answers: Sequence[Answer], words: Language) -> Figure:
    """Up to four answers on one figure, two beside each other."""
    title, sentence = words.text("drawing.warehouse.title"), words.text("drawing.warehouse.sentence")
    figure, (left, bottom, width, height) = _sheet(title, sentence, "", 11.5, width=15.0)
    lines = -(-len(answers) // 2)
    for place, answer in enumerate(answers):
        down, right = divmod(place, 2)
        x, top = left + right * width * 0.515, bottom + height * (1 - down / lines)
        figure.text(x, top, words.text(f"charts.{answer.chart.name}.title"), fontsize=12.5, weight="bold", va="top")
        figure.text(x, top - 0.025, covered(answer, words), fontsize=8.5, color=SOFT, va="top")
        room = (x, top - height / lines + 0.025, width * 0.485, height / lines - 0.075)
        axes = figure.add_axes(room)
        put(axes, answer, words)
        fit(figure, axes, room)
    return figure


def covered(answer: Answer, words: Language) -> str:
    """How many things the answer speaks of, what part of all, and of how many points one is drawn."""
    known, whole = words.number(answer.known), words.number(answer.whole)
    said = [words.text(f"coverage.{answer.chart.coverage}", known=known, whole=whole)]
    if answer.whole and answer.chart.coverage != whole_of(answer.chart.coverage):
        said.append(words.text("drawing.share", share=part_of(words, answer.known, answer.whole)))
    if answer.one_in > 1:
        said.append(words.text(answer.one_in_text, count=words.number(answer.one_in)))
    return " ".join(said)


def part_of(words: Language, some: int, all_of_them: int) -> str:
    """What part of all they are, in per cent: all but one of many are not 100.0%, nor is one of many 0.0%."""
    part = some / all_of_them
    return words.share(part if some in (0, all_of_them) else min(max(part, 0.001), 0.999), 1)


def _height(answer: Answer) -> float:
    """Inches of paper for the marks."""
    chart, rows = answer.chart, marks(answer)
    if chart.form in ("bars", "dots", "boxes"):
        return 0.95 + 0.3 * max(len(rows), 3)
    if chart.form == "heat":
        return 1.6 + 0.32 * max(len({row[chart.down] for row in rows}), 6)
    return 6.5 if chart.form == "points" else 4.6


def _sheet(title: str, sentence: str, foot: str, height: float, width: float = WIDTH_IN) -> tuple[Figure, Room]:
    """An empty figure with its texts, and the room between them, of so many inches' height."""
    letters = round(_LINE_LETTERS * width / WIDTH_IN)
    said, note = (textwrap.wrap(drawable(text), letters) for text in (sentence, foot))
    head = 0.72 + _LINE_IN * len(said)
    base = 0.15 + _LINE_IN * len(note)
    whole = head + height + base
    figure = Figure((width, whole), DPI)
    FigureCanvasAgg(figure)
    x = _SIDE_IN / width

    def write(inches_down: float, text: str, va: Literal["top", "bottom"], **looks: Any) -> None:
        figure.text(x, 1 - inches_down / whole, text, va=va, **looks)

    write(0.2, drawable(title), "top", fontsize=15, weight="bold", color=INK)
    write(0.55, "\n".join(said), "top", fontsize=10, color=SOFT, linespacing=1.35)
    write(whole - 0.1, "\n".join(note), "bottom", fontsize=8.5, color=SOFT)
    return figure, (x, base / whole, 1 - 2 * x, height / whole)


def _texts(answer: Answer, words: Language) -> list[str]:
    """All that is written on the picture, for the fonts to be found."""
    chart = answer.chart
    names = [name_of(words, answer, row) for row in answer.rows] if chart.form in ("bars", "dots", "boxes") else []
    named = {"heat": (chart.down, chart.label), "lines": (chart.group,)}.get(chart.form, ())
    more = [written(words, column, row) for row in answer.rows for column in named if column]
    return names + more


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, format="png", pil_kwargs={"compress_level": 2})
