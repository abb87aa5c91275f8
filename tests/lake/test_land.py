"""Landing is exactly once: whatever is sent, by whomever, however often."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable
from taquilla.lake import table as lake_table
from taquilla.lake.upkeep import purge, tidy, vacuum

SCHEMA = pl.Schema({"raw_seq": pl.Int64, "text": pl.String, "bucket": pl.Int64})


def a_table(folder: Path, buckets: int = 1) -> LakeTable:
    return Lake(str(folder)).table("raw.words", SCHEMA, buckets=buckets, index=("raw_seq",))


def rows(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_columns(bucket=pl.lit(0, pl.Int64))


def landed(table: LakeTable) -> list[tuple[int, str]]:
    return table.scan().select("raw_seq", "text").sort("raw_seq").collect().rows()


def test_rows_are_numbered_from_zero_and_the_position_is_noted_with_them(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    assert (table.exists(), table.mark("tmdb"), table.count()) == (False, None, 0)
    assert table.land(rows("a", "b"), source="tmdb", begins=0) == 2
    assert landed(table) == [(0, "a"), (1, "b")]
    assert (table.mark("tmdb"), table.mark("landed"), table.mark("other")) == (2, 2, None)


def test_the_same_batch_twice_lands_once(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    assert [table.land(rows("a", "b"), source="tmdb", begins=0) for _ in range(3)] == [2, 0, 0]
    assert landed(table) == [(0, "a"), (1, "b")]
    assert table.open().version() == 1


def test_of_an_overlapping_batch_the_tail_lands(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    table.land(rows("a", "b"), source="tmdb", begins=0)
    assert table.land(rows("b", "c", "d"), source="tmdb", begins=1) == 2
    assert landed(table) == [(0, "a"), (1, "b"), (2, "c"), (3, "d")]
    assert table.land(rows("a", "b"), source="tmdb", begins=0) == 0


def test_a_gap_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    table.land(rows("a"), source="tmdb", begins=0)
    with pytest.raises(DataError, match=r"read tmdb up to 1, the batch begins at 3: 2 rows are missing"):
        table.land(rows("d"), source="tmdb", begins=3)
    assert (landed(table), table.mark("tmdb")) == ([(0, "a")], 1)


def test_sources_keep_their_own_positions_and_share_the_numbers(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    table.land(rows("a"), source="topic/0", begins=100)
    table.land(rows("b", "c"), source="topic/1", begins=0)
    table.land(rows("d"), source="topic/0", begins=101)
    assert landed(table) == [(0, "a"), (1, "b"), (2, "c"), (3, "d")]
    assert [table.mark(source) for source in ("topic/0", "topic/1", "landed")] == [102, 2, 4]


def test_no_rows_leave_no_commit(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    assert table.land(rows(), source="tmdb", begins=0) == 0
    assert table.open().version() == 0


def test_a_version_of_a_source_lands_once_and_no_older_one_after_it(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    landings = [table.land_once(rows(text), source="export", version=v) for v, text in ((2, "b"), (2, "B"), (1, "a"))]
    assert (landings, landed(table), table.mark("export")) == ([1, 0, 0], [(0, "b")], 2)


def test_marks_are_noted_without_rows(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    table.land(rows("a"), source="tmdb", begins=0)
    table.note({"tmdb/changes": 7})
    assert (table.mark("tmdb/changes"), table.mark("tmdb"), landed(table)) == (7, 1, [(0, "a")])


# Two at once.


def test_of_two_writers_from_one_state_one_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other lands the same batch between this one's look at the table and its commit."""
    table = a_table(tmp_path)
    table.land(rows("a"), source="tmdb", begins=0)
    interruptions = iter([True])

    def interrupted(*args: object, **options: object) -> None:
        if next(interruptions, False):
            assert table.land(rows("b", "c"), source="tmdb", begins=1) == 2
        write_deltalake(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(lake_table, "write_deltalake", interrupted)
    assert table.land(rows("b", "c"), source="tmdb", begins=1) == 0
    assert landed(table) == [(0, "a"), (1, "b"), (2, "c")]


def test_threads_that_land_the_same_batches_land_them_once(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: _land_in_batches(tmp_path, "tmdb", 12), range(4)))
    assert sum(counts) == 12
    assert landed(table) == [(n, f"tmdb {n}") for n in range(12)]


def test_processes_with_sources_of_their_own_lose_and_double_nothing(tmp_path: Path) -> None:
    sources = ["p0", "p1", "p2", "p2"]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        counts = pool.starmap(_land_in_batches, [(tmp_path, source, 8) for source in sources])
    assert sum(counts) == 24
    numbers, texts = zip(*landed(a_table(tmp_path)), strict=True)
    assert list(numbers) == list(range(24))
    assert sorted(texts) == sorted(f"{source} {n}" for source in set(sources) for n in range(8))
    for source in sources:
        # Within a source the order is the source's.
        assert [text for text in texts if text.startswith(source)] == [f"{source} {n}" for n in range(8)]


def _land_in_batches(folder: Path, source: str, size: int) -> int:
    table, count = a_table(folder), 0
    for begins in range(0, size, 2):
        batch = rows(*(f"{source} {n}" for n in range(begins, begins + 2)))
        count += table.land(batch, source=source, begins=begins)
    return count


# Upkeep.


def _land_each(table: LakeTable, count: int) -> None:
    for n in range(count):
        table.land(rows(f"row {n}"), source="tmdb", begins=n)


def test_compaction_keeps_rows_numbers_and_marks(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    _land_each(table, 10)
    before = landed(table)
    assert tidy(table).compacted == 10
    assert (landed(table), table.mark("tmdb"), table.mark("landed")) == (before, 10, 10)
    assert len(table.parts(table.open())) == 1
    assert table.land(rows("more"), source="tmdb", begins=10) == 1
    assert landed(table)[-1] == (10, "more")


def test_marks_outlive_checkpoint_log_clean_up_and_vacuum(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    _land_each(table, 9)
    tidy(table)
    table.open().create_checkpoint()
    log = tmp_path / "raw" / "words" / "_delta_log"
    for commit in log.glob("*.json"):
        os.utime(commit, (0, 0))  # the log's seven days are over
    table.open().cleanup_metadata()
    assert [file.name for file in log.glob("*.json")] == [f"{10:020}.json"]
    assert vacuum(table, timedelta(0)) == 9
    assert (table.mark("tmdb"), table.mark("landed"), table.count()) == (9, 9, 9)
    assert [table.land(rows("row 8"), source="tmdb", begins=8), table.land(rows("x"), source="tmdb", begins=9)] == [
        0,
        1,
    ]


def test_a_checkpoint_is_written_by_itself(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    for n in range(lake_table.CHECKPOINT_EVERY + 1):
        table.note({"n": n})
    assert list((tmp_path / "raw" / "words" / "_delta_log").glob("*.checkpoint.parquet"))
    assert table.mark("n") == lake_table.CHECKPOINT_EVERY


def test_purged_rows_are_counted_and_do_not_free_their_numbers(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    _land_each(table, 4)
    assert [purge(table, "raw_seq < 3"), purge(table, "raw_seq < 3")] == [3, 0]
    table.land(rows("more"), source="tmdb", begins=4)
    assert landed(table) == [(3, "row 3"), (4, "more")]
    assert table.mark("purged") == 3


def test_row_groups_stay_small_after_compaction(tmp_path: Path) -> None:
    table = a_table(tmp_path)
    for n in range(8):
        batch = pl.DataFrame({"text": [str(n)] * 1_000, "bucket": [0] * 1_000})
        table.land(batch, source="tmdb", begins=n * 1_000)
    tidy(table)
    (part,) = table.parts(table.open())
    assert part.rows == 8_000
    assert max(_row_groups(table.part_uri(part))) <= lake_table.ROWS_PER_GROUP
    assert [chunk.height for chunk in table.chunks(table.scan(), 3_000)]
    assert max(chunk.height for chunk in table.chunks(table.scan())) <= lake_table.ROWS_PER_GROUP


def test_a_narrow_table_has_longer_row_groups_and_chunks(tmp_path: Path) -> None:
    table = Lake(str(tmp_path)).table("raw.words", SCHEMA, rows_per_group=50_000)
    batch = pl.DataFrame({"text": ["a"] * 60_000, "bucket": [0] * 60_000})
    table.land(batch, source="shop", begins=0)
    (landed,) = table.parts(table.open())
    written = table.write_part(table.scan(), 0)
    assert [_row_groups(table.part_uri(part)) for part in (landed, written)] == [[50_000, 10_000]] * 2
    assert [chunk.height for chunk in table.chunks(table.scan())] == [50_000, 10_000]
    assert max(chunk.height for chunk in table.chunks(table.scan(), 7_000)) == 7_000


def _row_groups(uri: str) -> list[int]:
    import pyarrow.parquet as pq

    described = pq.ParquetFile(uri).metadata
    return [described.row_group(n).num_rows for n in range(described.num_row_groups)]
