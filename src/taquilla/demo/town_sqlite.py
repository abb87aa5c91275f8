"""The town as a SQLite file: a shop's database that everybody can open, with types and primary keys."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from taquilla.demo.town import PAYMENT, RENTAL, Town
from taquilla.errors import UnavailableError

Progress = Callable[[str, int], None]


def _say_nothing(table: str, rows: int) -> None:
    """No progress."""


def town_to_sqlite(path: Path, town: Town, progress: Progress = _say_nothing) -> int:
    """Write the town to a file, which is there whole or as it was before; answers how many rows it has.

    progress: called after every batch with the table's name and the rows of that batch. UnavailableError: the disk does
    not take it.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.unlink(missing_ok=True)
            with closing(sqlite3.connect(unfinished)) as database:
                rows = _write(database, town, progress)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(
            f"The town's database {path} cannot be written ({error}): free the disk, try again."
        ) from error
    return rows


def _write(database: sqlite3.Connection, town: Town, progress: Progress) -> int:
    # Nobody reads the file before it has its name: neither journal nor waiting for the disk.
    database.executescript("pragma journal_mode = off; pragma synchronous = off")
    for table in town.tables():
        database.execute(_ddl(table, town.schema(table), town.key(table)))
    rows = 0
    for table, batch in _batches(town):
        places = ", ".join("?" * batch.num_columns)
        database.executemany(f'insert into "{table}" values ({places})', _rows(batch))  # noqa: S608 - our own names
        rows += batch.num_rows
        progress(table, batch.num_rows)
    database.commit()
    return rows


def _batches(town: Town) -> Iterator[tuple[str, pa.RecordBatch]]:
    for table in town.tables():
        if table not in (RENTAL, PAYMENT):
            yield from ((table, batch) for batch in town.batches(table))
    yield from town.business()


def _ddl(table: str, schema: pa.Schema, key: tuple[str, ...]) -> str:
    columns = [f'"{column.name}" {_kind(column.type)}{"" if column.nullable else " not null"}' for column in schema]
    names = ", ".join(f'"{name}"' for name in key)
    return f'create table "{table}" ({", ".join(columns)}, primary key ({names}))'


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_timestamp(kind):
        return "datetime"
    return "boolean" if pa.types.is_boolean(kind) else "blob" if pa.types.is_binary(kind) else "text"


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(column) for column in batch.columns), strict=True)


def _values(column: pa.Array) -> list[Any]:
    """What SQLite stores: moments as text to the second, decimals as their text, which it makes numbers of."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("s")).cast(pa.string())
    elif pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: list[Any] = column.to_pylist()
    return values
