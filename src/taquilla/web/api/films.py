"""/api/films: the films in pages, found by title, genre and year; and one film with its people."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from taquilla.web.api.film_search import FilmQuery, find_films, genres_of
from taquilla.web.api.paging import MAX_INT64, PAGED, link_pages
from taquilla.web.problems import NotFoundError, described
from taquilla.web.state import Reader

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


@router.get("", responses=PAGED)
def films(request: Request, response: Response, reader: Reader, query: Annotated[FilmQuery, Query()]) -> FilmPage:
    """The films that were asked for, the most popular first unless `sort` says otherwise."""
    with reader.session() as session:
        total, found = find_films(session, query)
    link_pages(request, response, query, total)
    return FilmPage(total=total, items=[Film.model_validate(film) for film in found])


@router.get("/{film_id}", responses=described(http_404="no such film"))
def film(
    reader: Reader, film_id: Annotated[int, Path(ge=1, le=MAX_INT64, description="TMDB's id", examples=[1])]
) -> FilmDetails:
    """One film with its genres, companies, countries, directors and first ten of the cast."""
    with reader.session() as session:
        found = session.rows(_FILM, film_id=film_id)
        if not found:
            raise NotFoundError(
                f"There is no film {film_id} in the warehouse.", "Find one with: /api/films?q=part of a title"
            )
        belongs: dict[str, Any] = {name: session.rows(sql, film_id=film_id) for name, sql in _BELONGS.items()}
        belongs["genres"] = genres_of(session, [film_id])[film_id]
    return FilmDetails.model_validate(found[0] | belongs)
