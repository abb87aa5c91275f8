"""Several consumers share a topic, and are killed, stopped and frozen: no message is lost and none lands twice."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from pipeline.topics import Topic, ended, flat, until
from services.kafka import KafkaServer
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.state import consumer_states
from taquilla.sources.kafka import KafkaOptions

PARTITIONS = 4


@pytest.fixture
def topic(broker: KafkaServer, tmp_path: Path) -> Topic:
    name = broker.new_topic(partitions=PARTITIONS)
    return Topic(broker, tmp_path, KafkaOptions(broker.bootstrap, name, group=name, timeout_s=10.0, session_s=3.0))


@contextmanager
def followers(topic: Topic, count: int, rows: int = 50, seconds: float = 0.3) -> Iterator[list[subprocess.Popen[str]]]:
    """Followers in processes of their own; those that are left are killed at the end."""
    processes = [topic.follower(str(rows), str(seconds)) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def send_evenly(topic: Topic, first: int, count: int) -> None:
    """Send films first to first + count - 1, a quarter to each partition."""
    for partition in range(PARTITIONS):
        topic.send([flat(n) for n in range(first + partition, first + count, PARTITIONS)], partition=partition)


def landed(topic: Topic) -> int:
    return sum(mark or 0 for mark in topic.marks(*range(PARTITIONS)))


def has_landed(topic: Topic, count: int) -> bool:
    return landed(topic) == count


def owners(topic: Topic) -> dict[str, list[int]]:
    """The partitions that each living consumer says are its own."""
    return {state.instance: sorted(state.partitions) for state in consumer_states(topic.lake) if not state.has_ended}


def at_work(topic: Topic) -> set[int]:
    """The processes that say so."""
    return {state.pid for state in consumer_states(topic.lake) if not state.has_ended}


def is_shared(topic: Topic) -> bool:
    return sorted(number for numbers in owners(topic).values() for number in numbers) == [0, 1, 2, 3] and all(
        len(numbers) == 2 for numbers in owners(topic).values()
    )


def each_once(topic: Topic, count: int) -> bool:
    films = topic.rows()["film_id"].sort().to_list()
    return films == list(range(1, count + 1)) and len(set(topic.offsets())) == count


def test_a_killed_consumer_is_replaced_in_seconds_and_nothing_is_lost_or_repeated(topic: Topic) -> None:
    send_evenly(topic, 1, 400)
    with followers(topic, 2) as processes:
        until(lambda: is_shared(topic), "the two share the partitions")
        for kill in (1, 2):
            send_evenly(topic, 400 * kill + 1, 400)
            processes[0].kill()
            processes.append(topic.follower("50", "0.3"))
            replaced = time.monotonic()
            processes.pop(0).communicate()
            until(partial(has_landed, topic, 400 * (kill + 1)), f"all lands after kill {kill}")
            assert time.monotonic() - replaced < 10
        # The last one may not have begun yet: the other has landed it all.
        until(lambda: at_work(topic) == {process.pid for process in processes}, "both are at work")
        # Both kept their places: the successor has the identity of the one that was killed.
        assert len(owners(topic)) == 2
        codes = [ended(process, signal.SIGTERM)[0] for process in processes]
    assert codes == [0, 0]
    assert each_once(topic, 1_200)
    assert topic.rows()["raw_seq"].sort().to_list() == list(range(1_200))


def test_a_frozen_consumer_that_wakes_up_lands_nothing_twice(topic: Topic) -> None:
    with followers(topic, 1) as processes:
        [frozen] = processes
        until(lambda: len(owners(topic)) == 1 and sum(map(len, owners(topic).values())) == 4, "one has them all")
        send_evenly(topic, 1, 400)
        until(lambda: landed(topic) > 0, "it is at work")
        os.kill(frozen.pid, signal.SIGSTOP)
        send_evenly(topic, 401, 400)
        processes.append(topic.follower("50", "0.3"))
        until(lambda: landed(topic) == 800, "the other takes over", 20)
        os.kill(frozen.pid, signal.SIGCONT)
        send_evenly(topic, 801, 400)
        until(lambda: landed(topic) == 1_200, "both go on")
        assert [ended(process, signal.SIGTERM)[0] for process in processes] == [0, 0]
    assert each_once(topic, 1_200)


def test_one_that_joins_gets_what_the_other_had_read_and_not_landed(topic: Topic) -> None:
    """The first would land in ten minutes; that its partitions go to another makes it land now."""
    with followers(topic, 1, rows=10_000, seconds=600.0) as processes:
        until(lambda: sum(map(len, owners(topic).values())) == 4, "one has them all")
        send_evenly(topic, 1, 400)
        time.sleep(1)
        assert landed(topic) == 0
        processes.append(topic.follower("10000", "600"))
        until(lambda: landed(topic) > 0, "the first lands what goes")
        until(lambda: is_shared(topic), "the two share the partitions")
        codes = [ended(process, signal.SIGTERM)[0] for process in processes]
    assert codes == [0, 0]
    assert each_once(topic, 400)


def test_sigterm_lands_the_batch_in_hand(topic: Topic) -> None:
    with followers(topic, 1, rows=10_000, seconds=600.0) as [process]:
        until(lambda: sum(map(len, owners(topic).values())) == 4, "it has them all")
        send_evenly(topic, 1, 40)
        time.sleep(1)
        assert landed(topic) == 0
        code, printed = ended(process, signal.SIGTERM)
    assert (code, printed.splitlines()[-1].split()[:2]) == (0, ["ended", "40"])
    assert each_once(topic, 40)


def test_a_run_to_the_end_beside_a_follower_repeats_nothing(topic: Topic) -> None:
    with topic.following() as follower:
        until(lambda: sum(map(len, owners(topic).values())) == 4, "it follows")
        send_evenly(topic, 1, 2_000)
        done = topic.consume()
    assert follower.error is None
    assert follower.result is not None
    assert done.rows + follower.result.rows == 2_000
    assert each_once(topic, 2_000)


def test_a_lake_of_four_buckets_takes_the_same(topic: Topic) -> None:
    send_evenly(topic, 1, 400)
    assert topic.consume(buckets=4).rows == 400
    assert FilmTables.of(topic.lake).raw.bucket_count() == 4
    assert each_once(topic, 400)
