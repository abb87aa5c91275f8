"""The lake's tables of a shop, by name: a raw, a curated, a quarantine and a repairs table for each of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.film_tables import schema_of
from taquilla.sources.relations import ERROR, LINE, Relation
from taquilla.tables.cleaning import CleanTable, Quarantined, Repairs
from taquilla.tables.films import UTC_MICROS
from taquilla.tables.rentals import SHOP

# A shop's rows are narrow: so many of them take as much memory as 2,000 films.
ROWS_PER_GROUP = 100_000
# What raw tells of each row beside the source's own columns.
TECHNICAL = pl.Schema(
    {
        "raw_seq": pl.Int64(),
        "_extract": pl.Int64(),
        "_position": pl.Int64(),
        "_landed_at": UTC_MICROS,
        "_run_id": pl.String(),
        ERROR: pl.String(),
        LINE: pl.String(),
        "bucket": pl.Int64(),
    }
)
# Marks of raw. A reading is one pass over a table of the source. When one begins: how many there were, the row that it
# begins at, whether it is of the whole table, and what it reads from; and where it was cut off and taken up, the
# greatest value of the cursor before the first cut.
BEGAN, BASE, WHOLE, BEGAN_FROM, BEFORE_CUT = "began", "base", "whole", "began from", "cursor before the cut"
# When one has come to its end: the row behind it, the row that the last one of a whole table begins at, what it was
# read from, what the content was, the greatest value of the cursor, and the row that the first reading of this source
# begins at.
COMPLETE, FULL, ORIGIN, CONTENT, CURSOR, FIRST = (
    "complete",
    "full",
    "origin",
    "content",
    "cursor",
    "first of the source",
)


@dataclass(frozen=True, slots=True)
class ShopTables:
    """The lake's tables of one of the shop's tables."""

    spec: CleanTable
    raw: LakeTable
    curated: LakeTable
    repairs: LakeTable
    quarantine: LakeTable

    @classmethod
    def of(cls, lake: Lake, spec: CleanTable, *, buckets: int = 1, relation: Relation | None = None) -> "ShopTables":
        """relation: what raw is made of where it is not there yet; without it, of no columns of the source's."""
        name = f"raw.shop_{spec.name}"
        # What is there says itself how it was made.
        there = lake.table(name, TECHNICAL, buckets=buckets)
        n, schema = buckets, landed_schema(relation) if relation else TECHNICAL
        if there.exists():
            n, schema = there.bucket_count(), _stored(there)

        def table(name: str, schema: pl.Schema, *index: str) -> LakeTable:
            return lake.table(name, schema, buckets=n, index=index, rows_per_group=ROWS_PER_GROUP)

        return cls(
            spec,
            raw=table(name, schema, "raw_seq"),
            curated=table(f"curated.{spec.curated}", schema_of(spec.contract), *spec.key[:1], "raw_seq"),
            repairs=table(f"curated.{spec.curated}_repairs", schema_of(Repairs)),
            quarantine=table(f"quarantine.{spec.curated}", schema_of(Quarantined), "raw_seq"),
        )

    def widened(self, relation: Relation) -> "ShopTables":
        """With the columns that the source has had since; raw is given them when it is next opened."""
        stored, now = self.raw.schema, landed_schema(relation)
        new = {name: kind for name, kind in now.items() if name not in stored}
        return replace(self, raw=replace(self.raw, schema=pl.Schema({**stored, **new})))

    def all(self) -> tuple[LakeTable, ...]:
        return (self.raw, *self.made())

    def made(self) -> tuple[LakeTable, ...]:
        """The tables that a curation writes, in the order of their commits."""
        return (self.repairs, self.quarantine, self.curated)


def _stored(table: LakeTable) -> pl.Schema:
    """The columns that the table was made with."""
    return pl.DataFrame(pa.schema(table.open().schema().to_arrow()).empty_table()).schema


def shop_tables(lake: Lake) -> Iterator[ShopTables]:
    """Those of the shop's tables that were ever landed."""
    for spec in SHOP.values():
        tables = ShopTables.of(lake, spec)
        if tables.raw.exists():
            yield tables


def landed_schema(relation: Relation) -> pl.Schema:
    """How a source's table stands in raw: its columns in the types that the lake has for them, and what raw adds.

    DataError: a column has the name of one that raw adds.
    """
    columns = {name: landed_type(relation.schema.field(name).type) for name in relation.columns()}
    if taken := sorted(set(columns) & set(TECHNICAL)):
        raise DataError(
            f"{relation.name} has a column {taken[0]!r}, which the lake needs for itself. "
            "Read it through a view of the database that calls it otherwise."
        )
    return pl.Schema({**columns, **TECHNICAL})


def landed_type(kind: pa.DataType) -> pl.DataType:
    """The lake's type for an Arrow type: one that holds every value of it; what has no like of its own becomes text."""
    if pa.types.is_uint64(kind):
        return pl.Decimal(20, 0)
    if pa.types.is_integer(kind):
        return pl.Int64()
    if pa.types.is_floating(kind):
        return pl.Float64()
    if pa.types.is_decimal(kind):
        return pl.Decimal(38, kind.scale)
    if pa.types.is_timestamp(kind):
        return UTC_MICROS
    plain = {pa.types.is_boolean: pl.Boolean(), pa.types.is_date: pl.Date()}
    plain |= {pa.types.is_binary: pl.Binary(), pa.types.is_large_binary: pl.Binary()}
    return next((ours for fits, ours in plain.items() if fits(kind)), pl.String())
