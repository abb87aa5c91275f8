"""The lake's tables of reviews, by name: a raw, a curated and a quarantine table a kind, one ledger, one of repairs."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from deltalake import DeltaTable

from taquilla.lake import Lake, LakeTable, Part
from taquilla.pipeline.film_tables import schema_of
from taquilla.tables.cleaning import Quarantined, Repairs
from taquilla.tables.films import UTC_MICROS
from taquilla.tables.reviews import KINDS, Kind

# A review is some 1 kB: so many of them take as much memory as 2,000 films.
ROWS_PER_GROUP = 16_384
LEDGER = "raw.review_files"
RAW = pl.Schema(
    {
        "raw_seq": pl.Int64(),
        "reading": pl.Int64(),
        "file": pl.String(),
        "layout": pl.String(),
        "line": pl.Int64(),
        "record": pl.String(),
        "error": pl.String(),
        "landed_at": UTC_MICROS,
        "run_id": pl.String(),
        "bucket": pl.Int64(),
    }
)
# file_seq: the number of the row, in the order in which readings were completed.
FILES = pl.Schema(
    {
        "file_seq": pl.Int64(),
        "reading": pl.Int64(),
        "file": pl.String(),
        "kind": pl.String(),
        "layout": pl.String(),
        "fingerprint": pl.String(),
        "lines": pl.Int64(),
        "dead": pl.Int64(),
        "new_fields": pl.String(),
        "replaces": pl.Int64(),
        "landed_at": UTC_MICROS,
        "run_id": pl.String(),
        "bucket": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class ReviewTables:
    """The lake's tables of one kind; repairs: those of all kinds."""

    kind: Kind
    raw: LakeTable
    curated: LakeTable
    repairs: LakeTable
    quarantine: LakeTable

    @classmethod
    def of(cls, lake: Lake, kind: str, *, buckets: int = 1) -> "ReviewTables":
        """buckets: of a kind that was never landed; the others keep theirs."""
        spec, n = KINDS[kind], lake.table(f"raw.{kind}", RAW, buckets=buckets).bucket_count()

        def table(name: str, schema: pl.Schema, *index: str, is_read_next: bool = False) -> LakeTable:
            return lake.table(
                name, schema, buckets=n, index=index, rows_per_group=ROWS_PER_GROUP, keeps_local=is_read_next
            )

        return cls(
            spec,
            raw=table(f"raw.{kind}", RAW, "raw_seq", "reading", is_read_next=True),
            curated=table(f"curated.{kind}", schema_of(spec.contract), "raw_seq", is_read_next=True),
            repairs=table("curated.review_repairs", schema_of(Repairs), "table"),
            quarantine=table(f"quarantine.{kind}", schema_of(Quarantined), "raw_seq"),
        )

    def made(self) -> tuple[LakeTable, ...]:
        """The tables that a curation writes, in the order of their commits."""
        return (self.repairs, self.quarantine, self.curated)


def ledger_of(lake: Lake) -> LakeTable:
    """`raw.review_files`: one row a complete reading of a file."""
    return lake.table(LEDGER, FILES, index=("file_seq", "reading"))


def review_tables(lake: Lake) -> Iterator[ReviewTables]:
    """Those of the kinds that were ever landed."""
    for kind in KINDS:
        tables = ReviewTables.of(lake, kind)
        if tables.raw.exists():
            yield tables


def all_tables(lake: Lake) -> tuple[LakeTable, ...]:
    """Every table that landing and curation write, for their upkeep."""
    kinds = list(review_tables(lake))
    shared = {tables.repairs.name: tables.repairs for tables in kinds}
    own = [table for tables in kinds for table in (tables.raw, tables.quarantine, tables.curated)]
    return (ledger_of(lake), *own, *shared.values()) if kinds else ()


def bounds_of(table: LakeTable, handle: DeltaTable, column: str) -> list[tuple[Part, object, object]]:
    """The files of that version with the least and the greatest value of a column that they are indexed by."""
    files = pl.DataFrame(handle.get_add_actions(flatten=True))
    if files.is_empty():
        return []
    known = dict(zip(files["path"], zip(files[f"min.{column}"], files[f"max.{column}"], strict=True), strict=True))
    return [(part, *known[part.path]) for part in table.parts(handle)]
