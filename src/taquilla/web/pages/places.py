"""/reviews/places: the places with their scores, found by a form; /reviews/places/{id}: one of them."""

from collections.abc import Iterator
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.charts import has
from taquilla.analysis.coverage import has_generated_reviews
from taquilla.analysis.fields import kind_of, written
from taquilla.web.api.drawing import place_address
from taquilla.web.api.review_place import PlaceDetails, PlaceMonth, read_place
from taquilla.web.api.review_places import PlaceOrder, PlaceQuery, find_places, names_of
from taquilla.web.language import UNKNOWN, Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.films import Column, heading
from taquilla.web.pages.listings import address, checked, given, last_page, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.pages.reviews import PLACES, tabs
from taquilla.web.present import coverage_of
from taquilla.web.reader import Row
from taquilla.web.state import Reader

FIELDS = ("q", "city", "state", "category", "is_cinema", "min_reviews", "sort")
COLUMNS = (
    Column("name", "text"),
    Column("bayesian_stars", "two"),
    Column("mean_stars", "two", is_minor=True),
    Column("reviews", "whole"),
    Column("mean_sentiment", "two", is_minor=True),
    Column("answer_rate", "share_one", is_minor=True),
    Column("retention", "share", is_minor=True),
    Column("last_on", "day", is_minor=True),
)
# So many names are offered while somebody types.
OFFERED = 300
MONTHS_SHOWN = 36
# Of a place's own page a reader sees the host; nothing but the web is led to.
_WEB = ("https://", "http://")

router = APIRouter(include_in_schema=False)


@router.get(PLACES)
def places_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The places that the form asks for; 422 where a field of it says nothing that can be understood."""
    return answered(request, lambda: _places(request, reader, words), "places.html")


@router.get(f"{PLACES}/{{venue_id:path}}")
def place_page(request: Request, reader: Reader, words: Words, venue_id: str) -> HTMLResponse:
    """A place; 404 where there is none of that id."""
    return answered(request, lambda: _place(reader, words, venue_id), "place.html", search=PLACES)


def _places(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked = given(request, FIELDS)
    query, refused = checked(PlaceQuery, asked, page_number(request))
    with reader.session() as session:
        coverage = coverage_of(session)
        if not has(coverage).reviews:
            return 200, {"has_reviews": False, "tabs": tabs(words)}
        total, found = find_places(session, query)
        if total and not found:
            query = query.model_copy(update={"offset": (last_page(total) - 1) * query.limit})
            total, found = find_places(session, query)
        offered = {name: names_of(session, column, OFFERED) for name, column in _OFFERED.items()}
    return 422 if refused else 200, {
        "has_reviews": True,
        "tabs": tabs(words),
        "are_generated": has_generated_reviews(coverage),
        "asked": dict.fromkeys(FIELDS, "") | asked,
        "refused": refused,
        "offered": offered,
        "kinds": [(text, words.text(f"cinema.{name}")) for text, name in (("true", "yes"), ("false", "no"))],
        "sorts": [(name, words.text(f"places_page.sorts.{name}")) for name in get_args(PlaceOrder)],
        "sort": query.sort,
        "found": words.text("places_page.found" if total != 1 else "places_page.found_one", places=words.number(total)),
        "columns": [heading(words, column, asked, query.sort, PLACES, "places_page") for column in COLUMNS],
        "places": [_listed(words, place) for place in found],
        "pager": pager(words, PLACES, asked, query.offset // query.limit + 1, total),
    }


_OFFERED = {"city": "city", "state": "state", "category": "categories"}


def _listed(words: Language, place: Row) -> tuple[str, str, str, list[str]]:
    """Name, address, what stands below it, and the figures."""
    under = [_city(place), *place["categories"][:3]]
    cells = [words.written(column.kind, place[column.name]) for column in COLUMNS[1:]]
    return _name(words, place), place_address(place["venue_id"]), " · ".join(filter(None, under)), cells


def _name(words: Language, place: Row) -> str:
    return place["name"] or words.text("places_page.unnamed", id=place["venue_id"])


def _city(place: Row) -> str:
    return ", ".join(filter(None, (place["city"], place["state"])))


def _place(reader: Reader, words: Language, venue_id: str) -> tuple[int, dict[str, Any]]:
    with reader.session() as session:
        place = read_place(session, venue_id)
        are_generated = has_generated_reviews(coverage_of(session))
    told = place.model_dump()
    most = max((row.reviews for row in place.stars), default=1)
    return 200, {
        "place": place,
        "words": words,
        "are_generated": are_generated,
        "name": _name(words, told),
        "city": _city(told),
        "chips": [(category, address(PLACES, {"category": category})) for category in place.categories],
        "figures": list(_figures(words, place)),
        "facts": list(_facts(words, place)),
        "web": place.url if (place.url or "").startswith(_WEB) else None,
        "hours": list(_hours(words, place)),
        "months": [_month(words, month) for month in reversed(place.months[-MONTHS_SHOWN:])],
        "of_months": words.number(len(place.months)),
        "is_cut": len(place.months) > MONTHS_SHOWN,
        "stars": [
            (f"{row.stars} ★", words.number(row.reviews), round(100 * row.reviews / most)) for row in place.stars
        ],
        "aspects": [
            _row(words, row.model_dump(), "aspect", "reviews", "mean_stars", "mean_sentiment") for row in place.aspects
        ],
        "bursts": [_row(words, row.model_dump(), "day", "reviews", "expected", "mean_stars") for row in place.bursts],
    }


def _row(words: Language, row: Row, *columns: str) -> list[str]:
    return [written(words, column, row) for column in columns]


def _figures(words: Language, place: PlaceDetails) -> Iterator[tuple[str, str, str]]:
    """Label, value and small print of the tiles: each with how many reviews it is known of."""
    whole = words.number(place.reviews)
    low, high = (words.written("two", bound) for bound in (place.stars_low, place.stars_high))
    yield words.text("fields.reviews"), whole, _source(words, place)
    yield (
        words.text("fields.mean_stars"),
        words.written("two", place.mean_stars),
        words.text("place_page.between", low=low, high=high) if place.stars_low is not None else "",
    )
    yield (
        words.text("fields.mean_sentiment"),
        words.written("two", place.mean_sentiment),
        words.text("place_page.known", known=words.number(place.reviews_sensed), whole=whole),
    )
    yield (
        words.text("fields.answer_rate"),
        words.written("share_one", place.answer_rate),
        words.text("place_page.known", known=words.number(place.reviews_answerable), whole=whole),
    )


def _source(words: Language, place: PlaceDetails) -> str:
    if place.source_review_count is None:
        return ""
    stars = words.written("one", place.source_stars)
    return words.text("place_page.source", reviews=words.number(place.source_review_count), stars=stars)


def _facts(words: Language, place: PlaceDetails) -> Iterator[tuple[str, str]]:
    where = ", ".join(filter(None, (place.address, place.postal_code, _city(place.model_dump()), place.country)))
    yield words.text("place_page.address"), where or UNKNOWN
    yield words.text("fields.is_cinema"), written(words, "is_cinema", place.model_dump())
    yield words.text("place_page.is_open"), _said(words, place.is_open)
    yield words.text("place_page.price_level"), "$" * place.price_level if place.price_level else UNKNOWN
    for column in ("bayesian_stars", "retention", "last_on"):
        yield words.text(f"places_page.columns.{column}"), words.written(kind_of(column), getattr(place, column))


def _said(words: Language, is_so: bool | None) -> str:
    return UNKNOWN if is_so is None else words.text("list.yes" if is_so else "list.no")


def _hours(words: Language, place: PlaceDetails) -> Iterator[tuple[str, str]]:
    """The days of the week in their order, each with its hours."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    for number, day in enumerate(days, 1):
        if hours := (place.hours or {}).get(day):
            yield words.text(f"weekdays.{number}"), hours.replace("-", "–")


def _month(words: Language, month: PlaceMonth) -> list[str]:
    return _row(words, month.model_dump(), "month", "reviews", "mean_stars", "mean_sentiment", "answer_rate")
