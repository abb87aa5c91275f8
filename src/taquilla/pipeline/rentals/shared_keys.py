"""Rows of one table that share a key, in parts that were just written and in those that stand there already."""

from collections.abc import Mapping, Sequence

import polars as pl

from taquilla.lake import LakeTable, Part
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.tables.cleaning import quarantine
from taquilla.tables.settling import Settled


def shared_keys(tables: ShopTables, new: Sequence[pl.DataFrame], known: Sequence[Part]) -> pl.DataFrame:
    """The keys that more than one row has: among the new rows, or with a row of the known parts."""
    key, keys = tables.spec.key, pl.concat(new)
    wanted = keys.lazy()
    old = [_scan(tables.curated, part).select(key).join(wanted, on=key, how="semi").collect() for part in known]
    return pl.concat([_repeated(keys), *old]).unique()


def _repeated(keys: pl.DataFrame) -> pl.DataFrame:
    """The keys that stand there again. Sorted, they take a third of the memory that a hash table of them would."""
    ordered = keys.sort(keys.columns)
    return ordered.filter(pl.all_horizontal(pl.all() == pl.all().shift(1)))


def rows_of(tables: ShopTables, parts: Sequence[Part], keys: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of those keys, by the path of their part."""
    return {part.path: _rows_of(tables, part, keys) for part in parts}


def _rows_of(tables: ShopTables, part: Part, keys: pl.DataFrame) -> pl.DataFrame:
    rows = _scan(tables.curated, part).with_columns(bucket=pl.lit(part.bucket, pl.Int64))
    return rows.join(keys.lazy(), on=tables.spec.key, how="semi").select(tables.curated.schema.names()).collect()


def without(
    table: LakeTable, parts: Sequence[Part], rows: Mapping[str, pl.DataFrame], gone: pl.Series
) -> tuple[list[Part], list[Part]]:
    """The parts, those that hold a row that is gone (by raw_seq) written anew; and which those were."""
    touched = [part for part in parts if rows[part.path]["raw_seq"].is_in(gone.implode()).any()]
    return [_rewritten(table, part, gone) if part in touched else part for part in parts], touched


def _rewritten(table: LakeTable, part: Part, gone: pl.Series) -> Part:
    return table.write_part(_scan(table, part).filter(~pl.col("raw_seq").is_in(gone.implode())), part.bucket)


def refused_parts(tables: ShopTables, bucket: int, settled: Settled) -> list[Part]:
    """Quarantine for the rows whose mended key is another row's own; they may be of an earlier reading."""
    if settled.not_free.is_empty():
        return []
    wanted = settled.not_free.lazy().select("raw_seq")
    raw = tables.raw.scan().join(wanted, on="raw_seq", how="semi").collect()
    return [tables.quarantine.write_part(quarantine(tables.spec, raw, settled.not_free), bucket)]


def _scan(table: LakeTable, part: Part) -> pl.LazyFrame:
    return table.scan_part(part)
