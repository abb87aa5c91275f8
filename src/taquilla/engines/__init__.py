"""Where the work runs: one verb, `map(task, items)`.

An item is small (names and numbers, no tables); the task reads its input part, computes and writes its output part.
So every engine gives the same answer, and an engine is a page of code.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, TypeVar

from taquilla.errors import SettingsError

Item = TypeVar("Item")
Result = TypeVar("Result")
# How far a map is: items done, items in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the work is spread.

    workers: processes that take an item at a time. threads: of Polars in each of them; None: the machine's, shared out.
    memory: of each Dask worker, such as 2GiB. address: of Dask's scheduler, or Spark's master or Connect server (sc://);
    None: started on this machine. retries: of an item whose worker died or whose service did not answer.
    timeout_s: for the address to answer.
    """

    name: str = "local"
    workers: int = 1
    threads: int | None = None
    memory: str | None = None
    address: str | None = None
    retries: int = 2
    timeout_s: float = 30.0


class Engine(Protocol):
    """Anything that can apply a task to items.

    is_here: tasks run in this very process, one after another, so that they may tell it how far they are.
    """

    @property
    def is_here(self) -> bool: ...

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here.

        Workers are started with the first items and kept for the next call.
        """
        ...

    def close(self) -> None:
        """End the workers that it started; a later `map` starts them anew."""
        ...


# Each engine's library is loaded when the engine is asked for, not before.
ENGINES = {
    "local": "taquilla.engines.local:LocalEngine",
    "dask": "taquilla.engines.dask:DaskEngine",
    "spark": "taquilla.engines.spark:SparkEngine",
}


def engine(name: str = "local", *, workers: int = 1) -> Engine:
    """The engine of that name on this machine. SettingsError: there is none."""
    return engine_of(EngineOptions(name, workers))


def engine_of(options: EngineOptions) -> Engine:
    """The engine of those options. SettingsError: there is none. NotInstalledError: its library is missing."""
    if options.name not in ENGINES:
        raise SettingsError(f"Unknown engine {options.name!r}. Known: {', '.join(sorted(ENGINES))}.")
    module, _, kind = ENGINES[options.name].partition(":")
    made: Engine = getattr(import_module(module), kind)(options)
    return made


def tracked(results: Iterable[Result], total: int, progress: Progress) -> Iterator[Result]:
    """The results of `map`, each told as it comes."""
    for done, result in enumerate(results, 1):
        yield result
        progress(done, total)
