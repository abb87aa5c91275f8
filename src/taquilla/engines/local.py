"""This machine: one process, or a pool of them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TypeVar

from taquilla.engines import EngineOptions

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Items in turn in this process, or spread over `workers` processes where there are several of each."""

    options: EngineOptions = field(default_factory=EngineOptions)

    @property
    def is_here(self) -> bool:
        return self.options.workers <= 1

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here."""
        todo = list(items)
        if min(self.options.workers, len(todo)) <= 1:
            yield from map(task, todo)
            return
        # Spawned, not forked: a forked child inherits Polars' locked thread pool and hangs.
        with ProcessPoolExecutor(self.options.workers, mp_context=get_context("spawn")) as pool:
            for future in as_completed([pool.submit(task, item) for item in todo]):
                yield future.result()

    def close(self) -> None:
        """Nothing is kept between two calls."""
