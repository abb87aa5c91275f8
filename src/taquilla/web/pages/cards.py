"""The cards of a page: each a chart with its title, its sentence, how many it speaks of, and its figures."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import product, takewhile

from taquilla.analysis.charts import Answer, Chart, Subject, read_chart, shown
from taquilla.analysis.fields import is_text, written
from taquilla.analysis.language import UNKNOWN, Language
from taquilla.web.api.drawing import Drawing, drawing, page_behind
from taquilla.web.kept import kept
from taquilla.web.present import coverage_of
from taquilla.web.reader import Session

# Of thousands of points the page lists the first; all of them are in the data.
ROWS_OF_A_TABLE = 200
COLUMNS_OF_A_TELEPHONE = 12
# The steps in which a chart is given its height before it is drawn: page.css has a class for each.
STEP_PX = 40
# So many cards are parted in two in the best way of all; there are 2 ** (n - 1).
CARDS_TO_PART = 10
_FRAME_PX = {"bars": 70, "dots": 110, "boxes": 70, "heat": 220}
_ROW_PX = {"bars": 30, "dots": 30, "boxes": 30, "heat": 28}
# Title, sentence, coverage.
_AROUND_PX = 200
_FIXED_PX = {"columns": 360, "lines": 360, "points": 520}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in words, and the page behind it."""

    text: str
    is_text: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart: headings, rows, and how many rows there are in all."""

    headings: list[Cell]
    rows: list[list[Cell]]
    total: int


@dataclass(frozen=True, slots=True)
class Card:
    """A chart on a page; its marks are fetched when it is drawn."""

    drawing: Drawing
    table: Table
    height_px: int

    @property
    def is_broad(self) -> bool:
        """Whether a telephone is too narrow for its columns, so that it scrolls sideways."""
        return len(self.drawing.label.names) > COLUMNS_OF_A_TELEPHONE

    @property
    def is_wide(self) -> bool:
        """Whether it takes the page's whole width."""
        return self.drawing.form == "points" or self.is_broad

    @property
    def height(self) -> str:
        """The class that keeps the chart's place."""
        return f"h-{self.height_px // STEP_PX}"


def read_answers(session: Session, names: Iterable[str]) -> dict[str, Answer]:
    """The answers to these charts, but for those of which this warehouse has nothing, or not the mart."""
    version, present, coverage = (
        session.version,
        set(kept(session.version, "marts", session.marts)),
        coverage_of(session),
    )
    known = {name: chart for name, chart in shown(coverage).items() if chart.mart in present}

    def read(chart: Chart) -> Answer:
        return kept(version, ("answer", chart.name), lambda: read_chart(chart, session.rows, coverage))

    return {name: read(known[name]) for name in names if name in known}


def read_cards(session: Session, words: Language, names: Iterable[str]) -> list[Card]:
    """The cards of these charts, but for those whose mart this warehouse has not."""
    answers = read_answers(session, names)
    return [
        kept(session.version, ("card", name, words.code), partial(card, words, answer))
        for name, answer in answers.items()
    ]


def card(words: Language, answer: Answer) -> Card:
    """The card of this answer."""
    drawn = drawing(words, answer)
    is_matrix = drawn.down is not None
    table = _matrix(drawn) if is_matrix else _table(words, answer)
    return Card(drawn.model_copy(update={"marks": []}), table, _height(drawn))


def columns(cards: list[Card]) -> list[list[list[Card]]]:
    """The cards in blocks from top to bottom: those that begin wide, then two columns, then the other wide ones."""
    begin = list(takewhile(lambda one: one.is_wide, cards))
    rest = [one for one in cards[len(begin) :] if not one.is_wide]
    end = [one for one in cards[len(begin) :] if one.is_wide]
    return [[[one]] for one in begin] + ([_two_columns(rest)] if rest else []) + [[[one]] for one in end]


def _two_columns(cards: list[Card]) -> list[list[Card]]:
    """Of all ways to part the cards, each column in the given order, the one that leaves the least below."""
    if len(cards) == 1:
        return [cards]
    ways = product((0, 1), repeat=min(len(cards), CARDS_TO_PART) - 1)
    sides = min(((0, *way) for way in ways), key=lambda way: _left_below(cards, way))
    # More cards than may be tried go to and fro.
    sides += tuple(place % 2 for place in range(len(cards) - len(sides)))
    return [[one for one, side in zip(cards, sides, strict=True) if side == column] for column in (0, 1)]


def _left_below(cards: list[Card], way: tuple[int, ...]) -> int:
    heights = [one.height_px + _AROUND_PX for one in cards]
    return abs(sum(height * (1 - 2 * side) for height, side in zip(heights, way, strict=False)))


def _height(drawn: Drawing) -> int:
    rows = len(drawn.down.names) if drawn.down else len(drawn.marks)
    form = drawn.form
    pixels = _FIXED_PX.get(form) or _FRAME_PX[form] + max(rows, 3) * _ROW_PX[form]
    return 0 if drawn.empty else math.ceil(pixels / STEP_PX) * STEP_PX


def _table(words: Language, answer: Answer) -> Table:
    chart = answer.chart
    headings = [Cell(words.text(f"fields.{column}"), is_text(column)) for column in chart.table]
    rows = [
        [_cell(words, column, row, chart.label == column, chart.subject) for column in chart.table]
        for row in answer.rows[:ROWS_OF_A_TABLE]
    ]
    return Table(headings, rows, len(answer.rows))


def _cell(words: Language, column: str, row: dict[str, object], is_label: bool, subject: Subject) -> Cell:
    href = page_behind(row, {column}, subject) if is_label else None
    return Cell(written(words, column, row), is_text(column), href)


def _matrix(drawn: Drawing) -> Table:
    """A heat map as a table: the names that go down, and a column for each that goes across."""
    down = drawn.down.names if drawn.down else []
    cells = {(mark.y, mark.x): mark for mark in drawn.marks}
    headings = [
        Cell(drawn.down.title if drawn.down else "", True),
        *map(partial(Cell, is_text=False), drawn.label.names),
    ]
    rows = []
    for y, name in enumerate(down):
        found = [cells.get((y, x)) for x in range(len(drawn.label.names))]
        figures = [Cell(m.written[0], False, m.href) if m else Cell(UNKNOWN, False) for m in found]
        rows.append([Cell(name, True), *figures])
    return Table(headings, rows, len(rows))
