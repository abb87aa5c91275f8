"""Messages in, rows of raw out: each once, with where it stood, or with why it is no film."""

import hashlib
import json
import random
import threading
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource

from pipeline.topics import Topic, flat, until
from services.kafka import KafkaServer
from services.ports import free_ports
from taquilla.errors import DataError
from taquilla.pipeline.kafka.state import consumer_states
from taquilla.pipeline.options import Batching
from taquilla.sources.kafka import KafkaOptions
from taquilla.tables.film_messages import film_message

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
DETAILS = b'{"id": 550,  "title":"Fight Club", "genres": [], "credits": {"cast": [], "crew": []}}'


@pytest.fixture
def topic(broker: KafkaServer, tmp_path: Path) -> Topic:
    name = broker.new_topic(partitions=2)
    return Topic(broker, tmp_path, KafkaOptions(broker.bootstrap, name, group=name, timeout_s=5.0))


def test_a_message_is_a_row_with_its_place_key_headers_and_tmdbs_digest(topic: Topic) -> None:
    value = film_message(550, DETAILS, fetched_at=NOON)
    topic.send([value], keys=[b"550"], headers=[("taquilla-schema", b"1")], partition=1)
    done = topic.consume()
    assert (done.messages, done.rows, done.dead_letters, done.lag) == (1, 1, 0, 0)
    assert topic.rows().drop("raw_seq").to_dicts() == [
        {
            "film_id": 550,
            "fetched_at": NOON,
            "status": None,
            "payload": value,
            "payload_sha256": hashlib.sha256(DETAILS).hexdigest(),
            "error": None,
            "topic": topic.name,
            "partition": 1,
            "offset": 0,
            "key": b"550",
            "headers": '{"taquilla-schema": "1"}',
            "run_id": "test",
            "bucket": 0,
        }
    ]
    assert topic.marks(0, 1) == [None, 1]


def test_a_flat_record_takes_the_brokers_moment(topic: Topic) -> None:
    topic.send([flat(7)], millis=NOON_MS)
    topic.consume()
    row = topic.rows().row(0, named=True)
    assert (row["film_id"], row["fetched_at"], row["error"]) == (7, NOON, None)
    assert row["payload_sha256"] == hashlib.sha256(flat(7)).hexdigest()


POISON: dict[str, tuple[bytes | None, str]] = {
    "tombstone": (None, "no payload"),
    "empty": (b"", "not a film"),
    "no UTF-8": (b"\xff\xfe{}", "not a film"),
    "no JSON": (b"<html>", "not a film"),
    "cut off": (b'{"id": 5, "title": "F', "not a film"),
    "a list": (b"[1]", "not a film"),
    "no id": (b'{"title": "F"}', "not a film"),
    "id of 0": (b'{"id": 0}', "not a film"),
    "beyond int64": (b'{"id": 9223372036854775808}', "not a film"),
    "deep": (b'{"id": 1, "x": ' + b"[" * 100_000, "not a film"),
    "year 0": (flat(5, fetched_at="0000-01-01T00:00:00Z"), "fetched_at"),
    "year 9999": (flat(5, fetched_at="9999-12-31T23:59:59Z"), "fetched_at"),
    "still to come": (flat(5, fetched_at="2150-01-01T00:00:00Z"), "still to come"),
    "no moment": (flat(5, fetched_at="yesterday"), "fetched_at"),
}


def test_what_cannot_be_read_is_a_row_with_its_reason(topic: Topic) -> None:
    for value, _ in POISON.values():
        topic.send([value], keys=[b"\xff\x00"], headers=[("x", b"\xff"), ("y", None), ("z", b"1"), ("z", b"2")])
    done = topic.consume()
    assert (done.messages, done.dead_letters) == (len(POISON), len(POISON))
    rows = topic.rows().to_dicts()
    for row, (name, (value, reason)) in zip(rows, POISON.items(), strict=True):
        assert reason in row["error"], name
        assert (row["payload"], row["key"]) == (value, b"\xff\x00"), name
        assert json.loads(row["headers"]) == {"x": {"base64:": "/w=="}, "y": None, "z": ["1", "2"]}


def test_a_later_schema_and_absurd_moments_of_the_broker_are_dead_letters(broker: KafkaServer, topic: Topic) -> None:
    # Kafka 4 refuses by itself what is more than an hour ahead.
    configured(broker, topic.name, message_timestamp_after_max_ms=2**63 - 1)
    topic.send([flat(1)], headers=[("taquilla-schema", b"2")])
    topic.send([flat(2)], millis=int(datetime(2150, 1, 1, tzinfo=UTC).timestamp() * 1000))
    topic.send([flat(3)], millis=2**62)
    topic.consume()
    errors = topic.rows()["error"].to_list()
    assert [next(w for w in ("schema", "still to come", "no moment") if w in e) for e in errors] == [
        "schema",
        "still to come",
        "no moment",
    ]
    # Such a row is not the newest for ever, nor the first that retention deletes.
    assert all(abs((moment - datetime.now(UTC)).total_seconds()) < 60 for moment in topic.rows()["fetched_at"][1:])


def configured(broker: KafkaServer, topic: str, **settings: int) -> None:
    """Give the topic those settings, with dots for the underscores."""
    entries = [
        ConfigEntry(name.replace("_", "."), str(value), incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
    admin = broker.admin()
    [done] = admin.incremental_alter_configs([resource]).values()
    done.result(20)


def test_a_message_of_ten_megabytes_is_kept_whole(broker: KafkaServer, topic: Topic) -> None:
    configured(broker, topic.name, max_message_bytes=32 * 2**20)
    big = flat(9, overview="x" * 10 * 2**20)
    topic.send([flat(8), big, flat(10)], more={"message.max.bytes": 32 * 2**20})
    topic.consume()
    assert topic.rows()["payload"].to_list() == [flat(8), big, flat(10)]
    assert "bytes" in topic.rows()["error"][1]


def test_it_goes_on_where_the_lake_ended(topic: Topic) -> None:
    topic.send([flat(n) for n in range(1, 301)])
    first = topic.consume(batching=Batching(rows=100))
    assert (first.rows, first.batches, topic.marks(0)) == (300, 3, [300])
    assert topic.consume().rows == 0
    topic.send([flat(301)])
    topic.send([flat(302)], partition=1)
    assert topic.consume().positions == {0: 301, 1: 1}
    assert topic.offsets() == [*((0, n) for n in range(301)), (1, 0)]
    assert topic.rows()["raw_seq"].sort().to_list() == list(range(302))


def test_an_end_of_transactions_is_reached_and_what_was_aborted_never_lands(
    durable_broker: KafkaServer, topic: Topic
) -> None:
    producer = Producer({"bootstrap.servers": durable_broker.bootstrap, "transactional.id": topic.name})
    producer.init_transactions(30)
    for film_id, ends in ((1, producer.commit_transaction), (2, producer.abort_transaction)):
        producer.begin_transaction()
        producer.produce(topic.name, flat(film_id), partition=0)
        producer.flush(30)
        ends(30)
    # Offsets 1 to 3: the commit's mark, the aborted film, the abort's mark.
    assert topic.consume().positions[0] == 4
    assert topic.offsets() == [(0, 0)]
    assert topic.marks(0) == [4]
    assert topic.consume().messages == 0
    producer.begin_transaction()
    producer.produce(topic.name, flat(3), partition=0)
    producer.flush(30)
    producer.abort_transaction(30)
    assert (topic.consume().rows, topic.marks(0)) == (0, [6])
    assert topic.rows()["film_id"].to_list() == [1]


def test_dead_letters_go_to_a_topic_of_their_own_as_well(topic: Topic, broker: KafkaServer) -> None:
    letters = f"{topic.name}-dead"
    topic.send([flat(1), b"poison", None], keys=[b"1", b"2", b"3"], headers=[("from", b"x")])
    topic.consume(options={"dlq_topic": letters})
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "dead", "enable.auto.commit": False})
    parts = broker.admin().list_topics(letters, timeout=10).topics[letters].partitions
    reader.assign([TopicPartition(letters, number, 0) for number in parts])
    found = reader.consume(2, 20)
    reader.close()
    told = {message.key(): (message.value(), dict(message.headers() or [])) for message in found}
    place = {"from": b"x", "taquilla-topic": topic.name.encode(), "taquilla-partition": b"0"}
    reasons = {row["key"]: row["error"].encode() for row in topic.rows().to_dicts() if row["error"]}
    assert told == {
        b"2": (b"poison", place | {"taquilla-offset": b"1", "taquilla-error": reasons[b"2"]}),
        b"3": (None, place | {"taquilla-offset": b"2", "taquilla-error": b"no payload"}),
    }


def test_a_letter_that_its_topic_does_not_take_goes_without_its_value(topic: Topic, broker: KafkaServer) -> None:
    letters = broker.new_topic(name=f"{topic.name}-dead")
    configured(broker, letters, max_message_bytes=1_000)
    big = random.Random(1).randbytes(2_000)  # noqa: S311 - what no compression makes smaller
    topic.send([big])
    topic.consume(options={"dlq_topic": letters})
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "dead", "enable.auto.commit": False})
    reader.assign([TopicPartition(letters, 0, 0)])
    [letter] = reader.consume(1, 20)
    reader.close()
    assert letter.value() is None
    assert b"2000 bytes" in (dict(letter.headers() or [])["taquilla-left-out"] or b"")
    assert topic.rows()["payload"].to_list() == [big]


def test_state_and_metrics_tell_how_it_gets_on(topic: Topic) -> None:
    [port] = free_ports(1)
    topic.send([flat(1), b"poison"])
    landed: list[int] = []
    with topic.following(metrics_port=port, on_landed=landed.append) as follower:
        until(lambda: sum(landed) == 2, "both rows land")
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
        [state] = consumer_states(topic.lake)
        assert state.is_alive(datetime.now(UTC))
    assert follower.error is None
    labels = f'{{partition="0",topic="{topic.name}"}}'
    for line in (
        "taquilla_consumer_messages_total 2.0",
        "taquilla_consumer_dead_letters_total 1.0",
        "taquilla_consumer_batches_total 1.0",
        "taquilla_consumer_errors_total 0.0",
        f"taquilla_consumer_lag{labels} 0.0",
        f"taquilla_consumer_position{labels} 2.0",
    ):
        assert line in page.splitlines(), page
    [state] = consumer_states(topic.lake)
    assert (state.messages, state.landed_rows, state.dead_letters, state.lag) == (2, 2, 1, 0)
    assert (state.topic, state.partitions[0].position, state.has_ended) == (topic.name, 2, True)
    assert not state.is_alive(datetime.now(UTC))


def test_the_group_knows_how_far_the_lake_is(topic: Topic, broker: KafkaServer) -> None:
    topic.send([flat(n) for n in range(1, 6)])
    with topic.following() as follower:
        until(lambda: topic.marks(0) == [5], "five films land")
        watcher = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic.options.group})
        place = TopicPartition(topic.name, 0)
        until(lambda: watcher.committed([place], 10)[0].offset == 5, "the group's offset follows")
        watcher.close()
    assert follower.error is None


def test_a_batch_is_bounded_by_its_bytes(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taquilla.pipeline.kafka.loop.MAX_BATCH_BYTES", 40_000)
    topic.send([flat(n, overview="x" * 10_000) for n in range(1, 41)])
    done = topic.consume(batching=Batching(rows=1_000))
    assert (done.rows, done.batches >= 5) == (40, True)


def test_one_that_is_told_to_stop_lands_what_it_has_in_hand(topic: Topic) -> None:
    topic.send([flat(n) for n in range(1, 11)])
    stop = threading.Event()
    seen: list[Any] = []
    with topic.following(batching=Batching(1_000, 600.0), progress=lambda *told: seen.append(told)) as follower:
        until(lambda: bool(consumer_states(topic.lake)), "it is at work")
        threading.Timer(3.0, stop.set).start()
        stop.wait()
        assert topic.rows().is_empty()
    assert follower.error is None
    assert follower.result is not None
    assert follower.result.rows == 10
    assert topic.offsets() == [(0, n) for n in range(10)]
    assert seen[-1] == (10, 10)


def test_messages_that_were_deleted_before_they_were_read_stop_it_until_it_is_told_to_go_on(
    durable_broker: KafkaServer, topic: Topic
) -> None:
    topic.send([flat(n) for n in range(1, 11)])
    topic.consume()
    topic.send([flat(n) for n in range(11, 31)])
    admin = durable_broker.admin()
    [deleted] = admin.delete_records([TopicPartition(topic.name, 0, 25)]).values()
    deleted.result(20)
    with pytest.raises(DataError, match=r"15 messages of partition 0 .*offsets 10 to 24.* taquilla consume --reset"):
        topic.consume()
    with topic.following() as follower:
        until(lambda: follower.error is not None, "a follower stops as well")
    assert isinstance(follower.error, DataError)
    assert topic.marks(0) == [10]

    done = topic.consume(reset=True)
    assert (dict(done.reset), done.rows, topic.marks(0)) == ({0: 25}, 5, [30])
    assert topic.offsets() == [(0, n) for n in [*range(10), *range(25, 30)]]
