"""Dask: workers of its own on this machine, or those of a scheduler by address.

An address is trusted as Dask trusts it: who may speak to a scheduler may run anything on its workers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import uuid4
from weakref import finalize

from taquilla.engines import EngineOptions
from taquilla.engines.attempts import attempted_away, died
from taquilla.engines.dask_cluster import Client, environment_kept, opened
from taquilla.errors import NotInstalledError, UnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")

INSTALL = 'pip install "taquilla[dask]"'
# Items that the scheduler knows at a time; the others wait here, so that an error leaves little to cancel.
IN_FLIGHT = 1_000


class DaskEngine:
    """Items spread over Dask's workers.

    An item whose worker died is given to another one: `retries` times with workers of our own, else as often as the
    scheduler allows (distributed.scheduler.allowed-failures). The threads of Polars on somebody else's workers are
    what POLARS_MAX_THREADS says there.
    """

    def __init__(self, options: EngineOptions) -> None:
        if find_spec("distributed") is None:
            raise NotInstalledError(f"Dask with its scheduler (distributed) is not installed: {INSTALL}")
        self.options = options
        self._client: Client | None = None

    @property
    def is_here(self) -> bool:
        return False

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here.

        An error, or who stops reading, cancels what has not begun. UnavailableError: the scheduler does not answer, or
        an item's workers died. SettingsError, NotInstalledError: its workers cannot run this program.
        """
        if todo := list(items):
            with environment_kept():
                yield from _spread(self._connected(), task, todo, self.options)

    def close(self) -> None:
        """End the workers that were started here, or leave the scheduler of others; a later `map` begins anew."""
        if self._client is not None:
            self._ender()
            self._client = None

    def _connected(self) -> Client:
        if self._client is None or self._client.status != "running":
            self.close()
            with ExitStack() as opening:
                self._client = opening.enter_context(opened(self.options))
                self._ender = finalize(self, opening.pop_all().close)
        return self._client


@dataclass(frozen=True, slots=True, repr=False)
class _Job(Generic[Item, Result]):
    """What goes to a worker. Dask writes what it calls into its log: without a `repr` the item does not stand there."""

    task: Callable[[Item], Result]
    item: Item
    retries: int

    def __call__(self) -> Result:
        return attempted_away(self.task, self.item, self.retries)


def _spread(
    client: Client, task: Callable[[Item], Result], todo: Sequence[Item], options: EngineOptions
) -> Iterator[Result]:
    from distributed import as_completed

    # One group of tasks: then the scheduler hands them out one by one instead of dealing them all at once.
    group = f"taquilla-{uuid4().hex}"
    jobs = ((_Job(task, item, options.retries), (group, number)) for number, item in enumerate(todo, 1))
    running = {client.submit(job, key=key, pure=False): key for job, key in islice(jobs, IN_FLIGHT)}
    finished: Any = as_completed(running, loop=client.loop)  # type: ignore[no-untyped-call]
    try:
        for future in finished:
            _, number = running.pop(future)
            yield _result(future, todo, number, options)
            for job, key in islice(jobs, 1):
                finished.add(begun := client.submit(job, key=key, pure=False))
                running[begun] = key
    finally:
        if running and client.status == "running":
            client.cancel(list(running))


def _result(future: Any, todo: Sequence[Any], number: int, options: EngineOptions) -> Any:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import NoWorkerError

    try:
        return future.result()
    except KilledWorker as error:
        raise died(todo[number - 1], number, len(todo), error.allowed_failures + 1) from None
    except NoWorkerError:
        raise UnavailableError(
            f"Dask has had no worker for {options.timeout_s:g} s, and none could be started. Look whether the machine "
            "has memory left, then run again."
        ) from None
    except (CancelledError, CommClosedError):
        raise _lost(options) from None
    finally:
        future.release()


def _lost(options: EngineOptions) -> UnavailableError:
    return UnavailableError(
        f"Dask's scheduler at {options.address or 'this machine'} went away. See its log, then run again."
    )
