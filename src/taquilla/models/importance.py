"""What a model goes by: how much worse it gets when a feature is shuffled, and the forest's own account."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import r2_score  # type: ignore[import-untyped]

from taquilla.models.estimators import Fitted
from taquilla.models.films import Films, Numbers
from taquilla.models.targets import Target

REPEATS = 5
# More films make it slower and hardly surer.
MOST_FILMS = 500


@dataclass(frozen=True, slots=True)
class Importance:
    """How much the model needs the feature; see `method`."""

    target: str
    protocol: str
    feature: str
    importance_mean: float
    importance_std: float
    method: str

    def row(self) -> dict[str, Any]:
        """One row of feature_importance.csv."""
        return asdict(self)


def by_shuffling(fitted: Fitted, films: Films, target: Target, protocol: str, seed: int) -> list[Importance]:
    """How much R2 of log(1 + target) falls when one feature of held-out films is shuffled, the most needed first.

    A feature's columns (the genres, say) are shuffled together.
    """
    drawn = np.random.default_rng(seed)
    some = films.take(np.sort(drawn.permutation(len(films))[:MOST_FILMS]))
    matrix, wanted = fitted.encoding.matrix(some), np.log1p(target.of(some))
    whole = r2_score(wanted, fitted.raw(matrix))
    made = []
    for feature, places in fitted.encoding.places().items():
        falls = whole - _shuffled(fitted, matrix, wanted, places, drawn)
        mean, spread = float(np.mean(falls)), float(np.std(falls))
        made.append(Importance(target.name, protocol, feature, mean, spread, "fall of R2 of log(1 + target)"))
    return sorted(made, key=lambda each: (-each.importance_mean, each.feature))


def _shuffled(
    fitted: Fitted, matrix: Numbers, wanted: Numbers, places: list[int], drawn: np.random.Generator
) -> Numbers:
    """R2 after each shuffling. The model is asked once for all of them: its answers cost less than its calls."""
    mixed = np.concatenate([matrix] * REPEATS)
    order = np.concatenate([drawn.permutation(len(matrix)) for _ in range(REPEATS)])
    mixed[:, places] = matrix[order][:, places]
    return np.array([r2_score(wanted, scores) for scores in np.split(fitted.raw(mixed), REPEATS)])


def by_forest(fitted: Fitted, target: Target, protocol: str) -> list[Importance]:
    """The forest's own: the share of the variance that splits on a feature take away; mean, spread over its trees."""
    imputer, forest = fitted.estimator[0], fitted.estimator[-1]
    feature_of = _columns_of(fitted, imputer)
    trees = np.array([tree.feature_importances_ for tree in forest.estimators_])
    made = []
    for feature in fitted.encoding.places():
        shares = trees[:, [place for place, name in enumerate(feature_of) if name == feature]].sum(axis=1)
        mean, spread = float(shares.mean()), float(shares.std())
        made.append(Importance(target.name, protocol, feature, mean, spread, "share of the forest's splits"))
    return sorted(made, key=lambda each: (-each.importance_mean, each.feature))


def _columns_of(fitted: Fitted, imputer: Any) -> list[str]:
    """The feature behind each column that the forest saw: the imputer adds one for what was unknown."""
    columns = [feature for feature, _, _ in fitted.encoding.columns]
    return columns + [columns[place] for place in imputer.indicator_.features_]
