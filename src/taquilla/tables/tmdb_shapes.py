"""The parts of a film as TMDB's API v3 types them; only what the tables need.

Source: https://developer.themoviedb.org/reference/movie-details
"""

from typing import Annotated

import msgspec

# JSON has no integer bounds, the tables do: a number beyond int64 is a broken record, not a big one.
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Id = Int64
# What the warehouse keeps as an INTEGER.
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]

# A text that is a key of the warehouse: PostgreSQL's indexes refuse long ones.
Key = Annotated[str, msgspec.Meta(max_length=200)]


class Shape(msgspec.Struct, gc=False):
    """Records are trees that are read once: the garbage collector need not watch them."""


class Genre(Shape):
    id: Id
    name: str


class Company(Shape):
    id: Id
    name: str
    origin_country: str | None = None


class Country(Shape):
    iso_3166_1: Key
    name: str | None = None


class Language(Shape):
    iso_639_1: Key
    english_name: str | None = None
    name: str | None = None


class Collection(Shape):
    id: Id
    name: str


class Keyword(Shape):
    id: Id
    name: str


class Keywords(Shape):
    keywords: list[Keyword] = []


class CastCredit(Shape):
    id: Id
    name: str
    credit_id: Key
    character: str | None = None
    order: Int32 | None = None
    gender: Int32 | None = None


class CrewCredit(Shape):
    id: Id
    name: str
    credit_id: Key
    job: str | None = None
    department: str | None = None
    gender: Int32 | None = None


class Credits(Shape):
    cast: list[CastCredit]
    crew: list[CrewCredit]


class Film(Shape):
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
    original_language: Key | None = None
    overview: str | None = None
    status: str | None = None
    adult: bool | None = None
    imdb_id: str | None = None
    poster_path: str | None = None
    belongs_to_collection: Collection | None = None
    production_countries: list[Country] = []
    spoken_languages: list[Language] = []
    keywords: Keywords = msgspec.field(default_factory=Keywords)
