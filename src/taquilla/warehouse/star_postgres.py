"""A subject's star in the DuckDB file → the same star in PostgreSQL, with every key on; its marts after it.

    file ── rows that are newer than the last load ─▶ COPY ─▶ update what differs, insert what is new, delete what is
    gone ─▶ marks ─▶ marts

One transaction. The rows are the file's own, so that the two cannot differ; what is the same is not written again.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import MetaData

from taquilla.warehouse import duckdb
from taquilla.warehouse.ahead import Ahead
from taquilla.warehouse.load import count
from taquilla.warehouse.marts import marts
from taquilla.warehouse.materialized import refresh_marts
from taquilla.warehouse.postgres_load import loaded_marks
from taquilla.warehouse.postgres_merge import copy, delete_missing, keys_made_at_the_end, merge, stage, staged
from taquilla.warehouse.staging import Table, csv

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection

CHUNK_ROWS = 50_000
# Which load of the file wrote a row says nothing of the subject.
PLUMBING = ("load_seq",)


@dataclass(frozen=True, slots=True)
class Star:
    """A subject's tables, and how its loads of the file are told.

    numbered: the tables whose rows tell which load wrote them (`load_seq`). told: the facts whose rows a load tells.
    marks: of the file, by name; file_mark, load_mark: those that name the file, and count its loads.
    """

    subject: str
    tables: MetaData
    numbered: frozenset[str]
    told: tuple[str, str]
    marks: Callable[[duckdb.Connection], Mapping[str, int]]
    is_mark: Callable[[str], bool]
    file_mark: str
    load_mark: str

    def names(self) -> Iterator[str]:
        return (table.fullname for table in self.tables.sorted_tables)


@dataclass(frozen=True, slots=True)
class LoadedStar:
    """The facts' rows that came, and whether the star was compared as a whole."""

    rows: tuple[int, int] = (0, 0)
    is_whole: bool = False


def load_star(connection: "Connection", file: duckdb.Connection, star: Star) -> LoadedStar:
    """Bring the star to what the file says and refresh its marts; in the caller's transaction, after `begin`.

    A file without the subject changes nothing.
    """
    here, there = star.marks(file), {n: at for n, at in loaded_marks(connection).items() if star.is_mark(n)}
    if not here or here == there:
        return LoadedStar()
    is_whole = there.get(star.file_mark) != here[star.file_mark] or there[star.load_mark] > here[star.load_mark]
    since = 0 if is_whole else there[star.load_mark]
    tables = _tables(file, star, since)
    if is_whole and _is_empty(connection, star):
        _fill(connection, tables)
    else:
        _bring_on(connection, file, tables, star if since else None)
    _note(connection, star, here)
    about = [mart.name for mart in marts().values() if mart.is_about(star.subject)]
    refresh_marts(connection, about, counted=is_whole)
    first, second = (count(file, f"{fact} where load_seq > {since:d}") for fact in star.told)
    return LoadedStar((first, second), is_whole)


def _tables(file: duckdb.Connection, star: Star, since: int) -> list[Table]:
    """Every table of the star, what is named before what names it; of the numbered the rows of the loads after that."""

    def table(name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> Table:
        rows = _select(name, columns, since if name in star.numbered else 0)
        return Table(name, columns, key, partial(_chunks, file, rows))

    return [
        table(one.fullname, tuple(one.columns.keys()), tuple(column.name for column in one.primary_key))
        for one in star.tables.sorted_tables
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


def _is_empty(connection: "Connection", star: Star) -> bool:
    asked = " and ".join(f"not exists (select from {name})" for name in star.names())
    return connection.execute(f"select {asked}").fetchone() == (True,)


def _fill(connection: "Connection", tables: list[Table]) -> None:
    names = [table.name for table in tables]
    with Ahead(table.chunks() for table in tables) as ahead, keys_made_at_the_end(connection, names):
        for table in tables:
            copy(connection, replace(table, chunks=ahead.stream))


def _bring_on(connection: "Connection", file: duckdb.Connection, tables: list[Table], newer_of: Star | None) -> None:
    """newer_of: of this star's numbered tables the new rows alone have come; None: every row of all."""
    for table in tables:
        stage(connection, table)
        merge(connection, table, ignoring=PLUMBING)
    for table in reversed(tables):
        if newer_of and table.name in newer_of.numbered:
            _delete_vanished(connection, file, table)
        else:
            delete_missing(connection, table)


def _delete_vanished(connection: "Connection", file: duckdb.Connection, table: Table) -> None:
    """As many rows here as there are the same rows, since all that are new have come; else their keys tell."""
    row = connection.execute(f"select count(*) from {table.name}").fetchone()
    if row == (count(file, table.name),):
        return
    connection.execute(f"drop table {staged(table.name)}")
    keys = replace(table, columns=table.key, chunks=partial(_chunks, file, _select(table.name, table.key, 0)))
    stage(connection, keys)
    delete_missing(connection, keys)


def _note(connection: "Connection", star: Star, marks: Mapping[str, int]) -> None:
    old = [name for name in loaded_marks(connection) if star.is_mark(name)]
    connection.execute("delete from load_marks where source = any (%s)", (old,))
    connection.cursor().executemany("insert into load_marks values (%s, %s)", sorted(marks.items()))
