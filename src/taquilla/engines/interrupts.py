"""Ctrl-C while workers are about: the process that started them hears it and ends them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.resource_tracker import ensure_running
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def unheard_by_children() -> Iterator[None]:
    """Processes that are started within do not hear Ctrl-C, which a terminal sends to all of them."""
    # Python 3.11 starts it with the first process, and unblocks Ctrl-C on that way.
    ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interrupted_later() -> Iterator[None]:
    """Ctrl-C takes effect at the end of what is within: something half started could not be ended."""
    if current_thread() is not main_thread():
        yield
        return
    heard: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        heard.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)
