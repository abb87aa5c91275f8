"""One Apache Kafka broker on this machine, for trying things and for the tests: no container, no ZooKeeper.

    python tools/apache_kafka/broker.py --port 9092 --data data/kafka

It fetches the jars once, formats its data folder once, runs broker and controller in one process on 127.0.0.1 alone
(some 300 MB of memory), prints its address when it answers, and stops on Ctrl-C or SIGTERM. It needs Java 17 and, the
first time, Maven. Standard library only; `Broker` is what the tests drive.
"""

import argparse
import base64
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools.apache_kafka.jars import HERE, BrokerError, jars, java

HOST = "127.0.0.1"
START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
# A small machine's share: the tests run beside it.
JVM = ["-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
CORRELATION = 7


class Broker:
    """A broker that is started, stopped, killed, paused and resumed; its data stay in `folder`.

    users: name -> password; where there are any, `sasl_bootstrap` asks for one of them (SASL_PLAINTEXT, PLAIN).
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        controller_port: int | None = None,
        users: Mapping[str, str] | None = None,
        sasl_port: int | None = None,
    ) -> None:
        self.folder, self.port = folder, port
        self.controller_port = controller_port or port + 1
        self.sasl_port = sasl_port or port + 2
        self.users = dict(users or {})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """What clients are told: `127.0.0.1:9092`."""
        return f"{HOST}:{self.port}"

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that asks for a user and a password."""
        return f"{HOST}:{self.sasl_port}"

    @property
    def log(self) -> Path:
        """What the broker says."""
        return self.folder / "kafka.log"

    def start(self) -> None:
        """Starts it and returns when it answers. BrokerError: port taken, or it does not come up."""
        if self.process is not None:
            raise BrokerError(f"The broker at {self.bootstrap} runs already. Stop it first.")
        self._refuse_taken_ports()
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_private(self.folder / "server.properties", self._properties())
        if not (self.folder / "log" / "meta.properties").exists():
            self._format()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - Java, found on the PATH
                [*_dies_with_us(), *self._java("-Dtaquilla.kafka=broker", *JVM), "kafka.Kafka", "server.properties"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us alone: we stop the broker in order.
                start_new_session=True,
            )
        self._wait()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """An orderly stop; one that takes longer than `timeout_s` is killed."""
        self._end(signal.SIGTERM, timeout_s)

    def kill(self) -> None:
        """kill -9: what a crash of the process leaves."""
        self._end(signal.SIGKILL, STOP_TIMEOUT_S)

    def pause(self) -> None:
        """Stands still and keeps its connections: what a stalled machine looks like."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Goes on after `pause`."""
        self._running().send_signal(signal.SIGCONT)

    def poll(self) -> int | None:
        """The exit code of a broker that ended by itself; None while it runs."""
        return self._running().poll()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise BrokerError(f"The broker at {self.bootstrap} does not run. Start it first.")
        return self.process

    def _end(self, sign: signal.Signals, timeout_s: float) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(sign)
        # A paused process hears SIGTERM only when it goes on.
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _java(self, *options: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
        return [java(), *options, logging, "-cp", f"{jars()}/*"]

    def _format(self) -> None:
        # The tool refuses names that begin with a dash.
        cluster = "t" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        command = [*self._java("-XX:TieredStopAtLevel=1"), "kafka.tools.StorageTool", "format"]
        done = subprocess.run(  # noqa: S603 - Java, found on the PATH
            [*command, "-t", cluster, "-c", "server.properties"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
        )
        if done.returncode:
            shutil.rmtree(self.folder / "log", ignore_errors=True)
            raise BrokerError(f"The data folder could not be formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def _refuse_taken_ports(self) -> None:
        for port in (self.port, self.controller_port, *([self.sasl_port] if self.users else [])):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    raise BrokerError(f"Port {port} is taken. Choose another: --port") from None

    def _wait(self) -> None:
        process, until = self._running(), time.monotonic() + START_TIMEOUT_S
        while not _answers(self.port):
            if process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise BrokerError(f"The broker did not come up. Its log {self.log} ends:\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, lines: int = 30) -> str:
        """The last lines of the broker's log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _properties(self) -> str:
        secured = {"SASL": "SASL_PLAINTEXT"} if self.users else {}
        listeners = {"PLAINTEXT": self.port, "CONTROLLER": self.controller_port} | dict.fromkeys(
            secured, self.sasl_port
        )
        written = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": ",".join(
                f"{name}:{secured.get(name, 'PLAINTEXT')}" for name in listeners
            ),
            "log.dirs": str((self.folder / "log").resolve()),
            # A topic that nobody made is a mistake in a name.
            "auto.create.topics.enable": "false",
            # One broker alone holds everything.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            # A consumer that died is replaced in seconds.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # A broker that was killed may register again after so long: 9 s otherwise.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "500",
            "log.cleaner.dedupe.buffer.size": str(2 * 2**20),
            "num.recovery.threads.per.data.dir": "2",
            # Records of 16 MB reach the consumer, whose business it is to refuse them.
            "message.max.bytes": str(17 * 2**20),
        }
        if self.users:
            known = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
            module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            written["sasl.enabled.mechanisms"] = "PLAIN"
            written["listener.name.sasl.plain.sasl.jaas.config"] = f"{module} required {known};"
        return "".join(f"{name}={value}\n" for name, value in written.items())


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _dies_with_us() -> list[str]:
    # Linux alone: a broker never outlives the program that started it, not even one that is killed.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _answers(port: int) -> bool:
    """Whether a broker answers Kafka's ApiVersions request there."""
    header = struct.pack(">hhih", 18, 0, CORRELATION, -1)
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(header)) + header)
        connection.settimeout(10)
        return connection.recv(8)[4:8] == struct.pack(">i", CORRELATION)
    return False


def main() -> int:
    """Runs a broker until it is told to stop."""
    parser = argparse.ArgumentParser(description="One Apache Kafka broker on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=9092, help="the broker's; its controller takes the next one")
    parser.add_argument("--data", type=Path, default=Path("data/kafka"), help="the folder that keeps the topics")
    asked = parser.parse_args()
    broker = Broker(asked.data, asked.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        broker.start()
        print(f"Apache Kafka answers at {broker.bootstrap} (Ctrl-C stops it); its log is {broker.log}", flush=True)
        code = broker.process.wait() if broker.process else 1
        print(f"The broker ended by itself with exit code {code}. Its log ends:\n{broker.tail()}", file=sys.stderr)
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        broker.stop()
    return 1


if __name__ == "__main__":
    sys.exit(main())
