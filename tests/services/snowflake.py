"""A stand-in for Snowflake: fakesnow, which speaks its protocol over DuckDB. It takes any password."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.ports import free_ports

HOST = "127.0.0.1"
USER = "taquilla"
START_TIMEOUT_S = 60


class SnowflakeServer:
    """A server of its own; databases are made when they are first named."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taquilla-snowflake-"))
        self.log = self.folder / "snowflake.log"
        self.password = "any will do"  # noqa: S105 - it is never checked
        [self.port] = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def url(self, database: str, schema: str = "PUBLIC") -> str:
        """`snowflake://taquilla@stand_in/DATABASE/SCHEMA?host=…`; the password is `password`."""
        return f"snowflake://{USER}@stand_in/{database}/{schema}?host={HOST}&port={self.port}&protocol=http"

    def new_database(self) -> str:
        """The name of a database that nobody else uses."""
        self._databases += 1
        return f"T{self._databases}"

    @contextlib.contextmanager
    def connect(self, database: str) -> Iterator[Any]:
        """A connection of its connector; closed at the end."""
        import snowflake.connector

        connection = snowflake.connector.connect(
            user=USER,
            password=self.password,
            account="stand_in",
            host=HOST,
            port=self.port,
            protocol="http",
            database=database,
            schema="PUBLIC",
            session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False, "CLIENT_TELEMETRY_ENABLED": False},
            network_timeout=5,
        )
        with contextlib.closing(connection):
            yield connection

    def start(self) -> None:
        """Starts it and returns when it takes connections. What it held before is gone."""
        assert self.process is None, "the server runs already"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_dies_with_us(), sys.executable, "-m", "fakesnow", "-s", "--host", HOST, "-p", str(self.port)],
                cwd=self.folder,
                env=os.environ | {"TMPDIR": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def delete(self) -> None:
        """Kills the server and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int = 40) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _wait(self) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"fakesnow did not come up. Its log ends:\n{self.tail()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/", timeout=2):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False

    def _end(self, sign: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(sign)
            process.wait(30)


def _dies_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


@pytest.fixture(scope="session")
def snowflake() -> Iterator[SnowflakeServer]:
    """The session's server."""
    server = SnowflakeServer()
    try:
        server.start()
        yield server
    finally:
        server.delete()
