"""What a rental and a payment take from the curated tables and from the dimensions, and when they take it anew."""

# ruff: noqa: S608 - the names in these statements come from constants, never from input.

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that facts take from the dimensions: `key` names it in the fact, `sql` tells all that they take."""

    name: str
    key: str
    sql: str

    def moved(self) -> str:
        """The keys of which another thing is told now than before, as SQL."""
        before, now = f"select * from {self.name}_before", self.sql
        return f"select {self.key} from (({before} except {now}) union ({now} except {before}))"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the star: its table, its key, the curated table, and the select that makes its rows of `{source}`.

    changed: the temporary table of the keys to write. also: where else a change comes from, as SQL that gives keys.
    """

    table: str
    key: str
    curated: str
    changed: str
    rows: str
    watched: tuple[Watched, ...]
    also: str = ""

    def insert(self, load_seq: int, only: str = "") -> str:
        """Insert the rows, as SQL. only: a join that narrows the curated rows."""
        rows = self.rows.format(source=f"(select * from curated_{self.curated} {only})")
        return f"insert into {self.table} by name select *, {load_seq:d} as load_seq from ({rows})"

    def select_changed(self, since: int) -> str:
        """The keys of the rows to write, as SQL: new in the curated table, or moved by what they take."""
        moved = "".join(
            f" union select {self.key} from {self.table} where {watched.key} in ({watched.moved()})"
            for watched in self.watched
        )
        return f"select {self.key} from curated_{self.curated} where raw_seq >= {since:d}{moved}{self.also}"


def _then(moment: str) -> str:
    """The customer as they were at that moment, as a join."""
    return f"""join shop.dim_customer as k on k.customer_id = r.customer_id
            and {moment} >= coalesce(k.valid_from, timestamptz '-infinity')
            and {moment} < coalesce(k.valid_to, timestamptz 'infinity')"""


COPIES = Watched(
    "copies",
    "inventory_id",
    """select c.inventory_id, c.film_id, c.store_id, f.rental_duration_days
    from shop.dim_copy as c left join shop.dim_film as f on f.film_id = c.film_id""",
)
CUSTOMERS = Watched(
    "customers",
    "customer_id",
    "select customer_id, customer_key, valid_from, valid_to, store_id from shop.dim_customer",
)
STAFF = Watched("staff", "staff_id", "select staff_id, store_id from shop.dim_staff")

# A refused cell says neither that the copy is back nor that it is still out.
_UNREADABLE = """left join (
                select distinct raw_seq from curated_rental_repairs
                where "table" = 'rentals' and "column" = 'returned_at' and made is null
            ) as u on u.raw_seq = r.raw_seq"""

RENTALS = Fact(
    table="shop.fact_rental",
    key="rental_id",
    curated="rentals",
    changed="changed_rentals",
    rows=f"""
        select *, days_late > 0 as is_late
        from (
            select r.rental_id, r.rented_at, cast(r.rented_at as date) as rented_on,
                   cast(extract(hour from r.rented_at) as integer) as rented_hour,
                   r.inventory_id, c.film_id, c.store_id, r.customer_id, k.customer_key,
                   k.store_id as customer_store_id, r.staff_id, r.returned_at,
                   r.rented_at + to_days(cast(c.rental_duration_days as integer)) as due_at,
                   cast(cast(r.returned_at as date) - cast(r.rented_at as date) as integer) as days_out,
                   case when days_out <= c.rental_duration_days then 0
                        else cast(days_out - c.rental_duration_days as integer) end as days_late,
                   case when r.returned_at is not null then false when u.raw_seq is null then true end as is_open
            from {{source}} as r
            join ({COPIES.sql}) as c on c.inventory_id = r.inventory_id
            {_then("r.rented_at")}
            {_UNREADABLE})""",
    watched=(COPIES, CUSTOMERS),
)

PAYMENTS = Fact(
    table="shop.fact_payment",
    key="payment_id",
    curated="payments",
    changed="changed_payments",
    rows=f"""
        select r.payment_id, r.paid_at, cast(r.paid_at as date) as paid_on, r.amount, r.customer_id, k.customer_key,
               r.staff_id, r.rental_id, f.film_id, f.store_id, s.store_id as staff_store_id
        from {{source}} as r
        {_then("r.paid_at")}
        left join shop.fact_rental as f on f.rental_id = r.rental_id
        left join shop.dim_staff as s on s.staff_id = r.staff_id""",
    watched=(CUSTOMERS, STAFF),
    also=""" union select payment_id from shop.fact_payment
        where rental_id in (select rental_id from changed_rentals)""",
)

# In this order: payments take their film and store from the rentals.
FACTS = (RENTALS, PAYMENTS)
