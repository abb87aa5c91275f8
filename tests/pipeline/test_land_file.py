"""From files of records to the lake: each line once, and what cannot be read is told."""

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from pipeline.road import Road, line, road, write_lines
from taquilla.errors import DataError
from taquilla.pipeline.land_file import BATCH_ROWS, land_file, land_records
from taquilla.sources import files
from taquilla.tables.films import FREE_LICENCE_FROM

FILMS = 60


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, FILMS) as made:
        yield made


def test_a_file_landed_twice_is_landed_once(way: Road) -> None:
    file = way.folder / "films.ndjson"
    assert land_file(way.lake, file, run_id="a") == FILMS
    assert land_file(way.lake, file, run_id="b") == 0
    renamed = file.rename(way.folder / "other.ndjson")
    assert way.taquilla("land", str(renamed)).stdout.endswith("0 rows landed; all of it was landed before\n")
    assert way.tables.raw.count() == FILMS


def test_a_file_without_records_is_told(way: Road) -> None:
    (way.folder / "empty.ndjson").write_bytes(b"\n \n")
    assert way.taquilla("land", "empty.ndjson").stdout == "empty.ndjson: 0 rows landed; it has no records\n"


def test_a_file_that_retention_deleted_lands_anew_with_the_moment_that_is_told(way: Road) -> None:
    file = way.folder / "films.ndjson"
    long_ago = datetime.now(UTC) - timedelta(days=200)
    os.utime(file, (long_ago.timestamp(), long_ago.timestamp()))
    old = way.taquilla("land", "films.ndjson").stdout.splitlines()
    assert old == [
        f"films.ndjson: {FILMS} rows landed",
        f"Warning: read from TMDB on {long_ago:%Y-%m-%d}, more than 180 days ago: the next run's upkeep will delete "
        "these rows. If they were read later, land the file with --fetched-at MOMENT.",
    ]
    way.run("curate_films", "load_films", "upkeep")
    assert way.tables.raw.count() == 0
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    anew = way.taquilla("land", "films.ndjson", "--fetched-at", yesterday).stdout
    assert anew == f"films.ndjson: {FILMS} rows landed\n"
    same = way.taquilla("land", "films.ndjson", "--fetched-at", f"{yesterday}T02:00+02:00").stdout
    assert same == "films.ndjson: 0 rows landed; all of it was landed before\n"
    way.run("curate_films", "load_films", "upkeep")
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert way.account().missing == 0


def test_films_under_a_free_licence_may_be_as_old_as_they_are(way: Road) -> None:
    now = datetime.now(UTC)
    file = write_lines(way.folder / "free.ndjson", [line(1, id=FREE_LICENCE_FROM)])
    free = land_records(way.lake, file, run_id="a", fetched_at=now - timedelta(days=999))
    assert free.told(now, 180) == "1 rows landed"
    at_the_edge = now - timedelta(days=180)
    tmdbs = land_records(way.lake, way.folder / "films.ndjson", run_id="a", fetched_at=at_the_edge)
    assert tmdbs.told(now, 180) == f"{FILMS} rows landed"
    assert "\nWarning: " in tmdbs.told(now + timedelta(seconds=1), 180)


def noisy_lines(count: int) -> list[bytes]:
    """Films that gzip cannot pack to nothing, so that a cut falls among them."""
    rng = Random(1)  # noqa: S311 - no secret
    return [line(n, overview=rng.randbytes(600).hex()) for n in range(1, count + 1)]


def test_what_stands_before_the_damage_is_landed_once_and_counted(way: Road) -> None:
    whole = gzip.compress(b"\n".join(noisy_lines(BATCH_ROWS + 900)), mtime=0)
    file = way.folder / "many.ndjson.gz"
    file.write_bytes(whole[: int(len(whole) * 0.9)])
    error = way.taquilla("land", str(file), code=3).stderr
    landed = way.tables.raw.count()
    # 16 KiB of packed bytes are read at once: some 25 of these lines may stand in the block that is cut.
    assert 0.9 * (BATCH_ROWS + 900) - 60 < landed < 0.9 * (BATCH_ROWS + 900) + 60
    told = f"Landed from it: {landed:,} records. Get the file anew and land that."
    assert told in error
    assert way.tables.raw.scan().select(pl.col("error").count()).collect().item() == 0
    assert told in way.taquilla("land", str(file), code=3).stderr
    assert way.tables.raw.count() == landed


def test_a_damaged_file_that_was_cut_off_goes_on_behind_the_last_batch(
    way: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 2**16)
    lines = [line(n) for n in range(1, BATCH_ROWS + 8)]
    file = write_lines(way.folder / "long.ndjson", [*lines, b"x" * 2**18, line(9_999)])

    def stop(position: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        land_file(way.lake, file, run_id="a", progress=stop)
    assert way.tables.raw.count() == BATCH_ROWS
    with pytest.raises(DataError, match=rf"a line of more than .* Landed from it: {BATCH_ROWS + 7:,} records\."):
        land_file(way.lake, file, run_id="b")
    runs = way.tables.raw.scan().group_by("run_id").len().sort("run_id").collect().rows()
    assert runs == [("a", BATCH_ROWS), ("b", 7)]


@pytest.mark.parametrize("kept", [0.3, 0.97])
def test_a_truncated_file_says_so_and_the_whole_one_lands_after_it(way: Road, kept: float) -> None:
    whole = gzip.compress((way.folder / "films.ndjson").read_bytes(), mtime=0)
    file = way.folder / "films.ndjson.gz"
    file.write_bytes(whole[: int(len(whole) * kept)])
    done = way.taquilla("land", str(file), code=3)
    assert done.stderr.startswith(f"Error: {file} is damaged: ")
    assert "Traceback" not in done.stderr
    file.write_bytes(whole)
    assert land_file(way.lake, file, run_id="whole") == FILMS
    way.run("curate_films", "load_films")
    assert way.ask("select count(*) from movies") == [(FILMS,)]
    assert way.account().missing == 0


def test_a_file_that_is_not_there_is_an_error_in_words(way: Road) -> None:
    with pytest.raises(DataError, match=r"Cannot read .*no-such-file: No such file or directory"):
        land_file(way.lake, way.folder / "no-such-file", run_id="a")
