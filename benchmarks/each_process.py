"""What this process and each of those it has started held at most, and their processor time, while a task runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import getpid, sysconf
from pathlib import Path

INTERVAL_S = 0.05
DRIVER, WORKER, JVM = "driver", "worker", "JVM"


@dataclass(slots=True)
class Peaks:
    """By process id: what it is, the peak that the kernel has noted for it, and its seconds of a processor."""

    kinds: dict[int, str] = field(default_factory=dict)
    bytes: dict[int, int] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)

    def of(self, kind: str) -> list[int]:
        """The peaks of the processes of that kind, the highest first."""
        return sorted((self.bytes[pid] for pid, found in list(self.kinds.items()) if found == kind), reverse=True)

    def cpu_seconds(self) -> float:
        """Of all processes so far."""
        self.look()
        return sum(self.cpu.values())

    def look(self) -> None:
        """Note every process that runs now."""
        for pid in _descendants(getpid()):
            if found := _peak(pid):
                name, peak = found
                # A process has its parent's name until it has become another program.
                self.kinds[pid] = DRIVER if pid == getpid() else JVM if name == "java" else WORKER
                self.bytes[pid] = max(peak, self.bytes.get(pid, 0))
                self.cpu[pid] = max(_cpu_seconds(pid), self.cpu.get(pid, 0.0))


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    try:
        # Each thread has children of its own.
        tasks = [task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return
    for child in " ".join(tasks).split():
        yield from _descendants(int(child))


def _peak(pid: int) -> tuple[str, int] | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    told = dict(line.split(":", 1) for line in lines if line.startswith(("Name", "VmHWM")))
    # One that has ended, and that nobody has asked for its end yet, holds nothing.
    return (told["Name"].strip(), int(told["VmHWM"].split()[0]) * 1024) if "VmHWM" in told else None


def _cpu_seconds(pid: int) -> float:
    try:
        # Behind the name, which may hold anything, stand the state and the numbers.
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / sysconf("SC_CLK_TCK")


@contextmanager
def each_watched() -> Iterator[Peaks]:
    """Every process under this one, looked at twenty times a second and once at the end."""
    peaks, done = Peaks(), threading.Event()

    def watch() -> None:
        while not done.wait(INTERVAL_S):
            peaks.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()
        peaks.look()
