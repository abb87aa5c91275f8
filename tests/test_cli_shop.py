"""`taquilla rentals`: what it says on the way, what it brings, and what it does when it is asked again."""

import json
from pathlib import Path

import pytest

from pipeline.shop_files import ShopFile, shop_file
from pipeline.shop_road import ShopRoad, lake_contents, star_contents


@pytest.fixture
def shop(tmp_path: Path) -> ShopFile:
    return shop_file(tmp_path / "shop.sqlite", rentals=50)


def test_a_shop_must_be_named(tmp_path: Path) -> None:
    said = ShopRoad(tmp_path).taquilla("rentals", code=2)
    assert said.startswith("Error: Which shop? Name a connection, a workbook or a folder: taquilla rentals SOURCE")


def test_a_shop_comes_in_and_comes_in_again(tmp_path: Path, shop: ShopFile) -> None:
    way = ShopRoad(tmp_path)
    first, *_, last = way.taquilla("rentals", shop.url).splitlines()
    assert first.startswith("[1/5] land rentals       OK   160 rows")
    assert "10 film, 30 inventory, 50 rental, 50 payment, ..." in first
    assert last.startswith("[5/5] publish runs       OK")
    assert way.ask("select count(*), sum(amount) from shop.fact_payment") == [(50, 149.50)]

    with shop.clerk() as clerk:
        clerk.execute("delete from rental where rental_id = 50")
        clerk.execute("drop table customer")
    told = way.taquilla("rentals", shop.url, "--full").splitlines()[0]
    assert "customer: not in " in told
    assert "what was read before is kept" in told
    assert way.ask("select count(*) from shop.fact_rental") == [(49,)]

    lake, star = lake_contents(way.lake), star_contents(way.warehouse)
    way.taquilla("curate", "--rebuild")
    way.taquilla("load", "--rebuild")
    assert (lake_contents(way.lake), star_contents(way.warehouse)) == (lake, star)


def test_a_setting_names_the_shop_and_an_error_says_how_to_go_on(tmp_path: Path, shop: ShopFile) -> None:
    way = ShopRoad(tmp_path, {"rentals__source": shop.url})
    way.taquilla("step", "land_rentals")
    with shop.clerk() as clerk:
        clerk.execute("alter table rental rename column staff_id to clerk_id")
    said = way.taquilla("rentals", code=3)
    assert "[1/5] land rentals       FAILED" in said
    assert "rental has lost its column 'staff_id'" in said.splitlines()[-1]
    assert "Nothing was landed. Give the column back" in said.splitlines()[-1]
    found = json.loads(way.taquilla("status", "--json").partition("\nNothing")[0])
    assert {row["table"]: row["pending"] for row in found["shop"]}["rentals"] == 50
