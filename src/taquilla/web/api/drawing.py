"""A chart as it is drawn in a browser: every mark with its words, its figures and the page behind it."""

import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from taquilla.analysis.charts import Answer, Form, Subject
from taquilla.analysis.fields import kind_of, place_of, written
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Row

# The columns whose numbers and names have no order but the alphabet's; the others keep the mart's.
_ALPHABETICAL = frozenset({"genre", "country", "language"})


class Axis(BaseModel):
    """What an axis, a row of marks or a colour stands for; `names` are its places, where they are names, in order."""

    column: str
    title: str
    kind: str
    names: list[str] = []


class Mark(BaseModel):
    """A point, a bar or a cell. `written` says each of `values` in words; unknown is null and a dash.

    at: of lines, where it stands across: a year, a month counted from the year 0, or a share. x, y: the places of a
    heat map's cell among the names of its axes. group: its colour's place among the groups.
    """

    label: str
    detail: str = ""
    values: list[float | None]
    written: list[str]
    href: str | None = None
    at: float | None = None
    x: int | None = None
    y: int | None = None
    group: int | None = None


class Line(BaseModel):
    """A line through the points where the second value is `factor` times the first."""

    factor: float
    text: str


class Drawing(BaseModel):
    """A chart with all that its picture says, in one language. `empty` says why there is nothing to draw.

    measure: what its values are quantiles of, where they are. is_band: of three lines, the outer ones are its bounds.
    """

    name: str
    form: Form
    title: str
    sentence: str
    coverage: str
    label: Axis
    down: Axis | None
    groups: list[str]
    values: list[Axis]
    measure: str
    middle: float | None
    is_log: bool
    is_band: bool
    lines: list[Line]
    marks: list[Mark]
    empty: str | None


def drawing(words: Language, answer: Answer) -> Drawing:
    """The answer in words, ready to be drawn."""
    chart = answer.chart
    rows = [row for row in answer.rows if any(row[column] is not None for column in chart.values)]
    label, down = _axis(words, chart.label, rows, answer), _axis(words, chart.down, rows, answer)
    groups = _groups(words, chart.group, rows)
    marks = [_mark(words, answer, row) for row in rows]
    for mark, row in zip(marks, rows, strict=True):
        if down:
            mark.x = label.names.index(written(words, chart.label, row)) if label else None
            mark.y = down.names.index(written(words, chart.down, row))
        if chart.form == "lines":
            mark.at = place_of(kind_of(chart.label), row[chart.label])
        if chart.group:
            mark.group = groups.index(written(words, chart.group, row))
    return Drawing(
        name=chart.name,
        form=chart.form,
        title=words.text(f"charts.{chart.name}.title"),
        sentence=words.text(f"charts.{chart.name}.sentence"),
        coverage=coverage_text(words, answer),
        label=label or _named(words, chart.label),
        down=down,
        groups=groups,
        values=[_named(words, column) for column in chart.values],
        measure=_measure(words, chart.values),
        middle=chart.middle,
        is_log=chart.is_log,
        is_band=chart.is_band,
        lines=list(_lines(words, chart.name)),
        marks=marks,
        empty=None if marks else empty_text(words, chart.name),
    )


def coverage_text(words: Language, answer: Answer) -> str:
    """How many films, rentals or reviews the chart speaks of, and how many of them are drawn."""
    counts = {"known": words.number(answer.known), "whole": words.number(answer.whole)}
    text = words.text(f"coverage.{answer.chart.coverage}", **counts)
    if answer.one_in == 1:
        return text
    return f"{text} {words.text(answer.one_in_text, count=words.number(answer.one_in))}"


def empty_text(words: Language, name: str) -> str:
    """Why this chart has nothing to show."""
    return words.texts.get(f"charts.{name}.empty") or words.text("charts.empty")


def _named(words: Language, column: str, names: list[str] | None = None) -> Axis:
    return Axis(column=column, title=words.text(f"fields.{column}"), kind=kind_of(column), names=names or [])


def _measure(words: Language, columns: tuple[str, ...]) -> str:
    """Return on investment, for median_roi between its quartiles."""
    measured = next((column.removeprefix("median_") for column in columns if column.startswith("median_")), "")
    return words.texts.get(f"fields.{measured}", "") if len(columns) > 1 else ""


def _axis(words: Language, column: str, rows: list[Row], answer: Answer) -> Axis | None:
    """The axis of this column; of a heat map, with its places."""
    if not column:
        return None
    return _named(words, column, _places(words, column, rows) if answer.chart.form == "heat" else [])


def _places(words: Language, column: str, rows: list[Row]) -> list[str]:
    """Numbers in their order, names of the world in the alphabet's, other names in the mart's."""
    if rows and not isinstance(rows[0][column], str):
        rows = sorted(rows, key=lambda row: row[column])
    names = list(dict.fromkeys(written(words, column, row) for row in rows))
    return sorted(names, key=_plain) if kind_of(column) in _ALPHABETICAL else names


def _plain(name: str) -> str:
    """As the alphabet takes it: Á stands with A."""
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()


def _groups(words: Language, column: str, rows: list[Row]) -> list[str]:
    if not column:
        return []
    order = [text for key, text in words.texts.items() if key.startswith("bands.")]
    # In the mart's order, where the texts tell no other.
    found = dict.fromkeys(written(words, column, row) for row in rows)
    return sorted(found, key=lambda name: order.index(name) if name in order else len(order))


def _lines(words: Language, name: str) -> Iterator[Line]:
    for number, factor in ((1, 1.0), (2, 2.5)):
        if text := words.texts.get(f"charts.{name}.line_{number}"):
            yield Line(factor=factor, text=text)


def _mark(words: Language, answer: Answer, row: Row) -> Mark:
    chart = answer.chart
    return Mark(
        label=written(words, chart.label, row),
        detail=_detail(words, chart.label, row),
        values=[None if row[column] is None else float(row[column]) for column in chart.values],
        written=[written(words, column, row) for column in chart.values],
        href=page_behind(row, {chart.label, chart.down}, chart.subject),
    )


def _detail(words: Language, column: str, row: Row) -> str:
    """What tells two of one name apart: a film's year, the day of a place's burst."""
    if column == "title":
        return str(row.get("release_year") or "")
    return words.written("day", row["day"]) if column == "name" and "day" in row else ""


def page_behind(row: Row, names: set[str], subject: Subject = "films") -> str | None:
    """The page that tells more of what the columns `names` name: a film, a person, a place, or a list of them."""
    if subject == "rentals":
        column = next((name for name in ("title", "category", "rating") if name in names), "")
        return _listed("/rentals/films", {"q" if column == "title" else column: row.get(column)})
    if subject == "reviews":
        return _of_reviews(row, names)
    if "title" in names and "film_id" in row:
        return f"/films/{row['film_id']}"
    if "person_id" in row:
        return f"/people/{row['person_id']}"
    return _listed("/films", dict(_conditions(row, names)))


def _listed(path: str, asked: dict[str, Any]) -> str | None:
    known = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(known)}" if known else None


def place_address(venue_id: str) -> str:
    """The page of a place."""
    return f"/reviews/places/{quote(venue_id, safe='')}"


def _of_reviews(row: Row, names: set[str]) -> str | None:
    if "name" in names and row.get("venue_id"):
        return place_address(row["venue_id"])
    if "title" in names and row.get("film_id"):
        return f"/films/{row['film_id']}"
    return _listed("/reviews/places", {name: row.get(name) for name in ("city", "category") if name in names})


def _conditions(row: Row, names: set[str]) -> Iterator[tuple[str, Any]]:
    if "genre" in names:
        yield "genre", row["genre_id"]
    if "company" in names:
        yield "company_id", row["company_id"]
    if "language" in names:
        yield "language", row["original_language"]
    if "release_year" in names:
        yield from (("year_from", row["release_year"]), ("year_to", row["release_year"]))
    if "decade" in names:
        yield from (("year_from", row["decade"]), ("year_to", row["decade"] + 9))
