"""/films/{id}: a film with all that the warehouse knows of it."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.coverage import FIRST_BUILT_IN_ID
from taquilla.web.api import films
from taquilla.web.api.films import FilmDetails
from taquilla.web.api.paging import MAX_INT64
from taquilla.web.language import UNKNOWN, Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.plan_links import like
from taquilla.web.pages.recommendations import films_alike
from taquilla.web.pages.rendering import Words
from taquilla.web.problems import NotFoundError
from taquilla.web.reader import Row
from taquilla.web.state import Reader

router = APIRouter(include_in_schema=False)

# The newest of each day: one run takes the film's own record and that of the daily export.
_SNAPSHOTS = """
    select cast(snapshot_at as date) as day, popularity, vote_average, vote_count, revenue_usd
    from film_snapshots where film_id = $film_id
    qualify row_number() over (partition by cast(snapshot_at as date) order by snapshot_at desc, origin) = 1
    order by day desc limit 60
"""


@router.get("/films/{film_id}")
def film_page(request: Request, reader: Reader, words: Words, film_id: str) -> HTMLResponse:
    """The film; 404 where there is none of that id."""
    return answered(request, lambda: _film(request, reader, words, film_id), "film.html")


def id_of(text: str) -> int:
    """The id that an address names. NotFoundError: it is no number, or one too large."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and abs(int(text)) <= MAX_INT64):
        raise NotFoundError(f"{text} is no id.", "Ids are whole numbers.")
    return int(text)


def _film(request: Request, reader: Reader, words: Language, film_id: str) -> tuple[int, dict[str, Any]]:
    found = films.film(reader, id_of(film_id))
    with reader.session() as session:
        snapshots = session.rows(_SNAPSHOTS, film_id=found.film_id)
    return 200, {
        "film": found,
        "words": words,
        "year": str(found.release_year or ""),
        "date": _date(words, found),
        "figures": list(_figures(words, found)),
        "audience": list(_audience(words, found)),
        "facts": list(_facts(words, found)),
        "snapshots": [_snapshot(words, row) for row in snapshots] if len(snapshots) > 1 else [],
        "elsewhere": list(_links(found)),
        "plan": like(found.film_id),
        "alike": films_alike(request.app.state.recommenders, words, found.film_id),
        "is_built_in": found.film_id >= FIRST_BUILT_IN_ID,
    }


def _date(words: Language, film: FilmDetails) -> str:
    """The day of release; of a first of January the year alone, which is often all that such a date stands for."""
    day = film.release_date
    if day is None or (day.month, day.day) == (1, 1):
        return str(film.release_year or UNKNOWN)
    return words.day(day)


def _figures(words: Language, film: FilmDetails) -> Iterator[tuple[str, str]]:
    for name, kind in (("budget_usd", "money"), ("revenue_usd", "money"), ("roi", "share")):
        yield words.text(f"columns.{name}"), words.written(kind, getattr(film, name))
    known = None if film.is_profitable is None else words.text(f"list.{'yes' if film.is_profitable else 'no'}")
    yield words.text("film_page.is_profitable"), words.written("text", known)


def _audience(words: Language, film: FilmDetails) -> Iterator[tuple[str, str, str | None]]:
    """Label, value and the seeds' label of what the audience thinks."""
    yield words.text("columns.vote_average"), words.written("one", film.vote_average), film.rating_level
    yield words.text("columns.vote_count"), words.written("whole", film.vote_count), None
    yield words.text("columns.popularity"), words.written("one", film.popularity), film.popularity_level
    yield words.text("columns.popularity_percentile"), words.written("share_one", film.popularity_percentile), None


def _facts(words: Language, film: FilmDetails) -> Iterator[tuple[str, str]]:
    minutes = film.runtime_min
    spoken = film.original_language
    yield words.text("columns.release_date"), _date(words, film)
    yield (
        words.text("columns.runtime_min"),
        words.text("list.minutes", minutes=words.number(minutes)) if minutes else UNKNOWN,
    )
    yield words.text("columns.original_language"), words.language(spoken, spoken) if spoken else UNKNOWN
    yield (
        words.text("film_page.countries"),
        _listed(words.country(c.country_code, c.name or c.country_code) for c in film.countries),
    )
    yield words.text("columns.status"), words.name("statuses", film.status, film.status or UNKNOWN)


def _listed(names: Iterator[str]) -> str:
    return ", ".join(names) or UNKNOWN


def _snapshot(words: Language, row: Row) -> list[str]:
    kinds = {"day": "day", "popularity": "two", "vote_average": "one", "vote_count": "whole", "revenue_usd": "money"}
    return [words.written(kind, row[name]) for name, kind in kinds.items()]


def _links(film: FilmDetails) -> Iterator[tuple[str, str]]:
    """The film's own pages elsewhere. Nothing is asked of them: they are there to be clicked."""
    if film.film_id < FIRST_BUILT_IN_ID:
        yield "TMDB", f"https://www.themoviedb.org/movie/{film.film_id}"
    if film.imdb_id and film.imdb_id.isascii() and film.imdb_id.isalnum():
        yield "IMDb", f"https://www.imdb.com/title/{film.imdb_id}/"
