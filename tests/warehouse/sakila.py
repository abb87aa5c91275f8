"""Sakila's curated tables, from its own INSERTs: no server is asked and nothing needs cleaning."""

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from warehouse.shop import write_curated

FOLDER = Path(os.environ.get("TAQUILLA_SHARED_DATA", "")) / "rentals" / "sakila"
MISSING = "TAQUILLA_SHARED_DATA names no folder that holds rentals/sakila"

# The columns of Sakila's tables in their order; "-" are those that are never read.
COLUMNS = {
    "film": "film_id title description release_year language_id original_language_id rental_duration_days rental_rate "
    "length_min replacement_cost rating special_features changed_at",
    "language": "language_id name changed_at",
    "inventory": "inventory_id film_id store_id changed_at",
    "rental": "rental_id rented_at inventory_id customer_id returned_at staff_id changed_at",
    "payment": "payment_id customer_id staff_id rental_id amount paid_at changed_at",
    "customer": "customer_id store_id first_name last_name email address_id is_active created_at changed_at",
    "store": "store_id manager_staff_id address_id changed_at",
    "staff": "staff_id first_name last_name address_id - email store_id is_active username - changed_at",
    "address": "address_id address address2 district city_id postal_code phone - changed_at",
    "city": "city_id city country_id changed_at",
    "country": "country_id country changed_at",
    "category": "category_id name changed_at",
    "film_category": "film_id category_id changed_at",
    "actor": "actor_id first_name last_name changed_at",
    "film_actor": "actor_id film_id changed_at",
}
CURATED = {
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

_INSERT = re.compile(r"^INSERT INTO `?(\w+)`? VALUES (.*?);$", re.MULTILINE | re.DOTALL)
_VALUE = re.compile(r"'((?:[^'\\]|\\.|'')*)'|(0x[0-9A-F]+)|(NULL)|(-?[\d.]+)|(\()|(\))")


def sakila(folder: Path) -> dict[str, list[str]]:
    """Parquet files of Sakila's curated tables, by name; skips where Sakila is not there."""
    if not (FOLDER / "sakila-data.sql.gz").exists():
        pytest.skip(MISSING)
    rows: dict[str, list[list[str | None]]] = {table: [] for table in COLUMNS}
    for table, text in _INSERT.findall(gzip.decompress((FOLDER / "sakila-data.sql.gz").read_bytes()).decode()):
        rows.get(table, []).extend(_rows(text))
    return write_curated(folder, {CURATED[table]: _frame(COLUMNS[table].split(), rows[table]) for table in COLUMNS})


def _rows(text: str) -> Iterator[list[str | None]]:
    row: list[str | None] = []
    # A conditional comment: the value in it is there.
    for found in _VALUE.finditer(text.replace("/*!50705 ", "").replace("*/", "")):
        if found[5]:
            row = []
        elif found[6]:
            yield row
        else:
            quoted, other = found[1], found[2] or found[4]
            row.append(None if found[3] else re.sub(r"\\(.)|'(')", r"\1\2", quoted) if other is None else other)


def _frame(columns: list[str], rows: list[list[str | None]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys((f"c{n}" for n in range(len(columns))), pl.String), orient="row")
    return frame.select(pl.col(f"c{n}").alias(name) for n, name in enumerate(columns) if name != "-")
