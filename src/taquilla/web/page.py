"""The dashboard's pages, made on the server from the marts, in English or Spanish: the overview and the charts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from taquilla.analysis.charts import TOPICS, charts
from taquilla.analysis.kpis import read_kpis, told
from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError
from taquilla.web import about
from taquilla.web.cards import card, columns, read_answers
from taquilla.web.drawing import Drawing, drawing
from taquilla.web.problems import NotFoundError, described
from taquilla.web.reader import Row, Session, WarehouseReader
from taquilla.web.rendering import PAGES, TMDB_NOTICE, Words, render
from taquilla.web.state import Reader

__all__ = ["FIRST_BUILT_IN_ID", "TMDB_NOTICE", "router"]

# The built-in catalogue's films have ids from here on, above every id that TMDB has given.
FIRST_BUILT_IN_ID = 2**40
STRONGEST = ("budget_revenue", "top_films", "genre_roi", "genre_by_decade", "seasonality", "directors")

ChartName = Annotated[str, Path(description="a chart's name", examples=["top_films"])]

_log = logging.getLogger(__name__)
router = APIRouter()
router.include_router(about.router)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Which films the pages speak of."""

    films: int
    built_in: int
    loaded_at: datetime
    kpis: Row | None


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def overview(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The key figures and the strongest charts; 503 and the next step where there is no warehouse."""
    return _with_warehouse(request, reader, lambda session: _overview(request, words, session))


@router.get("/charts", include_in_schema=False)
def first_topic() -> RedirectResponse:
    """The charts begin with the first topic's."""
    return RedirectResponse(PAGES["charts"])


@router.get("/charts/{topic}", response_class=HTMLResponse, include_in_schema=False)
def topic(request: Request, reader: Reader, words: Words, topic: str) -> HTMLResponse:
    """The charts of a topic."""
    if topic not in TOPICS:
        raise NotFoundError(f"There is no topic {topic!r}.", f"Known: {', '.join(TOPICS)}.")
    names = [name for name, chart in charts().items() if chart.topic == topic]
    return _with_warehouse(request, reader, lambda session: _topic(request, words, session, topic, names))


@router.get("/api/charts/{name}/drawing", tags=["charts"], responses=described(http_404="no such chart"))
def chart_drawing(reader: Reader, words: Words, name: ChartName) -> Drawing:
    """A chart as the dashboard draws it: its marks in words and figures, in the language of `lang`."""
    with reader.session() as session:
        found = read_answers(session, [name] if name in charts() else [])
    if name not in found:
        raise NotFoundError(f"There is no chart {name!r}.", f"Known: {', '.join(charts())}.")
    return drawing(words, found[name])


def _with_warehouse(request: Request, reader: WarehouseReader, page: Callable[[Session], HTMLResponse]) -> HTMLResponse:
    try:
        with reader.session() as session:
            return page(session)
    except (TaquillaError, DatabaseError) as error:
        _log.warning("The page has no warehouse: %s", error)
        return render(request, "unavailable.html", 503)


def _overview(request: Request, words: Words, session: Session) -> HTMLResponse:
    catalogue = read_catalogue(session)
    tiles = told(words, catalogue.kpis) if catalogue.kpis else []
    blocks = columns([card(words, answer) for answer in read_answers(session, STRONGEST).values()])
    return render(request, "overview.html", tiles=tiles, blocks=blocks, **_told(words, catalogue))


def _topic(request: Request, words: Words, session: Session, topic: str, names: list[str]) -> HTMLResponse:
    blocks = columns([card(words, answer) for answer in read_answers(session, names).values()])
    return render(request, "topic.html", topic=topic, blocks=blocks, **_told(words, read_catalogue(session)))


def read_catalogue(session: Session) -> Catalogue:
    """How many films there are, how many of them are built in, and the key figures, if this warehouse has them."""
    films = session.rows(
        """select count(*) as films, count(*) filter (where film_id >= $first) as built_in
        from movies where not is_removed""",
        first=FIRST_BUILT_IN_ID,
    )[0]
    kpis = read_kpis(session.rows) if "kpis" in session.marts() else None
    return Catalogue(films["films"], films["built_in"], session.version.loaded_at, kpis)


def _told(words: Words, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "films": words.number(catalogue.films),
        "built_in_films": words.number(catalogue.built_in) if catalogue.built_in else "",
        "loaded_at": words.moment(catalogue.loaded_at),
        "loaded_at_iso": catalogue.loaded_at.isoformat(timespec="seconds"),
    }
