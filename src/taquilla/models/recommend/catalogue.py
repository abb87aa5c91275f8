"""The things that are recommended, in one space each: films, and venues, with the groups that they belong to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from taquilla.models.recommend import facts
from taquilla.models.recommend.facts import RATINGS, Events, Source
from taquilla.warehouse.asking import Ask, Row

ITEM_SCHEMA = {"id": pl.String, "title": pl.String, "year": pl.Int64, "film_id": pl.Int64, "place": pl.String}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every film or venue. items: id, title, year, film_id (the catalogue's), place (a venue's city and state).

    groups: kind (genre, category, city) and name; members: pairs of places, of an item and of a group of its.
    known: the item's place by the name that a source has for it.
    """

    items: pl.DataFrame
    groups: pl.DataFrame
    members: NDArray[np.int64]
    known: Mapping[tuple[str, str], int]


def film_catalogue(ask: Ask) -> Catalogue:
    """The catalogue's films, then those that ratings or a shop name and the catalogue does not have."""
    rows = {str(row["film_id"]): _film(row, row["film_id"]) for row in facts.catalogue_films(ask)}
    named: dict[tuple[str, str], str] = {}
    for space, films in (("rated", facts.rated_films(ask)), ("shop", facts.shop_films(ask))):
        for film in films:
            named[space, str(film[f"{space}_film_id"])] = _place_of(film, space, rows)
    groups = [(str(row["film_id"]), "genre", row["name"]) for row in facts.catalogue_genres(ask)]
    # Of the catalogue's films the catalogue's own genres count.
    groups += [
        (own, "genre", row["genre"])
        for row in facts.rated_film_genres(ask)
        if (own := f"rated-{row['rated_film_id']}") in rows
    ]
    groups += [
        (own, "genre", film["category"])
        for film in facts.shop_films(ask)
        if film["category"] and (own := f"shop-{film['shop_film_id']}") in rows
    ]
    return _catalogue(rows, groups, named)


def own_genres(catalogue: Catalogue) -> list[Row]:
    """film_id (here the id), kind, token and name: genres of films that are not the catalogue's."""
    linked, ids = catalogue.items["film_id"].to_list(), catalogue.items["id"].to_list()
    kinds, names = catalogue.groups["kind"].to_list(), catalogue.groups["name"].to_list()
    return [
        {"film_id": ids[item], "kind": "genre", "token": names[group], "name": names[group]}
        for item, group in catalogue.members.tolist()
        if linked[item] is None and kinds[group] == "genre"
    ]


def _film(row: Row, film_id: int | None) -> Row:
    return {"title": row["title"], "year": row["release_year"], "film_id": film_id, "place": None}


def _place_of(film: Row, space: str, rows: dict[str, Row]) -> str:
    """Where the film stands: at the catalogue's where it is one of those, else under an id of its own."""
    linked, own = str(film["film_id"]), f"{space}-{film[f'{space}_film_id']}"
    if linked in rows:
        return linked
    rows[own] = _film(film, None)
    return own


def venue_catalogue(ask: Ask) -> Catalogue:
    """The venues, each in its city and its categories."""
    found = facts.venues(ask)
    rows: dict[str, Row] = {}
    for row in found:
        place = ", ".join(filter(None, (row["city"], row["state"]))) or None
        rows[row["venue_id"]] = {"title": row["name"], "year": None, "film_id": None, "place": place}
    groups = [(row["venue_id"], "city", row["city"]) for row in found if row["city"]]
    groups += [(row["venue_id"], "category", row["category"]) for row in facts.venue_categories(ask)]
    return _catalogue(rows, groups, {("venue", id_): id_ for id_ in rows})


def _catalogue(
    rows: Mapping[str, Row], groups: Iterable[tuple[str, str, str]], named: Mapping[tuple[str, str], str]
) -> Catalogue:
    places = {id_: place for place, id_ in enumerate(rows)}
    numbers: dict[tuple[str, str], int] = {}
    pairs = {
        (places[id_], numbers.setdefault((kind, name), len(numbers))) for id_, kind, name in groups if id_ in places
    }
    return Catalogue(
        pl.DataFrame([{"id": id_, **row} for id_, row in rows.items()], schema=ITEM_SCHEMA),
        pl.DataFrame(list(numbers), schema={"kind": pl.String, "name": pl.String}, orient="row"),
        np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2),
        {name: places[id_] for name, id_ in named.items()},
    )


@dataclass(frozen=True, slots=True)
class Likes:
    """Who has met what, each pair once, ordered by user and item: places in `users` and among the items.

    is_liked: else it was met and not liked. at_s: seconds since 1970, or NO_MOMENT.
    """

    users: tuple[str, ...]
    items: int
    user: NDArray[np.int64]
    item: NDArray[np.int64]
    is_liked: NDArray[np.bool_]
    at_s: NDArray[np.int64]

    def where(self, wanted: NDArray[np.bool_]) -> "Likes":
        """The pairs for which it is true, of the same users and items."""
        return Likes(
            self.users, self.items, self.user[wanted], self.item[wanted], self.is_liked[wanted], self.at_s[wanted]
        )

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many users like each item."""
        return np.bincount(self.item[self.is_liked], minlength=self.items)


def likes_of(found: Sequence[tuple[Source, Events]], catalogue: Catalogue) -> Likes:
    """The pairs of all these sources. Of films that are one film of the catalogue the last word counts."""
    users: list[str] = []
    parts: list[list[NDArray[np.int64]]] = []
    for source, events in found:
        space = "rated" if source is RATINGS else "shop" if source.kind == "films" else "venue"
        places = np.array([catalogue.known.get((space, name), -1) for name in events.items], dtype=np.int64)
        item, user = places[events.item], events.user + len(users)
        users += events.users
        parts.append([column[item >= 0] for column in (user, item, events.is_liked.astype(np.int64), events.at_s)])
    user, item, liked, at_s = (np.concatenate([part[place] for part in parts]) for place in range(4))
    order = np.lexsort((at_s, item, user))
    user, item, liked, at_s = user[order], item[order], liked[order], at_s[order]
    is_last = np.append((user[1:] != user[:-1]) | (item[1:] != item[:-1]), True)
    return Likes(
        tuple(users), len(catalogue.items), user[is_last], item[is_last], liked[is_last].astype(bool), at_s[is_last]
    )


def met_items(likes: Likes) -> tuple[Likes, NDArray[np.int64]]:
    """The same pairs among those items alone that somebody has met, and the places of these."""
    places, item = np.unique(likes.item, return_inverse=True)
    return Likes(likes.users, len(places), likes.user, item, likes.is_liked, likes.at_s), places
