"""Warehouses with an audience: beside the small catalogue, alone, or ratings without a review; and its recommender."""

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from analysis.audience_rows import load_audience, load_ratings
from taquilla.models.recommend.training import train_recommenders
from taquilla.warehouse import duckdb
from taquilla.warehouse.asking import asking
from web.rows import small_warehouse, write

TRAINED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@cache
def _made(kind: str) -> Path:
    path = Path(mkdtemp(prefix="taquilla-test-")) / "warehouse.duckdb"
    small_warehouse(path) if kind == "both" else write(path)
    with duckdb.replacing(path) as connection:
        (load_ratings if kind == "ratings" else load_audience)(connection)
    return path


def audience_warehouse(path: Path, kind: str = "both") -> Path:
    """A copy of one at `path`: "both" has films and reviews, "alone" reviews, "ratings" ratings alone."""
    shutil.copyfile(_made(kind), path)
    return path


@cache
def recommenders() -> Path:
    """A folder with a recommender of what "both" has."""
    folder = Path(mkdtemp(prefix="taquilla-test-"))
    with duckdb.connect(_made("both")) as connection:
        train_recommenders(asking(connection), folder, now=TRAINED_AT)
    return folder
