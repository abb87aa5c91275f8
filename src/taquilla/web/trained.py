"""The newest trained model as the service sees it: read once, and again when a newer one is there. Never a pickle."""

import logging
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from taquilla.errors import DataError, UnavailableError

if TYPE_CHECKING:
    from taquilla.models.served import Model

NEXT_STEP = "Train one with: taquilla train"

# Its name has the moment that it was made; the other two tell when another one has been put in its place.
ModelMark = tuple[str, int, int]

_NAMES = f"ml_model_v2_{'[0-9]' * 8}_{'[0-9]' * 6}/metrics.json"
_log = logging.getLogger(__name__)


class ModelReader:
    """Hands out the newest model of a folder that can be read. UnavailableError: there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._turn = Lock()
        self._mark: ModelMark | None = None
        self._model: Model | None = None

    def mark(self) -> ModelMark | None:
        """Another one whenever another model is the newest; None where there is none.

        Asked by the event loop: it looks at names alone, without scikit-learn, which takes seconds to import.
        """
        found = self._folder.glob(_NAMES) if self._folder else ()
        return max(filter(None, map(_mark, found)), default=None)

    def model(self) -> "Model":
        """The newest model that can be read; what was found is remembered until another one is the newest."""
        mark = self.mark()
        if self._folder is None or mark is None:
            raise UnavailableError(f"There is no model yet. {NEXT_STEP}")
        with self._turn:
            if self._mark != mark:
                self._model, self._mark = _load(self._folder), mark
            if self._model is None:
                raise UnavailableError(f"The model cannot be read; the service's log says why. {NEXT_STEP}")
            return self._model

    def warm(self) -> None:
        """Read the model before anybody asks, so that the first one need not wait. Without a model, nothing."""
        if self.mark() is None:
            return
        try:
            self.model()
        except UnavailableError as error:
            _log.warning("No prediction can be answered: %s", error)


def _mark(metrics: Path) -> ModelMark | None:
    try:
        found = metrics.stat()
    except OSError:
        return None
    return metrics.parent.name, found.st_ino, found.st_mtime_ns


def _load(folder: Path) -> "Model | None":
    """The newest model that can be read; None: none can. What is wrong goes to the log: it names paths."""
    from taquilla.models.registry import complete_models, load_model

    for path in complete_models(folder):
        try:
            return load_model(path)
        except DataError as error:
            _log.warning("A model cannot be read, an older one is looked for: %s", error)
    return None
