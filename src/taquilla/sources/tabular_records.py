"""CSV into records, by the letter: what a careful reader does with quotes, spaces and lines that do not fit."""

from collections.abc import Iterator
from dataclasses import dataclass

# A quote that has not closed after so much text never will: its line is bad, and not all that follows.
MAX_RECORD_CHARS = 2**20


@dataclass(frozen=True, slots=True)
class Style:
    """How cells are told apart.

    trims: spaces after a separator belong to it. null: the unquoted text that is no value.
    """

    separator: str
    trims: bool = False
    null: str | None = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record's cells, or why it is none; `line` is its text without the end."""

    cells: tuple[str | None, ...]
    line: str
    number: int  # of its first line, from 1
    error: str | None = None


def records(text: str, style: Style, width: int | None, number: int, *, last: bool) -> Iterator[Record | str]:
    """The records of `text`, in which a record begins; what an open quote leaves over comes last, as text.

    width: how many cells a record has; None: any number. last: nothing follows, so that no quote can still close.
    A record of several lines that does not fit loses its first line alone, and reading goes on at the second.
    """
    at = 0
    while at < len(text):
        found = _record(text, at, style)
        if found is None and not last and len(text) - at < MAX_RECORD_CHARS:
            yield text[at:]
            return
        cells, end, is_tidy = found or ([], len(text), False)
        line_ends = _line_end(text, at)
        is_open = found is None or (end > line_ends and (width not in (None, len(cells)) or not is_tidy))
        if is_open:
            end = line_ends
        line = text[at:end].removesuffix("\r")
        if is_open:
            yield _bad(line, number, "a quote that never closes")
        elif line.strip(" ") or width == 1:
            yield _checked(cells, line, width, number)
        number += text.count("\n", at, end) + 1
        at = end + 1


def _checked(cells: list[str | None], line: str, width: int | None, number: int) -> Record:
    if width not in (None, len(cells)):
        return _bad(line, number, f"{width} cells expected, {len(cells)} found")
    if not line.isascii() and any("\udc80" <= sign <= "\udcff" for sign in line):
        return _bad(line, number, "not UTF-8")
    return Record(tuple(cells), line, number)


def _bad(line: str, number: int, why: str) -> Record:
    readable = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return Record((), readable, number, f"{why} (line {number:,})")


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _record(text: str, at: int, style: Style) -> tuple[list[str | None], int, bool] | None:
    """The cells of the record that begins there, where it ends, and whether each quote closes where its cell does.

    None: the text ends within quotes.
    """
    if '"' not in (line := text[at : _line_end(text, at)]):
        cells = line.removesuffix("\r").split(style.separator)
        return [_unquoted(cell, style) for cell in cells], at + len(line), True
    found: list[str | None] = []
    tidy = True
    while True:
        taken = _cell(text, at, style)
        if taken is None:
            return None
        cell, end, is_tidy = taken
        found.append(cell)
        tidy = tidy and is_tidy
        if end >= len(text) or text[end] == "\n":
            return found, end, tidy
        at = end + 1


def _cell(text: str, at: int, style: Style) -> tuple[str | None, int, bool] | None:
    """The cell that begins there, where it ends, and whether its quotes, if any, are all around it."""
    begins = at
    while style.trims and text.startswith(" ", begins):
        begins += 1
    if not text.startswith('"', begins):
        end = _cell_end(text, at, style)
        return _unquoted(_without_return(text, at, end), style), end, True
    closes = _closing(text, begins + 1)
    if closes is None:
        return None
    end = _cell_end(text, closes + 1, style)
    # What stands between the closing quote and the separator belongs to the cell, as everybody reads it.
    behind = _without_return(text, closes + 1, end)
    return text[begins + 1 : closes].replace('""', '"') + behind, end, not behind.strip(" ")


def _closing(text: str, at: int) -> int | None:
    while (quote := text.find('"', at)) >= 0:
        if not text.startswith('"', quote + 1):
            return quote
        at = quote + 2
    return None


def _cell_end(text: str, at: int, style: Style) -> int:
    end = _line_end(text, at)
    separator = text.find(style.separator, at, end)
    return end if separator < 0 else separator


def _without_return(text: str, begins: int, end: int) -> str:
    cell = text[begins:end]
    return cell.removesuffix("\r") if text.startswith("\n", end) or end == len(text) else cell


def _unquoted(cell: str, style: Style) -> str | None:
    cell = cell.lstrip(" ") if style.trims else cell
    return None if cell == style.null else cell
