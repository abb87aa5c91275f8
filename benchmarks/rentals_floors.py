"""What a script would do instead: bare readers of the shop's database, and a star by plain SQL over the landed files.

They keep no copy of what they read, check and repair nothing, and cannot resume or go on from where they were.
"""

from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import connectorx
import duckdb
import pymysql

from benchmarks import rentals_shop
from benchmarks.rentals_road import warehouse
from benchmarks.road import MEMORY_LIMIT

BATCH_ROWS = 50_000
# It is so slow that ten million would take longer than everything else.
CURSOR_ROWS = 1_000_000


def tables(url: str) -> list[str]:
    """The names of the shop's tables."""
    with closing(rentals_shop.bare(url)) as connection, connection.cursor() as cursor:
        cursor.execute("show tables")
        return [row[0] for row in cursor.fetchall()]


def with_connectorx(url: str) -> dict[str, Any]:
    """Every table in connectorx' Arrow batches, which nobody keeps."""
    names = tables(url)
    return {"rows": sum(batch.num_rows for name in names for batch in batches(url, name))}


def batches(url: str, table: str) -> Any:
    """A table's rows by connectorx, in the order of nothing."""
    secret = quote(rentals_shop.options(url).password or "")
    address = url.replace("@", f":{secret}@", 1)
    return connectorx.read_sql(
        address,
        f"select * from `{table}`",  # noqa: S608 - the database's own name
        return_type="arrow_stream",
        batch_size=BATCH_ROWS,
    )


def with_cursor(url: str) -> dict[str, Any]:
    """The first million rows of every table through PyMySQL's SSCursor, as Python's own values, which nobody keeps."""
    rows = 0
    for name in tables(url):
        with closing(rentals_shop.bare(url)) as connection:
            cursor = connection.cursor(pymysql.cursors.SSCursor)
            cursor.execute(f"select * from `{name}` limit {CURSOR_ROWS:d}")  # noqa: S608 - the database's own name
            while found := cursor.fetchmany(BATCH_ROWS):
                rows += len(found)
    return {"rows": rows}


def star(folder: str) -> dict[str, Any]:
    """Raw → the star's dimensions and facts by plain SQL, with the same memory."""
    path = Path(folder, "floor.duckdb")
    path.unlink(missing_ok=True)
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set preserve_insertion_order = false")
        for name in _RAW:
            files = f"{folder}/lake/raw/shop_{name}/bucket=*/*.parquet"
            connection.execute(f"create view {name} as select * from read_parquet('{files}')")  # noqa: S608
        for table, sql in _STAR.items():
            connection.execute(f"create table {table} as {sql}")
        return {"rows": sum(_count(connection, table) for table in ("fact_rental", "fact_payment"))}


def agree(folder: str) -> None:
    """AssertionError: the two stars have not the same rows, money or late returns."""
    asked = (
        "select (select count(*) from {0}fact_rental), (select count(*) from {0}fact_payment), "
        "(select sum(amount) from {0}fact_payment), (select count(*) from {0}fact_rental where is_late), "
        "(select count(*) from {0}dim_customer), (select sum(film_id) from {0}fact_payment)"
    )
    found = []
    for path, schema in ((warehouse(folder), "shop."), (Path(folder, "floor.duckdb"), "")):
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            found.append(connection.execute(asked.format(schema)).fetchone())
    assert found[0] == found[1], f"not the same: taquilla {found[0]}, floor {found[1]}"


def is_told(url: str, folder: str) -> None:
    """AssertionError: the star has not the shop's rentals as they are now."""
    with closing(rentals_shop.bare(url)) as shop, shop.cursor() as cursor:
        cursor.execute("select count(*), count(return_date), sum(to_seconds(return_date) - 62167219200) from rental")
        there = cursor.fetchone()
    with closing(duckdb.connect(str(warehouse(folder)), read_only=True)) as connection:
        asked = "select count(*), count(returned_at), sum(epoch_ms(returned_at) // 1000) from shop.fact_rental"
        told = connection.execute(asked).fetchone()
    assert there == told, f"the shop has {there}, the star tells {told}"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()  # noqa: S608 - a constant
    return int(rows)


_RAW = ("film", "inventory", "rental", "payment", "customer", "store", "staff", "address", "city", "country")
_STAR = {
    "dim_film": "select film_id, title, release_year, rental_duration, rental_rate, replacement_cost, rating from film",
    "dim_copy": "select inventory_id, film_id, store_id from inventory",
    "dim_store": "select store_id, manager_staff_id, city, country from store "
    "join address using (address_id) join city using (city_id) join country using (country_id)",
    "dim_staff": "select staff_id, first_name, last_name, email, store_id, active from staff",
    "dim_customer": "select customer_id, first_name, last_name, email, store_id, active, create_date, city, country "
    "from customer join address using (address_id) join city using (city_id) join country using (country_id)",
    "fact_rental": """
        select *, days_out > rental_duration as is_late, greatest(days_out - rental_duration, 0) as days_late
        from (
            select r.rental_id, r.rental_date, cast(r.rental_date as date) as rented_on, hour(r.rental_date) as hour,
                   r.inventory_id, c.film_id, c.store_id, r.customer_id, k.store_id as customer_store_id, r.staff_id,
                   r.return_date, r.rental_date + to_days(cast(f.rental_duration as integer)) as due_at,
                   f.rental_duration, cast(r.return_date as date) - cast(r.rental_date as date) as days_out
            from rental as r
            join dim_copy as c using (inventory_id)
            join dim_film as f using (film_id)
            join dim_customer as k on k.customer_id = r.customer_id)""",
    "fact_payment": """
        select p.payment_id, p.payment_date, cast(p.payment_date as date) as paid_on, p.amount, p.customer_id,
               p.staff_id, p.rental_id, r.film_id, r.store_id, s.store_id as staff_store_id
        from payment as p
        left join fact_rental as r using (rental_id)
        left join dim_staff as s on s.staff_id = p.staff_id""",
}
