"""Batches on their way into a database: as CSV in which null is the bare word NULL, or as rows of plain values.

Texts are always in quotes, so that NULL, 'NULL' and '' stay three things; bytes are hexadecimal.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError, UnavailableError
from taquilla.sources.relations import Relation

NULL = "NULL"
SUFFIX_NEW, SUFFIX_OLD = "__taquilla_new", "__taquilla_old"
_MOMENT, _TIME = "%Y-%m-%d %H:%M:%S%.6f", "%H:%M:%S%.6f"


def write_csv(batch: pa.RecordBatch, file: IO[bytes], *, null: str = NULL, bytes_prefix: str = "") -> None:
    """The batch's lines, without a header. Booleans are 1 and 0, moments UTC without an offset."""
    frame = pl.DataFrame([_plain(one, bytes_prefix) for one in _frame(batch)])
    frame.write_csv(file, include_header=False, null_value=null, quote_style="non_numeric", datetime_format=_MOMENT)


def rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """The batch's rows as plain values: text, numbers, bytes; decimals, days and moments as text."""
    columns = [_simple(one).to_list() for one in _frame(batch)]
    return zip(*columns, strict=True)


def own_columns(batches: Iterable[pa.RecordBatch], relation: Relation) -> Iterator[pa.RecordBatch]:
    """The relation's own columns of each batch, in its order and types. DataError: a batch is not of that relation."""
    names = relation.columns()
    schema = pa.schema([relation.schema.field(name) for name in names])
    for batch in batches:
        try:
            yield batch.select(names).cast(schema)
        except (KeyError, ValueError, pa.ArrowInvalid) as error:
            raise DataError(
                f"What is to be written does not fit {relation.name}: {error}. Describe the source again."
            ) from None


def renamed_columns(
    relation: Relation, batches: Iterable[pa.RecordBatch], names: Sequence[str]
) -> tuple[Relation, Iterator[pa.RecordBatch]]:
    """The same rows under the names that the target's columns have."""
    ready = (batch.rename_columns(list(names)) for batch in own_columns(batches, relation))
    types = [relation.schema.field(name) for name in relation.columns()]
    schema = pa.schema([field.with_name(name) for field, name in zip(types, names, strict=True)])
    return Relation(relation.name, schema), ready


def table_of(relation: Relation) -> Relation:
    """The relation without the columns that tell what is wrong with a line: they are no part of the table."""
    names = relation.columns()
    schema = pa.schema([relation.schema.field(name) for name in names])
    return Relation(relation.name, schema, relation.key, relation.declared)


def staging(name: str, suffix: str, limit: int) -> str:
    """The name beside the table's own, within so many bytes."""
    kept = name.encode()[: limit - len(suffix)].decode("utf-8", "ignore")
    return kept + suffix


def check_count(sent: int, there: int, table: str) -> None:
    """UnavailableError: the target has not what was sent."""
    if sent != there:
        raise UnavailableError(
            f"{sent:,} rows were sent to {table}, and {there:,} are there. Nothing of it was kept: run it again."
        )


def check_dependents(table: str, dependents: Sequence[str]) -> None:
    """DataError: replacing the table would break what holds on to it."""
    if dependents:
        raise DataError(
            f"{table} cannot be replaced, since others hold on to it: {', '.join(dependents)}. "
            "Drop those first, or empty the table and append to it."
        )


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    decoded = [
        array.dictionary_decode() if pa.types.is_dictionary(array.type) else _as_text(array) for array in batch.columns
    ]
    names = [str(position) for position in range(batch.num_columns)]
    return pl.DataFrame(pa.Table.from_arrays(decoded, names=names))


def _as_text(array: pa.Array) -> pa.Array:
    """Polars has no decimals of more than 38 digits."""
    return array.cast(pa.string()) if pa.types.is_decimal256(array.type) else array


def _plain(column: pl.Series, bytes_prefix: str) -> pl.Series:
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int8)
    if isinstance(column.dtype, pl.Datetime):
        return _moment(column)
    if column.dtype == pl.Binary:
        hexed = column.bin.encode("hex")
        return (pl.select(pl.lit(bytes_prefix) + hexed).to_series() if bytes_prefix else hexed).alias(column.name)
    if column.dtype == pl.Time:
        return column.dt.to_string(_TIME)
    return column.cast(pl.String) if column.dtype == pl.Null else column


def _simple(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        # As SQLite's own functions write it, with a fraction where there is one.
        text = _moment(column).dt.to_string(_MOMENT)
        return text.str.replace(r"\.000000$", "")
    if column.dtype in (pl.Date, pl.Time):
        return column.dt.to_string("%Y-%m-%d" if column.dtype == pl.Date else _TIME)
    if isinstance(column.dtype, pl.Decimal) or column.dtype == pl.UInt64:
        return column.cast(pl.String)
    return column.cast(pl.Int8) if column.dtype == pl.Boolean else column


def _moment(column: pl.Series) -> pl.Series:
    has_zone = getattr(column.dtype, "time_zone", None) is not None
    utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if has_zone else column
    return utc.cast(pl.Datetime("us"))
