"""A real broker: Apache Kafka where Java and Maven are, else the stand-in noida-db; in CI Apache Kafka or failure."""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tools.apache_kafka.broker import Broker
from tools.apache_kafka.jars import BrokerError, jars

from services.ports import free_ports

HOST = "127.0.0.1"
TIMEOUT_S = 30.0
SASL_USER = "taquilla"
# Why the stand-in serves, for the end of the run.
_stands_in: list[str] = []


class Engine(Protocol):
    """What runs: `Broker`, or the stand-in."""

    port: int
    process: subprocess.Popen[bytes] | None

    @property
    def log(self) -> Path: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def tail(self, lines: int = 30) -> str: ...


class KafkaServer:
    """A broker and its topics; `kind` tells which broker it is."""

    def __init__(self) -> None:
        self.sasl_username, self.sasl_password = SASL_USER, secrets.token_urlsafe(12)
        self.kind: Literal["apache", "noida"] = "apache"
        self._topics = itertools.count(1)
        why = _missing()
        self.folder = Path(tempfile.mkdtemp(prefix="taquilla-kafka-"))
        self.engine = self._engine(why)

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port`; the same after a restart."""
        return f"{HOST}:{self.engine.port}"

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that checks `sasl_username` and `sasl_password` (SASL_PLAINTEXT, PLAIN)."""
        assert isinstance(self.engine, Broker), "the stand-in checks no passwords"
        return self.engine.sasl_bootstrap

    def start(self) -> None:
        """Starts it and returns when it leads its partitions."""
        self.engine.start()
        until = time.monotonic() + TIMEOUT_S
        while not self._leads():
            assert time.monotonic() < until, f"the broker does not lead its partitions:\n{self.tail()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """In order: what it holds is written, its clients are told."""
        self.engine.stop()

    def kill(self) -> None:
        """kill -9. Apache Kafka keeps what it acknowledged; the stand-in may not."""
        self.engine.kill()

    def restart(self) -> None:
        """`stop()` and `start()`."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay, answers do not come."""
        self.engine.pause()

    def resume(self) -> None:
        """SIGCONT."""
        self.engine.resume()

    def new_topic(self, partitions: int = 1, name: str | None = None) -> str:
        """A topic that nobody else uses; its name."""
        name = name or f"topic-{next(self._topics)}"
        admin = self.admin()  # held: a client that is collected takes its requests along
        [made] = admin.create_topics([NewTopic(name, partitions, 1)], request_timeout=TIMEOUT_S).values()
        made.result(TIMEOUT_S)
        until = time.monotonic() + TIMEOUT_S
        while not self._leads(name):
            assert time.monotonic() < until, f"nobody leads {name}:\n{self.tail()}"
            time.sleep(0.02)
        return name

    def delete_topic(self, name: str) -> None:
        """Takes a topic away with all that it holds."""
        admin = self.admin()
        [gone] = admin.delete_topics([name], request_timeout=TIMEOUT_S).values()
        gone.result(TIMEOUT_S)

    def admin(self) -> AdminClient:
        """A client for all that is not reading and writing."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def tail(self, lines: int = 30) -> str:
        """The last lines of the broker's log."""
        return self.engine.tail(lines)

    def said(self) -> str:
        """The broker's whole log."""
        return self.engine.log.read_text("utf-8", "replace")

    def delete(self) -> None:
        """Kills the broker and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _leads(self, topic: str | None = None) -> bool:
        try:
            told = self.admin().list_topics(topic, timeout=5) if topic else self.admin().list_topics(timeout=5)
        except KafkaException:
            return False
        ours = [one for name, one in told.topics.items() if topic in (None, name)]
        leads = all(p.leader >= 0 for one in ours for p in one.partitions.values())
        return bool(told.brokers) and leads and (topic is None or any(one.partitions for one in ours))

    def _engine(self, why_not: str | None) -> Engine:
        port, controller, sasl = free_ports(3)
        if why_not is None:
            return Broker(self.folder / "broker", port, controller, {self.sasl_username: self.sasl_password}, sasl)
        _stands_in.append(why_not)
        self.kind = "noida"
        return StandIn(self.folder, port)


def _missing() -> str | None:
    try:
        jars()
    except BrokerError as error:
        if os.environ.get("CI"):
            raise
        return str(error)
    return None


class StandIn:
    """noida-db: speaks Kafka's protocol, and forgets acknowledged records when it is killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.log = folder / "noida.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        data = ["--data-dir", str(self.folder / "noida"), "--host", HOST]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["noida-db", "start", *data, "--only", "kafka", "--kafka-port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _end(self, sign: signal.Signals) -> None:
        if self.process is not None:
            self._signal(sign)
            self.process.wait(TIMEOUT_S)
            self.process = None

    def _signal(self, sign: signal.Signals) -> None:
        # The command is a wrapper of the program, which leads no group of its own.
        assert self.process is not None
        os.killpg(self.process.pid, sign)


@pytest.fixture(scope="session")
def broker() -> Iterator[KafkaServer]:
    """The session's broker."""
    server = KafkaServer()
    try:
        server.start()
        yield server
    finally:
        server.delete()


@pytest.fixture
def durable_broker(broker: KafkaServer) -> KafkaServer:
    """A broker that keeps what it acknowledged when it is killed."""
    if broker.kind != "apache":
        pytest.skip(f"no Apache Kafka: {_stands_in[0]}")
    return broker


@pytest.fixture
def secure_broker(durable_broker: KafkaServer) -> KafkaServer:
    """A broker with a listener that checks passwords."""
    return durable_broker


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly when the tests did not run against Apache Kafka."""
    for reason in dict.fromkeys(_stands_in):
        terminalreporter.section("NO APACHE KAFKA: a stand-in served, and nothing here proves durability", red=True)
        terminalreporter.line(reason)
