"""A topic, a lake and two warehouses; the commands that work on them, and what they are told."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from chaos import checker, delta_log
from chaos.expected import Expectation, Produced
from chaos.running import Running
from services.kafka import KafkaServer
from services.postgres import PostgresServer

FULL = os.environ.get("TAQUILLA_CHAOS") == "full"
SESSION_S = 3
COMMAND_TIMEOUT_S = 280
# It stands in no file, no log and no command line that a run leaves.
CANARY = "canary-8f1c-not-in-any-log"


@dataclass(slots=True)
class World:
    """A folder of data, a topic of the broker, and a database of the server where there is one."""

    folder: Path
    broker: KafkaServer
    topic: str
    postgres: PostgresServer | None = None
    url: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    peak_kb: dict[str, int] = field(default_factory=dict)
    started: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def lake(self) -> Path:
        return self.data / "lake"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def secrets(self) -> list[str]:
        return [CANARY, *([self.postgres.password] if self.postgres else [])]

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a command; a name is a setting's, as in `kafka__batch_rows`."""
        settings = {
            "data": str(self.data),
            "tmdb__token": CANARY,
            "kafka__bootstrap": self.broker.bootstrap,
            "kafka__topic": self.topic,
            "kafka__group": f"group-of-{self.topic}",
            "kafka__session_s": str(SESSION_S),
            "kafka__batch_rows": "500",
            "kafka__batch_seconds": "0.5",
            "kafka__load_seconds": "2",
            "report__on_run": "false",
            "model__on_run": "false",
        }
        if self.postgres and self.url:
            user, place = self.url.split(f":{self.postgres.password}")
            settings |= {"postgres__url": user + place, "postgres__password": self.postgres.password}
        settings |= self.settings | more
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
        return inherited | {f"TAQUILLA_{name.upper()}": value for name, value in settings.items()}

    def start(self, *arguments: str, **settings: str) -> Running:
        """A command in a process of its own; what it says goes to a file of `logs`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.started += 1
        log = self.logs / f"{self.started:03}-{arguments[0]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "taquilla", *arguments],
                cwd=self.folder,
                env=self.env(**settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return Running(process, log)

    def run(self, *arguments: str, code: int | None = 0, **settings: str) -> str:
        """What the command said; AssertionError where it ended with another code. code None: any."""
        running = self.start(*arguments, **settings)
        found = running.ended(COMMAND_TIMEOUT_S)
        assert code is None or found == code, f"{arguments}: exit code {found}\n{running.said()}"
        return running.said()

    def migrate(self) -> None:
        if self.url:
            self.run("migrate")

    def load_all(self) -> None:
        """Curate and load, as a person would at the end."""
        self.run("curate")
        self.run("load")

    def positions(self) -> dict[int, int]:
        """The next offset of each partition, as the lake's log has it."""
        marks = delta_log.newest(self.lake / checker.RAW).marks
        prefix = f"{self.topic}/"
        ours = {mark.removeprefix(prefix): at for mark, at in marks.items() if mark.startswith(prefix)}
        return {int(number): at for number, at in ours.items() if number.isdigit()}

    def landed(self) -> int:
        return sum(self.positions().values())

    def wait_landed(self, count: int, timeout_s: float, look: Callable[[], str]) -> float:
        """The seconds until the lake holds so many messages. AssertionError: it never does.

        look: is called meanwhile; what it says is told of a lake that does not fill.
        """
        began = time.monotonic()
        while (found := self.landed()) < count:
            told = look()
            assert time.monotonic() - began < timeout_s, f"{found:,} of {count:,} landed in {timeout_s} s\n{told}"
            time.sleep(0.1)
        return time.monotonic() - began

    def account(self) -> dict[str, int]:
        """What the warehouse tells of the records."""
        assert self.url is not None
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute("select state, records from ops.accounts").fetchall())

    def check(self, produced: Sequence[Produced], expected: Expectation) -> checker.Checked:
        """Every invariant that can be seen at rest."""
        checked = checker.Checked()
        checker.check_raw(self.lake, self.topic, produced, expected, checked)
        checker.check_log(self.lake / checker.RAW, checked)
        checker.check_tables(checker.duckdb_tables(self.warehouse), expected, "duckdb", checked)
        if self.url:
            checker.check_tables(checker.postgres_tables(self.url), expected, "postgres", checked)
            checker.check_account(self.account(), expected, checked)
        checker.check_secrets([self.data, self.logs], self.secrets, checked)
        return checked
