"""From the API to the topic: each film once, whoever is killed meanwhile; and to the lake where there is no broker."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from confluent_kafka.cimpl import NewTopic

from pipeline.producing import film_ids, messages, options, produce, start, until
from pipeline.road import Road, road, write_lines
from pipeline.road import line as record_line
from sandbox_server import running_sandbox
from services.kafka import KafkaServer
from services.ports import free_ports
from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Spool
from taquilla.pipeline.fetching import CHANGES
from taquilla.pipeline.film_tables import micros
from taquilla.pipeline.kafka.produce import FALLBACK, LOST
from taquilla.pipeline.kafka.published import Published
from taquilla.pipeline.options import Selection
from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.kafka import Broker, KafkaOptions
from taquilla.sources.kafka_publisher import Publisher
from taquilla.sources.tmdb import FetchedFilm

FILMS = 60
IDS = range(1001, 1001 + FILMS)


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, FILMS) as made:
        yield made


@pytest.fixture
def kafka(broker: KafkaServer, tmp_path: Path) -> KafkaOptions:
    """A topic that is not there yet."""
    return options(broker, f"produce-{tmp_path.name}")


def nowhere(topic: str = "tmdb_data") -> KafkaOptions:
    """A broker that nobody runs."""
    [port] = free_ports(1)
    return KafkaOptions(f"127.0.0.1:{port}", topic, timeout_s=1.0)


def consume(way: Road, kafka: KafkaOptions) -> None:
    """Land what the topic holds as rows of raw, as a consumer would."""
    records = []
    for message in messages(kafka):
        told = message.told
        assert told.fetched_at is not None
        records.append(RawRecord(told.fetched_at, message.value, told.film_id, told.status, told.error))
    rows = raw_rows(records, topic=kafka.topic, offset=0, run_id="test", buckets=1)
    way.tables.raw.land(rows, source=f"{kafka.topic}/0", begins=0)


# What is published, and what is not


def test_every_film_is_published_once_and_the_topic_is_made(way: Road, kafka: KafkaOptions) -> None:
    began = datetime.now(UTC)
    done = produce(way, kafka, now=began)
    assert (done.published, done.failed, done.landed, done.told()) == (FILMS, 0, 0, "60 new")
    assert film_ids(kafka) == dict.fromkeys(IDS, 1)
    assert len(Broker(kafka).topic().watermarks) == kafka.partitions
    assert way.fetched() == {"distinct": FILMS, "answers": FILMS, "max_per_film": 1}
    assert way.tables.raw.count() == 0
    assert way.tables.raw.mark(CHANGES) == micros(began)
    assert not list((way.data / "lake" / "_plans").iterdir())


def test_a_message_holds_what_tmdb_sent(way: Road, kafka: KafkaOptions) -> None:
    began = datetime.now(UTC)
    produce(way, kafka)
    for message in messages(kafka):
        told = message.told
        assert message.key == b"%d" % (told.film_id or 0)
        assert message.headers == [("taquilla-schema", b"1")]
        assert told.fetched_at is not None
        assert told.record is not None
        assert began <= told.fetched_at <= datetime.now(UTC)
        sent = way.sandbox.ask(f"/3/movie/{told.film_id}", append_to_response="credits,keywords,release_dates")
        assert told.record == sent.content


def test_what_was_published_is_not_fetched_again_consumed_or_not(way: Road, kafka: KafkaOptions) -> None:
    produce(way, kafka)
    way.sandbox.reset_stats()
    assert (produce(way, kafka).published, way.fetched()["answers"]) == (0, 0)
    assert Published.of(way.lake, kafka.topic).answers().height == FILMS
    consume(way, kafka)
    way.sandbox.change(1003, title="Another name")
    way.sandbox.remove(1004)
    again = produce(way, kafka)
    assert (again.published, again.told()) == (2, "2 changed")
    # What raw knows by now needs no journal any more.
    assert sorted(Published.of(way.lake, kafka.topic).answers()["film_id"]) == [1003, 1004]
    assert [m.told.status for m in messages(kafka) if m.told.film_id == 1004] == [None, 404]


def test_what_nobody_consumed_for_a_week_is_published_again(way: Road, kafka: KafkaOptions) -> None:
    popular = Selection("popular", pages=3)
    films = produce(way, kafka, popular).published
    assert produce(way, kafka, popular, now=datetime.now(UTC) + timedelta(days=6)).told() == ""
    assert produce(way, kafka, popular, now=datetime.now(UTC) + timedelta(days=8)).told() == f"{films} new"


def test_a_topic_that_was_made_anew_gets_what_was_published_and_not_consumed(
    durable_broker: KafkaServer, way: Road, kafka: KafkaOptions, caplog: pytest.LogCaptureFixture
) -> None:
    produce(way, kafka)
    consume(way, kafka)
    # Raw has an older record of it, and the feed of changes is followed from after the change on.
    way.sandbox.change(1003, title="Another name")
    # No list of TMDB's would bring it up again.
    assert produce(way, kafka, Selection("ids", ids=(999_999,))).published == 1
    assert produce(way, kafka).told() == "1 changed"
    durable_broker.delete_topic(kafka.topic)
    durable_broker.new_topic(name=kafka.topic)
    assert produce(way, kafka).told() == f"2 {LOST}"
    assert film_ids(kafka) == {1003: 1, 999_999: 1}
    assert LOST not in produce(way, kafka).told()
    assert sum("was made anew" in record.getMessage() for record in caplog.records) == 1


def test_a_topic_that_was_made_anew_before_anything_was_consumed_gets_all_even_after_a_kill(
    durable_broker: KafkaServer, slow: Road, kafka: KafkaOptions
) -> None:
    produce(slow, kafka)
    durable_broker.delete_topic(kafka.topic)
    durable_broker.new_topic(name=kafka.topic)
    process = start(slow, kafka)
    until(lambda: slow.fetched()["answers"] >= MANY + 100, "films are fetched again")
    process.kill()
    process.communicate()
    assert produce(slow, kafka).published < MANY
    assert film_ids(kafka).keys() == set(range(1001, 1001 + MANY))


def test_films_that_failed_travel_with_their_reason_and_are_fetched_again(way: Road, kafka: KafkaOptions) -> None:
    way.sandbox.faults(
        [{"kind": "server_error", "route": "/movie/1007"}, {"kind": "html", "route": "/movie/1008"}],
    )
    assert (done := produce(way, kafka)).failed == 2
    assert done.published == FILMS
    reasons = {m.told.film_id: m.told.error for m in messages(kafka) if m.told.error}
    assert reasons.keys() == {1007, 1008}
    assert (reasons[1007] or "").startswith("500 after 2 attempts")
    way.sandbox.clear_faults()
    assert produce(way, kafka).told() == "2 failed"
    consume(way, kafka)
    assert produce(way, kafka).told() == ""


def test_films_by_their_ids_leave_no_plan_and_no_mark(way: Road, kafka: KafkaOptions) -> None:
    done = produce(way, kafka, Selection("ids", ids=(1002, 999_999)))
    assert done.told() == "2 asked for, 1 not known to TMDB"
    assert film_ids(kafka) == {1002: 1, 999_999: 1}
    assert way.tables.raw.mark(CHANGES) is None
    assert not list((way.data / "lake" / "_plans").iterdir())


def test_a_film_that_is_too_large_for_the_topic_is_landed_and_the_others_travel(
    broker: KafkaServer, way: Road, tmp_path: Path
) -> None:
    if broker.kind != "apache":
        pytest.skip("the stand-in has no limit")
    kafka = options(broker, topic := f"small-{tmp_path.name}")
    admin = broker.admin()
    admin.create_topics([NewTopic(topic, 1, 1, config={"max.message.bytes": "20000"})])[topic].result(20)
    # What does not compress: a batch of all films is over the limit too, and none of its films is at fault.
    noise = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(20_000))
    way.sandbox.change(1003, overview=noise)
    done = produce(way, kafka)
    assert (done.published, done.landed, done.too_large) == (FILMS - 1, 1, (1003,))
    assert done.told() == "60 new, too large for the broker and landed directly: film 1003"
    assert film_ids(kafka) == dict.fromkeys(set(IDS) - {1003}, 1)
    assert way.tables.raw.scan().select("film_id", "topic").collect().rows() == [(1003, FALLBACK)]


# Killed and resumed

MANY = 400
CONNECTIONS = 20


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Road]:
    """Films that a service gives at some 600 a second."""
    catalogue = write_lines(tmp_path / "many.ndjson", [record_line(n) for n in range(1, MANY + 1)])
    with running_sandbox(catalogue, faults=["slow:seconds=0.03,route=/3/movie/1"]) as server:
        yield Road(tmp_path, server)


def test_a_run_killed_half_way_goes_on_and_every_film_is_published(slow: Road, kafka: KafkaOptions) -> None:
    for films in (100, 250):
        process = start(slow, kafka)
        until(lambda films=films: slow.fetched()["answers"] >= films, "films are fetched")  # type: ignore[misc]
        process.kill()
        process.communicate()
    process = start(slow, kafka)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.endswith(" new\n")
    found = film_ids(kafka)
    assert found.keys() == set(range(1001, 1001 + MANY))
    # A kill costs what was under way, what waited to be taken, and what had no word of the broker's yet.
    assert sum(found.values()) - MANY <= 2 * 6 * CONNECTIONS
    assert slow.fetched()["answers"] - MANY <= 2 * 6 * CONNECTIONS
    assert slow.tables.raw.count() == 0


def test_a_stopped_run_keeps_what_the_broker_has(slow: Road, kafka: KafkaOptions) -> None:
    process = start(slow, kafka)
    until(lambda: slow.fetched()["answers"] >= 150, "films are fetched")
    process.send_signal(2)
    process.communicate(timeout=30)
    answered = slow.fetched()["answers"]
    assert answered - 3 * CONNECTIONS <= sum(film_ids(kafka).values()) <= answered
    process = start(slow, kafka)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert film_ids(kafka).keys() == set(range(1001, 1001 + MANY))
    assert slow.fetched()["answers"] <= MANY + 3 * CONNECTIONS


# Without a broker


def until_back(kafka: KafkaOptions) -> None:
    """Returns when a broker that was held answers all that it is asked."""

    def answers() -> bool:
        try:
            return Broker(replace(kafka, timeout_s=5.0)).topic().topic == kafka.topic
        except UnavailableError:
            return False

    until(answers, "the broker is back")


def test_a_broker_that_is_not_there_is_told_in_time_and_nothing_is_fetched(way: Road) -> None:
    kafka = nowhere()
    began = datetime.now(UTC)
    with pytest.raises(UnavailableError) as caught:
        produce(way, kafka)
    assert datetime.now(UTC) - began < timedelta(seconds=5)
    assert str(caught.value).startswith(f"The broker at {kafka.bootstrap} does not answer: ")
    assert str(caught.value).endswith("taquilla produce; or land the films directly: taquilla produce --fallback")
    assert way.fetched()["answers"] == 0


def test_without_a_broker_the_films_are_landed_directly_where_that_is_asked(
    way: Road, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = nowhere()
    with caplog.at_level(logging.WARNING):
        done = produce(way, kafka, fallback=True)
    assert (done.published, done.landed, done.failed) == (0, FILMS, 0)
    assert done.told().startswith(f"60 new, 60 landed directly: The broker at {kafka.bootstrap} does not answer")
    assert [r.getMessage().split(" does")[0] for r in caplog.records] == [f"The broker at {kafka.bootstrap}"]
    assert way.fetched() == {"distinct": FILMS, "answers": FILMS, "max_per_film": 1}
    rows = way.tables.raw.scan().select("film_id", "topic", "error").collect()
    assert sorted(rows.rows()) == [(film_id, FALLBACK, None) for film_id in IDS]


def test_a_broker_that_goes_away_costs_no_film_and_no_second_request(
    broker: KafkaServer, slow: Road, kafka: KafkaOptions
) -> None:
    kafka = options(broker, kafka.topic, timeout_s=2.0)
    process = start(slow, kafka, fallback=True)
    until(lambda: slow.fetched()["answers"] >= 100, "films are fetched")
    broker.pause()
    try:
        _, err = process.communicate(timeout=60)
        # Who does not land them directly is told so.
        publisher: Publisher[int] = Publisher(replace(kafka, timeout_s=0.5))
        assert all(publisher.send(n, key=None, value=b"{}") for n in range(3))
        with pytest.raises(
            UnavailableError, match=f"3 messages to the topic {kafka.topic} were not acknowledged"
        ) as told:
            publisher.settle()
        assert str(told.value).endswith("land the films directly: taquilla produce --fallback")
        assert sorted(publisher.unacknowledged()) == [0, 1, 2]
    finally:
        broker.resume()
    assert process.returncode == 0, err
    assert "The films are landed directly." in err
    assert slow.fetched() == {"distinct": MANY, "answers": MANY, "max_per_film": 1}
    until_back(kafka)
    landed = set(slow.tables.raw.scan().select("film_id").collect()["film_id"])
    published = set(film_ids(replace(kafka, timeout_s=30.0)))
    assert landed | published == set(range(1001, 1001 + MANY))
    assert published
    assert landed
    assert slow.tables.raw.count() == len(landed)


def test_the_password_is_in_no_error(way: Road) -> None:
    [user, password] = ["taquilla", "canary-s3cret"]
    where = nowhere().bootstrap
    kafka = KafkaOptions(where, timeout_s=1.0, security="SASL_PLAINTEXT", username=user, password=password)
    with pytest.raises(UnavailableError) as caught:
        produce(way, kafka)
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {kafka!r}"


def test_a_wrong_password_is_a_wrong_setting_and_no_reason_to_land(secure_broker: KafkaServer, way: Road) -> None:
    [user, password] = [secure_broker.sasl_username, "canary-s3cret"]
    kafka = KafkaOptions(
        secure_broker.sasl_bootstrap,
        security="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        username=user,
        password=password,
    )
    with pytest.raises(SettingsError, match="refuses the user") as caught:
        produce(way, kafka, fallback=True)
    assert "canary" not in repr(caught.value)
    assert way.fetched()["answers"] == 0


def test_what_was_journalled_for_the_lake_is_landed_by_the_next_run(way: Road, kafka: KafkaOptions) -> None:
    answer = FetchedFilm(1002, datetime.now(UTC), 200, record_line(2), None)
    spool = Spool(way.lake.private("spool") / FALLBACK)
    spool.begin(0)
    spool.append(msgspec.msgpack.encode(answer))
    spool.close()
    done = produce(way, kafka)
    assert done.told() == "59 new, 1 from the journal of the run before"
    assert way.tables.raw.scan().select("film_id", "topic").collect().rows() == [(1002, FALLBACK)]
    assert film_ids(kafka) == dict.fromkeys(set(IDS) - {1002}, 1)
