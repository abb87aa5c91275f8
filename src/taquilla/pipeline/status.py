"""How the platform stands: the account of all records, freshness, what the warehouse holds and the last runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from taquilla.lake import Lake
from taquilla.pipeline.accounts import account
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.land import CHANGES, EXPORT
from taquilla.pipeline.runs import recent_runs
from taquilla.warehouse import duckdb

COUNTED = (
    "movies",
    "people",
    "production_companies",
    "genres",
    "movie_people",
    "movie_data_warehouse",
    "film_snapshots",
)


def status(lake: Lake, warehouse: Path, *, runs: int = 10) -> dict[str, Any]:
    """Everything that `taquilla status` shows, as plain values."""
    tables = FilmTables.of(lake)
    changes = tables.raw.mark(CHANGES)
    return {
        "records": account(lake).as_dict(),
        "fresh_as_of": None if changes is None else datetime.fromtimestamp(changes / 1e6, UTC),
        "newest_export": _day(tables.exports.mark(EXPORT)),
        "warehouse": _counts(warehouse),
        "runs": recent_runs(lake, runs).to_dicts(),
    }


def _day(number: int | None) -> str | None:
    return None if number is None else f"{number // 10000}-{number // 100 % 100:02}-{number % 100:02}"


def _counts(warehouse: Path) -> dict[str, int]:
    if not warehouse.exists():
        return {}
    with duckdb.connect(warehouse) as connection:
        if not duckdb.is_warehouse(connection):
            return {}
        # The names are those above.
        counted = {t: connection.execute(f"select count(*) from {t}").fetchone() for t in COUNTED}  # noqa: S608
    return {table: row[0] for table, row in counted.items() if row}
