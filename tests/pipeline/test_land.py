"""From the API to the lake: each film once, and again only when there is a reason."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import polars as pl
import pytest

from pipeline.road import Road, line, road, write_lines
from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Spool
from taquilla.pipeline.fetching import CHANGES, TOPIC, Plan
from taquilla.pipeline.film_tables import micros
from taquilla.pipeline.options import Selection

FILMS = 60
CANARY = "canary-eyJhbGciOiJIUzI1NiJ9.in-no-output"
V3_CANARY = "c0ffee00c0ffee00c0ffee00c0ffee00"


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, FILMS) as made:
        yield made


def titles(way: Road, *film_ids: int) -> dict[int, str]:
    rows = way.ask(f"select film_id, title from movies where film_id in {film_ids}")  # noqa: S608 - our numbers
    return dict(rows)


# What is fetched, and what is not


def test_the_first_run_fetches_all_and_the_second_none(way: Road) -> None:
    first = way.run()
    assert (first["land_films"].rows, first["land_films"].note) == (FILMS, "60 new")
    assert way.fetched() == {"distinct": FILMS, "answers": FILMS, "max_per_film": 1}
    assert way.ask("select count(*), count(distinct film_id) from movies") == [(FILMS, FILMS)]

    way.sandbox.reset_stats()
    assert way.run()["land_films"].rows == 0
    assert way.fetched()["answers"] == 0
    assert way.account().as_dict()["missing"] == 0


def test_only_changed_and_removed_films_are_fetched_and_the_warehouse_shows_their_new_state(way: Road) -> None:
    way.run()
    followed_to = way.tables.raw.mark(CHANGES) or 0
    way.sandbox.change(1003, title="Another name", revenue=77)
    way.sandbox.change(1004, title="A third name")
    way.sandbox.remove(1005)
    way.sandbox.reset_stats()

    began = datetime.now(UTC)
    landed = way.run(now=began)["land_films"]

    assert (landed.rows, landed.note) == (3, "3 changed")
    assert way.sandbox.stats()["by_route"]["/3/movie/{film_id}"] == 3
    assert way.fetched() == {"distinct": 2, "answers": 2, "max_per_film": 1}  # the third is a 404
    assert titles(way, 1003, 1004, 1005) == {1003: "Another name", 1004: "A third name", 1005: "Film 5"}
    assert way.ask("select film_id from movies where is_removed and removed_at is not null") == [(1005,)]
    assert way.ask("select count(*) from movie_data_warehouse where tmdb_id = 1005") == [(0,)]
    assert way.ask("select revenue_usd from movies where film_id = 1003") == [(77,)]
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert followed_to < (way.tables.raw.mark(CHANGES) or 0) == micros(began)
    assert way.account().as_dict() == {
        "landed": 63,
        "current": 60,
        "superseded": 3,
        "quarantined": 0,
        "dead": 0,
        "pending": 0,
        "purged": 0,
        "missing": 0,
    }


def test_a_removed_film_that_comes_back_is_shown_again(way: Road) -> None:
    way.run()
    way.sandbox.remove(1005)
    way.run()
    assert way.ask("select is_removed from movies where film_id = 1005") == [(True,)]
    way.sandbox.change(1005, **msgspec.json.decode(line(5, title="Back again")))
    way.run()
    assert way.ask("select title, is_removed from movies where film_id = 1005") == [("Back again", False)]
    assert way.ask("select count(*) > 0 from movie_data_warehouse where tmdb_id = 1005") == [(True,)]
    assert way.account().missing == 0


def test_a_film_is_read_anew_when_its_record_is_old(way: Road) -> None:
    way.run()
    way.sandbox.reset_stats()
    later = datetime.now(UTC) + timedelta(days=29)
    popular = Selection("popular", pages=3)
    assert way.run("land_films", now=later, selection=popular)["land_films"].rows == 0
    stale = way.run("land_films", now=later + timedelta(days=2), selection=popular)["land_films"]
    assert (stale.rows, stale.note) == (FILMS, f"{FILMS} stale")


def test_films_that_failed_are_rows_with_reasons_and_are_fetched_again(way: Road) -> None:
    way.sandbox.faults(
        [
            {"kind": "server_error", "route": "/movie/1007"},
            {"kind": "html", "route": "/movie/1008"},
            {"kind": "malformed", "route": "/movie/1009"},
            {"kind": "cut", "route": "/movie/1010"},
        ]
    )
    landed = way.run()["land_films"]
    assert (landed.rows, landed.dead) == (FILMS, 4)
    dead = way.tables.raw.scan().filter(pl.col("error").is_not_null()).sort("film_id")
    reasons = {film_id: error.split(":")[0] for film_id, error in dead.select("film_id", "error").collect().iter_rows()}
    assert reasons == {
        1007: "500 after 2 attempts",
        1008: "answer is not JSON (HTML?) (2 attempts)",
        1009: "answer is not JSON after 2 attempts",
        1010: "answer cut off (2 attempts)",
    }
    assert way.ask("select count(*) from movies") == [(FILMS - 4,)]
    assert way.account().as_dict() | {"dead": 4, "current": FILMS - 4, "missing": 0} == way.account().as_dict()

    way.sandbox.clear_faults()
    way.sandbox.reset_stats()
    again = way.run()["land_films"]
    assert (again.rows, again.dead, again.note) == (4, 0, "4 failed")
    assert way.fetched()["answers"] == 4
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert way.run()["land_films"].rows == 0
    assert way.account().missing == 0


def test_a_known_film_that_fails_keeps_its_record(way: Road) -> None:
    way.run()
    way.sandbox.change(1003, title="Not seen yet")
    way.sandbox.faults([{"kind": "server_error", "route": "/movie/1003"}])
    assert way.run()["land_films"].dead == 1
    assert titles(way, 1003, 1003) == {1003: "Film 3"}
    way.sandbox.clear_faults()
    way.run()
    assert titles(way, 1003, 1003) == {1003: "Not seen yet"}


# Which films are wanted


def test_what_changed_after_a_film_was_asked_for_by_id_is_seen_by_the_first_run(way: Road) -> None:
    way.run("land_films", selection=Selection("ids", ids=(1001,)))
    way.sandbox.change(1001, title="Changed meanwhile")
    way.run()
    assert titles(way, 1001, 0) == {1001: "Changed meanwhile"}


def test_the_selections_fetch_what_they_name(way: Road) -> None:
    found = {
        "ids": Selection("ids", ids=(1010, 1020)),
        "popular": Selection("popular", pages=1),
        "discover": Selection("discover", since=date(1930, 1, 1), until=date(1934, 12, 31)),
        "limit": Selection("export", limit=7),
        "least": Selection("export", min_popularity=39.0),
    }
    for name, selection in found.items():
        lake = way.lake.__class__(str(way.folder / name))
        way.run("land_films", selection=selection, lake=lake)
        ids = lake.table("raw.tmdb_films", way.tables.raw.schema).scan().select("film_id").collect()["film_id"]
        expected = {
            "ids": {1010, 1020},
            "popular": {*range(1021, 1040), 1019, 1059} - {1030},  # 1020, 1030, ... are for adults
            "discover": {1031, 1032, 1033, 1034},
            "limit": {1001 + n for n in range(7)},
            "least": {1038, 1039},
        }[name]
        assert (len(ids), set(ids)) == (len(expected), expected), name


def test_films_asked_for_by_id_are_fetched_known_or_not_and_no_others(way: Road) -> None:
    way.run("land_films", now=datetime.now(UTC) - timedelta(days=1))
    followed_to = way.tables.raw.mark(CHANGES)
    way.sandbox.change(1007, title="Not asked for")
    way.sandbox.reset_stats()
    done = way.taquilla("land", "--id", "1002", "--id", "1001", "--id", "999999", "--id", "1002")
    assert "3 asked for, 1 not known to TMDB" in done.stdout
    assert way.fetched() == {"distinct": 2, "answers": 2, "max_per_film": 1}
    assert "/3/movie/changes" not in way.sandbox.stats()["by_route"]
    assert way.tables.raw.mark(CHANGES) == followed_to
    assert way.run("land_films")["land_films"].note == "1 changed"
    assert "/3/movie/changes" in way.sandbox.stats()["by_route"]


def test_films_asked_for_by_id_leave_the_plan_of_another_run_alone(way: Road) -> None:
    plan = way.lake.private("plans") / "land-films.json"
    by_id = Selection("ids", ids=(1001,))
    way.run("land_films", selection=by_id)
    assert not plan.exists()
    assert way.tables.raw.mark(CHANGES) is None
    written = msgspec.json.encode(Plan(datetime.now(UTC) + timedelta(days=1), None))
    plan.write_bytes(written)
    assert way.run("land_films", selection=by_id)["land_films"].note == "1 asked for"
    assert plan.read_bytes() == written


def test_an_id_is_a_positive_number(way: Road) -> None:
    assert "Invalid value for '--id'" in way.taquilla("land", "--id", "0", code=2).stderr


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--source", "export"), "--source and files"),
        (("--id", "7"), "--id and files"),
        (("--pages", "2", "--min-popularity", "3", "--id", "7"), "--pages, --min-popularity, --id and files"),
    ],
)
def test_a_file_and_a_choice_of_films_do_not_go_together(way: Road, flags: tuple[str, ...], told: str) -> None:
    done = way.taquilla("land", "films.ndjson", *flags, code=2)
    assert done.stderr == f"Error: {told} do not go together: drop one.\n"
    assert way.tables.raw.count() == 0


def test_a_range_of_dates_that_ends_before_it_begins_is_told(way: Road) -> None:
    done = way.taquilla("land", "--source", "discover", "--since", "2021-01-02", "--until", "2021-01-01", code=2)
    assert "films.since 2021-01-02 is after films.until 2021-01-01" in done.stderr
    same = Selection("discover", since=date(1931, 6, 15), until=date(1931, 6, 15))
    assert way.run("land_films", selection=same)["land_films"].rows == 1


def test_the_export_of_a_day_is_taken_once(way: Road) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    first = way.run(now=noon)
    assert first["land_popularity"].rows == FILMS
    again = way.run(now=noon + timedelta(hours=3))["land_popularity"]
    assert (again.rows, again.note) == (0, "the newest export is here already")
    # Before it is ready, the day before's is the newest; that is older than what is here.
    assert way.run("land_popularity", now=noon.replace(hour=5))["land_popularity"].rows == 0
    assert way.ask("select count(*) from film_snapshots where origin = 'export'") == [(FILMS,)]
    by_day = way.tables.exports.scan().select("exported_at").unique().collect()["exported_at"].to_list()
    assert by_day == [noon.replace(hour=8, second=0, microsecond=0)]


# Nothing that was fetched is fetched twice

MANY = 1_000
CONNECTIONS = 20


@pytest.fixture(scope="module")
def slow_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lines(tmp_path_factory.mktemp("many") / "films.ndjson", [line(n) for n in range(1, MANY + 1)])


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Road]:
    """A thousand films that a service gives at some 600 a second."""
    with road(tmp_path, MANY, faults=["slow:seconds=0.03,route=/3/movie/1"]) as made:
        yield made


def wait_for_films(way: Road, count: int) -> None:
    deadline = time.monotonic() + 30
    while way.fetched()["answers"] < count:
        assert time.monotonic() < deadline, "the films do not come"
        time.sleep(0.005)


def test_a_run_killed_at_700_films_fetches_the_remaining_300(slow: Road) -> None:
    process = slow.start("land", films__batch_rows="250", tmdb__connections=str(CONNECTIONS))
    wait_for_films(slow, 700)
    process.kill()
    process.communicate()
    answered = slow.fetched()["answers"]
    assert 700 <= answered < 900
    landed = slow.tables.raw.count()

    done = slow.taquilla("land", films__batch_rows="250", tmdb__connections=str(CONNECTIONS))

    assert "from the journal of the run before" in done.stdout
    fetched = slow.fetched()
    assert fetched["distinct"] == MANY
    # The client's promise: at most `connections` are under way, and as many wait to be journalled.
    assert fetched["answers"] - MANY <= 2 * CONNECTIONS
    assert fetched["max_per_film"] <= 2
    assert landed < slow.tables.raw.count()
    ids = slow.tables.raw.scan().select("film_id").collect()["film_id"]
    assert (len(ids), ids.n_unique()) == (MANY, MANY)
    assert not list((slow.data / "lake" / "_spool").rglob("*.spool"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_lands_what_was_fetched_and_says_how_to_go_on(slow: Road, number: signal.Signals) -> None:
    process = slow.start("land", tmdb__connections=str(CONNECTIONS))
    wait_for_films(slow, 400)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-2:] == [
        "Error: Stopped. What was done so far is kept.",
        "Resume with: taquilla land",
    ]
    answered = slow.fetched()["answers"]
    landed = slow.tables.raw.count()
    assert answered - 3 * CONNECTIONS <= landed <= answered
    assert not list((slow.data / "lake" / "_spool").rglob("*.spool"))

    slow.taquilla("land")
    assert slow.tables.raw.count() == MANY
    assert slow.fetched()["answers"] <= MANY + answered - landed


def test_stopping_while_a_batch_is_being_landed_loses_none(slow: Road) -> None:
    process = slow.start("land", films__batch_rows="10", tmdb__connections=str(CONNECTIONS))
    wait_for_films(slow, 300)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert err.splitlines()[-1] == "Resume with: taquilla land"
    assert not list((slow.data / "lake" / "_spool").rglob("*.spool"))
    assert slow.tables.raw.count() >= slow.fetched()["answers"] - 3 * CONNECTIONS


def test_what_is_journalled_but_not_landed_is_landed_by_the_next_run(way: Road) -> None:
    way.run("land_films", selection=Selection("ids", ids=(1001,)))
    answer = msgspec.msgpack.encode(
        {
            "film_id": 1002,
            "fetched_at": datetime.now(UTC),
            "status": 200,
            "payload": line(2),
            "error": None,
        }
    )
    spool = Spool(way.lake.private("spool") / TOPIC)
    spool.begin(1)
    spool.append(answer)
    spool.close()
    path = next(spool.folder.glob("*.spool"))
    path.write_bytes(path.read_bytes() + b"\0\0\1\0cut off")
    landed = way.run("land_films", selection=Selection("ids", ids=(1001, 1002, 1003)))["land_films"]
    assert landed.note == "3 asked for, 1 from the journal of the run before"
    assert sorted(way.tables.raw.scan().collect()["film_id"]) == [1001, 1001, 1002, 1002, 1003]


def test_a_plan_that_was_left_lying_for_months_is_still_carried_out(way: Road) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=200)
    (way.lake.private("plans") / "land-films.json").write_bytes(msgspec.json.encode(Plan(long_ago, None)))
    assert way.run("land_films")["land_films"].rows == FILMS


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe", b"\0" * 60])
def test_a_plan_that_cannot_be_read_is_none(way: Road, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    plan = way.lake.private("plans") / "land-films.json"
    plan.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert way.run("land_films")["land_films"].note == f"{FILMS} new"
    assert [r.getMessage().split(" (")[0] for r in caplog.records if "plan" in r.getMessage()] == [
        f"The plan {plan} of the run before cannot be read"
    ]
    assert not plan.exists()


def test_a_plan_is_on_the_disk_before_it_has_its_name(way: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[bytes, bool]] = []
    plan = way.lake.private("plans") / "land-films.json"
    fsync = os.fsync

    def watched(number: int) -> None:
        new = plan.with_suffix(".new")
        if new.exists() and os.fstat(number).st_ino == new.stat().st_ino:
            synced.append((new.read_bytes(), plan.exists()))
        fsync(number)

    monkeypatch.setattr(os, "fsync", watched)
    now = datetime.now(UTC)
    way.run("land_films", now=now)
    assert synced == [(msgspec.json.encode(Plan(now, None)), False)]


# The token


FAULTS = (
    {"kind": "server_error", "route": "/movie/1003"},
    {"kind": "html", "route": "/movie/1004"},
    {"kind": "cut", "route": "/movie/1005", "at": "headers"},
)


@pytest.mark.parametrize("token", [CANARY, V3_CANARY])
def test_the_token_is_in_no_table_no_file_and_no_error(tmp_path: Path, token: str) -> None:
    with road(tmp_path, 20, token=token) as way:
        way.sandbox.faults(FAULTS)
        assert way.run()["land_films"].dead == 3
        elsewhere = replace(way.options, base_url="http://127.0.0.1:9/3")
        other = replace(way.options, token=token[:-1] + "1")
        for options, error in ((elsewhere, UnavailableError), (other, SettingsError)):
            with pytest.raises(error) as caught:
                way.run("land_films", tmdb=partial(replace, options))
            assert token not in f"{caught.value!r} {caught.value.__cause__!r} {options!r}"
        for file in way.data.rglob("*"):
            assert not file.is_file() or token.encode() not in file.read_bytes(), file
        for table in way.tables.all():
            assert token not in repr(table.scan().collect().rows())


def test_the_token_is_in_no_output(tmp_path: Path) -> None:
    with road(tmp_path, 20, token=CANARY) as way:
        way.sandbox.faults(FAULTS)
        for done in (
            way.taquilla("run", tmdb__attempts="1"),
            way.taquilla("status", "--json"),
            way.taquilla("settings", "--json"),
            way.taquilla("doctor"),
            way.taquilla("quarantine", "list"),
            way.taquilla("run", code=2, tmdb__token=CANARY + "x"),
        ):
            assert CANARY not in done.stdout + done.stderr, done.args


def test_errors_of_the_service_are_unavailable_and_keep_what_was_fetched(way: Road) -> None:
    way.sandbox.faults([{"kind": "server_error", "status": 503, "route": "/3/movie/10"}])
    with pytest.raises(UnavailableError, match="films in a row could not be fetched"):
        way.run("land_films")
    assert way.tables.raw.count() > 0
    assert os.listdir(way.lake.private("plans")) == ["land-films.json"]  # noqa: PTH208
    way.sandbox.clear_faults()
    way.run()
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert way.account().missing == 0
