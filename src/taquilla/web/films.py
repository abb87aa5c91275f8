"""/api/films: the films in pages, found by title, genre and year; and one film with its people."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from taquilla.web.problems import NotFoundError, described
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

MAX_INT64 = 2**63 - 1
# DuckDB refuses an offset beyond 2^62, where no film is in any case.
MAX_OFFSET = 2**53
TOP_CAST = 10

router = APIRouter(prefix="/api/films", tags=["films"])


class Genre(BaseModel):
    genre_id: int
    name: str


class Company(BaseModel):
    company_id: int
    name: str
    country_code: str | None


class Country(BaseModel):
    country_code: str
    name: str | None


class Person(BaseModel):
    person_id: int
    name: str


class CastMember(Person):
    character: str | None
    cast_order: int | None


class Film(BaseModel):
    """A film in a list. Money is in US dollars; null is unknown, never zero."""

    film_id: int
    title: str
    original_title: str | None
    original_language: str | None
    release_date: date | None
    release_year: int | None
    budget_usd: int | None
    revenue_usd: int | None
    runtime_min: int | None
    popularity: float | None
    popularity_percentile: float | None
    popularity_level: str | None
    vote_average: float | None
    vote_count: int | None
    rating_level: str | None
    roi: float | None
    is_profitable: bool | None
    genres: list[Genre]


class FilmDetails(Film):
    """A film with all that belongs to it."""

    overview: str | None
    status: str | None
    imdb_id: str | None
    fetched_at: datetime
    companies: list[Company]
    countries: list[Country]
    directors: list[Person]
    cast: list[CastMember]


class FilmPage(BaseModel):
    """Some of the films, and how many there are."""

    total: int
    items: list[Film]


# Only constants stand in these statements; what is asked for is bound.
_FOUND = """
    from movies as m
    where not m.is_removed
      and ($q is null
           or contains(strip_accents(lower(m.title)), strip_accents(lower($q)))
           or contains(strip_accents(lower(m.original_title)), strip_accents(lower($q))))
      and ($year is null or m.release_year = $year)
      and ($genre is null or exists (
            select 1 from movie_genres as l join genres as g on g.genre_id = l.genre_id
            where l.film_id = m.film_id and lower(g.name) = lower($genre)))
"""
_COUNT = f"select count(*) as total {_FOUND}"
_PAGE = f"""
    select m.* {_FOUND}
    order by m.popularity desc nulls last, m.film_id
    limit $limit offset $offset
"""
_GENRES = """
    select l.film_id, g.genre_id, g.name
    from movie_genres as l join genres as g on g.genre_id = l.genre_id
    where l.film_id in (select unnest($film_ids))
    order by l.film_id, g.name, g.genre_id
"""
_FILM = "select m.* from movies as m where m.film_id = $film_id and not m.is_removed"
_BELONGS = {
    "companies": """
        select c.company_id, c.name, c.country_code
        from movie_production_companies as l join production_companies as c on c.company_id = l.company_id
        where l.film_id = $film_id order by c.name, c.company_id""",
    "countries": """
        select c.country_code, c.name
        from movie_countries as l join countries as c on c.country_code = l.country_code
        where l.film_id = $film_id order by c.country_code""",
    "directors": """
        select p.person_id, p.name
        from movie_directors as l join people as p on p.person_id = l.person_id
        where l.film_id = $film_id order by p.name, p.person_id""",
    "cast": f"""
        select p.person_id, p.name, l.character, l.cast_order
        from movie_actors as l join people as p on p.person_id = l.person_id
        where l.film_id = $film_id order by l.cast_order nulls last, l.credit_id limit {TOP_CAST:d}""",  # noqa: S608
}


@router.get("")
def films(
    reader: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="films a page")] = 50,
    offset: Annotated[int, Query(ge=0, le=MAX_INT64, description="films to pass over")] = 0,
    q: Annotated[
        str | None, Query(max_length=200, description="part of a title; case and accents do not count")
    ] = None,
    genre: Annotated[str | None, Query(max_length=100, description="a genre's name")] = None,
    year: Annotated[int | None, Query(ge=1800, le=2999, description="year of release")] = None,
) -> FilmPage:
    """The films, the most popular first."""
    asked = {"q": q or None, "genre": genre or None, "year": year}
    with reader.session() as session:
        total = session.rows(_COUNT, **asked)[0]["total"]
        found = session.rows(_PAGE, **asked, limit=limit, offset=min(offset, MAX_OFFSET))
        genres = _genres(session, [film["film_id"] for film in found])
    items = [Film.model_validate(film | {"genres": genres[film["film_id"]]}) for film in found]
    return FilmPage(total=total, items=items)


@router.get("/{film_id}", responses=described(http_404="no such film"))
def film(reader: Reader, film_id: Annotated[int, Path(ge=1, le=MAX_INT64)]) -> FilmDetails:
    """One film with its genres, companies, countries, directors and first ten of the cast."""
    with reader.session() as session:
        found = session.rows(_FILM, film_id=film_id)
        if not found:
            raise NotFoundError(
                f"There is no film {film_id} in the warehouse.", "Find one with: /api/films?q=part of a title"
            )
        belongs: dict[str, Any] = {name: session.rows(sql, film_id=film_id) for name, sql in _BELONGS.items()}
        belongs["genres"] = _genres(session, [film_id])[film_id]
    return FilmDetails.model_validate(found[0] | belongs)


def _genres(session: Session, film_ids: list[int]) -> dict[int, list[Row]]:
    """The genres of each of these films."""
    genres: dict[int, list[Row]] = {film_id: [] for film_id in film_ids}
    for row in session.rows(_GENRES, film_ids=film_ids):
        genres[row.pop("film_id")].append(row)
    return genres
