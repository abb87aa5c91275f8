"""A small warehouse that has something for every chart, with the titles and names that a picture finds hardest."""

from datetime import date
from typing import Any

from analysis.audience_rows import load_audience
from analysis.town_rows import load_town
from taquilla.demo.town import Town
from taquilla.warehouse.asking import Ask, asking
from warehouse.given import acted, directed, exported, warehouse

TITLES = (
    "x" * 300,
    "A very long title indeed " * 9,
    "Profits & $losses$, $x^2$ and $\\frac{1}{0}$",
    "<script>alert('1')</script> <b>bold</b>",
    "Two\nlines\tand\ra bell\a",
    "七人の侍 千と千尋の神隠し 天空の城ラピュタ もののけ姫 となりのトトロ",
    "ملكة الصحراء \u202eright to left\u202c",
    "🎬🍿 emoji 👩‍👩‍👧 film",
    "Amélie de l’été: ça n’a pas de prix — œuvre",
    "{braces} and {0} %s %(name)s",
)
GENRES = [(18, "Drama"), (35, "Comedy"), (27, "Horror"), (878, "Science Fiction"), (10770, "TV Movie"),
          (-3, "Kabuki <i>& $bunraku$</i> of the longest kind there ever was")]  # fmt: skip
NAMES = ("Ana $1$", "B" * 200, "Çağla Ünlü-Żółć", "黒澤 明", "محمد", "Otto <b>")
FILMS = 120


def _film(number: int) -> dict[str, Any]:
    cost = 1_000 * (number + 1) ** 2
    released = date(1960 + 10 * (number % 6), 2 + number % 11, 3) if number % 2 else date(2010, 2 + number % 11, 3)
    return {
        "film_id": number + 1,
        "title": TITLES[number % len(TITLES)],
        "original_language": ("en", "es", "ja", "xx", "qq")[number % 5],
        "release_date": released.isoformat(),
        "budget_usd": cost,
        "revenue_usd": cost * (1 + number % 11 * 40) // 3,
        "runtime_min": 80 + number,
        "popularity": 200.0 / (number + 1),
        "popularity_level": ("Alta", "Media", "Baja", "Muy Baja")[number % 4],
        "vote_average": 3.0 + number % 60 / 10,
        "vote_count": 10 ** (number % 5),
        "rating_level": ("Excelente", "Buena", "Regular", "Mala")[number // 4 % 4],
        "collection_id": 900 + number % 7,
    }


def hostile() -> Ask:
    """Asks a warehouse of 120 films, a shop of as many and an audience, in which no chart is empty."""
    numbers = range(FILMS)
    people = [(10 + place, name, 1 + place % 2) for place, name in enumerate(NAMES)]
    connection = warehouse(
        movies=[_film(number) for number in numbers],
        genres=GENRES,
        movie_genres=sorted({(n + 1, GENRES[(n + shift) % 6][0]) for n in numbers for shift in (0, n % 3)}),
        people=people,
        movie_people=[directed(n + 1, 10 + n % 6) for n in numbers]
        + [acted(n + 1, 10 + (n + 1) % 6, 0) for n in numbers],
        production_companies=[(70 + place, name, "ES") for place, name in enumerate(NAMES)],
        movie_production_companies=[(n + 1, 70 + n % 6) for n in numbers],
        countries=[("US", "x"), ("ES", "x"), ("Q1", "Somewhere <else> $for$ a very long while")],
        movie_countries=[(n + 1, ("US", "ES", "Q1")[n % 3]) for n in numbers],
        languages=[("qq", "Quechua of the $far$ and <long> valley")],
        collections=[(900 + place, f"{TITLES[place]} Collection") for place in range(7)],
        film_snapshots=[exported(n + 1, "2026-01-01 08:00", 100.0 - n) for n in numbers]
        + [exported(n + 1, "2026-01-12 08:00", (n * 37 % FILMS) * 1.0) for n in numbers],
    )
    load_town(connection, Town(rentals=2_500, years=1, stores=3, films=FILMS), TITLES)
    load_audience(connection, TITLES, TITLES)
    return asking(connection)
