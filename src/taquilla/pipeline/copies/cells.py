"""Cells from the type that they came in to the type that the target has, and which of them do not fit it.

A cell fits where it says the same in its new type: 1.50 is an amount of two decimals, 1.505 is none; 1e5 is no whole
number; a moment of 10:00 is no day. Bytes are base64 in text, lists are JSON, a moment without an offset is UTC.
"""

import binascii
from base64 import b64decode

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

_FLAGS = {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}
_OFFSET = r"([+-]\d{2}):?(\d{2})$"


def in_type(cells: pa.Array, kind: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """The cells in that type, and which of them have no value of it: those are null. None: all fit.

    Empty text is null in a type other than text; of bytes it is none at all.
    """
    if cells.type == kind:
        return cells, None
    if pa.types.is_null(cells.type):
        return pa.nulls(len(cells), kind), None
    if is_text(kind) and (pa.types.is_nested(cells.type) or is_bytes(cells.type)):
        return _as_text(cells).cast(kind), None
    if is_text(cells.type) and not is_text(kind):
        return _read(cells.cast(pa.string()), kind)
    made = _cast(cells, kind)
    # A double in a column of singles has seven digits: that is what the column is for.
    if is_text(kind) or (pa.types.is_floating(kind) and pa.types.is_floating(cells.type)):
        return made, _none_where(pc.and_(pc.is_valid(cells), pc.is_null(made)))
    return made, _none_where(pc.fill_null(pc.not_equal(_cast(made, cells.type), cells), pc.is_valid(cells)))


def is_text(kind: pa.DataType) -> bool:
    """Whether the type is one of text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_bytes(kind: pa.DataType) -> bool:
    """Whether the type is one of bytes."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def plain(kind: pa.DataType) -> pa.DataType:
    """The one of Arrow's several types for the same values that every reader knows."""
    return pa.string() if is_text(kind) else pa.binary() if is_bytes(kind) else kind


def _none_where(lost: pa.Array) -> pa.Array | None:
    return lost if pc.any(lost).as_py() else None


def _cast(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    """By Polars, which makes null of what it cannot cast, and else by Arrow, which knows more types."""
    if any(pa.types.is_decimal256(each) for each in (cells.type, kind)):
        return _cast_by_arrow(cells, kind)
    try:
        series = pl.Series(cells)
        cast = series.cast(_polars(kind), strict=False)
        return cast.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind)
    except (pl.exceptions.PolarsError, pa.ArrowException, NotImplementedError, ValueError):
        return _cast_by_arrow(cells, kind)


def _cast_by_arrow(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return cells.cast(kind)
    except pa.ArrowException:
        return pa.array([_one(cell, kind) for cell in cells], kind)


def _one(cell: pa.Scalar, kind: pa.DataType) -> object:
    try:
        return cell.cast(kind).as_py()
    except pa.ArrowException:
        return None


def _polars(kind: pa.DataType) -> pl.DataType:
    return pl.DataFrame(pa.schema([("column", kind)]).empty_table()).schema["column"]


def _as_text(cells: pa.Array) -> pa.Array:
    made = (None if cell is None else msgspec.json.encode(cell).decode() for cell in cells.to_pylist())
    # A text in JSON stands in quotes; base64 alone does not.
    return pa.array([cell and cell.strip('"') if is_bytes(cells.type) else cell for cell in made], pa.string())


def _read(texts: pa.Array, kind: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """Text read as that type; spaces around it are no part of it."""
    if is_bytes(kind):
        made = pa.array([_bytes(cell) for cell in texts.to_pylist()], kind)
        return made, _none_where(pc.and_(pc.is_valid(texts), pc.is_null(made)))
    bare = pc.utf8_trim(texts, " ")
    said = pc.if_else(pc.fill_null(pc.equal(bare, ""), False), None, bare)
    made = _parsed(said, kind)
    return made, _none_where(pc.and_(pc.is_valid(said), pc.is_null(made)))


def _parsed(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    column = pl.Series(texts)
    if pa.types.is_boolean(kind):
        made = column.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    elif pa.types.is_timestamp(kind):
        made = _moments(column, kind.tz)
    elif pa.types.is_date(kind):
        made = column.str.to_date("%Y-%m-%d", strict=False)
    elif pa.types.is_time(kind):
        made = column.str.to_time("%H:%M:%S%.f", strict=False)
    elif pa.types.is_decimal(kind):
        return _decimals(column, kind)
    else:
        return _cast(texts, kind)
    return made.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kind)


def _bytes(cell: str | None) -> bytes | None:
    try:
        return None if cell is None else b64decode(cell, validate=True)
    except (binascii.Error, ValueError):
        return None


def _moments(column: pl.Series, zone: str | None) -> pl.Series:
    """Moments with or without an offset, as UTC."""
    text = column.str.replace("T", " ").str.replace(r"(Z|[+-]00:?00)$", "")
    offset = text.str.extract_groups(_OFFSET).struct.unnest()
    bare = text.str.replace(_OFFSET, "") if offset["1"].is_not_null().any() else text
    moments = bare.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    moments = moments.fill_null(bare.str.to_datetime("%Y-%m-%d", time_unit="us", strict=False))
    if bare is not text:
        hours, minutes = offset["1"].cast(pl.Int64).fill_null(0), offset["2"].cast(pl.Int64).fill_null(0)
        behind = offset["1"].fill_null("").str.starts_with("-").cast(pl.Int64)
        ahead = hours * 60 + minutes * (1 - 2 * behind)
        moments = moments - (ahead * 60_000_000).cast(pl.Duration("us"))
    return moments.dt.replace_time_zone(zone)


def _decimals(column: pl.Series, kind: pa.DataType) -> pa.Array:
    """Amounts of exactly so many decimals: what has more, other than zeros, is null."""
    pattern = rf"^[+-]?\d+(\.\d{{0,{max(kind.scale, 0)}}}0*)?$"
    fitting = pl.select(pl.when(column.str.contains(pattern)).then(column)).to_series()
    plain = fitting.str.replace(r"^\+", "").str.replace(r"\.$", "")
    return _cast(plain.to_arrow(compat_level=pl.CompatLevel.oldest()), kind)
