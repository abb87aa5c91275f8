"""A real MariaDB on 127.0.0.1: passwords are checked, LOAD DATA LOCAL is allowed until a test forbids it."""

import contextlib
import gzip
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from services.ports import free_ports

HOST = "127.0.0.1"
USER = "taquilla"
ADMIN = "admin"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
# Debian and Ubuntu keep servers out of the PATH of ordinary users.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec", "/opt/homebrew/bin"])
# mariadbd refuses to run as root: as root the package's own user runs it.
SERVICE_USER = "mysql"
SAKILA = "sakila"
_absent: list[str] = []


class MariaDbServer:
    """A server of its own in a folder of its own; the user `taquilla` owns the databases that it makes here."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taquilla-mariadb-"))
        self.data, self.log = self.folder / "data", self.folder / "mariadb.log"
        self.password, self._admin_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        [self.port] = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._has_sakila = False

    def url(self, database: str) -> str:
        """`mysql://taquilla@127.0.0.1:port/database`; the password is `password`."""
        return f"mysql://{USER}@{HOST}:{self.port}/{database}"

    def new_database(self) -> str:
        """The name of an empty database that `taquilla` owns."""
        self._databases += 1
        name = f"t{self._databases}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"create database `{name}` character set utf8mb4")
            cursor.execute(f"grant all on `{name}`.* to `{USER}`@`%`")
        return name

    def load_sakila(self) -> str:
        """The name of the database that holds Sakila, loaded when first asked for: read it, and change nothing in it.

        Skips the test where TAQUILLA_SHARED_DATA does not hold it.
        """
        if not self._has_sakila:
            folder = Path(os.environ.get("TAQUILLA_SHARED_DATA", "")) / "rentals" / "sakila"
            if not (folder / "sakila-data.sql.gz").exists():
                pytest.skip("no Sakila: TAQUILLA_SHARED_DATA holds no rentals/sakila")
            self._run_script((folder / "sakila-schema.sql").read_bytes())
            self._run_script(gzip.decompress((folder / "sakila-data.sql.gz").read_bytes()))
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"grant all on `{SAKILA}`.* to `{USER}`@`%`")
            self._has_sakila = True
        return SAKILA

    @contextlib.contextmanager
    def connect(self, database: str | None = None) -> Iterator["pymysql.Connection[Any]"]:
        """A connection of an administrator, each statement a transaction; closed at the end."""
        connection = pymysql.connect(
            host=HOST,
            port=self.port,
            user=ADMIN,
            password=self._admin_password,
            database=database,
            autocommit=True,
            connect_timeout=5,
            charset="utf8mb4",
            local_infile=True,
        )
        with contextlib.closing(connection):
            yield connection

    def kill_connections(self, database: str | None = None) -> int:
        """Ends every connection of `taquilla` (to `database`, or to any), and says how many those were."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select id from information_schema.processlist where user = %s and (%s is null or db = %s)",
                (USER, database, database),
            )
            ids = [row[0] for row in cursor.fetchall()]
            for each in ids:
                # One that ended by itself in between is gone all the same.
                with contextlib.suppress(pymysql.err.OperationalError, pymysql.err.InternalError):
                    cursor.execute("kill connection %s", (each,))
        return len(ids)

    def start(self) -> None:
        """Starts it and returns when it takes connections."""
        assert self.process is None, "the server runs already"
        settings = {
            "datadir": str(self.data),
            "bind-address": HOST,
            "port": str(self.port),
            "socket": str(self.folder / "s"),
            "pid-file": str(self.folder / "pid"),
            "local-infile": "1",
            "character-set-server": "utf8mb4",
            "max-connections": "60",
            "innodb-buffer-pool-size": "128M",
            "innodb-flush-log-at-trx-commit": "0",
            "innodb-doublewrite": "0",
            "init-file": str(self._users()),
        }
        # A server that starts deletes what it takes for its own from a shared folder for temporary files.
        command = [_program("mariadbd"), "--no-defaults", "--skip-name-resolve", "--skip-log-bin"]
        command += [f"--tmpdir={self.data}"]
        command += [f"--{name}={value}" for name, value in settings.items()]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                _as_service(command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        """In order: connections are ended, what it holds is written."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """`stop()` and `start()`."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay, answers do not come."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def delete(self) -> None:
        """Kills the server and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int = 40) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:]) if self.log.exists() else ""

    def make(self) -> None:
        """Makes the server's files and starts it."""
        self.data.mkdir()
        for path in (self.folder, self.data):
            _give_away(path)
        command = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", "--skip-test-db"]
        command += [f"--tmpdir={self.data}"]
        command += ["--auth-root-authentication-method=normal", "--innodb-flush-log-at-trx-commit=0"]
        command += [f"--user={_service().pw_name}"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"mariadb-install-db failed: {done.stdout}{done.stderr}"
        self.start()

    def _users(self) -> Path:
        path = self.folder / "users.sql"
        root = f"alter user root@localhost identified by '{secrets.token_urlsafe(12)}';\n"
        admin = f"create user if not exists {ADMIN}@'%' identified by '{self._admin_password}';\n"
        admin += f"grant all on *.* to {ADMIN}@'%' with grant option;\n"
        user = f"create user if not exists {USER}@'%' identified by '{self.password}';\n"
        path.write_text(root + admin + user, "utf-8")
        path.chmod(0o600)
        _give_away(path)
        return path

    def _run_script(self, script: bytes) -> None:
        command = [_program("mariadb"), "--no-defaults", f"--host={HOST}", f"--port={self.port}", f"--user={ADMIN}"]
        done = subprocess.run(
            command,
            input=script,
            env={"MYSQL_PWD": self._admin_password, "PATH": PATH},
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, f"the script failed: {done.stderr.decode('utf-8', 'replace')}"

    def _wait(self) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            assert self.process is not None
            try:
                with self.connect():
                    return
            except pymysql.err.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError(f"MariaDB did not come up: {error}. Its log ends:\n{self.tail()}") from None
            time.sleep(0.05)

    def _end(self, sign: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(sign)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _service() -> pwd.struct_passwd:
    return pwd.getpwnam(SERVICE_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    assert found is not None, _how_to_install(name)
    return found


def _how_to_install(name: str) -> str:
    return f"MariaDB is not installed ({name} is missing): sudo apt-get install mariadb-server"


def _as_service(command: list[str]) -> list[str]:
    setpriv = shutil.which("setpriv")
    user = _service()
    if setpriv is None:
        return [*command, f"--user={user.pw_name}"]
    prefix = [setpriv]
    if os.geteuid() == 0:
        prefix += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return [*prefix, "--pdeathsig", "KILL", *command]


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _service().pw_uid, _service().pw_gid)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbServer]:
    """The session's server: skipped loudly where MariaDB is not installed, except in CI."""
    missing = [name for name in ("mariadbd", "mariadb-install-db", "mariadb") if not shutil.which(name, path=PATH)]
    if missing and not os.environ.get("CI"):
        _absent.append(_how_to_install(missing[0]))
        pytest.skip(_absent[0])
    server = MariaDbServer()
    try:
        server.make()
        yield server
    finally:
        server.delete()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly when the tests did not run against MariaDB."""
    for reason in dict.fromkeys(_absent):
        terminalreporter.section("NO MARIADB: nothing here was read from, or written to, a real server", red=True)
        terminalreporter.line(reason)
