"""What the report says, before it is written as text or as a page: key figures, and a section a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from taquilla.analysis.charts import RENTAL_TOPICS, REVIEW_TOPICS, TOPICS, Answer
from taquilla.analysis.drawing import covered, part_of
from taquilla.analysis.drawing_words import one_line
from taquilla.analysis.fields import is_text, written
from taquilla.analysis.kpis import KPIS, goal_note, told, told_of_goals, told_of_reviews, told_of_shop
from taquilla.analysis.language import UNKNOWN, Language
from taquilla.analysis.report_findings import finding, ranking
from taquilla.warehouse.asking import Row

READING = ("known", "middle", "roi", "weighted")
SHOP_READING = ("amounts", "late", "copies", "traits")
REVIEW_READING = ("stars", "sentiment", "returning", "odd")
# A cloud of points has thousands of rows; the rest of its table would be read by nobody.
MOST_ROWS = 400
MOST_POINTS = 50
MOST_SHORT = 26


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: `share` is how many of all films it is known of, in per cent; empty where it is none of films."""

    label: str
    value: str
    share: str
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are read; `texts` says which columns are names and not numbers. `rows` are of `whole`."""

    head: tuple[str, ...]
    texts: tuple[bool, ...]
    rows: Sequence[tuple[str, ...]]
    whole: int


@dataclass(frozen=True, slots=True)
class Section:
    """A chart in words. Where it has nothing to show, `empty` says why, and the rest but its heading is empty."""

    name: str
    topic: str
    title: str
    sentence: str
    covered: str
    finding: str
    picture: str
    empty: str
    table: Table
    short: Table


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse has: the key figures of its films, shop and reviews, each None where it has none of them.

    built_in: how many of the films are of the built-in catalogue, of which less is known. is_generated: of the shop;
    are_generated: of the reviews. goals: all reviews against their goals, of the latest month that says something.
    """

    films: Row | None
    shop: Row | None
    built_in: int = 0
    is_generated: bool = False
    reviews: Row | None = None
    goals: list[Row] = field(default_factory=list)
    are_generated: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that is written; `topics` by name, with their sections in the order of the charts."""

    words: Language
    now: datetime
    known: Known
    figures: list[Figure]
    topics: dict[str, list[Section]]

    def made(self) -> str:
        """When it was made, and of how many films, rentals and reviews."""
        words, known = self.words, self.known
        said = [
            words.text(f"report.{name}", count=words.number(row[name]))
            for name, row in (("films", known.films), ("rentals", known.shop), ("reviews", known.reviews))
            if row is not None
        ]
        return " ".join([f"{words.moment(self.now)}.", *said])

    def reading(self) -> list[str]:
        """How to read the figures, in sentences."""
        popularity = "popularity_built_in" if self.known.built_in else "popularity"
        names = (*READING, popularity) if self.known.films else READING[:1]
        more = (*(SHOP_READING if self.known.shop else ()), *(REVIEW_READING if self.known.reviews else ()))
        return [self.words.text(f"report.reading.{name}") for name in (*names, *more)]

    def notes(self) -> list[tuple[str, str]]:
        """What is to be known of films, shop and reviews before anything else, each under its heading."""
        words, known = self.words, self.known
        said = []
        if known.built_in:
            text = words.text("built_in.text", films=words.number(known.built_in))
            said.append((words.text("built_in.title"), text))
        if known.is_generated:
            said.append((words.text("generated.title"), words.text("generated.text")))
        if known.are_generated:
            said.append((words.text("generated_reviews.title"), words.text("generated_reviews.text")))
        return said

    def sections(self) -> list[Section]:
        """Every section, in the order of the report."""
        return [section for sections in self.topics.values() for section in sections]


def report_of(words: Language, now: datetime, known: Known, answers: Mapping[str, Answer], drawn: set[str]) -> Report:
    """The report of these answers; `drawn` are the charts that have a picture."""
    sections = [_section(words, answer, name in drawn) for name, answer in answers.items()]
    every = (*TOPICS, *RENTAL_TOPICS, *REVIEW_TOPICS)
    topics = {topic: [section for section in sections if section.topic == topic] for topic in every}
    shown = {topic: of for topic, of in topics.items() if of}
    figures = _figures(words, known.films) if known.films else []
    of_shop = told_of_shop(words, known.shop) if known.shop else []
    of_reviews = told_of_reviews(words, known.reviews) if known.reviews else []
    figures += [Figure(kpi.label, kpi.value, "", kpi.note) for kpi in (*of_shop, *of_reviews)]
    figures += [
        Figure(goal.label, goal.value, "", goal_note(words, goal)) for goal in told_of_goals(words, known.goals)
    ]
    return Report(words, now, known, figures, shown)


def _figures(words: Language, kpis: Row) -> list[Figure]:
    shares = [_known_share(words, kpis, kpi.known) for kpi in KPIS]
    return [Figure(kpi.label, kpi.value, share, kpi.note) for kpi, share in zip(told(words, kpis), shares, strict=True)]


def _known_share(words: Language, kpis: Row, known: str) -> str:
    if not kpis["films"]:
        return UNKNOWN
    # What is counted, rather than measured, is counted over all films.
    return part_of(words, kpis[known] if known.startswith("films_with") else kpis["films"], kpis["films"])


def _section(words: Language, answer: Answer, is_drawn: bool) -> Section:
    chart = answer.chart
    empty = words.name("charts", f"{chart.name}.empty", words.text("charts.empty"))
    most = MOST_POINTS if chart.form == "points" else MOST_ROWS
    return Section(
        name=chart.name,
        topic=chart.topic,
        title=words.text(f"charts.{chart.name}.title"),
        sentence=words.text(f"charts.{chart.name}.sentence"),
        covered=covered(answer, words),
        finding=finding(answer, words) if is_drawn else "",
        picture=f"{chart.file}.png" if is_drawn else "",
        empty="" if is_drawn else empty,
        table=_table(words, answer, answer.rows[:most]),
        short=_table(words, answer, _short(answer)),
    )


def _short(answer: Answer) -> list[Row]:
    """The rows of a table in the text: the last years of a line, the highest cells of a heat map, else the first."""
    if answer.chart.form == "lines":
        label = answer.chart.label
        return sorted(answer.rows, key=lambda row: row[label])[-10:]
    if len(answer.rows) <= MOST_SHORT:
        return answer.rows
    return (ranking(answer) if answer.chart.form == "heat" else answer.rows)[:10]


def _table(words: Language, answer: Answer, rows: list[Row]) -> Table:
    columns = answer.chart.table
    return Table(
        head=tuple(words.text(f"fields.{column}") for column in columns),
        texts=tuple(is_text(column) for column in columns),
        rows=[tuple(one_line(written(words, column, row)) for column in columns) for row in rows],
        whole=len(answer.rows),
    )
