"""The types that text may have: a CSV file tells none, and a table wants them.

A column is a number, a date or a moment only where every cell of it is, and where writing it gives the same text again:
a postal code of 00501 stays text. Empty text is a value of a text column alone.
"""

from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.sources.relations import ERROR, LINE, Relation

_INT = r"^-?(0|[1-9]\d{0,17})$"
_DECIMAL = r"^-?(0|[1-9]\d{0,17})\.\d{1,10}$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?$"
_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00:00)$"
PATTERNS = {
    "int": _INT,
    "decimal": _DECIMAL,
    "date": _DATE,
    "moment": _MOMENT,
    "zoned": _ZONED,
    "flag": r"^(true|false)$",
}


def typed_relation(relation: Relation, batches: Iterable[pa.RecordBatch]) -> Relation:
    """The relation with the types that all cells of its text columns have; looks at every row."""
    texts = [field.name for field in relation.schema if landed_as_text(field.type)]
    fits = {name: set(PATTERNS) for name in texts}
    scales, cells = dict.fromkeys(texts, 0), dict.fromkeys(texts, 0)
    for batch in batches:
        rows = pl.DataFrame(batch)
        for name in texts:
            column = rows[name].drop_nulls()
            cells[name] += column.len()
            fits[name] = {kind for kind in fits[name] if _all_fit(column, kind)}
            if "decimal" in fits[name] and column.len():
                scales[name] = max(scales[name], _scale(column))
    kinds = {name: _kind(fits[name], scales[name]) if cells[name] else pa.string() for name in texts}
    fields = [field.with_type(kinds.get(field.name, field.type)) for field in relation.schema]
    return Relation(relation.name, pa.schema(fields), relation.key, relation.declared, relation.rows, relation.notes)


def landed_as_text(kind: pa.DataType) -> bool:
    """Whether the column is text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _all_fit(column: pl.Series, kind: str) -> bool:
    if kind == "decimal":
        # Whole numbers among amounts are amounts.
        return bool(column.str.contains(f"{PATTERNS['decimal']}|{PATTERNS['int']}").all())
    if not column.str.contains(PATTERNS[kind]).all():
        return False
    dates = {"date": "%Y-%m-%d", "moment": "%Y-%m-%d %H:%M:%S", "zoned": "%Y-%m-%d %H:%M:%S"}
    if kind in dates:
        days = column.str.slice(0, 10 if kind == "date" else 19).str.replace("T", " ")
        return days.str.to_datetime(dates[kind], strict=False).null_count() == 0
    return True


def _scale(column: pl.Series) -> int:
    decimals = column.str.extract(r"\.(\d+)$").str.len_chars().max()
    return int(decimals) if isinstance(decimals, int) else 0


def _kind(fits: set[str], scale: int) -> pa.DataType:
    kinds = {
        "flag": pa.bool_(),
        "int": pa.int64(),
        "decimal": pa.decimal128(38, scale),
        "date": pa.date32(),
        "moment": pa.timestamp("us"),
        "zoned": pa.timestamp("us", "UTC"),
    }
    return next((kind for name, kind in kinds.items() if name in fits), pa.string())


def converted(batches: Iterable[pa.RecordBatch], wanted: Relation) -> Iterator[pa.RecordBatch]:
    """The rows in the types of `wanted`. DataError: a cell is none of its column's type; it tells which."""
    done = 0
    schema = pa.schema([field for field in wanted.schema if field.name not in (ERROR, LINE)])
    for batch in batches:
        rows = pl.DataFrame(batch)
        made = [_converted(rows, field, done) for field in schema]
        yield pa.RecordBatch.from_arrays(made, schema=schema)
        done += rows.height


def _converted(rows: pl.DataFrame, field: pa.Field, before: int) -> pa.Array:
    column = rows[field.name]
    kind = _polars(field.type)
    is_read = column.dtype == pl.String and kind != pl.String
    made = _parsed(column, kind) if is_read else column.cast(kind, strict=False)
    lost = made.is_null() & column.is_not_null()
    if lost.any():
        row = int(lost.arg_true()[0])
        raise DataError(
            f"Row {before + row + 1:,} has {str(column[row])[:80]!r} in the column {field.name!r}, which is "
            f"{field.type} in the target. Nothing was written. Mend the value, or copy into a column of text."
        )
    return made.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(field.type)


def _parsed(column: pl.Series, kind: pl.DataType) -> pl.Series:
    if isinstance(kind, pl.Datetime):
        text = column.str.replace("T", " ").str.replace(r"(Z|\+00:00)$", "")
        moments = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
        return moments.dt.replace_time_zone(kind.time_zone)
    if kind == pl.Boolean:
        flags = {"true": True, "false": False, "1": True, "0": False}
        return column.str.to_lowercase().replace_strict(flags, default=None, return_dtype=pl.Boolean)
    return column.cast(kind, strict=False)


def _polars(kind: pa.DataType) -> pl.DataType:
    return pl.DataFrame(pa.schema([("column", kind)]).empty_table()).schema["column"]
