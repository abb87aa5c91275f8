"""Films side by side as columns of numbers, so that parts of them are cheap to take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taquilla.models.features import FEATURES, Feature, Row, read_rows
from taquilla.warehouse.asking import Ask

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Films:
    """Films in an order, the earliest first; unknown is NaN.

    categories: by feature and category 1.0 where the film has it, 0.0 where it has others.
    """

    film_ids: NDArray[np.int64]
    split_dates: NDArray[np.datetime64]
    numbers: Mapping[str, Numbers]
    categories: Mapping[str, Mapping[str, Numbers]]

    def __len__(self) -> int:
        return len(self.film_ids)

    def take(self, places: Places) -> "Films":
        """The films of these places, in the order of the places."""
        return Films(
            self.film_ids[places],
            self.split_dates[places],
            {name: column[places] for name, column in self.numbers.items()},
            {name: {key: has[places] for key, has in found.items()} for name, found in self.categories.items()},
        )

    def where(self, wanted: NDArray[np.bool_]) -> "Films":
        """The films for which it is true."""
        return self.take(np.flatnonzero(wanted))

    def has(self, feature: str, category: str) -> Numbers:
        """Whether each film has the category; NaN where nothing is known of it."""
        found = self.categories[feature]
        return found[category] if category in found else found[_KNOWN] * 0.0


# Stands for "something is known": 1.0 or NaN. No category has an empty name.
_KNOWN = ""


def read_films(ask: Ask) -> Films:
    """Every film that is not removed and was released before the newest record, the earliest first."""
    return films_of(read_rows(ask), FEATURES.values())


def films_of(rows: Sequence[Row], features: Iterable[Feature]) -> Films:
    """These rows of films as columns."""
    numbers: dict[str, Numbers] = {}
    categories: dict[str, dict[str, Numbers]] = {}
    for feature in features:
        values = [row.get(feature.name) for row in rows]
        if feature.kind in ("number", "amount"):
            numbers[feature.name] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        else:
            categories[feature.name] = _categories([_listed(value) for value in values])
    return Films(
        np.array([row["film_id"] for row in rows], dtype=np.int64),
        np.array([row["split_date"] for row in rows], dtype="datetime64[D]"),
        numbers,
        categories,
    )


def _listed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _categories(listed: Sequence[tuple[str, ...]]) -> dict[str, Numbers]:
    known = np.array([1.0 if found else np.nan for found in listed])
    made = {_KNOWN: known}
    for place, found in enumerate(listed):
        for category in found:
            if category not in made:
                made[category] = known * 0.0
            made[category][place] = 1.0
    return made


def known_categories(films: Films, feature: str) -> dict[str, int]:
    """The categories of the feature with the number of films that have each, by name."""
    found = {key: int(np.nansum(has)) for key, has in films.categories[feature].items() if key != _KNOWN}
    return {key: count for key, count in sorted(found.items()) if count}


def day(moment: np.datetime64) -> date:
    """The day as Python has it."""
    return date.fromisoformat(str(moment))
