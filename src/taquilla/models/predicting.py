"""Predicts a planned film's success and popularity, and says where the plan leaves what the model has seen."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from taquilla.models.encoding import Encoding
from taquilla.models.features import BEFORE_RELEASE, query
from taquilla.models.films import Films, films_of, known_categories
from taquilla.models.intervals import LEVEL
from taquilla.models.plans import FilmPlan
from taquilla.models.protocols import HONEST
from taquilla.models.served import Model
from taquilla.models.targets import TARGETS
from taquilla.tables.films import popularity_level
from taquilla.warehouse.asking import Ask

Reason = Literal["below the range", "above the range", "seldom or never seen", "not in the warehouse"]


@dataclass(frozen=True, slots=True, order=True)
class OutOfRange:
    """Something of the plan that the films learnt from did not have. low, high: their range, for a number.

    targets: for which it is so; ranges: the range of each, in their order; `low` and `high` are the first one's.
    """

    feature: str
    given: float | str
    reason: Reason
    low: float | None = None
    high: float | None = None
    targets: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A target's value with an interval that is meant to hold 80 % of such films, in the target's unit.

    measured_coverage: the share, 0 to 1, that the honest model's interval held of the films it was tested on.
    percentile: 0 to 1, where the value stands among the films learnt from. popularity_level: the seeds' label.
    """

    target: str
    value: float
    low: float
    high: float
    level: float
    measured_coverage: float
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
        """What is outside of the training range of either target, each thing once with its targets."""
        found: dict[tuple[str, float | str, Reason], OutOfRange] = {}
        for each in (*self.success.outside, *self.popularity.outside):
            known = found.setdefault((each.feature, each.given, each.reason), each)
            if known is not each:
                both = (*known.targets, *each.targets), (*known.ranges, *each.ranges)
                found[each.feature, each.given, each.reason] = replace(known, targets=both[0], ranges=both[1])
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
    estimates = {name: _estimate(model, name, film, unknown) for name in model.targets}
    return Prediction(model.name, estimates["success"], estimates["popularity"], plan.missing())


def _estimate(model: Model, name: str, film: Films, unknown: tuple[OutOfRange, ...]) -> Estimate:
    served, measured = model.targets[name], model.metrics["targets"][name]["protocols"][HONEST]
    scores = served.fitted.scores(film)
    value = max(float(served.fitted.values(scores)[0]), 0.0)
    low, high = (float(end[0]) for end in served.margins.around(served.fitted, scores))
    return Estimate(
        target=name,
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        measured_coverage=measured["interval"]["coverage"],
        unit=TARGETS[name].unit,
        percentile=served.percentile(value),
        popularity_level=_level(value) if name == "popularity" else None,
        outside=tuple(replace(each, targets=(name,)) for each in (*_outside(served.fitted.encoding, film), *unknown)),
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
        yield OutOfRange(name, given, "below the range", low, high, ranges=((low, high),))
    elif given > high:
        yield OutOfRange(name, given, "above the range", low, high, ranges=((low, high),))
