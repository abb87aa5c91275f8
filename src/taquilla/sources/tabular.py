"""Files as a source of tables: a workbook's sheets, a file, or a folder of files; on disk or in S3.

    with closing(open_files("s3://shop/export/")) as files:
        files.relations()                                  # ("customer", "film", "rental")
        files.describe("film").notes                       # ("separator ';' and spaces", "spaces around names …")

What is text in a file stays text, verbatim. A line that is no row of its table comes as a row all the same: its cells
are null, `ERROR` says why, `LINE` is the line.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import pyarrow as pa

from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.relations import BATCH_ROWS, Relation, Since
from taquilla.sources.tabular_csv import CsvFile
from taquilla.sources.tabular_json import JsonFile
from taquilla.sources.tabular_parquet import ParquetFile
from taquilla.sources.tabular_text import PACKED
from taquilla.sources.tabular_workbook import Workbook

CSV, JSON = (".csv", ".tsv", ".txt"), (".json", ".ndjson", ".jsonl")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


class Table(Protocol):
    """A file or sheet that has been looked into."""

    def describe(self, name: str) -> Relation: ...
    def count(self) -> int | None: ...
    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]: ...


@dataclass(slots=True)
class FileSource:
    """Tables in files. left_out: what stands beside them and is no table."""

    name: str
    left_out: tuple[str, ...]
    _openers: Mapping[str, Callable[[], Table]]
    _places: dict[str, Place]
    _tables: dict[str, Table] = field(default_factory=dict)

    def relations(self) -> tuple[str, ...]:
        """The names of its files or sheets, in their order."""
        return tuple(self._openers)

    def describe(self, relation: str) -> Relation:
        """The table as it was found on opening. DataError: there is none of that name, or it is not what it says."""
        return self._table(relation).describe(relation)

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows in the file's order; of text, `ERROR` and `LINE` come after the columns that are asked for.

        DataError: a column is not there, or rows from a moment or a key on are asked for, which no file can find.
        """
        if since is not None or after is not None:
            raise DataError(
                f"{self.name} is read whole: a file cannot be entered in the middle. Read it without since."
            )
        wanted = self._wanted(self.describe(relation), columns)
        yield from in_batches(self._table(relation).batches(wanted), batch_rows)

    def _wanted(self, described: Relation, columns: Sequence[str] | None) -> list[str]:
        known = described.columns()
        missing = [name for name in columns or () if name not in known]
        if missing:
            raise DataError(
                f"{described.name} in {self.name} has no column {missing[0]!r}. It has: {', '.join(known)}."
            )
        return known if columns is None else list(columns)

    def count(self, relation: str) -> int | None:
        """How many rows; None of text, which only reading would tell."""
        return self._table(relation).count()

    def fingerprint(self, relation: str) -> str | None:
        """The file's size and the time of its last change."""
        self._table(relation)
        stamp = self._places[relation].stamp()
        return f"{stamp.size} {stamp.modified_at.isoformat()}"

    def close(self) -> None:
        """Forget what was looked into."""
        self._tables.clear()

    def _table(self, relation: str) -> Table:
        if relation not in self._openers:
            near = difflib.get_close_matches(relation, self._openers, 3, 0.4) or list(self._openers)[:10]
            raise DataError(f"{self.name} has no table {relation!r}. It has: {', '.join(near)}.")
        if relation not in self._tables:
            self._tables[relation] = self._openers[relation]()
        return self._tables[relation]


def open_files(
    address: str,
    *,
    null_text: str | None = "",
    encoding: str | None = None,
    separator: str | None = None,
    header: bool | None = None,
) -> FileSource:
    """The tables at an address: `shop.xlsx`, `s3://shop/rental.csv.gz`, `exports/`.

    null_text: in CSV, what without quotes means no value; with quotes it is that text. None: nothing means that.
    encoding, separator, header: of CSV, where what is found in the file's beginning is not right.
    DataError: there is nothing there, or what is there is no table.
    """
    place = Place(address)
    csv = partial(CsvFile.of, null_text=null_text, encoding=encoding, separator=separator, header=header)
    if place.is_folder():
        return _folder(place, csv)
    if _suffix(place.name) in WORKBOOKS:
        book = Workbook.of(place)
        sheets: dict[str, Callable[[], Table]] = {name: partial(book.sheet, name) for name in book.names}
        return FileSource(address, book.left_out, sheets, dict.fromkeys(sheets, place))
    opener = _opener(place, csv)
    if opener is None:
        raise DataError(f"{place} is of no kind that can be read. Known: {', '.join(_known())}; {', '.join(PACKED)}.")
    source = FileSource(address, (), {_stem(place.name): opener}, {_stem(place.name): place})
    source.describe(_stem(place.name))
    return source


def _folder(place: Place, csv: Callable[[Place], Table]) -> FileSource:
    openers: dict[str, Callable[[], Table]] = {}
    places: dict[str, Place] = {}
    files = place.files()
    stems = [_stem(file.name) for file in files if _opener(file, csv)]
    left_out = []
    for file in files:
        opener = _opener(file, csv)
        if opener is None:
            left_out.append(file.name)
        else:
            # film.csv and film.parquet are two tables, and neither is "film".
            name = _stem(file.name) if stems.count(_stem(file.name)) == 1 else file.name
            openers[name], places[name] = opener, file
    if not openers:
        raise DataError(f"{place} has no file that can be read as a table. Known: {', '.join(_known())}.")
    return FileSource(str(place), tuple(left_out), openers, places)


def _opener(place: Place, csv: Callable[[Place], Table]) -> Callable[[], Table] | None:
    suffix = _suffix(place.name)
    if suffix in CSV:
        return partial(csv, place)
    if suffix in JSON:
        return partial(JsonFile.of, place)
    if suffix == ".parquet":
        return partial(ParquetFile.of, place)
    return None


def _known() -> tuple[str, ...]:
    return (*CSV, *JSON, ".parquet", *WORKBOOKS)


def _unpacked(name: str) -> str:
    lower = name.lower()
    return next((lower.removesuffix(end) for end in PACKED if lower.endswith(end)), lower)


def _suffix(name: str) -> str:
    _, dot, suffix = _unpacked(name).rpartition(".")
    return dot + suffix


def _stem(name: str) -> str:
    unpacked = name[: len(_unpacked(name))]
    return unpacked.rpartition(".")[0] or unpacked


def in_batches(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows, so many at a time; the last are the rest."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while batch.num_rows:
            taken = batch.slice(0, rows - count)
            batch = batch.slice(taken.num_rows)
            held.append(taken)
            count += taken.num_rows
            if count == rows:
                yield _joined(held)
                held, count = [], 0
    if held:
        yield _joined(held)


def _joined(held: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    return held[0] if len(held) == 1 else pa.concat_batches(held)
