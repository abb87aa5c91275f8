"""`tools/apache_kafka/broker.py`, the program: what it says when it cannot start, and that it stops in order."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from services.kafka import KafkaServer
from services.ports import free_ports

PROGRAM = Path(__file__).parent.parent.parent / "tools" / "apache_kafka" / "broker.py"


def run(port: int, folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), "--port", str(port), "--data", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | ({"PATH": path} if path is not None else {}),
    )


def test_a_machine_without_java_is_told_what_to_install(tmp_path: Path) -> None:
    [port] = free_ports(1)
    done = run(port, tmp_path / "kafka", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Apache Kafka needs Java. Install it: apt-get install openjdk-17-jre-headless\n"


def test_a_java_that_is_too_old_is_told_so(tmp_path: Path) -> None:
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", "utf-8")
    old.chmod(0o755)
    [port] = free_ports(1)
    done = run(port, tmp_path / "kafka", path=f"{tmp_path}:/bin:/usr/bin")
    assert done.returncode == 1
    assert f"needs Java 17 or newer, and {old} is 11. Install it" in done.stderr


def test_a_taken_port_is_named(tmp_path: Path, durable_broker: KafkaServer) -> None:
    port = int(durable_broker.bootstrap.partition(":")[2])
    done = run(port, tmp_path / "kafka")
    assert (done.returncode, done.stderr) == (1, f"Port {port} is taken. Choose another: --port\n")


def test_it_tells_its_address_and_stops_in_order(tmp_path: Path, durable_broker: KafkaServer) -> None:
    [port, _, _] = free_ports(3)
    command = [sys.executable, str(PROGRAM), "--port", str(port), "--data", str(tmp_path / "kafka")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith(f"Apache Kafka answers at 127.0.0.1:{port} (Ctrl-C stops it)")
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
    assert _is_free(port)
    log = (tmp_path / "kafka" / "kafka.log").read_text("utf-8")
    assert "shut down completed" in log or "shutdown completed" in log


def test_a_broker_dies_with_the_program_that_started_it(tmp_path: Path, durable_broker: KafkaServer) -> None:
    [port, _, _] = free_ports(3)
    command = [sys.executable, str(PROGRAM), "--port", str(port), "--data", str(tmp_path / "kafka")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.kill()
    until = time.monotonic() + 20
    while not _is_free(port):
        assert time.monotonic() < until
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
