"""One table between MariaDB and Parquet by `taquilla copy`, and by scripts that keep nothing and count nothing."""

from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
from pyarrow import parquet

from benchmarks import rentals_floors, rentals_shop
from taquilla.lake import Lake
from taquilla.pipeline.addresses import Address
from taquilla.pipeline.copies.copying import copy
from taquilla.pipeline.copies.places import Places

TABLE, BACK, BARE = "rental", "rental_back", "rental_bare"
SUMMED = ("rental_id", "unix_timestamp(rental_date)", "unix_timestamp(return_date)", "unix_timestamp(last_update)")


def to_parquet(url: str, folder: str) -> dict[str, Any]:
    return _copied(url, folder, Address("database", "shop", TABLE), Address("files", f"{folder}/{TABLE}.parquet"))


def to_mariadb(url: str, folder: str) -> dict[str, Any]:
    return _copied(url, folder, Address("files", f"{folder}/{TABLE}.parquet"), Address("database", "shop", BACK))


def _copied(url: str, folder: str, source: Address, target: Address) -> dict[str, Any]:
    databases = {"shop": rentals_shop.options(url)}
    places = Places(databases, Lake(f"{folder}/lake"), Path(folder, "warehouse.duckdb"), Path(folder, "spools"))
    return {"rows": copy(source, target, places).rows}


def bare_to_parquet(url: str, folder: str) -> dict[str, Any]:
    """connectorx' batches into a file, as they come."""
    rows, writer = 0, None
    for batch in rentals_floors.batches(url, TABLE):
        if writer is None:
            writer = parquet.ParquetWriter(f"{folder}/bare.parquet", batch.schema, compression="zstd")
        writer.write_batch(batch)
        rows += batch.num_rows
    assert writer is not None
    writer.close()
    return {"rows": rows}


def bare_to_mariadb(url: str, folder: str) -> dict[str, Any]:
    """The file as one CSV by Polars, and one LOAD DATA of it into a table like the first."""
    path = Path(folder, "bare.csv")
    frame = pl.scan_parquet(f"{folder}/{TABLE}.parquet")
    frame.sink_csv(path, include_header=False, null_value=r"\N", datetime_format="%Y-%m-%d %H:%M:%S")
    return load_csv(url, folder)


def load_csv(url: str, folder: str) -> dict[str, Any]:
    """One LOAD DATA of a CSV that is there."""
    with closing(rentals_shop.bare(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"create or replace table {BARE} like {TABLE}")
        path = f"{folder}/bare.csv"
        rows = cursor.execute(f"load data local infile '{path}' into table {BARE} fields terminated by ','")
    return {"rows": rows}


def agree(url: str) -> None:
    """AssertionError: one of the copies that went there and back has not the table's rows."""
    with closing(rentals_shop.bare(url)) as connection, connection.cursor() as cursor:
        counted = {table: _sum(cursor, table) for table in (TABLE, BACK, BARE)}
    assert len(set(counted.values())) == 1, f"not the same: {counted}"


def _sum(cursor: Any, table: str) -> tuple[Any, ...]:
    sums = ", ".join(f"sum({column})" for column in SUMMED)
    cursor.execute(f"select count(*), {sums} from {table}")  # noqa: S608 - constants
    return tuple(cursor.fetchone())
