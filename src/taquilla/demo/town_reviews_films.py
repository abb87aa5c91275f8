"""The films that the town's people rate and talk of: the best known of the built-in catalogue."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from taquilla.demo.catalogue import FILMS_PARQUET, FIRST_FILM_ID, popularity

KNOWN_FILMS: Final = 3_000


@dataclass(frozen=True, slots=True)
class KnownFilm:
    """A film's facts. film_id: the built-in catalogue's; rating: the audience's (else the critics') from 0 to 10."""

    film_id: int
    imdb_id: str
    title: str
    year: int
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    actors: tuple[str, ...]
    rating: float


@cache
def known_films() -> tuple[KnownFilm, ...]:
    """The best known films, the best known first."""
    films = pl.read_parquet(FILMS_PARQUET).to_dicts()
    films.sort(key=lambda film: (-popularity(film["vote_count"], film["critic_review_count"]), film["imdb_id"]))
    return tuple(
        KnownFilm(
            film_id=FIRST_FILM_ID + int(film["imdb_id"][2:]),
            imdb_id=film["imdb_id"],
            title=film["title"],
            year=film["release_year"],
            genres=tuple(film["genres"]),
            directors=tuple(film["directors"]),
            actors=tuple(film["cast"]),
            rating=film["vote_average"] or film["critic_rating"] or 6.0,
        )
        for film in films[:KNOWN_FILMS]
    )
