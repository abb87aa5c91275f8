"""Warehouses of literal rows, made as a load makes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from taquilla.warehouse.duckdb import replacing

Rows = Sequence[Mapping[str, Any]]

READ_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def film(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A film of `movies` of which only id and title are known, but for `more`."""
    return {"film_id": film_id, "title": title, "fetched_at": READ_AT, "is_removed": False} | more


def write(path: Path, **tables: Rows) -> Path:
    """Put a new warehouse with these rows at `path`: `write(path, movies=[…], genres=[…])`."""
    with replacing(path, fresh=True) as connection:
        for table, rows in tables.items():
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" for _ in row)
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))  # noqa: S608
    return path


def small_warehouse(path: Path, *, first_id: int = 1) -> Path:
    """Six films: two with all there is to know, three with little, and one that TMDB has removed."""
    ids = range(first_id, first_id + 6)
    return write(
        path,
        movies=[
            film(
                ids[0], "Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain", original_language="fr",
                release_date=date(2001, 4, 25), release_year=2001, status="Released", budget_usd=10_000_000,
                revenue_usd=174_200_000, runtime_min=122, popularity=21.5, popularity_percentile=1.0,
                popularity_level="Alta", vote_average=7.9, vote_count=11_000, rating_level="Buena", roi=16.42,
                is_profitable=True, imdb_id="tt0211915",
            ),
            film(
                ids[1], "Avatar", original_language="en", release_date=date(2009, 12, 18), release_year=2009,
                budget_usd=237_000_000, revenue_usd=2_923_706_026, popularity=12.0, popularity_percentile=0.5,
                popularity_level="Media", vote_average=7.6, vote_count=31_000, rating_level="Buena", roi=11.34,
                is_profitable=True,
            ),
            film(ids[2], "Zodiac", release_year=2007, popularity=12.0, popularity_level="Media"),
            film(ids[3], "Unheard of"),
            film(ids[4], "Another unheard of", popularity=1.0, popularity_level="Muy Baja"),
            film(ids[5], "Removed", popularity=99.0, is_removed=True),
        ],
        genres=[
            {"genre_id": 18, "name": "Drama"},
            {"genre_id": 35, "name": "Comedy"},
            {"genre_id": 878, "name": "Science Fiction"},
        ],
        movie_genres=[
            {"film_id": ids[0], "genre_id": 35},
            {"film_id": ids[0], "genre_id": 18},
            {"film_id": ids[1], "genre_id": 878},
            {"film_id": ids[2], "genre_id": 18},
        ],
        production_companies=[{"company_id": 7, "name": "UGC", "country_code": "FR"}],
        movie_production_companies=[{"film_id": ids[0], "company_id": 7}],
        countries=[{"country_code": "FR", "name": "France"}],
        movie_countries=[{"film_id": ids[0], "country_code": "FR"}],
        people=[
            {"person_id": 2419, "name": "Jean-Pierre Jeunet", "gender": 2},
            {"person_id": 2405, "name": "Audrey Tautou", "gender": 1},
            {"person_id": 2406, "name": "Mathieu Kassovitz", "gender": 2},
        ],
        movie_people=[
            {"film_id": ids[0], "credit_id": "c1", "person_id": 2419, "credit_type": "crew", "job": "Director"},
            {"film_id": ids[0], "credit_id": "c2", "person_id": 2419, "credit_type": "crew", "job": "Writer"},
            {"film_id": ids[0], "credit_id": "c3", "person_id": 2406, "credit_type": "cast", "cast_order": 1},
            {"film_id": ids[0], "credit_id": "c4", "person_id": 2405, "credit_type": "cast", "cast_order": 0},
        ],
    )  # fmt: skip
