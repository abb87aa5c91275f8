"""A topic → raw by `taquilla consume`, beside a bare confluent-kafka loop that only counts, in the same run.

    python -m benchmarks.kafka_consume

Apache Kafka on this machine; the messages are those of tmdb_5000 (or generated films), some 40 KB each, zstd.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from confluent_kafka import Consumer

from benchmarks import films_from_disk
from benchmarks.measure import MIB, Measured, in_fresh_process, machine, show
from benchmarks.servers import KafkaServer
from taquilla.lake import Lake
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.consume import consume
from taquilla.pipeline.options import Batching
from taquilla.sources.kafka import KafkaOptions

ROUNDS, TARGET = 3, 3_000
TIMES = 4  # the file is published so often
PARTITIONS = 4


def main(rounds: int = ROUNDS) -> None:
    server = KafkaServer()
    assert server.kind == "apache", "This speaks of Apache Kafka alone: install Java 17 and Maven."
    server.start()
    try:
        topic = server.new_topic(PARTITIONS)
        with TemporaryDirectory() as folder:
            path = films_from_disk.data(Path(folder))
            made = in_fresh_process("benchmarks.kafka_consume:publish", path, server.bootstrap, topic, folder)
            count = made.result["messages"]
            bare, ours = [], []
            for n in range(rounds + 1):
                bare.append(in_fresh_process("benchmarks.kafka_consume:count", server.bootstrap, topic, count, n))
                ours.append(
                    in_fresh_process("benchmarks.kafka_consume:land", server.bootstrap, topic, f"{folder}/lake{n}")
                )
            assert all(run.result["rows"] == count for run in ours)
    finally:
        server.delete()
    bare, ours = bare[1:], ours[1:]
    rows = [_row("bare loop", bare, count), _row("taquilla consume", ours, count)]
    show(f"from Kafka to raw: {count:,} messages, medians of {rounds} rounds", rows)
    rate = count / median(run.result["seconds"] for run in ours)
    ratio = median(b.result["seconds"] / o.result["seconds"] for b, o in zip(bare, ours, strict=True))
    print(f"  published at {count / made.result['seconds']:,.0f} messages/s")
    print(f"  {rate:,.0f} films/s to raw (target: {TARGET:,} or more); share of the bare loop: {ratio:.2f}")


def publish(path: str, bootstrap: str, topic: str, folder: str) -> dict[str, Any]:
    """Put a file's records on the topic, as `taquilla produce FILE` does, several times."""
    from datetime import UTC, datetime

    from taquilla.pipeline.kafka.produce import produce_file

    begun, lake, published = time.perf_counter(), Lake(f"{folder}/producer"), 0
    for _ in range(TIMES):
        published += produce_file(lake, Path(path), KafkaOptions(bootstrap, topic), now=datetime.now(UTC)).published
    return {"messages": published, "seconds": time.perf_counter() - begun}


def count(bootstrap: str, topic: str, messages: str, number: str) -> dict[str, Any]:
    """Read them all and do nothing with them."""
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": f"bare{number}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    })  # fmt: skip
    from confluent_kafka import TopicPartition

    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    begun, seen, size = time.perf_counter(), 0, 0
    while seen < int(messages):
        for message in consumer.consume(1_000, 0.05):
            assert message.error() is None
            seen, size = seen + 1, size + len(message.value() or b"")
    seconds = time.perf_counter() - begun
    consumer.close()
    return {"seconds": seconds, "bytes": size}


def land(bootstrap: str, topic: str, folder: str) -> dict[str, Any]:
    """What `taquilla consume --no-load` does, with its batches."""
    begun = time.perf_counter()
    lake = Lake(folder)
    done = consume(lake, KafkaOptions(bootstrap, topic), run_id="bench", buckets=1, batching=Batching(5_000, 10.0))
    seconds = time.perf_counter() - begun
    return {"rows": done.rows, "seconds": seconds, "in_raw": FilmTables.of(lake).raw.count()}


def _row(name: str, runs: list[Measured], messages: int) -> dict[str, Any]:
    seconds = median(run.result["seconds"] for run in runs)
    return {
        "reader": name,
        "seconds": seconds,
        "messages/s": round(messages / seconds),
        "processor s": median(run.cpu_seconds for run in runs),
        "peak MiB": round(median(run.peak_bytes for run in runs) / MIB),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    print(machine())
    main(told.rounds)
