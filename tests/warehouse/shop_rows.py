"""A small shop in literal rows: what the tests of its marts are given, and a star made of them in either database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from taquilla.warehouse import duckdb
from taquilla.warehouse.rentals_load import load_rentals
from taquilla.warehouse.rentals_model import shop as star
from warehouse.kinds import Given, warehouse
from warehouse.shop import Rows, Shop

FRIDAY, SATURDAY, MONDAY, TUESDAY = "03-01", "03-02", "04-01", "04-02"


def rental(
    rental_id: int, rented: str, returned: str | None = None, copy: int = 1, customer: int = 1, staff: int = 1
) -> dict[str, Any]:
    """A rental of 2024: `rented` and `returned` are such as 03-01 10:00:00."""
    return {
        "rental_id": rental_id,
        "rented_at": f"2024-{rented}",
        "inventory_id": copy,
        "customer_id": customer,
        "returned_at": returned and f"2024-{returned}",
        "staff_id": staff,
    }


def paid(
    payment_id: int,
    amount: str,
    rental_id: int | None = 1,
    at: str = "03-01 10:00:00",
    customer: int = 1,
    staff: int = 1,
) -> dict[str, Any]:
    """A payment of 2024."""
    return {
        "payment_id": payment_id,
        "customer_id": customer,
        "staff_id": staff,
        "rental_id": rental_id,
        "amount": amount,
        "paid_at": f"2024-{at}",
    }


def a_shop() -> dict[str, Rows]:
    """Four films, of which one has no copy and one nobody wants; two stores; three customers, of whom one never came;
    four rentals, of which one came back late and one is still out; five payments, of which one is for no rental."""
    return {
        "rental_films": [
            _film(1, "Alien", 3, "10.00", "R"),
            _film(2, "Brazil", 5, "2.00", "R"),
            _film(3, "Casablanca", 3, "8.00", "PG"),
            _film(4, "Dracula", 3, "10.00", None),
        ],
        "categories": [{"category_id": 7, "name": "Horror"}, {"category_id": 5, "name": "Comedy"}],
        "rental_film_categories": [
            {"film_id": 1, "category_id": 7},
            {"film_id": 2, "category_id": 7},
            {"film_id": 2, "category_id": 5},
            {"film_id": 4, "category_id": 7},
        ],
        "inventory": [
            {"inventory_id": n, "film_id": film, "store_id": store}
            for n, film, store in ((1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 4, 1))
        ],
        "stores": [
            {"store_id": 1, "manager_staff_id": 1, "address_id": 1},
            {"store_id": 2, "manager_staff_id": 2, "address_id": 2},
        ],
        "staff": [
            {"staff_id": 1, "first_name": "Mia", "last_name": "Rey", "store_id": 1},
            {"staff_id": 2, "first_name": "Leo", "last_name": "Paz", "store_id": 2},
        ],
        "addresses": [
            {"address_id": 1, "city_id": 1, "phone": "600 1"},
            {"address_id": 2, "city_id": 2, "phone": "600 2"},
        ],
        "cities": [
            {"city_id": 1, "city": "Madrid", "country_id": 1},
            {"city_id": 2, "city": "Santiago", "country_id": 2},
        ],
        "shop_countries": [{"country_id": 1, "country": "Spain"}, {"country_id": 2, "country": "Chile"}],
        "customers": [
            {"customer_id": 1, "store_id": 1, "first_name": "Ana", "last_name": "Gil", "address_id": 1},
            {"customer_id": 2, "store_id": 2, "first_name": "Ben", "last_name": "Sol", "address_id": 2},
            {"customer_id": 3, "store_id": 1, "first_name": "Eva"},
        ],
        "rentals": [
            rental(1, f"{FRIDAY} 10:00:00", "03-05 09:00:00"),
            rental(2, f"{SATURDAY} 23:59:59", "03-04 08:00:00", copy=3, customer=2, staff=2),
            rental(3, f"{MONDAY} 10:00:00", "04-02 10:00:00", staff=2),
            rental(4, f"{TUESDAY} 12:00:00", copy=2, customer=2, staff=2),
        ],
        "payments": [
            paid(1, "2.99", 1),
            paid(2, "4.99", 2, f"{SATURDAY} 10:00:00", customer=2, staff=2),
            paid(3, "2.99", 3, f"{MONDAY} 10:00:00", staff=2),
            paid(4, "0", 4, f"{TUESDAY} 12:00:00", customer=2, staff=2),
            paid(5, "1.00", None, f"{TUESDAY} 13:00:00"),
        ],
    }


def _film(film_id: int, title: str, days: int, cost: str, rating: str | None) -> dict[str, Any]:
    return {
        "film_id": film_id,
        "title": title,
        "rental_duration_days": days,
        "rental_rate": "2.99",
        "replacement_cost": cost,
        "rating": rating,
    }


def stocked(folder: Path, tables: Mapping[str, Rows], **films: Sequence[Any]) -> Given:
    """A warehouse of the kind that the test runs over, with this shop, and these rows of the films' own tables."""
    shop = Shop(folder)
    shop.put(**tables)
    given = warehouse(**films)
    if isinstance(given, duckdb.Connection):
        load_rentals(given, shop.files())
        return given
    made = duckdb.connect(":memory:", read_only=False)
    duckdb.create_schema(made)
    load_rentals(made, shop.files())
    for table in star.sorted_tables:
        _copy(made, given, table.fullname, table.columns.keys())
    made.close()
    return given


def _copy(made: duckdb.Connection, given: Given, table: str, columns: Sequence[str]) -> None:
    named, marks = ", ".join(f'"{c}"' for c in columns), ", ".join(f"${c}" for c in columns)
    for row in made.execute(f"select {named} from {table}").fetchall():  # noqa: S608
        given.execute(
            f"insert into {table} ({named}) values ({marks})",  # noqa: S608
            dict(zip(columns, row, strict=True)),
        )
