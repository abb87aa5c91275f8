"""A film that is not made yet, as far as it is known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from taquilla.errors import DataError

MOST_IDS = 100
# The first film for an audience, and as far ahead as anybody announces one.
FIRST_YEAR, LAST_YEAR = 1874, 2100


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """What is known of a film before its release; what is not given is unknown. Ids are TMDB's.

    cast_ids: in the order of billing; the first five count. DataError: something is impossible (a budget of 0, say).
    """

    budget_usd: int | None = None
    runtime_min: int | None = None
    release_date: date | None = None
    original_language: str | None = None
    genre_ids: tuple[int, ...] = ()
    country_codes: tuple[str, ...] = ()
    director_ids: tuple[int, ...] = ()
    cast_ids: tuple[int, ...] = ()
    company_ids: tuple[int, ...] = ()
    collection_id: int | None = None

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise DataError(f"This film cannot be: {'; '.join(faults)}. Correct the plan and ask again.")

    def missing(self) -> tuple[str, ...]:
        """What the plan leaves unknown. No collection is an answer, not an unknown."""
        return tuple(f.name for f in fields(self) if f.name != "collection_id" and getattr(self, f.name) in (None, ()))

    def members(self) -> dict[str, list[int]]:
        """The people, companies and collection as the queries take them, each once."""
        return {
            "director_ids": _once(self.director_ids),
            "cast_ids": _once(self.cast_ids)[:5],
            "company_ids": _once(self.company_ids),
            "collection_ids": [] if self.collection_id is None else [self.collection_id],
        }

    def parameters(self) -> dict[str, Any]:
        """What `subject_plan.sql` and `before_release.sql` take."""
        return {
            "budget_usd": self.budget_usd,
            "runtime_min": self.runtime_min,
            "release_date": self.release_date,
            "original_language": self.original_language,
            "genre_ids": _once(self.genre_ids),
            "country_codes": _once(self.country_codes),
            **self.members(),
        }


def _once(given: tuple[Any, ...]) -> list[Any]:
    return list(dict.fromkeys(given))


def _faults(plan: FilmPlan) -> Iterator[str]:
    if plan.budget_usd is not None and not 0 < plan.budget_usd < 10**12:
        yield f"budget_usd {plan.budget_usd} is not between 1 and 999,999,999,999"
    if plan.runtime_min is not None and not 0 < plan.runtime_min < 10_000:
        yield f"runtime_min {plan.runtime_min} is not between 1 and 9,999"
    if plan.release_date is not None and not FIRST_YEAR <= plan.release_date.year <= LAST_YEAR:
        yield f"release_date {plan.release_date} is not between {FIRST_YEAR} and {LAST_YEAR}"
    if plan.original_language is not None and not re.fullmatch("[a-z]{2}", plan.original_language):
        yield f"original_language {plan.original_language!r} is no ISO 639-1 code"
    for code in plan.country_codes:
        if not re.fullmatch("[A-Z]{2}", code):
            yield f"country {code!r} is no ISO 3166-1 code"
    for name in ("genre_ids", "country_codes", "director_ids", "cast_ids", "company_ids"):
        if len(getattr(plan, name)) > MOST_IDS:
            yield f"{name} has more than {MOST_IDS} entries"
    if any(not -(2**63) <= number < 2**63 for number in _ids(plan)):
        yield "an id does not fit 64 bits"


def _ids(plan: FilmPlan) -> Iterator[int]:
    yield from (*plan.genre_ids, *plan.director_ids, *plan.cast_ids, *plan.company_ids)
    if plan.collection_id is not None:
        yield plan.collection_id
