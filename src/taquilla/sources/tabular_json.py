"""JSON objects as a table of texts: numbers as they are written, what is nested as JSON."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation
from taquilla.sources.tabular_csv import MAX_LINE_BYTES, text_schema
from taquilla.sources.tabular_header import names_of
from taquilla.sources.tabular_text import Encoding, encoding_of, sample_of, utf8_blocks

_ROWS = 20_000
_SPACES = b" \t\r\n"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class JsonFile:
    """One file; keys: of all its objects, in the order in which they first come. is_array: one document, held whole."""

    place: Place
    encoding: Encoding
    is_array: bool
    keys: tuple[str, ...]
    rows: int

    @classmethod
    def of(cls, place: Place) -> "JsonFile":
        """The file, read once for the keys of its objects. DataError: it is empty, damaged or holds no objects."""
        sample, _ = sample_of(place)
        found = encoding_of(place, sample)
        if found.codec == "windows-1252":  # JSON is Unicode, so that what is not is damage
            found = Encoding("utf-8")
        is_array = _is_array(sample[found.mark :].decode(found.codec, "replace"))
        keys: dict[str, None] = {}
        rows = 0
        for document in _documents(place, found, is_array):
            rows += 1
            cells = _cells(document)
            if cells is not None and not cells.keys() <= keys.keys():
                keys.update(dict.fromkeys(cells))
        if not keys:
            raise DataError(f"{place} has no JSON object. An array of objects, or one object a line, is expected.")
        return cls(place, found, is_array, tuple(keys), rows)

    def describe(self, name: str) -> Relation:
        names, notes = names_of(self.keys)
        return Relation(name, text_schema(names), rows=self.rows, notes=self.encoding.note + notes)

    def count(self) -> int:
        return self.rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows; what is no object comes as a line with the reason."""
        by_name = dict(zip(names_of(self.keys)[0], self.keys, strict=True))
        wanted = [by_name[name] for name in columns]
        schema = text_schema(columns)
        chunk: list[tuple[str | None, ...]] = []
        for number, document in enumerate(_documents(self.place, self.encoding, self.is_array), 1):
            chunk.append(_row(document, wanted, number))
            if len(chunk) == _ROWS:
                yield _batch(chunk, schema)
                chunk = []
        if chunk:
            yield _batch(chunk, schema)


def _batch(rows: Sequence[tuple[str | None, ...]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _is_array(text: str) -> bool:
    return text.lstrip().startswith("[")


def _row(document: bytes, wanted: Sequence[str], number: int) -> tuple[str | None, ...]:
    cells = _cells(document)
    if cells is not None:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):  # a text that is none: told below
            return (*(_text(cells.get(key)) for key in wanted), None, None)
    line = document.decode("utf-8", "backslashreplace")
    return (*(None for _ in wanted), f"no JSON object (record {number:,})", line)


def _cells(document: bytes) -> dict[str, msgspec.Raw] | None:
    try:
        return _OBJECT.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _text(value: msgspec.Raw | None) -> str | None:
    if value is None:
        return None
    written = bytes(value)
    if written == b"null":
        return None
    return _TEXT.decode(written) if written.startswith(b'"') else written.decode()


def _documents(place: Place, encoding: Encoding, is_array: bool) -> Iterator[bytes]:
    """The objects' own bytes: an array's elements, or the lines that are not blank."""
    if not is_array:
        yield from _lines(place, encoding)
        return
    whole = b"".join(utf8_blocks(place, encoding))
    try:
        yield from map(bytes, _ARRAY.decode(whole))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{place} is no JSON array: {error}. Check how it was written.") from error


def _lines(place: Place, encoding: Encoding) -> Iterator[bytes]:
    rest = b""
    for block in utf8_blocks(place, encoding):
        *whole, rest = (rest + block).split(b"\n")
        yield from (line for line in (one.strip(_SPACES) for one in whole) if line)
        if len(rest) > MAX_LINE_BYTES:
            raise DataError(f"{place} has a line of more than {MAX_LINE_BYTES:,} bytes. One object a line is expected.")
    if rest.strip(_SPACES):
        yield rest.strip(_SPACES)
