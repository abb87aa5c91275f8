"""A road whose films go to a topic: the sandbox, a real broker, and what the topic holds in the end."""

import asyncio
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from confluent_kafka import Consumer, TopicPartition

from pipeline.road import Road
from services.kafka import KafkaServer
from taquilla.pipeline.kafka.produce import Produced, produce_films
from taquilla.pipeline.options import Batching, Selection
from taquilla.sources.kafka import Broker, KafkaOptions
from taquilla.sources.tmdb import TmdbOptions
from taquilla.tables.film_messages import Envelope, read_message

WAIT_S = 40.0


@dataclass(frozen=True)
class Message:
    """A message as it stands on the topic."""

    key: bytes | None
    value: bytes
    headers: object

    @property
    def told(self) -> Envelope:
        return read_message(self.value)


def messages(kafka: KafkaOptions) -> list[Message]:
    """All that the topic holds now, partition by partition."""
    marks = Broker(kafka).topic().watermarks
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "test", "log_level": 0})
    reader.assign([TopicPartition(kafka.topic, partition, low) for partition, (low, _) in marks.items()])
    wanted = sum(high - low for low, high in marks.values())
    found: list[Message] = []
    deadline = time.monotonic() + WAIT_S
    while len(found) < wanted:
        assert time.monotonic() < deadline, f"{len(found)} of {wanted} messages could be read"
        for message in reader.consume(1_000, 0.2):
            assert message.error() is None, message.error()
            found.append(Message(message.key(), message.value() or b"", message.headers()))
    reader.close()
    return found


def film_ids(kafka: KafkaOptions) -> Counter[int | None]:
    """How many messages tell of each film."""
    return Counter(message.told.film_id for message in messages(kafka))


def options(broker: KafkaServer, topic: str, **changed: Any) -> KafkaOptions:
    return replace(KafkaOptions(broker.bootstrap, topic, partitions=2, timeout_s=20.0), **changed)


def produce(way: Road, kafka: KafkaOptions, selection: Selection | None = None, **changed: Any) -> Produced:
    """Publish what is due, in this process."""
    given: dict[str, Any] = {"run_id": "test", "now": datetime.now(UTC), "batching": Batching(rows=100)} | changed
    tmdb: TmdbOptions = given.pop("tmdb", way.options)
    return asyncio.run(produce_films(way.lake, tmdb, selection or Selection("export"), kafka, **given))


_PROGRAM = """
    import asyncio, datetime, sys
    import msgspec
    from taquilla.lake import Lake
    from taquilla.pipeline.options import Selection
    from taquilla.pipeline.kafka.produce import produce_films
    from taquilla.sources.kafka import KafkaOptions
    from taquilla.sources.tmdb import TmdbOptions

    lake, tmdb, kafka = (msgspec.json.decode(argument) for argument in sys.argv[1:4])
    done = asyncio.run(produce_films(
        Lake(lake), TmdbOptions(**tmdb), Selection("export"), KafkaOptions(**kafka),
        run_id="test", now=datetime.datetime.now(datetime.timezone.utc), fallback=len(sys.argv) > 4,
    ))
    print(done.told())
"""


def start(way: Road, kafka: KafkaOptions, *, fallback: bool = False, connections: int = 20) -> subprocess.Popen[str]:
    """Publish what is due, in a process of its own."""
    tmdb = {
        "base_url": way.options.base_url,
        "export_url": way.options.export_url,
        "token": way.options.token,
        "requests_per_s": None,
        "connections": connections,
    }
    broker = {
        "bootstrap": kafka.bootstrap,
        "topic": kafka.topic,
        "partitions": kafka.partitions,
        "timeout_s": kafka.timeout_s,
    }
    told = [msgspec.json.encode(value).decode() for value in (str(way.data / "lake"), tmdb, broker)]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_PROGRAM), *told, *(["fallback"] if fallback else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(is_so: Callable[[], bool], what: str) -> None:
    """Returns when it is so; fails when it is not after `WAIT_S`."""
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, f"not within {WAIT_S:g} s: {what}"
        time.sleep(0.01)
