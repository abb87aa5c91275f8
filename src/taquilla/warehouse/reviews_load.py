"""Curated reviews → the star in DuckDB: what differs is written, and each row says which load wrote it.

What many rows decide together (a burst, a text that was copied, the mean of a venue) is worked out anew in every load;
the rows of which it says the same stay untouched. So a load has little to write, and says what a first one would.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from taquilla.warehouse.duckdb import Connection, schema_version
from taquilla.warehouse.load import FILMS, LAKE, REBUILT, SCHEMA, count, loaded_marks
from taquilla.warehouse.reviews_curated import CURATED, ReviewFiles, attach
from taquilla.warehouse.reviews_dimensions import DIMENSIONS, Told
from taquilla.warehouse.reviews_facts import FACTS, MARKED, Fact
from taquilla.warehouse.reviews_model import reviews

# The load that wrote a row, and which file it was: PostgreSQL takes from the file what is newer than what it has.
LOAD, FILE = "reviews.load", "reviews.file"
# Another lake, or one that was curated anew, is no continuation.
SAME = ("reviews.lake", "reviews.rebuilt")
# Rated films are found among the films of the catalogue; figures are held against goals.
CATALOGUE, GOALS = "reviews.films", "reviews.goals"
_REVIEWS, _RATINGS = "reviews.fact_review", "reviews.fact_rating"


@dataclass(frozen=True, slots=True)
class LoadedReviews:
    """What a load did: the reviews and ratings that it wrote, and whether it wrote all of them."""

    reviews: int
    ratings: int
    is_whole: bool


def review_marks(connection: Connection) -> dict[str, int]:
    """How far the star has come; nothing where no reviews were ever loaded into this warehouse."""
    return {name: at for name, at in loaded_marks(connection).items() if is_review_mark(name)}


def is_review_mark(name: str) -> bool:
    """Whether this mark is the reviews' own, and no other subject's."""
    return name.startswith("reviews.") or name.removeprefix("curated.") in CURATED


def load_reviews(
    connection: Connection, files: ReviewFiles, *, goals: Mapping[str, float], now: datetime, rebuild: bool = False
) -> LoadedReviews:
    """Bring the star from its marks to those of `files`, or make it anew; in the caller's transaction.

    goals: by KPI. now: what is later was written in the future. Nothing of other subjects' tables is touched.
    """
    marks = review_marks(connection)
    wanted = {**files.marks, CATALOGUE: _catalogue(connection), GOALS: crc32(repr(sorted(goals.items())).encode())}
    is_whole = rebuild or LOAD not in marks or any(marks.get(name) != wanted.get(name) for name in SAME)
    if not is_whole and all(marks.get(name) == at for name, at in wanted.items()):
        return LoadedReviews(0, 0, is_whole=False)
    # Rows need no order of their own, and keeping one takes memory.
    connection.execute("set preserve_insertion_order = false")
    attach(connection, files)
    if is_whole:
        _empty(connection)
    load_seq = 1 if is_whole else marks[LOAD] + 1
    _tell(connection, goals, now)
    _bring_on(connection, load_seq, is_whole=is_whole)
    _note(connection, wanted, load_seq, None if is_whole else marks[FILE])
    loaded, rated = (count(connection, f"{table} where load_seq = {load_seq:d}") for table in (_REVIEWS, _RATINGS))
    return LoadedReviews(loaded, rated, is_whole)


def clear_reviews(connection: Connection) -> None:
    """Take the reviews out of the warehouse, marks and all."""
    _empty(connection)
    _forget(connection)


def _catalogue(connection: Connection) -> int:
    marks = loaded_marks(connection)
    return crc32(repr([marks.get(name) for name in (FILMS, REBUILT, LAKE)]).encode())


def _empty(connection: Connection) -> None:
    for table in reversed(reviews.sorted_tables):
        connection.execute(f"delete from {table.fullname}")


def _tell(connection: Connection, goals: Mapping[str, float], now: datetime) -> None:
    """What the load is told, as temporary tables."""
    connection.execute("create or replace temp table told_goals (kpi text, goal double)")
    for kpi, goal in sorted(goals.items()):
        connection.execute("insert into told_goals values ($kpi, $goal)", {"kpi": kpi, "goal": goal})
    connection.execute(
        "create or replace temp table told_moment as select $now::timestamptz as loaded_at", {"now": now}
    )


def _bring_on(connection: Connection, load_seq: int, *, is_whole: bool) -> None:
    for dimension in DIMENSIONS:
        _load_told(connection, dimension, load_seq, is_first=is_whole)
    connection.execute(f"create or replace temp table marked as {MARKED}")
    for fact in FACTS:
        _load_fact(connection, fact, load_seq, is_first=is_whole)


def _load_told(connection: Connection, told: Told, load_seq: int, *, is_first: bool) -> None:
    insert = f"insert into {told.table} by name select *, {load_seq:d} as load_seq from"
    if is_first:
        connection.execute(f"{insert} ({told.sql})")
        return
    connection.execute(f"create or replace temp table told as {told.sql}")
    columns = ", ".join(
        f'"{column.name}"' for column in reviews.tables[told.table].columns if column.name != "load_seq"
    )
    key = ", ".join(told.key)
    # What is not told word for word any more.
    connection.execute(
        f"""delete from {told.table} where ({key}) in (
            select ({key}) from (select {columns} from {told.table} except select {columns} from told))"""
    )
    connection.execute(f"{insert} (select * from told anti join {told.table} using ({key}))")
    connection.execute("drop table told")


def _load_fact(connection: Connection, fact: Fact, load_seq: int, *, is_first: bool) -> None:
    if not is_first:
        connection.execute(f"create or replace temp table stale as {fact.stale()}")
        connection.execute(f"delete from {fact.table} where raw_seq in (select raw_seq from stale)")
    connection.execute(fact.insert(load_seq, is_first=is_first))


def _note(connection: Connection, marks: Mapping[str, int], load_seq: int, file: int | None) -> None:
    _forget(connection)
    if file is None:
        [(file,)] = connection.execute("select (hash(gen_random_uuid()) >> 2)::bigint").fetchall()
    noted = {**marks, LOAD: load_seq, FILE: file}
    connection.executemany("insert into load_marks values (?, ?)", sorted(noted.items()))
    # Which version's file it is: where no films were ever loaded, nobody has told.
    connection.execute(
        "insert into load_marks select $name, $version where $name not in (select source from load_marks)",
        {"name": SCHEMA, "version": schema_version()},
    )


def _forget(connection: Connection) -> None:
    for name in review_marks(connection):
        connection.execute("delete from load_marks where source = $name", {"name": name})
