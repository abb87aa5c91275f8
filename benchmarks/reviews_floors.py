"""What a script would do instead: the same file as Parquet, by DuckDB or by Polars, on the local disk or in S3.

They keep no copy of what they read, check and repair nothing, commit nothing, and cannot resume.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.group_memory import watched


def with_duckdb(path: str, folder: str) -> dict[str, Any]:
    with watched() as group, closing(duckdb.connect()) as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false")
        connection.execute(
            f"copy (select * from read_json('{path}', format = 'newline_delimited')) "  # noqa: S608 - our own path
            f"to '{_target(folder)}' (format parquet, compression zstd)"
        )
    return _told(folder, group.bytes)


def with_polars(path: str, folder: str) -> dict[str, Any]:
    with watched() as group:
        pl.scan_ndjson(path).sink_parquet(_target(folder), compression="zstd")
    return _told(folder, group.bytes)


def with_polars_to_s3(path: str, target: str) -> dict[str, Any]:
    """DuckDB's wheel has no way to write to S3."""
    options = {"aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"], "aws_allow_http": "true"}
    with watched() as group:
        pl.scan_ndjson(path).sink_parquet(target, compression="zstd", storage_options=options)
    rows = pl.scan_parquet(target, storage_options=options).select(pl.len()).collect().item()
    return {"rows": rows, "peak_bytes": {"group": group.bytes}}


def _target(folder: str) -> Path:
    return Path(folder, "floor.parquet")


def _told(folder: str, peak_bytes: int) -> dict[str, Any]:
    target = _target(folder)
    rows = pl.scan_parquet(target).select(pl.len()).collect().item()
    return {"rows": rows, "bytes": target.stat().st_size, "peak_bytes": {"group": peak_bytes}}


def sums(folder: str) -> dict[str, Any]:
    """What the reviews add up to, for a comparison."""
    asked = "select count(*), sum(stars), sum(useful), count(distinct review_id) from read_parquet(?)"
    with closing(duckdb.connect()) as connection:
        connection.execute("set memory_limit = '1400MB'")
        [row] = connection.execute(asked, [str(_target(folder))]).fetchall()
    return {"sums": [int(value) for value in row]}
