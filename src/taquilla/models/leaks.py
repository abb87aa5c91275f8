"""Finds features from which the target can be computed: they would make any model look good."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression  # type: ignore[import-untyped]

from taquilla.models.encoding import learn
from taquilla.models.features import Feature
from taquilla.models.films import Films, Numbers
from taquilla.models.scores import rank_correlation
from taquilla.models.targets import Target

SAME_ORDER = 0.98
SAME_VALUE = 0.99


@dataclass(frozen=True, slots=True)
class Leak:
    """A feature that gives the target away, and how that was seen."""

    feature: str
    why: str


def find_leaks(films: Films, features: Sequence[Feature], target: Target) -> tuple[Leak, ...]:
    """The features that order the films as the target does, alone, or give its value, summed with others.

    What they are declared as plays no part in it.
    """
    numbers = _numbers(films, features)
    wanted = target.of(films)
    alone = {name: leak for name, column in numbers.items() if (leak := _orders(name, column, wanted))}
    return tuple({**_sums(numbers, wanted), **alone}.values())


def _numbers(films: Films, features: Sequence[Feature]) -> dict[str, Numbers]:
    """The features that are numbers, on their own scale: a sum is not seen on that of logarithms."""
    plain = [Feature(f.name, f.meaning, f.known) for f in features if f.kind in ("number", "amount")]
    encoding = learn(films, plain)
    return {name: column for (name, _, _), column in zip(encoding.columns, encoding.matrix(films).T, strict=True)}


def _orders(name: str, column: Numbers, wanted: Numbers) -> Leak | None:
    known = ~np.isnan(column)
    if known.sum() < max(30, len(column) // 10):
        return None
    found = rank_correlation(column[known], wanted[known])
    if found is None or abs(found) < SAME_ORDER:
        return None
    return Leak(name, f"orders the films as the target does (Spearman {found:.3f})")


def _sums(numbers: dict[str, Numbers], wanted: Numbers) -> dict[str, Leak]:
    names = list(numbers)
    if not names or (found := _fit(numbers, names, wanted)) < SAME_VALUE:
        return {}
    # What can be spared without losing the sum is no part of it.
    for name in list(names):
        rest = [other for other in names if other != name]
        if rest and _fit(numbers, rest, wanted) >= SAME_VALUE:
            names = rest
    told = " + ".join(names)
    return {name: Leak(name, f"the target is a sum of {told} (least squares, R2 {found:.3f})") for name in names}


def _fit(numbers: dict[str, Numbers], names: Sequence[str], wanted: Numbers) -> float:
    columns = [np.nan_to_num(numbers[name], nan=float(np.nanmedian(numbers[name]))) for name in names]
    matrix = np.column_stack([(column - column.mean()) / column.std() for column in columns])
    return float(LinearRegression().fit(matrix, wanted).score(matrix, wanted))
