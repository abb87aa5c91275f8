"""Ids for what is known by its name alone: negative ones; genres get TMDB's own where it has a genre of that name."""

import hashlib
import unicodedata
from functools import cache
from typing import Final

# Ids made of a name are negative and fit both an int64 and the 53 bits of a JSON number.
NAME_ID_BITS: Final = 52

# https://developer.themoviedb.org/reference/genre-movie-list, language=en
GENRE_IDS: Final = {
    "Action": 28, "Adventure": 12, "Animation": 16, "Comedy": 35, "Crime": 80, "Documentary": 99, "Drama": 18,
    "Family": 10751, "Fantasy": 14, "History": 36, "Horror": 27, "Music": 10402, "Mystery": 9648, "Romance": 10749,
    "Science Fiction": 878, "TV Movie": 10770, "Thriller": 53, "War": 10752, "Western": 37,
}  # fmt: skip
# The same list with language=es: whoever asks TMDB in Spanish gets these. Drama and Western are the same there.
SPANISH_GENRE_IDS: Final = {
    "Acción": 28, "Aventura": 12, "Animación": 16, "Comedia": 35, "Crimen": 80, "Documental": 99, "Familia": 10751,
    "Fantasía": 14, "Historia": 36, "Terror": 27, "Música": 10402, "Misterio": 9648, "Romance": 10749,
    "Ciencia ficción": 878, "Película de TV": 10770, "Suspense": 53, "Bélica": 10752,
}  # fmt: skip
_KNOWN_GENRES: Final = {name.casefold(): number for name, number in (SPANISH_GENRE_IDS | GENRE_IDS).items()}
_GENRE_NAMES: Final = {number: name for name, number in GENRE_IDS.items()}


@cache
def name_id(name: str) -> int:
    """The id that stands for a person, company or keyword of which only the name is known: negative, stable."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).encode()).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> (64 - NAME_ID_BITS))


def genre_of(name: str) -> tuple[int, str]:
    """A genre's id and name: TMDB's, in English, where it has a genre of that name; else one made of the name."""
    number = _KNOWN_GENRES.get(unicodedata.normalize("NFC", name).casefold())
    return (name_id(name), name) if number is None else (number, _GENRE_NAMES[number])
