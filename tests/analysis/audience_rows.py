"""A small audience in a warehouse, as a load puts it there: something for every chart of reviews.

Fourteen places (two of which nobody tells of), 400 reviews of six months by 60 people, one burst, check-ins, ratings.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from taquilla.tables.lexicon import ASPECTS
from taquilla.tables.review_signals import SIGNS
from taquilla.warehouse.duckdb import Connection
from taquilla.warehouse.reviews_load import load_reviews
from warehouse.review_rows import GOALS, NOW, World

REVIEWS, VENUES, REVIEWERS, RATINGS = 400, 14, 60, 300
UNKNOWN_VENUES = 2
# Half a year, whose last day is the last of its month.
FIRST, DAYS = datetime(2023, 10, 1, 12, tzinfo=UTC), 183
CITIES = (("Villa Telón", "CO"), ("Curtainbury", "UK"), ("Río Butaca", None))
BURST_DAY = FIRST + timedelta(days=100)
BURST = 9
URL = "https://maps.example.org/?id="
NAMES = ("Cine Dalton", "Sala Osborne", "Popcorn & <b>Sons</b>", "七人の館")


def load_audience(connection: Connection, names: Sequence[str] = NAMES, titles: Sequence[str] = ()) -> None:
    """Put the audience into the warehouse of this connection; places and rated films bear these names."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.put(venues=list(_venues(names)), reviews=list(_reviews()), reviewers=list(_reviewers()))
        world.put(review_signals=list(_signals()), checkins=list(_checkins()))
        world.put(ratings=list(_ratings()), rated_films=list(_rated_films(titles)))
        load_reviews(connection, world.files(), goals=GOALS, now=NOW)


def load_ratings(connection: Connection) -> None:
    """Ratings of films alone."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.put(ratings=list(_ratings()), rated_films=list(_rated_films(())))
        load_reviews(connection, world.files(), goals=GOALS, now=NOW)


def _is_google(venue: int) -> bool:
    return venue % 2 == 0


def _source(venue: int) -> str:
    return "google_maps" if _is_google(venue) else "yelp"


def _venues(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for n in range(VENUES - UNKNOWN_VENUES):
        city, state = CITIES[n % len(CITIES)]
        yield {
            "venue_id": f"v/{n}:é", "source": _source(n), "name": f"{names[n % len(names)]} {n}", "city": city,
            "state": state, "address": f"Calle {n}", "latitude": -33.5 + n, "longitude": -70.25 + 5 * n,
            "stars": 3.5, "review_count": 90 + n, "is_open": n != 3, "categories": ["Cinema", "Café <i>"][: n % 3],
            "is_cinema": n % 3 > 0, "price_level": n % 4 + 1, "hours": '{"Monday": "15:00-23:30"}',
            "url": f"{URL}{n}" if _is_google(n) else None,
        }  # fmt: skip


def _moment(n: int) -> datetime:
    return BURST_DAY if n < BURST else FIRST + timedelta(days=n * 7 % DAYS, hours=n % 9)


def _venue(n: int) -> int:
    return 1 if n < BURST else (n * 5 + n // VENUES) % VENUES


def _stars(n: int) -> float | None:
    return None if n == 50 else float(1 + (n * 3 + n // 7) % 5)


def _reviews() -> Iterator[dict[str, Any]]:
    for n in range(REVIEWS):
        venue = _venue(n)
        reply = {"owner_reply": "Thanks", "owner_replied_at": _moment(n) + timedelta(hours=n % 50)}
        yield {
            "review_id": f"r{n}", "venue_id": f"v/{venue}:é", "source": _source(venue), "stars": _stars(n),
            "reviewer_id": f"u{n % REVIEWERS if n % 5 else 60 + n}", "reviewed_at": _moment(n),
            "text": None if n % 13 == 0 else f"Text {n}", **(reply if _is_google(venue) and n % 3 == 0 else {}),
        }  # fmt: skip


def _reviewers() -> Iterator[dict[str, Any]]:
    for n in range(REVIEWERS):
        yield {"reviewer_id": f"u{n}", "name": f"anon-{n:016x}", "review_count": n}


def _signals() -> Iterator[dict[str, Any]]:
    for n in (n for n in range(REVIEWS) if n % 13):
        stars = _stars(n)
        yield {
            "review_id": f"r{n}", "language": ("en", "es", None)[n % 17 % 3], "text_hash": n // 2 if n % 40 == 0 else n,
            "sentiment": None if n % 11 == 0 or stars is None else (stars - 3) / 2.2 + (n % 7 - 3) / 40,
            "aspects": [ASPECTS[n % len(ASPECTS)], ASPECTS[(n + 3) % len(ASPECTS)]][: n % 3],
            "spam_signs": [tuple(SIGNS)[n % len(SIGNS)]] if n % 9 == 0 else [], "spam_score": (n % 9 == 0) / len(SIGNS),
        }  # fmt: skip


def _checkins() -> Iterator[dict[str, Any]]:
    for n in range(0, VENUES, 2):
        moments = [FIRST + timedelta(days=k % 20, hours=k * (n + 1) % 24) for k in range(60)]
        yield {"venue_id": f"v/{n}:é", "moments": moments}


def _ratings() -> Iterator[dict[str, Any]]:
    for n in range(RATINGS):
        yield {
            "user_id": str(n % 30), "rated_film_id": 1 + n // 30, "source": "movielens",
            "rating": (1 + n * 7 % 10) / 2, "rated_at": FIRST + timedelta(days=n % DAYS),
        }  # fmt: skip


def _rated_films(titles: Sequence[str]) -> Iterator[dict[str, Any]]:
    for n in range(1, 1 + RATINGS // 30):
        title = titles[n % len(titles)] if titles else f"Rated {n}"
        yield {"rated_film_id": n, "source": "movielens", "title": title, "release_year": 1990 + n}
