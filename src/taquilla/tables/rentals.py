"""A rental shop: what its database, its workbook or its files hold, table by table, and what they mean in curated.

The source tables have the names of the Sakila example; `table_of` knows others. Where the source calls a column
otherwise, the contract's column says so. Money has no currency of its own: it is the shop's. Passwords, pictures and
positions are never read.
"""

from collections.abc import Iterable

import dataframely as dy

from taquilla.tables.cell_reading import MOMENTS
from taquilla.tables.clean_tables import CleanTable, Order, Parent, source

MAX_MONEY = 10**9
_CHANGED_AT = "when the source last changed the row"


def _key(description: str) -> dy.Int64:
    return dy.Int64(primary_key=True, min=0, description=description)


def _id(description: str | None = None, *names: str, nullable: bool = True) -> dy.Int64:
    return dy.Int64(nullable=nullable, min=0, metadata=source(*names), description=description)


def _text(length: int = 1_000, *names: str, nullable: bool = True, kind: str = "text") -> dy.String:
    # What must have a name has one of at least a letter.
    shortest = None if nullable else 1
    return dy.String(nullable=nullable, min_length=shortest, max_length=length, metadata=source(*names, kind=kind))


def _name(length: int = 200, *names: str) -> dy.String:
    return _text(length, *names, kind="name")


def _moment(*names: str, nullable: bool = True, description: str | None = None) -> dy.Datetime:
    return dy.Datetime(
        nullable=nullable,
        time_unit="us",
        time_zone="UTC",
        min=MOMENTS[0],
        max=MOMENTS[1],
        metadata=source(*names),
        description=description,
    )


def _money(*names: str, nullable: bool = True, description: str | None = None) -> dy.Decimal:
    return dy.Decimal(12, 2, nullable=nullable, min=0, max=MAX_MONEY, metadata=source(*names), description=description)


class ShopTable(dy.Schema):
    """What every curated table of the shop has beside its own columns."""

    changed_at = _moment("last_update", description=_CHANGED_AT)
    raw_seq = dy.Int64(min=0, description="the row of raw that stands here")
    bucket = dy.Int64(min=0)


class RentalFilms(ShopTable):
    """`curated.rental_films`: the shop's own films; `film_links` ties them to the catalogue's."""

    film_id = _key("the shop's own number, not TMDB's")
    title = _text(500, nullable=False)
    description = _text(65_535)
    release_year = dy.Int32(nullable=True, min=1870, max=2199)
    language_id = _id()
    original_language_id = _id()
    rental_duration_days = dy.Int64(nullable=True, min=0, max=36_500, metadata=source("rental_duration"))
    rental_rate = _money()
    length_min = dy.Int64(nullable=True, min=1, max=100_000, metadata=source("length"), description="minutes")
    replacement_cost = _money()
    rating = _text(20)
    special_features = _text()
    vote_count = dy.Int64(nullable=True, min=0, max=10**12, metadata=source("num_voted_users"))


class RentalLanguages(ShopTable):
    """`curated.rental_languages`."""

    language_id = _key("the shop's own number")
    name = _text(nullable=False)


class Inventory(ShopTable):
    """`curated.inventory`: one row a copy of a film."""

    inventory_id = _key("a copy of a film")
    film_id = _id(nullable=False)
    store_id = _id()


class Rentals(ShopTable):
    """`curated.rentals`: one row a copy that a customer took with him."""

    rental_id = _key("a rental")
    rented_at = _moment("rental_date", nullable=False)
    inventory_id = _id(nullable=False)
    customer_id = _id(nullable=False)
    returned_at = _moment("return_date", description="null: not yet, or not known")
    staff_id = _id()


class Payments(ShopTable):
    """`curated.payments`: one row a payment; some belong to no rental."""

    payment_id = _key("a payment")
    customer_id = _id(nullable=False)
    staff_id = _id()
    rental_id = _id()
    amount = _money(nullable=False)
    paid_at = _moment("payment_date", nullable=False)


class Customers(ShopTable):
    """`curated.customers`: every version of a customer."""

    customer_id = _key("a customer")
    store_id = _id()
    first_name = _name()
    last_name = _name()
    email = _name(320)
    address_id = _id()
    is_active = dy.Bool(nullable=True, metadata=source("active", "activebool"))
    created_at = _moment("create_date")
    segment = _name()
    old_customer_id = _name(200, "customer_id_old", "old_customer_id")
    raw_seq = dy.Int64(primary_key=True, min=0, description="the row of raw that stands here")


class Stores(ShopTable):
    """`curated.stores`."""

    store_id = _key("a shop")
    manager_staff_id = _id()
    address_id = _id()


class Staff(ShopTable):
    """`curated.staff`; without passwords and pictures."""

    staff_id = _key("who serves at the counter")
    first_name = _name()
    last_name = _name()
    email = _name(320)
    address_id = _id()
    store_id = _id()
    is_active = dy.Bool(nullable=True, metadata=source("active"))
    username = _name()


class Addresses(ShopTable):
    """`curated.addresses`."""

    address_id = _key("an address")
    address = _text()
    address2 = _text()
    district = _text()
    city_id = _id()
    postal_code = _text(50)
    phone = _text(50)


class Cities(ShopTable):
    """`curated.cities`."""

    city_id = _key("a city")
    city = _text(nullable=False)
    country_id = _id()


class ShopCountries(ShopTable):
    """`curated.shop_countries`."""

    country_id = _key("the shop's own number")
    country = _text(nullable=False)


class Categories(ShopTable):
    """`curated.categories`."""

    category_id = _key("a category of films")
    name = _text(nullable=False)


class RentalFilmCategories(ShopTable):
    """`curated.rental_film_categories`."""

    film_id = _key("the shop's own number")
    category_id = _key("a category of films")


class RentalActors(ShopTable):
    """`curated.rental_actors`."""

    actor_id = _key("the shop's own number")
    first_name = _name()
    last_name = _name()


class RentalFilmActors(ShopTable):
    """`curated.rental_film_actors`."""

    actor_id = _key("the shop's own number")
    film_id = _key("the shop's own number")


def _parents(**tables: str) -> tuple[Parent, ...]:
    return tuple(Parent(column, table, _KEYS.get(column, column)) for column, table in tables.items())


_KEYS = {"original_language_id": "language_id", "manager_staff_id": "staff_id"}

_TABLES = (
    CleanTable(
        "film",
        "rental_films",
        RentalFilms,
        ("film_id",),
        parents=_parents(language_id="rental_languages", original_language_id="rental_languages"),
        aliases=("films", "movie", "movies"),
    ),
    CleanTable("language", "rental_languages", RentalLanguages, ("language_id",), aliases=("languages",)),
    CleanTable(
        "inventory",
        "inventory",
        Inventory,
        ("inventory_id",),
        parents=_parents(film_id="rental_films", store_id="stores"),
        aliases=("inventories", "copies", "copy"),
    ),
    CleanTable(
        "rental",
        "rentals",
        Rentals,
        ("rental_id",),
        parents=_parents(inventory_id="inventory", customer_id="customers", staff_id="staff"),
        aliases=("rentals",),
        orders=(Order("rented_at", "returned_at", "not_before_rented_at"),),
    ),
    CleanTable(
        "payment",
        "payments",
        Payments,
        ("payment_id",),
        parents=_parents(customer_id="customers", staff_id="staff", rental_id="rentals"),
        aliases=("payments",),
        cursor=("last_update", "payment_date"),
    ),
    CleanTable(
        "customer",
        "customers",
        Customers,
        ("customer_id",),
        parents=_parents(store_id="stores", address_id="addresses"),
        aliases=("customers",),
        keeps_history=True,
    ),
    CleanTable(
        "store",
        "stores",
        Stores,
        ("store_id",),
        parents=_parents(manager_staff_id="staff", address_id="addresses"),
        aliases=("stores", "shop", "shops"),
    ),
    CleanTable(
        "staff",
        "staff",
        Staff,
        ("staff_id",),
        parents=_parents(address_id="addresses", store_id="stores"),
    ),
    CleanTable(
        "address",
        "addresses",
        Addresses,
        ("address_id",),
        parents=_parents(city_id="cities"),
        aliases=("addresses",),
    ),
    CleanTable(
        "city", "cities", Cities, ("city_id",), parents=_parents(country_id="shop_countries"), aliases=("cities",)
    ),
    CleanTable("country", "shop_countries", ShopCountries, ("country_id",), aliases=("countries",)),
    CleanTable("category", "categories", Categories, ("category_id",), aliases=("categories",)),
    CleanTable(
        "film_category",
        "rental_film_categories",
        RentalFilmCategories,
        ("film_id", "category_id"),
        parents=_parents(film_id="rental_films", category_id="categories"),
        aliases=("film_categories", "filmcategory"),
    ),
    CleanTable("actor", "rental_actors", RentalActors, ("actor_id",), aliases=("actors",)),
    CleanTable(
        "film_actor",
        "rental_film_actors",
        RentalFilmActors,
        ("actor_id", "film_id"),
        parents=_parents(actor_id="rental_actors", film_id="rental_films"),
        aliases=("film_actors", "filmactor"),
    ),
)

SHOP: dict[str, CleanTable] = {table.name: table for table in _TABLES}
CURATED: dict[str, CleanTable] = {table.curated: table for table in _TABLES}
_NAMES = {alias: table for table in _TABLES for alias in (*table.aliases, table.name)}


def table_of(name: str) -> CleanTable | None:
    """The shop's table that a source calls so: "film", "FILM", "Films.csv", "sakila.film", "data/rental.csv.gz"."""
    last = name.replace("\\", "/").rpartition("/")[2].strip().lower()
    known = (_NAMES.get(part.strip(' "`[]').replace(" ", "_").replace("-", "_")) for part in (last, *_stems(last)))
    return next((table for table in known if table is not None), None)


def _stems(name: str) -> Iterable[str]:
    """Without what names the kind of file, then without what names the schema."""
    for kind in _FILE_KINDS:
        if name.endswith(kind):
            yield name.removesuffix(kind)
            return
    yield name.rpartition(".")[2]


_FILE_KINDS = tuple(
    f".{kind}{packed}"
    for packed in ("", ".gz", ".zst")
    for kind in ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet")
)
