"""This machine: one process, or a pool of them."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock
from typing import Any, TypeVar
from weakref import finalize

from pebble import ProcessExpired, ProcessPool

from taquilla.engines import EngineOptions
from taquilla.engines.attempts import POLARS_THREADS, attempted, attempted_away, died, polars_threads
from taquilla.engines.interrupts import unheard_by_children

# For what is under way when the pool is ended.
END_S = 5.0
Item = TypeVar("Item")
Result = TypeVar("Result")


class LocalEngine:
    """Items in turn in this process, or spread over `workers` processes where there are several of each.

    An item whose process dies is given to another one, `retries` times; the others do not notice.
    """

    def __init__(self, options: EngineOptions | None = None) -> None:
        self.options = options or EngineOptions()
        self._pool: ProcessPool | None = None

    @property
    def is_here(self) -> bool:
        return self.options.workers <= 1

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here.

        Items are taken as workers are free for them. An error, or who stops reading, ends those that are under way.
        """
        if self.is_here:
            yield from (attempted(task, item, self.options.retries) for item in items)
        elif len(todo := list(items)) <= 1:
            yield from (attempted(task, item, self.options.retries) for item in todo)
        else:
            yield from self._spread(task, todo)

    def close(self) -> None:
        """End the processes; a later `map` starts them anew."""
        if self._pool is not None:
            self._ender()
            self._pool = None

    def _spread(self, task: Callable[[Item], Result], todo: Sequence[Item]) -> Iterator[Result]:
        waiting, deaths = deque(range(len(todo))), [0] * len(todo)
        running: dict[Future[Result], int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.options.workers:
                    number = waiting.popleft()
                    running[self._begun(task, todo[number])] = number
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number = running.pop(future)
                    try:
                        result = future.result()
                    except (ProcessExpired, BrokenProcessPool) as error:
                        deaths[number] += 1
                        if deaths[number] > self.options.retries:
                            raise died(todo[number], number + 1, len(todo), deaths[number]) from error
                        waiting.appendleft(number)
                    else:
                        yield result
        finally:
            for future in running:
                future.cancel()

    def _begun(self, task: Callable[[Item], Result], item: Item) -> "Future[Result]":
        # A pool all of whose processes died takes no more work.
        if self._pool is None or not self._pool.active:
            self.close()
            self._pool = ProcessPool(self.options.workers, context=_Context(polars_threads(self.options)))
            # Also where nobody calls `close`: Pebble's threads would keep the processes for ever.
            self._ender = finalize(self, _end, self._pool)
        return self._pool.schedule(attempted_away, args=(task, item, self.options.retries))


def _end(pool: ProcessPool) -> None:
    # Idle processes end in order; one that is only just starting would say that it was cut off.
    pool.close()  # type: ignore[no-untyped-call]
    try:
        pool.join(END_S)
    except TimeoutError:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


class _Process(SpawnProcess):
    """Spawned, not forked: a forked child inherits Polars' locked thread pool and hangs.

    The threads are in its environment from its birth on: Polars reads them when it is imported, and a script's own
    imports are done before anything of ours.
    """

    _environment = Lock()

    def __init__(self, threads: int, **options: Any) -> None:
        super().__init__(**options)
        self._threads = threads

    def start(self) -> None:
        with self._environment, unheard_by_children():
            before = os.environ.get(POLARS_THREADS)
            os.environ[POLARS_THREADS] = str(self._threads)
            try:
                super().start()
            finally:
                del os.environ[POLARS_THREADS]
                if before is not None:
                    os.environ[POLARS_THREADS] = before


class _Context(SpawnContext):
    """Makes Pebble's processes."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.threads = threads

    def Process(self, **options: Any) -> _Process:  # type: ignore[override]  # noqa: N802 - the standard library's name
        return _Process(self.threads, **options)
