"""A small shop as a source of tables: frames that a test changes as a shop's clerks would."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from taquilla.errors import UnavailableError
from taquilla.sources.relations import BATCH_ROWS, Relation, Since

OPENED = datetime(2026, 1, 1)  # noqa: DTZ001 - the shop's own clock


class Frames:
    """Tables in memory. cut_after: so many rows of a reading and the connection is gone."""

    name = "frames"

    def __init__(self, tables: dict[str, pl.DataFrame], keys: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.tables, self.keys = tables, keys or {}
        self.cut_after: int | None = None
        self.fingerprints: dict[str, str] = {}
        self.rows_read = 0

    def relations(self) -> tuple[str, ...]:
        return tuple(self.tables)

    def describe(self, relation: str) -> Relation:
        return Relation(relation, _arrow(self.tables[relation]).schema, self.keys.get(relation, ()))

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        rows, key = self.tables[relation], list(self.keys.get(relation, ()))
        if key:
            rows = rows.sort(key)
        if since is not None:
            rows = rows.filter(pl.col(since.column) >= _naive(since.value))
        if after is not None:
            [name], [value] = key, after
            rows = rows.filter(pl.col(name) > pl.lit(value))
        given = 0
        for batch in rows.select(columns or rows.columns).iter_slices(batch_rows):
            if self.cut_after is not None and given >= self.cut_after:
                raise UnavailableError("The connection is gone. Run the same command again.")
            given += batch.height
            self.rows_read += batch.height
            yield from _arrow(batch).to_batches()

    def count(self, relation: str) -> int | None:
        return self.tables[relation].height

    def fingerprint(self, relation: str) -> str | None:
        return self.fingerprints.get(relation)

    def close(self) -> None: ...


def _naive(value: datetime | int) -> datetime | int:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


def rentals(count: int, *, first: int = 1, at: datetime = OPENED, **columns: Any) -> pl.DataFrame:
    """Rentals first, first + 1, ...: one an hour, all back after a day."""
    numbers = range(first, first + count)
    moments = [OPENED + timedelta(hours=n) for n in numbers]
    given = {
        "rental_id": list(numbers),
        "rental_date": moments,
        "inventory_id": [n % 7 + 1 for n in numbers],
        "customer_id": [n % 5 + 1 for n in numbers],
        "return_date": [moment + timedelta(days=1) for moment in moments],
        "staff_id": [1] * count,
        "last_update": [at] * count,
    }
    return pl.DataFrame({**given, **columns}).with_columns(pl.col("last_update").cast(pl.Datetime("us")))


def customers(*rows: tuple[int, int, str], at: datetime = OPENED) -> pl.DataFrame:
    """Customers by id, store and last name."""
    return pl.DataFrame(
        [
            {"customer_id": number, "store_id": store, "first_name": "ANA", "last_name": name, "last_update": at}
            for number, store, name in rows
        ]
    )


def text(rows: pl.DataFrame) -> pl.DataFrame:
    """As an export to CSV has it: every cell text."""
    return rows.with_columns(pl.all().cast(pl.String))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
