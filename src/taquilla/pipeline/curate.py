"""raw → curated: each bucket is a work item; its parts are published in one commit a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

from taquilla.engines import Engine, Progress, tracked
from taquilla.lake import Lake, LakeTable, Part
from taquilla.lake.rebucket import check_buckets
from taquilla.lake.table import LANDED
from taquilla.pipeline.film_tables import RAW_EXPORTS, RAW_FILMS, REBUILT, FilmTables
from taquilla.tables import films


@dataclass(frozen=True, slots=True)
class BucketItem:
    """One bucket's rows of raw from `begins` up to, not including, `ends`."""

    lake: Lake
    bucket: int
    begins: int
    ends: int
    rebuild: bool = False


@dataclass(frozen=True, slots=True)
class BucketResult:
    """What a bucket's task has written; nobody sees it before it is published."""

    films: list[Part] = field(default_factory=list)
    replaced: list[Part] = field(default_factory=list)
    snapshots: list[Part] = field(default_factory=list)
    quarantine: list[Part] = field(default_factory=list)

    def __add__(self, other: "BucketResult") -> "BucketResult":
        return BucketResult(
            self.films + other.films,
            self.replaced + other.replaced,
            self.snapshots + other.snapshots,
            self.quarantine + other.quarantine,
        )


@dataclass(frozen=True, slots=True)
class Curated:
    """What a curation did, for the run's log."""

    raw_rows: int
    parts: int
    quarantined: int


def curate_films(
    lake: Lake, engine: Engine, *, rebuild: bool = False, progress: Progress = lambda done, total: None
) -> Curated:
    """Bring `curated.films`, its snapshots and its quarantine up to what raw holds now.

    rebuild: make all of it anew from raw, by today's rules; the next load then makes the warehouse anew too.

    Each table notes in its own commit up to which raw row it has come. A run that was killed between two commits is
    completed first, from the row where the tables stood, before what has come since is taken.
    progress: buckets done of all of them. DataError: the tables are on their way into other buckets.
    """
    tables = FilmTables.of(lake)
    check_buckets(tables.raw, "films")
    done = Curated(0, 0, 0)
    landed = tables.raw.mark(LANDED) or 0
    if landed and (rebuild or len(set(tables.rebuilds())) > 1):
        # A rebuild that was killed between two commits is done again.
        done = _curate_span(tables, lake, engine, 0, landed, rebuild=True, progress=progress)
    while (span := _next_span(tables)) is not None:
        done = _curate_span(tables, lake, engine, *span, rebuild=False, progress=progress)
    curate_exports(tables)
    return done


def _next_span(tables: FilmTables) -> tuple[int, int] | None:
    """The raw rows [begins, ends) to take next, or None when all tables have all of them."""
    landed = tables.raw.mark(LANDED) or 0
    marks = [table.mark(RAW_FILMS) or 0 for table in tables.curated()]
    if min(marks) < max(marks):
        return min(marks), max(marks)
    return (marks[0], landed) if marks[0] < landed else None


def _curate_span(
    tables: FilmTables, lake: Lake, engine: Engine, begins: int, ends: int, *, rebuild: bool, progress: Progress
) -> Curated:
    items = [BucketItem(lake, bucket, begins, ends, rebuild) for bucket in range(tables.raw.bucket_count())]
    for table in tables.curated():
        table.open()  # made before several workers find that it is not there
    result = reduce(add, tracked(engine.map(curate_bucket, items), len(items), progress))
    mark = {RAW_FILMS: ends}
    if rebuild:
        rebuilds = tables.rebuilds()
        mark |= {REBUILT: max(rebuilds) + (len(set(rebuilds)) == 1)}
        exports = tables.exports.mark(LANDED) or 0
        _replace(tables.snapshots, result.snapshots + _export_parts(tables, 0), mark | {RAW_EXPORTS: exports})
        _replace(tables.quarantine, result.quarantine, mark)
    else:
        _add(tables.snapshots, result.snapshots, mark)
        _add(tables.quarantine, result.quarantine, mark)
    if rebuild or (tables.films.mark(RAW_FILMS) or 0) < ends:
        tables.films.publish(result.films, replacing=result.replaced, marks=mark)
    return Curated(ends - begins, len(result.films), sum(part.rows for part in result.quarantine))


def _add(table: LakeTable, parts: Sequence[Part], mark: dict[str, int]) -> None:
    """Publish the parts, unless a run that was killed later on has published these rows already."""
    if (table.mark(RAW_FILMS) or 0) < mark[RAW_FILMS]:
        table.publish(parts, marks=mark)


def _replace(table: LakeTable, parts: Sequence[Part], mark: dict[str, int]) -> None:
    table.publish(parts, replacing=table.parts(table.open()), marks=mark)


def curate_bucket(item: BucketItem) -> BucketResult:
    """One bucket's new raw rows as parts: the films among them, in chunks, then one version a film.

    Memory holds a chunk of records and the keys of the films that the new rows name, never a bucket.
    """
    tables = FilmTables.of(item.lake)
    made = BucketResult()
    keys, moments = [], []
    for chunk in tables.raw.chunks(_raw_rows(tables, item)):
        cleaned = films.clean_films(chunk)
        if cleaned.films.height:
            part = tables.films.write_part(cleaned.films, item.bucket)
            made.films.append(part)
            keys.append(cleaned.films.select(films.VERSION_KEY).with_columns(part=pl.lit(part.path)))
        if cleaned.snapshots.height:
            part = tables.snapshots.write_part(cleaned.snapshots, item.bucket)
            made.snapshots.append(part)
            moments.append(cleaned.snapshots.select(_MOMENT_KEY).with_columns(part=pl.lit(part.path)))
        if cleaned.quarantined.height:
            made.quarantine.append(tables.quarantine.write_part(cleaned.quarantined, item.bucket))
    if moments:
        made = _one_snapshot_a_moment(tables.snapshots, item, made, pl.concat(moments))
    return _one_version_a_film(tables, item, made, pl.concat(keys) if keys else None)


def _raw_rows(tables: FilmTables, item: BucketItem) -> pl.LazyFrame:
    wanted = pl.col("raw_seq").is_between(item.begins, item.ends, closed="left")
    return tables.raw.scan().filter((pl.col("bucket") == item.bucket) & wanted & pl.col("error").is_null())


_MOMENT_KEY = ("film_id", "snapshot_at", "origin_seq")


def _one_snapshot_a_moment(table: LakeTable, item: BucketItem, made: BucketResult, new: pl.DataFrame) -> BucketResult:
    """Of a film's records of one moment, that which landed first keeps its snapshot; a record landed twice has one."""
    first = new.sort("origin_seq").unique(["film_id", "snapshot_at"], keep="first")
    if not item.rebuild:
        first = first.join(_known_moments(table, item.bucket, new), on=["film_id", "snapshot_at"], how="anti")
    losers = new.join(first, on="origin_seq", how="anti")
    if losers.is_empty():
        return made
    losing = {path: rows["origin_seq"] for (path,), rows in losers.group_by("part")}
    parts = [_rewritten(table, part, losing, "origin_seq") for part in made.snapshots]
    return BucketResult(made.films, made.replaced, parts, made.quarantine)


def _known_moments(table: LakeTable, bucket: int, new: pl.DataFrame) -> pl.DataFrame:
    """Those of the new films and moments that the table tells of already."""
    moment = pl.col("snapshot_at")
    known = table.scan().filter(
        (pl.col("bucket") == bucket)
        & (pl.col("origin") == "details")
        & moment.is_between(new["snapshot_at"].min(), new["snapshot_at"].max())
    )
    wanted = new.lazy().select("film_id", "snapshot_at")
    return known.select("film_id", "snapshot_at").join(wanted, on=["film_id", "snapshot_at"], how="semi").collect()


def _rewritten(table: LakeTable, part: Part, losing: Mapping[str, pl.Series], key: str = "raw_seq") -> Part:
    """A part that nobody has seen yet, without the rows that lose."""
    if part.path not in losing:
        return part
    kept = _without_rows(table, part, losing[part.path], key)
    table.delete_part(part)
    return kept


def _without_rows(table: LakeTable, part: Part, losing: pl.Series, key: str = "raw_seq") -> Part:
    return table.write_part(_rows(table, part).filter(~pl.col(key).is_in(losing.implode())), part.bucket)


def _one_version_a_film(
    tables: FilmTables, item: BucketItem, made: BucketResult, new: pl.DataFrame | None
) -> BucketResult:
    """Rewrite those parts, new or old, that hold a version which another one supersedes."""
    handle = tables.films.open()
    old_parts = tables.films.parts(handle, item.bucket)
    if item.rebuild:
        made.replaced.extend(old_parts)
        old_parts = []
    if new is None:
        return made
    keys = pl.concat([new, _keys_of(tables.films, old_parts, new["film_id"])])
    contested = keys.filter(pl.col("film_id").is_duplicated())
    if contested.is_empty():
        return made
    removed = contested.filter(pl.col("removed_at").is_not_null().any().over("film_id"))
    losers = pl.concat([removed, films.superseded(contested.join(removed, on="film_id", how="anti"))])
    return _without(tables.films, item.bucket, made, old_parts, losers, merge=removed)


def _keys_of(table: LakeTable, parts: Sequence[Part], film_ids: pl.Series) -> pl.DataFrame:
    """The keys of those films in the table's present parts, with the part that each stands in."""
    empty = pl.DataFrame(schema={name: table.schema[name] for name in films.VERSION_KEY} | {"part": pl.String})
    wanted = film_ids.unique().to_frame().lazy()
    found = [
        table.scan_part(part)
        .select(films.VERSION_KEY)
        .join(wanted, on="film_id", how="semi")
        .with_columns(part=pl.lit(part.path))
        for part in parts
    ]
    return pl.concat([empty, *pl.collect_all(found)])


def _without(
    table: LakeTable,
    bucket: int,
    made: BucketResult,
    old_parts: Sequence[Part],
    losers: pl.DataFrame,
    *,
    merge: pl.DataFrame,
) -> BucketResult:
    """The result without the losing rows; the films in `merge` are put together from all their versions."""
    losing = {path: rows["raw_seq"] for (path,), rows in losers.group_by("part")}
    merged = []
    if merge.height:
        touched = [part for part in (*made.films, *old_parts) if part.path in losing]
        versions = pl.concat(
            [_rows(table, part).filter(pl.col("film_id").is_in(merge["film_id"].implode())) for part in touched]
        ).collect()
        merged.append(table.write_part(films.newest(versions.with_columns(bucket=pl.lit(bucket))), bucket))
    replaced = [part for part in old_parts if part.path in losing]
    now = [_rewritten(table, part, losing) for part in made.films]
    now += [_without_rows(table, part, losing[part.path]) for part in replaced]
    films_now = [part for part in (*now, *merged) if part.rows]
    return BucketResult(films_now, made.replaced + replaced, made.snapshots, made.quarantine)


def _rows(table: LakeTable, part: Part) -> pl.LazyFrame:
    return table.scan_part(part)


def curate_exports(tables: FilmTables) -> int:
    """Add the popularity of TMDB's daily exports to `curated.film_snapshots`; the rows that were new."""
    landed = tables.exports.mark(LANDED) or 0
    seen = tables.snapshots.mark(RAW_EXPORTS) or 0
    if seen >= landed:
        return 0
    tables.snapshots.publish(_export_parts(tables, seen), marks={RAW_EXPORTS: landed})
    return landed - seen


def _export_parts(tables: FilmTables, begins: int) -> list[Part]:
    if not tables.exports.exists():
        return []
    rows = tables.exports.scan().filter(pl.col("export_seq") >= begins)
    return [
        tables.snapshots.write_part(films.export_snapshots(rows.filter(pl.col("bucket") == bucket)), bucket)
        for bucket in range(tables.raw.bucket_count())
    ]
