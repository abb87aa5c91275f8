"""A small generated shop in a warehouse, as a load puts it there; its films may bear the titles of others."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa

from taquilla.demo.town import Town
from taquilla.tables.cleaning import clean
from taquilla.tables.rentals import table_of
from taquilla.warehouse.duckdb import Connection
from taquilla.warehouse.rentals_curated import RentalFiles
from taquilla.warehouse.rentals_load import load_rentals
from warehouse.shop import write_curated

RAW = {"_landed_at": pl.lit(datetime(2026, 1, 2, tzinfo=UTC), pl.Datetime("us", "UTC")), "bucket": pl.lit(0, pl.Int64)}


def curated(town: Town, titles: Sequence[str] = ()) -> dict[str, pl.DataFrame]:
    """The curated tables of a town. Every film is linked to the catalogue's of its own number."""
    tables = {}
    for name in town.tables():
        raw = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(town.batches(name), town.schema(name))))
        raw = raw.drop("picture", "password", strict=False).with_row_index("raw_seq")
        table = table_of(name)
        assert table is not None
        tables[table.curated] = clean(table, raw.with_columns(pl.col("raw_seq").cast(pl.Int64), **RAW)).rows
    films = tables["rental_films"]
    if titles:
        named = [titles[place % len(titles)] for place in range(films.height)]
        tables["rental_films"] = films = films.with_columns(title=pl.Series(named))
    tables["film_links"] = films.select(
        "film_id", catalogue_film_id="film_id", method=pl.lit("title_and_year"), confidence=pl.lit(0.95)
    )
    return tables


def load_town(connection: Connection, town: Town, titles: Sequence[str] = (), *, without: Sequence[str] = ()) -> None:
    """Put the town's shop into the warehouse of this connection; `without`: curated tables that it has not."""
    tables = {name: rows for name, rows in curated(town, titles).items() if name not in without}
    with TemporaryDirectory() as folder:
        files = write_curated(Path(folder), tables)
        load_rentals(connection, RentalFiles(files, {f"curated.{name}": rows.height for name, rows in tables.items()}))
