"""Films as rows of numbers: which columns there are is learnt from the films trained on, and from no other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from taquilla.models.features import Feature
from taquilla.models.films import Films, Numbers, known_categories

# A language, country or genre has a column of its own if at least this share of the films has it, and this many.
SELDOM_SHARE, SELDOM = 0.01, 10


@dataclass(frozen=True, slots=True)
class Encoding:
    """How films become numbers. A column is (feature, kind, the category that it stands for)."""

    columns: tuple[tuple[str, str, str], ...]
    # By feature: the lowest and the highest number, the films of each category that has a column.
    ranges: Mapping[str, tuple[float, float]]
    categories: Mapping[str, Mapping[str, int]]
    # Features without two different values among these films: nothing can be learnt of them.
    left_out: tuple[str, ...]

    def matrix(self, films: Films) -> Numbers:
        """One row a film, one column a column; unknown is NaN."""
        made = [_column(films, *column) for column in self.columns]
        return np.column_stack(made) if made else np.empty((len(films), 0))

    def places(self) -> dict[str, list[int]]:
        """The places of each feature's columns."""
        found: dict[str, list[int]] = {}
        for place, (feature, _, _) in enumerate(self.columns):
            found.setdefault(feature, []).append(place)
        return found

    def plain(self) -> dict[str, Any]:
        """The same as lists and dicts, to be saved."""
        return {
            "columns": [list(column) for column in self.columns],
            "ranges": {name: list(bounds) for name, bounds in self.ranges.items()},
            "categories": {name: dict(films) for name, films in self.categories.items()},
            "left_out": list(self.left_out),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Encoding":
        """The encoding that `plain()` gave."""
        return cls(
            tuple((str(feature), str(kind), str(category)) for feature, kind, category in plain["columns"]),
            {name: (float(low), float(high)) for name, (low, high) in plain["ranges"].items()},
            {name: {key: int(films) for key, films in known.items()} for name, known in plain["categories"].items()},
            tuple(plain["left_out"]),
        )


def learn(films: Films, features: Iterable[Feature]) -> Encoding:
    """The encoding of these features as these films have them."""
    columns: list[tuple[str, str, str]] = []
    ranges: dict[str, tuple[float, float]] = {}
    categories: dict[str, dict[str, int]] = {}
    left_out = []
    for feature in features:
        if feature.kind in ("number", "amount"):
            found: list[tuple[str, str, str]] = [(feature.name, feature.kind, "")]
            ranges |= _range(films, feature.name)
        else:
            categories[feature.name] = _often(films, feature.name)
            found = [(feature.name, feature.kind, category) for category in categories[feature.name]]
        useful = [column for column in found if _varies(_column(films, *column))]
        columns += useful
        left_out += [] if useful else [feature.name]
    return Encoding(tuple(columns), ranges, categories, tuple(left_out))


def _range(films: Films, name: str) -> dict[str, tuple[float, float]]:
    column = films.numbers[name]
    known = column[~np.isnan(column)]
    return {name: (float(known.min()), float(known.max()))} if known.size else {}


def _often(films: Films, name: str) -> dict[str, int]:
    least = max(SELDOM, int(len(films) * SELDOM_SHARE))
    return {category: count for category, count in known_categories(films, name).items() if count >= least}


def _column(films: Films, feature: str, kind: str, category: str) -> Numbers:
    if category:
        return films.has(feature, category)
    column = films.numbers[feature]
    return np.log1p(column) if kind == "amount" else column


def _varies(column: Numbers) -> bool:
    known = column[~np.isnan(column)]
    return bool(known.size and known.min() < known.max())
