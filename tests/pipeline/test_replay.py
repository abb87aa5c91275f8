"""What is replayed is judged as it was when it came: by its headers and its moment too."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.messages import headers_json, headers_of, message_rows
from taquilla.pipeline.quarantine import replay
from taquilla.sources.kafka_reader import Message
from taquilla.tables.film_messages import SCHEMA_HEADER, film_message

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def record(title: str) -> bytes:
    return json.dumps({"id": 7, "title": title, "cast": ["Ada Lovelace"]}).encode()


def landed(lake: Lake, *messages: tuple[bytes, tuple[tuple[str, bytes | None], ...], datetime | None]) -> FilmTables:
    tables = FilmTables.of(lake)
    sent = [Message(0, n, b"7", value, headers, moment) for n, (value, headers, moment) in enumerate(messages)]
    rows = message_rows(sent, topic="t", run_id="r", buckets=1, now=NOW)
    tables.raw.land_streams(rows, {"t/0": (0, len(sent))})
    return tables


@pytest.mark.parametrize(
    ("value", "headers", "moment"),
    [
        (record("of a later schema"), ((SCHEMA_HEADER, b"99"),), NOW),
        (film_message(7, record("from the future"), fetched_at=NOW + timedelta(days=4_000)), (), NOW),
        (record("stored in the future"), (), NOW + timedelta(days=4_000)),
        (record("of no moment"), (), None),
        (film_message(7, None, fetched_at=NOW, status=500, error="TMDB failed"), (), NOW),
    ],
)
def test_what_is_refused_for_another_reason_than_its_bytes_stays_refused(
    tmp_path: Path, value: bytes, headers: Any, moment: datetime | None
) -> None:
    tables = landed(Lake(str(tmp_path)), (value, headers, moment))
    assert tables.raw.scan().collect()["error"][0]
    for _ in range(2):
        assert replay(Lake(str(tmp_path)), engine("local"), run_id="again") == (1, 0)
    assert (tables.raw.count(), tables.films.count()) == (1, 0)


def test_what_can_be_read_by_now_is_landed_once_more_with_its_moment_key_and_headers(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    # Read by a version of ours that knew only schema 0; today's knows it.
    tables = landed(lake, (record("readable"), ((SCHEMA_HEADER, b"99"), ("x", b"\xff")), NOW))
    tables.raw.open().update(updates={"headers": '\'{"taquilla-schema": "1"}\''})
    for expected in ((1, 1), (0, 0)):
        assert replay(lake, engine("local"), run_id="again") == expected
    again = tables.raw.scan().filter(topic="replay").collect().row(0, named=True)
    assert (again["fetched_at"], again["key"], again["error"]) == (NOW, b"7", None)
    assert tables.films.scan().collect()["title"].to_list() == ["readable"]


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("a", b"1"),),
        (("a", None), ("b", b"")),
        (("a", b"\xff\x00"), ("b", "ñ".encode())),
        (("a", b"1"), ("a", b"2")),
    ],
)
def test_headers_come_back_from_their_text(headers: tuple[tuple[str, bytes | None], ...]) -> None:
    assert headers_of(headers_json(headers)) == headers
