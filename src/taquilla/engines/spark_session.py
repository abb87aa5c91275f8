"""Spark's sessions: the one that is handed over, a Connect server's, or one of our own, and what stands in the way."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from taquilla.engines import EngineOptions
from taquilla.engines.attempts import polars_threads
from taquilla.engines.spark_job import first_line, is_connect
from taquilla.engines.spark_jvm import check_java, gateway_of
from taquilla.errors import NotInstalledError, SettingsError, UnavailableError

MASTER, CONNECT = "spark://", "sc://"
# Set by spark-submit for the program that it runs: the JVM and its settings are there already.
SUBMITTED = "PYSPARK_GATEWAY_PORT"


@dataclass(slots=True)
class Session:
    """A Spark session.

    threads: of Polars in its workers; None: as Spark says. jvm: the process that we started for it. ours: what ends it,
    empty if somebody handed it over.
    """

    spark: Any
    threads: int | None
    jvm: subprocess.Popen[bytes] | None = None
    ours: ExitStack = field(default_factory=ExitStack)

    @property
    def is_alive(self) -> bool:
        """Whether nobody has stopped it, and its JVM runs."""
        if is_connect(self.spark):
            return not self.spark.is_stopped
        return self.spark.sparkContext._jsc is not None and (self.jvm is None or self.jvm.poll() is None)

    def close(self) -> None:
        """End it, if it is ours."""
        self.ours.close()


def opened(options: EngineOptions) -> Session:
    """The session for those options. NotInstalledError: no Java. UnavailableError: the address does not answer.

    SettingsError: another session runs in this process, and there can be but one.
    """
    if options.address and options.address.startswith(CONNECT):
        return _connected(options, options.address)
    running = _running()
    if running is None:
        return _started(options)
    if options.address not in (None, running.sparkContext.master):
        raise SettingsError(
            f"A Spark session of {running.sparkContext.master} runs in this process, not of {_shown(options.address)}. "
            "Stop it, or unset engine.address to work in it."
        )
    return Session(running, options.threads)


def _running() -> Any:
    active = SparkSession.getActiveSession()
    # A session is active in the thread that made it alone; its context is the process's.
    if active is None and SparkContext._active_spark_context is not None:
        return SparkSession.builder.getOrCreate()
    return active


def _connected(options: EngineOptions, address: str) -> Session:
    try:
        import grpc  # type: ignore[import-untyped]
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession as RemoteSession
    except ImportError:
        raise NotInstalledError('Spark Connect is not installed: pip install "taquilla[spark]"') from None
    try:
        channel = DefaultChannelBuilder(address).toChannel()
    except (PySparkException, ValueError):
        # What PySpark says of it repeats the token.
        raise SettingsError(
            f"{_shown(address)} is no address of Spark Connect: write sc://host:port, and behind it /;key=value for "
            "what it needs, with %3D for an = in a token."
        ) from None
    with channel:
        try:
            grpc.channel_ready_future(channel).result(options.timeout_s)
        except grpc.FutureTimeoutError:
            raise _silent(options) from None
    spark = RemoteSession.builder.remote(address).create()
    # Spark's own policy tries for ten minutes.
    again = DefaultPolicy(max_retries=max(1, int(options.timeout_s)), initial_backoff=1000, backoff_multiplier=1.0)
    spark.client.set_retry_policies([again])
    session = Session(spark, options.threads)
    session.ours.callback(spark.stop)
    return session


def _started(options: EngineOptions) -> Session:
    is_local = options.address.startswith("local") if options.address else SUBMITTED not in os.environ
    if SUBMITTED not in os.environ and SparkContext._gateway is None:
        check_java()
    if options.address and options.address.startswith(MASTER):
        _knock(options, options.address)
    conf = SparkConf().setAll(list(_settings(options, is_local).items()))
    with ExitStack() as undo:
        gateway = gateway_of(conf, undo)
        jvm = gateway.proc if gateway else None
        with _start_told(options), _interrupts_kept():
            context = SparkContext(conf=conf, gateway=gateway)
            undo.callback(_stopped, context, jvm)
            spark = SparkSession(context)
            if options.address and options.address.startswith(MASTER):
                _wait_for_workers(context, options)
        if is_local:
            # The workers are this machine's: they run what this process runs.
            context.pythonExec = sys.executable
        threads = polars_threads(options) if is_local and not options.address else options.threads
        return Session(spark, threads, jvm, undo.pop_all())


def _settings(options: EngineOptions, is_local: bool) -> dict[str, str]:
    failures = options.retries + 1
    settings = {
        "spark.app.name": "taquilla",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir()) / "taquilla-spark-warehouse"),
        "spark.task.maxFailures": str(failures),
        # Two attempts at one item at a time would stand in each other's way.
        "spark.speculation": "false",
    }
    ours = f"local[{options.workers}]"
    if options.address:
        settings["spark.master"] = options.address
    if is_local:
        settings |= {
            # Here alone the failures stand with the workers, and without them one is the end.
            "spark.master": _patient(options.address or ours, failures),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            # What this process can import, its workers can.
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        }
    return settings


def _patient(master: str, failures: int) -> str:
    """`local[4]` as `local[4,3]`: so many failures of an item end the job."""
    return re.sub(r"^local\[([^],]+)]$", rf"local[\1,{failures}]", "local[1]" if master == "local" else master)


@contextmanager
def _start_told(options: EngineOptions) -> Iterator[None]:
    """Java's errors in one line. A master that takes the call and says nothing is given up by Spark after a minute."""
    try:
        yield
    except (Py4JError, PySparkException) as error:
        where = f" at {_shown(options.address)}" if options.address else ""
        # What Spark stops by itself before it has begun, no master has taken.
        told = first_line(str(error)).replace(
            "Cannot call methods on a stopped SparkContext.", "no master answers there."
        )
        raise UnavailableError(f"Spark did not start{where}: {told} Check engine.address, then run it again.") from None


def _wait_for_workers(context: SparkContext, options: EngineOptions) -> None:
    """A master without a free worker takes a job and says nothing for ever."""
    if context.getConf().get("spark.dynamicAllocation.enabled", "false") == "true":
        return
    until = time.monotonic() + options.timeout_s
    # The driver counts as one.
    while context._jsc.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > until:
            raise UnavailableError(
                f"Spark at {_shown(options.address)} has had no free worker for {options.timeout_s:g} s. Start one "
                "there, or wait longer: engine.timeout_s."
            )
        time.sleep(0.1)


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """PySpark takes Ctrl-C for itself, even after its end."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)


def _stopped(context: SparkContext, jvm: subprocess.Popen[bytes] | None) -> None:
    if context._jsc is None:
        return  # somebody stopped it
    session = SparkSession._instantiatedSession
    if jvm is not None and jvm.poll() is not None:
        # The JVM is dead: nothing answers, so that what PySpark remembers of it is forgotten here.
        context._jsc = None
        SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = SparkSession._activeSession = None
    elif session is not None and session.sparkContext is context:
        session.stop()
    else:
        context.stop()


def _knock(options: EngineOptions, address: str) -> None:
    """Spark itself asks a master that does not answer for minutes."""
    for place in address.removeprefix(MASTER).split(","):
        host, _, port = place.rpartition(":")
        if not port.isdecimal():
            raise SettingsError(
                f"{_shown(address)} is no address of a Spark master: write spark://host:port in engine.address."
            )
        try:
            with socket.create_connection((host.strip("[]"), int(port)), options.timeout_s):
                return
        except OSError:
            continue
    raise _silent(options)


def _silent(options: EngineOptions) -> UnavailableError:
    return UnavailableError(
        f"Spark did not answer at {_shown(options.address)} within {options.timeout_s:g} s. Start it there, or correct "
        "engine.address."
    )


def _shown(address: str | None) -> str:
    # After the semicolon stands the token, and before an @ a password.
    return re.sub(r"//[^/]*@", "//...@", (address or "").partition(";")[0])
