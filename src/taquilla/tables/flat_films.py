"""The seeds' flat record: a film whose genres, companies, directors and cast are names alone.

It becomes the film that TMDB's record would, as far as it tells: names become ids that are made of them (`name_ids`),
credits get ids that begin with `flat:`. Homonyms are one person here; what the record does not tell of is empty.
"""

from collections.abc import Iterable

import msgspec

from taquilla.tables.name_ids import genre_of, name_id
from taquilla.tables.tmdb_shapes import CastCredit, Company, Credits, CrewCredit, Film, Genre, Id, Int64, Shape


class _Marks(Shape):
    """What tells the forms apart: TMDB's record has credits, the flat one directors and cast."""

    credits: msgspec.Raw = msgspec.Raw()
    directors: msgspec.Raw = msgspec.Raw()
    cast: msgspec.Raw = msgspec.Raw()


class _Flat(Shape):
    """Whoever writes the record may leave out what is unknown; without id and title there is no film."""

    id: Id
    title: str
    original_title: str | None = None
    overview: str | None = None
    release_date: str | None = None
    popularity: float | None = None
    vote_average: float | None = None
    vote_count: Int64 | None = None
    budget: Int64 | None = None
    revenue: Int64 | None = None
    runtime: Int64 | None = None
    genres: list[str] | None = None
    production_companies: list[str] | None = None
    directors: list[str] | None = None
    cast: list[str] | None = None


_marks = msgspec.json.Decoder(_Marks)
_flat = msgspec.json.Decoder(_Flat)


def is_flat(payload: bytes) -> bool:
    """Whether this is a flat record, and neither TMDB's own nor something that cannot be read."""
    try:
        marks = _marks.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return False
    return not len(marks.credits) and bool(len(marks.directors) or len(marks.cast))


def decode_flat(payload: bytes) -> Film:
    """The film that the flat record tells of. msgspec.DecodeError, UnicodeDecodeError: it breaks its types."""
    flat = _flat.decode(payload)
    return Film(
        id=flat.id,
        title=flat.title,
        original_title=flat.original_title,
        overview=flat.overview,
        release_date=flat.release_date,
        popularity=flat.popularity,
        vote_average=flat.vote_average,
        vote_count=flat.vote_count,
        budget=flat.budget,
        revenue=flat.revenue,
        runtime=flat.runtime,
        genres=[Genre(*genre_of(name)) for name in _names(flat.genres)],
        production_companies=[Company(name_id(name), name) for name in _names(flat.production_companies)],
        credits=Credits(_cast(flat), _crew(flat)),
    )


def _names(names: Iterable[str] | None) -> list[str]:
    """Each name once, in the record's order; a name of white space is none."""
    return list(dict.fromkeys(name for told in names or () if (name := told.strip())))


def _cast(flat: _Flat) -> list[CastCredit]:
    return [
        CastCredit(name_id(name), name, _credit_id(flat.id, "cast", name), order=order)
        for order, name in enumerate(_names(flat.cast))
    ]


def _crew(flat: _Flat) -> list[CrewCredit]:
    return [
        CrewCredit(name_id(name), name, _credit_id(flat.id, "crew", name), job="Director", department="Directing")
        for name in _names(flat.directors)
    ]


def _credit_id(film_id: int, part: str, name: str) -> str:
    """Film, part and person: two credits cannot share one, and the same record gives the same ids."""
    return f"flat:{film_id}:{part}:{-name_id(name)}"
