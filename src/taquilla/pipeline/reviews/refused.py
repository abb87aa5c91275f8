"""Records of reviews that could not stand, and lines that are no records: listed, shown, tried again."""

from functools import reduce

import polars as pl

from taquilla.engines import Engine, Progress
from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.refused import SCHEMA
from taquilla.pipeline.reviews.curate import curate_reviews, policy_of
from taquilla.pipeline.reviews.review_tables import ReviewTables, review_tables
from taquilla.tables.review_layouts import find
from taquilla.tables.review_records import read_records
from taquilla.tables.reviews import KINDS

# Where the record stood, beside what is told of a shop's rows.
FOUND_AT = pl.Schema({**SCHEMA, "file": pl.String(), "line": pl.Int64()})
# Of those in quarantine, so many are tried before all are made anew.
_TRIED = 20_000


def refused_reviews(lake: Lake) -> pl.LazyFrame:
    """Every record in quarantine and every line that is no record: `FOUND_AT`; raw_seq: of each table for itself."""
    found = [part for tables in review_tables(lake) for part in (_quarantined(tables), _dead(tables))]
    return pl.concat([pl.LazyFrame(schema=FOUND_AT), *found])


def _quarantined(tables: ReviewTables) -> pl.LazyFrame:
    told = {"table": pl.lit(tables.kind.name), "kind": pl.lit("quarantined"), "fetched_at": pl.col("landed_at")}
    stood = tables.raw.scan().select("raw_seq", "file", "line")
    rows = tables.quarantine.scan().join(stood, on="raw_seq", how="left")
    return rows.with_columns(**told).select(FOUND_AT.names())


def _dead(tables: ReviewTables) -> pl.LazyFrame:
    nothing = pl.lit(None, pl.String)
    told = {"table": pl.lit(tables.kind.name), "kind": pl.lit("dead letter"), "key": nothing, "rule": nothing}
    rows = tables.raw.scan().filter(pl.col("error").is_not_null())
    named = rows.select("raw_seq", "file", "line", fetched_at="landed_at", reason="error")
    return named.with_columns(**told).select(FOUND_AT.names())


def review_record(lake: Lake, kind: str, raw_seq: int) -> bytes:
    """A record of raw as it came, names hidden. DataError: there is no such kind or row."""
    if kind not in KINDS:
        raise DataError(f"Reviews have no table {kind!r}. Known: {', '.join(KINDS)}.")
    raw = ReviewTables.of(lake, kind).raw
    rows = raw.scan().filter(pl.col("raw_seq") == raw_seq).select("record", "error").collect()
    if rows.is_empty():
        raise DataError(f"There is no raw row {raw_seq} of {kind}. List them with: taquilla quarantine list")
    record, error = rows.row(0)
    if record is None:
        raise DataError(f"Raw row {raw_seq} of {kind} has no text: {error}. Mend its file, then land it again.")
    return str(record).encode()


def replay_reviews(lake: Lake, engine: Engine, progress: Progress = lambda done, total: None) -> tuple[int, int]:
    """Try what is in quarantine again by today's rules; (tried, accepted). Lines that are no records are read again
    with their file, once it is mended."""
    done = [_replayed(lake, engine, tables, progress) for tables in review_tables(lake)]
    return reduce(lambda sums, count: (sums[0] + count[0], sums[1] + count[1]), done, (0, 0))


def _replayed(lake: Lake, engine: Engine, tables: ReviewTables, progress: Progress) -> tuple[int, int]:
    before = tables.quarantine.count()
    if before and _would_pass(tables, policy_of(lake)):
        curate_reviews(lake, engine, rebuild=True, only=(tables.kind.name,), progress=progress)
    return before, before - tables.quarantine.count()


def _would_pass(tables: ReviewTables, policy: str) -> bool:
    """Whether today's rules accept any of them."""
    refused = tables.quarantine.scan().select("raw_seq")
    rows = tables.raw.scan().join(refused, on="raw_seq", how="semi")
    return any(
        read_records(find(str(name), tables.kind.name), some, on_type_change=policy).rows.height
        for chunk in tables.raw.chunks(rows, _TRIED)
        for (name,), some in chunk.group_by("layout")
    )
