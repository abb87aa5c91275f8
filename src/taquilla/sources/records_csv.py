"""CSV as records: each row a JSON object of its texts, by the names of the header."""

import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.records_lines import Damaged, Row, blocks_of, frame_of, shown
from taquilla.sources.relations import ERROR, LINE
from taquilla.sources.tabular_csv import CsvFile
from taquilla.sources.tabular_text import PACKED


def csv_fields(place: Place) -> tuple[str, ...]:
    """The names of the columns. DataError: the file is empty, or no text."""
    try:
        return CsvFile.of(place).dialect.names
    except DataError as error:
        with tempfile.TemporaryDirectory() as folder:
            return CsvFile.of(_salvaged(place, Path(folder), error)[0]).dialect.names


def csv_records(place: Place) -> Generator[pl.DataFrame]:
    """The rows as JSON objects, numbered from 1, with the reason beside each that is none.

    Of a packed file that is cut off, what could be unpacked.
    """
    given = 0
    try:
        for frame in _frames(place):
            yield _numbered(frame, given)
            given += frame.height
    except DataError as error:
        with tempfile.TemporaryDirectory() as folder:
            file, damage = _salvaged(place, Path(folder), error)
            yield from _behind(given, file, damage)


def _behind(given: int, file: Place, damage: Row) -> Iterator[pl.DataFrame]:
    """The rows behind those that were given before the damage was met, and a last one that tells it."""
    count = 0
    for frame in _frames(file):
        if (fresh := frame.slice(max(0, given - count))).height:
            yield _numbered(fresh, max(count, given))
        count += frame.height
    yield _numbered(frame_of([damage]), count)


def _frames(place: Place) -> Iterator[pl.DataFrame]:
    file = CsvFile.of(place)
    names = list(file.dialect.names)
    for batch in file.batches(names):
        if batch.num_rows:
            yield _objects(batch, names)


def _objects(batch: pa.RecordBatch, names: list[str]) -> pl.DataFrame:
    rows = pl.DataFrame(batch)
    is_good = pl.col(ERROR).is_null()
    record = pl.when(is_good).then(pl.struct(names).struct.json_encode()).otherwise(LINE)
    return rows.select(record=record, error=ERROR)


def _numbered(frame: pl.DataFrame, before: int) -> pl.DataFrame:
    return frame.select(line=pl.int_range(before + 1, before + 1 + frame.height), record="record", error="error")


def _salvaged(place: Place, folder: Path, error: DataError) -> tuple[Place, Row]:
    """What can be unpacked of a damaged file, up to its last whole line, as a file here; and what is told of the rest.

    The error itself where it is not for its packing that the file cannot be read.
    """
    end = next((end for end in PACKED if place.name.lower().endswith(end)), None)
    if end is None:
        raise error
    path = folder / place.name[: -len(end)]
    rest = b""
    with path.open("wb") as file:
        try:
            for block in blocks_of(place):
                ends = block.rfind(b"\n") + 1
                file.write((rest + block[:ends]) if ends else b"")
                rest = block[ends:] if ends else rest + block
        except Damaged as damage:
            return Place(str(path)), (shown(rest) or None, str(damage))
    raise error
