"""The road of a rental shop, MariaDB → raw → curated → star → marts: each step for a process of its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.rentals_shop import opened
from benchmarks.road import MEMORY_LIMIT
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.links import link_rental_films
from taquilla.pipeline.rentals.load import load_rentals
from taquilla.warehouse import duckdb
from taquilla.warehouse.marts import marts as all_marts

CHUNK_ROWS = 50_000


def read(url: str) -> dict[str, Any]:
    """Every table in Arrow batches, which nobody keeps."""
    with opened(url) as shop:
        return {"rows": sum(batch.num_rows for name in shop.relations() for batch in shop.read(name))}


def land(url: str, folder: str) -> dict[str, Any]:
    with opened(url) as shop:
        landed = land_rentals(_lake(folder), shop, run_id="bench", now=datetime.now(UTC))
    return {"rows": sum(landed.rows.values())}


def curate(folder: str) -> dict[str, Any]:
    done = curate_rentals(_lake(folder), engine("local"))
    assert done.quarantined == 0, f"{done.quarantined:,} rows of a clean town were refused"
    return {"rows": done.raw_rows}


def link(folder: str) -> dict[str, Any]:
    return {"rows": link_rental_films(_lake(folder)).films}


def load(folder: str) -> dict[str, Any]:
    done = load_rentals(_lake(folder), warehouse(folder), memory_limit=MEMORY_LIMIT)
    return {"rows": done.rentals + done.payments}


def marts(folder: str) -> dict[str, Any]:
    """Read every row of every mart that rentals change; how many there are, and the seconds of the slowest."""
    begun, rows, seconds = datetime.now(UTC), 0, {}
    with duckdb.connect(warehouse(folder), memory_limit=MEMORY_LIMIT) as connection:
        for mart in all_marts().values():
            if mart.is_about("rentals"):
                batches = connection.sql(f'select * from mart."{mart.name}"').to_arrow_reader(CHUNK_ROWS)  # noqa: S608
                rows += sum(batch.num_rows for batch in batches)
                now = datetime.now(UTC)
                seconds[mart.name], begun = (now - begun).total_seconds(), now
    return {"rows": rows, "seconds": seconds}


def warehouse(folder: str) -> Path:
    return Path(folder, "warehouse.duckdb")


def _lake(folder: str) -> Lake:
    return Lake(f"{folder}/lake")
