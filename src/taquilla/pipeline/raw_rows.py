"""What a source gave, as rows of `raw.tmdb_films`: verbatim, with where and when it was read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from taquilla.tables import films, tmdb


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as its source gave it. film_id: None where only the payload may tell.

    key and headers: a Kafka message's. sha256: of TMDB's record within the payload; None: the payload is that record.
    """

    fetched_at: datetime
    payload: bytes | None
    film_id: int | None = None
    status: int | None = None
    error: str | None = None
    key: bytes | None = None
    headers: str | None = None
    sha256: str | None = None


def raw_rows(
    records: Sequence[RawRecord],
    *,
    topic: str,
    offset: int | Sequence[int],
    run_id: str,
    buckets: int,
    partition: int = 0,
) -> pl.DataFrame:
    """The records as rows of raw, still without `raw_seq`; what cannot be a film carries the reason in `error`.

    offset: the first record's, where they stand without a gap, or each one's own.
    """
    known = [_identified(record) for record in records]
    rows = pl.DataFrame(
        {
            "film_id": [film_id for film_id, _ in known],
            "fetched_at": [record.fetched_at for record in records],
            "status": [record.status for record in records],
            "payload": [record.payload for record in records],
            "payload_sha256": [record.sha256 or _sha256(record.payload) for record in records],
            "error": [error for _, error in known],
            "offset": range(offset, offset + len(records)) if isinstance(offset, int) else offset,
            "key": [record.key for record in records],
            "headers": [record.headers for record in records],
        },
        schema={
            "film_id": pl.Int64,
            "fetched_at": films.UTC_MICROS,
            "status": pl.Int64,
            "payload": pl.Binary,
            "payload_sha256": pl.String,
            "error": pl.String,
            "offset": pl.Int64,
            "key": pl.Binary,
            "headers": pl.String,
        },
    )
    return rows.with_columns(
        topic=pl.lit(topic),
        partition=pl.lit(partition, pl.Int64),
        run_id=pl.lit(run_id),
        bucket=pl.col("film_id").mod(buckets).fill_null(0),
    )


def _identified(record: RawRecord) -> tuple[int | None, str | None]:
    """The record's film id and what is wrong with it, as far as can be told before it is typed."""
    # Who took the digest of a record within its payload has read both.
    if record.error is not None or record.status == 404 or record.sha256 is not None:
        return record.film_id, record.error
    if record.payload is None:
        return record.film_id, "no payload"
    found, error = tmdb.film_id_of(record.payload)
    return (found if found is not None else record.film_id), error


def _sha256(payload: bytes | None) -> str | None:
    # White space around a record is no part of it: within a message it has none.
    return None if payload is None else hashlib.sha256(payload.strip(b" \t\r\n")).hexdigest()
