"""A shop's star: dimensions, facts, and what was repaired, refused or names nobody; for both roles.

Revision 0003, after 0002. It stays as it is, whatever `rentals_model.py` becomes.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Text,
)

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None

TEXT = Text(collation="C")
MOMENT = DateTime(timezone=True)
MONEY = Numeric(12, 2)

LOADER, READER = "taquilla_loader", "taquilla_reader"
WRITING = "select, insert, update, delete"


def upgrade() -> None:
    """Create the schema and its tables, and grant each role what it needs there."""
    op.execute("create schema shop")
    for make in (_dates, _films, _stores, _copies, _customers, _staff):
        make()
    _named_by_films()
    _told_of_the_source()
    _rentals()
    _payments()
    for statement in _granted():
        op.execute(statement)


def _granted() -> list[str]:
    return [
        "revoke all on schema shop from public",
        f"grant usage on schema shop to {LOADER}, {READER}",
        f"grant select on all tables in schema shop to {READER}",
        f"grant {WRITING} on all tables in schema shop to {LOADER}",
        f"alter default privileges in schema shop grant select on tables to {READER}",
        f"alter default privileges in schema shop grant {WRITING} on tables to {LOADER}",
    ]


def _dates() -> None:
    op.create_table(
        "dim_date",
        Column("day", Date(), nullable=False),
        Column("year", Integer(), nullable=False),
        Column("quarter", Integer(), nullable=False),
        Column("month", Integer(), nullable=False),
        Column("month_begins_on", Date(), nullable=False),
        Column("iso_year", Integer(), nullable=False),
        Column("iso_week", Integer(), nullable=False),
        Column("weekday", Integer(), nullable=False, comment="1 is Monday"),
        Column("is_weekend", Boolean(), nullable=False),
        Column(
            "is_trading", Boolean(), nullable=False, comment="something was rented or returned, and it is no artefact"
        ),
        Column(
            "is_artefact",
            Boolean(),
            nullable=False,
            comment="ten rentals or more, all of one second, which is rare in this shop",
        ),
        PrimaryKeyConstraint("day", name="pk_dim_date"),
        schema="shop",
    )


def _films() -> None:
    op.create_table(
        "dim_film",
        Column("film_id", BigInteger(), autoincrement=False, nullable=False, comment="the shop's own film id"),
        Column("title", TEXT, nullable=True),
        Column("description", TEXT, nullable=True),
        Column("release_year", Integer(), nullable=True),
        Column("language", TEXT, nullable=True),
        Column("original_language", TEXT, nullable=True),
        Column("rental_duration_days", BigInteger(), nullable=True, comment="days within which a copy is due back"),
        Column("rental_rate", MONEY, nullable=True, comment="the price of a rental"),
        Column("length_min", BigInteger(), nullable=True, comment="minutes"),
        Column("replacement_cost", MONEY, nullable=True, comment="what a new copy costs"),
        Column("rating", TEXT, nullable=True),
        Column("special_features", TEXT, nullable=True),
        Column("vote_count", BigInteger(), nullable=True),
        Column(
            "category", TEXT, nullable=True, comment="the first of its categories by name; all are in film_categories"
        ),
        Column(
            "catalogue_film_id", BigInteger(), nullable=True, comment="movies.film_id; null: no film of the catalogue"
        ),
        Column("link_method", TEXT, nullable=True, comment="how it was found: title_and_year, ..., none, ambiguous"),
        Column("link_confidence", Double(), nullable=True, comment="0 to 1"),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        PrimaryKeyConstraint("film_id", name="pk_dim_film"),
        schema="shop",
    )
    op.create_index("ix_dim_film_catalogue_film_id", "dim_film", ["catalogue_film_id"], schema="shop")


def _stores() -> None:
    op.create_table(
        "dim_store",
        Column("store_id", BigInteger(), autoincrement=False, nullable=False),
        Column("manager_staff_id", BigInteger(), nullable=True),
        Column("manager", TEXT, nullable=True),
        Column("address", TEXT, nullable=True),
        Column("district", TEXT, nullable=True),
        Column("city", TEXT, nullable=True),
        Column("country", TEXT, nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        PrimaryKeyConstraint("store_id", name="pk_dim_store"),
        schema="shop",
    )


def _copies() -> None:
    op.create_table(
        "dim_copy",
        Column("inventory_id", BigInteger(), autoincrement=False, nullable=False),
        Column("film_id", BigInteger(), nullable=True),
        Column("store_id", BigInteger(), nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        ForeignKeyConstraint(["film_id"], ["shop.dim_film.film_id"], name="fk_dim_copy_film_id"),
        ForeignKeyConstraint(["store_id"], ["shop.dim_store.store_id"], name="fk_dim_copy_store_id"),
        PrimaryKeyConstraint("inventory_id", name="pk_dim_copy"),
        schema="shop",
    )
    op.create_index("ix_dim_copy_film_id", "dim_copy", ["film_id"], schema="shop")
    op.create_index("ix_dim_copy_store_id", "dim_copy", ["store_id"], schema="shop")


def _customers() -> None:
    op.create_table(
        "dim_customer",
        Column(
            "customer_key",
            BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="a customer as they were between valid_from and valid_to; the same in every load",
        ),
        Column("customer_id", BigInteger(), nullable=False),
        Column("first_name", TEXT, nullable=True),
        Column("last_name", TEXT, nullable=True),
        Column("email", TEXT, nullable=True),
        Column("phone", TEXT, nullable=True),
        Column("store_id", BigInteger(), nullable=True),
        Column("address", TEXT, nullable=True),
        Column("district", TEXT, nullable=True),
        Column("postal_code", TEXT, nullable=True),
        Column("city", TEXT, nullable=True),
        Column("country", TEXT, nullable=True),
        Column("segment", TEXT, nullable=True),
        Column("old_customer_id", TEXT, nullable=True),
        Column("is_active", Boolean(), nullable=True),
        Column("created_at", MOMENT, nullable=True),
        Column("valid_from", MOMENT, nullable=True, comment="null: the first that is known, valid since ever"),
        Column(
            "valid_to",
            MOMENT,
            nullable=True,
            comment="null: still valid; the moment itself belongs to the next version",
        ),
        Column("is_current", Boolean(), nullable=False),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        ForeignKeyConstraint(["store_id"], ["shop.dim_store.store_id"], name="fk_dim_customer_store_id"),
        PrimaryKeyConstraint("customer_key", name="pk_dim_customer"),
        schema="shop",
    )
    op.create_index("ix_dim_customer_customer_id", "dim_customer", ["customer_id"], schema="shop")
    op.create_index("ix_dim_customer_store_id", "dim_customer", ["store_id"], schema="shop")


def _staff() -> None:
    op.create_table(
        "dim_staff",
        Column("staff_id", BigInteger(), autoincrement=False, nullable=False),
        Column("first_name", TEXT, nullable=True),
        Column("last_name", TEXT, nullable=True),
        Column("email", TEXT, nullable=True),
        Column("username", TEXT, nullable=True),
        Column("store_id", BigInteger(), nullable=True),
        Column("is_active", Boolean(), nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        ForeignKeyConstraint(["store_id"], ["shop.dim_store.store_id"], name="fk_dim_staff_store_id"),
        PrimaryKeyConstraint("staff_id", name="pk_dim_staff"),
        schema="shop",
    )
    op.create_index("ix_dim_staff_store_id", "dim_staff", ["store_id"], schema="shop")


def _named_by_films() -> None:
    op.create_table(
        "film_categories",
        Column("film_id", BigInteger(), nullable=False),
        Column("category_id", BigInteger(), nullable=False),
        Column("category", TEXT, nullable=True),
        ForeignKeyConstraint(["film_id"], ["shop.dim_film.film_id"], name="fk_film_categories_film_id"),
        PrimaryKeyConstraint("film_id", "category_id", name="pk_film_categories"),
        schema="shop",
    )
    op.create_table(
        "actors",
        Column("actor_id", BigInteger(), autoincrement=False, nullable=False),
        Column("first_name", TEXT, nullable=True),
        Column("last_name", TEXT, nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        PrimaryKeyConstraint("actor_id", name="pk_actors"),
        schema="shop",
    )
    op.create_table(
        "film_actors",
        Column("actor_id", BigInteger(), nullable=False),
        Column("film_id", BigInteger(), nullable=False),
        ForeignKeyConstraint(["actor_id"], ["shop.actors.actor_id"], name="fk_film_actors_actor_id"),
        ForeignKeyConstraint(["film_id"], ["shop.dim_film.film_id"], name="fk_film_actors_film_id"),
        PrimaryKeyConstraint("actor_id", "film_id", name="pk_film_actors"),
        schema="shop",
    )
    op.create_index("ix_film_actors_film_id", "film_actors", ["film_id"], schema="shop")


def _told_of_the_source() -> None:
    op.create_table(
        "repairs",
        Column("table_name", TEXT, nullable=False, comment="the curated table"),
        Column("raw_seq", BigInteger(), nullable=False),
        Column("column_name", TEXT, nullable=False),
        Column("rule", TEXT, nullable=False),
        Column("key", TEXT, nullable=True, comment="the row's key"),
        Column("found", TEXT, nullable=True),
        Column("made", TEXT, nullable=True, comment="null: the cell was refused"),
        Column("changed_at", MOMENT, nullable=True),
        PrimaryKeyConstraint("table_name", "raw_seq", "column_name", "rule", name="pk_repairs"),
        schema="shop",
    )
    op.create_table(
        "rejected",
        Column("table_name", TEXT, nullable=False, comment="the curated table"),
        Column("raw_seq", BigInteger(), nullable=False),
        Column("key", TEXT, nullable=True),
        Column("landed_at", MOMENT, nullable=True),
        Column("rule", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("record", TEXT, nullable=True, comment="the row as it came, as JSON"),
        PrimaryKeyConstraint("table_name", "raw_seq", name="pk_rejected"),
        schema="shop",
    )
    op.create_table(
        "orphans",
        Column("table_name", TEXT, nullable=False, comment="the curated table"),
        Column("column_name", TEXT, nullable=False),
        Column("refers_to", TEXT, nullable=False),
        Column("rows", BigInteger(), nullable=False, comment="rows whose key is not there"),
        Column("keys", BigInteger(), nullable=False, comment="different keys that are not there"),
        Column("rows_referred_to", BigInteger(), nullable=False, comment="0: the source has no such table"),
        PrimaryKeyConstraint("table_name", "column_name", name="pk_orphans"),
        schema="shop",
    )


def _rentals() -> None:
    op.create_table(
        "fact_rental",
        Column("rental_id", BigInteger(), autoincrement=False, nullable=False),
        Column("rented_at", MOMENT, nullable=False, comment="the shop's wall clock"),
        Column("rented_on", Date(), nullable=False),
        Column("rented_hour", Integer(), nullable=False, comment="0 to 23"),
        Column("inventory_id", BigInteger(), nullable=False),
        Column("film_id", BigInteger(), nullable=True),
        Column("store_id", BigInteger(), nullable=True, comment="where the copy stands"),
        Column("customer_id", BigInteger(), nullable=False),
        Column("customer_key", BigInteger(), nullable=False, comment="the customer as they were then"),
        Column("customer_store_id", BigInteger(), nullable=True, comment="the customer's own store then"),
        Column("staff_id", BigInteger(), nullable=True),
        Column("returned_at", MOMENT, nullable=True, comment="null: not returned yet, or not known"),
        Column("due_at", MOMENT, nullable=True),
        Column("days_out", Integer(), nullable=True, comment="calendar days; null while it is out"),
        Column(
            "days_late",
            Integer(),
            nullable=True,
            comment="calendar days beyond those allowed, 0 in time; null while it is out",
        ),
        Column(
            "is_open",
            Boolean(),
            nullable=True,
            comment="null: the source's cell could not be read, see shop.repairs",
        ),
        Column(
            "is_late",
            Boolean(),
            nullable=True,
            comment="null while it is out, or where nobody says how long it was for",
        ),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["rented_on"], ["shop.dim_date.day"], name="fk_fact_rental_rented_on"),
        ForeignKeyConstraint(["inventory_id"], ["shop.dim_copy.inventory_id"], name="fk_fact_rental_inventory_id"),
        ForeignKeyConstraint(["film_id"], ["shop.dim_film.film_id"], name="fk_fact_rental_film_id"),
        ForeignKeyConstraint(["store_id"], ["shop.dim_store.store_id"], name="fk_fact_rental_store_id"),
        ForeignKeyConstraint(["customer_key"], ["shop.dim_customer.customer_key"], name="fk_fact_rental_customer_key"),
        ForeignKeyConstraint(
            ["customer_store_id"], ["shop.dim_store.store_id"], name="fk_fact_rental_customer_store_id"
        ),
        ForeignKeyConstraint(["staff_id"], ["shop.dim_staff.staff_id"], name="fk_fact_rental_staff_id"),
        PrimaryKeyConstraint("rental_id", name="pk_fact_rental"),
        schema="shop",
    )
    op.create_index("ix_fact_rental_customer_id", "fact_rental", ["customer_id"], schema="shop")
    op.create_index("ix_fact_rental_customer_key", "fact_rental", ["customer_key"], schema="shop")
    op.create_index("ix_fact_rental_customer_store_id", "fact_rental", ["customer_store_id"], schema="shop")
    op.create_index("ix_fact_rental_film_id", "fact_rental", ["film_id"], schema="shop")
    op.create_index("ix_fact_rental_inventory_id", "fact_rental", ["inventory_id"], schema="shop")
    op.create_index("ix_fact_rental_rented_at", "fact_rental", ["rented_at"], schema="shop")
    op.create_index("ix_fact_rental_rented_on", "fact_rental", ["rented_on"], schema="shop")
    op.create_index("ix_fact_rental_staff_id", "fact_rental", ["staff_id"], schema="shop")
    op.create_index("ix_fact_rental_store_id", "fact_rental", ["store_id"], schema="shop")


def _payments() -> None:
    op.create_table(
        "fact_payment",
        Column("payment_id", BigInteger(), autoincrement=False, nullable=False),
        Column("paid_at", MOMENT, nullable=False, comment="the shop's wall clock"),
        Column("paid_on", Date(), nullable=False),
        Column("amount", MONEY, nullable=False),
        Column("customer_id", BigInteger(), nullable=False),
        Column("customer_key", BigInteger(), nullable=False, comment="the customer as they were then"),
        Column("staff_id", BigInteger(), nullable=True),
        Column(
            "rental_id", BigInteger(), nullable=True, comment="null: for no rental; it may name one that is not there"
        ),
        Column("film_id", BigInteger(), nullable=True, comment="the rental's"),
        Column("store_id", BigInteger(), nullable=True, comment="where the rental's copy stands"),
        Column("staff_store_id", BigInteger(), nullable=True, comment="where who took it works"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["paid_on"], ["shop.dim_date.day"], name="fk_fact_payment_paid_on"),
        ForeignKeyConstraint(["customer_key"], ["shop.dim_customer.customer_key"], name="fk_fact_payment_customer_key"),
        ForeignKeyConstraint(["staff_id"], ["shop.dim_staff.staff_id"], name="fk_fact_payment_staff_id"),
        ForeignKeyConstraint(["film_id"], ["shop.dim_film.film_id"], name="fk_fact_payment_film_id"),
        ForeignKeyConstraint(["store_id"], ["shop.dim_store.store_id"], name="fk_fact_payment_store_id"),
        ForeignKeyConstraint(["staff_store_id"], ["shop.dim_store.store_id"], name="fk_fact_payment_staff_store_id"),
        PrimaryKeyConstraint("payment_id", name="pk_fact_payment"),
        schema="shop",
    )
    op.create_index("ix_fact_payment_customer_id", "fact_payment", ["customer_id"], schema="shop")
    op.create_index("ix_fact_payment_customer_key", "fact_payment", ["customer_key"], schema="shop")
    op.create_index("ix_fact_payment_film_id", "fact_payment", ["film_id"], schema="shop")
    op.create_index("ix_fact_payment_paid_on", "fact_payment", ["paid_on"], schema="shop")
    op.create_index("ix_fact_payment_rental_id", "fact_payment", ["rental_id"], schema="shop")
    op.create_index("ix_fact_payment_staff_id", "fact_payment", ["staff_id"], schema="shop")
    op.create_index("ix_fact_payment_staff_store_id", "fact_payment", ["staff_store_id"], schema="shop")
    op.create_index("ix_fact_payment_store_id", "fact_payment", ["store_id"], schema="shop")


def downgrade() -> None:
    """Drop all of it, and what was granted with it."""
    op.execute(f"alter default privileges in schema shop revoke all on tables from {LOADER}, {READER}")
    for table in (
        "fact_payment",
        "fact_rental",
        "orphans",
        "rejected",
        "repairs",
        "film_actors",
        "actors",
        "film_categories",
        "dim_staff",
        "dim_customer",
        "dim_copy",
        "dim_store",
        "dim_film",
        "dim_date",
    ):
        op.drop_table(table, schema="shop")
    op.execute("drop schema shop")
