"""Days of a shop in MariaDB: what its clerks do is in the answers the next morning, each at its time."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.mariadb import MariaDbServer
from taquilla.engines.local import LocalEngine
from taquilla.lake import Lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.load import load_rentals
from taquilla.sources.sql import SqlOptions, open_database
from taquilla.warehouse import duckdb

SCHEMA = (
    "create table film (film_id int primary key, title text, rental_duration int, last_update timestamp)",
    "create table inventory (inventory_id int primary key, film_id int, store_id int, last_update timestamp)",
    "create table customer (customer_id int primary key, store_id int, last_name text, last_update timestamp)",
    "create table rental (rental_id int primary key, rental_date datetime, inventory_id int, customer_id int, "
    "return_date datetime, staff_id int, last_update timestamp null)",
    "create table payment (payment_id int primary key, customer_id int, staff_id int, rental_id int, "
    "amount decimal(5,2), payment_date datetime, last_update timestamp)",
    "insert into film values (1, 'RÍO BRAVO', 3, '2026-01-01'), (2, 'CASABLANCA', 3, '2026-01-01')",
    "insert into inventory values (1, 1, 1, '2026-01-01'), (2, 2, 2, '2026-01-01')",
    "insert into customer values (1, 1, 'SMITH', '2026-01-01'), (2, 1, 'REYES', '2026-01-01')",
    "insert into rental select seq, '2026-01-02', seq % 2 + 1, seq % 2 + 1, null, 1, '2026-01-02' from seq_1_to_10",
    "insert into payment select seq, seq % 2 + 1, 1, seq, 1.50, '2026-01-02', '2026-01-02' from seq_1_to_10",
)


class Morning:
    """A shop's database, and the lake and warehouse that read it each morning."""

    def __init__(self, mariadb: MariaDbServer, folder: Path) -> None:
        self._server, self._database = mariadb, mariadb.new_database()
        self.lake, self.warehouse = Lake(str(folder / "lake")), folder / "warehouse.duckdb"
        self.at_the_counter(*SCHEMA)

    def at_the_counter(self, *statements: str) -> None:
        with self._server.connect(self._database) as connection, connection.cursor() as cursor:
            cursor.execute("set time_zone = '+00:00'")
            for statement in statements:
                cursor.execute(statement)

    def read(self, *, is_full: bool = False) -> dict[str, int]:
        """What a morning's reading brings: new rows by table. All sums add up."""
        options = SqlOptions(self._server.url(self._database), self._server.password, name="shop")
        with open_database(options) as shop:
            landed = land_rentals(self.lake, shop, run_id="test", now=datetime.now(UTC), is_full=is_full)
        curate_rentals(self.lake, LocalEngine())
        load_rentals(self.lake, self.warehouse)
        assert {account.missing for account in shop_accounts(self.lake)} == {0}
        return {table: rows for table, rows in landed.rows.items() if rows}

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.warehouse) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def shop(mariadb: MariaDbServer, tmp_path: Path) -> Morning:
    return Morning(mariadb, tmp_path)


def test_what_was_rented_returned_and_paid_meanwhile(shop: Morning) -> None:
    assert shop.read() == {"film": 2, "inventory": 2, "rental": 10, "payment": 10, "customer": 2}
    shop.at_the_counter(
        "update rental set return_date = '2026-01-07 18:00', last_update = '2026-01-07 18:00' where rental_id = 4",
        # Of the same second as the last rental that was read.
        "insert into rental values (11, '2026-01-02', 1, 1, null, 1, '2026-01-02')",
        "insert into payment values (11, 1, 1, 11, 2.25, '2026-01-08', '2026-01-08')",
    )
    assert shop.read() == {"rental": 2, "payment": 1}
    assert shop.read() == {}
    assert shop.ask("select count(*), sum(amount) from shop.fact_payment") == [(11, Decimal("17.25"))]
    returned = "select rental_id, days_out, days_late, is_late from shop.fact_rental where not is_open"
    assert shop.ask(returned) == [(4, 5, 2, True)]


def test_a_customer_who_moves_keeps_what_was_rented_before(shop: Morning) -> None:
    shop.read()
    shop.at_the_counter(
        "update customer set store_id = 2, last_update = '2026-02-01' where customer_id = 1",
        "insert into rental values (11, '2026-02-03', 1, 1, null, 1, '2026-02-03')",
    )
    assert shop.read() == {"rental": 1, "customer": 1}
    versions = "select customer_id, store_id, is_current from shop.dim_customer order by 1, valid_from nulls first"
    assert shop.ask(versions) == [(1, 1, False), (1, 2, True), (2, 1, True)]
    then = "select customer_store_id, count(*) from shop.fact_rental where customer_id = 1 group by 1 order by 1"
    assert shop.ask(then) == [(1, 5), (2, 1)]
    shop.read(is_full=True)
    assert (shop.ask(versions), shop.ask(then)) == ([(1, 1, False), (1, 2, True), (2, 1, True)], [(1, 5), (2, 1)])


def test_deleted_rows_and_rows_without_a_moment_are_seen_in_full(shop: Morning) -> None:
    shop.read()
    shop.at_the_counter(
        "delete from rental where rental_id = 1",
        "delete from payment where rental_id = 1",
        "insert into rental values (12, '2026-02-03', 1, 1, null, 1, null)",
    )
    assert shop.read() == {}
    counts = "select count(*), count(distinct rental_id) from shop.fact_rental"
    assert shop.ask(counts) == [(10, 10)]
    shop.read(is_full=True)
    assert shop.ask("select rental_id from shop.fact_rental order by 1") == [(n,) for n in (*range(2, 11), 12)]
    assert shop.ask("select sum(amount) from shop.fact_payment")[0][0] == Decimal("13.50")
