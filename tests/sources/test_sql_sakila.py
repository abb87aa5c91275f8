"""Sakila in a real MariaDB: the numbers that its books tell."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from services.mariadb import MariaDbServer
from taquilla.sources.relations import Since
from taquilla.sources.sql import Database, SqlOptions, open_database


@pytest.fixture
def sakila(mariadb: MariaDbServer) -> Iterator[Database]:
    with open_database(SqlOptions(mariadb.url(mariadb.load_sakila()), mariadb.password)) as database:
        yield database


def whole(database: Database, table: str) -> pa.Table:
    return pa.Table.from_batches(list(database.read(table)), database.describe(table).schema)


def test_the_books_are_right(sakila: Database) -> None:
    rental, payment = whole(sakila, "rental"), whole(sakila, "payment")
    assert (rental.num_rows, payment.num_rows) == (16_044, 16_049)
    assert pc.sum(payment["amount"]).as_py() == Decimal("67416.51")
    assert rental["return_date"].null_count == 183
    assert rental["rental_id"].to_pylist() == sorted(rental["rental_id"].to_pylist())
    assert sakila.count("rental") == 16_044
    assert not sakila.impossible


def test_every_table_and_view_is_read_with_its_types(sakila: Database) -> None:
    tables = {"actor", "address", "category", "city", "country", "customer", "film", "film_actor", "film_category"}
    tables |= {"film_text", "inventory", "language", "payment", "rental", "staff", "store", "customer_list"}
    assert tables <= set(sakila.relations())
    for name in tables:
        assert whole(sakila, name).num_rows == sakila.count(name), name
    assert sakila.describe("film").schema == pa.schema(
        {
            "film_id": pa.uint16(),
            "title": pa.string(),
            "description": pa.string(),
            "release_year": pa.int16(),
            "language_id": pa.uint8(),
            "original_language_id": pa.uint8(),
            "rental_duration": pa.uint8(),
            "rental_rate": pa.decimal128(4, 2),
            "length": pa.uint16(),
            "replacement_cost": pa.decimal128(5, 2),
            "rating": pa.string(),
            "special_features": pa.string(),
            "last_update": pa.timestamp("us", tz="UTC"),
        }
    )
    assert sakila.describe("film_actor").key == ("actor_id", "film_id")
    assert sakila.describe("film").declared["rating"] == "enum('G','PG','PG-13','R','NC-17')"


def test_a_film_is_what_it_was(sakila: Database) -> None:
    [film] = next(sakila.read("film", batch_rows=1)).to_pylist()
    assert (film["title"], film["release_year"], film["rental_rate"]) == ("ACADEMY DINOSAUR", 2006, Decimal("0.99"))
    assert film["special_features"] == "Deleted Scenes,Behind the Scenes"
    assert film["original_language_id"] is None
    [customer] = next(sakila.read("customer", columns=["active", "create_date"], batch_rows=1)).to_pylist()
    assert customer == {"active": True, "create_date": datetime.fromisoformat("2006-02-14 22:04:36")}
    pictures = whole(sakila, "staff")["picture"].to_pylist()
    assert pictures[0][:4] == b"\x89PNG"
    assert pictures[1] is None


def test_only_what_is_new_is_read(sakila: Database) -> None:
    last = pc.max(whole(sakila, "rental")["rental_date"]).as_py()
    newest = sum(batch.num_rows for batch in sakila.read("rental", since=Since("rental_date", last)))
    assert newest == 182
    assert sum(batch.num_rows for batch in sakila.read("rental", after=[16_000])) == 49
