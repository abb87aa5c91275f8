"""The shop's star, from the DuckDB file to PostgreSQL."""

from typing import TYPE_CHECKING

from taquilla.warehouse import duckdb
from taquilla.warehouse.rentals_load import FILE, LOAD, LoadedRentals, is_rental_mark, rental_marks
from taquilla.warehouse.rentals_model import fact_payment, fact_rental, shop
from taquilla.warehouse.star_postgres import Star, load_star

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection

FACTS = (fact_rental.fullname, fact_payment.fullname)
STAR = Star("rentals", shop, frozenset(FACTS), FACTS, rental_marks, is_rental_mark, FILE, LOAD)


def load_rentals(connection: "Connection", file: duckdb.Connection) -> LoadedRentals:
    """Bring the star to what the file says; in the caller's transaction, after `begin`."""
    loaded = load_star(connection, file, STAR)
    return LoadedRentals(*loaded.rows, loaded.is_whole)
