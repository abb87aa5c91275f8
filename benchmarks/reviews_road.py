"""The road of reviews, NDJSON → raw → curated → signals → star → marts: each step for a process of its own.

root: the lake, a folder or an s3:// prefix whose keys are in the environment; private: a folder for what is no table.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.group_memory import watched
from benchmarks.road import MEMORY_LIMIT
from taquilla.demo.town_reviews import review_lines
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.reviews.curate import curate_reviews
from taquilla.pipeline.reviews.land import land_reviews
from taquilla.pipeline.reviews.load import load_reviews
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.reviews.review_tables import ReviewTables
from taquilla.pipeline.reviews.score import score_reviews
from taquilla.warehouse import duckdb
from taquilla.warehouse.marts import marts as all_marts

CHUNK_ROWS = 50_000
GOALS = {"retention": 0.2, "growth": 0.05, "stars_change": 0.0, "sentiment_change": 0.0}


def generate(path: str, reviews: str) -> dict[str, Any]:
    with Path(path).open("wb") as file:
        size = sum(file.write(block) for block in review_lines(int(reviews)))
    return {"rows": int(reviews), "bytes": size}


def land(path: str, root: str, private: str) -> dict[str, Any]:
    lake = _lake(root, private)
    with watched() as group:
        landed = land_reviews(
            lake, [path], run_id="bench", now=datetime.now(UTC), pseudonyms=Pseudonyms.of(lake, PSEUDONYM_KEY)
        )
    assert landed.dead == 0, f"{landed.dead:,} lines of a clean file were no records"
    return {"rows": sum(landed.rows.values()), "peak_bytes": {"group": group.bytes}}


PSEUDONYM_KEY = "of a benchmark, so nobody's, and long enough"


def curate(root: str, private: str) -> dict[str, Any]:
    with watched() as group:
        done = curate_reviews(_lake(root, private), engine("local"))
    assert done.quarantined == 0, f"{done.quarantined:,} rows of a clean file were refused"
    return {"rows": done.raw_rows, "peak_bytes": {"group": group.bytes}}


def score(root: str, private: str) -> dict[str, Any]:
    with watched() as group:
        done = score_reviews(_lake(root, private), engine("local"))
    return {"rows": done.rows, "peak_bytes": {"group": group.bytes}}


def load(root: str, private: str, folder: str) -> dict[str, Any]:
    done = load_reviews(_lake(root, private), _warehouse(folder), goals=GOALS, memory_limit=MEMORY_LIMIT)
    return {"rows": done.reviews}


def marts(folder: str) -> dict[str, Any]:
    """Read every row of every mart that reviews change; how many there are, and the seconds of each."""
    begun, rows, seconds = datetime.now(UTC), 0, {}
    with duckdb.connect(_warehouse(folder), memory_limit=MEMORY_LIMIT) as connection:
        for mart in all_marts().values():
            if mart.is_about("reviews"):
                batches = connection.sql(f'select * from mart."{mart.name}"').to_arrow_reader(CHUNK_ROWS)  # noqa: S608
                rows += sum(batch.num_rows for batch in batches)
                now = datetime.now(UTC)
                seconds[mart.name], begun = (now - begun).total_seconds(), now
    return {"rows": rows, "seconds": seconds}


def sums(root: str, private: str) -> dict[str, Any]:
    """What the curated reviews add up to, for a comparison."""
    import polars as pl

    rows = ReviewTables.of(_lake(root, private), "reviews").curated.scan()
    told = rows.select(pl.len(), pl.col("stars").sum(), pl.col("useful_votes").sum(), pl.col("review_id").n_unique())
    return {"sums": [int(value) for value in told.collect().row(0)]}


def _lake(root: str, private: str) -> Lake:
    return Lake(root, private_root=Path(private))


def _warehouse(folder: str) -> Path:
    return Path(folder, "warehouse.duckdb")
