"""Who and what is meant: users by their id with or without its space, films and venues by id or title."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import polars as pl

from taquilla.errors import DataError
from taquilla.models.recommend.facts import SPACES
from taquilla.models.recommend.shelf import Shelf

MOST_NAMED = 10
_WITH_YEAR = re.compile(r"(?P<title>.+?)\s*\((?P<year>\d{4})\)")


class UnknownUserError(DataError):
    """Nobody whose likes are known has this id."""


class UnknownItemError(DataError):
    """No film, venue or genre is called so."""


class AmbiguousError(DataError):
    """Several are meant; the message names them."""


class Finder:
    """Finds places of users, items and groups of one shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._users = _sorted(shelf.users["id"])
        self._ids = _sorted(shelf.items["id"])
        self._items = shelf.items
        self._titles = _sorted(shelf.items["title"].fill_null("").str.to_lowercase())
        self._groups = shelf.groups

    def user(self, text: str) -> int | None:
        """The place of the user with this id; None: there is none. AmbiguousError: several spaces have the bare id."""
        if found := list(_places(self._users, text)):
            return found[0]
        known = {f"{space}-{text}": list(_places(self._users, f"{space}-{text}")) for space in SPACES}
        meant = {name: places[0] for name, places in known.items() if places}
        if len(meant) > 1:
            raise AmbiguousError(f"Several users have the id {text}: {', '.join(meant)}. Give one of these.")
        return next(iter(meant.values()), None)

    def item(self, text: str) -> int:
        """The place of what has this id, else this title, which may end in a year: `Toy Story (1995)`.

        UnknownItemError: nothing has. AmbiguousError: several have.
        """
        if found := list(_places(self._ids, text)):
            return found[0]
        titled = list(_places(self._titles, text.lower()))
        if not titled and (parts := _WITH_YEAR.fullmatch(text.strip())):
            year = int(parts["year"])
            titled = [place for place in _places(self._titles, parts["title"].lower()) if self._year(place) == year]
        if not titled:
            raise UnknownItemError(
                f"Nothing that can be recommended is called {text!r}. Give another title, or its id."
            )
        if len(titled) > 1:
            raise AmbiguousError(f"Several are called {text!r}: {self._told(titled)}. Give the id of the one meant.")
        return titled[0]

    def groups(self, text: str) -> list[int]:
        """The places of the genres, categories or cities of this name; case does not count."""
        found = self._groups.with_row_index("place").filter(pl.col("name").str.to_lowercase() == text.lower())
        if found.is_empty():
            raise UnknownItemError(f"No genre, category or city is called {text!r}. Give another one, or likes.")
        return [int(place) for place in found["place"]]

    def _year(self, place: int) -> Any:
        return self._items["year"][place]

    def _told(self, places: list[int]) -> str:
        rows = (self._items.row(place, named=True) for place in places[:MOST_NAMED])
        return ", ".join(
            " ".join(str(each) for each in (row["id"], row["year"] or row["place"]) if each) for row in rows
        )


def _sorted(texts: pl.Series) -> pl.DataFrame:
    """The texts in their order, each with its place: halving finds one among millions without a dictionary of them.

    The order is that of code points, which is Python's too.
    """
    return pl.DataFrame({"text": texts}).with_row_index("place").sort("text", "place")


def _places(found: pl.DataFrame, text: str) -> Iterator[int]:
    # Polars' own search wakes its threads, for which an answer waits where others use the cores.
    texts = found["text"]
    at = bisect_left(texts, text)
    while at < len(texts) and texts[at] == text:
        yield int(found["place"][at])
        at += 1
