"""The copies of a town: which film stands in which store since when, and how much it pulls in a given week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from taquilla.demo.town_films import DARK, FAMILY, TownFilm
from taquilla.demo.town_people import Stores
from taquilla.demo.town_plan import Floats, Ints, Plan, Stream, drawn

TURNS_A_YEAR: Final = 7
# A new film pulls four times as much on its first day, half of the surplus every five weeks.
NEWNESS, HALVED_DAYS = 3.0, 35
# By month: children's films at Christmas and in summer, dark ones in autumn.
FAMILY_SEASON: Final = (1.0, 0.95, 1.0, 1.0, 0.95, 1.05, 1.3, 1.3, 0.9, 0.95, 1.05, 1.5)
DARK_SEASON: Final = (1.0, 1.0, 1.0, 0.95, 0.95, 0.95, 0.95, 1.0, 1.1, 1.5, 1.15, 0.8)


@dataclass(frozen=True, slots=True)
class Stock:
    """One entry a copy, in the order of buying; days as numbers."""

    film: Ints
    store: Ints
    bought_day: Ints

    def __len__(self) -> int:
        return len(self.film)


def buy_copies(plan: Plan, films: Sequence[TownFilm], stores: Stores) -> Stock:
    """As many copies as turn seven times a year; known films in many, some in none."""
    random = plan.random(Stream.STOCK)
    count = max(20 * plan.stores, plan.rentals // (TURNS_A_YEAR * plan.years))
    share = [round(1000 * film.reach**0.7) if film.is_stocked else 0 for film in films]
    film, store = drawn(random, share, count), drawn(random, stores.size, count)
    # One of each film, as far as two thirds of the money go.
    each = np.flatnonzero(share)[: count * 2 // 3]
    film[-len(each) :] = each
    shelf = np.array([film.shelf_day for film in films])[film]
    # A third of the old films are bought by and by.
    later = np.where(random.integers(0, 3, count) == 0, random.integers(0, plan.days * 2 // 3, count), 0)
    bought = np.maximum(np.where(shelf > 0, shelf, later), stores.open_day[store])
    order = np.lexsort((np.arange(count), film, store, bought))
    return Stock(film[order], store[order], bought[order])


class Demand:
    """How much each copy pulls, in proportion: the film's own pull, its newness, the season and the store's size."""

    def __init__(self, plan: Plan, films: Sequence[TownFilm], stores: Stores, stock: Stock) -> None:
        self._plan = plan
        self._pull = np.array([film.pull for film in films], dtype=np.float32)
        self._shelf = np.array([film.shelf_day for film in films])
        self._is_family = np.array([bool(FAMILY & set(film.categories)) for film in films])
        self._is_dark = np.array([bool(DARK & set(film.categories)) for film in films])
        self._film = stock.film
        # Stores buy by size already; a large one turns its copies a little more often besides.
        self._store = np.sqrt(stores.size[stock.store] / stores.size.mean()).astype(np.float32)
        surplus = [NEWNESS * 0.5 ** (week * 7 / HALVED_DAYS) for week in range(60)]
        self._newness = np.array([*surplus, 0.0]).round(4).astype(np.float32)

    def on(self, day: int, copies: int) -> Floats:
        """The weights of the first `copies` copies in the week of a day."""
        month = self._plan.moment(day).month - 1
        weeks = np.clip((day - self._shelf) // 7, 0, len(self._newness) - 1)
        newness = np.where(self._shelf > 0, self._newness[weeks], np.float32(0))
        season = np.where(self._is_family, FAMILY_SEASON[month], np.where(self._is_dark, DARK_SEASON[month], 1.0))
        films = (self._pull * (1 + newness) * season).astype(np.float32)
        weights: Floats = films[self._film[:copies]] * self._store[:copies]
        return weights
