"""A declared table of no subject, and rows of it as a file or a database gives them."""

from datetime import UTC, datetime
from typing import Any

import dataframely as dy
import polars as pl

from taquilla.tables.clean_tables import CleanTable, Order, source
from taquilla.tables.cleaning import Cleaned, Quarantined, Repairs, clean

LANDED = datetime(2026, 1, 2, tzinfo=UTC)
NOON = datetime(2005, 5, 24, 12, tzinfo=UTC)


class Loans(dy.Schema):
    """A table of no subject."""

    loan_id = dy.Int64(primary_key=True, min=0)
    lent_at = dy.Datetime(time_unit="us", time_zone="UTC", metadata=source("loan_date", "lent"))
    back_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")
    fee = dy.Decimal(12, 2, nullable=True, min=0, max=10**9)
    year = dy.Int32(nullable=True)
    copies = dy.Int64(nullable=True, min=1, max=1_000)
    is_open = dy.Bool(nullable=True)
    note = dy.String(nullable=True, max_length=20)
    reader = dy.String(nullable=True, metadata=source(kind="name"))
    changed_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC", metadata=source("last_update"))
    raw_seq = dy.Int64(min=0)
    bucket = dy.Int64(min=0)


LOANS = CleanTable("loan", "loans", Loans, ("loan_id",), orders=(Order("lent_at", "back_at", "not_before_lent_at"),))
Row = dict[str, str | None]
GOOD: Row = {"loan_id": "1", "lent": "2005-05-24 12:00:00"}


def landed(rows: pl.DataFrame, start: int = 0) -> pl.DataFrame:
    return rows.with_columns(
        raw_seq=pl.int_range(start, start + rows.height, dtype=pl.Int64),
        _landed_at=pl.lit(LANDED, pl.Datetime("us", "UTC")),
        bucket=pl.lit(0, pl.Int64),
    )


def texts(*rows: Row) -> pl.DataFrame:
    """Rows of a file: every cell is text."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return landed(
        pl.DataFrame([dict.fromkeys(columns) | row for row in rows], schema=dict.fromkeys(columns, pl.String))
    )


def typed(**columns: pl.Series) -> pl.DataFrame:
    """One column of a database beside a good key."""
    length = len(next(iter(columns.values())))
    known = {"loan_id": pl.Series(range(length), dtype=pl.Int64), "lent": pl.Series([NOON] * length)}
    return landed(pl.DataFrame(known | columns))


def told(cleaned: Cleaned) -> list[tuple[str, str | None, str | None, str]]:
    return cleaned.repairs.select("column", "found", "made", "rule").rows()


def one(column: str, cell: str) -> tuple[Any, list[tuple[str | None, str]]]:
    """What a cell of text becomes, and what is told of it."""
    cleaned = clean(LOANS, texts(GOOD | {column: cell}))
    assert_accounted(cleaned, 1)
    return cleaned.rows[column][0], [(made, rule) for _, _, made, rule in told(cleaned)]


def assert_accounted(cleaned: Cleaned, rows: int) -> None:
    Repairs.validate(cleaned.repairs)
    Quarantined.validate(cleaned.quarantined)
    assert cleaned.rows.height + cleaned.quarantined.height == rows
    assert cleaned.rows.schema == {name: column.dtype for name, column in Loans.columns().items()}
