"""What a damaged file of the lake or a rebuild that is killed does: it is told, and nothing is lost."""

from pathlib import Path

import pytest

from records import film
from taquilla.engines import engine
from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable, Part
from taquilla.pipeline import curate
from taquilla.pipeline.accounts import account
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.land_file import land_file
from taquilla.tables import tmdb


def landed(folder: Path, *records: bytes) -> Lake:
    """A lake whose raw zone holds these records."""
    file = folder / "films.jsonl"
    file.write_bytes(b"\n".join(records))
    lake = Lake(str(folder / "lake"))
    land_file(lake, file, run_id="test")
    return lake


def raw_file(lake: Lake) -> Path:
    (found,) = Path(lake.uri("raw.tmdb_films")).rglob("*.parquet")
    return found


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.0])
def test_a_file_of_raw_that_is_cut_off_stops_the_curation(tmp_path: Path, kept: float) -> None:
    lake = landed(tmp_path, *(film(n) for n in range(1, 200)))
    curate.curate_films(lake, engine("local"))
    before = FilmTables.of(lake).films.scan().collect()
    whole = raw_file(lake).read_bytes()
    raw_file(lake).write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DataError, match="damaged"):
        curate.curate_films(lake, engine("local"), rebuild=True)
    assert FilmTables.of(lake).films.scan().collect().equals(before)
    raw_file(lake).write_bytes(whole)
    assert account(lake).missing == 0


def test_a_rebuild_killed_before_the_films_are_published_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = landed(tmp_path, *(film(n) for n in range(1, 11)))
    with monkeypatch.context() as stricter:
        stricter.setattr(tmdb, "decode_film", lambda payload: "refused by the old rules")
        curate.curate_films(lake, engine("local"))
    assert (account(lake).quarantined, account(lake).current) == (10, 0)

    publish = LakeTable.publish

    def publish_or_die(table: LakeTable, parts: list[Part], **how: object) -> None:
        if table.name == "curated.films":
            raise KeyboardInterrupt
        publish(table, parts, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as killed:
        killed.setattr(LakeTable, "publish", publish_or_die)
        with pytest.raises(KeyboardInterrupt):
            curate.curate_films(lake, engine("local"), rebuild=True)
    assert account(lake).missing == 10

    curate.curate_films(lake, engine("local"))
    assert (account(lake).quarantined, account(lake).current, account(lake).missing) == (0, 10, 0)
    assert len(set(FilmTables.of(lake).rebuilds())) == 1


def test_reading_makes_no_table(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    tables = FilmTables.of(lake)
    assert tables.raw.scan().collect().is_empty()
    assert not tables.raw.exists()
    land_file(lake, landed_file(tmp_path), run_id="test", buckets=8)
    assert FilmTables.of(lake).raw.bucket_count() == 8


def landed_file(folder: Path) -> Path:
    file = folder / "one.jsonl"
    file.write_bytes(film(1))
    return file
