"""A CSV file as a table of texts, verbatim; lines that do not fit are rows with the line and the reason.

Arrow reads what is well-formed, some millions of lines a second. A block that it refuses, or could take amiss, goes to
`tabular_records`, which knows what to do with it.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from taquilla.errors import DataError, SettingsError
from taquilla.sources.objects import Place
from taquilla.sources.relations import ERROR, LINE, Relation
from taquilla.sources.tabular_dialect import Dialect, dialect_of
from taquilla.sources.tabular_records import MAX_RECORD_CHARS, Record, records
from taquilla.sources.tabular_text import Encoding, encoding_of, sample_of, utf8_blocks

_DIALECT_BYTES = 2**20
# No row is so long; a file with such a line is something else, and would fill the memory.
MAX_LINE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One file and how it is written."""

    place: Place
    encoding: Encoding
    dialect: Dialect

    @classmethod
    def of(
        cls,
        place: Place,
        *,
        null_text: str | None = "",
        encoding: str | None = None,
        separator: str | None = None,
        header: bool | None = None,
    ) -> "CsvFile":
        """The file, looked into. DataError: it is empty, damaged or no text. SettingsError: an option is none."""
        if separator is not None and (len(separator) != 1 or separator in '"\r\n' or not separator.isascii()):
            raise SettingsError(f"{separator!r} cannot separate cells. Give one sign, such as ',' or ';'.")
        sample, whole = sample_of(place)
        found = encoding_of(place, sample, encoding)
        text = sample[found.mark : _DIALECT_BYTES].decode(found.codec, "replace")
        whole = whole and len(sample) <= _DIALECT_BYTES
        dialect = dialect_of(place.name, text, whole=whole, separator=separator, header=header, null=null_text)
        return cls(place, found, dialect)

    def describe(self, name: str) -> Relation:
        return Relation(name, text_schema(self.dialect.names), notes=self.encoding.note + self.dialect.notes)

    def count(self) -> int | None:
        return None

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows, some tens of thousands at a time; the columns named, then `ERROR` and `LINE`."""
        reader = _Reader(self.place, self.dialect)
        blocks = utf8_blocks(self.place, self.encoding)
        if self.dialect.ends == "\r":
            blocks = (block.replace(b"\r", b"\n") for block in blocks)
        for table in reader.tables(blocks):
            yield from table.select([*columns, ERROR, LINE]).to_batches()


def text_schema(names: Sequence[str]) -> pa.Schema:
    """Columns of text, with those that tell what is wrong with a line."""
    return pa.schema([(name, pa.string()) for name in (*names, ERROR, LINE)])


def _is_a_line_each(table: pa.Table, data: bytes) -> bool:
    """Whether each record is on a line of its own; Arrow closes a quote that is open at the end."""
    last = table.column(table.num_columns - 1)
    return table.num_rows == data.count(b"\n") and not (last[-1].as_py() or "").endswith("\n")


class _Reader:
    """Blocks of bytes into tables; it keeps what is left of a block, and the number of the line."""

    def __init__(self, place: Place, dialect: Dialect) -> None:
        self._place, self._style, self._names = place, dialect.style, dialect.names
        self._schema = text_schema(dialect.names)
        self._before_rows = dialect.has_header
        self._line = 1

    def tables(self, blocks: Iterator[bytes]) -> Iterator[pa.Table]:
        rest = b""
        for block in blocks:
            data = rest + block
            ends = self._end_of_records(data)
            if not ends and len(data) > MAX_RECORD_CHARS:
                ends = data.rfind(b"\n") + 1
            if not ends and len(data) > MAX_LINE_BYTES:
                raise DataError(
                    f"{self._place} has a line of more than {MAX_LINE_BYTES:,} bytes. Check what the file is."
                )
            table, left = self._table(data[:ends], last=False)
            rest = left + data[ends:]
            yield table
        if rest and not rest.endswith(b"\n"):
            rest += b"\n"
        yield self._table(rest, last=True)[0]

    @staticmethod
    def _end_of_records(data: bytes) -> int:
        """Behind the last line's end that has an even number of quotes before it: none is open there, as a rule."""
        ends = data.rfind(b"\n") + 1
        quotes = data.count(b'"', 0, ends)
        while ends and quotes % 2:
            before = data.rfind(b"\n", 0, ends - 1) + 1
            quotes -= data.count(b'"', before, ends)
            ends = before
        return ends

    def _table(self, data: bytes, *, last: bool) -> tuple[pa.Table, bytes]:
        """The rows of a block, and what of it belongs to the next."""
        if self._before_rows:
            data = self._behind_header(data, last=last)
        table = self._quickly(data)
        if table is not None:
            self._line += data.count(b"\n")
            return table, b""
        return self._carefully(data, last=last)

    def _behind_header(self, data: bytes, *, last: bool) -> bytes:
        """The block without its first record."""
        text = data.decode("utf-8", "surrogateescape")
        first = next(records(text, self._style, None, 1, last=last), "")
        if isinstance(first, str):
            return data
        self._before_rows = False
        ends = data.find(b"\n", data.index(first.line.encode("utf-8", "surrogateescape")) + len(first.line.encode()))
        self._line += data.count(b"\n", 0, ends + 1)
        return data[ends + 1 :]

    def _quickly(self, data: bytes) -> pa.Table | None:
        """Arrow's reading; None where it is not to be trusted with the block."""
        style, quoted = self._style, b'"' in data
        # Arrow takes a carriage return of its own for a line's end.
        if (style.trims and quoted) or data.count(b"\r") != data.count(b"\r\n"):
            return None
        try:
            table = csv.read_csv(io.BytesIO(data), *self._options(len(data), quoted))
        except pa.ArrowInvalid:
            return None
        if quoted and not _is_a_line_each(table, data):
            # A quote goes over lines: whether it means to, the careful reader tells.
            return None
        if style.trims:
            table = self._trimmed(table)
        nothing = pa.nulls(table.num_rows, pa.string())
        return table.append_column(ERROR, nothing).append_column(LINE, nothing)

    def _options(self, size: int, quoted: bool) -> tuple[csv.ReadOptions, csv.ParseOptions, csv.ConvertOptions]:
        null = self._style.null
        return (
            csv.ReadOptions(column_names=self._names, block_size=max(size, 1) + 1, use_threads=False),
            csv.ParseOptions(
                delimiter=self._style.separator, newlines_in_values=quoted, ignore_empty_lines=len(self._names) > 1
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                strings_can_be_null=null is not None,
                null_values=[] if null is None else [null],
                quoted_strings_can_be_null=False,
            ),
        )

    def _trimmed(self, table: pa.Table) -> pa.Table:
        columns = [pc.utf8_ltrim(column, " ") for column in table.columns]
        if self._style.null is not None:
            none = pa.scalar(None, pa.string())
            columns = [pc.if_else(pc.equal(column, self._style.null), none, column) for column in columns]
        return pa.Table.from_arrays(columns, names=list(self._names))

    def _carefully(self, data: bytes, *, last: bool) -> tuple[pa.Table, bytes]:
        text = data.decode("utf-8", "surrogateescape")
        found, left = [], b""
        for record in records(text, self._style, len(self._names), self._line, last=last):
            if isinstance(record, str):
                left = record.encode("utf-8", "surrogateescape")
            else:
                found.append(record)
        self._line += data.count(b"\n") - left.count(b"\n")
        return self._of_records(found), left

    def _of_records(self, found: Sequence[Record]) -> pa.Table:
        nothing = (None,) * len(self._names)
        rows = [(*(r.cells or nothing), r.error, r.line if r.error else None) for r in found]
        columns = list(zip(*rows, strict=True)) or [()] * len(self._schema)
        return pa.Table.from_arrays([pa.array(c, pa.string()) for c in columns], schema=self._schema)
