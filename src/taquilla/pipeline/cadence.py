"""Curates and loads again and again beside a consumer that goes on landing."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from taquilla.errors import BusyError, TaquillaError

LONGEST_PAUSE_S = 300.0

log = logging.getLogger(__name__)


class Cadence(AbstractContextManager["Cadence"]):
    """Calls `load` in a thread of its own once rows have landed, at most every `seconds`.

    A load that fails is told of and tried again, after a pause that grows; another process's is waited for.
    What is no error of ours ends the consumer too: `failed` is called, and leaving the block raises it.
    """

    def __init__(self, load: Callable[[], None], seconds: float, failed: Callable[[], None]) -> None:
        self._load, self._seconds, self._failed = load, seconds, failed
        self._landed, self._ended = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def landed(self, rows: int) -> None:
        """Rows have landed: the next load is due."""
        self._landed.set()

    def __enter__(self) -> "Cadence":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the load that is under way, if one is."""
        self._ended.set()
        self._landed.set()
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._landed.wait()
                self._landed.clear()
                if not self._ended.is_set():
                    began = time.monotonic()
                    self._loaded()
                    self._ended.wait(max(0.0, self._seconds - (time.monotonic() - began)))
        except BaseException as error:  # noqa: BLE001 - it is raised where the block ends
            self._error = error
            self._failed()

    def _loaded(self) -> None:
        """Load, again and again until it is done or the end has come."""
        pause = min(self._seconds, 2.0)
        while not self._ended.is_set():
            try:
                return self._load()
            except BusyError:
                self._ended.wait(pause)
            except TaquillaError as error:
                log.warning("%s Trying again in %.0f s.", error, pause)
                self._ended.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        return None
