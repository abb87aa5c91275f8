"""What Dask's engine runs on: a cluster of its own on this machine, or one that others started."""

import asyncio
import logging
import os
import pkgutil
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from taquilla import __version__
from taquilla.engines import EngineOptions
from taquilla.engines.attempts import POLARS_THREADS, polars_threads
from taquilla.engines.interrupts import interrupted_later, unheard_by_children
from taquilla.errors import NotInstalledError, SettingsError, TaquillaError, UnavailableError

# distributed's own classes, which have no types for their calls.
Client = Any
LocalCluster = Any


@contextmanager
def opened(options: EngineOptions) -> Iterator[Client]:
    """A client of the cluster at that address, or of workers of our own, which end with it.

    UnavailableError: it does not answer. NotInstalledError, SettingsError: it cannot run this program.
    """
    with _quiet(), ExitStack() as held:
        if options.address:
            client = held.enter_context(_client(options.address, options.timeout_s))
            _check(client, options.address, options.timeout_s)
        else:
            with interrupted_later(), unheard_by_children():
                cluster = held.enter_context(_cluster(options))
            client = held.enter_context(_client(cluster, options.timeout_s))
        yield client


@contextmanager
def environment_kept() -> Iterator[None]:
    """What Dask sets for its workers in the environment of who starts them does not stay there.

    It would hold NumPy and scikit-learn to one thread in the rest of a run.
    """
    import dask
    import distributed  # noqa: F401 - brings its configuration

    of_workers = dask.config.get("distributed.nanny.pre-spawn-environ")
    names = {*of_workers, "PYTHONHASHSEED", "__DASK_PARENT_PID", POLARS_THREADS}
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
        os.environ.update({name: value for name, value in before.items() if value is not None})


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's log on the terminal, but for the line that tells which worker had too little memory."""
    from distributed.utils import silence_logging_cmgr

    memory = logging.getLogger("distributed.nanny.memory")
    plain = logging.lastResort or logging.StreamHandler()
    with silence_logging_cmgr(logging.CRITICAL):
        memory.addHandler(plain)
        try:
            yield
        finally:
            memory.removeHandler(plain)


def _cluster(options: EngineOptions) -> LocalCluster:
    import dask
    from distributed import LocalCluster

    os.environ[POLARS_THREADS] = threads = str(polars_threads(options))
    own = {
        "distributed.scheduler.allowed-failures": options.retries,
        # A worker holds no item but the one at work, so that its death costs no other item a retry.
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.scheduler.no-workers-timeout": f"{options.timeout_s}s",
        # A task's memory is not Dask's to move, and Polars keeps some for its next task: a worker that paused for it
        # would wait for ever. What goes on growing is ended.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        # Before the worker's first import, where Polars reads it.
        f"distributed.nanny.pre-spawn-environ.{POLARS_THREADS}": threads,
    }
    with dask.config.set(own):
        try:
            return LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=options.workers,
                threads_per_worker=1,
                memory_limit=options.memory or "auto",
                host="127.0.0.1",
                # No dashboard, and the port of the scheduler's own pages is any free one, not always 8787.
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
            )
        except ValueError as error:
            raise SettingsError(f"engine.memory is {options.memory!r}: {error}. Write it as 2GiB.") from None
        except RuntimeError as error:
            raise UnavailableError(
                f"Dask's workers did not start: {error} Look whether the machine has memory left, then run again."
            ) from error


def _client(to: str | LocalCluster, timeout_s: float) -> Client:
    from distributed import Client

    if "@" in str(to):
        raise SettingsError(
            "engine.address takes no user and no password, such as tcp://scheduler:8786. Leave them out."
        )
    with _telling(to, timeout_s):
        if isinstance(to, str):
            _greeted(to, timeout_s)
        # Not for all that Dask does in this process.
        return Client(to, timeout=timeout_s, set_as_default=False)  # type: ignore[no-untyped-call]


def _greeted(address: str, timeout_s: float) -> None:
    """Wait for the answer to a greeting; a client would wait for ever where somebody listens and says nothing."""
    from distributed.utils import LoopRunner

    runner: Any = LoopRunner()
    runner.start()
    try:
        runner.run_sync(_greet, address, timeout_s)
    finally:
        runner.stop()


async def _greet(address: str, timeout_s: float) -> None:
    from distributed.comm import core
    from distributed.security import Security

    security: Any = Security
    connect: Any = core.connect
    arguments = security().get_connection_args("client")
    greeted = await asyncio.wait_for(connect(address, timeout=timeout_s, **arguments), timeout_s)
    await greeted.close()


@contextmanager
def _telling(to: str | LocalCluster, timeout_s: float) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise UnavailableError(
            f"Dask's scheduler at {to} did not answer within {timeout_s:g} s. Start it there (dask scheduler) or mend "
            "engine.address."
        ) from None
    # A server of another kind makes a MemoryError: its first bytes are taken for a length.
    except (ImportError, MemoryError, TypeError, ValueError) as error:
        raise SettingsError(
            f"At {to} is no scheduler of Dask that can be spoken to: {error}. Mend engine.address."
        ) from None


def _check(client: Client, address: str, timeout_s: float) -> None:
    """SettingsError, NotInstalledError: who runs there cannot run this program. UnavailableError: nobody runs there."""
    try:
        client.wait_for_workers(1, timeout=timeout_s)
    except TimeoutError:
        raise UnavailableError(
            f"Dask's scheduler at {address} has had no worker for {timeout_s:g} s. Start one: dask worker {address}"
        ) from None
    python = platform.python_version()
    for place, theirs in _asked(client, platform.python_version):
        if theirs.rpartition(".")[0] != python.rpartition(".")[0]:
            raise SettingsError(f"{place} at {address} runs Python {theirs}, this is {python}. Take the same for both.")
    for place, theirs in _asked(client, pkgutil.resolve_name, "taquilla:__version__"):
        if theirs != __version__:
            raise _other_version(place, address, theirs)


def _asked(client: Client, question: Callable[..., str], *words: str) -> list[tuple[str, Any]]:
    """What that function of the standard library says on the scheduler and on each worker; an error where it fails."""
    workers = client.run(question, *words, on_error="return")
    try:
        scheduler = client.run_on_scheduler(question, *words)
    except ImportError as error:
        scheduler = error
    return [("Dask's scheduler", scheduler), *((f"Dask's worker {name}", told) for name, told in workers.items())]


def _other_version(place: str, address: str, theirs: object) -> TaquillaError:
    mend = f'Install the same there: pip install "taquilla[dask]=={__version__}"'
    if isinstance(theirs, Exception):
        return NotInstalledError(f"{place} at {address} has no taquilla. {mend}")
    return SettingsError(f"{place} at {address} has taquilla {theirs}, this is {__version__}. {mend}")
