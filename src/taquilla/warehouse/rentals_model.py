"""The star of a shop's rentals, schema `shop`: dimensions, facts, and what was repaired, refused or names nobody.

What a fact names and no source row tells is an inferred member (`is_inferred`), so that every key holds and money adds
up. Money is exact (two decimals); days are calendar days, as Sakila's own late fees count them.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
)

from taquilla.warehouse.model import NAMES, TEXT

shop = MetaData(schema="shop", naming_convention=NAMES)


def _key(name: str, comment: str | None = None) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False, comment=comment)


def _names(name: str, key: str, **more: Any) -> Column[Any]:
    """A column that names a row of another table of the star."""
    return Column(name, ForeignKey(f"shop.{key}"), index=True, **more)


def _moment(name: str, **more: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), **more)


def _money(name: str, **more: Any) -> Column[Any]:
    return Column(name, Numeric(12, 2), **more)


def _flag(name: str, **more: Any) -> Column[Any]:
    return Column(name, Boolean, **more)


def _inferred() -> Column[Any]:
    return _flag("is_inferred", nullable=False, comment="no row of the source tells of it; another row names it")


def _written() -> Column[Any]:
    return Column("load_seq", BigInteger, nullable=False, comment="the load of this file that wrote the row, from 1")


dim_film = Table(
    "dim_film",
    shop,
    _key("film_id", "the shop's own film id"),
    Column("title", TEXT),
    Column("description", TEXT),
    Column("release_year", Integer),
    Column("language", TEXT),
    Column("original_language", TEXT),
    Column("rental_duration_days", BigInteger, comment="days within which a copy is due back"),
    _money("rental_rate", comment="the price of a rental"),
    Column("length_min", BigInteger, comment="minutes"),
    _money("replacement_cost", comment="what a new copy costs"),
    Column("rating", TEXT),
    Column("special_features", TEXT),
    Column("vote_count", BigInteger),
    Column("category", TEXT, comment="the first of its categories by name; all are in film_categories"),
    Column("catalogue_film_id", BigInteger, index=True, comment="movies.film_id; null: no film of the catalogue"),
    Column("link_method", TEXT, comment="how it was found: title_and_year, ..., none, ambiguous"),
    Column("link_confidence", Double, comment="0 to 1"),
    _inferred(),
)

dim_store = Table(
    "dim_store",
    shop,
    _key("store_id"),
    Column("manager_staff_id", BigInteger),
    Column("manager", TEXT),
    Column("address", TEXT),
    Column("district", TEXT),
    Column("city", TEXT),
    Column("country", TEXT),
    _inferred(),
)

dim_staff = Table(
    "dim_staff",
    shop,
    _key("staff_id"),
    Column("first_name", TEXT),
    Column("last_name", TEXT),
    Column("email", TEXT),
    Column("username", TEXT),
    _names("store_id", "dim_store.store_id"),
    _flag("is_active"),
    _inferred(),
)

dim_customer = Table(
    "dim_customer",
    shop,
    _key("customer_key", "a customer as they were between valid_from and valid_to; the same in every load"),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("first_name", TEXT),
    Column("last_name", TEXT),
    Column("email", TEXT),
    Column("phone", TEXT),
    _names("store_id", "dim_store.store_id"),
    Column("address", TEXT),
    Column("district", TEXT),
    Column("postal_code", TEXT),
    Column("city", TEXT),
    Column("country", TEXT),
    Column("segment", TEXT),
    Column("old_customer_id", TEXT),
    _flag("is_active"),
    _moment("created_at"),
    _moment("valid_from", comment="null: the first that is known, valid since ever"),
    _moment("valid_to", comment="null: still valid; the moment itself belongs to the next version"),
    _flag("is_current", nullable=False),
    _inferred(),
)

dim_date = Table(
    "dim_date",
    shop,
    Column("day", Date, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("quarter", Integer, nullable=False),
    Column("month", Integer, nullable=False),
    Column("month_begins_on", Date, nullable=False),
    Column("iso_year", Integer, nullable=False),
    Column("iso_week", Integer, nullable=False),
    Column("weekday", Integer, nullable=False, comment="1 is Monday"),
    _flag("is_weekend", nullable=False),
    _flag("is_trading", nullable=False, comment="something was rented or returned, and it is no artefact"),
    _flag("is_artefact", nullable=False, comment="ten rentals or more, all of one second, which is rare in this shop"),
)

dim_copy = Table(
    "dim_copy",
    shop,
    _key("inventory_id"),
    _names("film_id", "dim_film.film_id"),
    _names("store_id", "dim_store.store_id"),
    _inferred(),
)

fact_rental = Table(
    "fact_rental",
    shop,
    _key("rental_id"),
    _moment("rented_at", nullable=False, comment="the shop's wall clock"),
    _names("rented_on", "dim_date.day", nullable=False),
    Column("rented_hour", Integer, nullable=False, comment="0 to 23"),
    _names("inventory_id", "dim_copy.inventory_id", nullable=False),
    _names("film_id", "dim_film.film_id"),
    _names("store_id", "dim_store.store_id", comment="where the copy stands"),
    Column("customer_id", BigInteger, nullable=False, index=True),
    _names("customer_key", "dim_customer.customer_key", nullable=False, comment="the customer as they were then"),
    _names("customer_store_id", "dim_store.store_id", comment="the customer's own store then"),
    _names("staff_id", "dim_staff.staff_id"),
    _moment("returned_at", comment="null: not returned yet, or not known"),
    _moment("due_at"),
    Column("days_out", Integer, comment="calendar days; null while it is out"),
    Column("days_late", Integer, comment="calendar days beyond those allowed, 0 in time; null while it is out"),
    _flag("is_open", comment="null: the source's cell could not be read, see shop.repairs"),
    _flag("is_late", comment="null while it is out, or where nobody says how long it was for"),
    _written(),
)

fact_payment = Table(
    "fact_payment",
    shop,
    _key("payment_id"),
    _moment("paid_at", nullable=False, comment="the shop's wall clock"),
    _names("paid_on", "dim_date.day", nullable=False),
    _money("amount", nullable=False),
    Column("customer_id", BigInteger, nullable=False, index=True),
    _names("customer_key", "dim_customer.customer_key", nullable=False, comment="the customer as they were then"),
    _names("staff_id", "dim_staff.staff_id"),
    Column("rental_id", BigInteger, index=True, comment="null: for no rental; it may name one that is not there"),
    _names("film_id", "dim_film.film_id", comment="the rental's"),
    _names("store_id", "dim_store.store_id", comment="where the rental's copy stands"),
    _names("staff_store_id", "dim_store.store_id", comment="where who took it works"),
    _written(),
)

film_categories = Table(
    "film_categories",
    shop,
    Column("film_id", ForeignKey("shop.dim_film.film_id"), primary_key=True, autoincrement=False),
    _key("category_id"),
    Column("category", TEXT),
)

actors = Table(
    "actors",
    shop,
    _key("actor_id"),
    Column("first_name", TEXT),
    Column("last_name", TEXT),
    _inferred(),
)

film_actors = Table(
    "film_actors",
    shop,
    Column("actor_id", ForeignKey("shop.actors.actor_id"), primary_key=True, autoincrement=False),
    Column("film_id", ForeignKey("shop.dim_film.film_id"), primary_key=True, autoincrement=False, index=True),
)

repairs = Table(
    "repairs",
    shop,
    Column("table_name", TEXT, primary_key=True, comment="the curated table"),
    _key("raw_seq"),
    Column("column_name", TEXT, primary_key=True),
    Column("rule", TEXT, primary_key=True),
    Column("key", TEXT, comment="the row's key"),
    Column("found", TEXT),
    Column("made", TEXT, comment="null: the cell was refused"),
    _moment("changed_at"),
)

rejected = Table(
    "rejected",
    shop,
    Column("table_name", TEXT, primary_key=True, comment="the curated table"),
    _key("raw_seq"),
    Column("key", TEXT),
    _moment("landed_at"),
    Column("rule", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("record", TEXT, comment="the row as it came, as JSON"),
)

orphans = Table(
    "orphans",
    shop,
    Column("table_name", TEXT, primary_key=True, comment="the curated table"),
    Column("column_name", TEXT, primary_key=True),
    Column("refers_to", TEXT, nullable=False),
    Column("rows", BigInteger, nullable=False, comment="rows whose key is not there"),
    Column("keys", BigInteger, nullable=False, comment="different keys that are not there"),
    Column("rows_referred_to", BigInteger, nullable=False, comment="0: the source has no such table"),
)

Index("ix_fact_rental_rented_at", fact_rental.c.rented_at)
