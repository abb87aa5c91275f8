"""Where every record that was landed is now: the sums that must add up."""

from dataclasses import asdict, dataclass

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.table import LANDED, PURGED
from taquilla.pipeline.film_tables import RAW_FILMS, FilmTables


@dataclass(frozen=True, slots=True)
class Account:
    """landed = current + superseded + quarantined + dead + pending + purged, counted in different places.

    landed: the counter in raw's commits. current: films in curated. superseded: good records that are not their
    film's newest. dead: rows with an error. pending: rows that no curation has seen yet.
    """

    landed: int
    current: int
    superseded: int
    quarantined: int
    dead: int
    pending: int
    purged: int

    @property
    def missing(self) -> int:
        """Records that are nowhere (or, below zero, in two places): 0 in a sound lake."""
        parts = (self.current, self.superseded, self.quarantined, self.dead, self.pending, self.purged)
        return self.landed - sum(parts)

    def as_dict(self) -> dict[str, int]:
        return {**asdict(self), "missing": self.missing}


def account(lake: Lake) -> Account:
    """The account of the films' road."""
    tables = FilmTables.of(lake)
    if not tables.raw.exists():
        return Account(0, 0, 0, 0, 0, 0, 0)
    handle = tables.raw.open()
    seen = tables.films.mark(RAW_FILMS) or 0
    raw = tables.raw.scan(handle).select("raw_seq", "film_id", "fetched_at", "payload_sha256", "status", "error")
    curated = tables.films.scan().select("film_id", "fetched_at", "payload_sha256", "removed_at")
    quarantined = tables.quarantine.scan().select("raw_seq").unique()
    rows = raw.with_columns(
        is_dead=pl.col("error").is_not_null(), is_pending=pl.col("error").is_null() & (pl.col("raw_seq") >= seen)
    )
    good = rows.filter(~pl.col("is_dead") & ~pl.col("is_pending")).join(quarantined, on="raw_seq", how="anti")
    counts, good_rows, winning, films, quarantine = pl.collect_all(
        [
            rows.select(pl.col("is_dead").sum(), pl.col("is_pending").sum()),
            good.select(pl.len()),
            _winning(good, curated).select(pl.col("film_id").n_unique()),
            curated.select(pl.len()),
            quarantined.select(pl.len()),
        ]
    )
    dead, pending = counts.row(0)
    return Account(
        landed=handle.transaction_version(LANDED) or 0,
        current=films.item(),
        superseded=good_rows.item() - winning.item(),
        quarantined=quarantine.item(),
        dead=dead,
        pending=pending,
        purged=handle.transaction_version(PURGED) or 0,
    )


def _winning(good: pl.LazyFrame, curated: pl.LazyFrame) -> pl.LazyFrame:
    """The raw rows that are what curated shows of their film: its newest record, or the removal of one never read."""
    both = good.join(curated, on="film_id", suffix="_curated")
    same = (pl.col("fetched_at") == pl.col("fetched_at_curated")) & (
        pl.col("payload_sha256") == pl.col("payload_sha256_curated")
    )
    gone = pl.col("fetched_at_curated").is_null() & (pl.col("fetched_at") == pl.col("removed_at"))
    return both.filter(same.fill_null(False) | gone.fill_null(False))
