"""Real reviews and ratings from their files to both warehouses: the counts that are known of them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from records import new_lake
from taquilla.engines.local import LocalEngine
from taquilla.pipeline.reviews.curate import curate_reviews
from taquilla.pipeline.reviews.land import land_reviews
from taquilla.pipeline.reviews.load import load_reviews, load_reviews_postgres
from taquilla.pipeline.reviews.score import score_reviews
from taquilla.warehouse import duckdb, postgres
from taquilla.warehouse.asking import asking
from taquilla.warehouse.marts import marts
from taquilla.warehouse.reviews_load import LoadedReviews
from taquilla.warehouse.reviews_model import reviews
from warehouse.databases import Databases
from warehouse.test_same_answers import differing, in_order

SHARED_DATA = Path(os.environ.get("TAQUILLA_SHARED_DATA", ""), "reviews")
NOW = datetime(2026, 1, 15, tzinfo=UTC)
ENGINE = LocalEngine()

pytestmark = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="TAQUILLA_SHARED_DATA names no folder that holds reviews/"
)


@pytest.fixture(scope="module")
def databases(postgres: Any) -> Databases:
    return Databases(postgres)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], LoadedReviews]:
    """Brings a folder of the shared data into the warehouse at `tmp_path`."""

    def loaded(folder: str) -> LoadedReviews:
        lake = new_lake(tmp_path)
        land_reviews(lake, [str(SHARED_DATA / folder)], run_id="golden", now=NOW)
        curate_reviews(lake, ENGINE)
        score_reviews(lake, ENGINE)
        return load_reviews(lake, tmp_path / "warehouse.duckdb", goals={}, now=NOW)

    return loaded


def asked(folder: Path, sql: str) -> tuple[Any, ...]:
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        [row] = connection.execute(sql).fetchall()
        return row


def test_yelps_sample_names_more_places_than_it_tells_of(
    load: Callable[[str], LoadedReviews], databases: Databases, tmp_path: Path
) -> None:
    assert load("yelp_academic_sample") == LoadedReviews(5_000, 0, is_whole=True)
    assert asked(tmp_path, "select reviews, orphans, ratings from mart.review_kpis") == (5_000, 3_276, 0)
    told = "select count(*) filter (where not is_inferred), count(*) filter (where is_cinema) from reviews.dim_venue"
    assert asked(tmp_path, told)[0] == 5_000
    assert asked(tmp_path, told)[1] >= 13
    file, options = tmp_path / "warehouse.duckdb", databases.new()
    assert load_reviews_postgres(file, options) == LoadedReviews(5_000, 0, is_whole=True)
    with duckdb.connect(file) as one, postgres.connect(options) as other:
        here, there = asking(one), postgres.asking(other)
        for mart in marts().values():
            if mart.is_about("reviews"):
                sql = f'select * from mart."{mart.name}"'  # noqa: S608
                assert differing(here(sql), there(sql)) == [], mart.name
        for table in reviews.sorted_tables:
            sql = f"select * from {table.fullname}"  # noqa: S608
            assert differing(in_order(here(sql)), in_order(there(sql))) == [], table.name
    assert load_reviews_postgres(file, options) == LoadedReviews(0, 0, is_whole=False)


def test_yelps_gyms_are_a_closed_set(load: Callable[[str], LoadedReviews], tmp_path: Path) -> None:
    assert load("yelp_fl_gyms") == LoadedReviews(5_974, 0, is_whole=True)
    assert asked(tmp_path, "select reviews, venues, orphans, answer_rate from mart.review_kpis") == (
        5_974,
        316,
        0,
        None,
    )
    counts = "select (select count(*) from reviews.dim_reviewer where not is_inferred), count(*) from reviews.fact_tip"
    assert asked(tmp_path, counts) == (5_107, 993)


def test_two_cinemas_on_googles_maps(load: Callable[[str], LoadedReviews], tmp_path: Path) -> None:
    assert load("google_cinemas") == LoadedReviews(1_090, 0, is_whole=True)
    assert asked(tmp_path, "select reviews, venues from mart.review_kpis") == (1_090, 2)
    months = "select count(*), count(distinct month) > 12 from reviews.fact_review where date_precision = 'month'"
    # All of one file's; of the other those of which the page said no more than how many months or years ago.
    assert asked(tmp_path, months) == (1_050, True)
    assert asked(tmp_path, "select orphans from mart.review_kpis") == (1_090,)
    assert asked(tmp_path, "select count(*) from mart.review_languages where language in ('vi', 'en')") == (2,)


def test_ratings_land_on_the_films_of_the_catalogue(load: Callable[[str], LoadedReviews], tmp_path: Path) -> None:
    catalogue = SHARED_DATA.parent / "tmdb" / "tmdb_5000.jsonl.gz"
    if not catalogue.exists():
        pytest.skip("TAQUILLA_SHARED_DATA names no folder that holds tmdb/tmdb_5000.jsonl.gz")
    films = pl.read_ndjson(catalogue, schema={"id": pl.Int64, "title": pl.String})
    assert load("movielens_small") == LoadedReviews(0, 100_836, is_whole=True)
    assert asked(tmp_path, "select count(*), count(film_id) from reviews.dim_rated_film") == (9_742, 0)
    with duckdb.replacing(tmp_path / "warehouse.duckdb") as connection:
        connection.register("films", films.to_arrow())
        connection.execute(
            "insert into movies (film_id, title, fetched_at, is_removed) select id, title, now(), false from films"
        )
        connection.execute("insert into load_marks values ('curated.films', 1)")
    assert load("movielens_small") == LoadedReviews(0, 0, is_whole=False)
    on_films = "select count(*) from reviews.fact_rating join reviews.dim_rated_film using (rated_film_id)"
    assert asked(tmp_path, f"{on_films} where film_id is not null") == (70_194,)
