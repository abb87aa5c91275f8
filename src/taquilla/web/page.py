"""/: the page, made on the server from the marts, in English or Spanish."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError
from taquilla.web.language import Language
from taquilla.web.reader import Row, Session
from taquilla.web.rendering import TMDB_NOTICE, Words, render
from taquilla.web.sections import COVERAGE, SECTIONS, TILES, Section, Shown
from taquilla.web.state import Reader

# The built-in catalogue's films have ids from here on, above every id that TMDB has given.
FIRST_BUILT_IN_ID = 2**40

__all__ = ["FIRST_BUILT_IN_ID", "TMDB_NOTICE", "router"]

_log = logging.getLogger(__name__)
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Figures:
    """What the warehouse says to the page, before any language."""

    loaded_at: datetime
    built_in_films: int
    coverage: Row
    kpis: Row
    marts: Mapping[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in words; `level` is the seeds' label where it is one, for its colour."""

    text: str
    column: Shown
    detail: str = ""
    level: str = ""


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def index(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The page; 503 and the next step where there is no warehouse."""
    try:
        with reader.session() as session:
            figures = read_figures(session)
    except (TaquillaError, DatabaseError) as error:
        _log.warning("The page has no warehouse: %s", error)
        return render(request, "unavailable.html", 503)
    return render(request, "page.html", **page(words, figures))


def read_figures(session: Session) -> Figures:
    """The marts of the page that this warehouse has, and how many films each speaks of."""
    present = set(session.marts())
    counts = ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in COVERAGE.items())
    films = session.rows(
        f"""select {counts}, count(*) filter (where film_id >= {FIRST_BUILT_IN_ID:d}) as built_in
        from movies where not is_removed"""  # noqa: S608 - constants of `sections`
    )[0]
    kpis = session.rows("select * from mart.kpis") if "kpis" in present else []
    marts = {section.mart: _rows(session, section) for section in SECTIONS if section.mart in present}
    return Figures(session.version.loaded_at, films.pop("built_in"), films, kpis[0] if kpis else {}, marts)


def _rows(session: Session, section: Section) -> list[Row]:
    return session.rows(f"select * from mart.{section.mart} limit {section.rows:d}")  # noqa: S608 - constants


def page(words: Language, figures: Figures) -> dict[str, Any]:
    """What the template shows, in words."""
    return {
        "films": words.number(figures.coverage["films"]),
        "loaded_at": words.moment(figures.loaded_at),
        "loaded_at_iso": figures.loaded_at.isoformat(timespec="seconds"),
        "built_in_films": words.number(figures.built_in_films) if figures.built_in_films else "",
        "tiles": list(_tiles(words, figures)),
        "sections": [_section(words, figures, section) for section in SECTIONS if section.mart in figures.marts],
    }


def _tiles(words: Language, figures: Figures) -> Iterator[dict[str, str]]:
    kpis = figures.kpis or {"films": figures.coverage["films"]}
    for tile in TILES:
        if not {tile.column, tile.known, tile.films} <= kpis.keys():
            continue
        counts = {"known": words.number(kpis[tile.known]), "films": words.number(kpis[tile.films])}
        yield {
            "label": words.text(f"kpis.{tile.column}.label"),
            "value": words.written(tile.kind, kpis[tile.column]),
            "note": words.text(f"kpis.{tile.column}.note", **counts),
        }


def _section(words: Language, figures: Figures, section: Section) -> dict[str, Any]:
    coverage = {name: words.number(figures.coverage[name]) for name in (section.coverage, "films")}
    return {
        "name": section.mart,
        "is_wide": section.is_wide,
        "title": words.text(f"sections.{section.mart}.title"),
        "sentence": words.text(f"sections.{section.mart}.sentence"),
        "coverage": words.text(
            f"coverage.{section.coverage}", known=coverage[section.coverage], films=coverage["films"]
        ),
        "columns": [(shown, words.text(f"headings.{shown.heading}")) for shown in section.shown],
        "rows": [[_cell(words, shown, row) for shown in section.shown] for row in figures.marts[section.mart]],
    }


def _cell(words: Language, shown: Shown, row: Row) -> Cell:
    value = row.get(shown.name)
    if shown.kind == "film":
        return Cell(str(value), shown, detail=str(row["release_year"] or ""))
    if shown.kind == "genre":
        # By id: the name came in the language that TMDB was asked in.
        return Cell(words.name("genres", row["genre_id"], str(value)), shown)
    if shown.kind == "level":
        return Cell(words.name("levels", value), shown, level=str(value or "").lower().replace(" ", "-"))
    return Cell(words.written(shown.kind, value), shown)
