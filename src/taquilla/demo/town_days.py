"""The town's business, day by day: which copy goes over the counter to whom, when it comes back, and what is paid.

A day draws from its own stream of random numbers and from what the days before it left, so that a town read at an
earlier day is the beginning of the same town. What is kept from day to day grows with copies and customers, never with
rentals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from taquilla.demo.town_films import TownFilm
from taquilla.demo.town_people import Customers, Stores
from taquilla.demo.town_plan import DAY_S, NEVER, Ints, Plan, Stream, drawn
from taquilla.demo.town_stock import Demand, Stock

MONTHS: Final = (106, 92, 96, 94, 90, 98, 118, 122, 88, 96, 104, 136)
WEEKDAYS: Final = (70, 72, 80, 92, 142, 164, 112)
# Out of twelve opening hours, from 10 to 22 o'clock: evenings; at weekends afternoons too.
FIRST_HOUR: Final = 10
EVENINGS: Final = (3, 4, 5, 4, 4, 5, 8, 13, 18, 17, 12, 7)
WEEKENDS: Final = (6, 8, 9, 8, 9, 11, 13, 14, 14, 12, 8, 5)
CLOSED: Final = ((12, 25), (1, 1))

# Out of a hundred late returns, how many come after so many days; a cent figure for each day.
LATE_DAYS: Final = (1, 2, 3, 4, 5, 7, 10, 14, 30)
LATE_SHARES: Final = (44, 22, 13, 8, 5, 3, 2, 2, 1)
FEE_CENTS_A_DAY: Final = 100
# Of ten thousand rentals: paid with a voucher, never brought back; payments for something that is no rental.
VOUCHERS, LOST, OTHER_SALES = 15, 15, 4
ELSEWHERE_PERCENT: Final = 8


@dataclass(frozen=True, slots=True)
class Rentals:
    """A day's rentals in the order of time. Moments in seconds since 1970; returned_s is `NO_TIME` for what is out."""

    first_id: int
    rented_s: Ints
    copy: Ints
    customer: Ints
    returned_s: Ints
    staff: Ints

    def __len__(self) -> int:
        return len(self.rented_s)


@dataclass(frozen=True, slots=True)
class Payments:
    """A day's payments in the order of time. rental_id is 0 for a payment without a rental."""

    first_id: int
    paid_s: Ints
    customer: Ints
    staff: Ints
    rental_id: Ints
    cents: Ints

    def __len__(self) -> int:
        return len(self.paid_s)


def joined(days: Sequence[Rentals | Payments]) -> Rentals | Payments:
    """Days in a row, all of one kind, as one."""
    kind = type(days[0])
    columns = [column.name for column in fields(kind) if column.name != "first_id"]
    whole = {name: np.concatenate([getattr(day, name) for day in days]) for name in columns}
    return kind(first_id=days[0].first_id, **whole)


NO_TIME: Final = np.iinfo(np.int64).min
# (paid_s, customer, store, rental id, cents) of fees, by the day on which they will be paid.
Fees = tuple[Ints, Ints, Ints, Ints, Ints]


def quotas(plan: Plan) -> Ints:
    """How many rentals each day has: together exactly the plan's."""
    noise = plan.random(Stream.CALENDAR).integers(88, 113, plan.days)
    days = [plan.moment(day) for day in range(plan.days)]
    weights = [0 if (day.month, day.day) in CLOSED else MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] for day in days]
    growth = 850 + 300 * np.arange(plan.days) // plan.days
    edges = np.cumsum(np.array(weights, dtype=np.int64) * noise * growth // 1000)
    quota: Ints = np.diff(plan.rentals * edges // edges[-1], prepend=0)
    return quota


class Business:
    """The state that one day leaves to the next: when each copy is free, which fees are to come, the last ids."""

    def __init__(
        self, plan: Plan, films: Sequence[TownFilm], stores: Stores, customers: Customers, stock: Stock
    ) -> None:
        self._plan, self._stores, self._customers, self._stock = plan, stores, customers, stock
        self._demand = Demand(plan, films, stores, stock)
        self._weight = np.empty(0, np.float32)
        self._rate = np.array([film.rate_cents for film in films])
        self._duration = np.array([film.duration_days for film in films])
        self._cost = np.array([film.cost_cents for film in films])
        self._free_day = np.zeros(len(stock), np.int64)
        self._fees: dict[int, list[Fees]] = {}
        self._rented = self._paid = 0
        by_store = customers.store[customers.by_store]
        self._store_edge = np.searchsorted(by_store, np.arange(len(stores) + 1))

    def days(self, until_day: int) -> Iterator[tuple[Rentals, Payments]]:
        """Each day before `until_day`, with what had come back by then."""
        carried = 0
        for day, quota in enumerate(quotas(self._plan)[:until_day].tolist()):
            random = self._plan.random(Stream.DAY, day)
            copies = self._copies(day, quota + carried, random)
            carried += quota - len(copies)
            rentals = self._rentals(day, copies, random)
            payments = self._payments(day, rentals, random)
            too_late = rentals.returned_s >= self._plan.first_day_s + until_day * DAY_S
            rentals.returned_s[too_late] = NO_TIME
            yield rentals, payments

    def _copies(self, day: int, wanted: int, random: np.random.Generator) -> Ints:
        """The copies rented on a day, each as often as it pulls; none that is out."""
        bought = int(np.searchsorted(self._stock.bought_day, day, side="right"))
        if day % 7 == 0 or bought != len(self._weight):
            self._weight = self._demand.on(day, bought)
        # The smallest of (uniform draw / weight): a sample without repeats, in proportion to the weights.
        keys = random.random(bought, dtype=np.float32) / self._weight
        keys[self._free_day[:bought] > day] = np.inf
        wanted = min(wanted, int(np.count_nonzero(self._free_day[:bought] <= day)))
        if not wanted:
            return np.empty(0, np.int64)
        # The places up to the bound, and not argpartition's: its order differs from machine to machine.
        bound = np.partition(keys, wanted - 1)[wanted - 1]
        return random.permutation(np.flatnonzero(keys <= bound)[:wanted])

    def _rentals(self, day: int, copies: Ints, random: np.random.Generator) -> Rentals:
        count, midnight = len(copies), self._plan.first_day_s + day * DAY_S
        hours = WEEKENDS if self._plan.moment(day).weekday() >= 5 else EVENINGS
        time_s = np.sort(
            (FIRST_HOUR + drawn(random, hours, count)) * 3600 + random.integers(0, 3600, count), kind="stable"
        )
        store = self._stock.store[copies]
        customer = self._choose_customers(day, store, random)
        days_out, back_s, is_lost, late_days = self._returns(copies, customer, time_s, random)
        self._free_day[copies] = np.where(is_lost, NEVER, day + days_out + 1)
        returned_s = np.where(is_lost, NO_TIME, midnight + days_out * DAY_S + back_s)
        rentals = Rentals(
            first_id=self._rented + 1,
            rented_s=midnight + time_s,
            copy=copies,
            customer=customer,
            returned_s=returned_s,
            staff=self._choose_staff(store, random),
        )
        self._rented += count
        self._note_fees(day + days_out, rentals, np.where(is_lost, 0, late_days), store)
        return rentals

    def _choose_customers(self, day: int, store: Ints, random: np.random.Generator) -> Ints:
        """Somebody of the copy's store by activity; now and then, or where the store has nobody, of any store."""
        people, order = self._customers, self._customers.by_store
        is_here = (people.joined_day < day) & (people.left_day > day)
        edges = np.concatenate(([0], np.cumsum(np.where(is_here, people.activity, 0)[order])))
        low, high = edges[self._store_edge[store]], edges[self._store_edge[store + 1]]
        anywhere = (random.integers(0, 100, len(store)) < ELSEWHERE_PERCENT) | (low == high)
        low, high = np.where(anywhere, 0, low), np.where(anywhere, edges[-1], high)
        target = low + np.floor(random.random(len(store)) * (high - low)).astype(np.int64)
        chosen: Ints = order[np.searchsorted(edges, target, side="right") - 1]
        return chosen

    def _choose_staff(self, store: Ints, random: np.random.Generator) -> Ints:
        first, count = self._stores.staff_first[store], self._stores.staff_count[store]
        return first + random.integers(0, 1_000_000, len(store)) % count

    def _returns(
        self, copies: Ints, customer: Ints, time_s: Ints, random: np.random.Generator
    ) -> tuple[Ints, Ints, npt.NDArray[np.bool_], Ints]:
        """(days out, second of the day, never brought back, days late): most on the last day or the one before."""
        count = len(copies)
        allowed = self._duration[self._stock.film[copies]]
        early = np.floor(np.square(random.random(count)) * allowed).astype(np.int64)
        is_late = random.random(count, dtype=np.float32) < self._customers.late[customer]
        late_days = np.where(is_late, np.array(LATE_DAYS)[drawn(random, LATE_SHARES, count)], 0)
        back_s = random.integers(FIRST_HOUR * 3600, 22 * 3600, count)
        days_out = np.where(is_late, allowed + late_days, allowed - early)
        # In time means at the hour of renting at the latest.
        days_out -= ~is_late & (early == 0) & (back_s > time_s)
        return days_out, back_s, random.integers(0, 10_000, count) < LOST, late_days

    def _note_fees(self, paid_day: Ints, rentals: Rentals, late_days: Ints, store: Ints) -> None:
        """Write down what the late ones will pay on the day of return, at most the price of the copy."""
        late = np.flatnonzero(late_days)
        late = late[np.argsort(paid_day[late], kind="stable")]
        cents = np.minimum(late_days * FEE_CENTS_A_DAY, self._cost[self._stock.film[rentals.copy]])
        columns = (rentals.returned_s, rentals.customer, store, rentals.first_id + np.arange(len(rentals)), cents)
        days, first = np.unique(paid_day[late], return_index=True)
        for day, part in zip(days.tolist(), np.split(late, first[1:]), strict=False):
            fees = tuple(column[part] for column in columns)
            self._fees.setdefault(day, []).append(fees)  # type: ignore[arg-type]  # five columns, as above

    def _payments(self, day: int, rentals: Rentals, random: np.random.Generator) -> Payments:
        """A payment for each rental, the fees of what came back late, and a few for something else."""
        count = len(rentals)
        rates = self._rate[self._stock.film[rentals.copy]]
        cents = np.where(random.integers(0, 10_000, count) < VOUCHERS, 0, rates)
        other = np.flatnonzero(random.integers(0, 10_000, count) < OTHER_SALES)
        fees = self._fees.pop(day, [])
        fee_s, fee_customer, fee_store, fee_rental, fee_cents = (
            (np.concatenate(column) for column in zip(*fees, strict=True)) if fees else (np.empty(0, np.int64),) * 5
        )
        fee_staff = self._choose_staff(fee_store, random)
        paid_s = np.concatenate((rentals.rented_s, fee_s, rentals.rented_s[other]))
        order = np.argsort(paid_s, kind="stable")
        payments = Payments(
            first_id=self._paid + 1,
            paid_s=paid_s[order],
            customer=np.concatenate((rentals.customer, fee_customer, rentals.customer[other]))[order],
            staff=np.concatenate((rentals.staff, fee_staff, rentals.staff[other]))[order],
            rental_id=np.concatenate((rentals.first_id + np.arange(count), fee_rental, np.zeros(len(other), np.int64)))[
                order
            ],
            cents=np.concatenate((cents, fee_cents, random.integers(1, 11, len(other)) * 50))[order],
        )
        self._paid += len(payments)
        return payments
