"""Where every record that was landed is now: the sums that must add up."""

from dataclasses import asdict, dataclass

import polars as pl

from taquilla.lake import Lake
from taquilla.lake.table import LANDED, PURGED
from taquilla.pipeline.film_tables import RAW_FILMS, FilmTables


@dataclass(frozen=True, slots=True)
class Account:
    """landed = current + superseded + quarantined + dead + pending + purged, counted in different places.

    landed: the counter in raw's commits; purged: that of its deletions. Of the rows that raw holds, dead: those with an
    error. pending: those that no curation has seen yet. quarantined: those that stand in quarantine. superseded: those
    that curated has a film for, with a newer record or the same. current: the films in curated whose record raw holds.
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
    """The account of the films' road; right while a run is under way, too."""
    tables = FilmTables.of(lake)
    if not tables.raw.exists():
        return Account(0, 0, 0, 0, 0, 0, 0)
    # In this order: whatever is committed meanwhile, each row of the later ones is known to the earlier or pending.
    films, quarantine = tables.films.open(), tables.quarantine.open()
    handle = tables.raw.open()
    seen = films.transaction_version(RAW_FILMS) or 0
    curated = tables.films.scan(films).select("film_id", "fetched_at", "payload_sha256", "removed_at")
    raw = tables.raw.scan(handle).select("raw_seq", "film_id", "fetched_at", "payload_sha256", "status", "error")
    is_dead = pl.col("error").is_not_null()
    seen_rows = raw.filter(~is_dead & (pl.col("raw_seq") < seen))
    refused = tables.quarantine.scan(quarantine).select("raw_seq")
    good = _beside(seen_rows.join(refused, on="raw_seq", how="anti"), curated)
    winning = good.filter(_is_current()).select("film_id").unique()
    counts = [
        raw.select(is_dead.sum()),
        raw.filter(~is_dead & (pl.col("raw_seq") >= seen)).select(pl.len()),
        seen_rows.join(refused, on="raw_seq", how="semi").select(pl.len()),
        good.filter(_is_current() | _is_older()).select(pl.len()),
        winning.select(pl.len()),
        curated.join(winning, on="film_id", how="semi").select(pl.len()),
    ]
    dead, pending, quarantined, known, winners, current = (frame.item() for frame in pl.collect_all(counts))
    return Account(
        landed=handle.transaction_version(LANDED) or 0,
        current=current,
        superseded=known - winners,
        quarantined=quarantined,
        dead=dead,
        pending=pending,
        purged=handle.transaction_version(PURGED) or 0,
    )


def _beside(good: pl.LazyFrame, curated: pl.LazyFrame) -> pl.LazyFrame:
    """Each good row of raw beside what curated knows of its film (columns `of_*`); rows of unknown films fall out."""
    known = curated.unique("film_id").select(
        "film_id", of_fetched="fetched_at", of_sha256="payload_sha256", of_removed="removed_at"
    )
    return good.join(known, on="film_id")


def _is_current() -> pl.Expr:
    """The row is what curated shows of its film: its newest record, or the removal of one never read."""
    same = (pl.col("fetched_at") == pl.col("of_fetched")) & (pl.col("payload_sha256") == pl.col("of_sha256"))
    gone = pl.col("of_fetched").is_null() & (pl.col("fetched_at") == pl.col("of_removed"))
    return same.fill_null(False) | gone.fill_null(False)


def _is_older() -> pl.Expr:
    """The row is a record before the one that curated shows, or a removal that curated has taken in."""
    record, removal = pl.col("status").ne_missing(404), pl.col("status").eq_missing(404)
    same_moment = (pl.col("fetched_at") == pl.col("of_fetched")) & (pl.col("payload_sha256") < pl.col("of_sha256"))
    before = (pl.col("fetched_at") < pl.col("of_fetched")) | same_moment
    taken = pl.col("fetched_at") <= pl.col("of_removed")
    return (record & before).fill_null(False) | (removal & taken).fill_null(False)
