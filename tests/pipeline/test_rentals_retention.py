"""TMDB's terms end with TMDB's rows: a shop's own are kept however old, and no link leads to a film that is gone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from pipeline.road import line, write_lines
from pipeline.shop import OPENED, Frames, rentals
from pipeline.shop_road import lake_contents
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.land_file import land_file
from taquilla.pipeline.load import load_films
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.links import link_rental_films, links_table
from taquilla.pipeline.rentals.load import load_rentals
from taquilla.pipeline.retention import purge_films
from taquilla.warehouse import duckdb

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
OLD = NOW - timedelta(days=200)


def shop() -> Frames:
    """Two films, of which the catalogue has one; a rental on a day that there never was."""
    titles = {"title": ["RIO BRAVO", "NOBODY KNOWS IT"], "release_year": [1959, 2001]}
    films = pl.DataFrame({"film_id": [1, 2], **titles, "last_update": [OPENED] * 2})
    refused = rentals(1, first=6, rental_date=[None])
    return Frames({"film": films, "rental": pl.concat([rentals(5), refused], how="vertical_relaxed")})


def test_a_shops_rows_stay_and_links_to_films_that_are_gone_go(tmp_path: Path) -> None:
    lake, warehouse = Lake(str(tmp_path / "lake")), tmp_path / "warehouse.duckdb"
    bravo = line(7, title="Rio Bravo", original_title="Rio Bravo", release_date="1959-04-04")
    land_file(lake, write_lines(tmp_path / "old.ndjson", [bravo]), run_id="old", fetched_at=OLD)
    curate_films(lake, engine("local"))
    load_films(lake, warehouse)
    land_rentals(lake, shop(), run_id="old", now=OLD)
    curate_rentals(lake, engine("local"))
    assert link_rental_films(lake).linked == 1
    load_rentals(lake, warehouse)
    before = lake_contents(lake)
    assert linked(warehouse) == [(1, 1007), (2, None)]

    purged = purge_films(lake, warehouse, tmp_path / "files", now=NOW, days=180)

    assert purged.films == 1
    after = lake_contents(lake)
    assert links_table(lake).scan().select("film_id", "catalogue_film_id").collect().rows() == [(1, None), (2, None)]
    assert after | {"links": []} == before | {"links": []}
    assert after["quarantine.rentals"]
    assert {account.missing for account in shop_accounts(lake)} == {0}
    assert linked(warehouse) == [(1, None), (2, None)]
    with duckdb.connect(warehouse) as connection:
        assert connection.execute("select count(*) from shop.fact_rental").fetchall() == [(5,)]


def linked(warehouse: Path) -> list[tuple[int, int | None]]:
    with duckdb.connect(warehouse) as connection:
        return connection.execute(
            "select film_id, catalogue_film_id from shop.dim_film where not is_inferred order by 1"
        ).fetchall()
