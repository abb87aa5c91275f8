"""What Dask's engine runs on: a cluster of its own on this machine, or one that others started."""

import logging
import os
import pkgutil
import platform
from collections.abc import Callable, Mapping
from typing import Any

from taquilla import __version__
from taquilla.engines import EngineOptions
from taquilla.engines.attempts import POLARS_THREADS, polars_threads
from taquilla.errors import NotInstalledError, SettingsError, TaquillaError, UnavailableError

# distributed's own classes, which have no types for their calls.
Client = Any
LocalCluster = Any


def kept() -> dict[str, str | None]:
    """What Dask sets for its workers in the environment of who starts them, and leaves there.

    It would hold NumPy and scikit-learn to one thread in the rest of a run.
    """
    import dask
    import distributed  # noqa: F401 - brings its configuration

    names = {*dask.config.get("distributed.nanny.pre-spawn-environ"), "PYTHONHASHSEED", POLARS_THREADS}
    return {name: os.environ.get(name) for name in names}


def put_back(environment: Mapping[str, str | None]) -> None:
    """Make the environment what it was."""
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def started(options: EngineOptions) -> tuple[Client, LocalCluster]:
    """Workers of our own, each a spawned process that dies with this one. SettingsError: engine.memory is none."""
    cluster = _cluster(options)
    return _client(cluster, options.timeout_s), cluster


def _cluster(options: EngineOptions) -> LocalCluster:
    import dask
    from distributed import LocalCluster

    os.environ[POLARS_THREADS] = threads = str(polars_threads(options))
    own = {
        "distributed.scheduler.allowed-failures": options.retries,
        # A worker holds no item but the one at work, so that its death costs no other item a retry.
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.scheduler.no-workers-timeout": f"{options.timeout_s}s",
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


def joined(address: str, timeout_s: float) -> Client:
    """The cluster of others. UnavailableError: it does not answer. Other errors: it cannot run us."""
    client = _client(address, timeout_s)
    try:
        _check(client, address, timeout_s)
    except BaseException:
        client.close()
        raise
    return client


def _client(to: str | LocalCluster, timeout_s: float) -> Client:
    from distributed import Client

    try:
        # Not for all that Dask does in this process.
        return Client(to, timeout=timeout_s, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError:
        raise UnavailableError(
            f"Dask's scheduler at {to} did not answer within {timeout_s:g} s. Start it there (dask scheduler) or mend "
            "engine.address."
        ) from None
    except (ImportError, TypeError, ValueError) as error:
        raise SettingsError(f"Dask's scheduler at {to} cannot be spoken to: {error}. Mend engine.address.") from None


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


def end(client: Client, cluster: LocalCluster | None) -> None:
    """Leave the cluster; end the one of our own."""
    client.close()
    if cluster is not None:
        cluster.close()
