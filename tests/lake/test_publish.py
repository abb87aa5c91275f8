"""Parts become visible all at once, or not at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake.exceptions import CommitFailedError

from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Lake, LakeTable, retrying
from taquilla.lake.upkeep import vacuum

SCHEMA = pl.Schema({"batch": pl.Int64, "n": pl.Int64, "bucket": pl.Int64})


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    return Lake(str(tmp_path)).table("curated.numbers", SCHEMA, buckets=2, index=("n",))


def batch(number: int, bucket: int, *, size: int = 50) -> pl.DataFrame:
    return pl.DataFrame({"batch": [number] * size, "n": range(size), "bucket": [bucket] * size}, schema=SCHEMA)


def visible(table: LakeTable) -> list[tuple[int, int]]:
    """Batch and rows."""
    return table.scan().group_by("batch").len().sort("batch").collect().rows()


def test_a_part_is_seen_when_it_is_published_and_not_before(table: LakeTable) -> None:
    part = table.write_part(batch(1, 0), bucket=0)
    assert visible(table) == []
    table.publish([part], marks={"raw": 1})
    assert (visible(table), table.mark("raw")) == ([(1, 50)], 1)


def test_a_part_tells_its_rows_and_bounds(table: LakeTable) -> None:
    part = table.write_part(batch(1, 1, size=7), bucket=1)
    table.publish([part], marks={})
    (found,) = table.parts(table.open())
    assert (found.path, found.bucket, found.rows, found.size) == (part.path, 1, 7, part.size)
    assert part.stats == '{"numRecords": 7, "minValues": {"n": 0}, "maxValues": {"n": 6}, "nullCount": {}}'
    assert (table.parts(table.open(), bucket=0), table.count()) == ([], 7)


def test_replacing_takes_the_old_out_in_the_same_commit(table: LakeTable) -> None:
    table.publish([table.write_part(batch(1, b), bucket=b) for b in (0, 1)], marks={"raw": 1})
    old = table.parts(table.open(), bucket=1)
    table.publish([table.write_part(batch(2, 1), bucket=1)], replacing=old, marks={"raw": 2})
    assert visible(table) == [(1, 50), (2, 50)]
    assert table.open().version() == 2


def test_a_part_without_rows_is_left_out(table: LakeTable) -> None:
    table.publish([table.write_part(batch(1, 0, size=0), bucket=0)], marks={"raw": 1})
    assert (table.parts(table.open()), table.mark("raw")) == ([], 1)


def test_a_reader_never_sees_a_part_of_a_batch(table: LakeTable) -> None:
    table.publish([table.write_part(batch(0, b), bucket=b) for b in (0, 1)], marks={"raw": 0})
    seen: list[tuple[int | None, list[tuple[int, int]]]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            handle = table.open()
            rows = table.scan(handle).group_by("batch").len().collect().rows()
            seen.append((handle.transaction_version("raw"), rows))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 15):
        parts = [table.write_part(batch(number, b), bucket=b) for b in (0, 1)]
        table.publish(parts, replacing=table.parts(table.open()), marks={"raw": number})
    done.set()
    reader.join()
    assert len(seen) > 1
    assert all(rows == [(mark, 100)] for mark, rows in seen)


def test_a_handle_goes_on_seeing_its_version(table: LakeTable) -> None:
    table.publish([table.write_part(batch(1, 0), bucket=0)], marks={})
    handle = table.open()
    table.publish([table.write_part(batch(2, 0), bucket=0)], replacing=table.parts(handle), marks={})
    assert table.scan(handle).select("batch").unique().collect().item() == 1


def test_what_was_never_published_goes_with_the_next_vacuum(table: LakeTable, tmp_path: Path) -> None:
    kept = table.write_part(batch(1, 0), bucket=0)
    orphan = table.write_part(batch(2, 0), bucket=0)
    table.publish([kept], marks={})
    assert visible(table) == [(1, 50)]
    vacuum(table, timedelta(0))
    assert (Path(table.part_uri(kept)).exists(), Path(table.part_uri(orphan)).exists()) == (True, False)
    assert visible(table) == [(1, 50)]


def test_a_commit_that_lost_the_race_is_tried_again() -> None:
    outcomes = iter([CommitFailedError("first"), CommitFailedError("second"), None])

    def write() -> str:
        if error := next(outcomes):
            raise error
        return "written"

    assert retrying(write) == "written"


def test_a_race_that_is_never_won_says_what_to_do() -> None:
    def write() -> None:
        raise CommitFailedError("again")

    with pytest.raises(UnavailableError, match=r"got in first 2 times in a row. Run the same command again"):
        retrying(write, attempts=2)


def test_raw_and_curated_may_live_apart(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "a"), str(tmp_path / "b"))
    names = ("raw.tmdb_films", "curated.films", "quarantine.films", "ops.runs")
    assert [Path(lake.uri(name)).relative_to(tmp_path).as_posix() for name in names] == [
        "a/raw/tmdb_films",
        "b/curated/films",
        "b/quarantine/films",
        "b/ops/runs",
    ]
    assert Lake(str(tmp_path)).uri("curated.films") == f"{tmp_path}/curated/films"


def test_a_lake_elsewhere_than_on_disk_or_in_s3_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"gs://films.*TAQUILLA_LAKE__ROOT"):
        Lake("gs://films")


@pytest.mark.parametrize("name", ["k=v", "[1]", "a*", "50%"])
def test_a_folder_that_readers_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"cannot live at .* the path has .*TAQUILLA_LAKE__ROOT"):
        Lake(str(tmp_path / name))


@pytest.mark.parametrize("name", ["my films", "it's", "año", "a#b"])
def test_a_folder_may_have_a_space_or_an_accent(tmp_path: Path, name: str) -> None:
    table = Lake(str(tmp_path / name)).table("curated.numbers", SCHEMA)
    table.publish([table.write_part(batch(1, 0), bucket=0)], marks={"raw": 1})
    assert (visible(table), [Path(table.part_uri(p)).exists() for p in table.parts(table.open())]) == (
        [(1, 50)],
        [True],
    )
