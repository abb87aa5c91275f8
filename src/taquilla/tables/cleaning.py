"""From a source's table to a curated one, whatever the subject: its tables are declared as data (`clean_tables`).

    raw.shop_film ── clean ─▶ rows          typed, by the contract's names; a key may still stand there more than once
                          ├─▶ repairs       one row a cell that was mended or refused, with the rule's name
                          └─▶ quarantined   one row a row that cannot stand, with the rules and the row as it came
    rows, repairs ── settle (settling.py) ─▶ one row a key, and what was superseded

Each row of raw ends in `rows` or in `quarantined`, and each row is read for itself: cutting raw differently changes
nothing. Unknown is null, never zero.
"""

from dataclasses import dataclass

import dataframely as dy
import msgspec
import polars as pl

from taquilla.tables.cell_reading import (
    DTYPES,
    Field,
    as_found,
    as_text,
    found_cells,
    is_odd,
    mend,
    read_cells,
)
from taquilla.tables.clean_tables import CURATED_COLUMNS, RAW_COLUMNS, CleanTable

__all__ = ["CleanTable", "Cleaned", "Quarantined", "Repairs", "clean", "key_text", "quarantine"]


class Repairs(dy.Schema):
    """`curated.<subject>_repairs`: one row a cell that was mended, or refused."""

    table = dy.String(primary_key=True, description="the curated table")
    raw_seq = dy.Int64(primary_key=True, min=0, description="the row of raw")
    key = dy.String(nullable=True, description="the row's key; null where the key itself was refused")
    column = dy.String(primary_key=True, description="the column, by its curated name")
    found = dy.String(nullable=True, description="the cell as it came")
    made = dy.String(nullable=True, description="what stands there now; null: the cell was refused")
    rule = dy.String(description="the rule by which it was mended or refused")
    changed_at = dy.Datetime(
        nullable=True, time_unit="us", time_zone="UTC", description="when the source changed the row"
    )
    bucket = dy.Int64(min=0)


class Quarantined(dy.Schema):
    """`quarantine.<curated table>`: one row a row of raw that cannot stand; the row itself stays in raw."""

    raw_seq = dy.Int64(primary_key=True, min=0)
    key = dy.String(nullable=True, description="the row's key, as far as it could be read")
    landed_at = dy.Datetime(time_unit="us", time_zone="UTC")
    rule = dy.String(description="the rules that it broke, by name, separated by commas")
    reason = dy.String(description="what was found, in words")
    record = dy.String(description="the row as it came, JSON; without the columns that are never read")
    bucket = dy.Int64(min=0)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a chunk of raw rows becomes; contracts: the table's own (but for its key), `Repairs`, `Quarantined`."""

    rows: pl.DataFrame
    repairs: pl.DataFrame
    quarantined: pl.DataFrame


def clean(table: CleanTable, raw: pl.DataFrame) -> Cleaned:
    """Raw rows become typed rows, repairs and quarantine: each row ends in `rows` or in `quarantined`.

    `raw` has the source's columns in any type and `RAW_COLUMNS`; rows with an `_error` are dead letters and left out.
    DataError: a required column is not there, or holds lists.
    """
    raw = raw.filter(pl.col("_error").is_null()) if "_error" in raw.columns else raw
    columns = table.columns_of(raw.columns)
    is_typed = _is_typed(raw)
    found, read, odd = _read(table, raw, columns, is_typed)
    rows = _with_missing(table, read, raw)
    mended = [
        _mend(field, found, odd, raw, is_typed)
        for field in table.fields
        if field.name in columns and odd[field.name].any()
    ]
    for mending in mended:
        rows = _put(rows, mending)
    rows, broken = _ordered(table, rows, found)
    told = _told(table, [*(mending.told for mending in mended), *broken], rows)
    return _parted(table, raw, rows, told)


def _is_typed(raw: pl.DataFrame) -> bool:
    """Whether the source has types of its own: files of text have text alone."""
    dtypes = (dtype for name, dtype in raw.schema.items() if name not in RAW_COLUMNS and not name.startswith("_"))
    return any(dtype not in (pl.String, pl.Null) for dtype in dtypes)


def _read(
    table: CleanTable, raw: pl.DataFrame, columns: dict[str, str], is_typed: bool
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The cells of each field: as found, as read, and whether they need a second look."""
    fields = [field for field in table.fields if field.name in columns]
    found = raw.select(
        found_cells(field, columns[field.name], raw.schema[columns[field.name]], is_typed).alias(field.name)
        for field in fields
    )
    read = found.select(
        read_cells(field, field.name, found.schema[field.name], is_typed).alias(field.name) for field in fields
    )
    both = pl.concat([read, found.rename(_FOUND.format)], how="horizontal")
    odd = both.select(is_odd(field, _FOUND.format(field.name), field.name).alias(field.name) for field in fields)
    return found, read, odd


_QUARANTINED = {name: column.dtype for name, column in Quarantined.columns().items()}
_FOUND = "found {}"
_MENDED = {"raw_seq": pl.Int64, "column": pl.String, "found": pl.String, "made": pl.String, "rule": pl.String}


def _with_missing(table: CleanTable, read: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """All columns of the contract, in its order; those that the source has not are unknown."""
    absent = [pl.lit(None, DTYPES[field.kind]).alias(field.name) for field in table.fields if field.name not in read]
    with_all = pl.concat([read, raw.select(CURATED_COLUMNS)], how="horizontal").with_columns(absent)
    return with_all.select(table.contract.column_names())


@dataclass(frozen=True, slots=True)
class _Mending:
    """The odd cells of one column: where they stand, what they become, and what is told of them."""

    field: Field
    is_odd: pl.Series
    values: pl.Series
    told: pl.DataFrame


def _mend(field: Field, found: pl.DataFrame, odd: pl.DataFrame, raw: pl.DataFrame, is_typed: bool) -> _Mending:
    is_odd = odd[field.name]
    texts = as_text(found[field.name].filter(is_odd))
    made = {text: mend(field, text, is_typed) for text in texts.unique()}
    values = pl.Series([made[text].value for text in texts], dtype=DTYPES[field.kind])
    told = pl.DataFrame(
        {
            "raw_seq": raw["raw_seq"].filter(is_odd),
            "column": pl.Series([field.name] * len(texts), dtype=pl.String),
            "found": texts,
            "made": as_text(values),
            "rule": pl.Series([made[text].rule for text in texts], dtype=pl.String),
        }
    )
    return _Mending(field, is_odd, values, told.filter(pl.col("rule").is_not_null()))


def _put(rows: pl.DataFrame, mending: _Mending) -> pl.DataFrame:
    where = mending.is_odd.arg_true()
    return rows.with_columns(rows[mending.field.name].scatter(where, mending.values))


def _ordered(table: CleanTable, rows: pl.DataFrame, found: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows without the cells that break an order between two columns, and what is told of those cells."""
    broken = []
    for order in table.orders:
        is_broken = rows.select((pl.col(order.later) < pl.col(order.earlier)).fill_null(False)).to_series()
        if is_broken.any():
            texts = as_text(found[order.later].filter(is_broken))
            told = rows.filter(is_broken).select("raw_seq", column=pl.lit(order.later), found=texts)
            broken.append(told.with_columns(made=pl.lit(None, pl.String), rule=pl.lit(order.rule)))
            rows = rows.with_columns(pl.when(~is_broken).then(order.later).alias(order.later))
    return rows, broken


def _told(table: CleanTable, told: list[pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """The cells that were mended or refused, as `Repairs`; the last word on a cell counts."""
    cells = pl.concat([pl.DataFrame(schema=_MENDED), *told]).unique(["raw_seq", "column"], keep="last")
    origin = rows.select("raw_seq", "bucket", "changed_at", key=key_text(table))
    repairs = cells.join(origin, on="raw_seq", how="left").with_columns(table=pl.lit(table.curated))
    return repairs.select(Repairs.column_names()).sort("raw_seq", "column")


def key_text(table: CleanTable) -> pl.Expr:
    """A row's key as one text; null where a part of it is."""
    return pl.concat_str([pl.col(name).cast(pl.String) for name in table.key], separator=",")


def _parted(table: CleanTable, raw: pl.DataFrame, rows: pl.DataFrame, repairs: pl.DataFrame) -> Cleaned:
    required = [field.name for field in table.fields if field.is_required]
    is_bad = rows.select(pl.any_horizontal(pl.col(required).is_null())).to_series()
    if not is_bad.any():
        return Cleaned(rows, repairs, pl.DataFrame(schema=_QUARANTINED))
    bad = rows.filter(is_bad)
    rules = _rules(bad.select("raw_seq", pl.col(required).is_null()), repairs)
    return Cleaned(rows.filter(~is_bad), repairs, quarantine(table, raw, rules))


def _rules(bad: pl.DataFrame, repairs: pl.DataFrame) -> pl.DataFrame:
    """The rules that rows break, by name, and what was found: raw_seq, rule, reason.

    bad: of each such row and each column that it must have, whether nothing is there.
    """
    cells = bad.unpivot(index="raw_seq", variable_name="column").filter("value")
    found = cells.join(repairs.select("raw_seq", "column", "found", "rule"), on=["raw_seq", "column"], how="left")
    told = found.sort("raw_seq", "column").select(
        "raw_seq",
        rule=pl.format("{}|{}", "column", pl.col("rule").fill_null("nullability")),
        reason=pl.format("{} = {}", "column", pl.format("'{}'", "found").fill_null("null")),
    )
    return told.group_by("raw_seq", maintain_order=True).agg(
        pl.col("rule").str.join(","), pl.col("reason").str.join(", ")
    )


def quarantine(table: CleanTable, raw: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """The rows of `raw` that `rules` (raw_seq, rule, reason) names, as `Quarantined`."""
    told = rules.select("raw_seq", **{_RULE: "rule", _REASON: "reason"})
    bad = raw.join(told, on="raw_seq", how="inner").sort("raw_seq")
    columns = [name for name in raw.columns if name not in RAW_COLUMNS and table.reads(name)]
    records = [msgspec.json.encode(row).decode() for row in as_found(bad.select(columns)).iter_rows(named=True)]
    found = table.columns_of(raw.columns)
    key = pl.concat_str([pl.col(found[name]).cast(pl.String, strict=False) for name in table.key], separator=",")
    rows = bad.select("raw_seq", "bucket", key=key, landed_at="_landed_at", rule=_RULE, reason=_REASON)
    return rows.with_columns(record=pl.Series(records, dtype=pl.String)).select(Quarantined.column_names())


# The source may have columns that are called rule and reason.
_RULE, _REASON = "_rule of quarantine", "_reason of quarantine"
