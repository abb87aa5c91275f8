"""The DuckDB file: how a load replaces it, and when it is made anew."""

from pathlib import Path

import duckdb as driver
import pytest

from records import curate, film, land, read
from taquilla.errors import DataError, UnavailableError
from taquilla.pipeline.load import load_films
from taquilla.warehouse import duckdb
from taquilla.warehouse.model import VIEWS
from warehouse.road import Road


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


def test_a_load_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    road = Road(tmp_path)
    road.take(read(film(1)))
    before = road.file.read_bytes()
    with pytest.raises(UnavailableError, match="The warehouse is as it was"), duckdb.replacing(road.file) as connection:
        connection.execute("delete from movies; select * from nothing")
    assert road.file.read_bytes() == before
    land(road.lake, [read(film(2))])
    curate(road.lake)
    for part in Path(road.lake.uri("curated.films")).rglob("*.parquet"):
        part.write_bytes(b"damaged")
    with pytest.raises(UnavailableError, match="taquilla curate --rebuild"):
        load_films(road.lake, road.file)
    assert (road.file.read_bytes(), [f.name for f in tmp_path.glob("*.duckdb*")]) == (before, ["warehouse.duckdb"])


def test_a_killed_loads_leavings_are_swept(road: Road) -> None:
    new = road.file.with_name("warehouse.new.duckdb")
    for file in (new, new.with_name("warehouse.new.duckdb.wal")):
        file.write_bytes(b"half a file")
    road.take(read(film(1)))
    assert road.rows("select film_id from movies") == [(1,)]
    assert not new.exists()


def test_another_schema_builds_the_file_anew(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(VIEWS, "yesterday", "select 1 as n")
        road.take(read(film(1)))
        assert road.rows("select n from yesterday") == [(1,)]
    road.take()
    assert road.rows("select film_id from movies") == [(1,)]
    with pytest.raises(driver.CatalogException):
        road.rows("select n from yesterday")


def test_another_lake_builds_the_file_anew(tmp_path: Path) -> None:
    one, two = Road(tmp_path / "one"), Road(tmp_path / "two")
    one.take(read(film(1)))
    land(two.lake, [read(film(2)), read(film(3))])
    curate(two.lake)
    load_films(two.lake, one.file)
    assert one.rows("select film_id from movies order by 1") == [(2,), (3,)]


def test_a_rebuilt_lake_builds_the_file_anew(road: Road) -> None:
    road.take(read(film(1)))
    with driver.connect(str(road.file)) as connection:
        connection.execute("update movies set title = 'by the rules of yesterday'")
    curate(road.lake, rebuild=True)
    road.take()
    assert road.rows("select title from movies") == [("Film 1",)]


@pytest.mark.parametrize("how", ["none", "empty"])
def test_a_file_that_is_no_warehouse_of_ours_is_built_anew(road: Road, how: str) -> None:
    if how == "empty":
        driver.connect(str(road.file)).close()
    road.take(read(film(1)))
    assert road.rows("select film_id from movies") == [(1,)]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    road = Road(tmp_path)
    road.file.write_bytes(b"x" * 10_000)
    with pytest.raises((DataError, UnavailableError), match=r"warehouse.duckdb.*Delete it"):
        road.take(read(film(1)))


def test_a_reader_that_has_the_old_file_open_goes_on(road: Road) -> None:
    road.take(read(film(1)))
    with duckdb.connect(road.file) as reader:
        road.take(read(film(2)))
        road.take(read(film(3)))
        assert reader.execute("select film_id from movies").fetchall() == [(1,)]
    assert road.rows("select film_id from movies order by 1") == [(1,), (2,), (3,)]


def test_no_warehouse_yet_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"There is no warehouse at .* yet. Make it with: taquilla run"):
        duckdb.connect(tmp_path / "warehouse.duckdb")
