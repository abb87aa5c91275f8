"""A film as TMDB's API v3 sends it: `/movie/{id}?append_to_response=credits,keywords,release_dates`.

Only what the tables need is typed; the record itself stays verbatim in `raw.tmdb_films`.
Source: https://developer.themoviedb.org/reference/movie-details
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

# JSON has no integer bounds, the tables do: a number beyond int64 is a broken record, not a big one.
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Id = Int64
# What the warehouse keeps as an INTEGER.
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]

MAX_RECORD_BYTES = 8 * 2**20
# An escaped NUL; a backslash that is itself escaped before `u0000` makes plain text of it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class _Shape(msgspec.Struct, gc=False):
    """Records are trees that are read once: the garbage collector need not watch them."""


class Genre(_Shape):
    id: Id
    name: str


class Company(_Shape):
    id: Id
    name: str
    origin_country: str | None = None


class Country(_Shape):
    iso_3166_1: str
    name: str | None = None


class Language(_Shape):
    iso_639_1: str
    english_name: str | None = None
    name: str | None = None


class Collection(_Shape):
    id: Id
    name: str


class Keyword(_Shape):
    id: Id
    name: str


class Keywords(_Shape):
    keywords: list[Keyword] = []


class CastCredit(_Shape):
    id: Id
    name: str
    credit_id: str
    character: str | None = None
    order: Int32 | None = None
    gender: Int32 | None = None


class CrewCredit(_Shape):
    id: Id
    name: str
    credit_id: str
    job: str | None = None
    department: str | None = None
    gender: Int32 | None = None


class Credits(_Shape):
    cast: list[CastCredit]
    crew: list[CrewCredit]


class Film(_Shape):
    """What has no default must be there: TMDB always sends it, so its absence is a broken answer."""

    id: Id
    title: str
    release_date: str | None
    budget: Int64 | None
    revenue: Int64 | None
    runtime: Int64 | None
    popularity: float | None
    vote_average: float | None
    vote_count: Int64 | None
    genres: list[Genre]
    production_companies: list[Company]
    credits: Credits
    original_title: str | None = None
    original_language: str | None = None
    overview: str | None = None
    status: str | None = None
    adult: bool | None = None
    imdb_id: str | None = None
    poster_path: str | None = None
    belongs_to_collection: Collection | None = None
    production_countries: list[Country] = []
    spoken_languages: list[Language] = []
    keywords: Keywords = msgspec.field(default_factory=Keywords)


class _Identity(msgspec.Struct):
    id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


_film = msgspec.json.Decoder(Film)
_identity = msgspec.json.Decoder(_Identity)


def film_id_of(payload: bytes) -> tuple[int | None, str | None]:
    """The film's id, or why the payload cannot be a film: `(19995, None)` or `(None, "…")`."""
    if len(payload) > MAX_RECORD_BYTES:
        return None, f"record of {len(payload):,} bytes; the most that is read is {MAX_RECORD_BYTES:,}"
    try:
        return _identity.decode(payload).id, None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, f"not a film: {error}"


def decode_film(payload: bytes) -> Film | str:
    """The typed record, or the reason why it is none."""
    # PostgreSQL's text has no NUL, and no title needs one.
    if b"\\u0000" in payload and _NUL.search(payload):
        return "text holds a NUL character"
    try:
        return _film.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)


def decode_films(payloads: Iterable[bytes]) -> Sequence[Film | str]:
    """Each payload on its own, so that a bad record costs itself alone."""
    return [decode_film(payload) for payload in payloads]
