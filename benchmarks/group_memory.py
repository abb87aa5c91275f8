"""The most memory that this process and those it has started hold together, watched while a task runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import getpid
from pathlib import Path

INTERVAL_S = 0.05


@dataclass(slots=True)
class Peak:
    bytes: int = 0


def held_bytes(pid: int) -> int:
    """What a process and its descendants hold now; 0 where it is gone or the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS")), 0)
    return own + sum(held_bytes(int(child)) for child in children)


@contextmanager
def watched() -> Iterator[Peak]:
    """The peak of the process group, looked at twenty times a second."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(INTERVAL_S):
            peak.bytes = max(peak.bytes, held_bytes(getpid()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
