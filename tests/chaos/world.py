"""A topic, a lake and two warehouses; the commands that work on them, and what they are told."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from chaos import checker, delta_log
from chaos.expected import Expectation, Produced
from chaos.messages import Sent
from services.kafka import KafkaServer
from services.postgres import PostgresServer

FULL = os.environ.get("TAQUILLA_CHAOS") == "full"
SESSION_S = 3
COMMAND_TIMEOUT_S = 280
# It stands in no file, no log and no command line that a run leaves.
CANARY = "canary-8f1c-not-in-any-log"
MOST_BYTES = 16 * 2**20


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

    def start(self, *arguments: str, **settings: str) -> "Running":
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


@dataclass(slots=True)
class Running:
    """A command that runs."""

    process: subprocess.Popen[bytes]
    log: Path
    peak_kb: int = 0
    started: float = field(default_factory=time.monotonic)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_said(self, text: str, timeout_s: float = 60) -> None:
        """Returns when the command has said so."""
        until = time.monotonic() + timeout_s
        while text not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def ended(self, timeout_s: float) -> int:
        """Its exit code; it is killed when it takes longer."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout_s} s:\n{self.said()[-3000:]}") from None

    def kill(self) -> int:
        """kill -9; how much memory it had taken at most, in kB."""
        self.measure()
        self.process.kill()
        self.process.wait()
        return self.peak_kb

    def stop(self, timeout_s: float = 60) -> int:
        """SIGTERM: it lands what it has; its exit code."""
        self.measure()
        self.process.send_signal(signal.SIGTERM)
        return self.ended(timeout_s)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def measure(self) -> int:
        """The most memory that it has taken so far, in kB."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        except OSError:
            return self.peak_kb
        told = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
        self.peak_kb = max(self.peak_kb, int(told))
        return self.peak_kb

    def alive(self) -> str:
        """What it said last. AssertionError: it has ended."""
        assert self.process.poll() is None, f"it ended by itself:\n{self.said()}"
        return self.said()[-3000:]

    def handles(self) -> int:
        """How many files and connections it holds."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


class Feed:
    """Sends messages, each acknowledged by the broker, while that is killed and restarted."""

    def __init__(self, broker: KafkaServer, topic: str) -> None:
        self.topic = topic
        self.acknowledged: Counter[tuple[bytes | None, bytes | None]] = Counter()
        self.failed: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": broker.bootstrap,
                "enable.idempotence": True,
                "compression.type": "zstd",
                "message.max.bytes": MOST_BYTES,
                "message.timeout.ms": 240_000,
                "reconnect.backoff.max.ms": 500,
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )

    def send(self, messages: Sequence[Sent]) -> None:
        """Hands them to the client, which sends them when it can."""
        for sent in messages:
            self._producer.produce(
                self.topic, sent.value, sent.key, headers=list(sent.headers), on_delivery=self._delivered
            )
            self._producer.poll(0)

    def flush(self) -> int:
        """Waits until all are acknowledged; how many that were."""
        left = self._producer.flush(240)
        assert (left, self.failed) == (0, [])
        return self.acknowledged.total()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed.append(str(error))
        else:
            self.acknowledged[message.key(), message.value()] += 1


def topic_log(broker: KafkaServer, topic: str, partitions: int) -> list[Produced]:
    """All that the topic holds, read by nobody's group."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "the checker", "log_level": 0})
    try:
        return list(_whole(consumer, topic, partitions))
    finally:
        consumer.close()


def _whole(consumer: Consumer, topic: str, partitions: int) -> Iterator[Produced]:
    parts = [TopicPartition(topic, number, 0) for number in range(partitions)]
    marks = [consumer.get_watermark_offsets(part, timeout=30) for part in parts]
    left = sum(high - low for low, high in marks)
    consumer.assign([TopicPartition(topic, part.partition, low) for part, (low, _) in zip(parts, marks, strict=True)])
    while left:
        messages = consumer.consume(min(left, 1000), timeout=30)
        assert messages, f"{left} messages of {topic} do not come"
        for message in messages:
            assert message.error() is None, message.error()
            headers = tuple(
                (str(name), bytes(value) if isinstance(value, bytes) else b"")
                for name, value in list(message.headers() or [])
            )
            yield Produced(
                message.partition() or 0,
                message.offset() or 0,
                message.timestamp()[1],
                message.key(),
                message.value(),
                headers,
            )
            left -= 1


@contextmanager
def ended(*running: Running) -> Iterator[None]:
    """Whatever still runs at the end of the block is killed."""
    try:
        yield
    finally:
        for one in running:
            if one.process.poll() is None:
                one.kill()
