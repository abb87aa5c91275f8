"""The stores of a town, who works there and who rents: as columns of numbers, one entry a person."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from taquilla.demo.town_names import COUNTRIES, FIRST_NAMES, LAST_NAMES
from taquilla.demo.town_plan import NEVER, Floats, Ints, Plan, Stream, drawn

RENTALS_A_CUSTOMER: Final = 26
# Against 1,000 of the median customer.
MOST_ACTIVE: Final = 4_000
# A store takes those who no longer come off its list after four months.
FORGOTTEN_DAYS: Final = 120

# (country, city) of each city, the countries taking turns: four stores stand in four countries.
_TURNS: Final = max(len(cities) for _, cities in COUNTRIES.values())
CITIES: Final = tuple(
    (country, cities[turn])
    for turn in range(_TURNS)
    for country, (_, cities) in COUNTRIES.items()
    if turn < len(cities)
)


@dataclass(frozen=True, slots=True)
class Stores:
    """One entry a store. size: whole numbers, in proportion to its custom; staff are numbered store by store."""

    city: Ints
    size: Ints
    open_day: Ints
    staff_first: Ints
    staff_count: Ints

    def __len__(self) -> int:
        return len(self.city)


def open_stores(plan: Plan) -> Stores:
    """The stores: a few large ones, and of the later ones some that open during the town's first half."""
    random = plan.random(Stream.STORES)
    count = plan.stores
    size = 600 + 1400 // (1 + np.arange(count) % 7) + random.integers(0, 200, count)
    opens_late = (np.arange(count) >= 2) & (random.integers(0, 100, count) < 40)
    opens_late[2:3] = True
    open_day = np.where(opens_late, random.integers(30, plan.days // 2, count), 0)
    staff_count = random.integers(2, 6, count)
    staff_first = np.cumsum(staff_count) - staff_count
    return Stores(np.arange(count) % len(CITIES), size, open_day, staff_first, staff_count)


@dataclass(frozen=True, slots=True)
class Customers:
    """One entry a customer, in the order of joining; days as numbers.

    activity: whole numbers in proportion to how often somebody rents. late: the probability of a late return.
    moved_day, new_city: when and where somebody moved.
    """

    store: Ints
    joined_day: Ints
    left_day: Ints
    activity: Ints
    late: Floats
    first_name: Ints
    last_name: Ints
    city: Ints
    moved_day: Ints
    new_city: Ints
    by_store: Ints

    def __len__(self) -> int:
        return len(self.store)


def enrol(plan: Plan, stores: Stores) -> Customers:
    """The customers: a third from before the opening, the others over time; half of them stay for less than a year."""
    random = plan.random(Stream.CUSTOMERS)
    count = max(6 * plan.stores, plan.rentals // RENTALS_A_CUSTOMER)
    store = drawn(random, stores.size, count)
    joined = np.where(
        random.integers(0, 100, count) < 35, -random.integers(1, 60, count), random.integers(0, plan.days, count)
    )
    # Each store opens with two customers who stay: nobody rents from an empty town.
    faithful = np.arange(count) < 2 * plan.stores
    store[faithful] = np.arange(2 * plan.stores) % plan.stores
    joined = np.maximum(np.where(faithful, -1, joined), stores.open_day[store] - 1)
    order = np.lexsort((np.arange(count), joined))
    store, joined, faithful = store[order], joined[order], faithful[order]
    stays = np.floor(random.standard_exponential(count) * 330).astype(np.int64) + 1
    loyal = faithful | (random.integers(0, 100, count) < 15)
    city = _near(random, stores.city[store])
    moves = random.integers(0, 100, count) < 5
    return Customers(
        store=store,
        joined_day=joined,
        left_day=np.where(loyal, NEVER, joined + stays),
        activity=np.floor(np.clip(1000 * np.exp(0.9 * random.standard_normal(count)), 50, MOST_ACTIVE)).astype(
            np.int64
        ),
        late=np.clip(0.11 * np.exp(0.6 * random.standard_normal(count)), 0.02, 0.6).round(4).astype(np.float32),
        first_name=random.integers(0, len(FIRST_NAMES), count),
        last_name=random.integers(0, len(LAST_NAMES), count),
        city=city,
        moved_day=np.where(moves, joined + random.integers(20, plan.days, count), NEVER),
        new_city=_near(random, stores.city[store]),
        by_store=np.lexsort((np.arange(count), store)),
    )


def _near(random: np.random.Generator, store_city: Ints) -> Ints:
    """Where customers live: four of five in the store's city, most others in its country, a few anywhere."""
    count = len(store_city)
    countries = sorted({country for country, _ in CITIES})
    country_of = np.array([countries.index(country) for country, _ in CITIES])
    by_country = np.lexsort((np.arange(len(CITIES)), country_of))
    first = np.searchsorted(country_of[by_country], np.arange(len(countries)))
    number = np.bincount(country_of)
    home = country_of[store_city]
    same_country = by_country[first[home] + random.integers(0, 1_000, count) % number[home]]
    anywhere = random.integers(0, len(CITIES), count)
    draw = random.integers(0, 100, count)
    return np.where(draw < 80, store_city, np.where(draw < 96, same_country, anywhere))
