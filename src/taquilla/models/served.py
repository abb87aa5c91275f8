"""The model that answers: for each target an estimator, its margins and the films that it learnt from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from taquilla.models.encoding import Encoding
from taquilla.models.estimators import Fitted
from taquilla.models.films import Films, Numbers
from taquilla.models.intervals import Margins
from taquilla.models.targets import Target

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Served:
    """What answers for one target. `percentiles`: the target of the films learnt from, at 0 %, 1 % ... 100 %."""

    fitted: Fitted
    margins: Margins
    percentiles: Numbers

    def percentile(self, value: float) -> float:
        """The share of the films learnt from, 0 to 1, whose target is below the value."""
        return float(np.interp(value, self.percentiles, np.linspace(0, 1, len(self.percentiles))))

    def plain(self) -> dict[str, Any]:
        """The same as an estimator of scikit-learn among lists, dicts and numbers, to be saved."""
        return {
            "estimator": self.fitted.estimator,
            "encoding": self.fitted.encoding.plain(),
            "is_log": self.fitted.is_log,
            "smearing": self.fitted.smearing,
            "margins": [self.margins.below, self.margins.above, self.margins.films],
            "percentiles": [float(value) for value in self.percentiles],
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Served":
        """What `plain()` gave. KeyError, TypeError or ValueError: it is something else."""
        encoding = Encoding.of(plain["encoding"])
        fitted = Fitted(encoding, plain["estimator"], bool(plain["is_log"]), float(plain["smearing"]))
        below, above, films = plain["margins"]
        return cls(fitted, Margins(float(below), float(above), int(films)), np.array(plain["percentiles"], dtype=float))


@dataclass(frozen=True, slots=True)
class Model:
    """A model read from its folder, ready to predict; `metrics` is what stands in metrics.json."""

    folder: Path
    targets: Mapping[str, Served]
    metrics: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The folder's name, with the moment that the model was made."""
        return self.folder.name


def percentiles(films: Films, target: Target) -> Numbers:
    """The target of these films at 0 %, 1 % ... 100 %."""
    return np.quantile(target.of(films), np.linspace(0, 1, 101))
