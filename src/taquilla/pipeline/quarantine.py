"""What became no film, no row of the shop and no review: dead letters and quarantine, listed, shown, tried again."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from taquilla.engines import Engine, Progress
from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.messages import WRONG_MOMENT, headers_of, raw_record
from taquilla.pipeline.raw_rows import raw_rows
from taquilla.pipeline.rentals.refused import record_of, refused_rows, replay_rows
from taquilla.pipeline.reviews.refused import refused_reviews, replay_reviews, review_record
from taquilla.sources.kafka_reader import Message
from taquilla.tables import films, tmdb
from taquilla.tables.reviews import KINDS

REPLAY = "replay"

_PLACE = ("topic", "partition", "offset")


def dead_letters(tables: FilmTables) -> pl.LazyFrame:
    """`raw.dead_letters`: raw rows that carry an error; a view, so that they land in one commit with the rest."""
    return (
        tables.raw.scan()
        .filter(pl.col("error").is_not_null())
        .select(
            "raw_seq",
            pl.lit("dead letter").alias("kind"),
            "film_id",
            "fetched_at",
            pl.lit(None, pl.String).alias("rule"),
            pl.col("error").alias("reason"),
            *_PLACE,
        )
    )


def listed_dead_letters(lake: Lake, *, topic: str | None = None, limit: int | None = None) -> pl.DataFrame:
    """Dead letters, newest first: `raw_seq`, where each stood (`topic`, `partition`, `offset`), `film_id`, `key`,
    `headers`, `fetched_at`, `reason`. topic: of that one alone."""
    rows = FilmTables.of(lake).raw.scan().filter(pl.col("error").is_not_null()).sort("raw_seq", descending=True)
    rows = rows if topic is None else rows.filter(pl.col("topic") == topic)
    shown = rows.select("raw_seq", *_PLACE, "film_id", "key", "headers", "fetched_at", reason="error")
    return (shown if limit is None else shown.head(limit)).collect()


def quarantined(tables: FilmTables) -> pl.LazyFrame:
    """`quarantine.films` beside where each record came from; the columns of `dead_letters`."""
    return (
        tables.quarantine.scan()
        .join(tables.raw.scan().select("raw_seq", *_PLACE), on="raw_seq", how="left")
        .select("raw_seq", pl.lit("quarantined").alias("kind"), "film_id", "fetched_at", "rule", "reason", *_PLACE)
    )


def rejected(lake: Lake, limit: int | None = None) -> pl.DataFrame:
    """Dead letters and quarantined records, newest first: `raw_seq`, `kind`, `film_id`, `fetched_at`, `rule`,
    `reason`, and where it came from: `topic`, `partition`, `offset`."""
    tables = FilmTables.of(lake)
    newest = pl.concat([dead_letters(tables), quarantined(tables)]).sort("raw_seq", descending=True)
    return (newest if limit is None else newest.head(limit)).collect()


def listed(lake: Lake, limit: int | None = None) -> pl.DataFrame:
    """The films', the shop's and the reviews', newest first: `table`, `raw_seq` (which counts in each table for
    itself), `kind`, `key`, `rule`, `reason`, what `rejected` tells besides of films, and of reviews `file`, `line`."""
    films = rejected(lake, limit).with_columns(table=pl.lit("films"), key=pl.col("film_id").cast(pl.String))
    found = pl.concat([films, refused_rows(lake).collect(), refused_reviews(lake).collect()], how="diagonal")
    first = ("table", "raw_seq", "kind", "key", "rule", "reason")
    newest = found.select(*first, pl.exclude(first)).sort("fetched_at", "raw_seq", descending=True, nulls_last=True)
    return newest if limit is None else newest.head(limit)


def payload(lake: Lake, raw_seq: int) -> bytes:
    """A raw row's record as it came. DataError: there is no such row, or no answer came."""
    found = FilmTables.of(lake).raw.scan().filter(pl.col("raw_seq") == raw_seq).select("payload").collect()
    if found.is_empty():
        raise DataError(
            f"There is no raw row {raw_seq}. List them with: taquilla quarantine list (or dead-letters list)"
        )
    data: bytes | None = found["payload"][0]
    if data is None:
        raise DataError(f"Raw row {raw_seq} has no record: no answer came. The next run asks for the film again.")
    return data


def record(lake: Lake, table: str, raw_seq: int) -> bytes:
    """A row of raw of any subject as it came: table as `listed` has it. DataError: there is no such table or row."""
    if table == "films":
        return payload(lake, raw_seq)
    return review_record(lake, table, raw_seq) if table in KINDS else record_of(lake, table, raw_seq)


def replay(
    lake: Lake, engine: Engine, *, run_id: str, progress: Progress = lambda done, total: None
) -> tuple[int, int]:
    """Try the quarantined records and the dead letters again with today's rules; (tried, accepted).

    A record that is accepted leaves the quarantine. A dead letter of a film that can now be read is landed once more,
    as a new row; the dead one stays. Replaying twice changes nothing. progress: of the table that is made anew.
    """
    done = [
        _replay_films(lake, engine, run_id, progress),
        replay_rows(lake, engine, progress),
        replay_reviews(lake, engine, progress),
    ]
    return sum(tried for tried, _ in done), sum(accepted for _, accepted in done)


def _replay_films(lake: Lake, engine: Engine, run_id: str, progress: Progress) -> tuple[int, int]:
    tables = FilmTables.of(lake)
    if not tables.raw.exists():
        return 0, 0
    before, (dead, revived) = tables.quarantine.count(), _revive(tables, run_id)
    if not revived and not _would_pass(tables):
        return before + dead, 0
    # Rules that are new for the quarantined records are new for all: everything is made anew from raw.
    curate_films(lake, engine, rebuild=True, progress=progress)
    return before + dead, before + revived - tables.quarantine.count()


def _would_pass(tables: FilmTables) -> bool:
    """Whether today's rules accept any quarantined record: a rebuild for nothing would fill the warehouses anew."""
    refused = tables.quarantine.scan().select("raw_seq")
    rows = tables.raw.scan().filter(pl.col("error").is_null()).join(refused, on="raw_seq", how="semi")
    return any(films.clean_films(chunk).films.height for chunk in tables.raw.chunks(rows))


def _revive(tables: FilmTables, run_id: str) -> tuple[int, int]:
    """Land those dead letters again that are films by today's reading, and that are in no other row; how many were
    tried, and how many landed."""
    raw = tables.raw.scan()
    good = raw.filter(pl.col("error").is_null()).select("payload_sha256")
    dead = raw.filter(pl.col("error").is_not_null() & pl.col("payload").is_not_null())
    rows = dead.join(good, on="payload_sha256", how="anti").unique("payload_sha256").sort("raw_seq")
    now = datetime.now(UTC)
    judged = [raw_record(_message(row), now) for row in rows.collect().iter_rows(named=True)]
    revived = [record for record in judged if record.error is None and tmdb.film_id_of(record.payload or b"")[0]]
    if not revived:
        return len(judged), 0
    position = tables.raw.mark(REPLAY) or 0
    again = raw_rows(revived, topic=REPLAY, offset=position, run_id=run_id, buckets=tables.raw.bucket_count())
    return len(judged), tables.raw.land(again, source=REPLAY, begins=position)


def _message(row: dict[str, Any]) -> Message:
    """A row of raw as the message that it was, or would have been."""
    # What was refused for its moment stands under the moment at which it landed, which is not its own.
    moment = None if row["error"].startswith(WRONG_MOMENT) else row["fetched_at"]
    headers = headers_of(row["headers"])
    return Message(row["partition"], row["offset"], row["key"], row["payload"], headers, moment)
