"""The curated tables of a shop as views in DuckDB, whichever of them the source has: a workbook has no payments."""

# ruff: noqa: S608 - a view's body takes no parameters; the names in it are constants, and its paths are quoted.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taquilla.warehouse.duckdb import Connection

_ALL = "changed_at timestamptz, raw_seq bigint"
_PERSON = "first_name text, last_name text"

# What is read of each curated table, by its name there.
CURATED = {
    "rental_films": "film_id bigint, title text, description text, release_year integer, language_id bigint, "
    "original_language_id bigint, rental_duration_days bigint, rental_rate decimal(12,2), length_min bigint, "
    "replacement_cost decimal(12,2), rating text, special_features text, vote_count bigint",
    "rental_languages": "language_id bigint, name text",
    "inventory": "inventory_id bigint, film_id bigint, store_id bigint",
    "rentals": "rental_id bigint, rented_at timestamptz, inventory_id bigint, customer_id bigint, "
    "returned_at timestamptz, staff_id bigint",
    "payments": "payment_id bigint, customer_id bigint, staff_id bigint, rental_id bigint, amount decimal(12,2), "
    "paid_at timestamptz",
    "customers": f"customer_id bigint, store_id bigint, {_PERSON}, email text, address_id bigint, is_active boolean, "
    "created_at timestamptz, segment text, old_customer_id text",
    "stores": "store_id bigint, manager_staff_id bigint, address_id bigint",
    "staff": f"staff_id bigint, {_PERSON}, email text, address_id bigint, store_id bigint, is_active boolean, "
    "username text",
    "addresses": "address_id bigint, address text, address2 text, district text, city_id bigint, postal_code text, "
    "phone text",
    "cities": "city_id bigint, city text, country_id bigint",
    "shop_countries": "country_id bigint, country text",
    "categories": "category_id bigint, name text",
    "rental_film_categories": "film_id bigint, category_id bigint",
    "rental_actors": f"actor_id bigint, {_PERSON}",
    "rental_film_actors": "actor_id bigint, film_id bigint",
    "rental_repairs": '"table" text, key text, "column" text, found text, made text, rule text',
    "film_links": "film_id bigint, catalogue_film_id bigint, method text, confidence double",
}
_QUARANTINE = "raw_seq bigint, key text, landed_at timestamptz, rule text, reason text, record text"
_WITHOUT_SEQ = ("film_links",)


@dataclass(frozen=True, slots=True)
class RentalFiles:
    """The Parquet files of one version of the curated tables, and how far that version has come in raw.

    files: by the curated table's name (`rentals`), and `quarantine.<name>` for what was refused of it; one that is
    absent or empty is a table that the source does not have. marks: `curated.<name>` → rows of raw that are in it, and
    whatever else tells one state of the lake from another.
    """

    files: Mapping[str, Sequence[str]]
    marks: dict[str, int] = field(default_factory=dict)


def attach(connection: Connection, files: RentalFiles) -> None:
    """`curated_<name>` for every table and `curated_refused` for all that was refused, as temporary views."""
    for name, columns in CURATED.items():
        more = "" if name in _WITHOUT_SEQ else f", {_ALL}"
        _view(connection, f"curated_{name}", _rows(columns + more, files.files.get(name, ())))
    refused = [
        f"select '{_quoted(name.removeprefix('quarantine.'))}' as table_name, * from ({_rows(_QUARANTINE, paths)})"
        for name, paths in sorted(files.files.items())
        if name.startswith("quarantine.")
    ]
    nothing = f"select null::text as table_name, * from ({_rows(_QUARANTINE, ())})"
    _view(connection, "curated_refused", " union all ".join(refused) or nothing)


def _view(connection: Connection, name: str, sql: str) -> None:
    connection.execute(f"create or replace temp view {name} as {sql}")


def _rows(columns: str, paths: Sequence[str]) -> str:
    """These columns of the files, in these types, as SQL; without files no rows."""
    named = [column.split(" ") for column in columns.split(", ")]
    if not paths:
        return f"select {', '.join(f'null::{kind} as {name}' for name, kind in named)} where false"
    selected = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in named)
    files = ", ".join(f"'{_quoted(path)}'" for path in paths)
    return f"select {selected} from read_parquet([{files}])"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
