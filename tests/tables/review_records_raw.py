"""Rows of raw, as landing leaves them, for the tests of what is made of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from taquilla.tables.cleaning import Cleaned
from taquilla.tables.review_layouts import Layout, find
from taquilla.tables.review_records import read_records
from taquilla.tables.reviews import KINDS

LANDED = datetime(2026, 1, 2, tzinfo=UTC)
COLUMNS = ("raw_seq", "reading", "file", "layout", "line", "record", "error", "landed_at", "run_id", "bucket")
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(COLUMNS, pl.String()),
    **dict.fromkeys(("raw_seq", "reading", "line", "bucket"), pl.Int64()),
    "landed_at": pl.Datetime("us", "UTC"),
}


def raw(
    records: Sequence[str | Mapping[str, Any]], *, file: str = "dump/file.json", layout: str = "yelp"
) -> pl.DataFrame:
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records]
    rows = [(seq, 0, file, layout, seq + 1, text, None, LANDED, "run", 0) for seq, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def read(
    layout: str, kind: str, *records: str | Mapping[str, Any], file: str = "file.json", on: str = "evolve"
) -> Cleaned:
    """The records read; whatever they are, each is accounted for, and what stands is as the contract says."""
    landed = raw(records, file=file, layout=layout)
    cleaned = read_records(find(layout, kind), landed, on_type_change=on)
    assert_accounted(find(layout, kind), landed, cleaned)
    return cleaned


def assert_accounted(layout: Layout, landed: pl.DataFrame, cleaned: Cleaned) -> None:
    kind = KINDS[layout.kind]
    there = landed.filter(pl.col("error").is_null())["raw_seq"].to_list()
    assert sorted(cleaned.rows["raw_seq"].to_list() + cleaned.quarantined["raw_seq"].to_list()) == there
    _, failure = kind.contract.filter(cleaned.rows)
    assert failure.counts().keys() <= {"primary_key"}
    assert cleaned.rows.columns == kind.contract.column_names()
    assert not cleaned.repairs.select("table", "raw_seq", "column").is_duplicated().any()


def told(cleaned: Cleaned) -> list[tuple[str, str, str | None, str]]:
    return cleaned.repairs.select("column", "found", "made", "rule").rows()


def rules(cleaned: Cleaned) -> list[str]:
    return cleaned.quarantined["rule"].to_list()
