"""How large a town is, when its days are, and where its random numbers come from.

Every block of work (the films, the people, the stock, each day) has a stream of random numbers of its own, so that a
block is the same whatever was drawn before it. PCG64 and integer or uniform draws give the same on any machine.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from taquilla.errors import SettingsError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

# The catalogue's last films are of 2014: a town that ends with that year has real new releases.
DAY_AFTER_LAST: Final = date(2015, 1, 1)
# A day that does not come: never returned, never moved.
NEVER: Final = 2**30
DAY_S: Final = 86_400
RENTALS_A_STORE_AND_YEAR: Final = 7_500
EPOCH: Final = date(1970, 1, 1)


class Stream(IntEnum):
    """The blocks that draw random numbers."""

    FILMS = 1
    STORES = 2
    CUSTOMERS = 3
    STOCK = 4
    CALENDAR = 5
    DAY = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a town. rentals: how many by the end of its last day; stores: none given = one per 7,500 a year."""

    seed: int
    rentals: int
    stores: int
    years: int
    films: int

    @property
    def first_day(self) -> date:
        return DAY_AFTER_LAST.replace(year=DAY_AFTER_LAST.year - self.years)

    @property
    def days(self) -> int:
        return (DAY_AFTER_LAST - self.first_day).days

    @property
    def first_day_s(self) -> int:
        """The first midnight in seconds since 1970."""
        return (self.first_day - EPOCH).days * DAY_S

    def day_of(self, moment: date) -> int:
        """A date as a day's number; the first day is 0."""
        return (moment - self.first_day).days

    def moment(self, day: int, hour: int = 0) -> datetime:
        """An hour of a day, as the shop's clock showed it (no time zone)."""
        return datetime.combine(self.first_day + timedelta(days=day), time(hour))

    def random(self, stream: Stream, part: int = 0) -> np.random.Generator:
        """The random numbers of one block, independent of every other."""
        seeds = np.random.SeedSequence(self.seed, spawn_key=(int(stream), part))
        return np.random.Generator(np.random.PCG64(seeds))


def make_plan(seed: int, rentals: int, stores: int | None, years: int, films: int) -> Plan:
    """The plan of a town, or a SettingsError that says which number cannot be."""
    if not 0 <= rentals <= 1_000_000_000:
        raise SettingsError(f"A town has 0 to 1,000,000,000 rentals, not {rentals:,}: choose a number in between.")
    if not 1 <= years <= 20:
        raise SettingsError(f"A town lasts 1 to 20 years, not {years}: choose a number in between.")
    if not 20 <= films <= 10_000:
        raise SettingsError(f"A town's shops know 20 to 10,000 films, not {films:,}: choose a number in between.")
    if stores is None:
        stores = min(2_000, max(2, round(rentals / years / RENTALS_A_STORE_AND_YEAR)))
    if not 1 <= stores <= 2_000:
        raise SettingsError(f"A town has 1 to 2,000 stores, not {stores:,}: choose a number in between.")
    if seed < 0:
        raise SettingsError(f"A seed is 0 or more, not {seed}: choose another.")
    return Plan(seed, rentals, stores, years, films)


def drawn(random: np.random.Generator, weights: npt.ArrayLike, count: int) -> Ints:
    """`count` places of `weights`, each as often as its weight says: whole numbers, which no machine rounds apart."""
    edges = np.cumsum(np.asarray(weights, dtype=np.int64))
    places: Ints = np.searchsorted(edges, random.integers(0, edges[-1], count), side="right").astype(np.int64)
    return places
