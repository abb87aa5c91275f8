"""Which of the rows that share a key stands in curated: the newest, a clean key before a mended one.

`clean` reads each row for itself; what needs a look at the whole table is here. Feed it what stands in curated and what
is new, and feed its rows back the next time: the order in which rows come changes nothing but which one is called
superseded.
"""

from dataclasses import dataclass

import polars as pl

from taquilla.tables.clean_tables import CURATED_COLUMNS, CleanTable
from taquilla.tables.cleaning import key_text

KEY_IS_FREE = "key_is_free"


@dataclass(frozen=True, slots=True)
class Settled:
    """`rows`: what stands, in the order in which it came. The other two tell of the rows that do not.

    superseded: raw_seq, key, by (the raw_seq that stands), is_same (nothing differs but where it came from).
    not_free: raw_seq, rule, reason, as `cleaning.quarantine` takes them: rows whose mended key is another row's own.
    """

    rows: pl.DataFrame
    superseded: pl.DataFrame
    not_free: pl.DataFrame


def settle(table: CleanTable, versions: pl.DataFrame, repairs: pl.DataFrame) -> Settled:
    """One row a key; of a table that keeps history one row a version.

    The newest `changed_at` wins, then the highest raw_seq; a row without `changed_at` is the oldest. A row that says
    what the one before it said is no version. A key that was mended ("x98") counts only where no row has it clean.

    versions: rows of `clean`, old and new. repairs: `Repairs` of at least these rows.
    """
    mended = repairs.filter(pl.col("column").is_in(list(table.key)) & pl.col("made").is_not_null())
    shared = versions.filter(pl.struct(table.key).is_duplicated())
    doubtful = shared.join(mended, on="raw_seq", how="semi")
    clean = shared.join(mended, on="raw_seq", how="anti")
    taken = doubtful.join(clean, on=table.key, how="semi")
    ordered = shared.join(taken, on="raw_seq", how="anti").sort(*table.key, "changed_at", "raw_seq", nulls_last=False)
    standing = _newest(table, ordered)
    gone = shared.join(standing, on="raw_seq", how="anti").select("raw_seq")
    return Settled(
        rows=versions.join(gone, on="raw_seq", how="anti", maintain_order="left") if gone.height else versions,
        superseded=_superseded(table, ordered, standing),
        not_free=_not_free(table, taken, mended),
    )


def _newest(table: CleanTable, ordered: pl.DataFrame) -> pl.DataFrame:
    told = [name for name in ordered.columns if name not in CURATED_COLUMNS]
    changes = ordered.filter(pl.struct(told).ne_missing(pl.struct(told).shift()))
    return changes if table.keeps_history else changes.unique(table.key, keep="last", maintain_order=True)


def _superseded(table: CleanTable, ordered: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    told = [name for name in ordered.columns if name not in CURATED_COLUMNS]
    winner = standing.unique(table.key, keep="last", maintain_order=True).select(*table.key, by="raw_seq")
    same = standing.select(*told, is_same=pl.lit(True)).unique()
    gone = ordered.join(standing, on="raw_seq", how="anti")
    known = gone.join(winner, on=table.key, how="left").join(same, on=told, how="left", nulls_equal=True)
    return known.select("raw_seq", "by", pl.col("is_same").fill_null(False), key=key_text(table)).sort("raw_seq")


def _not_free(table: CleanTable, taken: pl.DataFrame, mended: pl.DataFrame) -> pl.DataFrame:
    found = mended.group_by("raw_seq").agg(pl.format("{} = '{}'", "column", "found").sort().str.join(", "))
    cells = taken.select("raw_seq", key=key_text(table)).join(found.rename({"column": "cells"}), on="raw_seq")
    return cells.sort("raw_seq").select(
        "raw_seq",
        rule=pl.lit(f"{'+'.join(table.key)}|{KEY_IS_FREE}"),
        reason=pl.format("{}, but another row is {}", "cells", "key"),
    )
