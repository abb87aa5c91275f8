"""The reviews' star in the DuckDB file → the same star in PostgreSQL, with every key on; its marts after it.

    file ── rows that are newer than the last load ─▶ COPY ─▶ update what differs, insert what is new, delete what is
    gone ─▶ marks ─▶ marts

One transaction. The rows are the file's own, so that the two cannot differ; what is the same is not written again.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from taquilla.warehouse import duckdb
from taquilla.warehouse.ahead import Ahead
from taquilla.warehouse.load import count
from taquilla.warehouse.marts import marts
from taquilla.warehouse.materialized import refresh_marts
from taquilla.warehouse.postgres_load import loaded_marks
from taquilla.warehouse.postgres_merge import copy, delete_missing, keys_made_at_the_end, merge, stage, staged
from taquilla.warehouse.reviews_load import FILE, LOAD, LoadedReviews, is_review_mark, review_marks
from taquilla.warehouse.reviews_model import fact_rating, fact_review, reviews
from taquilla.warehouse.staging import Table, csv

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection

CHUNK_ROWS = 50_000
FACTS = (fact_review.fullname, fact_rating.fullname)
# Which load of the file wrote a row says nothing of reviews.
PLUMBING = ("load_seq",)


def load_reviews(connection: "Connection", file: duckdb.Connection) -> LoadedReviews:
    """Bring the star to what the file says and refresh its marts; in the caller's transaction, after `begin`.

    A file without reviews changes nothing.
    """
    here, there = review_marks(file), {n: at for n, at in loaded_marks(connection).items() if is_review_mark(n)}
    if not here or here == there:
        return LoadedReviews(0, 0, is_whole=False)
    is_whole = there.get(FILE) != here[FILE] or there[LOAD] > here[LOAD]
    since = 0 if is_whole else there[LOAD]
    tables = _tables(file, since)
    if is_whole and _is_empty(connection):
        _fill(connection, tables)
    else:
        _bring_on(connection, file, tables)
    _note(connection, here)
    refresh_marts(connection, [mart.name for mart in marts().values() if mart.is_about("reviews")], counted=is_whole)
    loaded, rated = (count(file, f"{fact} where load_seq > {since:d}") for fact in FACTS)
    return LoadedReviews(loaded, rated, is_whole)


def _tables(file: duckdb.Connection, since: int) -> list[Table]:
    """Every table of the star, what is named before what names it: the rows of the loads after that."""
    return [
        Table(
            table.fullname,
            tuple(table.columns.keys()),
            tuple(column.name for column in table.primary_key),
            partial(_chunks, file, _select(table.fullname, tuple(table.columns.keys()), since)),
        )
        for table in reviews.sorted_tables
    ]


def _select(table: str, columns: tuple[str, ...], since: int) -> str:
    newer = f" where load_seq > {since:d}" if since else ""
    named = ", ".join(f'"{column}"' for column in columns)
    return f"select {named} from {table}{newer}"


def _chunks(file: duckdb.Connection, sql: str) -> Iterator[bytes]:
    # A cursor of its own: chunks are made ahead, while others are asked of the file.
    with file.cursor() as cursor:
        for batch in cursor.sql(sql).to_arrow_reader(CHUNK_ROWS):
            yield csv(pl.DataFrame(batch))


def _is_empty(connection: "Connection") -> bool:
    asked = " and ".join(f"not exists (select from {table.fullname})" for table in reviews.sorted_tables)
    return connection.execute(f"select {asked}").fetchone() == (True,)


def _fill(connection: "Connection", tables: list[Table]) -> None:
    names = [table.name for table in tables]
    with Ahead(table.chunks() for table in tables) as ahead, keys_made_at_the_end(connection, names):
        for table in tables:
            copy(connection, replace(table, chunks=ahead.stream))


def _bring_on(connection: "Connection", file: duckdb.Connection, tables: list[Table]) -> None:
    for table in tables:
        stage(connection, table)
        merge(connection, table, ignoring=PLUMBING)
    for table in reversed(tables):
        _delete_vanished(connection, file, table)


def _delete_vanished(connection: "Connection", file: duckdb.Connection, table: Table) -> None:
    """As many rows here as there are the same rows, since all that are new have come; else their keys tell."""
    row = connection.execute(f"select count(*) from {table.name}").fetchone()
    if row == (count(file, table.name),):
        return
    connection.execute(f"drop table {staged(table.name)}")
    keys = replace(table, columns=table.key, chunks=partial(_chunks, file, _select(table.name, table.key, 0)))
    stage(connection, keys)
    delete_missing(connection, keys)


def _note(connection: "Connection", marks: dict[str, int]) -> None:
    old = [name for name in loaded_marks(connection) if is_review_mark(name)]
    connection.execute("delete from load_marks where source = any (%s)", (old,))
    connection.cursor().executemany("insert into load_marks values (%s, %s)", sorted(marks.items()))
