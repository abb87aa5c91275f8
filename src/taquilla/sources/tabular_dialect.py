"""What a CSV file does not say of itself: its separator, its header, its spaces; found in its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from taquilla.errors import DataError
from taquilla.sources.tabular_header import is_header, names_of, numbered
from taquilla.sources.tabular_records import Record, Style, records

SEPARATORS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_LOOKED_AT = 1_000  # records


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. ends: of its lines; notes: what was found, in words."""

    style: Style
    names: tuple[str, ...]
    has_header: bool
    ends: str
    notes: tuple[str, ...]


def dialect_of(
    name: str, sample: str, *, whole: bool, separator: str | None, header: bool | None, null: str | None
) -> Dialect:
    """The dialect that fits the beginning of the file best. DataError: it has no line at all."""
    ends = "\r" if "\r" in sample and "\n" not in sample else "\n"
    text = sample.replace("\r", "\n") if ends == "\r" else sample
    if not whole:
        text = text[: text.rfind("\n") + 1] or text
    separator = separator or _separator(name, text)
    found = _read(text, Style(separator, null=None))
    if not found:
        raise DataError(f"{name} has no line. Check how it was written.")
    trims = _has_spaces(found)
    if trims:
        found = _read(text, Style(separator, trims=True, null=None))
    first, below = found[0].cells, [record.cells for record in found[1:]]
    has_header = is_header(first, below) if header is None else header
    names, notes = names_of(_as_wide_as(first, below)) if has_header else (numbered(len(first)), ())
    told = (
        f"separator {SEPARATORS.get(separator, repr(separator))}" + (" and spaces" if trims else ""),
        *(() if has_header else ("no header: the columns are numbered",)),
        *(("lines end in a carriage return",) if ends == "\r" else ()),
        *notes,
    )
    return Dialect(Style(separator, trims, null), names, has_header, ends, told)


def _read(text: str, style: Style) -> list[Record]:
    found = records(text, style, None, 1, last=True)
    return [record for record in islice(found, _LOOKED_AT) if isinstance(record, Record) and record.error is None]


def _separator(name: str, text: str) -> str:
    """The one that gives most records as many cells as the first; in doubt, more cells."""
    tried = ("\t", *SEPARATORS) if ".tsv" in name.lower() else tuple(SEPARATORS)
    return max(tried, key=lambda separator: _fitness(_read(text, Style(separator, null=None))))


def _fitness(found: Sequence[Record]) -> tuple[float, int]:
    if not found or len(found[0].cells) < 2:
        return 0.0, 0
    width = len(found[0].cells)
    return round(sum(len(record.cells) == width for record in found) / len(found), 1), width


def _has_spaces(found: Sequence[Record]) -> bool:
    """Whether some column behind the first has a space before each of its cells: then it is the separator's."""
    rows = [record.cells for record in found[1:]] or [record.cells for record in found]
    for index in range(1, len(found[0].cells)):
        cells = [cell for row in rows if len(row) > index and (cell := row[index])]
        if cells and all(cell.startswith(" ") for cell in cells):
            return True
    return False


def _as_wide_as(header: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> Sequence[str | None]:
    """The header, with a nameless column more where every line has one: they end in a separator, and it does not."""
    if rows and all(len(row) == len(header) + 1 and not row[-1] for row in rows):
        return (*header, "")
    return header
