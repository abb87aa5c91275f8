"""A file of records → the topic: what travels, and what a run that was cut off repeats."""

import json
import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.cimpl import NewTopic

from pipeline.producing import film_ids, messages, options
from pipeline.road import line, write_lines
from records import curate, curated
from services.kafka import KafkaServer
from taquilla.errors import DataError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.kafka import produce_file as producing
from taquilla.pipeline.kafka.consume import consume
from taquilla.pipeline.kafka.produce_file import ProducedFile, produce_file
from taquilla.pipeline.land_file import land_file
from taquilla.sources.kafka import KafkaOptions
from taquilla.tables.film_messages import film_message

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
READ_AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
FLAT = {"id": 550, "title": "Fight Club", "budget": 63000000, "genres": ["Drama"], "directors": ["David Fincher"]}


@pytest.fixture
def kafka(broker: KafkaServer, tmp_path: Path) -> KafkaOptions:
    return options(broker, f"file-{tmp_path.name}")


def lake(folder: Path) -> Lake:
    return Lake(str(folder / "lake"))


def flat(film_id: int, **changed: Any) -> bytes:
    return json.dumps(FLAT | {"id": film_id} | changed).encode()


def test_records_become_messages_and_messages_travel_as_they_are(tmp_path: Path, kafka: KafkaOptions) -> None:
    ready = film_message(7, line(6), fetched_at=READ_AT)
    lines = [line(1), flat(550), ready, b'{"id":9,"status":404,"fetched_at":"2026-11-20T08:30:00Z"}', b"{", b'{"a":1}']
    file = write_lines(tmp_path / "films.ndjson", lines)
    os.utime(file, (READ_AT.timestamp(), READ_AT.timestamp()))

    done = produce_file(lake(tmp_path), file, kafka, now=NOW)

    assert (done, done.told()) == (ProducedFile(6, 6), "6 messages published")
    found = {message.value: message for message in messages(kafka)}
    details = film_message(1001, lines[0], fetched_at=READ_AT, status=200)
    assert set(found) == {details, *lines[1:]}
    assert {message.key for message in found.values()} == {b"1001", b"550", b"1006", b"9", None}
    assert found[b"{"].key is found[b'{"a":1}'].key is None


def test_a_file_of_the_future_was_read_now_and_a_told_moment_is_every_records(
    tmp_path: Path, kafka: KafkaOptions
) -> None:
    file = write_lines(tmp_path / "films.ndjson", [line(1), flat(550)])
    later = datetime(2040, 1, 1, tzinfo=UTC).timestamp()
    os.utime(file, (later, later))
    produce_file(lake(tmp_path), file, kafka, now=NOW)
    assert {m.told.fetched_at for m in messages(kafka)} == {NOW, None}
    produce_file(lake(tmp_path), file, kafka, now=NOW, fetched_at=READ_AT)
    assert {m.told.fetched_at for m in messages(kafka)} == {NOW, None, READ_AT}
    assert sum(m.told.fetched_at == READ_AT for m in messages(kafka)) == 2


def test_a_run_that_was_cut_off_goes_on_and_a_whole_one_begins_anew(
    tmp_path: Path, kafka: KafkaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producing, "BATCH_LINES", 10)
    file = write_lines(tmp_path / "films.ndjson", [line(n) for n in range(1, 26)])

    def cut(lines: int) -> None:
        if lines == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        produce_file(lake(tmp_path), file, kafka, now=NOW, progress=cut)
    assert produce_file(lake(tmp_path), file, kafka, now=NOW) == ProducedFile(25, 5)
    assert film_ids(kafka) == dict.fromkeys(range(1001, 1026), 1)
    assert produce_file(lake(tmp_path), file, kafka, now=NOW) == ProducedFile(25, 25)
    assert film_ids(kafka) == dict.fromkeys(range(1001, 1026), 2)


def test_a_topic_that_was_made_anew_gets_the_whole_file(
    durable_broker: KafkaServer,
    tmp_path: Path,
    kafka: KafkaOptions,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(producing, "BATCH_LINES", 10)
    file = write_lines(tmp_path / "films.ndjson", [line(n) for n in range(1, 26)])

    def cut(lines: int) -> None:
        raise KeyboardInterrupt

    for lines in (10, 20):
        with pytest.raises(KeyboardInterrupt):
            produce_file(lake(tmp_path), file, kafka, now=NOW, progress=cut)
        assert sum(film_ids(kafka).values()) == lines
    durable_broker.delete_topic(kafka.topic)
    durable_broker.new_topic(name=kafka.topic)
    assert produce_file(lake(tmp_path), file, kafka, now=NOW) == ProducedFile(25, 25)
    assert film_ids(kafka) == dict.fromkeys(range(1001, 1026), 1)
    assert [record.getMessage() for record in caplog.records] == [
        f"Topic {kafka.topic} was made anew, or this is another broker: what was published before is published again."
    ]


def test_a_damaged_file_and_a_missing_broker_are_told(tmp_path: Path, kafka: KafkaOptions) -> None:
    with pytest.raises(DataError, match="No such file"):
        produce_file(lake(tmp_path), tmp_path / "none.ndjson", kafka, now=NOW)
    file = write_lines(tmp_path / "films.ndjson", [line(1)])
    nowhere = KafkaOptions("127.0.0.1:9", timeout_s=1.0)
    with pytest.raises(UnavailableError, match="once it is up, run: the same command again"):
        produce_file(lake(tmp_path), file, nowhere, now=NOW)
    empty = write_lines(tmp_path / "empty.ndjson", [])
    assert produce_file(lake(tmp_path), empty, kafka, now=NOW).told() == "0 messages published; it has no records"


def test_a_line_that_is_too_large_is_named(broker: KafkaServer, tmp_path: Path, kafka: KafkaOptions) -> None:
    if broker.kind != "apache":
        pytest.skip("the stand-in has no limit")
    limit = {"max.message.bytes": "20000"}
    admin = broker.admin()  # held: a client that is collected takes its requests along
    admin.create_topics([NewTopic(kafka.topic, 1, 1, config=limit)])[kafka.topic].result(20)
    noise = random.Random(1).randbytes(40_000).hex()  # noqa: S311 - what does not compress, and no secret
    file = write_lines(tmp_path / "films.ndjson", [line(1), line(2, overview=noise), line(3)])
    with pytest.raises(
        DataError, match=r"1 records are larger than the broker takes \(line 2\); the others are"
    ) as told:
        produce_file(lake(tmp_path), file, kafka, now=NOW)
    assert str(told.value).endswith(f"taquilla land {file}")
    assert film_ids(kafka) == {1001: 1, 1003: 1}


def test_both_roads_make_the_same_tables(tmp_path: Path, kafka: KafkaOptions) -> None:
    poison = [line(4, title="a\0b"), line(5, budget=2**70), line(6, release_date="soon"), b"[]", b'{"title":"x"}']
    lines = [line(1), line(2), line(1, title="Again"), line(3, vote_average=12), *poison]
    file = write_lines(tmp_path / "films.ndjson", lines)
    direct, by_kafka = lake(tmp_path / "direct"), lake(tmp_path / "kafka")
    land_file(direct, file, run_id="test", fetched_at=READ_AT)
    produce_file(by_kafka, file, kafka, now=NOW, fetched_at=READ_AT)
    consume(by_kafka, kafka, run_id="test")
    for each in (direct, by_kafka):
        curate(each)
    [expected, found] = [
        {table: [{k: v for k, v in row.items() if k != "raw_seq"} for row in rows] for table, rows in all_of.items()}
        for all_of in (curated(direct), curated(by_kafka))
    ]
    assert [film["title"] for film in expected["films"]] in (["Film 1", "Film 2"], ["Again", "Film 2"])
    for table in ("films", "quarantine"):
        assert sorted(map(str, found[table])) == sorted(map(str, expected[table])), table
    assert len(found["snapshots"]) == len(expected["snapshots"])
