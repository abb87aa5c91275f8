"""curated.reviews → curated.review_signals: each file with new reviews is a work item, all of it is one commit.

A review's signals carry its row of raw. What is scored is what one table has and the other has not, so that it does not
matter how often either was cut off, compacted or caught up before.
"""

from dataclasses import dataclass
from zlib import crc32

import polars as pl
from deltalake import DeltaTable

from taquilla.engines import Engine, Progress, tracked
from taquilla.lake import Lake, LakeTable, Part
from taquilla.lake.rebucket import check_buckets
from taquilla.pipeline.film_tables import REBUILT, schema_of
from taquilla.pipeline.reviews.review_tables import ReviewTables, bounds_of
from taquilla.tables.review_signals import score, signals_version
from taquilla.tables.reviews import ReviewSignals

SIGNALS = "curated.review_signals"
# Marks: by which lexicons and rules, of which making of the reviews, and of which version of their table.
RULES, MADE, READ = "signals", "reviews made", "reviews read"
# Signals are numbers: so many of them take as much memory as 16,000 reviews.
ROWS_PER_GROUP = 65_536
_TAKEN = ("review_id", "text", "stars", "raw_seq")


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scoring did: reviews scored, files written, and signals taken out because their review has gone."""

    rows: int = 0
    parts: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One file of reviews; is_whole: all of it is scored, not what is new alone."""

    lake: Lake
    part: Part
    is_whole: bool


def signals_table(lake: Lake) -> LakeTable:
    """`curated.review_signals`."""
    n = ReviewTables.of(lake, "reviews").curated.bucket_count()
    return lake.table(SIGNALS, schema_of(ReviewSignals), buckets=n, index=("raw_seq",), rows_per_group=ROWS_PER_GROUP)


def score_reviews(
    lake: Lake, engine: Engine, *, rebuild: bool = False, progress: Progress = lambda done, total: None
) -> Scored:
    """Bring the signals up to the reviews: new ones are scored, those of reviews that have gone are taken out.

    rebuild: score all of them anew; so it is by itself where a lexicon or a rule has changed, and where the reviews
    themselves were made anew. progress: files done of those that have new reviews.
    """
    tables, signals = ReviewTables.of(lake, "reviews"), signals_table(lake)
    reviews = tables.curated
    if not reviews.exists():
        return Scored()
    check_buckets(tables.raw, "reviews")
    handle = reviews.open()
    marks = {RULES: signals_version(), MADE: _made(handle), READ: handle.version()}
    is_whole = rebuild or any(signals.mark(name) != marks[name] for name in (RULES, MADE))
    if not is_whole and signals.mark(READ) == marks[READ]:
        return Scored()
    there = pl.LazyFrame(schema=signals.schema) if is_whole else signals.scan()
    wanted, known = (_numbers(rows) for rows in (reviews.scan(handle), there))
    new = wanted.join(known, on="raw_seq", how="anti")["raw_seq"]
    items = [Item(lake, part, is_whole) for part in _parts_with(reviews, handle, new)]
    parts = [part for part in tracked(engine.map(score_part, items), len(items), progress) if part.rows]
    kept, replaced, removed = _without_gone(signals, known.join(wanted, on="raw_seq", how="anti"))
    if is_whole:
        replaced = signals.parts(signals.open())
    signals.publish([*parts, *kept], replacing=replaced, marks=marks)
    return Scored(sum(part.rows for part in parts), len(parts), removed)


def _made(handle: DeltaTable) -> int:
    """Another number whenever the reviews were made anew, so that one row of raw may say something else."""
    return crc32(repr((handle.metadata().id, handle.transaction_version(REBUILT))).encode())


def _numbers(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.select("raw_seq").collect()


def _parts_with(reviews: LakeTable, handle: DeltaTable, new: pl.Series) -> list[Part]:
    """The files that may hold one of these rows."""
    bounds = bounds_of(reviews, handle, "raw_seq")
    return [part for part, low, high in bounds if _is_among(new, low, high)]


def _is_among(numbers: pl.Series, low: object, high: object) -> bool:
    """Whether one of the numbers may be in a file; one without bounds may hold any."""
    if isinstance(low, int) and isinstance(high, int):
        return bool(numbers.is_between(low, high).any())
    return numbers.len() > 0


def score_part(item: Item) -> Part:
    """One file's new reviews as a file of signals, which nobody sees before it is published.

    Memory holds a row group of reviews, and the signals of the whole file.
    """
    reviews, signals = ReviewTables.of(item.lake, "reviews").curated, signals_table(item.lake)
    rows = reviews.scan_part(item.part).select(*_TAKEN, bucket=pl.lit(item.part.bucket, pl.Int64))
    if not item.is_whole:
        in_bucket = signals.scan().filter(pl.col("bucket") == item.part.bucket)
        rows = rows.join(in_bucket.select("raw_seq"), on="raw_seq", how="anti", maintain_order="left")
    scored = [score(chunk) for chunk in reviews.chunks(rows)]
    return signals.write_part(pl.concat([pl.DataFrame(schema=signals.schema), *scored]), item.part.bucket)


def _without_gone(signals: LakeTable, gone: pl.DataFrame) -> tuple[list[Part], list[Part], int]:
    """The files that take the place of those with signals of these rows, those files, and how many signals went."""
    kept, replaced = [], []
    if gone.height:
        for part, low, high in bounds_of(signals, signals.open(), "raw_seq"):
            if _is_among(gone["raw_seq"], low, high):
                rows = signals.scan_part(part).join(gone.lazy(), on="raw_seq", how="anti", maintain_order="left")
                kept.append(signals.write_part(rows, part.bucket))
                replaced.append(part)
    return [part for part in kept if part.rows], replaced, gone.height
