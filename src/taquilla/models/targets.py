"""What is predicted: the seeds' success and popularity, and which films have it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from taquilla.models.features import AFTER_RELEASE, FEATURES, Feature, Known
from taquilla.models.films import Films, Numbers


@dataclass(frozen=True, slots=True)
class Target:
    """A number to predict. `parts`: the features that it is computed from; a film that lacks one has no target."""

    name: str
    formula: str
    unit: str
    parts: tuple[str, ...]
    of: Callable[[Films], Numbers]
    # What the seeds' own model takes; most of it is not known before the release.
    seed_features: tuple[str, ...]

    def known(self, feature: Feature) -> Known:
        """When the feature is known, seen from this target."""
        return "part of the target" if feature.name in self.parts else feature.known

    def proxies(self) -> tuple[Feature, ...]:
        """What is known only after the release and is no part of this target."""
        return tuple(feature for feature in AFTER_RELEASE if feature.name not in self.parts)

    def seeds(self) -> tuple[Feature, ...]:
        """The features of the seeds' own model, as plain numbers: no logarithms there."""
        return tuple(replace(FEATURES[name], kind="number") for name in self.seed_features)

    def films(self, films: Films) -> Films:
        """The films that have the target, in their order."""
        unknown = np.isnan([films.numbers[part] for part in self.parts]).any(axis=0)
        return films.take(np.flatnonzero(~unknown))


def _success(films: Films) -> Numbers:
    return 0.7 * films.numbers["popularity"] + 0.3 * films.numbers["vote_average"] * 10


TARGETS = MappingProxyType(
    {
        "success": Target(
            "success",
            "0.7 * popularity + 0.3 * vote_average * 10",
            "success points",
            ("popularity", "vote_average"),
            _success,
            ("budget_usd", "runtime_min", "vote_count", "vote_average", "popularity"),
        ),
        "popularity": Target(
            "popularity",
            "popularity",
            "popularity points",
            ("popularity",),
            lambda films: films.numbers["popularity"],
            ("budget_usd", "runtime_min", "vote_average"),
        ),
    }
)
