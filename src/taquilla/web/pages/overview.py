"""/ and /charts: the key figures and the strongest charts, and the charts of each topic."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from taquilla.analysis.charts import TOPICS, Has, charts, has
from taquilla.analysis.coverage import FIRST_BUILT_IN_ID, has_generated_reviews, is_generated
from taquilla.analysis.kpis import read_kpis, told
from taquilla.web.kept import kept
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.cards import columns, read_cards
from taquilla.web.pages.rendering import PAGES, Words
from taquilla.web.pages.rentals import shop_tiles
from taquilla.web.pages.reviews import review_tiles
from taquilla.web.present import coverage_of
from taquilla.web.problems import NotFoundError
from taquilla.web.reader import Row, Session, WarehouseReader
from taquilla.web.state import Reader

STRONGEST_OF_SHOP = ("store_rentals", "weekday_hours", "film_pareto", "category_mix")
STRONGEST_OF_REVIEWS = ("reviews_by_month", "mean_stars_by_month", "star_distribution", "aspects")
# Beside the films' tiles; all of them stand on the shop's and the reviews' own pages.
SHOP_TILES = 4
STRONGEST = ("budget_revenue", "top_films", "genre_roi", "genre_by_decade", "seasonality", "directors")

router = APIRouter()


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
    return answered(request, lambda: _overview(reader, words), "overview.html")


@router.get("/charts", include_in_schema=False)
def first_topic() -> RedirectResponse:
    """The charts begin with the first topic's."""
    return RedirectResponse(PAGES["charts"])


@router.get("/charts/{topic}", response_class=HTMLResponse, include_in_schema=False)
def topic(request: Request, reader: Reader, words: Words, topic: str) -> HTMLResponse:
    """The charts of a topic."""
    return answered(request, lambda: _topic(reader, words, topic), "topic.html")


def _overview(reader: WarehouseReader, words: Language) -> tuple[int, dict[str, Any]]:
    with reader.session() as session:
        catalogue, coverage = read_catalogue(session), coverage_of(session)
        there = has(coverage)
        cards = read_cards(session, words, _strongest(there))
        shop, reviews = shop_tiles(session, words), review_tiles(session, words)
    return 200, {
        "tiles": told(words, catalogue.kpis) if catalogue.kpis and there.films else [],
        "shop_tiles": shop[:SHOP_TILES] if there.films else shop,
        "review_tiles": reviews[:SHOP_TILES] if there.films or there.rentals else reviews,
        "has_films": there.films,
        "rentals": words.number(coverage["rentals"]) if there.rentals else "",
        "reviews": words.number(coverage["reviews"]) if coverage["reviews"] else "",
        "is_generated": is_generated(coverage),
        "are_generated": has_generated_reviews(coverage),
        "blocks": columns(cards),
        **_told(words, catalogue),
    }


def _strongest(there: Has) -> tuple[str, ...]:
    if there.films:
        return STRONGEST
    return STRONGEST_OF_SHOP if there.rentals else STRONGEST_OF_REVIEWS


def _topic(reader: WarehouseReader, words: Language, topic: str) -> tuple[int, dict[str, Any]]:
    if topic not in TOPICS:
        raise NotFoundError(f"There is no topic {topic!r}.", f"Known: {', '.join(TOPICS)}.")
    names = [name for name, chart in charts().items() if chart.topic == topic]
    with reader.session() as session:
        catalogue, cards = read_catalogue(session), read_cards(session, words, names)
    return 200, {"topic": topic, "blocks": columns(cards), **_told(words, catalogue)}


def read_catalogue(session: Session) -> Catalogue:
    """How many films there are, how many of them are built in, and the key figures, if this warehouse has them."""
    return kept(session.version, "catalogue", lambda: _read_catalogue(session))


def _read_catalogue(session: Session) -> Catalogue:
    films = session.rows(
        """select count(*) as films, count(*) filter (where film_id >= $first) as built_in
        from movies where not is_removed""",
        first=FIRST_BUILT_IN_ID,
    )[0]
    kpis = read_kpis(session.rows) if "kpis" in session.marts() else None
    return Catalogue(films["films"], films["built_in"], session.version.loaded_at, kpis)


def _told(words: Language, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "films": words.number(catalogue.films),
        "built_in_films": words.number(catalogue.built_in) if catalogue.built_in else "",
        "loaded_at": words.moment(catalogue.loaded_at),
        "loaded_at_iso": catalogue.loaded_at.isoformat(timespec="seconds"),
    }
