"""/films: the films found by a form, in a table that every heading sorts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.web.api.film_search import FilmOrder, FilmQuery, find_films
from taquilla.web.language import CODES, Language, language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.listings import address, checked, given, last_page, options, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

PATH = "/films"
FIELDS = ("q", "genre", "year_from", "year_to", "language", "min_votes", "person_id", "company_id", "sort")
DEFAULT_SORT = "-popularity"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. `kind` says how it is written; a `minor` one gives way on a telephone."""

    name: str
    kind: str
    is_minor: bool = False


COLUMNS = (
    Column("title", "text"),
    Column("popularity", "one"),
    Column("vote_average", "one"),
    Column("vote_count", "whole", is_minor=True),
    Column("release_date", "year", is_minor=True),
    Column("budget_usd", "money", is_minor=True),
    Column("revenue_usd", "money", is_minor=True),
    Column("roi", "share", is_minor=True),
)

_GENRES = """
    select g.genre_id, g.name, count(*) as films
    from genres as g join movie_genres as l on l.genre_id = g.genre_id
    join movies as m on m.film_id = l.film_id and not m.is_removed
    group by g.genre_id, g.name order by g.genre_id
"""
_LANGUAGES = """
    select original_language as code, count(*) as films from movies
    where not is_removed and original_language is not null group by original_language
"""
# By what the list is narrowed without a field of the form: where its name stands.
_NAMED = {
    "person_id": "select name from people where person_id = $id",
    "company_id": "select name from production_companies where company_id = $id",
}


@router.get(PATH)
def films_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The films that the form asks for; 422 where a field of it says nothing that can be understood."""
    return answered(request, lambda: _films(request, reader, words), "films.html")


def _films(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked, number = given(request, FIELDS), page_number(request)
    with reader.session() as session:
        genres = session.rows(_GENRES)
        wanted, unknown = _with_genre(asked, genres)
        query, refused = checked(FilmQuery, wanted, number)
        total, films = find_films(session, query)
        if not films and total:
            query = query.model_copy(update={"offset": (last_page(total) - 1) * query.limit})
            total, films = find_films(session, query)
        languages = session.rows(_LANGUAGES)
        narrowed = list(_narrowed(session, query))
    refused |= unknown
    page = query.offset // query.limit + 1
    return 422 if refused else 200, {
        "asked": dict.fromkeys(FIELDS, "") | asked,
        "refused": refused,
        "genre_id": query.genre_id,
        "genres": options((row["genre_id"], words.name("genres", row["genre_id"], row["name"])) for row in genres),
        "spoken": options((row["code"], words.language(row["code"], row["code"])) for row in languages),
        "sorts": [(name, words.text(f"sorts.{name}")) for name in get_args(FilmOrder)],
        "sort": query.sort,
        "narrowed": [(text, address(PATH, asked, **{name: None})) for name, text in narrowed],
        "total": total,
        "found": words.text("films_page.found" if total != 1 else "films_page.found_one", films=words.number(total)),
        "columns": [heading(words, column, asked, query.sort) for column in COLUMNS],
        "films": films,
        "pager": pager(words, PATH, asked, page, total),
        "words": words,
    }


def _with_genre(asked: Mapping[str, str], genres: list[Row]) -> tuple[dict[str, Any], set[str]]:
    """What was asked with the genre by its id, given by that or by its name in the data or on our pages; and "genre"
    where there is no such one."""
    kept = {name: value for name, value in asked.items() if name != "genre"}
    if "genre" not in asked:
        return kept, set()
    known = {name.casefold(): row["genre_id"] for row in genres for name in _names(row)}
    found = known.get(asked["genre"].casefold())
    return (kept, {"genre"}) if found is None else ({**kept, "genre_id": found}, set())


def _names(genre: Row) -> list[str]:
    number, name = genre["genre_id"], genre["name"]
    return [str(number), name, *(language(code).name("genres", number, name) for code in CODES)]


def _narrowed(session: Session, query: FilmQuery) -> list[tuple[str, str]]:
    asked = {name: getattr(query, name) for name in _NAMED if getattr(query, name) is not None}
    found = {name: session.rows(_NAMED[name], id=value) for name, value in asked.items()}
    return [(name, rows[0]["name"] if rows else f"#{asked[name]}") for name, rows in found.items()]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column with its heading, and where the list stands sorted by it. `direction` is aria-sort's word."""

    column: Column
    text: str
    address: str
    direction: str
    is_minor: bool


def heading(
    words: Language, column: Column, asked: Mapping[str, str], sort: str, path: str = PATH, texts: str = "films_page"
) -> Heading:
    """The heading of a column: names go up first, figures down; a column that sorts the list stays in sight."""
    name, up, down = column.name, column.name, f"-{column.name}"
    first, other = (up, down) if column.kind == "text" else (down, up)
    direction = {up: "ascending", down: "descending"}.get(sort, "")
    return Heading(
        column,
        words.text(f"{texts}.columns.{name}"),
        address(path, asked, sort=other if sort == first else first),
        direction,
        column.is_minor and not direction,
    )
