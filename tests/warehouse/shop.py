"""Curated tables of a shop as Parquet files, from literal rows: what a load of rentals reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from taquilla.warehouse.rentals_curated import CURATED

KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "bigint": pl.Int64,
    "integer": pl.Int32,
    "text": pl.String,
    "boolean": pl.Boolean,
    "double": pl.Float64,
    "timestamptz": pl.Datetime("us", "UTC"),
    "decimal(12,2)": pl.Decimal(12, 2),
}
QUARANTINE = "raw_seq bigint, key text, landed_at timestamptz, rule text, reason text, record text"


def kinds_of(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
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


def frame(rows: list[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as they are written here: numbers, texts, moments as text."""
    return pl.DataFrame(rows, infer_schema_length=None)
