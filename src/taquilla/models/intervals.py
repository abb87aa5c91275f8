"""How sure a prediction is: an interval from films that the model had not learnt from (split conformal)."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from taquilla.models.estimators import Fitted
from taquilla.models.films import Films, Numbers
from taquilla.models.targets import Target

LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Margins:
    """How far below and above a prediction 80 % of the held-back films were, on the scale of log(1 + y)."""

    below: float
    above: float
    films: int

    def around(self, fitted: Fitted, scores: Numbers) -> tuple[Numbers, Numbers]:
        """The interval's low and high ends for these scores, on the target's own scale; it holds the prediction."""
        values = fitted.values(scores)
        low, high = np.expm1(scores + self.below), np.expm1(scores + self.above)
        return np.maximum(np.minimum(low, values), 0), np.maximum(high, values)


def calibrate(fitted: Fitted, films: Films, target: Target, level: float = LEVEL) -> Margins:
    """The margins that these films ask for; the model must not have learnt from them."""
    off = np.sort(np.log1p(target.of(films)) - fitted.scores(films))
    count, tail = len(off), (1 - level) / 2
    # One film more than there are: the film to come is as likely in any place among these.
    low = max(floor((count + 1) * tail), 1) - 1
    high = min(ceil((count + 1) * (1 - tail)), count) - 1
    return Margins(float(off[low]), float(off[high]), count)


def coverage(fitted: Fitted, margins: Margins, films: Films, target: Target) -> dict[str, float]:
    """The share of these films inside of their interval, and how wide it is."""
    low, high = margins.around(fitted, fitted.scores(films))
    wanted = target.of(films)
    return {
        "level": LEVEL,
        "coverage": float(np.mean((low <= wanted) & (wanted <= high))),
        "median_width": float(np.median(high - low)),
        "calibration_films": margins.films,
    }
