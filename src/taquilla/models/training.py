"""Trains: both targets by every protocol, the model that answers, and the folder with all that is told of it."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import taquilla
from taquilla.errors import DataError
from taquilla.models.estimators import fit, lesson
from taquilla.models.features import BEFORE_RELEASE, query
from taquilla.models.films import Films, read_films
from taquilla.models.importance import Importance, by_forest, by_shuffling
from taquilla.models.intervals import calibrate, coverage
from taquilla.models.protocols import HONEST, PROTOCOLS, Measured, known_when, measure
from taquilla.models.saving import save
from taquilla.models.served import Served, percentiles
from taquilla.models.splits import by_date
from taquilla.models.targets import TARGETS, Target
from taquilla.warehouse.asking import Ask

FEWEST = 50
Progress = Callable[[str], None]


class TooFewFilmsError(DataError):
    """Not enough films have a target; a run that trains by the way may go on without a model."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was made: its folder, what is in metrics.json, the rows of feature_importance.csv."""

    folder: Path
    metrics: Mapping[str, Any]
    importance: tuple[Importance, ...]


def _silent(_: str) -> None:
    """Tells nobody."""


def train(
    ask: Ask,
    folder: Path,
    *,
    now: datetime,
    seed: int = 42,
    with_pickle: bool = False,
    progress: Progress = _silent,
) -> Trained:
    """Make a model of both targets and leave it in `folder/ml_model_v2_{date}_{time}`, whole or not at all.

    The same films and the same seed give the same model. with_pickle: `model.pkl` as well, which Taquilla never reads.
    TooFewFilmsError: too few films have a target. DataError: all are of one day. UnavailableError: the folder cannot be
    written.
    """
    films, counts = read_films(ask), ask(query("film_counts"))[0]
    trained = [_train(films, target, seed, progress) for target in TARGETS.values()]
    metrics = {
        "made_at": now.isoformat(),
        "seed": seed,
        "versions": _versions(),
        "films": counts,
        "served": {"protocol": HONEST, "learnt_from": "all films with the target, the test films among them"},
        "targets": {each.target.name: each.facts for each in trained},
    }
    importance = tuple(row for each in trained for row in each.importance)
    served = {each.target.name: each.served for each in trained}
    saved, told = save(folder, served, metrics, importance, now=now, with_pickle=with_pickle)
    return Trained(saved, told, importance)


@dataclass(frozen=True, slots=True)
class _TrainedTarget:
    target: Target
    facts: dict[str, Any]
    served: Served
    importance: list[Importance]


def _train(films: Films, target: Target, seed: int, progress: Progress) -> _TrainedTarget:
    usable = target.films(films)
    if len(usable) < FEWEST:
        raise TooFewFilmsError(
            f"{len(usable)} of {len(films)} dated films have {' and '.join(target.parts)}; a model of {target.name} "
            f"takes {FEWEST}. Load more films, then train again: taquilla run"
        )
    measured = {}
    for protocol in PROTOCOLS.values():
        progress(f"{target.name}: {protocol.name}")
        measured[protocol.name] = measure(protocol, usable, target, seed)
    progress(f"{target.name}: interval, importance and the model that answers")
    honest, seeds = measured[HONEST], measured["seed_80_20"]
    honest.facts["interval"] = _interval(honest, target, seed)
    importance = by_shuffling(honest.model, honest.split.test, target, HONEST, seed)
    importance += by_forest(seeds.model, target, "seed_80_20")
    served = _served(honest, usable, target, seed)
    return _TrainedTarget(target, _facts(films, usable, target, measured, served), served, importance)


def _interval(honest: Measured, target: Target, seed: int) -> dict[str, float]:
    """How many test films the interval holds. Its margins come from the later films of the training part, as another
    model predicts them that had not learnt from them."""
    held_back = by_date(honest.split.train)
    earlier = fit("boosting", lesson(held_back.train, BEFORE_RELEASE, target), seed)
    return coverage(honest.model, calibrate(earlier, held_back.test, target), honest.split.test, target)


def _served(honest: Measured, films: Films, target: Target, seed: int) -> Served:
    """Learns from all films; its margins are how far off the honest model was on the films it had not seen."""
    margins = calibrate(honest.model, honest.split.test, target)
    return Served(fit("boosting", lesson(films, BEFORE_RELEASE, target), seed), margins, percentiles(films, target))


def _facts(
    films: Films, usable: Films, target: Target, measured: Mapping[str, Measured], served: Served
) -> dict[str, Any]:
    encoding = served.fitted.encoding
    return {
        "formula": target.formula,
        "unit": target.unit,
        "films_used": len(usable),
        "films_left_out": len(films) - len(usable),
        "left_out_because": f"{' or '.join(target.parts)} is unknown",
        "features": known_when(target),
        "protocols": {name: each.facts for name, each in measured.items()},
        "training_ranges": {name: list(bounds) for name, bounds in encoding.ranges.items()},
        "training_categories": {name: dict(found) for name, found in encoding.categories.items()},
        "margins": {"below": served.margins.below, "above": served.margins.above, "films": served.margins.films},
    }


def _versions() -> dict[str, str]:
    libraries = {name: version(name) for name in ("scikit-learn", "numpy", "skops")}
    return {"taquilla": taquilla.__version__, "python": platform.python_version(), **libraries}
