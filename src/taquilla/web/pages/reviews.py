"""/reviews and its topics: key figures, goals, and the charts of reviews, places, texts and ratings."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.charts import charts, has
from taquilla.analysis.coverage import has_generated_reviews
from taquilla.analysis.kpis import Told, told_of_goals, told_of_reviews
from taquilla.web.api.reviews import review_goals, review_kpis
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.cards import columns, read_cards
from taquilla.web.pages.rendering import Words
from taquilla.web.present import coverage_of
from taquilla.web.reader import Session, WarehouseReader
from taquilla.web.state import Reader

# Where each topic of the charts stands.
PATHS = {
    "reviews": "/reviews",
    "review_places": "/reviews/where",
    "review_texts": "/reviews/texts",
    "rated_films": "/reviews/ratings",
}
PLACES, GOALS, RECOMMENDATIONS = "/reviews/places", "/reviews/goals", "/recommendations"

router = APIRouter(include_in_schema=False)


@router.get(PATHS["reviews"])
def reviews_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The reviews at a glance: volume, stars, sentiment, answers, and whether the goals are met."""
    return answered(request, lambda: _topic(reader, words, "reviews"), "reviews.html")


@router.get(PATHS["review_places"])
def where_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """Where the places are, how cities and categories do, when people check in, and bursts."""
    return answered(request, lambda: _topic(reader, words, "review_places"), "reviews.html")


@router.get(PATHS["review_texts"])
def texts_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """What the texts speak of, in which languages, and what is odd about them."""
    return answered(request, lambda: _topic(reader, words, "review_texts"), "reviews.html")


@router.get(PATHS["rated_films"])
def ratings_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """How films are rated."""
    return answered(request, lambda: _topic(reader, words, "rated_films"), "reviews.html")


def tabs(words: Language) -> list[tuple[str, str]]:
    """The pages of reviews: address and name of each."""
    named = [(path, words.text(f"topics.{topic}")) for topic, path in PATHS.items()]
    places, goals = (PLACES, words.text("places_page.title")), (GOALS, words.text("goals.title"))
    return [named[0], places, *named[1:3], goals, named[3], (RECOMMENDATIONS, words.text("recommendations_page.title"))]


def review_tiles(session: Session, words: Language) -> list[Told]:
    """The key figures of the reviews in words; none where this warehouse has no reviews."""
    figures = review_kpis(session)
    return told_of_reviews(words, figures) if figures else []


def _topic(reader: WarehouseReader, words: Language, topic: str) -> tuple[int, dict[str, Any]]:
    names = [name for name, chart in charts().items() if chart.topic == topic]
    is_first = topic == "reviews"
    with reader.session() as session:
        coverage = coverage_of(session)
        tiles = review_tiles(session, words) if is_first else []
        goals = told_of_goals(words, review_goals(session)) if is_first else []
        cards = read_cards(session, words, names)
    return 200, {
        "topic": topic,
        "tabs": tabs(words),
        "has_reviews": has(coverage).reviews,
        "are_generated": has_generated_reviews(coverage),
        "tiles": tiles,
        "goals": goals,
        "blocks": columns(cards),
    }
