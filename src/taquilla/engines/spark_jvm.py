"""The JVM of a Spark session of our own: which Java, how it starts without a word on the terminal, and how it ends."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway

from taquilla.errors import NotInstalledError, UnavailableError

JAVA = 17
GET_JAVA = (
    "Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17; elsewhere set JAVA_HOME to the "
    "folder of a JDK."
)
TAIL_BYTES = 2_000
END_S = 20.0


def check_java() -> None:
    """NotInstalledError: no Java where Spark looks for it (JAVA_HOME, else PATH), or an old one."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if program is None:
        where = f"JAVA_HOME ({home}) has none" if home else "there is none on the PATH"
        raise NotInstalledError(f"Spark needs Java {JAVA} or later, and {where}. {GET_JAVA}")
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - Java itself
    version = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    if version is None or int(version[1]) < JAVA:
        told = version[1] if version else "broken"
        raise NotInstalledError(f"Spark needs Java {JAVA} or later, and {program} is {told}. {GET_JAVA}")


def gateway_of(conf: SparkConf, undo: ExitStack) -> Any:
    """A JVM whose words go to a file; None where this process has one already."""
    if SparkContext._gateway is not None:
        return None
    log = undo.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    with _interrupted_later():
        try:
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log})  # type: ignore[no-untyped-call]
        except PySparkException:
            raise UnavailableError(
                f"Spark's Java ended before it answered: {_tail(log)!r}. Mend what it says, then run it again."
            ) from None
        if gateway.proc is not None:
            undo.callback(_ended, gateway)
    return gateway


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Ctrl-C waits until the JVM answers: one that was left half-way would stay for ever."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came:
        raise KeyboardInterrupt


def _ended(gateway: Any) -> None:
    # Where the JVM is dead already, nobody answers.
    with suppress(OSError, Py4JError):
        gateway.shutdown()
    SparkContext._gateway = SparkContext._jvm = None
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(END_S)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()


def _tail(log: IO[bytes]) -> str:
    # The JVM writes where this file stands: reading must not move it.
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), TAIL_BYTES, max(0, size - TAIL_BYTES)).decode("utf-8", "replace").strip()
