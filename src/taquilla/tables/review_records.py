"""Raw records of one layout become curated rows: each ends in `rows` or in `quarantined`, and is read for itself.

What had to be mended, refused or was of another JSON type than usual is a row of `repairs`.
"""

from dataclasses import dataclass

import polars as pl

from taquilla.errors import DataError
from taquilla.tables.clean_tables import CURATED_COLUMNS
from taquilla.tables.cleaning import Cleaned, Quarantined, Repairs
from taquilla.tables.review_cells import MAX_TOLD, TYPE, Cells, cells
from taquilla.tables.review_columns import READINGS, Column, Reading
from taquilla.tables.review_layouts import Layout
from taquilla.tables.review_readers import Record
from taquilla.tables.reviews import KINDS, Kind

ON_TYPE_CHANGE = ("evolve", "quarantine", "stop")
_OF_TEXTS = r"(?i)\.(?:csv|tsv|txt)(?:\.\w+)?$"
_TOLD = {"raw_seq": pl.Int64, "column": pl.String, "found": pl.String, "made": pl.String, "rule": pl.String}
_RULES = {"raw_seq": pl.Int64, "rule": pl.String, "reason": pl.String}


def read_records(layout: Layout, raw: pl.DataFrame, *, on_type_change: str = "evolve") -> Cleaned:
    """Rows of `raw.<kind>`, all of one layout, as the kind's rows, repairs and quarantine; dead letters are left out.

    The rows are as the contract says, but a key may stand there more than once. on_type_change, for a field of another
    JSON type than usual: evolve reads it as far as it can be read and tells it, quarantine takes the record out.
    DataError: it is `stop`, and a field has changed its type.
    """
    if on_type_change not in ON_TYPE_CHANGE:
        raise DataError(f"Unknown on_type_change {on_type_change!r}. Use one of: {', '.join(ON_TYPE_CHANGE)}.")
    raw = raw.filter(pl.col("error").is_null())
    of_texts = raw["file"].str.contains(_OF_TEXTS)
    if of_texts.all() or not of_texts.any():
        return _read(layout, raw, on_type_change, is_text=bool(of_texts.any()))
    parts = [
        _read(layout, raw.filter(chosen), on_type_change, is_text=is_text)
        for chosen, is_text in ((of_texts, True), (~of_texts, False))
    ]
    return Cleaned(*(pl.concat([getattr(part, name) for part in parts]).sort("raw_seq") for name in Cleaned.__slots__))


@dataclass(frozen=True, slots=True)
class _Made:
    """The rows of the records that are objects, and what is told of their cells."""

    rows: pl.DataFrame
    told: pl.DataFrame


def _read(layout: Layout, raw: pl.DataFrame, on_type_change: str, *, is_text: bool) -> Cleaned:
    kind, reading = KINDS[layout.kind], READINGS[layout.name, layout.kind]
    found = cells(raw["record"].fill_null(""), reading.fields, is_text=is_text)
    if on_type_change == "stop":
        _stop_at(found, raw)
    made = _made(layout, kind, reading, found, raw)
    rules = [_broken(found, raw), _unknown(kind, made)]
    if on_type_change == "quarantine":
        rules.append(_changed(found, raw))
    return _parted(kind, raw, made, pl.concat(rules))


def _stop_at(found: Cells, raw: pl.DataFrame) -> None:
    changed = found.told.filter(pl.col("rule") == TYPE)
    if len(changed):
        row, field, value, _ = changed.row(0)
        file, line = raw.select("file", "line").row(row)
        raise DataError(
            f"Field {field!r} of {file}, record {line:,}, has changed its type: {value}. "
            "Mend the file, or set reviews.on_type_change to evolve or quarantine."
        )


def _made(layout: Layout, kind: Kind, reading: Reading, found: Cells, raw: pl.DataFrame) -> _Made:
    origin = raw.select("raw_seq", "bucket", "file", "line")
    origin = origin if len(found.rows) == len(raw) else origin[found.rows["row"]]
    record = Record(pl.concat([found.rows, origin], how="horizontal"), {})
    told = []
    for column in reading.columns:
        texts = record.cells.select(column.found.alias(column.paths[0])).to_series()
        record.values[column.name] = column.read(texts, record).alias(column.name)
        told.append(_refused(column, texts, record))
    known = [*record.values.values(), record.cells["raw_seq"], record.cells["bucket"]]
    rows = pl.DataFrame(known).with_columns(source=pl.lit(layout.name))
    dtypes = {name: one.dtype for name, one in kind.contract.columns().items()}
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items() if name not in rows.columns]
    rows = rows.with_columns(absent).select(*dtypes)
    return _Made(rows, pl.concat([_of_values(reading, found, raw, rows), *told]))


def _refused(column: Column, texts: pl.Series, record: Record) -> pl.DataFrame:
    """The cells of a column that were found and not read, or not wholly."""
    values = record.values[column.name]
    if column.rule is None:
        return pl.DataFrame(schema=_TOLD)
    unread = column.unread(texts, values) if column.unread else None
    is_refused = unread.is_not_null() if unread is not None else texts.is_not_null() & values.is_null()
    where = is_refused.arg_true()
    if not len(where):
        return pl.DataFrame(schema=_TOLD)
    shown = (unread if unread is not None else _as_text(texts)).gather(where).str.slice(0, MAX_TOLD)
    seqs = record.cells["raw_seq"].gather(where)
    # A list of moments of which some stand is told by those that do not.
    return pl.DataFrame([seqs, shown.alias("found")]).select(
        "raw_seq", pl.lit(column.name).alias("column"), "found", pl.lit(None, pl.String).alias("made"),
        pl.lit(column.rule).alias("rule"),
    )  # fmt: skip


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested():
        return pl.Series([str(one.to_list() if isinstance(one, pl.Series) else one) for one in values], dtype=pl.String)
    if values.dtype.is_temporal():
        return values.dt.strftime("%Y-%m-%d %H:%M:%S")
    texts = values.cast(pl.String)
    return texts.str.strip_suffix(".0") if values.dtype.is_float() else texts


def _of_values(reading: Reading, found: Cells, raw: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What is told of the records' values, by the curated column that is made of each."""
    if not len(found.told):
        return pl.DataFrame(schema=_TOLD)
    rule = pl.when(pl.col("rule") == TYPE).then(pl.format("{}|{}", "field", "rule")).otherwise("rule")
    values = pl.concat([raw.select("raw_seq")[found.told["row"]], found.told.with_columns(rule=rule)], how="horizontal")
    # Of two fields for one column the first is told: the last to be told counts.
    told = [_of_field(name, values, rows) for name in _first_columns(reading).items()]
    return pl.concat(told)


def _first_columns(reading: Reading) -> dict[str, str]:
    """The first column that is made of each field."""
    return {field: column.name for column in reversed(reading.columns) for field in reversed(column.fields)}


def _of_field(name: tuple[str, str], values: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    field, column = name
    found = values.filter(pl.col("field") == field)
    rows = rows.join(found, on="raw_seq", how="semi")
    made = rows.select("raw_seq", made=_as_text(rows[column]))
    told = found.join(made, on="raw_seq", how="left", maintain_order="left")
    return told.with_columns(column=pl.lit(column)).select(*_TOLD)


# What cannot stand.


def _broken(found: Cells, raw: pl.DataFrame) -> pl.DataFrame:
    """Records that are no objects."""
    return pl.concat(
        [raw.select("raw_seq")[found.broken["row"]], found.broken.select("rule", "reason")], how="horizontal"
    )


def _unknown(kind: Kind, made: _Made) -> pl.DataFrame:
    """Rows without what the contract asks for; by the rule that refused it, where one did."""
    columns = kind.contract.columns().items()
    required = [name for name, column in columns if not column.nullable and name not in CURATED_COLUMNS]
    bad = made.rows.filter(pl.any_horizontal(pl.col(required).is_null())).select("raw_seq", pl.col(required).is_null())
    cells_ = bad.unpivot(index="raw_seq", variable_name="column").filter("value")
    refused = made.told.filter(pl.col("made").is_null()).unique(["raw_seq", "column"], keep="last")
    named = cells_.join(refused.select(*_TOLD), on=["raw_seq", "column"], how="left", maintain_order="left")
    rule = pl.col("rule").fill_null("nullability")
    by_field = pl.when(rule.str.contains("|", literal=True)).then(rule).otherwise(pl.format("{}|{}", "column", rule))
    reason = pl.format("{} = {}", "column", pl.format("'{}'", "found").fill_null("null"))
    return named.select("raw_seq", rule=by_field, reason=reason).select(*_RULES)


def _changed(found: Cells, raw: pl.DataFrame) -> pl.DataFrame:
    """Records with a field that has changed its type."""
    changed = found.told.filter(pl.col("rule") == TYPE)
    told = changed.select(rule=pl.format("{}|" + TYPE, "field"), reason=pl.format("{} = '{}'", "field", "found"))
    return pl.concat([raw.select("raw_seq")[changed["row"]], told], how="horizontal")


def _parted(kind: Kind, raw: pl.DataFrame, made: _Made, rules: pl.DataFrame) -> Cleaned:
    """Rows that stand, the repairs of their cells, and the records that do not stand, with what they broke."""
    rows = made.rows
    if len(rules):
        rows = rows.join(rules, on="raw_seq", how="anti", maintain_order="left")
    return Cleaned(rows, _repairs(kind, made), _quarantined(kind, raw, made, rules))


def _key(kind: Kind) -> pl.Expr:
    return pl.concat_str([pl.col(name).cast(pl.String) for name in kind.key], separator=",")


def _repairs(kind: Kind, made: _Made) -> pl.DataFrame:
    told = made.told.unique(["raw_seq", "column"], keep="last")
    rows = made.rows if len(told) else made.rows.clear()
    origin = rows.select("raw_seq", "bucket", key=_key(kind))
    repairs = told.join(origin, on="raw_seq", how="left").with_columns(
        table=pl.lit(kind.name), changed_at=pl.lit(None, Repairs.columns()["changed_at"].dtype)
    )
    return repairs.select(Repairs.column_names()).sort("raw_seq", "column")


def _quarantined(kind: Kind, raw: pl.DataFrame, made: _Made, rules: pl.DataFrame) -> pl.DataFrame:
    told = rules.group_by("raw_seq", maintain_order=True).agg(
        pl.col("rule").unique(maintain_order=True).str.join(","),
        pl.col("reason").unique(maintain_order=True).str.join(", "),
    )
    keys = made.rows.join(told, on="raw_seq", how="semi").select("raw_seq", key=_key(kind))
    bad = raw.join(told, on="raw_seq", how="inner").join(keys, on="raw_seq", how="left").sort("raw_seq")
    return bad.with_columns(pl.col("record").fill_null("")).select(Quarantined.column_names())
