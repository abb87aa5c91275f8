"""Predicts a planned film's success and popularity, and says where the plan leaves what the model has seen."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from taquilla.models.encoding import Encoding
from taquilla.models.features import BEFORE_RELEASE, query
from taquilla.models.films import Films, films_of, known_categories
from taquilla.models.intervals import LEVEL
from taquilla.models.plans import FilmPlan
from taquilla.models.served import Model, Served
from taquilla.models.targets import TARGETS
from taquilla.tables.films import popularity_level
from taquilla.warehouse.asking import Ask

Reason = Literal["below the range", "above the range", "seldom or never seen", "not in the warehouse"]


@dataclass(frozen=True, slots=True, order=True)
class OutOfRange:
    """Something of the plan that the films learnt from did not have. low, high: their range, for a number."""

    feature: str
    given: float | str
    reason: Reason
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A target's value with its 80 % interval, in the target's unit.

    percentile: 0 to 1, where the value stands among the films learnt from. popularity_level: the seeds' label.
    """

    target: str
    value: float
    low: float
    high: float
    level: float
    unit: str
    percentile: float
    popularity_level: str | None
    outside: tuple[OutOfRange, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a plan. missing: what the plan leaves unknown."""

    model: str
    success: Estimate
    popularity: Estimate
    missing: tuple[str, ...]

    @property
    def outside(self) -> tuple[OutOfRange, ...]:
        """What is outside of the training range of either target, each thing once."""
        found = {(each.feature, each.given): each for part in (self.success, self.popularity) for each in part.outside}
        return tuple(found.values())


def predict(model: Model, ask: Ask, plan: FilmPlan) -> Prediction:
    """Both targets of the planned film; the histories of its people and companies come from the warehouse.

    Without a release date the film comes after all that the warehouse has.
    """
    film = films_of(ask(query("subject_plan", "before_release"), **plan.parameters()), BEFORE_RELEASE)
    unknown = tuple(
        OutOfRange(row["role"], str(row["member_id"]), "not in the warehouse")
        for row in ask(query("unknown_members"), **plan.members())
    )
    estimates = {name: _estimate(name, served, film, unknown) for name, served in model.targets.items()}
    return Prediction(model.name, estimates["success"], estimates["popularity"], plan.missing())


def _estimate(name: str, served: Served, film: Films, unknown: tuple[OutOfRange, ...]) -> Estimate:
    scores = served.fitted.scores(film)
    value = max(float(served.fitted.values(scores)[0]), 0.0)
    low, high = (float(end[0]) for end in served.margins.around(served.fitted, scores))
    return Estimate(
        target=name,
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        unit=TARGETS[name].unit,
        percentile=served.percentile(value),
        popularity_level=_level(value) if name == "popularity" else None,
        outside=(*_outside(served.fitted.encoding, film), *unknown),
    )


def _level(popularity: float) -> str:
    return str(pl.select(popularity_level(pl.lit(popularity))).item())


def _outside(encoding: Encoding, film: Films) -> Iterator[OutOfRange]:
    for feature in BEFORE_RELEASE:
        if feature.kind in ("number", "amount"):
            yield from _beyond(feature.name, float(film.numbers[feature.name][0]), encoding)
        else:
            for category in known_categories(film, feature.name):
                if category not in encoding.categories[feature.name]:
                    yield OutOfRange(feature.name, category, "seldom or never seen")


def _beyond(name: str, given: float, encoding: Encoding) -> Iterator[OutOfRange]:
    if math.isnan(given) or name not in encoding.ranges:
        return
    low, high = encoding.ranges[name]
    if given < low:
        yield OutOfRange(name, given, "below the range", low, high)
    elif given > high:
        yield OutOfRange(name, given, "above the range", low, high)
