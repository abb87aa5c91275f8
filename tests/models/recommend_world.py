"""A warehouse of two tastes: even people like even films and places, odd people the odd ones, each a film a day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from taquilla.warehouse.duckdb import Connection
from warehouse.given import COMEDY, DRAMA, directed, warehouse

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
FILMS, RATERS, LINKED = 24, 60, 20
# The columns that recommenders read, as the star of reviews and of a shop have them.
TABLES = {
    "reviews.fact_rating": "user_id text, rated_film_id bigint, rating double precision, rated_at timestamptz",
    "reviews.dim_rated_film": "rated_film_id bigint, title text, release_year integer, film_id bigint",
    "reviews.rated_film_genres": "rated_film_id bigint, genre text",
    "reviews.fact_review": "reviewer_id text, venue_id text, stars double precision, reviewed_at timestamptz",
    "reviews.dim_venue": "venue_id text, name text, city text, state text",
    "reviews.venue_categories": "venue_id text, category text",
    "shop.fact_rental": "rental_id bigint, customer_id bigint, film_id bigint, rented_at timestamptz",
    "shop.dim_film": "film_id bigint, title text, release_year integer, category text, catalogue_film_id bigint",
}

Rows = Sequence[Mapping[str, Any]]


def day(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number)


def likes_world(**tables: Rows) -> Connection:
    """A catalogue of 20 films of two directors and genres, and these rows of the tables above: `fact_rating=[…]`.

    Tables that are not given are not there.
    """
    films = range(LINKED)
    connection = warehouse(
        movies=[{"film_id": number, "title": f"Film {number}", "release_year": 2000 + number} for number in films],
        people=[(100, "Eva Even", 1), (101, "Odo Odd", 2)],
        movie_people=[directed(number, 100 + number % 2) for number in films],
        genres=[DRAMA, COMEDY],
        movie_genres=[(number, (DRAMA, COMEDY)[number % 2][0]) for number in films],
    )
    for schema in ("reviews", "shop"):
        connection.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    for name, columns in TABLES.items():
        rows = tables.get(name.partition(".")[2])
        if rows is not None:
            connection.execute(f"create table {name} ({columns})")
            _fill(connection, name, rows)
    return connection


def _fill(connection: Connection, table: str, rows: Rows) -> None:
    if rows:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        connection.register("given", frame)
        connection.execute(f"insert into {table} by name select * from given")  # noqa: S608
        connection.unregister("given")


def ratings(raters: Iterable[int] = range(1, RATERS + 1), each: int = 6) -> list[dict[str, Any]]:
    """Every rater likes films of their own taste, one a day, and gives a film of the other taste two stars."""
    rows = []
    for rater in raters:
        own = np.random.default_rng(rater).permutation(FILMS // 2)[:each]
        for number, place in enumerate(own.tolist()):
            film = rater % 2 + 2 * place
            rows.append(_rated(rater, film, 4.0 + number % 2, rater + 6 * number))
        rows.append(_rated(rater, (rater + 1) % 2 + 2 * (rater % 10), 2.0, rater))
    return rows


def _rated(rater: int, film: int, stars: float, on: int) -> dict[str, Any]:
    return {"user_id": str(rater), "rated_film_id": 1_000 + film, "rating": stars, "rated_at": day(on)}


def rated_films() -> list[dict[str, Any]]:
    """Rated films 1000 to 1023; the catalogue has the first 20, under the ids 0 to 19."""
    return [
        {
            "rated_film_id": 1_000 + number,
            "title": f"Film {number}",
            "release_year": 2000 + number,
            "film_id": number if number < LINKED else None,
        }
        for number in range(FILMS)
    ]


def rated_film_genres() -> list[dict[str, Any]]:
    """Even films are of one genre and odd ones of the other; the catalogue says the same of those that it has."""
    return [{"rated_film_id": 1_000 + number, "genre": ("Drama", "Comedy")[number % 2]} for number in range(FILMS)]


def reviews(reviewers: int = 40, each: int = 5) -> list[dict[str, Any]]:
    """Even reviewers like the cinemas of Tampa, odd ones the video shops of Reno."""
    return [
        {
            "reviewer_id": f"r{reviewer}",
            "venue_id": f"v{reviewer % 2 + 2 * ((reviewer // 2 + number) % 8)}",
            "stars": 5.0,
            "reviewed_at": day(reviewer + number * 7),
        }
        for reviewer in range(reviewers)
        for number in range(each)
    ]


def venues() -> list[dict[str, Any]]:
    places = (("Tampa", "FL"), ("Reno", "NV"))
    return [
        {"venue_id": f"v{n}", "name": f"Venue {n}", "city": places[n % 2][0], "state": places[n % 2][1]}
        for n in range(16)
    ]


def venue_categories() -> list[dict[str, Any]]:
    return [{"venue_id": f"v{n}", "category": ("Cinema", "Video shop")[n % 2]} for n in range(16)]


def rentals(customers: int = 12) -> list[dict[str, Any]]:
    """Customers 1 to 12 of a shop rent three of its films 1 to 8, of one taste, the first of them twice.

    Film 8 is the shop's own, the others are of the catalogue.
    """
    rented = [(who, 2 - who % 2 + 2 * ((who // 2 + n % 3) % 4), n) for who in range(1, customers + 1) for n in range(4)]
    return [
        {"rental_id": place, "customer_id": who, "film_id": film, "rented_at": day(who + 11 * n)}
        for place, (who, film, n) in enumerate(rented)
    ]


def shop_films() -> list[dict[str, Any]]:
    return [
        {
            "film_id": n,
            "title": f"Tape {n}",
            "release_year": 1990,
            "category": "Horror",
            "catalogue_film_id": n if n < 8 else None,
        }
        for n in range(1, 9)
    ]


def whole_world() -> Connection:
    """Ratings, rentals and reviews."""
    return likes_world(
        fact_rating=ratings(),
        dim_rated_film=rated_films(),
        fact_rental=rentals(),
        dim_film=shop_films(),
        fact_review=reviews(),
        dim_venue=venues(),
        venue_categories=venue_categories(),
    )
