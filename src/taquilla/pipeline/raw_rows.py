"""What a source gave, as rows of `raw.tmdb_films`: verbatim, with where and when it was read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from taquilla.tables import films, tmdb


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as its source gave it. film_id: None where only the payload may tell."""

    fetched_at: datetime
    payload: bytes | None
    film_id: int | None = None
    status: int | None = None
    error: str | None = None


def raw_rows(
    records: Sequence[RawRecord], *, topic: str, offset: int, run_id: str, buckets: int, partition: int = 0
) -> pl.DataFrame:
    """The records as rows of raw, still without `raw_seq`; what cannot be a film carries the reason in `error`."""
    known = [_identified(record) for record in records]
    rows = pl.DataFrame(
        {
            "film_id": [film_id for film_id, _ in known],
            "fetched_at": [record.fetched_at for record in records],
            "status": [record.status for record in records],
            "payload": [record.payload for record in records],
            "payload_sha256": [_sha256(record.payload) for record in records],
            "error": [error for _, error in known],
        },
        schema={
            "film_id": pl.Int64,
            "fetched_at": films.UTC_MICROS,
            "status": pl.Int64,
            "payload": pl.Binary,
            "payload_sha256": pl.String,
            "error": pl.String,
        },
    )
    return rows.with_columns(
        topic=pl.lit(topic),
        partition=pl.lit(partition, pl.Int64),
        offset=pl.int_range(offset, offset + len(records), dtype=pl.Int64),
        run_id=pl.lit(run_id),
        bucket=pl.col("film_id").mod(buckets).fill_null(0),
    )


def _identified(record: RawRecord) -> tuple[int | None, str | None]:
    """The record's film id and what is wrong with it, as far as can be told before it is typed."""
    if record.error is not None or record.status == 404:
        return record.film_id, record.error
    if record.payload is None:
        return record.film_id, "no payload"
    found, error = tmdb.film_id_of(record.payload)
    return (found if found is not None else record.film_id), error


def _sha256(payload: bytes | None) -> str | None:
    return None if payload is None else hashlib.sha256(payload).hexdigest()
