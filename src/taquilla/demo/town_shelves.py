"""What stands on the town's shelves, as tables: films with their languages, categories and actors, and the copies."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from taquilla.demo.town_films import TownFilm
from taquilla.demo.town_places import SET_UP_DAY, seconds_of
from taquilla.demo.town_plan import Ints, Plan
from taquilla.demo.town_stock import Stock
from taquilla.demo.town_tables import batch, moments, money

# The languages of the discs; films of another one are dubbed into English.
SPOKEN: Final = ("English", "Spanish")


def film_tables(plan: Plan, films: Sequence[TownFilm], until_day: int) -> dict[str, pa.RecordBatch]:
    """film, language, category, film_category, actor and film_actor, of the films that the shop had before a day."""
    # Numbered over all films: a later one gives none another number.
    languages, categories = _languages(films), sorted({name for film in films for name in film.categories})
    films = [film for film in films if film.shelf_day < max(until_day, 1)]
    shelf = np.array([film.shelf_day for film in films])
    # What is older than the shop was written down when the database was set up.
    changed_s = seconds_of(plan, np.where(shelf > 0, shelf - 1, SET_UP_DAY), 9)
    return {
        "film": _films(films, languages, changed_s),
        "language": _named("language", plan, languages),
        "category": _named("category", plan, categories),
        "film_category": _film_categories(films, categories, changed_s),
        **_actors(films, changed_s),
    }


def _languages(films: Sequence[TownFilm]) -> list[str]:
    others = {film.language for film in films if film.language} - set(SPOKEN)
    return [*SPOKEN, *sorted(others)]


def _named(table: str, plan: Plan, names: Sequence[str]) -> pa.RecordBatch:
    ids = {f"{table}_id": np.arange(len(names)) + 1}
    return batch(table, **ids, name=names, last_update=moments(seconds_of(plan, np.full(len(names), SET_UP_DAY), 9)))


def _films(films: Sequence[TownFilm], languages: Sequence[str], changed_s: Ints) -> pa.RecordBatch:
    number = {name: place + 1 for place, name in enumerate(languages)}
    return batch(
        "film",
        film_id=np.arange(len(films)) + 1,
        title=[film.title for film in films],
        description=[None] * len(films),
        release_year=[film.release_year for film in films],
        language_id=[number[film.language] if film.language in SPOKEN else 1 for film in films],
        original_language_id=[
            None if film.language is None or film.language in SPOKEN else number[film.language] for film in films
        ],
        rental_duration=[film.duration_days for film in films],
        rental_rate=money(np.array([film.rate_cents for film in films]), 4),
        length=[film.length_min for film in films],
        replacement_cost=money(np.array([film.cost_cents for film in films]), 5),
        rating=[film.rating for film in films],
        special_features=[film.features for film in films],
        last_update=moments(changed_s),
    )


def _film_categories(films: Sequence[TownFilm], categories: Sequence[str], changed_s: Ints) -> pa.RecordBatch:
    number = {name: place + 1 for place, name in enumerate(categories)}
    pairs = [(place, kind) for place, film in enumerate(films) for kind in sorted(number[n] for n in film.categories)]
    place = np.array([place for place, _ in pairs])
    return batch(
        "film_category",
        film_id=place + 1,
        category_id=[kind for _, kind in pairs],
        last_update=moments(changed_s[place]),
    )


def _actors(films: Sequence[TownFilm], changed_s: Ints) -> dict[str, pa.RecordBatch]:
    """Actors in the order of their first film, so that a later film gives nobody another number."""
    number: dict[str, int] = {}
    pairs = [(number.setdefault(name, len(number)), place) for place, film in enumerate(films) for name in film.actors]
    first_film = dict(reversed(pairs))
    pairs.sort()
    places = np.array([place for _, place in pairs], np.int64)
    # One name alone, as of singers, is the last name of a shop's form.
    names = [(first, last) for first, _, last in (name.rpartition(" ") for name in number)]
    return {
        "actor": batch(
            "actor",
            actor_id=np.arange(len(number)) + 1,
            first_name=[first for first, _ in names],
            last_name=[last for _, last in names],
            last_update=moments(changed_s[[first_film[actor] for actor in range(len(number))]]),
        ),
        "film_actor": batch(
            "film_actor",
            actor_id=[actor + 1 for actor, _ in pairs],
            film_id=places + 1,
            last_update=moments(changed_s[places]),
        ),
    }


def inventory_batches(plan: Plan, stock: Stock, until_day: int, batch_rows: int) -> Iterator[pa.RecordBatch]:
    """The copies that were bought before a day, in the order of buying."""
    bought = int(np.searchsorted(stock.bought_day, until_day, side="left"))
    for start in range(0, bought, batch_rows):
        copies = np.arange(start, min(start + batch_rows, bought))
        yield batch(
            "inventory",
            inventory_id=copies + 1,
            film_id=stock.film[copies] + 1,
            store_id=stock.store[copies] + 1,
            last_update=moments(seconds_of(plan, stock.bought_day[copies], 8)),
        )
