"""This machine: one process, or a pool of them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Items in turn in this process, or spread over `workers` processes where there are several of each."""

    workers: int = 1

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here."""
        todo = list(items)
        if min(self.workers, len(todo)) <= 1:
            yield from map(task, todo)
            return
        # Spawned, not forked: a forked child inherits Polars' locked thread pool and hangs.
        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            for future in as_completed([pool.submit(task, item) for item in todo]):
                yield future.result()
