"""Star schemas and marts as Delta tables in the lake: the same rows as in the warehouse, on disk and in S3."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from services.s3 import S3Server
from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Lake, s3
from taquilla.pipeline.lake_publishing import publish_lake, publishable
from taquilla.warehouse import duckdb
from taquilla.warehouse.marts import marts
from warehouse.review_rows import World, review, signal


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A warehouse with a few reviews in it."""
    made = World(tmp_path)
    made.put(
        venues=[{"venue_id": "v1", "name": "Odeon", "city": "Lugo", "categories": ["Cinema"], "is_cinema": True}],
        reviews=[review(n, "v1", f"who{n % 3}", 1.0 + n % 5, f"0{1 + n % 4}-10 20:30") for n in range(1, 30)],
    )
    made.put(review_signals=[signal(n, 0.1 * (n % 9)) for n in range(1, 30)])
    made.load()
    return made


def of_warehouse(file: Path, table: str) -> pl.DataFrame:
    with duckdb.connect(file) as connection:
        rows: pl.DataFrame = connection.sql(f"select * from {table}").pl()  # noqa: S608 - a table of ours
    return rows


def of_lake(lake: Lake, name: str) -> pl.DataFrame:
    return pl.read_delta(lake.uri(name), storage_options=s3.storage_options(lake.uri(name)))


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    whole = [name for name, kind in expected.schema.items() if kind == pl.Decimal(38, 0) or kind == pl.Int128]
    assert_frame_equal(
        found, expected.with_columns(pl.col(whole).cast(pl.Int64)), check_row_order=False, check_dtypes=False
    )


@pytest.mark.parametrize("where", ["disk", "s3"])
def test_what_is_read_from_the_lake_is_what_the_warehouse_says(
    world: World, tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    if where == "s3":
        server: S3Server = request.getfixturevalue("s3")
        lake = Lake(f"s3://{server.new_bucket()}/raw", f"s3://{server.new_bucket()}/open", tmp_path / "private")
    # In S3 each table takes some dozens of requests: two of the marts stand for all.
    said = [f"mart.{mart.name}" for mart in marts().values() if mart.is_about("reviews")]
    done = publish_lake(lake, world.file, only=["reviews", *(said if where == "disk" else said[:2])])
    expected = {name: table for name, table in publishable().items() if name in done.rows}
    assert len(expected) >= (25 if where == "disk" else 12)
    assert done.rows["reviews.fact_review"] == 29
    for name, table in expected.items():
        assert_same(of_lake(lake, name), of_warehouse(world.file, table))


def test_what_has_not_changed_is_not_written_again_and_what_has_is_replaced(world: World, tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    first = publish_lake(lake, world.file, only=["reviews", "mart.review_kpis"])
    again = publish_lake(lake, world.file, only=["reviews", "mart.review_kpis"])
    assert again.rows == {}
    assert set(again.unchanged) == set(first.rows)
    world.take(reviews=[review(30, "v1", "who9", 5.0, "05-01")])
    assert publish_lake(lake, world.file, only=["reviews"]).rows["reviews.fact_review"] == 30
    assert of_lake(lake, "reviews.fact_review").height == 30
    assert len(DeltaTable(lake.uri("reviews.fact_review")).history()) == 2


def test_a_name_that_is_not_there_and_a_warehouse_that_is_not_there_are_told(world: World, tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    with pytest.raises(
        SettingsError, match=r"no table 'nothing' to publish\. Name a schema \(films, mart, reviews, shop\)"
    ):
        publish_lake(lake, world.file, only=["nothing"])
    with pytest.raises(UnavailableError, match="no warehouse"):
        publish_lake(lake, tmp_path / "absent.duckdb")
