"""Tables into files: CSV, Parquet or NDJSON, on disk or in S3, whole or not at all.

CSV is as RFC 4180 has it, in UTF-8, lines ending in a line feed: a text stands in quotes, a null is nothing at all, so
that `open_files` tells NULL from an empty text; all that it reads is text. Parquet keeps the types. In NDJSON decimals
are numbers with all their digits. Bytes are base64 where a format has text alone.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from taquilla.errors import DataError, SettingsError
from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation
from taquilla.sources.tabular_text import PACKED

Write = Callable[[pa.RecordBatch], None]
KINDS = (".csv", ".parquet", ".ndjson", ".jsonl")


def write_table(
    place: str, relation: Relation, batches: Iterator[pa.RecordBatch], *, progress: Callable[[int], None] | None = None
) -> int:
    """Write the batches to `place` in the format of its ending; how many rows.

    progress: is told after each batch how many rows have been written. SettingsError: the ending is of no kind that
    can be written. DataError: a batch is not of the relation's columns and types. Where anything fails, `place` stays
    as it was.
    """
    target = Place(place)
    rows = 0
    with ExitStack() as held:
        kind, codec = _kind(target)
        file = held.enter_context(target.writing())
        write = held.enter_context(_WRITERS[kind](_packed(file, codec, held), relation.schema))
        for batch in batches:
            write(_fitting(batch, relation))
            rows += batch.num_rows
            if progress is not None:
                progress(rows)
    return rows


def _kind(target: Place) -> tuple[str, str | None]:
    name = target.name.lower()
    packed = next((suffix for suffix in PACKED if name.endswith(suffix)), "")
    kind = next((kind for kind in KINDS if name.removesuffix(packed).endswith(kind)), None)
    if kind is None or (packed and kind == ".parquet"):
        raise SettingsError(
            f"Cannot write {target.name}: its ending tells no format. Known: {', '.join(KINDS)}, and .gz or .zst "
            "behind those of text."
        )
    return kind, PACKED.get(packed)


def _packed(file: BinaryIO, codec: str | None, held: ExitStack) -> Any:
    return held.enter_context(pa.CompressedOutputStream(file, codec)) if codec else file


def _fitting(batch: pa.RecordBatch, relation: Relation) -> pa.RecordBatch:
    if batch.schema.equals(relation.schema):
        return batch
    try:
        return batch.select(relation.schema.names).cast(relation.schema)
    except (pa.ArrowException, KeyError) as error:
        raise DataError(
            f"{relation.name} changed while it was read: {str(error).splitlines()[0]}. Run the same command again."
        ) from error


@contextmanager
def _csv(file: Any, schema: pa.Schema) -> Iterator[Write]:
    texts = pa.schema([(field.name, pa.string() if _has_no_text(field.type) else field.type) for field in schema])
    with csv.CSVWriter(file, texts, write_options=csv.WriteOptions(quoting_style="needed")) as writer:

        def write(batch: pa.RecordBatch) -> None:
            columns = [_as_text(column) if _has_no_text(column.type) else column for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=texts))

        yield write


def _has_no_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _as_text(column: pa.Array) -> pa.Array:
    """Bytes in base64, lists as JSON."""
    cells = (None if cell is None else msgspec.json.encode(cell).decode().strip('"') for cell in column.to_pylist())
    return pa.array(list(cells), pa.string())


@contextmanager
def _parquet(file: Any, schema: pa.Schema) -> Iterator[Write]:
    with pq.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer:
        yield writer.write_batch


@contextmanager
def _lines(file: Any, schema: pa.Schema) -> Iterator[Write]:
    encoder = msgspec.json.Encoder(decimal_format="number")

    def write(batch: pa.RecordBatch) -> None:
        for row in batch.to_pylist():
            file.write(encoder.encode(row) + b"\n")

    yield write


_WRITERS: dict[str, Callable[[Any, pa.Schema], Any]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".ndjson": _lines,
    ".jsonl": _lines,
}
