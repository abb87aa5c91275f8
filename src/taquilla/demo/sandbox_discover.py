"""What a /discover/movie query asks for, as checks on a film."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from operator import ge, le
from typing import Any, Final

from taquilla.demo.sandbox_errors import ApiError
from taquilla.demo.sandbox_store import Check, Film

_NUMBERS: Final[dict[str, Callable[[Film], float]]] = {
    "vote_average": lambda film: film.row.vote_average,
    "vote_count": lambda film: film.row.vote_count,
    "with_runtime": lambda film: film.runtime,
}
_DATES: Final = ("primary_release_date", "release_date")
# fromisoformat alone takes weeks as well: 2026-W07-1.
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YEARS: Final = ("primary_release_year", "year")
_SIDES: Final[dict[str, Callable[[Any, Any], bool]]] = {"gte": ge, "lte": le}
# TMDB filters by these; an unfiltered answer here would be a lie, so they are refused.
_REFUSED: Final = (
    "certification",
    "certification.gte",
    "certification.lte",
    "with_cast",
    "with_companies",
    "with_crew",
    "with_keywords",
    "with_origin_country",
    "with_people",
    "with_release_type",
    "with_watch_monetization_types",
    "with_watch_providers",
    "without_companies",
    "without_keywords",
)


def discover_checks(query: Mapping[str, str]) -> tuple[Check, ...]:
    """The checks that a film passes to be listed; raises `ApiError` for a value that does not parse."""
    return tuple(_checks({key: value for key, value in query.items() if value}))


def _checks(query: Mapping[str, str]) -> Iterator[Check]:
    for name in _REFUSED:
        if name in query:
            raise ApiError(5, f"The sandbox does not filter by {name}.")
    if query.get("include_adult", "false").lower() != "true":
        yield lambda film: not film.row.adult
    yield from _date_checks(query)
    yield from _year_checks(query)
    yield from _number_checks(query)
    yield from _genre_checks(query)
    if "with_original_language" in query:
        languages = frozenset(query["with_original_language"].split("|"))
        yield lambda film: film.row.original_language in languages


def _date_checks(query: Mapping[str, str]) -> Iterator[Check]:
    for name in _DATES:
        for side, holds in _SIDES.items():
            if (text := query.get(f"{name}.{side}")) is not None:
                yield _date_check(parse_date(text).isoformat(), holds)


def _date_check(bound: str, holds: Callable[[Any, Any], bool]) -> Check:
    # ISO dates compare as text; a film without a date is in no window.
    return lambda film: bool(film.row.release_date) and holds(film.row.release_date, bound)


def _year_checks(query: Mapping[str, str]) -> Iterator[Check]:
    for name in _YEARS:
        if name in query:
            prefix = f"{_integer(name, query[name]):04d}-"
            yield lambda film, prefix=prefix: film.row.release_date.startswith(prefix)  # type: ignore[misc]


def _number_checks(query: Mapping[str, str]) -> Iterator[Check]:
    for name, value_of in _NUMBERS.items():
        for side, holds in _SIDES.items():
            if (text := query.get(f"{name}.{side}")) is not None:
                yield _number_check(value_of, holds, _number(name, text))


def _number_check(value_of: Callable[[Film], float], holds: Callable[[Any, Any], bool], bound: float) -> Check:
    return lambda film: holds(value_of(film), bound)


def _genre_checks(query: Mapping[str, str]) -> Iterator[Check]:
    if "with_genres" in query:
        wanted = _genre_sets("with_genres", query["with_genres"])
        yield lambda film: any(ids <= set(film.row.genre_ids) for ids in wanted)
    if "without_genres" in query:
        unwanted = frozenset().union(*_genre_sets("without_genres", query["without_genres"]))
        yield lambda film: unwanted.isdisjoint(film.row.genre_ids)


def _genre_sets(name: str, text: str) -> list[frozenset[int]]:
    """`28,12|16` is (28 and 12) or 16."""
    return [frozenset(_integer(name, part) for part in group.split(",")) for group in text.split("|")]


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ApiError(5, f"{name} expects whole numbers, not {text!r}.") from None


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ApiError(5, f"{name} expects a number, not {text!r}.") from None


def parse_date(text: str) -> date:
    """A YYYY-MM-DD date; any other spelling is TMDB's code 23."""
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ApiError(23)
