"""The films of the town's shops: real films of the built-in catalogue, under the terms of an invented shop.

Which traits pull at the counter is made up, in the tables below, so that there is something to be found. Some titles
and years are written as shops write them, and a few films are in no catalogue: linking has every case to tell.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import polars as pl

from taquilla.demo.catalogue import FILMS_PARQUET, LANGUAGES, popularity
from taquilla.demo.town_names import INVENTED_TITLES
from taquilla.demo.town_plan import Plan, Stream

# How often a copy goes over the counter, against the mean copy of the shop. Invented.
GENRE_PULL: Final = {
    "Animation": 1.55, "Family": 1.45, "Horror": 1.35, "Comedy": 1.25, "Sci-Fi": 1.2, "Action": 1.15, "Adventure": 1.1,
    "Thriller": 1.05, "Fantasy": 1.05, "Romance": 1.0, "Crime": 1.0, "Mystery": 0.95, "Sport": 0.9, "Music": 0.9,
    "Musical": 0.85, "Drama": 0.8, "Biography": 0.75, "War": 0.75, "History": 0.65, "Western": 0.6, "Documentary": 0.5,
}  # fmt: skip
# The shops buy many copies of what was expensive; so a copy of it stands idle more often.
BUDGET_PULL: Final = ((10_000_000, 1.3), (40_000_000, 1.15), (100_000_000, 0.9), (10**12, 0.7))
LONG_FILM_MIN, LONG_FILM_PULL = 150, 0.75
# A point of the audience's (else the critics') rating above 6 adds this share.
RATING_PULL: Final = 0.14

CATEGORIES: Final = {"Sci-Fi": "Science Fiction", "Sport": "Sports", "Biography": "Biography"}
CERTIFICATES: Final = {
    "GP": "PG",
    "M/PG": "PG",
    "M": "PG",
    "X": "NC-17",
    "G": "G",
    "PG": "PG",
    "PG-13": "PG-13",
    "R": "R",
}
FAMILY: Final = frozenset(("Animation", "Family"))
DARK: Final = frozenset(("Horror", "Crime", "Thriller", "War"))
FEATURES: Final = ("Trailers", "Commentaries", "Deleted Scenes", "Behind the Scenes")
ACTORS_A_FILM: Final = 8
LITTLE_KNOWN: Final = 5.0
ARTICLES: Final = ("The ", "A ", "An ")


@dataclass(frozen=True, slots=True)
class TownFilm:
    """A film as the shop's database tells it, with what the day's business draws from.

    reach: how well known it is, which is what the shop buys copies by. pull: how often a copy is rented, against the
    mean. shelf_day: the day on which the shop has it; 0 for all that is older than the shop.
    """

    title: str
    release_year: int | None
    language: str | None
    duration_days: int
    rate_cents: int
    length_min: int | None
    cost_cents: int
    rating: str | None
    features: str | None
    categories: tuple[str, ...]
    actors: tuple[str, ...]
    reach: float
    pull: float
    shelf_day: int
    is_stocked: bool


@cache
def _catalogue() -> pl.DataFrame:
    return pl.read_parquet(FILMS_PARQUET)


def choose_films(plan: Plan) -> list[TownFilm]:
    """The town's films, in the order in which the shop took them in; the oldest by title."""
    random = plan.random(Stream.FILMS)
    rows = _catalogue()
    fame = dict(rows["cast"].explode().drop_nulls().value_counts().iter_rows())
    titles = Counter(title.casefold() for title in rows["title"].to_list())
    unknown = [title for title in INVENTED_TITLES if title.casefold() not in titles][: max(1, plan.films // 50)]
    chosen = _chosen(plan, rows, plan.films - len(unknown), random)
    films = [_film(plan, row, fame, titles, random) for row in chosen]
    films += [_invented(title, random) for title in unknown]
    return sorted(films, key=lambda film: (film.shelf_day, film.title, film.release_year or 0))


def _chosen(plan: Plan, rows: pl.DataFrame, count: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Catalogue films by reach and newness: of the known ones most, of the unknown ones some."""
    reach = np.array([_reach(row) for row in rows.select("vote_count", "critic_review_count").iter_rows(named=True)])
    is_new = (rows["release_year"] >= plan.first_day.year - 1).to_numpy()
    in_time = (rows["release_year"] < plan.first_day.year + plan.years).to_numpy()
    weight = np.where(in_time, np.round(reach * np.where(is_new, 2.0, 1.0), 4), 1e-9)
    keys = random.random(len(rows)) / weight
    # Sorted by key with the row as tie-break: no machine sorts ties apart.
    places = np.sort(np.lexsort((np.arange(len(rows)), keys))[:count])
    chosen: list[dict[str, Any]] = rows[places.tolist()].to_dicts()
    return chosen


def _reach(row: Mapping[str, Any]) -> float:
    return popularity(row["vote_count"], row["critic_review_count"])


def _film(
    plan: Plan, row: Mapping[str, Any], fame: Mapping[str, int], titles: Mapping[str, int], random: np.random.Generator
) -> TownFilm:
    reach, shelf_day = _reach(row), _shelf_day(plan, row, int(random.integers(100, 150)))
    title, year = _as_written(row["title"], row["release_year"], titles, random.random())
    rate, days, cost = _terms(reach, shelf_day, plan.first_day.year - row["release_year"], random)
    return TownFilm(
        title=title,
        release_year=year,
        language=LANGUAGES[row["original_language"]][0] if row["original_language"] else None,
        duration_days=days,
        rate_cents=rate,
        length_min=row["runtime_min"],
        cost_cents=cost,
        rating=_rating(row["us_certification"], row["genres"], random.random()),
        features=_features(random),
        categories=_categories(row["genres"], random.random()),
        # A shop's form has no room for a nickname in quotes.
        actors=tuple(sorted((n for n in row["cast"] if '"' not in n), key=lambda n: (-fame[n], n))[:ACTORS_A_FILM]),
        reach=reach,
        pull=_pull(row, reach, random),
        shelf_day=shelf_day,
        is_stocked=random.random() >= 0.03,
    )


def _shelf_day(plan: Plan, row: Mapping[str, Any], wait_days: int) -> int:
    """Some four months after the cinemas; of a film with only a year, after the middle of it."""
    released: date = row["release_date"] or date(row["release_year"], 7, 1)
    day = max(0, plan.day_of(released) + wait_days)
    return day if day < plan.days - 30 else plan.days - 30 - wait_days % 60


def _as_written(title: str, year: int, titles: Mapping[str, int], draw: float) -> tuple[str, int | None]:
    """Title and year as the shop wrote them: most exactly, some with the article behind, another year or none."""
    article = next((article for article in ARTICLES if title.startswith(article)), None)
    if titles[title.casefold()] > 1 and draw > 0.8:
        return title, None
    if article and draw < 0.15:
        return f"{title.removeprefix(article)}, {article.strip()}", year
    if draw < 0.05:
        return title.upper(), year
    if draw < 0.09:
        return title, year + 1
    if draw < 0.11:
        return title, year - 1
    if draw < 0.13:
        return title, None
    return title, year


def _terms(reach: float, shelf_day: int, age_years: int, random: np.random.Generator) -> tuple[int, int, int]:
    """(rate, days, replacement cost) in cents and days: what is new is dear and wanted back soon."""
    extra = 100 * int(random.integers(0, 6))
    if shelf_day > 0:
        return (499, 3, 2499 + extra) if reach > 4 else (399, 3, 2299 + extra)
    if age_years <= 4 or reach > 25:
        return 299, 5, 1799 + extra
    if reach < 2 and age_years > 15:
        return 99, 7, 999 + extra
    return 199, 6, 1399 + extra


def _rating(certificate: str | None, genres: Iterable[str], draw: float) -> str | None:
    """The MPAA's rating where the catalogue has one, else an invented one; none for one film in twenty."""
    known = CERTIFICATES.get(certificate or "")
    if known or draw < 0.05:
        return known
    if FAMILY & set(genres):
        return "G" if draw < 0.6 else "PG"
    if DARK & set(genres):
        return "R" if draw < 0.75 else "PG-13"
    return "PG" if draw < 0.3 else "PG-13" if draw < 0.65 else "R"


def _features(random: np.random.Generator) -> str | None:
    has = random.integers(0, 2, len(FEATURES))
    return ",".join(name for name, there in zip(FEATURES, has, strict=True) if there) or None


def _categories(genres: Iterable[str], draw: float) -> tuple[str, ...]:
    """The shelf it stands on: the one genre that tells most, and for one film in six the next one too."""
    told = sorted(genres, key=lambda genre: (-abs(math.log(GENRE_PULL[genre])), genre)) or ["Drama"]
    return tuple(CATEGORIES.get(genre, genre) for genre in told[: 2 if draw < 0.16 else 1])


def _pull(row: Mapping[str, Any], reach: float, random: np.random.Generator) -> float:
    genres = [GENRE_PULL[genre] for genre in row["genres"]] or [1.0]
    rating = row["vote_average"] or row["critic_rating"] or 6.0
    budget = row["budget_usd"]
    pull: float = math.prod(genres) ** (1 / len(genres)) * max(0.4, 1 + RATING_PULL * (rating - 6)) * reach**0.15
    if budget:
        pull *= next(factor for bound, factor in BUDGET_PULL if budget < bound)
    if (row["runtime_min"] or 0) >= LONG_FILM_MIN:
        pull *= LONG_FILM_PULL
    # Of the less known films one in twenty is asked for by nobody; of the others some surprise.
    if random.random() < 0.05 and reach < LITTLE_KNOWN:
        return 0.0001
    return round(pull * math.exp(float(random.normal(0, 0.25))), 4)


def _invented(title: str, random: np.random.Generator) -> TownFilm:
    """A film that the catalogue does not have: a local one."""
    genres = sorted(GENRE_PULL)
    return TownFilm(
        title=title,
        release_year=int(random.integers(1995, 2012)),
        language="Spanish" if title.startswith(("El ", "La ", "Los ", "Crónica")) else "English",
        duration_days=5,
        rate_cents=199,
        length_min=int(random.integers(70, 120)),
        cost_cents=1299,
        rating=None,
        features=None,
        categories=_categories([genres[int(random.integers(len(genres)))]], 1.0),
        actors=(),
        reach=1.0,
        pull=round(0.5 + float(random.random()), 4),
        shelf_day=0,
        is_stocked=True,
    )
