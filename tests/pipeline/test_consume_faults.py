"""A broker that goes away, forgets or is another one: what landed stays, nothing is skipped, and it is told."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.cimpl import NewPartitions

from pipeline.topics import Topic, flat, until
from services.kafka import KafkaServer
from services.ports import free_ports
from taquilla.errors import BusyError, DataError, SettingsError, UnavailableError
from taquilla.pipeline.kafka.state import consumer_states
from taquilla.pipeline.options import Batching
from taquilla.sources.kafka import KafkaOptions

# What the broker's topics are is asked every ten seconds otherwise.
QUICK = {"topic.metadata.refresh.interval.ms": "500", "metadata.max.age.ms": "1500"}


@pytest.fixture
def topic(broker: KafkaServer, tmp_path: Path) -> Topic:
    name = broker.new_topic(partitions=2)
    return Topic(broker, tmp_path, KafkaOptions(broker.bootstrap, name, group=name, timeout_s=3.0, more=QUICK))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower looks again for seconds before it believes that something is lost."""
    monkeypatch.setattr("taquilla.pipeline.kafka.landing.LOOK_AGAIN_PAUSES", (0.2,))
    monkeypatch.setattr("taquilla.pipeline.kafka.landing.TOPIC_PATIENCE_S", 0.5)


def made_anew(broker: KafkaServer, name: str) -> None:
    broker.delete_topic(name)
    until(lambda: name not in broker.admin().list_topics(timeout=5).topics, "the topic is gone")
    broker.new_topic(partitions=2, name=name)


def test_a_broker_that_is_not_there_is_told_within_the_time_out(topic: Topic) -> None:
    [port] = free_ports(1)
    options = {"bootstrap": f"127.0.0.1:{port}", "timeout_s": 2.0}
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=rf"127\.0\.0\.1:{port}.*refused.*taquilla consume"):
        topic.consume(options=options)
    assert time.monotonic() - began < 4


def test_a_topic_that_is_not_there_is_told_with_those_that_are(topic: Topic) -> None:
    with pytest.raises(SettingsError, match=rf"Unknown topic 'films'.*{topic.name}.*taquilla produce"):
        topic.consume(options={"topic": "films"})


def test_a_topic_made_anew_stops_it_until_it_is_told_to_go_on(durable_broker: KafkaServer, topic: Topic) -> None:
    topic.send([flat(n) for n in range(1, 11)])
    topic.consume()
    made_anew(durable_broker, topic.name)
    # More than before: a position alone would skip the first ten.
    topic.send([flat(n) for n in range(101, 121)])
    with pytest.raises(DataError, match=r"not the one that the lake has read.*taquilla consume --reset"):
        topic.consume()
    assert topic.marks(0) == [10]
    done = topic.consume(reset=True)
    assert (dict(done.reset), done.rows) == ({0: 0}, 20)
    films = topic.rows()["film_id"].sort().to_list()
    assert films == [*range(1, 11), *range(101, 121)]
    assert topic.consume().rows == 0


def test_a_topic_made_anew_while_it_is_followed_is_noticed_before_anything_of_it_lands(
    durable_broker: KafkaServer, topic: Topic
) -> None:
    topic.send([flat(n) for n in range(1, 11)])
    with topic.following() as follower:
        until(lambda: topic.marks(0) == [10], "ten films land")
        made_anew(durable_broker, topic.name)
        topic.send([flat(n) for n in range(101, 121)])
        until(lambda: follower.error is not None, "the follower stops")
    assert isinstance(follower.error, DataError)
    assert "taquilla consume --reset" in str(follower.error)
    assert topic.rows()["film_id"].to_list() == list(range(1, 11))
    [state] = consumer_states(topic.lake)
    assert (state.last_error, state.has_ended) == (str(follower.error), True)


def test_a_topic_that_is_deleted_while_it_is_followed_is_told(durable_broker: KafkaServer, topic: Topic) -> None:
    topic.send([flat(1)])
    with topic.following() as follower:
        until(lambda: topic.marks(0) == [1], "the film lands")
        durable_broker.delete_topic(topic.name)
        until(lambda: follower.error is not None, "the follower stops")
    assert isinstance(follower.error, SettingsError | DataError)
    assert topic.name in str(follower.error)


def test_an_end_before_our_position_is_told(broker: KafkaServer, topic: Topic) -> None:
    topic.send([flat(1)])
    topic.raw.note({f"{topic.name}/0": 5})
    with pytest.raises(DataError, match="partition 0 ends at offset 1, and the lake has read it up to 5"):
        topic.consume()
    assert dict(topic.consume(reset=True).reset) == {0: 0}


def test_a_follower_outlives_the_broker_and_goes_on(durable_broker: KafkaServer, topic: Topic) -> None:
    topic.send([flat(n) for n in range(1, 11)])
    with topic.following() as follower:
        until(lambda: topic.marks(0) == [10], "ten films land")
        durable_broker.kill()
        until(lambda: any(s.last_error for s in consumer_states(topic.lake)), "the follower tells of it")
        durable_broker.start()
        back = time.monotonic()
        topic.send([flat(n) for n in range(11, 21)])
        until(lambda: topic.marks(0) == [20], "it goes on", 15)
        assert time.monotonic() - back < 10
    assert follower.error is None
    assert topic.offsets() == [(0, n) for n in range(20)]


def test_a_run_to_the_end_gives_a_silent_broker_up_and_keeps_what_landed(
    durable_broker: KafkaServer, topic: Topic
) -> None:
    topic.send([flat(n, overview="x" * 50_000) for n in range(1, 2_001)])
    landed: list[int] = []

    def pause(rows: int) -> None:
        landed.append(rows)
        durable_broker.pause()

    try:
        with pytest.raises(UnavailableError, match="taquilla consume"):
            topic.consume(on_landed=pause, batching=Batching(rows=100), options={"timeout_s": 2.0})
    finally:
        durable_broker.resume()
    assert 0 < sum(landed) < 2_000
    # A broker that stood still for seconds has to find its controller again.
    done = topic.consume(options={"timeout_s": 20.0})
    assert sum(landed) + done.rows <= 2_000
    assert topic.offsets() == [(0, n) for n in range(2_000)]


def test_a_partition_that_is_added_is_followed_too(durable_broker: KafkaServer, topic: Topic) -> None:
    with topic.following() as follower:
        until(lambda: bool(consumer_states(topic.lake)), "it is at work")
        admin = durable_broker.admin()
        [more] = admin.create_partitions([NewPartitions(topic.name, 3)]).values()
        more.result(20)
        until(lambda: len(durable_broker.admin().list_topics(topic.name).topics[topic.name].partitions) == 3, "made")
        topic.send([flat(1)], partition=2)
        until(lambda: topic.marks(2) == [1], "the new partition's film lands")
    assert follower.error is None


def test_a_lake_that_cannot_be_written_is_told_and_nothing_is_lost(topic: Topic, tmp_path: Path) -> None:
    topic.send([flat(1)])
    topic.consume()
    topic.send([flat(2)])
    log = Path(topic.raw.uri) / "_delta_log"
    away = log.rename(tmp_path / "log")
    log.write_text("a file where a folder was")
    with pytest.raises(UnavailableError, match=r"cannot be used.*taquilla consume"):
        topic.consume()
    log.unlink()
    away.rename(log)
    topic.consume()
    assert topic.offsets() == [(0, 0), (0, 1)]


def test_a_follower_waits_for_a_lake_that_cannot_be_written(topic: Topic, tmp_path: Path) -> None:
    topic.send([flat(1)])
    with topic.following() as follower:
        until(lambda: topic.marks(0) == [1], "the first film lands")
        log = Path(topic.raw.uri) / "_delta_log"
        away = log.rename(tmp_path / "log")
        log.write_text("a file where a folder was")
        topic.send([flat(2)])
        until(lambda: consumer_states(topic.lake)[0].errors > 0, "the follower tells of it")
        log.unlink()
        away.rename(log)
        until(lambda: topic.marks(0) == [2], "the second film lands")
    assert follower.error is None
    assert "cannot be used" in (consumer_states(topic.lake)[0].last_error or "")
    assert topic.offsets() == [(0, 0), (0, 1)]


def test_another_with_this_identity_is_told(topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taquilla.pipeline.kafka.loop.FENCED_TRIES", 1)
    other = replace(topic, folder=tmp_path / "other")
    with topic.following(instance="same") as first:
        until(lambda: bool(consumer_states(topic.lake)), "the first is at work")
        with other.following(instance="same") as second:
            until(lambda: bool(first.error or second.error), "one of the two gives way")
    assert isinstance(first.error or second.error, BusyError)
    assert first.error is None or second.error is None


def test_a_secured_broker_takes_the_right_password_and_tells_of_a_wrong_one(
    secure_broker: KafkaServer, topic: Topic
) -> None:
    topic.send([flat(1)])
    options = {
        "bootstrap": secure_broker.sasl_bootstrap,
        "security": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "username": secure_broker.sasl_username,
    }
    with pytest.raises(SettingsError, match="TAQUILLA_KAFKA__PASSWORD") as told:
        topic.consume(options={**options, "password": "canary-5f0c"})
    assert "canary-5f0c" not in str(told.value)
    assert topic.consume(options={**options, "password": secure_broker.sasl_password}).rows == 1
