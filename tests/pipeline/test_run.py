"""`taquilla run` as a person, a scheduler and a full disk meet it."""

import csv
import json
import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline.road import LEFT_OUT, Road, command, contents, line, road, write_lines
from taquilla.errors import BusyError, SettingsError
from taquilla.lake import lease
from taquilla.lake.upkeep import tidy
from taquilla.pipeline import steps
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.land_file import land_file
from taquilla.tables.films import FREE_LICENCE_FROM

FILMS = 50


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, FILMS) as made:
        yield made


# What a run says and keeps


def test_a_run_prints_a_line_a_step_and_its_sums_add_up(way: Road) -> None:
    said = way.taquilla("run").stdout.splitlines()
    shown = [re.sub(r"\d+\.\d s", "T s", row) for row in said]
    assert shown == [
        "[1/7] land films         OK   50 rows   T s   (50 new)",
        "[2/7] land popularity    OK   50 rows   T s",
        "[3/7] curate films       OK   1 parts   50 rows   T s",
        "[4/7] load films         OK   50 rows   T s   (100 snapshots)",
        "[5/7] export films       OK   58 rows   T s",
        "[6/7] upkeep             OK   0 rows   T s",
        "[7/7] publish runs       OK   6 rows   T s",
    ]
    status = way.json("status")
    assert status["records"] == {
        "landed": FILMS,
        "current": FILMS,
        "superseded": 0,
        "quarantined": 0,
        "dead": 0,
        "pending": 0,
        "purged": 0,
        "missing": 0,
    }
    assert (status["warehouse"]["movies"], status["warehouse"]["film_snapshots"]) == (FILMS, 2 * FILMS)
    assert [run["step"] for run in reversed(status["runs"])] == [
        s.name for s in steps.in_order() if s.name not in LEFT_OUT
    ]
    assert {run["outcome"] for run in status["runs"]} == {"ok"}
    assert len({run["run_id"] for run in status["runs"]}) == 1
    assert "the sums add up" in way.taquilla("status").stdout


def test_one_step_runs_under_the_run_that_it_belongs_to(way: Road) -> None:
    way.taquilla("step", "land_films", "--run", "nightly-7")
    way.taquilla("step", "curate_films", "--run", "nightly-7")
    runs = way.json("status")["runs"]
    assert [(run["run_id"], run["step"]) for run in runs] == [
        ("nightly-7", "curate_films"),
        ("nightly-7", "land_films"),
    ]
    failed = way.taquilla("step", "fly", code=2).stderr
    assert failed == f"Error: Unknown step 'fly'. Known: {', '.join(s.name for s in steps.STEPS)}.\n"
    assert [row["name"] for row in way.json("step", "list")] == [s.name for s in steps.STEPS]


def test_every_step_reads_what_a_step_before_it_writes_or_a_source_gives() -> None:
    sources = {"tmdb", "shop", "review files"}
    written: set[str] = set()
    order = steps.in_order()
    assert sorted(s.name for s in order) == sorted(s.name for s in steps.STEPS)
    for step in order:
        assert {*step.reads} <= written | sources, step.name
        written |= {*step.writes}
    assert all(earlier != later for earlier, later in steps.edges())
    with pytest.raises(SettingsError, match=r"Unknown step 'x'\. Known: land_films"):
        steps.step("x")


# Who else is there


def test_of_two_runs_at_once_one_works_and_the_other_names_it(way: Road) -> None:
    way.sandbox.faults([{"kind": "slow", "seconds": 2.0, "route": "/authentication"}])
    first = way.start("run")
    holder = way.data / "lake" / "_leases" / "run.lease"
    deadline = time.monotonic() + 20
    while not (holder.exists() and holder.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second = way.taquilla("run", code=5)
    out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    assert out.count("OK") == 7
    assert f"Process {first.pid} holds " in second.stderr
    assert second.stderr.splitlines()[-1] == "Resume with: taquilla run"
    assert way.account().missing == 0


def test_everything_that_writes_the_lake_waits_for_the_lease(way: Road) -> None:
    way.run("land_films")
    with lease(way.lake.private("leases"), "run"):
        with pytest.raises(BusyError):
            way.run()
        for busy in (("retention",), ("quarantine", "replay"), ("land", "films.ndjson")):
            assert f"Process {os.getpid()} holds " in way.taquilla(*busy, code=5).stderr


# What fails


def test_a_dead_service_is_told_with_the_line_that_resumes(way: Road) -> None:
    done = way.taquilla("run", code=4, tmdb__base_url="http://127.0.0.1:9/3", tmdb__attempts="1")
    assert done.stderr.count("trying again in") == 2
    *_, said, resume = done.stderr.splitlines()
    assert said.startswith("Error: TMDB at http://127.0.0.1:9/3: it does not answer as it should: no connection")
    assert resume == "Resume with: taquilla run"
    assert "Traceback" not in done.stderr
    last_word, run = way.json("status")["runs"]
    assert (last_word["step"], last_word["outcome"]) == ("publish_runs", "ok")
    assert (run["step"], run["outcome"], run["note"]) == ("land_films", "failed", said.removeprefix("Error: "))
    assert (run["rows"], run["quarantined"], run["dead"]) == (None, None, None)


def test_a_run_goes_on_without_the_daily_export(way: Road) -> None:
    way.sandbox.faults([{"kind": "server_error", "share": 1.0, "route": "exports"}])
    done = way.taquilla("run", code=4, films__source="popular", tmdb__attempts="1")
    assert "The run went on without land popularity" in done.stderr
    stands = way.account()
    assert way.ask("select count(*) from movies") == [(stands.current,)]
    assert (stands.current > 0, stands.pending, stands.missing) == (True, 0, 0)


def test_a_wrong_token_is_a_setting_to_mend(way: Road) -> None:
    wrong = way.taquilla("run", code=2, tmdb__token="wrong").stderr  # noqa: S106
    assert wrong.startswith("Error: TMDB refuses the token (401")
    assert "TAQUILLA_TMDB__TOKEN" in wrong
    assert "Resume" not in wrong
    missing = way.taquilla("run", code=2, tmdb__token="").stderr
    assert missing.startswith("Error: Missing setting tmdb.token. Looked for: TAQUILLA_TMDB__TOKEN, taquilla.toml")


def test_a_step_that_fails_for_a_moment_is_tried_again(way: Road) -> None:
    way.sandbox.faults([{"kind": "server_error", "status": 503, "route": "/authentication", "count": 2}])
    done = way.taquilla("run")
    assert "trying again in 2 s" in done.stderr
    assert done.stdout.count("OK") == 7
    assert {run["outcome"] for run in way.json("status")["runs"]} == {"ok"}


@contextmanager
def started_with_a_disk_of(way: Road, bytes_a_file: int, *arguments: str) -> Iterator[tuple[int, str, str]]:
    """How a run, or another command, ends in which no file may grow beyond that."""
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))
    done = subprocess.run(
        command(*(arguments or ("run",))),
        cwd=way.folder,
        env=way.env(),
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    yield done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("bytes_a_file", [2_000, 15_000])
def test_a_full_disk_is_told_and_loses_nothing(way: Road, bytes_a_file: int) -> None:
    with started_with_a_disk_of(way, bytes_a_file) as (code, _, err):
        assert code == 4, err
        assert "File too large" in err
        assert "Traceback" not in err
        assert "\x1b" not in err
        assert err.splitlines()[-1] == "Resume with: taquilla run"
    assert way.account().missing == 0
    way.taquilla("run")
    assert way.account().current == FILMS
    assert way.ask("select count(*) from movies") == [(FILMS,)]


def test_a_disk_that_is_full_while_loading_leaves_the_warehouse_as_it_was(way: Road) -> None:
    way.run()
    with started_with_a_disk_of(way, 300_000, "load", "--rebuild") as (code, _, err):
        assert way.ask("select count(*) from duckdb_tables() where table_name = 'movies'") == [(1,)]
        assert way.ask("select count(*) from movies") == [(FILMS,)]
        assert (code, "Traceback" in err) == (4, False)


def test_after_a_disk_that_was_full_while_loading_the_next_run_completes(way: Road) -> None:
    with started_with_a_disk_of(way, 300_000) as (code, _, _):
        assert code != 0
    way.taquilla("run")
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert way.account().missing == 0


# What is kept, and how long


def test_what_is_too_old_is_deleted_for_good_and_what_is_free_is_kept(way: Road) -> None:
    """Old: films 1-20 from a file; fresh: the sandbox's others. Free: the built-in range, as old as the rest."""
    old_day = datetime.now(UTC) - timedelta(days=200)
    free_id = FREE_LICENCE_FROM + 7
    lines = [line(n, overview=f"secret-plot-{n}-") for n in range(501, 521)]
    lines += [line(521, overview="secret-plot-521-", budget=-1), b'{"broken": "secret-plot-522-"']
    lines += [line(1, id=free_id, title="Free for ever", overview="free-plot")]
    land_file(way.lake, write_lines(way.folder / "old.ndjson", lines), run_id="old", fetched_at=old_day)
    way.run("land_films", "curate_films", "load_films", "export_films", selection=None)
    # Since then TMDB has removed one of the old films and changed nothing of the others.
    assert way.ask("select count(*) from movies where film_id > 1500 and film_id < 2000") == [(20,)]
    way.taquilla("export-json", "--all")
    texts = {"movie_1501.json": True, "movie_1001.json": True, f"movie_{free_id}.json": True}
    assert texts.items() <= {f.name: True for f in (way.data / "movie_analytics").glob("*.json")}.items()
    landed = way.account().landed

    said = way.taquilla("retention", "--days", "180").stdout

    account = way.account().as_dict()
    assert (account["landed"], account["missing"]) == (landed, 0)
    assert account["purged"] >= 22
    assert f"{account['purged']:,} raw rows, 20 films" in said
    kept = way.ask("select count(*), count(*) filter (film_id = 1099511627783) from movies")
    assert kept == [(FILMS + 1, 1)]
    for table in way.tables.all():
        rows = table.scan().collect()
        assert "secret-plot" not in repr(rows.rows()), table.name
    for file in way.data.rglob("*"):
        assert not file.is_file() or b"secret-plot" not in file.read_bytes(), file
    names = {file.name for file in (way.data / "movie_analytics").iterdir()}
    assert {"movie_1001.json", f"movie_{free_id}.json", "processed_movies_v2.csv"} <= names
    assert not names & {f"movie_{1500 + n}.json" for n in range(1, 22)}
    before = contents(way)
    assert "0 raw rows, 0 films, 0 snapshots" in way.taquilla("retention", "--days", "180").stdout
    way.run("curate_films", "load_films", rebuild=True)
    assert contents(way) == before
    assert way.account().as_dict() == account


def test_a_removed_film_is_forgotten_with_its_record(way: Road) -> None:
    way.run()
    way.sandbox.remove(1005)
    later = datetime.now(UTC) + timedelta(days=1)
    way.run("land_films", now=later)  # TMDB says that it is gone, some moments after its record was read
    way.run("curate_films", "load_films", "upkeep", now=later + timedelta(days=200))
    account = way.account().as_dict()
    assert account == {
        "landed": FILMS + 1,
        "current": 0,
        "superseded": 0,
        "quarantined": 0,
        "dead": 0,
        "pending": 0,
        "purged": FILMS + 1,
        "missing": 0,
    }
    assert way.ask("select (select count(*) from movies), (select count(*) from film_snapshots)") == [(0, 0)]


def test_the_removal_of_an_old_record_leaves_with_it(way: Road) -> None:
    old_day = datetime.now(UTC) - timedelta(days=200)
    land_file(way.lake, write_lines(way.folder / "old.ndjson", [line(900)]), run_id="old", fetched_at=old_day)
    way.run()  # stale, so it is asked for; the sandbox knows of no such film
    assert way.account().as_dict() | {"purged": 2, "landed": FILMS + 2, "missing": 0} == way.account().as_dict()
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    before = contents(way)
    way.run("curate_films", "load_films", rebuild=True)
    assert contents(way) == before


def test_a_retention_that_is_killed_is_completed_by_the_next_load(way: Road) -> None:
    """Killed after the lake's rows were deleted, before the warehouse was made anew."""
    way.run()
    tables = way.tables
    marks = {"rebuilt": (tables.films.mark("rebuilt") or 0) + 1}
    tables.films.note(marks)
    tables.films.open().delete("film_id <= 1010")
    way.run("load_films")
    assert way.ask("select count(*), min(film_id) from movies") == [(FILMS - 10, 1011)]


def test_a_rebuild_gives_the_same_tables(way: Road) -> None:
    way.run()
    way.sandbox.change(1002, title="Changed")
    way.sandbox.remove(1003)
    way.sandbox.change(1004, budget="not a number")
    way.run()
    before = contents(way, leaving=frozenset({"id"}))
    way.taquilla("run", "--rebuild", "--from", "curate_films")
    assert contents(way, leaving=frozenset({"id"})) == before
    assert way.account().missing == 0


def test_many_small_landings_are_merged_and_keep_marks_and_content(way: Road) -> None:
    tables = FilmTables.of(way.lake)
    for n in range(12):
        file = write_lines(way.folder / "few.ndjson", [line(n * 3 + k) for k in range(1, 4)])
        land_file(way.lake, file, run_id=f"{n}", fetched_at=datetime.now(UTC))
        way.run("curate_films")
    marks = {name: tables.raw.mark(name) for name in ("landed", "purged")}
    files = [len(table.open().file_uris()) for table in (tables.raw, tables.films, tables.snapshots)]
    assert files == [12, 12, 12]
    rows = [table.scan().collect().sort("film_id").rows() for table in (tables.raw, tables.films)]
    curated = [table.mark("raw.tmdb_films") for table in (tables.films, tables.snapshots, tables.quarantine)]

    assert [tidy(table).compacted for table in (tables.raw, tables.films, tables.snapshots)] == [12, 12, 12]

    assert [len(table.open().file_uris()) for table in (tables.raw, tables.films, tables.snapshots)] == [1, 1, 1]
    assert [table.scan().collect().sort("film_id").rows() for table in (tables.raw, tables.films)] == rows
    assert {name: tables.raw.mark(name) for name in marks} == marks
    assert [table.mark("raw.tmdb_films") for table in (tables.films, tables.snapshots, tables.quarantine)] == curated
    assert tidy(tables.raw).compacted == 0
    way.run("curate_films", "load_films")
    assert way.ask("select count(*) from movies") == [(36,)]
    assert way.account().missing == 0


# Files


def test_the_csv_runs_no_formula(way: Road) -> None:
    wicked = {1002: "=cmd|' /C calc'!A0", 1004: "+1", 1005: "-1", 1006: "@sum", 1007: "\t=1", 1008: "\r=1"}
    for film_id, title in wicked.items():
        way.sandbox.change(film_id, title=title)
    way.sandbox.change(1009, title='Quotes ", commas, and\nlines')
    way.run()
    with (way.data / "movie_analytics" / "processed_movies_v2.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    titles = {int(row["tmdb_id"]): row["title"] for row in rows}
    assert len(rows) == way.ask("select count(*) from movie_data_warehouse")[0][0]
    assert {film_id: titles[film_id] for film_id in wicked} == {n: f"'{title}" for n, title in wicked.items()}
    assert titles[1009] == 'Quotes ", commas, and\nlines'
    assert titles[1001] == "Film 1"


def test_records_are_exported_as_tmdb_sent_them(way: Road) -> None:
    way.run()
    assert way.taquilla("export-json", "1003", "1004").stdout.startswith("2 files in ")
    folder = way.data / "movie_analytics"
    assert sorted(f.name for f in folder.glob("*.json")) == ["movie_1003.json", "movie_1004.json"]
    (sent,) = way.tables.raw.scan().collect().filter(film_id=1003)["payload"]
    assert (folder / "movie_1003.json").read_bytes() == sent
    assert json.loads(sent)["title"] == "Film 3"
    assert way.taquilla("export-json", "--all").stdout.startswith(f"{FILMS} files in ")
    unknown = way.taquilla("export-json", "1003", "77", code=3).stderr
    assert unknown.startswith("Error: Not in the lake: film 77. Fetch it with: taquilla land --id ID")
    assert way.taquilla("export-json", code=2).stderr == "Error: Which films? Give ids, or --all.\n"


def test_a_load_by_another_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    with road(tmp_path, 5) as way:
        way.taquilla("land")
        way.taquilla("curate")
        assert "5 rows" in way.taquilla("load").stdout
        assert "0 rows" in way.taquilla("load").stdout, "the file was taken for another version's"
