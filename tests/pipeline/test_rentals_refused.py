"""What a shop's quarantine and dead lines tell by the command line, and what becomes of them by other rules."""

import json
from dataclasses import replace
from pathlib import Path

import dataframely as dy
import pytest

from pipeline.shop_road import ShopRoad
from taquilla.engines.local import LocalEngine
from taquilla.errors import DataError
from taquilla.pipeline.quarantine import replay
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.refused import record_of
from taquilla.tables.rentals import SHOP, Rentals

RENTALS = """rental_id,rental_date,inventory_id,customer_id,return_date,staff_id
1,2026-01-01 10:00:00,7,1,2026-01-03 10:00:00,1
2,2026-13-45 10:00:00,7,1,NULL,1
3,2026-01-02 10:00:00,7,1
4,2026-01-04 10:00:00,,2,NULL,1
x5,2026-01-05 10:00:00,8,2,NULL,1
5,2026-01-06 10:00:00,8,2,NULL,1
"""


@pytest.fixture
def shop(tmp_path: Path) -> ShopRoad:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "rental.csv").write_text(RENTALS)
    way = ShopRoad(tmp_path)
    way.taquilla("rentals", "files")
    return way


def test_the_shops_refused_rows_and_dead_lines_are_listed_and_shown(shop: ShopRoad) -> None:
    rows = {row["raw_seq"]: row for row in shop.json("quarantine", "list")}
    assert {n: (row["table"], row["kind"], row["key"], row["rule"]) for n, row in rows.items()} == {
        1: ("rentals", "quarantined", "2", "rented_at|is_date"),
        2: ("rentals", "dead letter", None, None),
        3: ("rentals", "quarantined", "4", "inventory_id|nullability"),
        4: ("rentals", "quarantined", "x5", "rental_id|key_is_free"),
    }
    assert "6 cells expected, 4 found" in rows[2]["reason"]
    assert shop.taquilla("quarantine", "show", "2", "--table", "rentals") == "3,2026-01-02 10:00:00,7,1\n"
    shown = json.loads(record_of(shop.lake, "rental", 4))
    assert (shown["rental_id"], shown["inventory_id"]) == ("x5", "8")
    with pytest.raises(DataError, match="no raw row 99 of rentals"):
        record_of(shop.lake, "rentals", 99)
    with pytest.raises(DataError, match="Known: films, rental_films,"):
        record_of(shop.lake, "robots", 1)
    [account] = shop_accounts(shop.lake)
    assert (account.landed, account.current, account.quarantined, account.dead) == (6, 2, 3, 1)


class Lenient(Rentals):
    """A day on which any copy may be meant."""

    inventory_id = dy.Int64(nullable=True, min=0)


def test_what_todays_rules_accept_leaves_the_quarantine(shop: ShopRoad, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine()
    assert replay(shop.lake, engine, run_id="again") == (3, 0)
    monkeypatch.setitem(SHOP, "rental", replace(SHOP["rental"], contract=Lenient))
    assert replay(shop.lake, engine, run_id="again") == (3, 1)
    assert shop.curated("rental").select("rental_id", "inventory_id").rows() == [(1, 7), (4, None), (5, 8)]
    assert replay(shop.lake, engine, run_id="again") == (2, 0)
    assert [account.missing for account in shop_accounts(shop.lake)] == [0]
