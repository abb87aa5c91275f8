"""A warehouse of thousands of films in a blink: the rows are made by SQL, the same each time."""

from pathlib import Path

from taquilla.warehouse.duckdb import replacing

# Some of everything is unknown, popularity has ties, and a third of the names has an accent.
_FILMS = """
    insert into movies (film_id, title, original_language, release_date, release_year, budget_usd, revenue_usd,
        runtime_min, popularity, popularity_percentile, popularity_level, vote_average, vote_count, rating_level, roi,
        is_profitable, fetched_at, is_removed)
    select i, case i % 3 when 0 then 'Película ' else 'Film ' end || i, case when i % 7 > 0 then 'en' end,
        case when i % 4 > 0 then date '1950-01-01' + (i % 25000)::integer end,
        case when i % 4 > 0 then year(date '1950-01-01' + (i % 25000)::integer) end,
        case when i % 3 > 0 then 1000 * i end, case when i % 5 > 0 then 2500 * i end,
        case when i % 6 > 0 then 80 + i % 90 end,
        case when i % 9 > 0 then i % 400 / 10 end, case when i % 9 > 0 then i % 400 / 400 end,
        case when i % 9 > 0 then 'Media' end,
        case when i % 8 > 0 then 1 + i % 9 end, case when i % 8 > 0 then i % 5000 + 1 end,
        case when i % 8 > 0 then 'Buena' end,
        case when i % 3 > 0 and i % 5 > 0 then 1.5 end, case when i % 3 > 0 and i % 5 > 0 then true end,
        timestamptz '2026-03-01 12:00:00+00', false
    from range(1, $films + 1) as r(i)
"""
_REST = (
    "insert into genres select i, 'Genre ' || i from range(1, 20) as r(i)",
    "insert into movie_genres select film_id, 1 + film_id % 19 from movies",
    "insert into movie_genres select film_id, 1 + (film_id + 5) % 19 from movies where film_id % 2 = 0",
    "insert into production_companies select i, 'Company ' || i, 'US' from range(1, 301) as r(i)",
    "insert into movie_production_companies select film_id, 1 + film_id % 300 from movies",
    "insert into people select i, 'Somebody ' || i, i % 3 from range(1, 20001) as r(i)",
    """insert into movie_people (film_id, credit_id, person_id, credit_type, character, cast_order, department, job)
    select film_id, film_id || '-' || i, 1 + (film_id * 7 + i * 131) % 20000, if(i < 10, 'cast', 'crew'),
        if(i < 10, 'Somebody', null), if(i < 10, i, null), if(i < 10, null, 'Any'),
        case when i = 10 then 'Director' when i > 10 then 'Producer' end
    from movies, range(20) as r(i)""",
)


def many_films(path: Path, films: int) -> Path:
    """Put a new warehouse of so many films at `path`, each with genres, a company and twenty credits."""
    with replacing(path, fresh=True) as connection:
        connection.execute(_FILMS, {"films": films})
        for statement in _REST:
            connection.execute(statement)
    return path
