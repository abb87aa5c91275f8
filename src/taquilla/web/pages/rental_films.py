"""/rentals/films: the shop's films with what they earn, found by a form, in a table that every heading sorts."""

from collections.abc import Iterator
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.charts import has
from taquilla.analysis.coverage import is_generated
from taquilla.analysis.fields import written
from taquilla.web.api.rental_films import RentalFilmOrder, RentalFilmQuery, find_rental_films, rental_films
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.films import Column, heading
from taquilla.web.pages.listings import checked, given, last_page, options, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.pages.rentals import LIST, tabs
from taquilla.web.present import coverage_of
from taquilla.web.reader import Row
from taquilla.web.state import Reader

FIELDS = ("q", "category", "rating", "never_rented", "sort")
COLUMNS = (
    Column("title", "text"),
    Column("revenue", "amount"),
    Column("rentals", "whole"),
    Column("copies", "whole", is_minor=True),
    Column("turns", "one", is_minor=True),
    Column("utilisation", "share_one", is_minor=True),
    Column("payback", "times", is_minor=True),
)
# What is told of a film that was not found in the catalogue by its title and year.
_TOLD_METHODS = frozenset({"title_and_near_year", "title_alone", "none", "ambiguous"})

router = APIRouter(include_in_schema=False)


@router.get(LIST)
def rental_films_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The films that the form asks for; 422 where a field of it says nothing that can be understood."""
    return answered(request, lambda: _films(request, reader, words), "rental_films.html")


def _films(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked = given(request, FIELDS)
    query, refused = checked(RentalFilmQuery, asked, page_number(request))
    with reader.session() as session:
        coverage = coverage_of(session)
        if not has(coverage).rentals:
            return 200, {"has_rentals": False, "tabs": tabs(words)}
        total, found = find_rental_films(session, query)
        if total and not found:
            query = query.model_copy(update={"offset": (last_page(total) - 1) * query.limit})
            total, found = find_rental_films(session, query)
        films = rental_films(session)
    return 422 if refused else 200, {
        "has_rentals": True,
        "tabs": tabs(words),
        "is_generated": is_generated(coverage),
        "asked": dict.fromkeys(FIELDS, "") | asked,
        "refused": refused,
        "categories": options(
            (name, written(words, "category", {"category": name})) for name in _known(films, "category")
        ),
        "ratings": [(name, name) for name in sorted(_known(films, "rating"))],
        "rented": [(text, words.text(f"rental_films_page.rented.{text}")) for text in ("false", "true")],
        "sorts": [(name, words.text(f"rental_films_page.sorts.{name}")) for name in get_args(RentalFilmOrder)],
        "sort": query.sort,
        "found": words.text(
            "rental_films_page.found" if total != 1 else "rental_films_page.found_one", films=words.number(total)
        ),
        "columns": [heading(words, column, asked, query.sort, LIST, "rental_films_page") for column in COLUMNS],
        "films": [(film, list(_under(words, film)), _cells(words, film)) for film in found],
        "pager": pager(words, LIST, asked, query.offset // query.limit + 1, total),
    }


def _known(films: list[Row], name: str) -> set[str]:
    return {film[name] for film in films if film[name] is not None}


def _under(words: Language, film: Row) -> Iterator[str]:
    """Category, rating, and how it was found in the catalogue where that is not the plain way."""
    if film["category"] is not None:
        yield written(words, "category", film)
    if film["rating"] is not None:
        yield film["rating"]
    if film["link_method"] in _TOLD_METHODS:
        yield words.text(f"rental_films_page.links.{film['link_method']}")


def _cells(words: Language, film: Row) -> list[str]:
    return [words.written(column.kind, film[column.name]) for column in COLUMNS[1:]]
