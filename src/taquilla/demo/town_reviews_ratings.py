"""How the town's people rate films, as MovieLens' files tell it: a taste behind it, so that there is something to find.

A film's taste is its genres' and its director's; somebody sees what is well known and what is to their taste, and rates
it by both and by how good it is. All of it in whole numbers, the same on any machine.
"""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from taquilla.demo import town_reviews_json as lines
from taquilla.demo.town_plan import Ints, drawn
from taquilla.demo.town_reviews_films import KnownFilm, known_films
from taquilla.demo.town_reviews_plan import Sizes, Stream

RATED_FILMS: Final = 1_500
# What tastes differ in, without names.
TRAITS: Final = 6
RATERS_A_BLOCK: Final = 500
LEAST_RATINGS: Final = 8
NO_GENRES: Final = "(no genres listed)"
# How much more often something is seen for each step of liking it, in thousandths; exact wherever it is rounded.
_LIKING: Final = np.array([round(1_000 * math.exp(step / 11)) for step in range(-60, 61)])


@dataclass(frozen=True, slots=True)
class RatedFilms:
    """The films that are rated, by their number here less one. taste: a row a film; quality: tenths of a star."""

    films: Sequence[KnownFilm]
    taste: Ints
    quality: Ints
    fame: Ints

    def __len__(self) -> int:
        return len(self.films)


def rated_films(sizes: Sizes) -> RatedFilms:
    """The best known films by year and title."""
    known = known_films()[:RATED_FILMS]
    order = sorted(range(len(known)), key=lambda place: (known[place].year, known[place].title, known[place].imdb_id))
    films = [known[place] for place in order]
    random = sizes.random(Stream.FILMS)
    genres = sorted({genre for film in films for genre in film.genres})
    of_genre = dict(zip(genres, random.integers(-3, 4, (len(genres), TRAITS)), strict=True))
    own = random.integers(-1, 2, (len(films), TRAITS))
    taste = np.array([_taste(film, of_genre) for film in films]) + own
    return RatedFilms(
        films=films,
        taste=np.clip(taste, -5, 5),
        quality=np.array([round(4 * (film.rating - 6.5)) for film in films]),
        fame=1_000_000 // (40 + np.array(order)),
    )


def _taste(film: KnownFilm, of_genre: dict[str, Ints]) -> Ints:
    """The genres', and what the films of a director have in common."""
    name = film.directors[0] if film.directors else ""
    by_director = np.array([zlib.crc32(f"{trait}{name}".encode()) % 5 - 2 for trait in range(TRAITS)])
    return sum((of_genre[genre] for genre in film.genres), by_director if name else np.zeros(TRAITS, np.int64))


def rating_lines(sizes: Sizes, rated: RatedFilms) -> Iterator[pa.StringArray]:
    """userId, movieId, rating and timestamp of each, rater by rater; about as many as asked for."""
    if sizes.ratings:
        yield pa.array(["userId,movieId,rating,timestamp\n"])
    for block, begins in enumerate(range(0, sizes.raters if sizes.ratings else 0, RATERS_A_BLOCK)):
        random = sizes.random(Stream.RATERS, block)
        raters = np.arange(begins, min(begins + RATERS_A_BLOCK, sizes.raters))
        counts = _counts(sizes, rated, len(raters), random)
        liking = random.integers(-3, 4, (len(raters), TRAITS)) @ rated.taste.T
        films = _seen(rated, liking, counts, random)
        rater = np.repeat(np.arange(len(raters)), counts)
        tenths = _tenths(rated, liking[rater, films], rater, films, random)
        seconds = _moments(sizes, counts, random)
        yield lines.joined(
            *(lines.text(raters[rater] + 1), ",", lines.text(films + 1), ",", lines.tenths(tenths)),
            *(",", lines.text(seconds), lines.LINE_END),
        )


def _counts(sizes: Sizes, rated: RatedFilms, raters: int, random: np.random.Generator) -> Ints:
    """How many each has rated: a few many, nobody fewer than eight."""
    wanted = sizes.ratings * raters // sizes.raters
    weight = 1_000_000 // (400 + random.integers(0, 10_000, raters))
    more = np.bincount(drawn(random, weight, max(wanted - LEAST_RATINGS * raters, 0)), minlength=raters)
    return np.minimum(LEAST_RATINGS + more, len(rated) * 2 // 3).astype(np.int64)


def _seen(rated: RatedFilms, liking: Ints, counts: Ints, random: np.random.Generator) -> Ints:
    """Which films, without a repeat, by fame and liking; in the order of seeing them."""
    weight = rated.fame * _LIKING[np.clip(liking, -60, 60) + 60]
    keys = random.random(liking.shape) / weight
    order = np.argsort(keys, axis=1, kind="stable")
    told: Ints = order[np.arange(order.shape[1]) < counts[:, None]]
    return told


def _tenths(rated: RatedFilms, liking: Ints, rater: Ints, films: Ints, random: np.random.Generator) -> Ints:
    """The rating in tenths of a star, by halves from 5 to 50."""
    bias = random.integers(-5, 6, int(rater[-1]) + 1 if len(rater) else 0)
    told = 29 + rated.quality[films] + bias[rater] + np.clip(liking, -40, 40) * 2 // 5
    told = told + random.integers(-5, 6, len(films)) + random.integers(-4, 5, len(films))
    tenths: Ints = np.clip((told * 2 + 5) // 10 * 5, 5, 50)
    return tenths


def _moments(sizes: Sizes, counts: Ints, random: np.random.Generator) -> Ints:
    """Everybody's ratings in their order, in sittings of a few within some months or years."""
    rows, raters = int(counts.sum()), len(counts)
    first = random.integers(0, sizes.days - 10, raters)
    stays = np.minimum(random.integers(10, 900, raters), sizes.days - 1 - first)
    rater = np.repeat(np.arange(raters), counts)
    nth = np.arange(rows) - np.repeat(np.cumsum(counts) - counts, counts)
    sitting = nth // 9
    sittings = (counts - 1) // 9 + 1
    day = first[rater] + stays[rater] * sitting // sittings[rater]
    evening = 18 * 3_600 + (rater * 977 + sitting * 1_511) % 10_800
    seconds: Ints = sizes.first_day_s + day * 86_400 + evening + nth % 9 * 40 + random.integers(0, 40, rows)
    return seconds


def film_lines(rated: RatedFilms) -> Iterator[pa.StringArray]:
    """movieId, title with year and genres between bars."""
    yield pa.array(["movieId,title,genres\n"])
    for number, film in enumerate(rated.films, 1):
        title = f"{film.title} ({film.year})".replace('"', '""')
        yield pa.array([f'{number},"{title}",{"|".join(film.genres) or NO_GENRES}\n'])


def link_lines(rated: RatedFilms) -> Iterator[pa.StringArray]:
    """movieId, the digits of IMDb's id and the built-in catalogue's id of the film, which a few lack."""
    yield pa.array(["movieId,imdbId,tmdbId\n"])
    for number, film in enumerate(rated.films, 1):
        yield pa.array([f"{number},{film.imdb_id[2:]},{'' if number % 150 == 0 else film.film_id}\n"])
