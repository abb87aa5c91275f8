"""What the report says, before it is written as text or as a page: key figures, and a section a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from taquilla.analysis.charts import TOPICS, Answer
from taquilla.analysis.drawing import covered, part_of
from taquilla.analysis.drawing_words import one_line
from taquilla.analysis.fields import is_text, written
from taquilla.analysis.kpis import KPIS, told
from taquilla.analysis.language import UNKNOWN, Language
from taquilla.analysis.report_findings import finding, ranking
from taquilla.warehouse.asking import Row

READING = ("known", "middle", "roi", "weighted")
# A cloud of points has thousands of rows; the rest of its table would be read by nobody.
MOST_ROWS = 400
MOST_POINTS = 50
MOST_SHORT = 26


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: `share` is how many of all films it is known of, in per cent."""

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
class Report:
    """All that is written; `topics` by name, with their sections in the order of the charts.

    built_in: how many of the films are of the built-in catalogue, of which less is known.
    """

    words: Language
    now: datetime
    films: int
    built_in: int
    figures: list[Figure]
    topics: dict[str, list[Section]]

    def reading(self) -> list[str]:
        """How to read the figures, in sentences."""
        popularity = "popularity_built_in" if self.built_in else "popularity"
        return [self.words.text(f"report.reading.{name}") for name in (*READING, popularity)]

    def note(self) -> str:
        """What is to be known of the films before anything else; empty where they are all TMDB's."""
        return self.words.text("built_in.text", films=self.words.number(self.built_in)) if self.built_in else ""

    def sections(self) -> list[Section]:
        """Every section, in the order of the report."""
        return [section for sections in self.topics.values() for section in sections]


def report_of(
    words: Language, now: datetime, kpis: Row, answers: Mapping[str, Answer], drawn: set[str], built_in: int = 0
) -> Report:
    """The report of these answers; `drawn` are the charts that have a picture."""
    sections = [_section(words, answer, name in drawn) for name, answer in answers.items()]
    topics = {topic: [section for section in sections if section.topic == topic] for topic in TOPICS}
    shown = {topic: of for topic, of in topics.items() if of}
    return Report(words, now, kpis["films"], built_in, _figures(words, kpis), shown)


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
        return answer.rows[-10:]
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
