"""A lake that has grown gets more buckets: every table of a subject, raw first, then what is made of it.

Buckets are what an engine's workers share out, and keys meet within one. So a raw table notes that it is on its way
before its first row moves, and curation refuses it until all that is made of it has arrived; what is landed meanwhile
takes its place by raw's own count. Whatever a kill leaves, the same command completes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
from deltalake import DeltaTable

from taquilla.engines import Progress
from taquilla.errors import BusyError, DataError
from taquilla.lake import Lake, LakeTable
from taquilla.lake.rebucket import UNDER_WAY, Placed, is_in, rebucket
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.state import consumer_states
from taquilla.pipeline.rentals.landing import bucket_of as shop_bucket
from taquilla.pipeline.rentals.shop_tables import shop_tables
from taquilla.pipeline.reviews.landing import bucket_of as review_bucket
from taquilla.pipeline.reviews.review_tables import ReviewTables, review_tables
from taquilla.pipeline.reviews.score import signals_table
from taquilla.tables.review_layouts import find

SUBJECTS = ("films", "rentals", "reviews")


@dataclass(frozen=True, slots=True)
class Group:
    """A raw table and those that are made of it. placed: what finds the bucket of raw's rows.

    made_placed: that of the others' rows, once raw is as it will be.
    """

    raw: LakeTable
    made: tuple[LakeTable, ...]
    placed: Placed
    made_placed: Callable[[DeltaTable], Placed]

    def todo(self, buckets: int) -> list[LakeTable]:
        """The tables that have another number of buckets, raw first."""
        return [table for table in (self.raw, *self.made) if table.exists() and not is_in(table, buckets)]


def rebucket_lake(
    lake: Lake, buckets: int, *, only: str | None = None, progress: Progress = lambda done, total: None
) -> dict[str, int]:
    """Rewrite raw and curated tables into so many buckets; the rows of each table that was rewritten.

    only: films, rentals or reviews. progress: rows done of all. Each table changes in one commit; one that has that
    many buckets is left alone. Who calls it holds the lease of runs. BusyError: a consumer or another process writes.
    """
    _check_consumers(lake)
    groups = [group for name in SUBJECTS if only in (None, name) for group in _GROUPS[name](lake, buckets)]
    bar = _Bar(progress, sum(table.count() for group in groups for table in group.todo(buckets)))
    done: dict[str, int] = {}
    for group in groups:
        done |= _rebucket_group(lake, group, buckets, bar)
    if only in (None, "reviews"):
        done |= _rebucket_repairs(lake, buckets, bar)
    return done


def _check_consumers(lake: Lake) -> None:
    """A consumer holds no lease, and remembers how many buckets there were."""
    now = datetime.now(UTC)
    if alive := [state.instance for state in consumer_states(lake) if state.is_alive(now)]:
        raise BusyError(f"The consumer {alive[0]} lands into this lake. Stop it, then run the same command again.")


@dataclass(slots=True)
class _Bar:
    """The rows of several tables, one after another."""

    progress: Progress
    total: int
    before: int = field(default=0)

    def told(self, rows: int) -> None:
        """So many of the present table."""
        self.progress(min(self.before + rows, self.total), self.total)


def _rebucket_group(lake: Lake, group: Group, buckets: int, bar: _Bar) -> dict[str, int]:
    todo = group.todo(buckets)
    if todo:
        group.raw.note({UNDER_WAY: buckets})
        # One that begins from here on sees that; one that had begun before is seen.
        _check_consumers(lake)
    done = {}
    for table in todo:
        placed = group.placed if table is group.raw else group.made_placed(group.raw.open())
        done[table.name] = _rebucket(table, buckets, placed, bar)
    if group.raw.mark(UNDER_WAY):
        group.raw.note({UNDER_WAY: 0})
    return done


def _rebucket(table: LakeTable, buckets: int, placed: Placed, bar: _Bar) -> int:
    rows = rebucket(table, buckets, placed, bar.told)
    bar.before += rows
    return rows


def _films(lake: Lake, buckets: int) -> Iterator[Group]:
    tables = FilmTables.of(lake)
    if tables.raw.exists():
        placed = _by(pl.col("film_id").mod(buckets).fill_null(0))
        made = (tables.exports, tables.snapshots, tables.quarantine, tables.films)
        yield Group(tables.raw, made, placed, lambda raw: placed)


def _by(bucket: pl.Expr) -> Placed:
    return lambda rows: rows.with_columns(bucket=bucket)


def _rentals(lake: Lake, buckets: int) -> Iterator[Group]:
    for tables in shop_tables(lake):
        placed = _by(shop_bucket(tables.spec, tables.raw.schema.names(), buckets))
        yield Group(tables.raw, tables.made(), placed, _as_raw(tables.raw))


def _reviews(lake: Lake, buckets: int) -> Iterator[Group]:
    for tables in review_tables(lake):
        signals = (signals_table(lake),) if tables.kind.name == "reviews" else ()
        made = (tables.quarantine, tables.curated, *signals)
        yield Group(tables.raw, made, _by_layout(tables.kind.name, buckets), _as_raw(tables.raw))


_GROUPS: dict[str, Callable[[Lake, int], Iterator[Group]]] = {
    "films": _films,
    "rentals": _rentals,
    "reviews": _reviews,
}


def _by_layout(kind: str, buckets: int) -> Placed:
    def placed(rows: pl.DataFrame) -> pl.DataFrame:
        some = rows.partition_by("layout", as_dict=True, maintain_order=True)
        return pl.concat(
            [part.with_columns(bucket=review_bucket(find(str(name), kind), buckets)) for (name,), part in some.items()]
        )

    return placed


def _as_raw(raw: LakeTable) -> Callable[[DeltaTable], Placed]:
    """Each row to the bucket of its row of raw: the key of a mended one may be another there."""
    return lambda handle: lambda rows: _beside_raw(raw, handle, rows)


def _beside_raw(raw: LakeTable, handle: DeltaTable, rows: pl.DataFrame) -> pl.DataFrame:
    wanted = rows.select("raw_seq").unique()
    near = pl.col("raw_seq").is_between(wanted["raw_seq"].min(), wanted["raw_seq"].max())
    known = raw.scan(handle).filter(near).select("raw_seq", "bucket").join(wanted.lazy(), on="raw_seq", how="semi")
    placed = rows.drop("bucket").join(known.collect(), on="raw_seq", how="left", maintain_order="left")
    if placed["bucket"].has_nulls():
        raise DataError(
            f"{raw.name} has lost rows that others are made of. Restore the lake's folder from a copy, then run the "
            "same command again."
        )
    return placed


def _rebucket_repairs(lake: Lake, buckets: int, bar: _Bar) -> dict[str, int]:
    """The repairs of all kinds of reviews are one table; nobody looks for them by bucket."""
    kinds = {tables.kind.name: tables for tables in review_tables(lake)}
    repairs = next((tables.repairs for tables in kinds.values()), None)
    if repairs is None or not repairs.exists() or is_in(repairs, buckets):
        return {}
    handles = {name: tables.raw.open() for name, tables in kinds.items()}
    return {repairs.name: _rebucket(repairs, buckets, lambda rows: _beside_theirs(kinds, handles, rows), bar)}


def _beside_theirs(kinds: dict[str, ReviewTables], handles: dict[str, DeltaTable], rows: pl.DataFrame) -> pl.DataFrame:
    some = rows.partition_by("table", as_dict=True, maintain_order=True)
    return pl.concat([_beside_raw(kinds[str(name)].raw, handles[str(name)], part) for (name,), part in some.items()])
