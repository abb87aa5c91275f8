"""The seeds' rental workbook and its CSVs by the command line: the same tables, and every cell accounted for."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.shop_road import ShopRoad, lake_contents
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.tables.rentals import SHOP, table_of

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FOLDER = Path(SHARED_DATA) / "rentals" / "films2_export"

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FOLDER.exists()),
    reason="TAQUILLA_SHARED_DATA names no folder that holds rentals/films2_export",
)


@pytest.fixture(scope="module")
def csvs(tmp_path_factory: pytest.TempPathFactory) -> ShopRoad:
    way = ShopRoad(tmp_path_factory.mktemp("csvs"))
    way.taquilla("rentals", str(FOLDER))
    return way


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> ShopRoad:
    way = ShopRoad(tmp_path_factory.mktemp("workbook"))
    way.taquilla("rentals", str(FOLDER / "Films_2.xlsx"))
    return way


def test_the_workbook_and_the_csvs_say_the_same(csvs: ShopRoad, workbook: ShopRoad) -> None:
    # The workbook's cells keep the space that the CSVs have as a part of their separator.
    assert _trimmed(workbook) == _trimmed(csvs)


def _trimmed(way: ShopRoad) -> dict[str, list[str]]:
    return {table: sorted(row.replace("' ", "'") for row in rows) for table, rows in lake_contents(way.lake).items()}


def test_every_row_is_accounted_for(csvs: ShopRoad) -> None:
    accounts = csvs.status()
    assert {name: (row["landed"], row["current"], row["superseded"]) for name, row in accounts.items()} == {
        "rental_films": (1_003, 1_000, 3),
        "inventory": (4_581, 4_581, 0),
        "rentals": (16_044, 16_044, 0),
        "customers": (1_392, 1_392, 0),
        "stores": (2, 2, 0),
    }
    assert all(row["missing"] == row["dead"] == row["quarantined"] == row["pending"] == 0 for row in accounts.values())
    assert {name: row["repaired"] for name, row in accounts.items() if row["repaired"]} == {
        "rental_films": 30,
        "inventory": 10,
        "customers": 793,
    }


@pytest.mark.parametrize("file", ["Films.csv", "inventory.csv", "customer.csv", "rental.csv", "store.csv"])
def test_each_cell_stands_as_it_was_or_in_the_repairs(csvs: ShopRoad, file: str) -> None:
    """Read by a reader of CSV that knows nothing of ours, cell by cell."""
    spec = table_of(file)
    assert spec is not None
    tables = ShopTables.of(csvs.lake, SHOP[spec.name])
    curated = {row["raw_seq"]: row for row in tables.curated.scan().collect().iter_rows(named=True)}
    repairs = {(row["raw_seq"], row["column"]): row for row in tables.repairs.scan().collect().iter_rows(named=True)}
    superseded, seen = 0, 0
    for raw_seq, line in enumerate(_lines(file)):
        row = curated.get(raw_seq)
        superseded += row is None
        for name, column in spec.columns_of(line).items():
            if repair := repairs.get((raw_seq, name)):
                assert repair["found"] == line[column]
                seen += 1
            expected = repair["made"] if repair else line[column]
            if row is not None:
                assert _is(row[name], expected), (raw_seq, name, row[name], expected)
    assert superseded == (3 if spec.name == "film" else 0)
    assert seen == len(repairs)


def _lines(file: str) -> Iterator[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=";", skipinitialspace=True)


def _is(value: object, text: str | None) -> bool:
    """Whether a value of curated is what a cell says."""
    if value is None or text is None:
        return value is None and text in (None, "", "NULL")
    if isinstance(value, bool):
        return value == (text == "1")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" == text.strip()
    return value == Decimal(text) if isinstance(value, Decimal) else str(value) == text.strip(" ")


def test_the_answers_of_the_workbook(workbook: ShopRoad) -> None:
    def one(sql: str) -> object:
        return workbook.ask(f"select {sql}")[0][0]

    assert one("count(*) from shop.fact_rental") == 16_044
    assert one("count(*) from shop.fact_rental where is_open") == 183
    assert one("count(distinct film_id) from shop.fact_rental") == 958
    assert one("count(distinct customer_id) from shop.fact_rental") == 599
    by_store = "select customer_store_id, count(*) from shop.fact_rental group by 1 order by 1"
    assert workbook.ask(by_store) == [(1, 8_747), (2, 7_297)]
    assert one("count(*) from shop.dim_customer where old_customer_id is not null") == 793
    most = "select f.title, count(*) from shop.fact_rental join shop.dim_film as f using (film_id) group by 1"
    assert Counter(dict(workbook.ask(most))).most_common(2) == [("BUCKET BROTHERHOOD", 34), ("ROCKETEER MOTHER", 33)]
    assert ("GRIT CLOCKWORK", 32) in workbook.ask(most)


def test_what_was_mended_stands_in_the_star_too(workbook: ShopRoad) -> None:
    told = "select count(*), count(made) from shop.repairs"
    assert workbook.ask(told) == [(833, 832)]  # 753's 20.99a9 was refused
    refused = "select table_name, key, column_name, trim(found) from shop.repairs where made is null"
    assert workbook.ask(refused) == [("rental_films", "753", "replacement_cost", "20.99a9")]


def test_a_second_reading_of_the_same_files_reads_nothing(csvs: ShopRoad) -> None:
    said = csvs.taquilla("rentals", str(FOLDER))
    assert "unchanged: film, inventory, rental, customer, store" in said
    assert csvs.status()["rentals"]["landed"] == 16_044
