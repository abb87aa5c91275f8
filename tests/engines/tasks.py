"""Tasks for every engine: functions of a module, as the pipeline's are. What they count, they count in files."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from taquilla.errors import DataError, UnavailableError


@dataclass(frozen=True, slots=True)
class Work:
    """An item: a number, a folder to count in, and how many times its task fails before it succeeds."""

    number: int
    folder: Path
    fails: int = 0

    @property
    def bucket(self) -> int:
        return self.number

    @property
    def tries(self) -> int:
        """How many times its task began."""
        counter = self.folder / f"{self.number}.tries"
        return counter.stat().st_size if counter.exists() else 0

    def begun(self) -> int:
        """Count one more try, on disk at once, and tell how many there are."""
        with (self.folder / f"{self.number}.tries").open("ab", buffering=0) as counter:
            counter.write(b"x")
        return self.tries


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task ran, and with how many threads of Polars."""

    number: int
    pid: int
    polars_max_threads: str | None
    polars_threads: int
    polars_sum: int


def double(number: int) -> int:
    return 2 * number


def counted(work: Work) -> int:
    """Double the number, and leave the count of the tries."""
    work.begun()
    return 2 * work.number


def refused(number: int) -> int:
    """Fail for good on 3, by an error of the data; double the others."""
    if number == 3:
        raise DataError("The third is no film: 'película'. Mend it, then curate again.")
    return 2 * number


def unanswered(work: Work) -> int:
    """Fail `fails` times by a service that does not answer, then double the number."""
    if work.begun() <= work.fails:
        raise UnavailableError("The disk does not answer. Try again.")
    return 2 * work.number


def killed(work: Work) -> int:
    """Kill the worker itself `fails` times, as the kernel does where memory runs out, then double the number."""
    if work.begun() <= work.fails:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * work.number


def place(number: int) -> Place:
    """Where this runs. Polars is used, so that a worker whose thread pool is locked would hang here."""
    import polars as pl

    total = pl.LazyFrame({"n": range(1000), "key": [n % 7 for n in range(1000)]}).group_by("key").agg(pl.col("n").sum())
    threads = os.environ.get("POLARS_MAX_THREADS")
    return Place(number, os.getpid(), threads, pl.thread_pool_size(), int(total.collect()["n"].sum()))
