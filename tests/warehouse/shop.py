"""Curated tables of a shop as Parquet files, from literal rows, and the road from there into both warehouses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from taquilla.warehouse import duckdb, postgres_load, rentals_postgres
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.rentals_curated import CURATED, RentalFiles
from taquilla.warehouse.rentals_load import LoadedRentals, load_rentals
from taquilla.warehouse.rentals_model import shop

Kinds = dict[str, pl.DataType | type[pl.DataType]]
Rows = Sequence[Mapping[str, Any]]
# Which load wrote a row differs between one load and several.
PLUMBING = "load_seq"

KINDS: Kinds = {
    "bigint": pl.Int64,
    "integer": pl.Int32,
    "text": pl.String,
    "boolean": pl.Boolean,
    "double": pl.Float64,
    "timestamptz": pl.Datetime("us", "UTC"),
    "decimal(12,2)": pl.Decimal(12, 2),
}
QUARANTINE = "raw_seq bigint, key text, landed_at timestamptz, rule text, reason text, record text"


def kinds_of(table: str) -> Kinds:
    """The columns of a curated table, with the kinds that they have in the lake."""
    told = QUARANTINE if table.startswith("quarantine.") else CURATED[table]
    kinds = {name.strip('"'): KINDS[kind] for name, kind in (part.split(" ") for part in told.split(", "))}
    return {**kinds, "changed_at": KINDS["timestamptz"], "raw_seq": pl.Int64}


def write_curated(folder: Path, tables: Mapping[str, pl.DataFrame]) -> dict[str, list[str]]:
    """A file a table: columns that a table has not are null, texts become what the lake has, rows are counted."""
    files = {}
    for name, rows in tables.items():
        frame = rows if "raw_seq" in rows.columns else rows.with_columns(raw_seq=pl.int_range(pl.len(), dtype=pl.Int64))
        path = folder / f"{name}.parquet"
        frame.select(_column(frame, column, kind) for column, kind in kinds_of(name).items()).write_parquet(path)
        files[name] = [str(path)]
    return files


def _column(frame: pl.DataFrame, name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(None, kind).alias(name)
    if frame.schema[name] != pl.String:
        return pl.col(name).cast(kind)
    if kind == pl.Boolean:
        return (pl.col(name) == "1").alias(name)
    if isinstance(kind, pl.Datetime):
        return pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC")
    return pl.col(name).cast(kind)


class Shop:
    """A shop whose curated tables grow: rows that are given once stay until another one has their key.

    options: PostgreSQL is brought on after the file.
    """

    def __init__(self, folder: Path, options: PostgresOptions | None = None) -> None:
        self.folder, self.options = folder, options
        self.file = folder / "warehouse.duckdb"
        self.tables: dict[str, dict[tuple[Any, ...], Mapping[str, Any]]] = {}
        self.landed: dict[str, int] = {}

    def put(self, **tables: Rows) -> None:
        """New rows of the source; the curated tables keep the newest of a key, and every one of a customer's."""
        for table, rows in tables.items():
            kept = self.tables.setdefault(table, {})
            for row in rows:
                seq = self.landed.get(table, 0)
                self.landed[table] = seq + 1
                key = (seq,) if table == "customers" or table.endswith("repairs") or "." in table else _key(table, row)
                kept[key] = {**row, "raw_seq": seq}

    def drop(self, table: str, *key: Any) -> None:
        """The curated table has this key no more."""
        del self.tables[table][key]

    def files(self) -> RentalFiles:
        """What is curated now."""
        frames = {table: _frame(table, list(rows.values())) for table, rows in self.tables.items() if rows}
        marks = {f"curated.{table}": landed for table, landed in self.landed.items() if "." not in table}
        return RentalFiles(write_curated(self.folder, frames), {**marks, "shop.lake": 1, "shop.rebuilt": 0})

    def load(self, *, rebuild: bool = False) -> LoadedRentals:
        """Into DuckDB, and from there into PostgreSQL; what PostgreSQL says where it is there."""
        with duckdb.replacing(self.file, memory_limit="500MB") as connection:
            loaded = load_rentals(connection, self.files(), rebuild=rebuild)
        return self.publish() if self.options else loaded

    def publish(self) -> LoadedRentals:
        """From the file into PostgreSQL."""
        assert self.options
        with connect(self.options, read_only=False) as there, duckdb.connect(self.file) as file:
            postgres_load.begin(there)
            return rentals_postgres.load_rentals(there, file)

    def take(self, **tables: Rows) -> LoadedRentals:
        """`put` and `load`."""
        self.put(**tables)
        return self.load()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Of PostgreSQL where it is there, else of the file; money as a float: drivers differ."""
        with self._asking() as ask:
            return ask(sql)

    def star(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of the star."""
        with self._asking() as ask:
            return {
                name: sorted(ask(f"select {_columns(name)} from {name}"), key=repr)  # noqa: S608
                for name in shop.tables
            }

    @contextmanager
    def _asking(self) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        with connect(self.options) if self.options else duckdb.connect(self.file) as connection:
            yield lambda sql: [tuple(map(_told, row)) for row in connection.execute(sql).fetchall()]


def _key(table: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    keys = {"rental_film_categories": 2, "rental_film_actors": 2}
    return tuple(row[name] for name in list(kinds_of(table))[: keys.get(table, 1)])


def _frame(table: str, rows: Rows) -> pl.DataFrame:
    columns = dict.fromkeys(name for row in rows for name in row)
    kinds = kinds_of(table)
    given = {name: [row.get(name) for row in rows] for name in columns}
    return pl.DataFrame(
        {
            name: pl.Series(
                name, values, dtype=pl.String if any(isinstance(v, str) for v in values) else kinds[name], strict=False
            )
            for name, values in given.items()
        }
    )


def _columns(table: str) -> str:
    return ", ".join(f'"{column.name}"' for column in shop.tables[table].columns if column.name != PLUMBING)


def _told(value: Any) -> Any:
    if isinstance(value, Decimal | float):
        return round(float(value), 9)
    return value.astimezone(UTC) if isinstance(value, datetime) else value
