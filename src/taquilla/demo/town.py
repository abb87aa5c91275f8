"""The demo's town: a generated shop world over real films, as the shop's database would tell it.

    town = Town(seed=1, rentals=60_000)
    for batch in town.batches("rental"):
        ...

The films, their years, lengths, genres and casts are the built-in catalogue's facts. Everything else is generated and
stands for nobody: stores, people, prices, rentals, payments, and which traits of a film earn. The same numbers give the
same town on any machine. `Town(..., until=day)` is the same town read at an earlier midnight: what was rented, bought,
returned or changed later is not there yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa

from taquilla.demo.town_days import NO_TIME, Business, Payments, Rentals, joined
from taquilla.demo.town_films import TownFilm, choose_films
from taquilla.demo.town_people import Customers, Stores, enrol, open_stores
from taquilla.demo.town_places import address_batches, customer_batches, place_tables
from taquilla.demo.town_plan import Plan, make_plan
from taquilla.demo.town_shelves import film_tables, inventory_batches
from taquilla.demo.town_stock import Stock, buy_copies
from taquilla.demo.town_tables import KEYS, SCHEMAS, batch, moments, money

BATCH_ROWS: Final = 50_000
RENTAL, PAYMENT = "rental", "payment"


@dataclass(frozen=True, slots=True)
class World:
    """What the town has before its first day of business."""

    plan: Plan
    films: list[TownFilm]
    stores: Stores
    customers: Customers
    stock: Stock


class Town:
    """The fifteen tables of a rental shop's database (Sakila's), generated. SettingsError: a size that cannot be.

    rentals: how many there are by the end of its last day (31 December 2014). stores: one per 7,500 rentals a year
    unless told. until: the day at whose midnight the town is read; the end unless told.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        rentals: int = 60_000,
        stores: int | None = None,
        years: int = 2,
        films: int = 2_000,
        until: date | None = None,
    ) -> None:
        self.plan = make_plan(seed, rentals, stores, years, films)
        days = self.plan.days
        self._until = days if until is None else min(days, max(0, self.plan.day_of(until)))

    @property
    def is_whole(self) -> bool:
        """Whether it is read at its end."""
        return self._until == self.plan.days

    @cached_property
    def world(self) -> World:
        plan = self.plan
        films, stores = choose_films(plan), open_stores(plan)
        return World(plan, films, stores, enrol(plan, stores), buy_copies(plan, films, stores))

    @cached_property
    def _film_tables(self) -> dict[str, pa.RecordBatch]:
        return film_tables(self.plan, self.world.films, self._until)

    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in the order of the alphabet."""
        return tuple(SCHEMAS)

    def schema(self, table: str) -> pa.Schema:
        """The columns of a table; naive timestamps are the shop's own clock."""
        return SCHEMAS[table]

    def key(self, table: str) -> tuple[str, ...]:
        """The primary key of a table."""
        return KEYS[table]

    def batches(self, table: str, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The rows of a table in the order of its key; never more than a batch and the town's copies in memory."""
        if table in (RENTAL, PAYMENT):
            return (rows for _, rows in self.business(batch_rows, (table,)))
        return (part for rows in self._standing(table, batch_rows) for part in _cut(rows, batch_rows))

    def business(
        self, batch_rows: int = BATCH_ROWS, wanted: Sequence[str] = (RENTAL, PAYMENT)
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Rentals and payments in one go over the days, each batch with its table's name."""
        world = self.world
        waiting: dict[str, list[Rentals | Payments]] = {table: [] for table in wanted}
        rows = dict.fromkeys(wanted, 0)
        days = Business(world.plan, world.films, world.stores, world.customers, world.stock).days(self._until)
        for rentals, payments in days:
            for table, kept in waiting.items():
                of_day = rentals if table == RENTAL else payments
                if kept and rows[table] + len(of_day) > batch_rows:
                    yield from ((table, part) for part in _rows_of(kept, batch_rows))
                    kept.clear()
                    rows[table] = 0
                kept.append(of_day)
                rows[table] += len(of_day)
        for table, kept in waiting.items():
            yield from ((table, part) for part in _rows_of(kept, batch_rows))

    def _standing(self, table: str, batch_rows: int) -> Iterable[pa.RecordBatch]:
        world, until = self.world, self._until
        if table == "customer":
            return customer_batches(world.plan, world.stores, world.customers, until, batch_rows)
        if table == "address":
            return address_batches(world.plan, world.stores, world.customers, until, batch_rows)
        if table == "inventory":
            return inventory_batches(world.plan, world.stock, until, batch_rows)
        if table in ("city", "country", "staff", "store"):
            return (place_tables(world.plan, world.stores, until)[table],)
        return (self._film_tables[table],)


def _rows_of(days: Sequence[Rentals | Payments], batch_rows: int) -> Iterator[pa.RecordBatch]:
    """The days' rows as one batch, or as several where a single day is larger than one."""
    if any(map(len, days)):
        whole = joined(days)
        rows = _rental_rows(whole) if isinstance(whole, Rentals) else _payment_rows(whole)
        yield from _cut(rows, batch_rows)


def _cut(rows: pa.RecordBatch, batch_rows: int) -> Iterator[pa.RecordBatch]:
    return (rows.slice(start, batch_rows) for start in range(0, rows.num_rows, batch_rows))


def _rental_rows(rentals: Rentals) -> pa.RecordBatch:
    is_out = rentals.returned_s == NO_TIME
    changed_s = rentals.returned_s.copy()
    changed_s[is_out] = rentals.rented_s[is_out]
    return batch(
        RENTAL,
        rental_id=rentals.first_id + np.arange(len(rentals)),
        rental_date=moments(rentals.rented_s),
        inventory_id=rentals.copy + 1,
        customer_id=rentals.customer + 1,
        return_date=moments(rentals.returned_s, is_out),
        staff_id=rentals.staff + 1,
        last_update=moments(changed_s),
    )


def _payment_rows(payments: Payments) -> pa.RecordBatch:
    paid_at = moments(payments.paid_s)
    return batch(
        PAYMENT,
        payment_id=payments.first_id + np.arange(len(payments)),
        customer_id=payments.customer + 1,
        staff_id=payments.staff + 1,
        rental_id=pa.array(payments.rental_id, pa.int32(), mask=payments.rental_id == 0),
        amount=money(payments.cents, 5),
        payment_date=paid_at,
        last_update=paid_at,
    )
