"""The ways to measure a model, from the seeds' own to the honest one; each says what leaks into it and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from taquilla.models.estimators import Fitted, Kind, fit, lesson
from taquilla.models.features import BEFORE_RELEASE, FEATURES, Feature, names
from taquilla.models.films import Films
from taquilla.models.leaks import find_leaks
from taquilla.models.scores import scores
from taquilla.models.splits import Split, at_random, by_date
from taquilla.models.targets import Target

HONEST = "by_date_pre_release"
OURS: dict[str, Kind] = {"mean": "mean", "linear": "linear", "model": "boosting"}
SEEDS: dict[str, Kind] = {"mean": "mean", "linear": "least_squares", "model": "forest"}
ESTIMATORS = {
    "mean": "the mean of the films trained on",
    "linear": "ridge regression of log(1 + target)",
    "boosting": "gradient boosted trees of log(1 + target)",
    "least_squares": "least squares on scaled features",
    "forest": "random forest on scaled features",
}


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way to measure: which films are held out, and what the model may know."""

    name: str
    what: str
    split: Literal["random", "date"]
    knows: Literal["seeds", "before release", "everything"]
    estimators: tuple[tuple[str, Kind], ...]

    def features(self, target: Target) -> tuple[Feature, ...]:
        """What the model may know of a film."""
        if self.knows == "seeds":
            return target.seeds()
        return BEFORE_RELEASE if self.knows == "before release" else (*BEFORE_RELEASE, *target.proxies())

    def divide(self, films: Films, seed: int) -> Split:
        """The films to learn from and the films to be tested on."""
        return at_random(films, seed) if self.split == "random" else by_date(films)


PROTOCOLS = MappingProxyType(
    {
        protocol.name: protocol
        for protocol in (
            Protocol(
                "seed_80_20",
                "The seeds' own: a random 80/20 split and features that are not known before the release.",
                "random",
                "seeds",
                tuple(SEEDS.items()),
            ),
            Protocol(
                "random_80_20_pre_release",
                "A random 80/20 split, so later films help to predict earlier ones; known before release only.",
                "random",
                "before release",
                tuple(OURS.items()),
            ),
            Protocol(
                "by_date_proxies",
                "The later films are tested; votes and revenue, known only after release, are among the features.",
                "date",
                "everything",
                tuple(OURS.items()),
            ),
            Protocol(
                HONEST,
                "The honest one: trained on earlier films, tested on later ones, known before release only.",
                "date",
                "before release",
                tuple(OURS.items()),
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A protocol carried out: what goes into metrics.json, and what learnt and was tested."""

    protocol: Protocol
    facts: dict[str, Any]
    split: Split
    model: Fitted


def measure(protocol: Protocol, films: Films, target: Target, seed: int) -> Measured:
    """Carry the protocol out on the films that have the target."""
    split, features = protocol.divide(films, seed), protocol.features(target)
    taught = lesson(split.train, features, target)
    fitted = {name: fit(kind, taught, seed) for name, kind in protocol.estimators}
    asked, wanted = taught.encoding.matrix(split.test), target.of(split.test)
    facts = {
        "what": protocol.what,
        **_leaking(films, features, target, protocol),
        "split": _told(split, protocol),
        "features": names(features),
        "features_left_out": list(fitted["model"].encoding.left_out),
        "estimators": {name: ESTIMATORS[kind] for name, kind in protocol.estimators},
        "metrics": {name: dict(scores(wanted, each.values(each.raw(asked)))) for name, each in fitted.items()},
    }
    return Measured(protocol, facts, split, fitted["model"])


def _leaking(films: Films, features: Sequence[Feature], target: Target, protocol: Protocol) -> dict[str, Any]:
    declared = [{"feature": f.name, "why": _why(f, target)} for f in features if target.known(f) != "before release"]
    found = [{"feature": leak.feature, "why": leak.why} for leak in find_leaks(films, features, target)]
    return {
        "leaks": bool(declared or found),
        "future_films_in_training": protocol.split == "random",
        "leaking_features": declared,
        # Nothing of later films, and yet not what was known on the day.
        "measured_today": names(f for f in features if f.measured_today),
        "found_by_leak_check": found,
    }


def _why(feature: Feature, target: Target) -> str:
    known = target.known(feature)
    return known if known == "part of the target" else "known only after release"


def _told(split: Split, protocol: Protocol) -> dict[str, Any]:
    return {
        "by": protocol.split,
        "train_films": len(split.train),
        "test_films": len(split.test),
        "cut_off_date": split.cut_off.isoformat() if split.cut_off else None,
    }


def known_when(target: Target) -> dict[str, dict[str, str]]:
    """What each feature means and when it is known, seen from this target."""
    return {f.name: {"meaning": f.meaning, "known": _known(f, target)} for f in FEATURES.values()}


def _known(feature: Feature, target: Target) -> str:
    known = target.known(feature)
    return f"{known}, by today's figures" if feature.measured_today else known
