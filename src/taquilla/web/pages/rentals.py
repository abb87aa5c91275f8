"""/rentals: a shop's key figures and charts; /rentals/earnings and /rentals/customers: its films' and customers'."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.charts import RENTAL_TOPICS, charts, has
from taquilla.analysis.coverage import is_generated
from taquilla.analysis.kpis import Told, told_of_shop
from taquilla.web.api.rentals import shop_kpis
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.cards import columns, read_cards
from taquilla.web.pages.rendering import Words
from taquilla.web.present import coverage_of
from taquilla.web.reader import Session, WarehouseReader
from taquilla.web.state import Reader

# Where each topic of the charts stands; the list of films stands beside them.
PATHS = {"rentals": "/rentals", "rental_films": "/rentals/earnings", "customers": "/rentals/customers"}
LIST = "/rentals/films"

router = APIRouter(include_in_schema=False)


@router.get(PATHS["rentals"])
def rentals_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The shop at a glance, and when and where it rents."""
    return answered(request, lambda: _topic(reader, words, "rentals"), "rentals.html")


@router.get(PATHS["rental_films"])
def earnings_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """Which films and traits of films earn at the counter."""
    return answered(request, lambda: _topic(reader, words, "rental_films"), "rentals.html")


@router.get(PATHS["customers"])
def customers_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The customers as groups: nobody is named."""
    return answered(request, lambda: _topic(reader, words, "customers"), "rentals.html")


def tabs(words: Language) -> list[tuple[str, str]]:
    """The pages of a shop: address and name of each."""
    named = [(PATHS[topic], words.text(f"topics.{topic}")) for topic in RENTAL_TOPICS]
    return [*named[:2], (LIST, words.text("rental_films_page.title")), *named[2:]]


def shop_tiles(session: Session, words: Language) -> list[Told]:
    """The key figures of the shop in words; none where this warehouse has no shop, or not the mart."""
    if not has(coverage_of(session)).rentals or "shop_kpis" not in session.marts():
        return []
    return told_of_shop(words, shop_kpis(session))


def _topic(reader: WarehouseReader, words: Language, topic: str) -> tuple[int, dict[str, Any]]:
    names = [name for name, chart in charts().items() if chart.topic == topic]
    with reader.session() as session:
        coverage = coverage_of(session)
        tiles = shop_tiles(session, words) if topic == "rentals" else []
        cards = read_cards(session, words, names)
    return 200, {
        "topic": topic,
        "tabs": tabs(words),
        "has_rentals": has(coverage).rentals,
        "is_generated": is_generated(coverage),
        "tiles": tiles,
        "blocks": columns(cards),
    }
