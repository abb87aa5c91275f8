"""The seeds' rental workbook, dirt and all: every repaired and refused cell, and the answers after cleaning."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from taquilla.tables.cleaning import Cleaned, Quarantined, Repairs, clean
from taquilla.tables.profile_keys import broken_keys
from taquilla.tables.rentals import SHOP, table_of
from taquilla.tables.settling import Settled, settle

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FOLDER = Path(SHARED_DATA) / "rentals" / "films2_export"
FILES = ("Films.csv", "inventory.csv", "customer.csv", "rental.csv", "store.csv")

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FOLDER.exists()),
    reason="TAQUILLA_SHARED_DATA names no folder that holds rentals/films2_export",
)

Shop = dict[str, tuple[Cleaned, Settled]]


def raw(file: str) -> pl.DataFrame:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines, delimiter=";", skipinitialspace=True)
    return pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row").with_columns(
        raw_seq=pl.int_range(len(rows), dtype=pl.Int64),
        _landed_at=pl.lit(datetime(2026, 1, 2, tzinfo=UTC), pl.Datetime("us", "UTC")),
        bucket=pl.lit(0, pl.Int64),
    )


@pytest.fixture(scope="module")
def shop() -> Shop:
    cleaned = {}
    for file in FILES:
        table = table_of(file)
        assert table is not None
        made = clean(table, raw(file))
        cleaned[table.name] = made, settle(table, made.rows, made.repairs)
    return cleaned


def rows(shop: Shop, name: str) -> pl.DataFrame:
    return shop[name][1].rows


def told(shop: Shop, name: str) -> list[tuple[str, str, str, str | None]]:
    return shop[name][0].repairs.select("column", "key", "found", "made").rows()


def test_every_row_stands_or_is_told(shop: Shop) -> None:
    counts = {}
    for name, (cleaned, settled) in shop.items():
        SHOP[name].contract.validate(settled.rows)
        Repairs.validate(cleaned.repairs)
        Quarantined.validate(cleaned.quarantined)
        counts[name] = (settled.rows.height, settled.superseded.height, cleaned.quarantined.height)
    assert counts == {
        "film": (1_000, 3, 0),
        "inventory": (4_581, 0, 0),
        "customer": (1_392, 0, 0),
        "rental": (16_044, 0, 0),
        "store": (2, 0, 0),
    }


def test_the_cells_of_films_that_were_mended_or_refused(shop: Shop) -> None:
    assert Counter(told(shop, "film")) == Counter(
        {
            ("film_id", "98", "x98", "98"): 1,
            ("film_id", "291", "xa291", "291"): 1,
            ("release_year", "4", "x2006", "2006"): 1,
            ("release_year", "9", "x2006", "2006"): 1,
            ("release_year", "47", "x2006x", "2006"): 1,
            ("release_year", "63", "XXXX2006", "2006"): 1,
            ("rental_rate", "10", "4.99a", "4.99"): 1,
            ("rental_rate", "20", "4.99a", "4.99"): 1,
            ("rental_rate", "76", "0.99ax", "0.99"): 1,
            ("rental_rate", "124", "4.99a", "4.99"): 1,
            ("rental_rate", "148", "2.99a", "2.99"): 1,
            ("length_min", "64", "f151", "151"): 1,
            ("length_min", "88", "f179", "179"): 1,
            ("length_min", "125", "fff61", "61"): 1,
            ("length_min", "227", "f88", "88"): 1,
            ("length_min", "320", "f80", "80"): 4,
            ("replacement_cost", "19", "20.99a", "20.99"): 1,
            ("replacement_cost", "320", "28.99aaaa", "28.99"): 4,
            ("replacement_cost", "362", "13.99a", "13.99"): 1,
            ("replacement_cost", "387", "27.99a", "27.99"): 1,
            ("replacement_cost", "753", "20.99a9", None): 1,
            ("replacement_cost", "850", "27.99aa", "27.99"): 1,
            ("replacement_cost", "995", "11.99a", "11.99"): 1,
            ("vote_count", "11", "x59850", "59850"): 1,
        }
    )


def test_film_320_stands_once(shop: Shop) -> None:
    assert shop["film"][1].superseded.rows() == [(seq, 319, True, "320") for seq in (320, 321, 322)]


def test_the_cells_of_copies_that_were_mended(shop: Shop) -> None:
    counted = Counter((column, found, made) for column, _, found, made in told(shop, "inventory"))
    assert counted == {("store_id", '2*$#"', "2"): 9, ("store_id", "2**%", "2"): 1}


def test_the_emails_of_the_older_system_lose_their_backslash_r(shop: Shop) -> None:
    cells = told(shop, "customer")
    assert len(cells) == 793
    assert {column for column, *_ in cells} == {"email"}
    assert all(made is not None and found == made + "\\r" for _, _, found, made in cells)


def test_rentals_and_stores_were_clean(shop: Shop) -> None:
    assert told(shop, "rental") == told(shop, "store") == []


def test_the_answers_of_the_workbook(shop: Shop) -> None:
    films, copies, customers, rentals = (rows(shop, name) for name in ("film", "inventory", "customer", "rental"))
    assert rentals["returned_at"].null_count() == 183
    assert customers["old_customer_id"].count() == 793
    assert rentals["customer_id"].n_unique() == 599
    rented = rentals.join(copies.select("inventory_id", "film_id", "store_id", copy_seq="raw_seq"), on="inventory_id")
    assert rented["film_id"].n_unique() == 958
    by_store = rentals.join(customers, on="customer_id").group_by("store_id").len().sort("store_id").rows()
    assert by_store == [(1, 8_747), (2, 7_297)]
    # 15,999 rentals are of copies whose store is written as 2, and 33 of copies where it had to be mended.
    mended = shop["inventory"][0].repairs.select("raw_seq")
    assert rented.filter(pl.col("store_id") == 2).height == 15_999 + 33
    assert rented.join(mended, left_on="copy_seq", right_on="raw_seq").height == 33
    titles = (
        rented.join(films.select("film_id", "title"), on="film_id")
        .group_by("title")
        .len()
        .sort("len", "title", descending=[True, False])
    )
    assert titles.head(3).rows() == [("BUCKET BROTHERHOOD", 34), ("ROCKETEER MOTHER", 33), ("FORWARD TEMPLE", 32)]
    assert ("GRIT CLOCKWORK", 32) in titles.rows()


def test_no_key_of_the_workbook_leads_nowhere(shop: Shop) -> None:
    tables = {SHOP[name].curated: settled.rows for name, (_, settled) in shop.items()}
    assert broken_keys(tables, SHOP.values()).is_empty()
