"""Where every record that was landed of reviews is now: the sums that must add up, kind by kind."""

from dataclasses import asdict, dataclass

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.table import LANDED
from taquilla.pipeline.reviews.curate import SEEN, SUPERSEDED
from taquilla.pipeline.reviews.review_tables import ReviewTables, ledger_of, review_tables


@dataclass(frozen=True, slots=True)
class KindAccount:
    """landed = current + superseded + quarantined + dead + pending, each counted in another place.

    landed: the counter in raw's commits. current: the rows of the curated table. superseded: the counter of those that
    curations took out, or that were of a file's earlier reading. quarantined: the rows of the quarantine. dead: the
    rows of raw that are no records. pending: of readings that are not complete, or that no curation has seen.
    repaired: cells, not records.
    """

    table: str
    landed: int
    current: int
    superseded: int
    quarantined: int
    dead: int
    pending: int
    repaired: int

    @property
    def missing(self) -> int:
        """Records that are nowhere (or, below zero, in two places): 0 in a sound lake."""
        return self.landed - self.current - self.superseded - self.quarantined - self.dead - self.pending

    def as_dict(self) -> dict[str, int | str]:
        return {**asdict(self), "missing": self.missing}


def review_accounts(lake: Lake) -> list[KindAccount]:
    """The account of each kind that was ever landed."""
    ledger = ledger_of(lake).scan().collect()
    return [_account(tables, ledger.filter(pl.col("kind") == tables.kind.name)) for tables in review_tables(lake)]


def _account(tables: ReviewTables, ledger: pl.DataFrame) -> KindAccount:
    curated, quarantine, raw = (table.open() for table in (tables.curated, tables.quarantine, tables.raw))
    seen = ledger.filter(pl.col("file_seq") < (curated.transaction_version(SEEN) or 0))["reading"]
    is_dead = pl.col("error").is_not_null()
    pending = ~is_dead & ~pl.col("reading").is_in(seen.implode())
    found = tables.raw.scan(raw).select(is_dead.sum().alias("dead"), pending.sum().alias("pending")).collect()
    return KindAccount(
        tables.kind.name,
        landed=raw.transaction_version(LANDED) or 0,
        current=int(curated.count()),
        superseded=curated.transaction_version(SUPERSEDED) or 0,
        quarantined=int(quarantine.count()),
        dead=int(found["dead"].item() or 0),
        pending=int(found["pending"].item() or 0),
        repaired=_repaired(tables),
    )


def _repaired(tables: ReviewTables) -> int:
    rows = tables.repairs.scan().filter(pl.col("table") == tables.kind.name)
    return int(rows.select(pl.len()).collect().item())
