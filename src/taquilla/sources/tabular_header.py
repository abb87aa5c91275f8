"""The names of columns, from the first row of a file or sheet that may have none, or bad ones."""

import re
from collections.abc import Sequence

from taquilla.sources.relations import ERROR, LINE

# Numbers, dates and times: what stands in a column and is hardly ever its name.
_VALUE = re.compile(
    r"[-+]?[$€£]?\d[\d.,]*%?|\d{4}-\d\d?-\d\d?([ T].*)?|\d\d?[/.]\d\d?[/.]\d{2,4}( .*)?|NULL|null|\\N|true|false"
)


def is_value(cell: str | None) -> bool:
    """A number, a date or a time, or the word for none."""
    return cell is not None and _VALUE.fullmatch(cell.strip()) is not None


def is_header(first: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> bool:
    """Whether the first row names the columns: it does not where it looks like those below it."""
    if not any(is_value(cell) for cell in first):
        return True
    for_it = against_it = 0
    for index, cell in enumerate(first):
        below = [row[index] for row in rows if len(row) > index and row[index]]
        values = sum(map(is_value, below))
        if below and values > len(below) / 2:
            for_it += not is_value(cell)
            against_it += is_value(cell)
    return for_it > against_it or (not rows and not all(map(is_value, first)))


def names_of(header: Sequence[str | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A name for each column, no two the same, and what had to be done for it."""
    names: list[str] = []
    notes: list[str] = []
    trimmed = [cell or "" for cell in header]
    if any(cell != cell.strip() for cell in trimmed):
        notes.append("spaces around names taken away")
    for index, cell in enumerate(trimmed, 1):
        name = " ".join(cell.split()) or f"column_{index}"
        if not cell.strip():
            notes.append(f"column {index} has no name: {name}")
        names.append(_unused(name, names, notes))
    return tuple(names), tuple(notes)


def _unused(name: str, taken: list[str], notes: list[str]) -> str:
    """The name, numbered where another column or one of ours has it; names differ by more than their case."""
    known = {one.lower() for one in (*taken, ERROR, LINE)}
    if name.lower() not in known:
        return name
    number = 2
    while f"{name}_{number}".lower() in known:
        number += 1
    notes.append(f"column {name!r} stands twice: {name}_{number}")
    return f"{name}_{number}"


def numbered(width: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return tuple(f"column_{index}" for index in range(1, width + 1))
