"""Batches of several streams land with all their positions in one commit, whoever else is landing."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake

from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable
from taquilla.lake.table import LANDED

SCHEMA = pl.Schema(
    {"raw_seq": pl.Int64, "topic": pl.String, "partition": pl.Int64, "offset": pl.Int64, "bucket": pl.Int64}
)


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    return Lake(str(tmp_path)).table("raw.things", SCHEMA)


def rows(*places: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"topic": "t", "partition": p, "offset": o, "bucket": 0} for p, o in places],
        schema={name: dtype for name, dtype in SCHEMA.items() if name != "raw_seq"},
    )


def landed(table: LakeTable) -> list[tuple[int, int, int]]:
    return table.scan().sort("raw_seq").select("raw_seq", "partition", "offset").collect().rows()


def test_a_batch_of_two_streams_is_one_commit_with_both_positions(table: LakeTable) -> None:
    table.open()
    assert table.land_streams(rows((0, 5), (1, 9), (0, 6)), {"t/0": (5, 7), "t/1": (9, 10)}) == 3
    assert landed(table) == [(0, 0, 5), (1, 1, 9), (2, 0, 6)]
    assert (table.mark("t/0"), table.mark("t/1"), table.mark(LANDED), table.open().version()) == (7, 10, 3, 1)


def test_what_was_landed_already_is_left_out_by_its_offset(table: LakeTable) -> None:
    table.land_streams(rows((0, 0), (0, 3)), {"t/0": (0, 4)})
    assert table.land_streams(rows((0, 3), (0, 6), (1, 0)), {"t/0": (3, 7), "t/1": (0, 1)}) == 2
    assert landed(table) == [(0, 0, 0), (1, 0, 3), (2, 0, 6), (3, 1, 0)]
    version = table.open().version()
    assert table.land_streams(rows((0, 3), (0, 6)), {"t/0": (3, 7)}) == 0
    assert table.open().version() == version, "nothing new is no commit"


def test_holes_at_the_end_move_the_position_alone(table: LakeTable) -> None:
    table.land_streams(rows((0, 0)), {"t/0": (0, 1)})
    assert table.land_streams(rows(), {"t/0": (1, 5)}) == 0
    assert (table.mark("t/0"), table.mark(LANDED), table.count()) == (5, 1, 1)


def test_a_batch_that_begins_behind_a_hole_of_unread_rows_is_refused_whole(table: LakeTable) -> None:
    table.land_streams(rows((0, 0)), {"t/0": (0, 1)})
    with pytest.raises(DataError, match=r"read t/0 up to 1, the batch begins at 4: 3 rows are missing"):
        table.land_streams(rows((1, 0), (0, 4)), {"t/1": (0, 1), "t/0": (4, 5)})
    assert landed(table) == [(0, 0, 0)]
    assert table.mark("t/1") is None


def test_a_lake_of_an_older_version_is_given_the_new_columns(table: LakeTable) -> None:
    old = rows((0, 0)).with_columns(raw_seq=pl.lit(0, pl.Int64)).drop("topic")
    write_deltalake(
        table.uri,
        old,
        partition_by=["bucket"],
        writer_properties=WriterProperties(compression="ZSTD"),
        commit_properties=CommitProperties(),
    )
    assert table.land_streams(rows((0, 1)), {"t/0": (1, 2)}) == 1
    found = table.scan().sort("offset").select("topic", "partition", "offset").collect().rows()
    assert found == [(None, 0, 0), ("t", 0, 1)]
    assert "topic" in {column.name for column in DeltaTable(table.uri).schema().fields}
