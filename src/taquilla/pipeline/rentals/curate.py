"""raw.shop_* → curated: each bucket of a table is a work item; its parts are published in one commit a table.

A reading counts when it is complete. One of a whole table takes the place of all before it; one of what has changed is
added to them. A table whose commits were cut off in the middle is made anew from its last whole reading.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

from taquilla.engines import Engine, Progress, tracked
from taquilla.lake import Lake, LakeTable, Part
from taquilla.lake.rebucket import check_buckets
from taquilla.pipeline.rentals.shared_keys import refused_parts, rows_of, shared_keys, without
from taquilla.pipeline.rentals.shop_tables import COMPLETE, FIRST, FULL, ShopTables, shop_tables
from taquilla.sources.relations import ERROR
from taquilla.tables.cleaning import CleanTable, clean
from taquilla.tables.rentals import SHOP
from taquilla.tables.settling import settle

# Marks of what a curation makes: the row of raw behind the last one taken, the whole reading that it begins with (its
# first row, counted from 1), how often it was made anew, and the rows of raw that others have taken the place of.
SEEN, SINCE_FULL, REBUILT, SUPERSEDED = "raw", "full", "rebuilt", "superseded"


@dataclass(frozen=True, slots=True)
class Item:
    """One bucket's rows of raw from `begins` up to, not including, `ends`; is_whole: they replace what is there."""

    lake: Lake
    table: str
    bucket: int
    begins: int
    ends: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Span:
    """What a curation of one table takes: the rows [begins, ends) of raw; is_whole: they replace what is there.

    marks: what its commits note.
    """

    tables: ShopTables
    begins: int
    ends: int
    is_whole: bool
    marks: dict[str, int]

    def items(self, lake: Lake) -> list[Item]:
        """A work item for each bucket."""
        buckets = range(self.tables.raw.bucket_count())
        return [Item(lake, self.tables.spec.name, bucket, self.begins, self.ends, self.is_whole) for bucket in buckets]


@dataclass(frozen=True, slots=True)
class Made:
    """What a bucket's task has written; nobody sees it before it is published. superseded: rows that lost.

    table: by the source's name.
    """

    table: str = ""
    rows: list[Part] = field(default_factory=list)
    replaced: list[Part] = field(default_factory=list)
    repairs: list[Part] = field(default_factory=list)
    quarantine: list[Part] = field(default_factory=list)
    superseded: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(
            self.table or other.table,
            self.rows + other.rows,
            self.replaced + other.replaced,
            self.repairs + other.repairs,
            self.quarantine + other.quarantine,
            self.superseded + other.superseded,
        )


@dataclass(frozen=True, slots=True)
class CuratedShop:
    """What a curation did: rows of raw taken, files written, cells repaired or refused, rows refused."""

    raw_rows: int = 0
    parts: int = 0
    repaired: int = 0
    quarantined: int = 0

    def __add__(self, other: "CuratedShop") -> "CuratedShop":
        return CuratedShop(
            self.raw_rows + other.raw_rows,
            self.parts + other.parts,
            self.repaired + other.repaired,
            self.quarantined + other.quarantined,
        )


def curate_rentals(
    lake: Lake,
    engine: Engine,
    *,
    rebuild: bool = False,
    only: Collection[str] = tuple(SHOP),
    progress: Progress = lambda done, total: None,
) -> CuratedShop:
    """Bring the shop's curated tables, their repairs and their quarantine up to the last complete readings.

    rebuild: make all of them anew from raw, by today's rules. only: the tables, by the source's names. progress:
    buckets done of those of all tables. A table is published when its last bucket is done. DataError: a table is on
    its way into other buckets.
    """
    wanted = [tables for tables in shop_tables(lake) if tables.spec.name in only]
    spans = {tables.spec.name: span for tables in wanted if (span := span_of(tables, rebuild)) is not None}
    items = {name: span.items(lake) for name, span in spans.items()}
    todo = [item for some in items.values() for item in some]
    made: dict[str, list[Made]] = {name: [] for name in spans}
    done = CuratedShop()
    for result in tracked(engine.map(curate_bucket, todo), len(todo), progress):
        made[result.table].append(result)
        if len(made[result.table]) == len(items[result.table]):
            done += _published(spans[result.table], reduce(add, made.pop(result.table)))
    return done


def span_of(tables: ShopTables, rebuild: bool) -> Span | None:
    """What there is to curate of a table; None: nothing."""
    # A history goes on through whole readings: what was true before stays true of its time. Another shop is no history.
    complete, first = tables.raw.mark(COMPLETE) or 0, tables.raw.mark(FIRST if tables.spec.keeps_history else FULL) or 0
    before = [tuple(table.mark(name) or 0 for name in (SEEN, SINCE_FULL, REBUILT)) for table in tables.made()]
    seen, since_full, rebuilt = max(before)
    is_cut_off = len(set(before)) > 1
    is_whole = rebuild or is_cut_off or since_full != first + 1
    is_level = (seen, since_full) == (complete, first + 1)
    if not complete or (is_level and not rebuild and not is_cut_off):
        return None
    check_buckets(tables.raw, "rentals")
    marks = {SEEN: complete, SINCE_FULL: first + 1, REBUILT: rebuilt + (rebuild or is_cut_off)}
    return Span(tables, first if is_whole else seen, complete, is_whole, marks)


def _published(span: Span, made: Made) -> CuratedShop:
    tables, is_whole = span.tables, span.is_whole
    lost = _good_rows_before(tables, span.begins) if is_whole else tables.curated.mark(SUPERSEDED) or 0
    marks = {**span.marks, SUPERSEDED: lost + made.superseded}
    for table, parts in ((tables.repairs, made.repairs), (tables.quarantine, made.quarantine)):
        table.publish(parts, replacing=_all_parts(table) if is_whole else (), marks=marks)
    tables.curated.publish(made.rows, replacing=_all_parts(tables.curated) if is_whole else made.replaced, marks=marks)
    return CuratedShop(span.ends - span.begins, len(made.rows), _count(made.repairs), _count(made.quarantine))


def _all_parts(table: LakeTable) -> list[Part]:
    return table.parts(table.open())


def _count(parts: Sequence[Part]) -> int:
    return sum(part.rows for part in parts)


def _good_rows_before(tables: ShopTables, begins: int) -> int:
    """The rows of earlier readings that are no dead letters: a whole reading has taken their place."""
    earlier = tables.raw.scan().filter((pl.col("raw_seq") < begins) & pl.col(ERROR).is_null())
    return int(earlier.select(pl.len()).collect().item()) if begins else 0


def curate_bucket(item: Item) -> Made:
    """One bucket's rows of raw as parts: cleaned in chunks, then those that share a key are settled.

    Memory holds a chunk of rows, the keys of the new ones, and the rows that share a key.
    """
    tables = ShopTables.of(item.lake, SHOP[item.table])
    made, keys, mended = Made(item.table), [], []
    for chunk in tables.raw.chunks(_raw_rows(tables, item)):
        cleaned = clean(tables.spec, chunk)
        if cleaned.repairs.height:
            made.repairs.append(tables.repairs.write_part(cleaned.repairs, item.bucket))
            mended.append(_of_keys(tables.spec, cleaned.repairs))
        if cleaned.quarantined.height:
            made.quarantine.append(tables.quarantine.write_part(cleaned.quarantined, item.bucket))
        if cleaned.rows.height:
            made.rows.append(tables.curated.write_part(cleaned.rows, item.bucket))
            keys.append(cleaned.rows.select(tables.spec.key))
    if not keys:
        return made
    known = [] if item.is_whole else tables.curated.parts(tables.curated.open(), item.bucket)
    if not item.is_whole:
        mended.append(_of_keys(tables.spec, tables.repairs.scan().filter(pl.col("bucket") == item.bucket).collect()))
    shared = shared_keys(tables, keys, known)
    return made if shared.is_empty() else _settled(tables, made, known, shared, mended)


def _raw_rows(tables: ShopTables, item: Item) -> pl.LazyFrame:
    wanted = pl.col("raw_seq").is_between(item.begins, item.ends, closed="left")
    return tables.raw.scan().filter((pl.col("bucket") == item.bucket) & wanted & pl.col(ERROR).is_null())


def _of_keys(spec: CleanTable, repairs: pl.DataFrame) -> pl.DataFrame:
    return repairs.filter(pl.col("column").is_in(list(spec.key)))


def _settled(
    tables: ShopTables, made: Made, known: Sequence[Part], shared: pl.DataFrame, mended: Sequence[pl.DataFrame]
) -> Made:
    """Without the rows that another one of the same key supersedes, in the new parts and in those there before."""
    repairs = pl.concat([pl.DataFrame(schema=tables.repairs.schema), *mended])
    new, old = (rows_of(tables, parts, shared) for parts in (made.rows, known))
    settled = settle(tables.spec, pl.concat([*new.values(), *old.values()]), repairs)
    gone = pl.concat([settled.superseded["raw_seq"], settled.not_free["raw_seq"]])
    refused = refused_parts(tables, made.rows[0].bucket, settled)
    kept, _ = without(tables.curated, made.rows, new, gone)
    for part in set(made.rows) - set(kept):
        tables.curated.delete_part(part)
    old_kept, replaced = without(tables.curated, known, old, gone)
    old_new = [part for part in old_kept if part not in known]
    quarantine = [*made.quarantine, *refused]
    return Made(made.table, [*kept, *old_new], replaced, made.repairs, quarantine, settled.superseded.height)
