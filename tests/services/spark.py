"""Spark on this machine: two workers in a session of our own, whose JVM answers Spark Connect too."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ports import free_ports
from taquilla.engines import EngineOptions
from taquilla.engines.spark import SparkEngine
from taquilla.errors import NotInstalledError

_absent: list[str] = []
TESTS = Path(__file__).parent.parent
OPTIONS = EngineOptions("spark", workers=2, retries=1)


class SparkServer:
    """`engine`: in the session; `address`: of its Connect server, and `connected`: an engine that works through it."""

    def __init__(self) -> None:
        port = free_ports(1)[0]
        self.address = f"sc://127.0.0.1:{port}"
        self.engine = SparkEngine(OPTIONS)
        self.connected = SparkEngine(EngineOptions("spark", retries=1, address=self.address, threads=1))
        connect = {
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(port),
        }
        self.arguments = " ".join(f"--conf {name}={value}" for name, value in connect.items()) + " pyspark-shell"

    def start(self) -> None:
        """Starts the JVM and both sessions, and runs a first item."""
        with pytest.MonkeyPatch.context() as patch:
            # A cluster has its own Python, with the tests' modules in it.
            patch.setenv("PYSPARK_PYTHON", sys.executable)
            patch.setenv("PYTHONPATH", str(TESTS))
            patch.setenv("PYSPARK_SUBMIT_ARGS", self.arguments)
            assert list(self.engine.map(str, [1])) == ["1"]

    def delete(self) -> None:
        """Ends them all."""
        with contextlib.ExitStack() as ends:
            ends.callback(self.engine.close)
            ends.callback(self.connected.close)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkServer]:
    """The session's Spark: skipped loudly where Java is not installed, except in CI."""
    server = SparkServer()
    try:
        server.start()
        yield server
    except NotInstalledError as missing:
        if os.environ.get("CI"):
            raise
        _absent.append(str(missing))
        pytest.skip(_absent[0])
    finally:
        server.delete()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly when the tests did not run on Spark."""
    for reason in dict.fromkeys(_absent):
        terminalreporter.section("NO SPARK: nothing here ran on it", red=True)
        terminalreporter.line(reason)
