"""What learns: each estimator takes rows of films and a target, and answers numbers on the target's own scale.

The targets are skewed (a few films have most of the popularity), so the model and its linear baseline learn log(1 + y);
what they answer is scaled back so that the films trained on keep their mean (Duan's smearing).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from sklearn.dummy import DummyRegressor  # type: ignore[import-untyped]
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor  # type: ignore[import-untyped]
from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]
from sklearn.linear_model import LinearRegression, Ridge  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from taquilla.models.encoding import Encoding, learn
from taquilla.models.features import Feature
from taquilla.models.films import Films, Numbers
from taquilla.models.targets import Target

Kind = Literal["mean", "linear", "boosting", "least_squares", "forest"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """An estimator that has learnt, with what it takes to ask it."""

    encoding: Encoding
    estimator: Any
    is_log: bool
    smearing: float

    def scores(self, films: Films) -> Numbers:
        """What the estimator says, on the scale that it learnt: log(1 + y), or y."""
        return self.raw(self.encoding.matrix(films))

    def raw(self, matrix: Numbers) -> Numbers:
        """The same of rows that are encoded already."""
        with _one_thread():
            return np.asarray(self.estimator.predict(matrix), dtype=np.float64)

    def values(self, scores: Numbers) -> Numbers:
        """Scores on the target's own scale."""
        return np.exp(scores) * self.smearing - 1 if self.is_log else scores


@dataclass(frozen=True, slots=True)
class Lesson:
    """Films encoded to be learnt from, once for all estimators that learn from them."""

    encoding: Encoding
    matrix: Numbers
    wanted: Numbers


def lesson(films: Films, features: Sequence[Feature], target: Target) -> Lesson:
    """These features and the target of these films."""
    encoding = learn(films, features)
    return Lesson(encoding, encoding.matrix(films), target.of(films))


def fit(kind: Kind, taught: Lesson, seed: int) -> Fitted:
    """An estimator of this kind that has learnt the lesson."""
    is_log = kind in ("linear", "boosting")
    estimator = _new(kind, seed)
    with _one_thread():
        estimator.fit(taught.matrix, np.log1p(taught.wanted) if is_log else taught.wanted)
        scores = np.asarray(estimator.predict(taught.matrix))
    smearing = float(np.mean(1 + taught.wanted) / np.mean(np.exp(scores))) if is_log else 1.0
    return Fitted(taught.encoding, estimator, is_log, smearing)


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _one_thread() -> AbstractContextManager[Any]:
    # The same sums in the same order, and no waiting for a core that others use.
    limited: AbstractContextManager[Any] = _threads().limit(limits=1)
    return limited


def _new(kind: Kind, seed: int) -> Any:
    if kind == "boosting":
        return HistGradientBoostingRegressor(
            max_iter=80,
            learning_rate=0.1,
            max_leaf_nodes=8,
            min_samples_leaf=20,
            l2_regularization=1.0,
            early_stopping=False,
            max_bins=128,
            random_state=seed,
        )
    if kind == "mean":
        return DummyRegressor()
    if kind == "forest":
        learner: Any = RandomForestRegressor(30, random_state=seed, n_jobs=1)
    else:
        learner = Ridge(30.0) if kind == "linear" else LinearRegression()
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), learner)
