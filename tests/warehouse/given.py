"""Small warehouses, given as literal rows."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from taquilla.warehouse.duckdb import Connection, connect, create_schema
from taquilla.warehouse.model import metadata

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
DRAMA, COMEDY, HORROR = (18, "Drama"), (35, "Comedy"), (27, "Horror")

Row = Mapping[str, Any]
Rows = Sequence[Row | tuple[Any, ...]]


def warehouse(**tables: Rows) -> Connection:
    """A warehouse with these rows: dicts by column, or tuples in the table's order. What a row leaves out is null.

    A film gets what every loaded film has: a title, `fetched_at`, and what follows from its own figures.
    """
    connection = connect(_copy_of_an_empty_one(), read_only=False)
    fill(connection, **tables)
    return connection


@cache
def _empty_one() -> tuple[TemporaryDirectory[str], Path]:
    """A file with every table and mart and no row: making them takes ten times as long as copying it."""
    folder = TemporaryDirectory(prefix="taquilla-given-")
    path = Path(folder.name) / "empty.duckdb"
    with connect(path, read_only=False) as connection:
        create_schema(connection)
    return folder, path


_numbers = count()


def _copy_of_an_empty_one() -> Path:
    _, path = _empty_one()
    return Path(shutil.copyfile(path, path.with_name(f"{next(_numbers)}.duckdb")))


class Executes(Protocol):
    """A connection that takes `$name` parameters."""

    def execute(self, query: str, parameters: Any = None, /) -> Any: ...


def fill(connection: Executes, **tables: Rows) -> None:
    """Insert these rows; see `warehouse`."""
    for table, rows in tables.items():
        columns = list(metadata.tables[table].columns.keys())
        for row in rows:
            named = row if isinstance(row, Mapping) else dict(zip(columns, row, strict=True))
            _insert(connection, table, _loaded(named) if table == "movies" else named)


def _insert(connection: Executes, table: str, row: Row) -> None:
    columns, marks = ", ".join(row), ", ".join(f"${column}" for column in row)
    connection.execute(f"insert into {table} ({columns}) values ({marks})", dict(row))  # noqa: S608


def _loaded(film: Row) -> Row:
    budget, revenue, released = film.get("budget_usd"), film.get("revenue_usd"), film.get("release_date")
    roi = (revenue - budget) / budget if budget and revenue else None
    return {
        "title": f"Film {film['film_id']}",
        "fetched_at": NOW,
        "is_removed": False,
        "release_year": date.fromisoformat(released).year if released else None,
        "roi": roi,
        "is_profitable": None if roi is None else roi > 0,
        **film,
    }


def directed(film_id: int, person_id: int) -> Row:
    """A row of `movie_people`: this person directed this film."""
    return {
        "film_id": film_id,
        "credit_id": f"{film_id}-director-{person_id}",
        "person_id": person_id,
        "credit_type": "crew",
        "department": "Directing",
        "job": "Director",
    }


def acted(film_id: int, person_id: int, cast_order: int, character: str = "Self") -> Row:
    """A row of `movie_people`: this person played this character, billed in this place from 0."""
    return {
        "film_id": film_id,
        "credit_id": f"{film_id}-{character}-{person_id}",
        "person_id": person_id,
        "credit_type": "cast",
        "character": character,
        "cast_order": cast_order,
    }


def exported(film_id: int, moment: str, popularity: float | None) -> Row:
    """A row of `film_snapshots`: the film's popularity in the daily export of that moment."""
    return {"film_id": film_id, "snapshot_at": f"{moment}+00", "popularity": popularity, "origin": "export"}


def answer(given: Executes, mart: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The mart's rows in its own order, these columns of them, floats rounded to four places."""
    found = given.execute(f"select {', '.join(columns.split())} from mart.{mart}").fetchall()  # noqa: S608
    return [tuple(round(value, 4) if isinstance(value, float) else value for value in row) for row in found]
