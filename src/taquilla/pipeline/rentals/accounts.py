"""Where every row that was read from the shop is now: the sums that must add up, table by table."""

from dataclasses import asdict, dataclass

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.table import LANDED
from taquilla.pipeline.rentals.curate import SEEN, SUPERSEDED
from taquilla.pipeline.rentals.shop_tables import ShopTables, shop_tables
from taquilla.sources.relations import ERROR


@dataclass(frozen=True, slots=True)
class TableAccount:
    """landed = current + superseded + quarantined + dead + pending, each counted in another place.

    landed: the counter in raw's commits. current: the rows of the curated table. superseded: the counter of those that
    curations took out. quarantined: those of the last whole reading and since. dead: the lines of raw that are no rows.
    pending: of a reading that is not complete, or that no curation has seen. repaired: cells, not rows.
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
        """Rows that are nowhere (or, below zero, in two places): 0 in a sound lake."""
        return self.landed - self.current - self.superseded - self.quarantined - self.dead - self.pending

    def as_dict(self) -> dict[str, int | str]:
        return {**asdict(self), "missing": self.missing}


def shop_accounts(lake: Lake) -> list[TableAccount]:
    """The account of each of the shop's tables that was ever landed."""
    return [_account(tables) for tables in shop_tables(lake)]


def _account(tables: ShopTables) -> TableAccount:
    curated, quarantine, raw = (table.open() for table in (tables.curated, tables.quarantine, tables.raw))
    seen = curated.transaction_version(SEEN) or 0
    rows = tables.raw.scan(raw).select("raw_seq", is_dead=pl.col(ERROR).is_not_null())
    pending = (pl.col("raw_seq") >= seen) & ~pl.col("is_dead")
    counts = rows.select(pl.col("is_dead").sum(), pending=pending.sum()).collect()
    return TableAccount(
        tables.spec.curated,
        landed=raw.transaction_version(LANDED) or 0,
        current=int(curated.count()),
        superseded=curated.transaction_version(SUPERSEDED) or 0,
        quarantined=int(quarantine.count()),
        dead=int(counts["is_dead"].item() or 0),
        pending=int(counts["pending"].item() or 0),
        repaired=tables.repairs.count(),
    )
