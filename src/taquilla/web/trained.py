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

_log = logging.getLogger(__name__)


class ModelReader:
    """Hands out the newest model of a folder. UnavailableError: there is none yet, or it cannot be read."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._turn = Lock()
        self._mark: ModelMark | None = None
        self._model: Model | None = None

    def mark(self) -> ModelMark | None:
        """Another one whenever another model is the newest; None where there is none.

        Asked by the event loop: it looks at names alone, without scikit-learn, which takes seconds to import.
        """
        found = self._folder.glob("ml_model_v2_*/metrics.json") if self._folder else ()
        return max(filter(None, map(_mark, found)), default=None)

    def model(self) -> "Model":
        """The newest model; the one read before where that still is it."""
        mark = self.mark()
        if self._folder is None or mark is None:
            raise UnavailableError(f"There is no model yet. {NEXT_STEP}")
        with self._turn:
            if self._model is None or self._mark != mark:
                self._model, self._mark = _load(self._folder), mark
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


def _load(folder: Path) -> "Model":
    """The newest model of the folder. What is wrong with it goes to the log: it names paths of this machine."""
    from taquilla.models.registry import load_model, newest_model

    newest = newest_model(folder)
    if newest is None:
        raise UnavailableError(f"There is no model yet. {NEXT_STEP}")
    try:
        return load_model(newest)
    except DataError as error:
        _log.error("The model cannot be read: %s", error)
        raise UnavailableError(f"The model cannot be read; the service's log says why. {NEXT_STEP}") from error
