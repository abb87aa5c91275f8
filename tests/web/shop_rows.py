"""Warehouses with a generated shop: beside the small catalogue, or alone."""

import shutil
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from analysis.town_rows import load_town
from taquilla.demo.town import Town
from taquilla.warehouse.duckdb import replacing
from web.rows import small_warehouse, write

TOWN = Town(rentals=2_000, years=1, stores=2, films=60)
WORKBOOK = Town(rentals=400, years=1, stores=1, films=30, until=date(2014, 7, 1))


@cache
def _made(kind: str) -> Path:
    path = Path(mkdtemp(prefix="taquilla-test-")) / "warehouse.duckdb"
    write(path) if kind == "alone" else small_warehouse(path)
    with replacing(path) as connection:
        load_town(connection, WORKBOOK if kind == "workbook" else TOWN, without=["payments"] * (kind == "workbook"))
    return path


def shop_warehouse(path: Path, kind: str = "both") -> Path:
    """A copy of one at `path`: "both" has films and a shop, "alone" a shop, "workbook" one that tells no payments."""
    shutil.copyfile(_made(kind), path)
    return path
