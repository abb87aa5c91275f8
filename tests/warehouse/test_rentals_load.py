"""The star says what is curated, however many loads it took: in DuckDB and, from its file, in PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData

from records import film, read
from taquilla.warehouse import duckdb
from taquilla.warehouse.load import clear_films
from taquilla.warehouse.rentals_load import LoadedRentals, clear_rentals
from taquilla.warehouse.rentals_model import shop as star
from warehouse.databases import Databases
from warehouse.road import Road
from warehouse.shop import Shop


@pytest.fixture
def shop(databases: Databases, tmp_path: Path) -> Iterator[Shop]:
    """It answers from PostgreSQL; `prove` shows that the file says the same."""
    made = Shop(tmp_path, databases.new())
    yield made
    prove(made)


def prove(shop: Shop) -> None:
    """Whatever was done in however many loads: the file says the same, and a fresh load makes the same."""
    step_by_step = shop.star()
    file = Shop(shop.folder)
    assert file.star() == step_by_step
    assert broken_keys(shop.file) == []
    shop.load(rebuild=True)
    assert shop.star() == step_by_step == file.star()


def broken_keys(file: Path, model: MetaData = star) -> list[str]:
    """What the model's keys would refuse: DuckDB is created without them."""
    found = []
    with duckdb.connect(file) as connection:
        for table in model.sorted_tables:
            key = ", ".join(column.name for column in table.primary_key)
            [(double,)] = connection.execute(
                f"select count(*) - count(distinct ({key})) from {table.fullname}"  # noqa: S608
            ).fetchall()
            found += [f"{table.name}: {key}"] * bool(double)
            for reference in table.foreign_keys:
                here, there = reference.parent.name, reference.column
                [(lost,)] = connection.execute(
                    f"select count(*) from (select {here} from {table.fullname} where {here} is not null "  # noqa: S608
                    f"except select {there.name} from {there.table.fullname})"
                ).fetchall()
                found += [f"{table.name}: {here}"] * bool(lost)
    return found


def rental(
    rental_id: int, rented: str, returned: str | None = None, copy: int = 1, customer: int = 1
) -> dict[str, Any]:
    return {
        "rental_id": rental_id,
        "rented_at": f"2024-{rented}",
        "inventory_id": copy,
        "customer_id": customer,
        "returned_at": returned and f"2024-{returned}",
        "staff_id": 1,
    }


def paid(payment_id: int, amount: str, rental_id: int | None = 1, at: str = "03-01 10:00:00") -> dict[str, Any]:
    return {
        "payment_id": payment_id,
        "customer_id": 1,
        "staff_id": 1,
        "rental_id": rental_id,
        "amount": amount,
        "paid_at": f"2024-{at}",
    }


def customer(customer_id: int, store_id: int, changed_at: str | None, name: str = "Ana") -> dict[str, Any]:
    return {"customer_id": customer_id, "store_id": store_id, "first_name": name, "changed_at": changed_at}


def opening() -> dict[str, list[dict[str, Any]]]:
    """Two stores, two films, three copies, a customer."""
    return {
        "rental_films": [
            {"film_id": 1, "title": "Alien", "rental_duration_days": 3, "replacement_cost": "19.99", "language_id": 1},
            {"film_id": 2, "title": "Brazil", "rental_duration_days": 5, "language_id": 1},
        ],
        "rental_languages": [{"language_id": 1, "name": "English"}],
        "inventory": [
            {"inventory_id": 1, "film_id": 1, "store_id": 1},
            {"inventory_id": 2, "film_id": 1, "store_id": 2},
            {"inventory_id": 3, "film_id": 2, "store_id": 2},
        ],
        "stores": [{"store_id": 1, "manager_staff_id": 1}, {"store_id": 2, "manager_staff_id": 2}],
        "staff": [
            {"staff_id": 1, "first_name": "Mia", "last_name": "Rey", "store_id": 1},
            {"staff_id": 2, "first_name": "Leo", "store_id": 2},
        ],
        "customers": [customer(1, 1, "2024-01-01 00:00:00")],
        "rentals": [rental(1, "03-01 10:00:00", "03-05 09:00:00"), rental(2, "03-02 23:59:59", copy=3)],
        "payments": [paid(1, "2.99"), paid(2, "0", None)],
    }


def test_a_rental_knows_its_film_store_customer_and_how_late_it_was(shop: Shop) -> None:
    assert shop.take(**opening()) == LoadedRentals(2, 2, is_whole=True)
    assert shop.rows(
        """select rental_id, film_id, store_id, customer_key, customer_store_id, rented_hour, due_at, days_out,
                  days_late, is_open, is_late from shop.fact_rental order by 1"""
    ) == [
        (1, 1, 1, 1, 1, 10, datetime(2024, 3, 4, 10, tzinfo=UTC), 4, 1, False, True),
        (2, 2, 2, 1, 1, 23, datetime(2024, 3, 7, 23, 59, 59, tzinfo=UTC), None, None, True, None),
    ]
    assert shop.rows(
        "select payment_id, amount, film_id, store_id, staff_store_id from shop.fact_payment order by 1"
    ) == [(1, 2.99, 1, 1, 1), (2, 0.0, None, None, 1)]
    assert shop.rows("select store_id, manager, is_inferred from shop.dim_store order by 1") == [
        (1, "Mia Rey", False),
        (2, "Leo", False),
    ]


def test_a_return_that_could_not_be_read_is_neither_back_nor_out(shop: Shop) -> None:
    refused = {"table": "rentals", "key": "2", "column": "returned_at", "found": "pending?", "rule": "is_date"}
    # By its place here: the second one is of the second rental.
    shop.take(**opening(), rental_repairs=[{**refused, "column": "staff_id"}, refused])
    asked = "select rental_id, returned_at is null, is_open, days_out from shop.fact_rental order by 1"
    assert shop.rows(asked) == [(1, False, False, 4), (2, True, None, None)]
    shop.take(rentals=[rental(2, "03-02 23:59:59", copy=3)])
    assert shop.rows(asked)[1] == (2, True, True, None)


def test_only_what_is_new_is_written(shop: Shop) -> None:
    shop.take(**opening())
    assert shop.load() == LoadedRentals(0, 0, is_whole=False)
    assert shop.take(rentals=[rental(2, "03-02 23:59:59", "03-04 08:00:00", copy=3), rental(3, "04-01 00:00:00")]) == (
        LoadedRentals(2, 0, is_whole=False)
    )
    assert shop.rows("select rental_id, is_open from shop.fact_rental order by 1") == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert shop.take(payments=[paid(3, "4.99", 3, "04-01 00:00:00")]) == LoadedRentals(0, 1, is_whole=False)


def test_a_customers_history_gives_each_fact_the_customer_of_then(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(
        customers=[customer(1, 2, "2024-03-15 00:00:00")],
        rentals=[rental(3, "03-14 23:59:59"), rental(4, "03-15 00:00:00")],
    )
    assert shop.rows("select rental_id, customer_key, customer_store_id from shop.fact_rental order by 1") == [
        (1, 1, 1),
        (2, 1, 1),
        (3, 1, 1),
        (4, 2, 2),
    ]
    assert shop.rows(
        "select customer_key, valid_from, valid_to, is_current from shop.dim_customer order by customer_key"
    ) == [
        (1, None, datetime(2024, 3, 15, tzinfo=UTC), False),
        (2, datetime(2024, 3, 15, tzinfo=UTC), None, True),
    ]


def test_late_history_moves_the_facts_of_that_customer_alone(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(
        customers=[customer(1, 2, "2024-03-15 00:00:00"), customer(2, 1, None, "Eva")],
        rentals=[rental(3, "03-14 00:00:00"), rental(4, "03-16 00:00:00"), rental(5, "03-14 00:00:00", customer=2)],
    )
    assert shop.take(customers=[customer(1, 2, "2024-03-02 12:00:00")]) == LoadedRentals(4, 2, is_whole=False)
    assert shop.rows("select rental_id, customer_store_id from shop.fact_rental order by 1") == [
        (1, 1),
        (2, 2),
        (3, 2),
        (4, 2),
        (5, 1),
    ]


def test_a_customer_who_is_told_again_as_before_has_no_new_version(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(customers=[customer(1, 1, "2024-03-15 00:00:00"), customer(1, 1, "2024-03-16 00:00:00")])
    assert shop.rows("select customer_key, valid_to from shop.dim_customer") == [(1, None)]


def test_of_two_records_of_one_moment_the_newer_counts(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(customers=[customer(1, 2, "2024-01-01 00:00:00"), customer(7, 1, None), customer(7, 2, None)])
    assert shop.rows("select customer_id, store_id, is_current from shop.dim_customer order by 1") == [
        (1, 2, True),
        (7, 2, True),
    ]


def test_a_copy_that_moves_and_a_film_that_may_be_kept_longer_move_their_facts(shop: Shop) -> None:
    shop.take(**opening())
    loaded = shop.take(inventory=[{"inventory_id": 1, "film_id": 2, "store_id": 2}])
    assert loaded == LoadedRentals(1, 1, is_whole=False)
    assert shop.rows("select film_id, store_id, days_late from shop.fact_rental where rental_id = 1") == [(2, 2, 0)]
    assert shop.rows("select film_id, store_id from shop.fact_payment where payment_id = 1") == [(2, 2)]
    shop.take(rental_films=[{"film_id": 2, "title": "Brazil", "rental_duration_days": 2}])
    assert shop.rows("select days_late, is_late from shop.fact_rental where rental_id = 1") == [(2, True)]


def test_a_payment_before_its_rental_gets_its_film_when_it_comes(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(payments=[paid(3, "9.99", rental_id=9)])
    assert shop.rows("select film_id from shop.fact_payment where payment_id = 3") == [(None,)]
    assert shop.rows('select table_name, column_name, "rows", "keys" from shop.orphans') == [
        ("payments", "rental_id", 1, 1)
    ]
    shop.take(rentals=[rental(9, "03-09 00:00:00", copy=3)])
    assert shop.rows("select film_id from shop.fact_payment where payment_id = 3") == [(2,)]
    assert shop.rows("select * from shop.orphans") == []


def test_who_is_named_and_not_told_of_is_an_inferred_member(shop: Shop) -> None:
    shop.take(**opening())
    shop.take(
        rentals=[rental(3, "03-03 00:00:00", copy=99, customer=77), rental(4, "03-04 00:00:00", copy=99, customer=77)],
        inventory=[{"inventory_id": 4, "film_id": 55, "store_id": 8}],
    )
    assert shop.rows("select customer_key, customer_id, is_current from shop.dim_customer where is_inferred") == [
        (-155, 77, True)
    ]
    assert shop.rows("select inventory_id, film_id, store_id from shop.dim_copy where is_inferred") == [
        (99, None, None)
    ]
    assert shop.rows("select film_id, title from shop.dim_film where is_inferred") == [(55, None)]
    assert shop.rows("select store_id from shop.dim_store where is_inferred") == [(8,)]
    assert shop.rows('select * from shop.orphans order by "rows", column_name') == [
        ("inventory", "film_id", "rental_films", 1, 1, 2),
        ("inventory", "store_id", "stores", 1, 1, 2),
        ("rentals", "customer_id", "customers", 2, 1, 1),
        ("rentals", "inventory_id", "inventory", 2, 1, 4),
    ]
    shop.take(customers=[customer(77, 1, None, "Eva")])
    assert shop.rows("select customer_key from shop.fact_rental where customer_id = 77") == [(2,), (2,)]
    assert shop.rows("select count(*) from shop.dim_customer where is_inferred") == [(0,)]


def test_rows_that_are_curated_no_more_are_gone(shop: Shop) -> None:
    shop.take(**opening())
    shop.drop("rentals", 1)
    shop.drop("payments", 2)
    shop.take(rentals=[rental(3, "04-01 00:00:00")])
    assert shop.rows("select rental_id from shop.fact_rental order by 1") == [(2,), (3,)]
    assert shop.rows("select payment_id, film_id, rental_id from shop.fact_payment") == [(1, None, 1)]


def test_a_source_without_payments_has_none(shop: Shop) -> None:
    given = opening()
    shop.take(**{name: given[name] for name in ("rental_films", "inventory", "customers", "rentals")})
    assert shop.rows("select count(*) from shop.fact_payment") == [(0,)]
    # The source has no table of stores or staff: they are named all the same.
    assert shop.rows("select store_id, is_inferred from shop.dim_store order by 1") == [(1, True), (2, True)]
    shop.take(**{name: given[name] for name in ("payments", "stores", "staff")})
    assert shop.rows("select staff_store_id from shop.fact_payment") == [(1,), (1,)]


def test_repairs_and_what_was_refused_are_there(shop: Shop) -> None:
    shop.put(**opening())
    shop.put(
        rental_repairs=[
            {
                "table": "rental_films",
                "key": "1",
                "column": "rental_rate",
                "found": "4.99a",
                "made": "4.99",
                "rule": "r",
            }
        ],
        **{
            "quarantine.rentals": [
                {"key": "8", "landed_at": "2024-05-01 00:00:00", "rule": "rented_at", "reason": "no", "record": "{}"}
            ]
        },
    )
    shop.load()
    assert shop.rows("select table_name, raw_seq, column_name, found, made from shop.repairs") == [
        ("rental_films", 0, "rental_rate", "4.99a", "4.99")
    ]
    assert shop.rows("select table_name, raw_seq, key, rule from shop.rejected") == [("rentals", 0, "8", "rented_at")]


def test_nothing_curated_is_an_empty_star(shop: Shop) -> None:
    assert shop.load() == LoadedRentals(0, 0, is_whole=True)
    assert {name for name, rows in shop.star().items() if rows} == set()
    shop.take(**opening())
    assert shop.rows("select count(*) from shop.fact_rental") == [(2,)]


# Two subjects in one warehouse.


def test_films_and_rentals_leave_each_other_alone(shop: Shop) -> None:
    road = Road(shop.folder, shop.options)
    road.take(read(film(1)))
    shop.take(**opening())
    before = shop.star()
    road.take(read(film(2)))
    assert shop.star() == before
    assert shop.load() == LoadedRentals(0, 0, is_whole=False)
    assert road.rows("select film_id from movies order by 1") == [(1,), (2,)]
    shop.take(rentals=[rental(3, "04-01 00:00:00")])
    assert road.take().films == 0
    assert road.rows("select count(*) from load_marks where source in ('curated.films', 'curated.rentals')") == [(2,)]


def test_a_shop_can_be_taken_out(tmp_path: Path) -> None:
    road, shop = Road(tmp_path), Shop(tmp_path)
    road.take(read(film(1)))
    shop.take(**opening())
    with duckdb.replacing(shop.file) as connection:
        clear_rentals(connection)
    assert {name for name, rows in shop.star().items() if rows} == set()
    assert shop.rows("select count(*) from load_marks where source like 'shop.%'") == [(0,)]
    assert road.take().films == 0
    assert shop.load() == LoadedRentals(2, 2, is_whole=True)


def test_films_can_be_taken_out_and_the_shop_stays(tmp_path: Path) -> None:
    road, shop = Road(tmp_path), Shop(tmp_path)
    road.take(read(film(1)))
    shop.take(**opening())
    before = shop.star()
    with duckdb.replacing(shop.file) as connection:
        clear_films(connection)
    assert road.rows("select count(*) from movies") == [(0,)]
    assert (shop.star(), shop.load()) == (before, LoadedRentals(0, 0, is_whole=False))
    road.take()
    assert road.rows("select film_id from movies") == [(1,)]


def test_a_shop_without_films_says_whose_file_it_is(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.take(**opening())
    assert shop.rows("select position from load_marks where source = 'schema'") == [(duckdb.schema_version(),)]


def test_the_keys_are_looked_at(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.take(**opening())
    with duckdb.replacing(shop.file) as connection:
        connection.execute("insert into shop.dim_copy select * from shop.dim_copy")
        connection.execute("delete from shop.dim_staff")
    assert broken_keys(shop.file) == ["dim_copy: inventory_id", "fact_payment: staff_id", "fact_rental: staff_id"]
