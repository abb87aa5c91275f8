"""`ops.runs`: one row a step that was run, good or failed."""

from datetime import datetime

import dataframely as dy
import polars as pl

from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.film_tables import schema_of


class Runs(dy.Schema):
    """`ops.runs`: what each step of each run did."""

    run_seq = dy.Int64(primary_key=True, min=0, description="number of the row, counted from 0 without a gap")
    run_id = dy.String()
    step = dy.String()
    started_at = dy.Datetime(time_unit="us", time_zone="UTC")
    seconds = dy.Float64(min=0)
    outcome = dy.String(description="ok or failed")
    rows = dy.Int64(nullable=True)
    quarantined = dy.Int64(nullable=True)
    dead = dy.Int64(nullable=True)
    peak_memory_mb = dy.Float64(nullable=True, description="of the process so far, MB")
    note = dy.String(nullable=True, description="what was special, or the error")
    version = dy.String(description="Taquilla's version")
    bucket = dy.Int64()


def runs_table(lake: Lake) -> LakeTable:
    return lake.table("ops.runs", schema_of(Runs))


def record(lake: Lake, row: dict[str, str | int | float | datetime | None]) -> None:
    """Append one step's row."""
    table = runs_table(lake)
    schema = {name: dtype for name, dtype in table.schema.items() if name != "run_seq"}
    rows = pl.DataFrame([{**row, "bucket": 0}], schema=schema)
    table.append(rows, number="run_seq")


def recent_runs(lake: Lake, limit: int = 50) -> pl.DataFrame:
    """The newest rows, newest first, without the bucket."""
    table = runs_table(lake)
    if not table.exists():
        return pl.DataFrame(schema=table.schema).drop("bucket")
    return table.scan().sort("run_seq", descending=True).head(limit).drop("bucket").collect()
