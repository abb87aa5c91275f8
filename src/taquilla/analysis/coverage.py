"""How many films a figure speaks of: the marts' own conditions, counted over films, under a name each."""

from taquilla.warehouse.asking import Ask

_IS_RATED = "vote_count > 0 and vote_average is not null"
_HAS_FIGURES = "budget_usd >= 1000 and revenue_usd >= 1000"
_HAS_DAY = (
    "release_date is not null and not (extract(month from release_date) = 1 and extract(day from release_date) = 1)"
)


# The first five billed, as the mart has them.
_LEADS = """(
    select c.film_id, p.gender from movie_people as c join people as p on p.person_id = c.person_id
    where c.credit_type = 'cast' and c.cast_order < 5
) as leads"""


def _has(link: str, condition: str = "true") -> str:
    return f"film_id in (select film_id from {link} where {condition})"  # noqa: S608 - constants


# The built-in catalogue's films have ids from here on, above every id that TMDB has given.
FIRST_BUILT_IN_ID = 2**40

COVERAGE = {
    "films": "true",
    "built_in": f"film_id >= {FIRST_BUILT_IN_ID}",
    "popularity": "popularity is not null",
    "rating": _IS_RATED,
    "figures": _HAS_FIGURES,
    "budget": "budget_usd is not null and release_year is not null",
    "runtime": "runtime_min is not null and release_year is not null",
    "year": "release_year is not null",
    "day": _HAS_DAY,
    "day_revenue": f"{_HAS_DAY} and revenue_usd is not null",
    "levels": f"popularity_level is not null and rating_level is not null and {_IS_RATED}",
    "genre": _has("movie_genres"),
    "genre_year": f"release_year is not null and {_has('movie_genres')}",
    "genre_popularity": f"popularity is not null and {_has('movie_genres')}",
    "genre_rating": f"{_IS_RATED} and {_has('movie_genres')}",
    "genre_figures": f"{_HAS_FIGURES} and {_has('movie_genres')}",
    "genre_gender": f"{_has('movie_genres')} and {_has(_LEADS, 'gender is not null')}",
    "director_rating": f"{_IS_RATED} and {_has('movie_directors')}",
    "actor_rating": f"{_IS_RATED} and film_id < {FIRST_BUILT_IN_ID} and {_has('movie_actors')}",
    "company_rating": f"{_IS_RATED} and {_has('movie_production_companies')}",
    "country": _has("movie_countries"),
    "language": "original_language is not null",
    "language_year": "original_language is not null and release_year is not null",
    "franchise": "collection_id is not null",
}


def read_coverage(ask: Ask) -> dict[str, int]:
    """The films that meet each condition; `films` are all that there are."""
    counts = ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in COVERAGE.items())
    (row,) = ask(f"select {counts} from movies where not is_removed")  # noqa: S608 - constants
    return row
