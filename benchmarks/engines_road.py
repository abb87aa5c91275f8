"""The steps of a film's road on an engine, each for a process of its own: what its processes held, what it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.each_process import DRIVER, JVM, WORKER, Peaks, each_watched
from taquilla.engines import Engine, EngineOptions, engine_of
from taquilla.engines.local import LocalEngine
from taquilla.lake import Lake
from taquilla.lake.table import LANDED
from taquilla.pipeline.curate import BucketItem, curate_bucket, curate_films
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.land_file import land_files
from taquilla.pipeline.load import load_films

# What the command line passes by default.
MEMORY_LIMIT = "1400MB"
# Of each of Dask's workers: one that comes near it is ended, and its item begun anew.
DASK_MEMORY = "2GiB"


@dataclass(slots=True)
class Told:
    """Of one step. cpu_s: of all its processes. peaks: bytes, the highest first, by kind of process."""

    start_s: float = 0.0
    step_s: float = 0.0
    cpu_s: float = 0.0
    peaks: dict[str, list[int]] = field(default_factory=dict)


def land(files: str, folder: str, engine: str, workers: str, buckets: str) -> dict[str, Any]:
    """Bring the files of the folder `files` into a new lake in `folder`."""
    paths = sorted(Path(files).glob("*.jsonl"))
    with _engine(engine, workers) as (made, clock):
        told = clock(lambda: list(land_files(_lake(folder), made, paths, run_id="bench", buckets=int(buckets))))
    return asdict(told)


def curate(folder: str, engine: str, workers: str) -> dict[str, Any]:
    """Bring what was landed there into the curated tables."""
    with _engine(engine, workers) as (made, clock):
        told = clock(lambda: curate_films(_lake(folder), made))
    return asdict(told)


def load(folder: str) -> dict[str, Any]:
    """Bring what was curated there into a new warehouse: the work of one process, whatever the engine."""
    warehouse = Path(folder, "warehouse.duckdb")
    with each_watched() as peaks:
        told = _clocked(peaks, lambda: load_films(_lake(folder), warehouse, memory_limit=MEMORY_LIMIT))
    return asdict(told)


def overhead(file: str, folder: str, rounds: str, buckets: str) -> dict[str, Any]:
    """Curation's task over the buckets of that file: called in a loop, and by the local engine; seconds of each round.

    The parts that it writes are published by nobody: each round does the same work.
    """
    lake, engine = Lake(f"{folder}/lake"), LocalEngine()
    list(land_files(lake, engine, [Path(file)], run_id="bench", buckets=int(buckets)))
    landed = FilmTables.of(lake).raw.mark(LANDED) or 0
    items = [BucketItem(lake, bucket, 0, landed) for bucket in range(int(buckets))]
    ways: dict[str, Callable[[], object]] = {
        "a loop": lambda: [curate_bucket(item) for item in items],
        "the local engine": lambda: list(engine.map(curate_bucket, items)),
    }
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(int(rounds)):
        # Who comes first changes, so that what slows down with time slows down both.
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            seconds[name].append(_seconds(ways[name]))
    return {"films": landed, "seconds": seconds, "medians": {name: median(told) for name, told in seconds.items()}}


def _lake(folder: str) -> Lake:
    return Lake(f"{folder}/lake")


@contextmanager
def _engine(name: str, workers: str) -> Iterator[tuple[Engine, Callable[[Callable[[], object]], Told]]]:
    """The engine with its workers at hand and their libraries loaded, and what takes the time of a step.

    How long the start took is told apart.
    """
    options = EngineOptions(name, int(workers), memory=DASK_MEMORY if name == "dask" else None)
    made, start_s = engine_of(options), 0.0
    try:
        with each_watched() as peaks:
            if not made.is_here:
                start_s = _seconds(lambda: list(made.map(_imports, range(2 * int(workers)))))
            yield made, lambda step: _clocked(peaks, step, start_s)
    finally:
        made.close()


def _imports(number: int) -> int:
    # This module, with all that the steps need, was imported to find this function. The wait leaves some for the other.
    time.sleep(0.2)
    return number


def _clocked(peaks: Peaks, step: Callable[[], object], start_s: float = 0.0) -> Told:
    cpu = peaks.cpu_seconds()
    seconds = _seconds(step)
    cpu_s = peaks.cpu_seconds() - cpu
    return Told(start_s, seconds, cpu_s, {kind: peaks.of(kind) for kind in (DRIVER, WORKER, JVM)})


def _seconds(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun
