"""Records that are broken in every way: each ends where it can be seen, with its reason, and costs itself alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.road import Road, line, record, road, write_lines
from sandbox_server import running_sandbox
from taquilla.pipeline.land_file import land_file
from taquilla.tables import tmdb

GOOD = 1_000
TEN_MB = 10 * 2**20


def without(n: int, *names: str) -> bytes:
    return json.dumps({name: value for name, value in record(n).items() if name not in names}).encode()


# How it is broken → (the line, where it ends, what its reason says). Dead: no film id. Quarantined: by which rule.
POISON: dict[str, tuple[bytes, str, str]] = {
    "truncated": (line(2001)[:200], "dead letter", "truncated"),
    "bad UTF-8": (line(2002).replace(b"Film 2002", b"Film \xff\xfe"), "record_is_typed", "can't decode byte 0xff"),
    "wrong type": (line(2003, budget="a lot"), "record_is_typed", "Expected `int | null`, got `str` - at `$.budget`"),
    "wrong type of a list": (line(2004, genres={"id": 1}), "record_is_typed", "Expected `array`"),
    "missing keys": (without(2005, "revenue", "runtime"), "record_is_typed", "missing required field `revenue`"),
    "number beyond 64 bits": (line(2006, revenue=10**30), "record_is_typed", "revenue"),
    "number beyond reason": (line(2007, revenue=10**15), "revenue_usd|max", "revenue_usd = 1000000000000000"),
    "float beyond 64 bits": (line(2008, popularity=0).replace(b'y": 0', b'y": 1e999'), "record_is_typed", "range"),
    "no date": (line(2009, release_date="0000-00-00"), "release_date_is_a_date", "release_date = '0000-00-00'"),
    "date of no month": (line(2010, release_date="2020-02-30"), "release_date_is_a_date", "'2020-02-30'"),
    "NUL in a title": (line(2011, title="a\0b"), "record_is_typed", "text holds a NUL character"),
    "raw NUL": (line(2012).replace(b"Film 2012", b"Film\x00"), "dead letter", "malformed"),
    "deep nesting": (line(2013, homepage=0).replace(b'"homepage": 0', b'"homepage": ' + b"[" * 10_000 + b"]" * 10_000),
                     "dead letter", "not a film: maximum recursion depth exceeded"),
    "no id": (without(2014, "id"), "dead letter", "missing required field `id`"),
    "id of nobody": (line(2015, id=0), "dead letter", "Expected `int` >= 1"),
    "id is text": (line(2016, id="2016"), "dead letter", "Expected `int`, got `str`"),
    "array": (b"[" + line(2017) + b"]", "dead letter", "Expected `object`, got `array`"),
    "10 MB": (line(2018, overview="x" * TEN_MB), "dead letter", "record of 10,4"),
    "no title": (line(2019, title="  "), "title_is_known", "title = '  '"),
    "negative money": (line(2020, budget=-1), "budget_usd|min", "budget_usd = -1"),
    "too many stars": (line(2021, vote_average=11, vote_count=3), "vote_average|max", "vote_average = 11.0"),
    "votes beyond sums": (line(2022, vote_count=2**63 - 1), "vote_count|max", "vote_count = 9223372036854775807"),
    "popularity beyond squares": (line(2023, popularity=1e308), "popularity|max", "popularity = 1e+308"),
    "not JSON": (b"<html>", "dead letter", "malformed"),
    "null": (b"null", "dead letter", "got `null`"),
}  # fmt: skip
DEAD = sum(where == "dead letter" for _, where, _ in POISON.values())


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, 20) as made:
        yield made


@pytest.fixture
def poisoned(way: Road) -> Road:
    """A thousand good records with the bad ones among them, landed and loaded."""
    lines = [line(n) for n in range(1, GOOD + 1)]
    for place, (bad, _, _) in enumerate(POISON.values()):
        lines.insert(place * 41, bad)
    file = write_lines(way.folder / "records.ndjson", lines)
    assert land_file(way.lake, file, run_id="poison") == GOOD + len(POISON)
    way.run("curate_films", "load_films")
    return way


def test_each_bad_record_of_a_file_is_told_with_its_reason_and_the_rest_is_loaded(poisoned: Road) -> None:
    rejected = poisoned.json("quarantine", "list", "--limit", "1000")
    assert len(rejected) == len(POISON)
    by_offset = {row["offset"]: row for row in rejected}
    for place, (what, (_, where, reason)) in enumerate(POISON.items()):
        row = by_offset[place * 41]
        assert where in (row["kind"], row["rule"]), what
        assert reason.lower() in row["reason"].lower(), what
        assert row["topic"].startswith("file:"), what
    assert poisoned.ask("select count(*), count(distinct film_id), max(film_id) from movies") == [(GOOD, GOOD, 2000)]
    assert poisoned.account().as_dict() == {
        "landed": GOOD + len(POISON),
        "current": GOOD,
        "superseded": 0,
        "quarantined": len(POISON) - DEAD,
        "dead": DEAD,
        "pending": 0,
        "purged": 0,
        "missing": 0,
    }


def test_a_bad_record_is_shown_as_it_came(poisoned: Road) -> None:
    rejected = poisoned.json("quarantine", "list", "--limit", "1000")
    whole = next(row for row in rejected if row["reason"] == "text holds a NUL character")
    shown = poisoned.taquilla("quarantine", "show", str(whole["raw_seq"])).stdout
    assert shown.encode() == POISON["NUL in a title"][0] + b"\n"
    assert "There is no raw row 999999" in poisoned.taquilla("quarantine", "show", "999999", code=3).stderr


def test_bad_records_of_the_service_are_told_too(way: Road) -> None:
    bad = ("wrong type", "missing keys", "number beyond 64 bits", "no date", "NUL in a title", "10 MB", "no title")
    lines = [line(n) for n in range(1, GOOD + 1)] + [POISON[what][0] for what in bad]
    with running_sandbox(write_lines(way.folder / "poison.ndjson", lines)) as sandbox:
        sandbox.faults(
            [
                {"kind": "malformed", "route": "/movie/1501"},
                {"kind": "html", "route": "/movie/1502"},
                {"kind": "server_error", "route": "/movie/1503"},
                {"kind": "cut", "route": "/movie/1504"},
                {"kind": "cut", "route": "/movie/1505", "at": "headers"},
            ]
        )
        way = Road(way.folder, sandbox)
        way.run()
        account = way.account()
        assert (account.landed, account.current, account.missing) == (GOOD + 7, GOOD - 5, 0)
        assert (account.dead, account.quarantined) == (6, 6)
        rejected = way.json("quarantine", "list")
        assert all(row["reason"] for row in rejected)
        assert {row["film_id"] for row in rejected} == {
            *range(1501, 1506),
            *(3003, 3005, 3006, 3009, 3011, 3018, 3019),
        }
        sandbox.clear_faults()
        again = way.run()
        # What came broken is asked for again; what came whole and breaks a rule would come the same.
        assert (again["land_films"].note, again["land_films"].dead) == ("6 failed", 1)
        assert (way.account().current, way.account().missing) == (GOOD, 0)


# The sums would show it


@pytest.mark.parametrize("table", ["films", "quarantine", "raw"])
def test_a_row_that_is_lost_is_missing_from_the_sums(poisoned: Road, table: str) -> None:
    lost = {"films": "film_id = 1500", "quarantine": "film_id = 3003", "raw": "film_id = 1500"}[table]
    getattr(poisoned.tables, table).open().delete(lost)
    assert poisoned.account().missing != 0


def test_a_superseding_record_that_curation_missed_is_missing_from_the_sums(poisoned: Road) -> None:
    """A newer record lies in raw, is said to be curated, and curated still shows the old one."""
    file = write_lines(poisoned.folder / "newer.ndjson", [line(1, title="Newer")])
    land_file(poisoned.lake, file, run_id="newer")
    assert poisoned.account().pending == 1
    landed = poisoned.tables.raw.mark("landed") or 0
    for table in (poisoned.tables.films, poisoned.tables.snapshots, poisoned.tables.quarantine):
        table.note({"raw.tmdb_films": landed})
    assert poisoned.account().missing == 1


def test_a_film_that_stands_twice_shows_in_the_sums(poisoned: Road) -> None:
    films = poisoned.tables.films
    twice = films.scan().filter(pl.col("film_id") == 1500).collect()
    films.publish([films.write_part(twice, 0)], marks={})
    assert poisoned.account().missing == -1


# Trying again


def replayed(way: Road) -> tuple[int, int]:
    said = way.taquilla("quarantine", "replay").stdout
    tried, accepted = re.findall(r"([\d,]+) (?:records tried again|accepted)", said)
    return int(tried.replace(",", "")), int(accepted.replace(",", ""))


def state(way: Road) -> list[Any]:
    tables = way.tables
    frames = [tables.films.scan().sort("film_id"), tables.quarantine.scan().sort("raw_seq")]
    return [way.account(), *(frame.collect().rows() for frame in frames), tables.raw.count()]


def test_a_replay_by_the_same_rules_changes_nothing(poisoned: Road) -> None:
    before = state(poisoned)
    assert replayed(poisoned) == (len(POISON), 0)
    assert state(poisoned) == before
    poisoned.taquilla("load")
    assert poisoned.ask("select count(*) from movies") == [(GOOD,)]


def test_what_an_older_version_refused_is_taken_by_a_replay(way: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older version read records of 5,000 bytes at most, and took an escaped backslash before u0000 for a NUL."""
    long = line(2001, overview="x" * 5_000)
    backslash = line(2002, title="C:\\u0000")
    file = write_lines(way.folder / "records.ndjson", [line(1), long, backslash, line(2003, title="a\0b"), b"{"])
    with monkeypatch.context() as older:
        older.setattr(tmdb, "MAX_RECORD_BYTES", 5_000)
        older.setattr(tmdb, "_NUL", re.compile(rb"\\u0000"))
        land_file(way.lake, file, run_id="older")
        way.run("curate_films", "load_films")
    account = way.account()
    assert (account.current, account.quarantined, account.dead, account.missing) == (1, 2, 2, 0)

    assert replayed(way) == (4, 2)

    account = way.account()
    assert (account.landed, account.current, account.quarantined, account.dead, account.missing) == (6, 3, 1, 2, 0)
    way.taquilla("load")
    assert way.ask("select title from movies order by film_id") == [("Film 1",), ("Film 2001",), ("C:\\u0000",)]
    before = state(way)
    assert replayed(way) == (2, 0)
    assert state(way) == before
