"""A film that is there as a plan: the address of /predict that asks what the model says of the like of it."""

from typing import Any

from taquilla.warehouse.asking import Ask, Row
from taquilla.web.pages.listings import address

PATH = "/predict"
LIKE = "like"
EXAMPLES = 3

# Films with all that a plan may tell, the most popular of the newest ten years first.
_EXAMPLES = """
    with film as (
        select m.film_id, m.title, m.release_year, m.popularity, max(m.release_year) over () as newest
        from movies as m
        where not m.is_removed and m.budget_usd >= 1000 and m.runtime_min is not null
            and not (extract(month from m.release_date) = 1 and extract(day from m.release_date) = 1)
            and m.film_id in (select film_id from movie_directors)
            and m.film_id in (select film_id from movie_actors)
            and m.film_id in (select film_id from movie_genres)
    )
    select film_id, title, release_year from film
    where release_year > newest - 10 order by popularity desc nulls last, film_id limit $limit
"""
_FILM = """
    select budget_usd, runtime_min, cast(release_date as text) as release_date, original_language
    from movies where film_id = $film_id
"""
_LISTS = {
    "genre": "select genre_id as value from movie_genres where film_id = $film_id order by genre_id",
    "country": "select country_code as value from movie_countries where film_id = $film_id order by country_code",
}
# By field: who belongs to the film, and where everybody of that role stands, with the table and the key of their names.
_NAMES = {
    "directors": (
        "select person_id, 0 as place from movie_directors where film_id = $film_id",
        "movie_directors",
        "people",
        "person_id",
    ),
    "cast": (
        "select person_id, cast_order as place from movie_actors where film_id = $film_id and cast_order < 5",
        "movie_actors",
        "people",
        "person_id",
    ),
    "companies": (
        "select company_id, 0 as place from movie_production_companies where film_id = $film_id",
        "movie_production_companies",
        "production_companies",
        "company_id",
    ),
}


def like(film_id: int) -> str:
    """The short address that leads to the plan of this film."""
    return f"{PATH}?{LIKE}={film_id}"


def examples(ask: Ask) -> list[Row]:
    """Some films of the warehouse of which all is known that a plan may tell: film_id, title, release_year."""
    return ask(_EXAMPLES, limit=EXAMPLES)


def plan_address(ask: Ask, film_id: int) -> str | None:
    """The address of a plan like this film: what is known of it that was known before its release.

    It keeps which film that is, because the model has learnt from the films of the warehouse: what it says of one of
    them is no test of it. None: there is no such film, or nothing of it is known that a plan may tell.
    """
    films = ask(_FILM, film_id=film_id)
    if not films:
        return None
    lists = {name: [row["value"] for row in ask(sql, film_id=film_id)] for name, sql in _LISTS.items()}
    names = {name: "; ".join(_names(ask, film_id, *where)) for name, where in _NAMES.items()}
    asked: dict[str, Any] = {**films[0], **lists, **names}
    told = {name: value for name, value in asked.items() if value}
    return address(PATH, told, **{LIKE: film_id}) if told else None


def _names(ask: Ask, film_id: int, listed: str, everybody: str, table: str, key: str) -> list[str]:
    """Their names; the numbers of those whose name another one of the role has too, or that cannot stand in a list."""
    # Tables and columns are constants of this file.
    rows = ask(
        f"""
        with listed as (
            select p.{key} as number, p.name, strip_accents(lower(p.name)) as plain, min(l.place) as place
            from ({listed}) as l join {table} as p on p.{key} = l.{key} group by p.{key}, p.name
        ),
        namesake as (
            select strip_accents(lower(p.name)) as plain, count(*) as namesakes from {table} as p
            where strip_accents(lower(p.name)) in (select plain from listed)
                and p.{key} in (select {key} from {everybody})
            group by 1
        )
        select number, name, namesakes from listed join namesake using (plain) order by place, name, number
        """,  # noqa: S608
        film_id=film_id,
    )
    return [_written(row) for row in rows]


def _written(row: Row) -> str:
    is_clear = row["namesakes"] == 1 and not set(row["name"]) & set(";\n#")
    return str(row["name"]) if is_clear else f"#{row['number']}"
