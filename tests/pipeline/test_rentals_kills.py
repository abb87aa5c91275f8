"""A command that is killed at any point of its work, and the next one: the same tables as if nothing had happened."""

import time
from pathlib import Path

from pipeline.shop_files import shop_file
from pipeline.shop_road import ShopRoad, lake_contents, star_contents
from taquilla.pipeline.rentals.accounts import shop_accounts

LANDING = (
    "lake/raw/shop_rental/bucket=*/*.parquet",
    "lake/raw/shop_payment/_delta_log/*.json",
)
CURATING = (
    "lake/curated/rentals/bucket=*/*.parquet",
    "lake/curated/rentals_repairs/_delta_log/*.json",
    "lake/quarantine/rentals/_delta_log/*.json",
)
LOADING = ("warehouse.new.duckdb", "warehouse.duckdb")
LONGEST_S = 90.0


def changed(way: ShopRoad, pattern: str) -> set[tuple[Path, int]]:
    """The files of that pattern, with when they were written."""
    found = set()
    for path in way.data.glob(pattern):
        try:
            found.add((path, path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return found


def killed_at(way: ShopRoad, pattern: str) -> bool:
    """kill -9 as soon as such a file is written; whether the command was still at work."""
    before = changed(way, pattern)
    process = way.start("rentals")
    until = time.monotonic() + LONGEST_S
    while process.poll() is None and time.monotonic() < until and changed(way, pattern) <= before:
        time.sleep(0.001)
    was_at_work = process.poll() is None
    process.kill()
    process.communicate()
    return was_at_work


def test_killed_at_every_point_it_ends_where_an_undisturbed_one_does(tmp_path: Path) -> None:
    shop = shop_file(tmp_path / "shop.sqlite", rentals=300)
    settings = {"rentals__source": shop.url, "rentals__batch_rows": "50", "lake__buckets": "2"}
    way = ShopRoad(tmp_path, settings)
    kills = 0
    for day, pattern in enumerate((*LANDING, *CURATING, *LOADING), 2):
        kills += killed_at(way, pattern)
        shop.rent(day * 1_000, 40, day)
        shop.bring_back(day, day)
    assert kills >= 5, "the points were passed too fast: nothing was killed"
    way.taquilla("rentals")
    assert {account.missing for account in shop_accounts(way.lake)} == {0}

    (tmp_path / "calm").mkdir()
    calm = ShopRoad(tmp_path / "calm", settings)
    calm.taquilla("rentals")
    assert lake_contents(way.lake) == lake_contents(calm.lake)
    assert star_contents(way.warehouse) == star_contents(calm.warehouse)
    assert way.ask("select count(*), sum(amount) from shop.fact_payment") == calm.ask(
        "select count(*), sum(amount) from shop.fact_payment"
    )
