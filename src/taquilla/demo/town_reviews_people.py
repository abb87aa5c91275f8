"""The places that are reviewed in the town and the people who review them, as numbers; all of them are invented.

Places and people stand in groups, a group being one site (Yelp or Google Maps) in one city: somebody writes on one of
the two, mostly of places at home, and of one of them above all.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from taquilla.demo.town_people import CITIES
from taquilla.demo.town_plan import Ints, drawn
from taquilla.demo.town_reviews_plan import Sizes, Stream


class Kind(IntEnum):
    """What sort of place it is."""

    CINEMA = 0
    SHOP = 1
    CAFE = 2


YELP, GOOGLE = 0, 1
KIND_SHARES: Final = (45, 35, 20)
# What reviews of each kind speak of. A café's food and drink are "coffee".
TOPICS: Final = (
    "screen", "sound", "seats", "staff", "price", "food", "coffee", "cleanliness", "queue", "parking", "selection",
)  # fmt: skip
OF_KIND: Final = {
    Kind.CINEMA: ("screen", "sound", "seats", "staff", "price", "food", "cleanliness", "queue", "parking"),
    Kind.SHOP: ("selection", "staff", "price", "queue", "parking", "cleanliness"),
    Kind.CAFE: ("coffee", "staff", "price", "cleanliness", "queue", "seats"),
}
# Of a hundred reviews, how many are of people who joined within so many days: most of these write no other.
NEW_PERCENT, NEW_DAYS = 32, 4
# Open before the first day.
ALWAYS: Final = -1


@dataclass(frozen=True, slots=True)
class Venues:
    """One entry a place, group by group. size: whole numbers in proportion to its custom; days as numbers.

    level: how good it is, in tenths of a star; strong, weak: topics in which it is better and worse than that;
    answers: of a hundred reviews, how many its owner answers. group_edges: where each group begins.
    """

    group: Ints
    kind: Ints
    size: Ints
    size_edges: Ints
    level: Ints
    strong: Ints
    weak: Ints
    answers: Ints
    open_day: Ints
    close_day: Ints
    group_edges: Ints

    def __len__(self) -> int:
        return len(self.group)

    @property
    def city(self) -> Ints:
        return self.group % len(CITIES)

    def of_site(self, site: int) -> tuple[int, int]:
        """Where the places of Yelp or of Google Maps begin and end."""
        edges = self.group_edges
        return int(edges[site * len(CITIES)]), int(edges[(site + 1) * len(CITIES)])

    def chosen(self, low: Ints, high: Ints, random: np.random.Generator) -> Ints:
        """A place of each range from `low` to before `high`, by size."""
        edges = np.concatenate((np.zeros(1, np.int64), self.size_edges))
        draw = edges[low] + random.integers(0, 2**62, len(low)) % np.maximum(edges[high] - edges[low], 1)
        chosen: Ints = np.minimum(np.searchsorted(self.size_edges, draw, side="right"), len(self) - 1)
        return chosen


def open_venues(sizes: Sizes) -> Venues:
    """The places: in each group the first is old and never closes; a few are large, one in twenty has closed."""
    random = sizes.random(Stream.VENUES)
    count = sizes.venues
    google = max(1, count * sizes.google_percent // 100) if sizes.google_percent else 0
    site = np.repeat((YELP, GOOGLE), (count - google, google))
    # Of each site the first places go round the cities, so that no city lacks a place before all others have one.
    turn = np.concatenate((np.arange(count - google), np.arange(google)))
    city = np.where(turn < len(CITIES), turn, random.integers(0, len(CITIES), count)) % len(CITIES)
    group = np.sort(site * len(CITIES) + city, kind="stable")
    edges = np.searchsorted(group, np.arange(2 * len(CITIES) + 1)).astype(np.int64)
    is_first = np.arange(count) == edges[group]
    kind = np.where(is_first, int(Kind.CINEMA), drawn(random, KIND_SHARES, count))
    topic = np.array([[TOPICS.index(name) for name in _turned(OF_KIND[Kind(kind)])] for kind in range(len(Kind))])
    place = random.integers(0, topic.shape[1], (2, count))
    size = 40_000 // (40 + random.integers(0, 1_000, count)) * (3 - kind)
    opens = np.where(random.integers(0, 100, count) < 25, random.integers(20, sizes.days * 2 // 3, count), ALWAYS)
    closes = np.where(random.integers(0, 100, count) < 5, random.integers(sizes.days // 2, sizes.days, count), 2**30)
    return Venues(
        group=group,
        kind=kind,
        size=size,
        size_edges=np.cumsum(size),
        level=30 + random.integers(0, 8, count) + random.integers(0, 9, count),
        strong=topic[kind, place[0]],
        weak=topic[kind, place[1]],
        answers=random.integers(0, 100, count) * random.integers(20, 100, count) // 100,
        open_day=np.where(is_first, ALWAYS, opens),
        close_day=np.where(is_first, 2**30, np.maximum(closes, opens + 60)),
        group_edges=edges,
    )


def _turned(topics: tuple[str, ...]) -> list[str]:
    """A kind's topics, over and over up to the length of the longest: rows of one table."""
    longest = max(map(len, OF_KIND.values()))
    return [topics[place % len(topics)] for place in range(longest)]


@dataclass(frozen=True, slots=True)
class People:
    """One entry a reviewer, in the order of joining. bias: tenths of a star; favourite: a place that draws them back.

    weight_edges: whole numbers, summed up: how much is written by all up to each. speaks: 0 English, 1 Spanish.
    """

    joined_day: Ints
    weight_edges: Ints
    group: Ints
    favourite: Ints
    bias: Ints
    speaks: Ints

    def __len__(self) -> int:
        return len(self.group)

    @property
    def is_google(self) -> Ints:
        return self.group // len(CITIES)

    def writing(self, days: Ints, random: np.random.Generator) -> Ints:
        """Who writes on each day: those who have just joined, or anybody who has, by how much they write."""
        joined = np.maximum(np.searchsorted(self.joined_day, days, side="right"), 1)
        older = np.minimum(np.searchsorted(self.joined_day, days - NEW_DAYS, side="right"), joined - 1)
        draw = random.integers(0, 2**62, len(days))
        is_new = random.integers(0, 100, len(days)) < NEW_PERCENT
        of_all = np.searchsorted(self.weight_edges, draw % self.weight_edges[joined - 1], side="right")
        writer: Ints = np.where(is_new, older + draw % (joined - older), of_all)
        return writer


def gather(sizes: Sizes, venues: Venues, languages: Ints) -> People:
    """The reviewers: an eighth from before the first day, few who write much. languages: 0 or 1 by city."""
    random = sizes.random(Stream.PEOPLE)
    count = sizes.reviewers
    before = random.integers(0, 100, count) < 12
    joined = np.sort(np.where(before, -random.integers(1, 900, count), random.integers(0, sizes.days - 5, count)))
    joined[0] = min(int(joined[0]), ALWAYS)
    favourite = venues.chosen(np.zeros(count, np.int64), np.full(count, len(venues)), random)
    group = venues.group[favourite]
    own = languages[group % len(CITIES)]
    return People(
        joined_day=joined,
        # Half of them write a ninth of the mean or less, one in twenty some five times as much.
        weight_edges=np.cumsum(1_000_000 // (20 + random.integers(0, 10_000, count) ** 2 // 10_000)),
        group=group,
        favourite=favourite,
        bias=random.integers(-4, 5, count) + random.integers(-4, 5, count),
        speaks=np.where(random.integers(0, 100, count) < 8, 1 - own, own),
    )
