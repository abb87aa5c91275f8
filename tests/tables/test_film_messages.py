"""What travels on the topic: TMDB's record byte for byte, and both roads' tables the same."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import COMEDY, DRAMA, acts, at, fields, film, raw, read, works
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.tables import tmdb
from taquilla.tables.film_messages import (
    MAX_RECORD_BYTES,
    Envelope,
    dated,
    film_message,
    read_message,
    record_of,
    schema_error,
)
from taquilla.tables.films import clean_films

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)

FIGHT_CLUB = fields(
    550,
    title="Fight Club",
    original_title="Fight Club",
    overview="A ticking-time-bomb insomniac…",
    release_date="1999-10-15",
    popularity=68.626,
    vote_average=8.4,
    vote_count=24408,
    budget=63000000,
    revenue=100853753,
    runtime=139,
    genres=[DRAMA, {"id": 53, "name": "Thriller"}],
    production_companies=[{"id": 508, "name": "Regency Enterprises"}, {"id": 711, "name": "Fox 2000 Pictures"}],
    credits={
        "crew": [works(7467, "David Fincher"), works(7468, "Jim Uhls", job="Screenplay")],
        "cast": [acts(819, "Edward Norton"), acts(287, "Brad Pitt"), acts(1283, "Helena Bonham Carter")],
    },
)


def message_of(payload: bytes, *, film_id: int = 1, fetched_at: datetime = NOON) -> bytes:
    return film_message(film_id, payload, fetched_at=fetched_at, status=200)


# What a message says


def test_a_message_is_the_seeds_record_with_the_moment_and_tmdbs_own() -> None:
    payload = json.dumps(FIGHT_CLUB).encode()
    assert msgspec.json.decode(message_of(payload)) == {
        "id": 550,
        "title": "Fight Club",
        "original_title": "Fight Club",
        "overview": "A ticking-time-bomb insomniac…",
        "release_date": "1999-10-15",
        "popularity": 68.626,
        "vote_average": 8.4,
        "vote_count": 24408,
        "budget": 63000000,
        "revenue": 100853753,
        "runtime": 139,
        "genres": ["Drama", "Thriller"],
        "production_companies": ["Regency Enterprises", "Fox 2000 Pictures"],
        "directors": ["David Fincher"],
        "cast": ["Edward Norton", "Brad Pitt", "Helena Bonham Carter"],
        "fetched_at": "2026-11-21T12:00:00.123456Z",
        "tmdb": FIGHT_CLUB,
    }
    assert message_of(payload).endswith(b',"tmdb":' + payload + b"}")


def test_the_flat_record_has_ten_of_the_cast_and_tmdbs_has_all() -> None:
    cast = [acts(n, f"Actor {n}", order=n) for n in range(25)]
    told = msgspec.json.decode(message_of(film(7, credits={"cast": cast, "crew": []})))
    assert told["cast"] == [f"Actor {n}" for n in range(10)]
    assert len(told["tmdb"]["credits"]["cast"]) == 25


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"status": 404}, {"id": 5, "status": 404, "fetched_at": "2026-11-21T12:00:00.123456Z"}),
        (
            {"status": 500, "error": "500 after 2 attempts"},
            {"id": 5, "status": 500, "error": "500 after 2 attempts", "fetched_at": "2026-11-21T12:00:00.123456Z"},
        ),
        (
            {"error": "no answer within 10 s"},
            {"id": 5, "status": None, "error": "no answer within 10 s", "fetched_at": "2026-11-21T12:00:00.123456Z"},
        ),
    ],
)
def test_what_is_no_film_travels_with_its_reason(given: dict[str, Any], expected: dict[str, Any]) -> None:
    for payload in (None, b"<html>busy</html>", b"", b"\xff\x00"):
        message = film_message(5, payload, fetched_at=NOON, **given)
        assert msgspec.json.decode(message) == expected
        told = Envelope(5, NOON, given.get("status"), given.get("error"), None)
        assert read_message(message) == told


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"<html>", "not a film: JSON is malformed: invalid character (byte 0)"),
        (b"[1]", "not a film: Expected `object`, got `array`"),
        (b'{"success": false}', "not a film: Object missing required field `id`"),
        (b'{"id": 0}', "not a film: Expected `int` >= 1 - at `$.id`"),
        (None, "no payload"),
    ],
)
def test_a_payload_that_is_no_film_does_not_break_the_message(payload: bytes | None, reason: str) -> None:
    message = film_message(5, payload, fetched_at=NOON, status=200)
    told = read_message(message)
    assert (told.film_id, told.fetched_at, told.status, told.error) == (5, NOON, 200, reason)
    # The same words as on the direct road.
    assert payload is None or tmdb.film_id_of(payload) == (None, reason)


def test_a_film_whose_lists_are_broken_travels_whole_all_the_same() -> None:
    payload = film(7, genres="Drama", credits=[1], production_companies=[{"id": 1}])
    told = msgspec.json.decode(message_of(payload))
    assert [told[name] for name in ("genres", "production_companies", "directors", "cast")] == [[], [], [], []]
    assert record_of(message_of(payload)) == payload


# Byte for byte


@pytest.mark.parametrize(
    "payload",
    [
        b'{ "id" : 5 ,\n\t"title":"\\u00e9\\n\\/ \\ud83c\\udfac"\r\n}',
        '{"id":5,"title":"Película — 千と千尋 🎬"}'.encode(),
        b'{"id":5,"budget":123456789012345678901234567890,"popularity":1.50e+2,"x":-0.0}',
        b'{"id":5,"title":"a","title":"b","id":5}',
        b'{"id":5,"tmdb":{"id":6}}',
        b'{"id":5,"title":"\\\\u0000 \\u0000"}',
        b'{"id":5,"nested":' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_the_record_comes_out_as_it_went_in(payload: bytes) -> None:
    for around in (b"%b", b"  %b", b"%b\r\n"):
        message = message_of(around % payload)
        assert message.endswith(b',"tmdb":' + payload + b"}")
        assert read_message(message).record == payload or b'"tmdb"' in payload
        assert record_of(message) == payload


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_shapes = st.sampled_from([(",", ":"), (" , ", " : "), (",\n\t", ":\r ")])
_details = st.fixed_dictionaries(
    {"id": st.integers(1, 2**63 - 1)},
    optional=dict.fromkeys(("title", "genres", "credits", "budget", "status", "error", "fetched_at"), _values),
)


@given(_details, st.dictionaries(_texts.filter(lambda n: n != "tmdb"), _values, max_size=5), _shapes, st.booleans())
def test_any_record_survives_the_journey(
    details: dict[str, Any], more: dict[str, Any], separators: tuple[str, str], ascii_only: bool
) -> None:
    payload = json.dumps(more | details, separators=separators, ensure_ascii=ascii_only).encode()
    message = message_of(payload)
    if read_message(payload).error is None:
        assert record_of(message) == payload
        assert read_message(message) == Envelope(details["id"], NOON, None, None, payload)


@given(st.binary(max_size=60) | _values.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_arrives_is_raised(value: bytes) -> None:
    told = read_message(value)
    assert told.film_id is not None or told.error
    assert isinstance(record_of(value), bytes)
    assert isinstance(tmdb.decode_film(value), (str, tmdb.Film))
    assert read_message(film_message(5, value, fetched_at=NOON)).fetched_at == NOON


# Messages of others


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no payload"),
        (b"", "not a film: Input data was truncated"),
        (b"\xff\xfe", "not a film: JSON is malformed: invalid character (byte 0)"),
        (b'{"id": 5', "not a film: Input data was truncated"),
        (b'{"id": NaN}', "not a film: JSON is malformed: invalid character (byte 7)"),
        (b'{"id": 9223372036854775808}', "not a film: Expected `int` <= 9223372036854775807 - at `$.id`"),
        (b'{"id": "5"}', "not a film: Expected `int`, got `str` - at `$.id`"),
        (b'{"title": "x"}', "not a film: Object missing required field `id`"),
        (b'{"id":5,"fetched_at":"yesterday"}', 'fetched_at is no moment: "yesterday"'),
        (b'{"id":5,"fetched_at":1700000000}', "fetched_at is no moment: 1700000000"),
        (b'{"id":5,"fetched_at":"2026-11-21T10:00:00"}', 'fetched_at tells no time zone: "2026-11-21T10:00:00"'),
        (
            b'{"id":5,"fetched_at":"9999-12-31T23:59:59Z"}',
            'fetched_at is no moment at which anything was read: "9999-12-31T23:59:59Z"',
        ),
        (b'{"id":5,"tmdb":{"id":6}}', "the message is of film 5, the record in it of film 6"),
        (b'{"id":5,"tmdb":[5]}', "not a film: tmdb: Expected `object`, got `array`"),
        (b'{"id":5,"error":"busy"}', "busy"),
        (b'{"id":5,"error":""}', "the producer could not read it, and says no reason that is a text"),
        (b'{"id":5,"error":{"a":1}}', "the producer could not read it, and says no reason that is a text"),
    ],
)
def test_poison_is_told_by_its_reason(value: bytes | None, reason: str) -> None:
    told = read_message(value)
    assert told.error == reason
    assert value is None or tmdb.film_id_of(value) == (None, reason)


def test_what_is_too_long_or_too_deep_is_not_read() -> None:
    long = b'{"id":5,"title":"%b"}' % (b"x" * MAX_RECORD_BYTES)
    assert read_message(long).error == f"record of {len(long):,} bytes; the most that is read is 8,388,608"
    deep = b'{"id":5,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert (read_message(deep).error or "").startswith("not a film: maximum recursion depth exceeded")
    assert "maximum recursion depth" in (read_message(message_of(deep)).error or "")
    assert record_of(deep) == deep


def test_a_moment_of_another_time_zone_is_told_in_utc() -> None:
    madrid = NOON.astimezone(timezone(timedelta(hours=2)))
    assert read_message(message_of(film(5), fetched_at=madrid)).fetched_at == NOON
    told = read_message(b'{"id":5,"fetched_at":"2026-11-21T14:00:00.123456+02:00"}')
    assert (told.fetched_at, str(told.fetched_at)) == (NOON, "2026-11-21 12:00:00.123456+00:00")


def test_a_flat_record_and_tmdbs_own_are_messages_too() -> None:
    assert read_message(film(5, status="Released")) == Envelope(5)
    assert read_message(b'{"id":5,"directors":[],"cast":[]}') == Envelope(5)
    assert read_message(b'{"id":5,"tmdb":null,"error":null,"fetched_at":null}') == Envelope(5)


def test_a_message_can_be_given_its_moment() -> None:
    assert dated(b'{"id":5, "cast":[]}\r\n', NOON) == b'{"id":5, "cast":[],"fetched_at":"2026-11-21T12:00:00.123456Z"}'
    assert read_message(dated(b'{"id":5}', NOON)).fetched_at == NOON


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, None),
        (b"1", None),
        (b"2", "message of schema 2; what is read goes up to 1: update Taquilla, then replay"),
        (b"0", "message of schema 0; what is read goes up to 1: update Taquilla, then replay"),
        (b"one", "taquilla-schema is no number: b'one'"),
        (b"", "taquilla-schema is no number: b''"),
        ("²".encode(), "taquilla-schema is no number: b'\\xc2\\xb2'"),
    ],
)
def test_a_later_schema_is_not_guessed_at(version: bytes | None, reason: str | None) -> None:
    assert schema_error(version) == reason


# Both roads make the same tables


def by_message(payload: bytes, day: float = 0, film_id: int = 1) -> RawRecord:
    """The raw record that a consumer makes of the message."""
    told = read_message(message := message_of(payload, film_id=film_id, fetched_at=at(day)))
    assert told.fetched_at is not None
    record = raw(read(told.record))["payload_sha256"][0] if told.record is not None else None
    return RawRecord(told.fetched_at, message, told.film_id, told.status, told.error, sha256=record)


def tables(*records: RawRecord) -> dict[str, list[dict[str, Any]]]:
    cleaned = clean_films(raw(*records).filter(pl.col("error").is_null()))
    return {name: getattr(cleaned, name).to_dicts() for name in ("films", "snapshots", "quarantined")}


def test_a_message_becomes_the_rows_that_the_record_becomes() -> None:
    payloads = [
        json.dumps(FIGHT_CLUB).encode(),
        film(2, budget=0, genres=[DRAMA, COMEDY]),
        film(3, title=""),
        film(4, release_date="soon"),
        film(5, budget="much"),
        film(6, title="a\0b"),
        film(7, vote_average=11),
        film(8, popularity=-1, runtime=2**31),
        b'{"id": 9, "credits": {}}',
        b'{"id": 10, "title": "\xff"}',
    ]
    direct = tables(*(read(payload, day) for day, payload in enumerate(payloads)))
    assert len(direct["films"]) + len(direct["quarantined"]) == len(payloads)
    assert tables(*(by_message(payload, day) for day, payload in enumerate(payloads))) == direct


_films = st.fixed_dictionaries(
    {},
    optional={
        "title": _texts,
        "budget": st.integers(-5, 2**64) | st.none(),
        "popularity": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        "release_date": st.dates().map(str) | _texts,
        "genres": st.lists(st.sampled_from([DRAMA, COMEDY])),
        "credits": st.fixed_dictionaries(
            {
                "cast": st.lists(st.builds(acts, st.integers(1, 5), _texts)),
                "crew": st.lists(st.builds(works, st.integers(1, 5), _texts)),
            }
        ),
        "status": _values,
    },
)


@given(_films, _shapes)
def test_any_film_becomes_the_same_rows_by_both_roads(changed: dict[str, Any], separators: tuple[str, str]) -> None:
    payload = json.dumps(fields(7, **changed), separators=separators).encode()
    assert tables(by_message(payload)) == tables(read(payload))
