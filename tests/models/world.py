"""A small warehouse with enough films to learn from: better directors and larger budgets make more popular films."""

from datetime import date, timedelta
from typing import Any

from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import Connection
from warehouse.given import DRAMA, HORROR, Row, acted, directed, warehouse

FILMS = 160
DIRECTORS = 8
FIRST_DAY = date(1990, 2, 3)


def film(number: int) -> dict[str, Any]:
    """The film of this number, one every fifty days; a fifth of the budgets is unknown."""
    director = number % DIRECTORS
    budget = 1_000_000 * (1 + number * 7 % 50)
    popularity = 2.0 + director * 1.5 + budget / 5_000_000 + number % 3
    return {
        "film_id": number,
        "release_date": (FIRST_DAY + timedelta(days=50 * number)).isoformat(),
        "original_language": "en" if number % 4 else "es",
        "budget_usd": budget if number % 5 else None,
        "revenue_usd": budget * (1 + director) if number % 2 else None,
        "runtime_min": 80 + number % 60,
        "popularity": popularity,
        "vote_average": 4.0 + director / 2 + number % 7 / 10,
        "vote_count": 100 * number + 1,
    }


def people_rows(films: int) -> list[Row]:
    directors = [directed(number, 1_000 + number % DIRECTORS) for number in range(films)]
    return directors + [acted(number, 2_000 + number % 11, 0) for number in range(films)]


def world(films: int = FILMS) -> Connection:
    """That many films with directors, a leading actor, genres, companies and countries."""
    people = [(1_000 + place, f"Director {place}", 1) for place in range(DIRECTORS)]
    people += [(2_000 + place, f"Actor {place}", 2) for place in range(11)]
    return warehouse(
        movies=[film(number) for number in range(films)],
        people=people,
        movie_people=people_rows(films),
        genres=[DRAMA, HORROR],
        movie_genres=[(number, (DRAMA, HORROR)[number % 2][0]) for number in range(films)],
        production_companies=[(31 + place, f"Company {place}", "US") for place in range(3)],
        movie_production_companies=[(number, 31 + number % 3) for number in range(films)],
        countries=[("US", "United States of America"), ("ES", "Spain")],
        movie_countries=[(number, "US" if number % 4 else "ES") for number in range(films)],
    )


def ask_world(films: int = FILMS) -> Any:
    """Asks a world of its own."""
    return asking(world(films))
