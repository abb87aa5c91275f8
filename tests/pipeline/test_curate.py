"""Curation is the same however raw is cut, killed, repeated or spread over buckets."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from film_histories import cuts, histories
from records import at, curate, curated, export, film, gone, land, new_lake, read
from taquilla.engines import engine
from taquilla.lake import Lake, LakeTable, Part
from taquilla.pipeline.curate import Curated, curate_films
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.tables import films

Contents = dict[str, list[dict[str, Any]]]

# Each example makes whole lakes: the first that fails is shown, not shrunk for minutes.
EXAMPLES = settings(max_examples=8, phases=[Phase.generate])


def curated_of(folder: Path, records: Sequence[RawRecord], ends: Sequence[int] = (), *, buckets: int = 1) -> Lake:
    """A lake into which the records came in several runs, each ending where `ends` says; the last takes the rest."""
    lake, begins = new_lake(folder), 0
    for end in (*ends, len(records)):
        land(lake, records[begins:end], buckets=buckets)
        curate(lake)
        begins = end
    return lake


def films_of(lake: Lake) -> list[tuple[int, str | None, bool]]:
    return FilmTables.of(lake).films.scan().select("film_id", "title", "is_removed").sort("film_id").collect().rows()


def snapshots_of(lake: Lake) -> list[tuple[Any, ...]]:
    rows = FilmTables.of(lake).snapshots.scan().select("film_id", "snapshot_at", "popularity", "origin")
    return rows.sort("film_id", "snapshot_at", "origin").collect().rows()


HISTORY = [
    read(film(1, title="A", popularity=1.0), 1),
    read(film(2, title="B"), 1),
    gone(3, 1),
    read(film(4, budget=-1), 1),
    read(b"{", 1),
    read(film(1, title="A2", popularity=2.0), 2),
    gone(2, 2),
    read(film(1, title="A", popularity=1.0), 1),  # landed before
    read(film(3, title="C"), 3),  # back again
    read(film(1, title="A1", popularity=1.5), 1.5),  # late
]
FILMS = [(1, "A2", False), (2, "B", True), (3, "C", False)]


def test_raw_becomes_films_snapshots_and_quarantine(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    land(lake, HISTORY)
    assert curate_films(lake, engine("local")) == Curated(raw_rows=10, parts=2, quarantined=1)
    assert films_of(lake) == FILMS
    assert snapshots_of(lake) == [
        (1, at(1), 1.0, "details"),
        (1, at(1.5), 1.5, "details"),
        (1, at(2), 2.0, "details"),
        (2, at(1), 12.5, "details"),
        (3, at(3), 12.5, "details"),
    ]
    assert [(row["film_id"], row["rule"]) for row in curated(lake)["quarantine"]] == [(4, "budget_usd|min")]


def test_what_is_curated_meets_its_contracts(tmp_path: Path) -> None:
    lake = curated_of(tmp_path, HISTORY, [3, 7])
    export(lake, 1, {1: 5.0})
    export(lake, 3, {1: 5.0, 2: None})
    curate(lake)
    tables = FilmTables.of(lake)
    films.RawFilms.validate(tables.raw.scan().collect())
    films.Films.validate(tables.films.scan().collect())
    films.FilmSnapshots.validate(tables.snapshots.scan().collect())
    films.QuarantinedFilms.validate(tables.quarantine.scan().collect())


def test_nothing_landed_is_nothing_curated(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    assert curate_films(lake, engine("local")) == Curated(0, 0, 0)
    assert curate_films(lake, engine("local"), rebuild=True) == Curated(0, 0, 0)
    assert curated(lake) == {"films": [], "snapshots": [], "quarantine": []}


def test_curating_twice_changes_nothing(tmp_path: Path) -> None:
    lake = curated_of(tmp_path, HISTORY)
    before, versions = curated(lake), [table.open().version() for table in FilmTables.of(lake).all()]
    assert curate_films(lake, engine("local")) == Curated(0, 0, 0)
    assert (curated(lake), [table.open().version() for table in FilmTables.of(lake).all()]) == (before, versions)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """What the history becomes in one run."""
    return curated(curated_of(tmp_path_factory.mktemp("whole"), HISTORY))


@pytest.mark.parametrize("cut", range(1, len(HISTORY)))
def test_cut_anywhere_it_is_the_same(tmp_path: Path, whole: Contents, cut: int) -> None:
    lake = curated_of(tmp_path / "cut", HISTORY, [cut])
    assert curated(lake) == whole
    curate(lake, rebuild=True)
    assert curated(lake) == whole


@EXAMPLES
@given(histories(), st.data())
def test_any_history_cut_anyhow_is_what_a_rebuild_makes(history: list[RawRecord], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = curated_of(Path(folder), history, data.draw(cuts(len(history))))
        step_by_step = curated(lake)
        curate(lake, rebuild=True)
        assert step_by_step == curated(lake)


@settings(EXAMPLES, max_examples=4)
@given(histories(), st.data())
def test_buckets_change_nothing(history: list[RawRecord], data: st.DataObject) -> None:
    ends = data.draw(cuts(len(history)))
    with tempfile.TemporaryDirectory() as folder:
        one = curated_of(Path(folder) / "one", history, ends)
        four = curated_of(Path(folder) / "four", history, ends, buckets=4)
        assert curated(one) == curated(four)


def test_processes_change_nothing(tmp_path: Path, whole: Contents) -> None:
    lake = new_lake(tmp_path)
    land(lake, HISTORY, buckets=2)
    curate_films(lake, engine("local", workers=2))
    assert curated(lake) == whole


def test_a_late_record_changes_no_film_but_is_a_snapshot(tmp_path: Path) -> None:
    lake = curated_of(tmp_path, [read(film(1, title="new"), 2), read(film(1, title="old"), 1)], [1])
    assert films_of(lake) == [(1, "new", False)]
    assert [moment for _, moment, *_ in snapshots_of(lake)] == [at(1), at(2)]


# The same record landed twice.


@pytest.mark.parametrize("ends", [[], [1], [2], [1, 2]])
def test_a_record_landed_again_makes_no_second_snapshot(tmp_path: Path, ends: list[int]) -> None:
    lake = curated_of(tmp_path, [read(film(1)), read(film(1)), read(film(1), 1)], ends)
    assert snapshots_of(lake) == [(1, at(0), 12.5, "details"), (1, at(1), 12.5, "details")]


@pytest.mark.parametrize("ends", [[], [1]])
def test_of_two_records_of_one_moment_the_first_leaves_the_snapshot(tmp_path: Path, ends: list[int]) -> None:
    lake = curated_of(tmp_path, [read(film(1, popularity=1.0)), read(film(1, popularity=2.0))], ends)
    assert snapshots_of(lake) == [(1, at(0), 1.0, "details")]


# Removals.


def test_a_film_is_removed_comes_back_and_is_removed_again(tmp_path: Path) -> None:
    lake, seen = new_lake(tmp_path), []
    for answer in (gone(1, 0), read(film(1), 1), gone(1, 2), read(film(1), 3), gone(1, 4)):
        land(lake, [answer])
        curate(lake)
        seen += films_of(lake)
    assert seen == [(1, None, True), *[(1, "Film 1", is_removed) for is_removed in (False, True, False, True)]]


# Exports.


def test_exports_add_the_popularity_of_their_day_once(tmp_path: Path) -> None:
    lake = curated_of(tmp_path, [read(film(1))])
    for _ in range(2):
        export(lake, 1, {1: 3.0})
        curate(lake)
    export(lake, 2, {1: None})
    curate(lake)
    morning = [at(day).replace(hour=8) for day in (1, 2)]
    expected = [(1, at(0), 12.5, "details"), (1, morning[0], 3.0, "export"), (1, morning[1], None, "export")]
    assert snapshots_of(lake) == expected
    curate(lake, rebuild=True)
    assert snapshots_of(lake) == expected


def test_a_record_of_the_moment_of_an_export_has_a_snapshot_too(tmp_path: Path) -> None:
    lake, morning = curated_of(tmp_path, [read(film(1))]), at(1).replace(hour=8)
    export(lake, 1, {1: 3.0})
    curate(lake)
    land(lake, [RawRecord(morning, film(1))])
    curate(lake)
    assert snapshots_of(lake)[1:] == [(1, morning, 12.5, "details"), (1, morning, 3.0, "export")]


# Killed between the commits.


class _Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


@contextmanager
def killed_after(monkeypatch: pytest.MonkeyPatch, commits: int) -> Iterator[None]:
    """The process ends when it would publish once more than `commits` times."""
    publish, left = LakeTable.publish, iter(range(commits))

    def publish_or_die(table: LakeTable, parts: Sequence[Part], **how: Any) -> None:
        if next(left, None) is None:
            raise _Killed
        publish(table, parts, **how)

    with monkeypatch.context() as patch:
        patch.setattr(LakeTable, "publish", publish_or_die)
        try:
            yield
        except _Killed:
            return
    raise AssertionError(f"there were no more than {commits} commits")


@pytest.mark.parametrize(("commits", "buckets"), [(0, 1), (1, 1), (2, 1), (3, 1), (1, 2)])
def test_killed_between_two_commits_the_next_run_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int, buckets: int
) -> None:
    undisturbed = curated_of(tmp_path / "undisturbed", HISTORY, [3], buckets=buckets)
    export(undisturbed, 1, {1: 3.0})
    curate(undisturbed)
    lake = curated_of(tmp_path / "killed", HISTORY[:3], buckets=buckets)
    land(lake, HISTORY[3:8])
    export(lake, 1, {1: 3.0})
    with killed_after(monkeypatch, commits):
        curate(lake)
    land(lake, HISTORY[8:])
    curate(lake)
    assert curated(lake) == curated(undisturbed)


@pytest.mark.parametrize("commits", [0, 1, 2])
def test_a_rebuild_that_was_killed_is_completed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    lake = curated_of(tmp_path, HISTORY, [4])
    before = curated(lake)
    land(lake, [read(film(1, title="last"), 9), read(film(9, budget=-1), 9)])
    with killed_after(monkeypatch, commits):
        curate(lake, rebuild=True)
    curate(lake)
    curate_anew = curated(lake)
    curate(lake, rebuild=True)
    assert curated(lake) == curate_anew != before


_KILLED = """
import os, signal, sys
from taquilla.engines import engine
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.curate import curate_films
publish = LakeTable.publish
def publish_and_die(table, parts, **how):
    publish(table, parts, **how)
    if table.name == "curated.film_snapshots":
        os.kill(os.getpid(), signal.SIGKILL)
LakeTable.publish = publish_and_die
curate_films(Lake(sys.argv[1]), engine("local"))
"""


def test_a_process_killed_with_minus_nine_is_completed(tmp_path: Path, whole: Contents) -> None:
    lake = new_lake(tmp_path)
    land(lake, HISTORY)
    killed = subprocess.run([sys.executable, "-c", _KILLED, lake.raw_root], check=False)
    assert killed.returncode == -9
    tables = FilmTables.of(lake)
    assert [table.mark("raw.tmdb_films") for table in (tables.snapshots, tables.quarantine, tables.films)] == [
        10,
        None,
        None,
    ]
    # Parts of the films were written and are not to be seen.
    assert (films_of(lake), list(Path(tables.films.uri).rglob("*.parquet")) != []) == ([], True)
    curate(lake)
    assert curated(lake) == whole
