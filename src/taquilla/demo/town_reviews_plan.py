"""How large the town's reviews are, when they are written, and where their random numbers come from.

Every block of rows has a stream of random numbers of its own, whole numbers all of them, so that the same numbers give
the same town on any machine and a block is the same whatever was drawn before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from taquilla.demo.town_plan import DAY_AFTER_LAST, EPOCH, Ints
from taquilla.errors import SettingsError

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

YEARS: Final = 3
BLOCK_ROWS: Final = 20_000
# Of a hundred: on Google Maps, all others on Yelp.
GOOGLE_PERCENT: Final = 30
MONTHS: Final = (104, 90, 94, 92, 94, 98, 116, 118, 90, 100, 108, 134)
WEEKDAYS: Final = (78, 76, 84, 90, 120, 150, 138)
# One burst of reviews for so many, of so many on one day.
REVIEWS_A_BURST: Final = 6_000
MOST_BURSTS: Final = 40
BURST_ROWS: Final = 14
FEW: Final = 1_000


class Stream(IntEnum):
    """The blocks that draw random numbers; those below 100 are the shops'."""

    VENUES = 101
    PEOPLE = 102
    WORDS = 103
    REVIEWS = 104
    TIPS = 105
    CHECKINS = 106
    FILMS = 107
    RATERS = 108
    BURSTS = 109
    REVIEWERS = 110


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was asked for. sentences: the mean of a review; words: sentences to choose from, of each mood and topic."""

    seed: int
    reviews: int
    venues: int
    reviewers: int
    ratings: int
    raters: int
    google_percent: int
    sentences: int
    words: int

    @property
    def first_day(self) -> date:
        return DAY_AFTER_LAST.replace(year=DAY_AFTER_LAST.year - YEARS)

    @property
    def days(self) -> int:
        return (DAY_AFTER_LAST - self.first_day).days

    @property
    def first_day_s(self) -> int:
        """The first midnight in seconds since 1970."""
        return (self.first_day - EPOCH).days * 86_400

    def random(self, stream: Stream, part: int = 0) -> np.random.Generator:
        """The random numbers of one block, independent of every other."""
        seeds = np.random.SeedSequence(self.seed, spawn_key=(int(stream), part))
        return np.random.Generator(np.random.PCG64(seeds))


def checked(sizes: Sizes) -> Sizes:
    """The sizes, or a SettingsError that says which number cannot be."""
    if sizes.seed < 0:
        raise SettingsError(f"A seed is 0 or more, not {sizes.seed}: choose another.")
    for name, least, most in (
        ("reviews", 0, 1_000_000_000),
        ("venues", 10, 10_000_000),
        ("reviewers", 10, 500_000_000),
        ("ratings", 0, 100_000_000),
        ("raters", 1, 1_000_000),
        ("google_percent", 0, 99),
        ("sentences", 1, 20),
    ):
        told = getattr(sizes, name)
        if not least <= told <= most:
            raise SettingsError(f"A town has {least:,} to {most:,} {name}, not {told:,}: choose a number in between.")
    return sizes


@dataclass(frozen=True, slots=True)
class Calendar:
    """How many reviews there are before each day's end, and which of them are a burst's.

    ends: by day. burst_rows, burst_place: by day, how many reviews of it belong to a burst and of which one.
    """

    ends: Ints
    burst_rows: Ints
    burst_place: Ints

    def days_of(self, rows: Ints) -> Ints:
        """The day on which each review is written, by its number."""
        return np.searchsorted(self.ends, rows, side="right").astype(np.int64)

    def is_burst(self, rows: Ints, days: Ints) -> Flags:
        """Whether each is one of its day's burst: those come first."""
        begins = np.concatenate((np.zeros(1, np.int64), self.ends))[days]
        told: Flags = rows - begins < self.burst_rows[days]
        return told


def make_calendar(sizes: Sizes, rows: int) -> Calendar:
    """`rows` over the days: seasons, weekends, some growth, and the bursts where there are enough of them."""
    random = sizes.random(Stream.BURSTS)
    days = [sizes.first_day + timedelta(days=day) for day in range(sizes.days)]
    noise = random.integers(85, 116, sizes.days)
    weights = np.array([MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] for day in days], dtype=np.int64)
    edges = np.cumsum(weights * noise * (700 + 700 * np.arange(sizes.days) // sizes.days) // 1000)
    bursts = 0 if rows < FEW else min(MOST_BURSTS, max(2, rows // REVIEWS_A_BURST))
    burst_rows, burst_place = np.zeros(sizes.days, np.int64), np.zeros(sizes.days, np.int64)
    # None in the first year: a place must have been reviewed for a while.
    when = 365 + random.permutation(sizes.days - 400)[:bursts]
    burst_rows[when], burst_place[when] = BURST_ROWS, np.arange(bursts)
    usual = np.diff((rows - bursts * BURST_ROWS) * edges // edges[-1], prepend=0)
    return Calendar(np.cumsum(usual + burst_rows), burst_rows, burst_place)
