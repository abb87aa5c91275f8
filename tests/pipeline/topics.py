"""A topic of its own, with a lake that reads it, for the tests of the consumer."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from confluent_kafka import KafkaError, Message, Producer

from services.kafka import KafkaServer
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.consume import Consumed, consume
from taquilla.pipeline.options import Batching
from taquilla.sources.kafka import KafkaOptions

FOLLOWER = Path(__file__).parent / "follower.py"
WAIT_S = 40.0


def flat(film_id: int, **more: Any) -> bytes:
    """The seeds' flat record, as short as can be."""
    return json.dumps({"id": film_id, "title": f"Film {film_id}"} | more).encode()


def until(is_so: Callable[[], bool], what: str, seconds: float = WAIT_S) -> None:
    """Returns when it is so; fails when it is not after that time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Topic:
    """A topic and the lake that reads it."""

    server: KafkaServer
    folder: Path
    options: KafkaOptions

    @property
    def name(self) -> str:
        return self.options.topic

    @property
    def lake(self) -> Lake:
        return Lake(str(self.folder / "lake"))

    @property
    def raw(self) -> LakeTable:
        return FilmTables.of(self.lake).raw

    def send(
        self,
        values: Sequence[bytes | None],
        *,
        keys: Sequence[bytes | None] | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int = 0,
        millis: int = 0,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Send the values to a partition; returns when the broker has them all. millis: their timestamp, 0: now.

        more: the producer's settings.
        """
        failed: list[KafkaError] = []
        producer = Producer(
            {"bootstrap.servers": self.server.bootstrap, "acks": "all", "log_level": 0, "linger.ms": 0}
            | dict(more or {})
        )

        def told(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                failed.append(error)

        for value, key in zip(values, keys or [None] * len(values), strict=True):
            producer.produce(
                self.name, value, key, partition, headers=list(headers), timestamp=millis, on_delivery=told
            )
            producer.poll(0)
        assert producer.flush(30) == 0
        assert failed == []

    def consume(self, **more: Any) -> Consumed:
        options = replace(self.options, **more.pop("options", {}))
        return consume(self.lake, options, **({"run_id": "test"} | more))

    def rows(self) -> pl.DataFrame:
        return self.raw.scan().sort("partition", "offset").collect()

    def offsets(self) -> list[tuple[int, int]]:
        """The partition and offset of each row in raw."""
        return list(self.rows().select("partition", "offset").iter_rows())

    def marks(self, *partitions: int) -> list[int | None]:
        return [self.raw.mark(f"{self.name}/{partition}") for partition in partitions]

    @contextmanager
    def following(self, **more: Any) -> Iterator["Thread"]:
        """A follower in a thread for the length of the block; it has ended in order behind it."""
        thread = Thread(self, more)
        thread.start()
        try:
            yield thread
        finally:
            thread.end()

    def follower(self, *arguments: str) -> subprocess.Popen[str]:
        """A follower in a process of its own, which may be killed."""
        told = {"lake": self.lake.raw_root, "bootstrap": self.options.bootstrap, "topic": self.name}
        environment = os.environ | {
            "FOLLOW": json.dumps(told | {"group": self.options.group, "session_s": self.options.session_s})
        }
        return subprocess.Popen(
            [sys.executable, str(FOLLOWER), *arguments], env=environment, stdout=subprocess.PIPE, text=True
        )


class Thread(threading.Thread):
    """consume(follow=True) in a thread; `result` is what it gave, `error` what it raised."""

    def __init__(self, topic: Topic, more: Mapping[str, Any]) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.result: Consumed | None = None
        self.error: Exception | None = None
        self._topic, self._more = topic, {"batching": Batching(100, 0.5)} | dict(more)

    def run(self) -> None:
        try:
            self.result = self._topic.consume(follow=True, stop=self.stop, **self._more)
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error

    def end(self) -> Consumed | None:
        """Tell it to stop; what it gave."""
        self.stop.set()
        self.join(WAIT_S)
        assert not self.is_alive(), "the follower does not end"
        return self.result


def ended(process: subprocess.Popen[str], sign: signal.Signals) -> tuple[int, str]:
    """Send the signal; the exit code and what the process printed."""
    process.send_signal(sign)
    printed, _ = process.communicate(timeout=WAIT_S)
    return process.returncode, printed
