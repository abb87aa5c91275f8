"""/people and /people/{id}: who made the films, and what became of their films."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.web.api import people
from taquilla.web.api.people import ActingCredit, Credit, CrewCredit, PersonDetails, PersonOrder, PersonQuery
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.film import id_of
from taquilla.web.pages.listings import checked, given, last_page, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.state import Reader

PATH = "/people"
FIELDS = ("q", "role", "sort")

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def people_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The people that the form asks for; 422 where a field of it says nothing that can be understood."""
    return answered(request, lambda: _people(request, reader, words), "people.html")


@router.get("/people/{person_id}")
def person_page(request: Request, reader: Reader, words: Words, person_id: str) -> HTMLResponse:
    """Somebody with all their films; 404 where there is nobody of that id."""
    return answered(request, lambda: _person(reader, words, person_id), "person.html", search=PATH)


def _people(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked = given(request, FIELDS)
    query, refused = checked(PersonQuery, asked, page_number(request))
    with reader.session() as session:
        total, found = people.find_people(session, query)
        if total and not found:
            query = query.model_copy(update={"offset": (last_page(total) - 1) * query.limit})
            total, found = people.find_people(session, query)
    return 422 if refused else 200, {
        "asked": dict.fromkeys(FIELDS, "") | asked,
        "refused": refused,
        "roles": [(role, words.text(f"people_page.roles.{role}")) for role in ("director", "actor")],
        "role": query.role,
        "sorts": [(name, words.text(f"people_page.sorts.{name}")) for name in get_args(PersonOrder)],
        "sort": query.sort,
        "found": words.text("people_page.found" if total != 1 else "people_page.found_one", people=words.number(total)),
        "people": found,
        "pager": pager(words, PATH, asked, query.offset // query.limit + 1, total),
        "words": words,
    }


def _person(reader: Reader, words: Language, person_id: str) -> tuple[int, dict[str, Any]]:
    found = people.person(reader, id_of(person_id))
    return 200, {
        "person": found,
        "roles": [(role, _films_of(words, parts)) for role, parts in _by_role(found) if parts],
        "totals": list(_totals(words, found)),
        "words": words,
    }


def _by_role(person: PersonDetails) -> Iterator[tuple[str, list[Credit]]]:
    yield "directed", list(person.directed)
    yield "acted", list(person.acted)
    yield "crew", list(person.crew)


def _films_of(words: Language, credited: Iterable[Credit]) -> list[tuple[Credit, str]]:
    """Each film once, with all that somebody was in it: the characters, or the jobs."""
    films: dict[int, tuple[Credit, dict[str, None]]] = {}
    for credit in credited:
        _, parts = films.setdefault(credit.film_id, (credit, {}))
        if part := _part(words, credit):
            parts[part] = None
    return [(credit, ", ".join(parts)) for credit, parts in films.values()]


def _part(words: Language, credit: Credit) -> str | None:
    if isinstance(credit, CrewCredit):
        return words.name("jobs", credit.job, credit.job or "")
    return credit.character if isinstance(credit, ActingCredit) else None


def _totals(words: Language, person: PersonDetails) -> Iterator[dict[str, str]]:
    """The tiles: films, what they took, and how they were liked, each with the films that it is known for."""
    films = list({credit.film_id: credit for _, parts in _by_role(person) for credit in parts}.values())
    revenues = [film.revenue_usd for film in films if film.revenue_usd is not None]
    ratings = [film.vote_average for film in films if film.vote_average is not None]
    years = [film.release_year for film in films if film.release_year is not None]
    mean = sum(ratings) / len(ratings) if ratings else None
    count = words.number(len(films))
    yield _tile(words, "films", words.number(len(films)), _span(words, years))
    yield _tile(
        words, "revenue", words.written("money", sum(revenues) if revenues else None), _of(words, revenues, count)
    )
    yield _tile(words, "rating", words.written("two", mean), _of(words, ratings, count))


def _tile(words: Language, name: str, value: str, note: str) -> dict[str, str]:
    return {"label": words.text(f"person_page.{name}"), "value": value, "note": note}


def _of(words: Language, known: list[Any], films: str) -> str:
    return words.text("person_page.known", known=words.number(len(known)), films=films)


def _span(words: Language, years: list[int]) -> str:
    if not years:
        return words.text("person_page.no_years")
    return f"{min(years)}–{max(years)}" if min(years) != max(years) else str(min(years))
