"""Curated tables of reviews as Parquet files, from literal rows, and the road from there into both warehouses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from taquilla.tables.cleaning import Quarantined, Repairs
from taquilla.tables.reviews import KINDS, ReviewSignals
from taquilla.warehouse import duckdb, postgres_load, reviews_postgres
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.reviews_curated import ReviewFiles
from taquilla.warehouse.reviews_load import LoadedReviews, load_reviews
from taquilla.warehouse.reviews_model import reviews
from warehouse.given import Rows, fill

NOW = datetime(2024, 6, 1, tzinfo=UTC)
GOALS = {"retention": 0.2, "growth": 0.05, "stars_change": 0.0, "sentiment_change": 0.0}
# Which load wrote a row differs between one load and several.
PLUMBING = "load_seq"
_CONTRACTS = {
    **{name: (kind.contract, kind.key) for name, kind in KINDS.items()},
    "review_signals": (ReviewSignals, ("review_id",)),
    "review_repairs": (Repairs, ("table", "raw_seq", "column")),
}
_FILLED = {
    "source": "yelp",
    "bucket": 0,
    "date_precision": "second",
    "is_cinema": False,
    "is_video_shop": False,
    "aspects": [],
    "spam_signs": [],
    "spam_score": 0.0,
    "word_count": 5,
    "is_open": None,
}


def at(moment: str) -> datetime:
    """A moment of 2024: 01-10, or 01-10 20:30."""
    return datetime.fromisoformat(f"2024-{moment}").replace(tzinfo=UTC)


def review(n: int, venue: str, who: str | None, stars: float | None, moment: str, **more: Any) -> dict[str, Any]:
    """The review `r<n>` of a venue; its text is there unless `text` says otherwise."""
    told = {"review_id": f"r{n}", "venue_id": venue, "reviewer_id": who, "stars": stars, "reviewed_at": at(moment)}
    return {**told, "text": f"Text {n}", **more}


def signal(n: int, sentiment: float | None = None, language: str | None = "en", **more: Any) -> dict[str, Any]:
    """What the text of the review `r<n>` tells."""
    return {"review_id": f"r{n}", "sentiment": sentiment, "language": language, **more}


class World:
    """Curated tables that grow: rows that are given once stay until another one has their key.

    options: PostgreSQL is brought on after the file.
    """

    def __init__(self, folder: Path, options: PostgresOptions | None = None) -> None:
        self.folder, self.options = folder, options
        self.file = folder / "warehouse.duckdb"
        self.goals: Mapping[str, float] = GOALS
        self.rebuilt = 0
        self._tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self._landed = 0

    def put(self, **tables: Rows) -> None:
        """New rows, the newest of a key; signals are of the row of the review that stands now."""
        for name, rows in tables.items():
            kept = self._tables.setdefault(name, {})
            for row in rows:
                assert isinstance(row, Mapping)
                self._landed += 1
                made = {"raw_seq": self._landed, **row}
                if name == "review_signals":
                    made["raw_seq"] = self._tables["reviews"][(row["review_id"],)]["raw_seq"]
                kept[tuple(made[column] for column in _contract(name)[1])] = made

    def drop(self, name: str, *key: Any) -> None:
        """The curated table has this key no more."""
        del self._tables[name][key]
        self._landed += 1

    def has(self, name: str, *key: Any) -> bool:
        """Whether the curated table has this key."""
        return key in self._tables.get(name, {})

    def files(self) -> ReviewFiles:
        """What is curated now."""
        files = {}
        for name, rows in self._tables.items():
            schema = _contract(name)[0].create_empty().schema
            path = self.folder / f"{name}.parquet"
            full = [{column: row.get(column, _FILLED.get(column)) for column in schema} for row in rows.values()]
            pl.DataFrame(full, schema=schema).write_parquet(path)
            files[name] = [str(path)]
        marks = {"curated.reviews": self._landed, "reviews.lake": 1, "reviews.rebuilt": self.rebuilt}
        return ReviewFiles(files, marks)

    def load(self, *, rebuild: bool = False, now: datetime = NOW) -> LoadedReviews:
        """Into DuckDB, and from there into PostgreSQL; what PostgreSQL says where it is there."""
        with duckdb.replacing(self.file, memory_limit="500MB") as connection:
            loaded = load_reviews(connection, self.files(), goals=self.goals, now=now, rebuild=rebuild)
        return self.publish() if self.options else loaded

    def publish(self) -> LoadedReviews:
        """From the file into PostgreSQL."""
        assert self.options
        with connect(self.options, read_only=False) as there, duckdb.connect(self.file) as file:
            postgres_load.begin(there)
            return reviews_postgres.load_reviews(there, file)

    def take(self, **tables: Rows) -> LoadedReviews:
        """`put` and `load`."""
        self.put(**tables)
        return self.load()

    def fill(self, **films: Rows) -> None:
        """Rows of the films' own tables in the file."""
        with duckdb.replacing(self.file) as connection:
            fill(connection, **films)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the warehouse answers; floats to four places."""
        with self.asking() as ask:
            return ask(sql)

    def star(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table's rows."""
        with self.asking() as ask:
            return {name: sorted(ask(f"select {_columns(name)} from {name}"), key=repr) for name in reviews.tables}  # noqa: S608

    @contextmanager
    def asking(self, *, as_they_are: bool = False) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        """Answers over one connection. as_they_are: floats are not rounded."""
        told = _plain if as_they_are else _told
        with connect(self.options) if self.options else duckdb.connect(self.file) as connection:
            yield lambda sql: [tuple(map(told, row)) for row in connection.execute(sql).fetchall()]


def _contract(name: str) -> tuple[Any, Sequence[str]]:
    return (Quarantined, ("raw_seq",)) if name.startswith("quarantine.") else _CONTRACTS[name]


def _columns(table: str) -> str:
    return ", ".join(f'"{column.name}"' for column in reviews.tables[table].columns if column.name != PLUMBING)


def _told(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and isinstance(value, date) else value
