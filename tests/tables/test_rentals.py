"""The shop's tables: their names, and what becomes of a row of each."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from taquilla.tables.cleaning import Quarantined, Repairs, clean
from taquilla.tables.rentals import CURATED, SHOP, table_of

LANDED = datetime(2026, 1, 2, tzinfo=UTC)
UPDATED = datetime(2006, 2, 15, 21, 30, 53, tzinfo=UTC)


def landed(**columns: object) -> pl.DataFrame:
    """One row as it stands in raw."""
    row = pl.DataFrame({name: [cell] for name, cell in columns.items()})
    return row.with_columns(
        raw_seq=pl.lit(0, pl.Int64), _landed_at=pl.lit(LANDED, pl.Datetime("us", "UTC")), bucket=pl.lit(0, pl.Int64)
    )


ROWS: dict[str, dict[str, object]] = {
    "film": {
        "film_id": 1,
        "title": "ACADEMY DINOSAUR",
        "rental_duration": 6,
        "rental_rate": Decimal("0.99"),
        "length": 86,
    },
    "language": {"language_id": 1, "name": "English"},
    "inventory": {"inventory_id": 1, "film_id": 1, "store_id": 1},
    "rental": {"rental_id": 1, "rental_date": UPDATED, "inventory_id": 1, "customer_id": 1, "return_date": None},
    "payment": {"payment_id": 1, "customer_id": 1, "amount": Decimal("2.99"), "payment_date": UPDATED},
    "customer": {"customer_id": 1, "first_name": "MARY", "active": 1, "customer_id_old": "AA-10315"},
    "store": {"store_id": 1, "manager_staff_id": 1, "address_id": 1},
    "staff": {"staff_id": 1, "username": "Mike", "password": "8cb2237d", "picture": b"\x89PNG"},
    "address": {"address_id": 1, "address": "47 MySakila Drive", "location": b"\x00"},
    "city": {"city_id": 1, "city": "A Coruña (La Coruña)", "country_id": 87},
    "country": {"country_id": 1, "country": "Afghanistan"},
    "category": {"category_id": 1, "name": "Action"},
    "film_category": {"film_id": 1, "category_id": 6},
    "actor": {"actor_id": 1, "first_name": "PENELOPE", "last_name": "GUINESS"},
    "film_actor": {"actor_id": 1, "film_id": 1},
}


@pytest.mark.parametrize("name", SHOP)
def test_a_row_of_each_table_becomes_one_by_its_contract(name: str) -> None:
    table = SHOP[name]
    cleaned = clean(table, landed(**ROWS[name], last_update=UPDATED.replace(tzinfo=None)))
    table.contract.validate(cleaned.rows)
    Repairs.validate(cleaned.repairs)
    assert (cleaned.rows.height, cleaned.repairs.height, cleaned.quarantined.height) == (1, 0, 0)
    assert cleaned.rows["changed_at"].to_list() == [UPDATED]


@pytest.mark.parametrize("name", SHOP)
def test_a_row_without_its_key_is_quarantined(name: str) -> None:
    table = SHOP[name]
    row = ROWS[name] | {table.key[0]: None}
    cleaned = clean(table, landed(**row))
    Quarantined.validate(cleaned.quarantined)
    assert cleaned.quarantined["rule"].to_list() == [f"{table.key[0]}|nullability"]
    assert json.loads(cleaned.quarantined["record"][0]).keys() == row.keys() - {"password", "picture", "location"}


def test_a_film_has_the_names_and_units_of_curated() -> None:
    film = clean(SHOP["film"], landed(**ROWS["film"])).rows
    assert film.select("rental_duration_days", "rental_rate", "length_min", "vote_count").rows() == [
        (6, Decimal("0.99"), 86, None)
    ]


def test_the_names_of_curated_are_those_of_the_warehouse() -> None:
    assert {name: table.curated for name, table in SHOP.items()} == {
        "film": "rental_films",
        "language": "rental_languages",
        "inventory": "inventory",
        "rental": "rentals",
        "payment": "payments",
        "customer": "customers",
        "store": "stores",
        "staff": "staff",
        "address": "addresses",
        "city": "cities",
        "country": "shop_countries",
        "category": "categories",
        "film_category": "rental_film_categories",
        "actor": "rental_actors",
        "film_actor": "rental_film_actors",
    }
    assert list(CURATED) == [table.curated for table in SHOP.values()]


def test_parents_are_tables_and_columns_that_are_there() -> None:
    for table in SHOP.values():
        for parent in table.parents:
            assert parent.column in table.contract.column_names()
            assert (parent.key,) == CURATED[parent.table].key


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("film", "film"),
        ("FILM", "film"),
        ("Films.csv", "film"),
        ("Films_2", None),
        ("exports/2005/Rental.csv.gz", "rental"),
        ("exports\\rental.NDJSON", "rental"),
        ("sakila.film_actor", "film_actor"),
        ('"SAKILA"."PUBLIC"."FILM_CATEGORY"', "film_category"),
        ("film category", "film_category"),
        ("Customers", "customer"),
        ("store.parquet", "store"),
        ("film_text", None),
        ("csv", None),
        ("", None),
    ],
)
def test_sources_call_their_tables_otherwise(told: str, name: str | None) -> None:
    found = table_of(told)
    assert (found and found.name) == name
