"""A workbook's sheets as tables of texts: each cell as a person sees it, an empty one as null."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation
from taquilla.sources.tabular_csv import text_schema
from taquilla.sources.tabular_header import is_header, names_of, numbered

# A workbook is held whole; one that unpacks to more than this is told instead of filling the memory.
MAX_UNPACKED_BYTES = 2**31
_ROWS = 50_000
_EXACT_DIGITS = 15  # of a number in a workbook
Cells = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with cells: its table's names and rows. first_row: where the rows begin in the sheet, from 1."""

    place: Place
    names: tuple[str, ...]
    rows: Sequence[Cells]
    first_row: int
    notes: tuple[str, ...]

    def describe(self, name: str) -> Relation:
        return Relation(name, text_schema(self.names), rows=self.count(), notes=self.notes)

    def count(self) -> int:
        return sum(1 for row in self.rows if any(cell is not None for cell in row))

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows that are not blank; one with cells beside the table comes as a line with the reason."""
        wanted = [self.names.index(name) for name in columns]
        numbered_rows = [(n, row) for n, row in enumerate(self.rows, self.first_row) if any(c is not None for c in row)]
        schema = text_schema(columns)
        for begins in range(0, len(numbered_rows), _ROWS):
            chunk = [self._row(n, row, wanted) for n, row in numbered_rows[begins : begins + _ROWS]]
            arrays = [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _row(self, number: int, row: Cells, wanted: Sequence[int]) -> Cells:
        width = len(self.names)
        if any(cell is not None for cell in row[width:]):
            cells = max(n for n, cell in enumerate(row, 1) if cell is not None)
            why = f"{width} cells expected, {cells} found (row {number:,})"
            return (*(None for _ in wanted), why, "\t".join(cell or "" for cell in row[:cells]))
        return (*(row[index] for index in wanted), None, None)


@dataclass(slots=True)
class Workbook:
    """An open workbook. left_out: its sheets without cells."""

    place: Place
    book: CalamineWorkbook
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    @classmethod
    def of(cls, place: Place) -> "Workbook":
        """DataError: it is no workbook, or has a password, or nothing in it."""
        with place.reading() as file:
            data = file.read()
        if not data:
            raise DataError(f"{place} is empty. Check how it was written.")
        _check_size(place, data)
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            kinds = {sheet.name: sheet.typ for sheet in book.sheets_metadata}
            filled = [
                name
                for name in book.sheet_names
                if kinds[name] == SheetTypeEnum.WorkSheet and book.get_sheet_by_name(name).height
            ]
        except PasswordError:
            raise DataError(f"{place} has a password. Save it without one, then run the same command again.") from None
        except (CalamineError, OSError) as error:
            raise DataError(f"{place} is no workbook: {error}. Open it and save it as .xlsx.") from error
        if not filled:
            raise DataError(f"{place} has no sheet with cells. Check which workbook it is.")
        return cls(place, book, tuple(filled), tuple(name for name in book.sheet_names if name not in filled))

    def sheet(self, name: str) -> Sheet:
        """DataError: the sheet is damaged."""
        if name not in self._sheets:
            try:
                self._sheets[name] = _sheet(self.place, self.book.get_sheet_by_name(name), self._visible(name))
            except CalamineError as error:
                raise DataError(
                    f"Sheet {name!r} of {self.place} is damaged: {error}. Open it and save it anew."
                ) from error
        return self._sheets[name]

    def _visible(self, name: str) -> bool:
        return any(s.name == name and s.visible == SheetVisibleEnum.Visible for s in self.book.sheets_metadata)


def _check_size(place: Place, data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise DataError(f"{place} is damaged: {error}. Get it anew from where it came.") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise DataError(f"{place} unpacks to {unpacked:,} bytes, which no workbook does. Check what the file is.")


def _sheet(place: Place, sheet: CalamineSheet, visible: bool) -> Sheet:
    rows = [[text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    top, left = sheet.start or (0, 0)
    notes = [] if visible else ["the sheet is hidden"]
    filled = _fill_merged(rows, sheet, top, left)
    if filled:
        notes.append(f"{filled:,} merged cells have the value of the first of them")
    at = _header_at(rows)
    header, below = rows[at], rows[at + 1 :]
    if at:
        notes.append(f"{at:,} rows of title above the header, which is row {top + at + 1}")
    if not is_header(header, below[:1_000]):
        names, below, at = numbered(len(header)), rows[at:], at - 1
        notes.append("no header: the columns are numbered")
    else:
        names, told = names_of(_as_wide_as_needed(header, below))
        notes += told
    return Sheet(place, names, [tuple(row) for row in below], top + at + 2, tuple(notes))


def _header_at(rows: Sequence[Sequence[str | None]]) -> int:
    """The first row that fills half of the table's width: what stands above is its title."""
    width = max(sum(cell is not None for cell in row) for row in rows)
    return next(n for n, row in enumerate(rows) if sum(cell is not None for cell in row) * 2 >= max(width, 2))


def _as_wide_as_needed(header: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> Sequence[str | None]:
    """The header up to its last name; columns beyond it count where at least half of the rows have a cell there."""
    named = max(n for n, cell in enumerate(header, 1) if cell is not None)
    for width in range(len(header), named, -1):
        if sum(row[width - 1] is not None for row in rows) * 2 >= max(len(rows), 1):
            return header[:width]
    return header[:named]


def _fill_merged(rows: list[list[str | None]], sheet: CalamineSheet, top: int, left: int) -> int:
    """Give each cell of those that were merged downwards in one column the value that a person sees; how many."""
    filled = 0
    for (first_row, column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        if column != last_column or first_row < top or column < left:
            continue
        value = rows[first_row - top][column - left]
        for number in range(first_row + 1 - top, min(last_row + 1 - top, len(rows))):
            rows[number][column - left] = value
            filled += 1
    return filled


def text_of(cell: Any) -> str | None:
    """A cell as a person sees it: whole numbers without a point, dates as ISO writes them; null where it is empty."""
    match cell:
        case "" | None:
            return None
        case bool():
            return str(cell).lower()
        case float():
            return _number(cell)
        case datetime():
            return _rounded(cell).isoformat(sep=" ")
        case timedelta():
            return str(cell)
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def _number(value: float) -> str:
    # A workbook computes in binary and shows 15 digits: 0.1 + 0.2 is 0.3 there.
    return format(Decimal(f"{value:.{_EXACT_DIGITS}g}"), "f")


def _rounded(moment: datetime) -> datetime:
    """To the millisecond: a workbook keeps days as fractions, which miss the second by a little."""
    return moment + timedelta(microseconds=500) - timedelta(microseconds=(moment.microsecond + 500) % 1_000)
