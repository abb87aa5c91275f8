"""Text from a server into Arrow's types: lines of CSV at once, and where that fails, column by column with the reason.

Servers write decimals, dates and numbers as text exactly; nothing goes through a float that is none.
"""

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from taquilla.errors import DataError
from taquilla.sources.sql_driver import Column, Found

TRUE, FALSE = ["1", "t", "true"], ["0", "f", "false"]
# What servers keep where no calendar has a day: 0000-00-00, 2024-00-15, infinity, years before ours or of five digits.
_NO_DATE = r"^-?infinity$|^0000-|^\d+-00|^\d+-\d+-00| BC$|^\d{5,}-"
_NO_NUMBER = r"^-?infinity$|^nan$"
_UTC = pa.timestamp("us", tz="UTC")
Cells: TypeAlias = pa.Array | pa.ChunkedArray


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.type) for column in columns])


def from_csv(
    lines: bytes, columns: Sequence[Column], relation: str, found: Found, *, has_zones: bool
) -> pa.RecordBatch:
    """A batch of lines of CSV: null is an empty cell, '' an empty cell in quotes. DataError: a cell is not its type's.

    has_zones: moments are written with their offset; without one they are UTC.
    """
    try:
        table = _parsed(lines, [_read_as(column.type, has_zones) for column in columns])
        arrays = [cells.cast(column.type) for cells, column in zip(table.columns, columns, strict=True)]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        table = _parsed(lines, [pa.string()] * len(columns))
        arrays = [typed(cells, column, relation, found) for cells, column in zip(table.columns, columns, strict=True)]
    return batch(arrays, columns)


def batch(arrays: Sequence[Cells], columns: Sequence[Column]) -> pa.RecordBatch:
    whole = [array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array for array in arrays]
    return pa.RecordBatch.from_arrays(whole, schema=schema_of(columns))


def _read_as(kind: pa.DataType, has_zones: bool) -> pa.DataType:
    if kind == _UTC and not has_zones:
        return pa.timestamp("us")
    return pa.string() if pa.types.is_binary(kind) else kind


def _parsed(lines: bytes, kinds: Sequence[pa.DataType]) -> pa.Table:
    names = [str(position) for position in range(len(kinds))]
    return csv.read_csv(
        pa.BufferReader(lines),
        # One block: a line is never cut, and there is nothing to spread over threads.
        read_options=csv.ReadOptions(column_names=names, block_size=len(lines) + 1, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, kinds, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=TRUE,
            false_values=FALSE,
        ),
    )


def typed(cells: Cells, column: Column, relation: str, found: Found) -> Cells:
    """Text as the column's type; dates that no calendar has are null and counted. DataError: a cell is no such."""
    try:
        return _cast(cells, column.type)
    except pa.ArrowInvalid:
        mended, count = _without_impossible(cells, column.type)
    try:
        done = _cast(mended, column.type)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{relation}.{column.name} is declared {column.declared}, and holds what that cannot be: {error}. "
            "Mend it at the source, or read it by a query that casts it to text."
        ) from None
    found.impossible[f"{relation}.{column.name}"] += count
    return done


def _cast(cells: Cells, kind: pa.DataType) -> Cells:
    if pa.types.is_boolean(kind):
        return _booleans(cells)
    if kind == _UTC:
        return _moments(cells)
    return cells.cast(kind)


def _booleans(cells: Cells) -> Cells:
    yes, no = pc.is_in(cells, pa.array(TRUE)), pc.is_in(cells, pa.array(FALSE))
    strange = cells.filter(pc.invert(pc.or_(pc.or_(yes, no), pc.is_null(cells))))
    if len(strange):
        raise pa.ArrowInvalid(f"{strange[0].as_py()!r} is neither 0 nor 1")
    return pc.if_else(pc.is_null(cells), None, yes)


def _moments(cells: Cells) -> Cells:
    """With or without an offset: sessions speak UTC."""
    try:
        return cells.cast(_UTC)
    except pa.ArrowInvalid:
        return pc.assume_timezone(cells.cast(pa.timestamp("us")), "UTC")


def _without_impossible(cells: Cells, kind: pa.DataType) -> tuple[Cells, int]:
    if not (pa.types.is_temporal(kind) or pa.types.is_decimal(kind)):
        return cells, 0
    pattern = _NO_NUMBER if pa.types.is_decimal(kind) else _NO_DATE
    impossible = pc.fill_null(pc.match_substring_regex(cells, pattern, ignore_case=True), False)
    return pc.if_else(impossible, None, cells), pc.sum(impossible).as_py() or 0
