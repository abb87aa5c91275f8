"""Reads the warehouse for the command line."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from taquilla.errors import DataError
from taquilla.warehouse import duckdb


@dataclass(frozen=True, slots=True)
class Found:
    """The first rows of an answer, each as a dict, and whether there are more."""

    rows: list[dict[str, Any]]
    has_more: bool


def find(warehouse: Path, sql: str, limit: int) -> Found:
    """At most `limit` rows of a query. DataError: the query is wrong; the message says where."""
    with duckdb.connect(warehouse, confined=True) as connection:
        try:
            result: duckdb.Connection | None = connection.execute(sql)
            rows = [] if result is None else result.fetchmany(limit + 1)
        except duckdb.DatabaseError as error:
            raise DataError(f"{error}") from None
        # An empty statement has no result, whatever the library's types say.
        names = [] if result is None else distinct(column[0] for column in result.description or ())
        return Found([dict(zip(names, row, strict=True)) for row in rows[:limit]], len(rows) > limit)


def distinct(names: Iterable[str]) -> list[str]:
    """Each name once: `title, title` become `title, title_2`, so that a dict holds both."""
    given = list(names)
    found: list[str] = []
    for name in given:
        numbered = (f"{name}_{number}" for number in count(2))
        free = (other for other in numbered if other not in given and other not in found)
        found.append(next(free) if name in found else name)
    return found
