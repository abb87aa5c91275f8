"""How near predictions come: the usual measures, on the target's own scale and on that of its order."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.metrics import r2_score  # type: ignore[import-untyped]

Scores = Mapping[str, float | None]
Numbers = NDArray[np.float64]


def scores(actual: Numbers, predicted: Numbers) -> Scores:
    """R2, RMSE and MAE in the target's unit, R2 of log(1 + y), Spearman's rank correlation; None: not defined.

    R2 is against the mean of these very films, so predicting the mean of earlier films may be below 0.
    """
    error = predicted - actual
    return {
        "r2": float(r2_score(actual, predicted)),
        "r2_log": float(r2_score(np.log1p(actual), np.log1p(np.maximum(predicted, 0)))),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "spearman": rank_correlation(actual, predicted),
    }


def rank_correlation(left: Numbers, right: Numbers) -> float | None:
    """Spearman's rank correlation; None where one side is constant, or fewer than three numbers are given."""
    if left.size < 3 or left.min() == left.max() or right.min() == right.max():
        return None
    return float(spearmanr(left, right).statistic)
