"""The lake in S3 keeps the promises of the lake on disk, against a real S3 server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from services.ports import free_ports
from services.s3 import S3Server
from taquilla.errors import DataError, SettingsError, UnavailableError
from taquilla.lake import Lake, LakeTable, s3
from taquilla.lake.upkeep import purge, tidy, vacuum

SCHEMA = pl.Schema({"raw_seq": pl.Int64, "text": pl.String, "bucket": pl.Int64})


@pytest.fixture
def lake(s3: S3Server, tmp_path: Path) -> Lake:
    """A lake in two buckets."""
    return Lake(f"s3://{s3.new_bucket()}/a/lake", f"s3://{s3.new_bucket()}", tmp_path / "private")


def words(lake: Lake, name: str = "raw.words") -> LakeTable:
    return lake.table(name, SCHEMA, buckets=2, index=("raw_seq",))


def rows(*texts: str, bucket: int = 0) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_columns(bucket=pl.lit(bucket, pl.Int64))


def numbered(*numbers: int, bucket: int = 0) -> pl.DataFrame:
    frame = pl.DataFrame({"raw_seq": numbers, "text": [f"word {n}" for n in numbers]})
    return frame.with_columns(bucket=pl.lit(bucket, pl.Int64))


def landed(table: LakeTable) -> list[tuple[int, str]]:
    return table.scan().select("raw_seq", "text").sort("raw_seq").collect().rows()


def test_a_batch_lands_once(lake: Lake) -> None:
    table = words(lake)
    assert (table.exists(), table.mark("tmdb"), table.count()) == (False, None, 0)
    assert [table.land(rows("a", "b"), source="tmdb", begins=0) for _ in range(2)] == [2, 0]
    assert table.land(rows("b", "c"), source="tmdb", begins=1) == 1
    assert (landed(table), table.mark("tmdb"), table.count()) == ([(0, "a"), (1, "b"), (2, "c")], 3, 3)
    assert [chunk.height for chunk in table.chunks(table.scan(), 2)] == [2, 1]


def test_writers_at_once_land_each_batch_once(lake: Lake) -> None:
    table = words(lake)
    table.open()

    def write(source: str) -> int:
        batches = [table.land(rows(f"{source} {n}"), source=source, begins=n) for n in range(4)]
        return sum(batches)

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(write, ["a", "b", "a", "b"]))
    assert sum(written) == 8
    assert [number for number, _ in landed(table)] == list(range(8))
    assert sorted(text for _, text in landed(table)) == [f"{source} {n}" for source in "ab" for n in range(4)]


def test_a_part_is_seen_when_it_is_published_and_not_before(lake: Lake, s3: S3Server) -> None:
    table = words(lake, "curated.words")
    first, second = (table.write_part(numbered(*range(n, n + 3)), 0) for n in (0, 3))
    assert (landed(table), first.rows, first.stats) == (
        [],
        3,
        '{"numRecords": 3, "minValues": {"raw_seq": 0}, "maxValues": {"raw_seq": 2}, "nullCount": {}}',
    )
    assert table.scan_part(second).select("raw_seq").collect()["raw_seq"].to_list() == [3, 4, 5]
    table.publish([first], marks={"raw": 3})
    assert [number for number, _ in landed(table)] == [0, 1, 2]
    table.delete_part(second)
    [seen] = [key for key in s3.keys(table.uri.split("/")[2]) if key.endswith(".parquet")]
    assert seen == f"curated/words/{first.path}"
    assert not list(lake.private("parts").rglob("*.parquet"))


def test_what_is_read_here_is_fetched_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    table = words(lake, "curated.words")
    old, kept = (table.write_part(numbered(n, bucket=n), n) for n in (0, 1))
    table.publish([old, kept], marks={"raw": 2})
    assert pl.read_parquet(table.local_files(table.open()))["raw_seq"].to_list() == [0, 1]
    table.publish([table.write_part(numbered(2), 0)], replacing=[old], marks={"raw": 3})
    fetched: list[str] = []
    fetch = s3.download

    def counted(uri: str, file: Path) -> None:
        fetched.append(uri)
        fetch(uri, file)

    monkeypatch.setattr(s3, "download", counted)
    files = table.local_files(table.open())
    assert sorted(pl.read_parquet(files)["raw_seq"].to_list()) == [1, 2]
    assert len(fetched) == 1
    assert {str(file) for file in lake.private("parts").rglob("*.parquet")} == set(files)


def test_a_part_that_is_kept_here_is_not_fetched(lake: Lake, s3: S3Server) -> None:
    table = replace(words(lake, "curated.words"), keeps_local=True)
    part = table.write_part(numbered(0, 1), 0)
    table.publish([part], marks={"raw": 2})
    bucket, _, key = table.part_uri(part).removeprefix("s3://").partition("/")
    s3.client().delete_object(Bucket=bucket, Key=key)
    assert table.scan_part(part).select("raw_seq").collect()["raw_seq"].to_list() == [0, 1]
    table.forget_local()
    with pytest.raises(DataError, match="is not there any more"):
        table.chunks(table.scan_part(part)).__next__()


def test_upkeep_merges_forgets_and_deletes_for_good(lake: Lake, s3: S3Server) -> None:
    table = words(lake)
    for n in range(20):
        table.land(rows(f"word {n}", bucket=n % 2), source="tmdb", begins=n)
    before = landed(table)
    assert tidy(table).compacted == 20
    assert (landed(table), len(table.parts(table.open()))) == (before, 2)
    table.local_files(table.open())
    assert [purge(table, "raw_seq < 5"), purge(table, "raw_seq < 5")] == [5, 0]
    assert not list(lake.private("parts").rglob("*.parquet"))
    vacuum(table, timedelta(0))
    kept = [key for key in s3.keys(table.uri.split("/")[2]) if key.endswith(".parquet") and "_delta_log" not in key]
    assert len(kept) == 2
    assert (landed(table), table.mark("purged")) == (before[5:], 5)


def test_the_lake_tells_its_tables(lake: Lake) -> None:
    assert lake.names() == ()
    for name in ("raw.words", "curated.words", "curated.films"):
        words(lake, name).note({"seen": 1})
    assert lake.names() == ("curated.films", "curated.words", "raw.words")
    assert words(lake).uri == f"{lake.raw_root}/raw/words"
    assert lake.private("spool") == (lake.private_root or Path()) / "_spool"


def test_a_lake_in_s3_needs_a_folder_here_too() -> None:
    with pytest.raises(SettingsError, match="needs a folder here"):
        Lake("s3://films/lake")


@pytest.mark.parametrize(
    "root", ["s3://films/my lake", "s3://key:hidden@films/lake", "s3://films/a=b", "s3://", "s3://f/"]
)
def test_places_that_readers_would_misread_are_refused(tmp_path: Path, root: str) -> None:
    with pytest.raises(SettingsError, match="TAQUILLA_LAKE__ROOT") as told:
        Lake(root, None, tmp_path)
    assert "hidden" not in str(told.value)


def use(lake: Lake, ways: slice = slice(None)) -> list[str]:
    """What each way into a table says when there is none."""
    table = words(lake, "curated.words")
    said = []
    rows_there = pl.scan_parquet(f"{table.uri}/x.parquet", storage_options=s3.storage_options(table.uri))
    ways_in: tuple[Callable[[], object], ...] = (
        table.exists,
        table.open,
        lambda: table.land(rows("a"), source="tmdb", begins=0),
        lambda: table.write_part(numbered(1), 0),
        lake.names,
        lambda: list(table.chunks(rows_there)),
    )
    for way in ways_in[ways]:
        with pytest.raises((SettingsError, UnavailableError)) as told:
            way()
        said.append(f"{type(told.value).__name__}: {told.value}")
    return said


def test_a_wrong_secret_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-hidden")
    for said in use(lake):
        assert said.startswith("SettingsError: S3 does not let these credentials use s3://")
        assert "wrong-and-hidden" not in said


def test_a_server_that_is_not_there_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_RETRY_S", 1)
    [port] = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for said in use(lake, slice(3, None, 2)):
        assert said.startswith(f"UnavailableError: http://127.0.0.1:{port} did not answer for s3://")


def test_a_bucket_that_is_not_there_is_told(s3: S3Server, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no bucket"):
        words(Lake("s3://no-such-bucket-here", None, tmp_path)).open()


def test_a_server_that_dies_in_a_commit_leaves_all_or_nothing(lake: Lake, s3: S3Server) -> None:
    table = words(lake)
    table.land(rows("a"), source="tmdb", begins=0)
    s3.kill()
    try:
        with contextlib.suppress(UnavailableError):
            table.land(rows("b"), source="tmdb", begins=1)
            raise AssertionError("it landed in a dead server")
    finally:
        s3.start()
    assert table.land(rows("b"), source="tmdb", begins=1) == 1
    assert landed(table) == [(0, "a"), (1, "b")]
