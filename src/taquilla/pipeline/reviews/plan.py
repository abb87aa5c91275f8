"""What a landing is going to read: which files are of which layout and kind, found by the keys of their first records.

Every file is looked into before the first record is landed, so that a wrong address stops the landing before it begins.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taquilla.errors import DataError
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.sources.objects import Place
from taquilla.sources.records import RecordFile, open_records
from taquilla.tables.review_layouts import FILE_NAMES_PLACE, LAYOUTS, Layout, recognise
from taquilla.tables.review_readers import file_places
from taquilla.tables.reviews import KINDS

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of a known layout.

    origin: what tells the file at this address, read as this kind, from every other one. fingerprint: of its content,
    too, and of the key where its names are hidden. has_names: its first records tell who somebody is, and that is to
    be hidden.
    """

    file: RecordFile
    layout: Layout
    origin: str
    fingerprint: str
    has_names: bool = False

    @property
    def name(self) -> str:
        return self.file.name


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to read, by kind and name; left_out: those that hold no reviews, with the reason."""

    files: tuple[PlannedFile, ...]
    left_out: tuple[tuple[str, str], ...]

    def notes(self) -> list[str]:
        """What is to be told of what was left out."""
        if not self.left_out:
            return []
        shown = [f"{name} ({why})" for name, why in self.left_out[:_SHOWN]]
        more = len(self.left_out) - _SHOWN
        return [f"left out: {', '.join(shown)}" + (f" and {more:,} more" if more > 0 else "")]


def plan(addresses: Sequence[str], pseudonyms: Pseudonyms | None) -> Plan:
    """What to read of the files and folders. DataError: there is nothing there, or no file of a known layout."""
    found: dict[str, PlannedFile] = {}
    left_out: list[tuple[str, str]] = []
    for address in addresses:
        opened = open_records(address)
        left_out += opened.left_out
        for file in opened.files:
            layout = recognise(file.fields)
            if layout is None:
                left_out.append((file.name, f"no known layout: {', '.join(file.fields[:_SHOWN])}"))
            else:
                planned = _planned(file, layout, pseudonyms)
                found[planned.origin] = planned  # a file that is named twice is read once
    if not found:
        raise DataError(_nothing(addresses, left_out))
    _check_places(list(found.values()))
    kinds = list(KINDS)
    files = sorted(found.values(), key=lambda planned: (kinds.index(planned.layout.kind), planned.name))
    return Plan(tuple(files), tuple(left_out))


def _planned(file: RecordFile, layout: Layout, pseudonyms: Pseudonyms | None) -> PlannedFile:
    origin = hashlib.sha256(f"{_absolute(file.place)}|{layout.kind}".encode()).hexdigest()[:16]
    fingerprint = f"{origin}-{file.fingerprint()}"
    names = layout.personal_among((*layout.personal_fields, *file.fields))
    if pseudonyms is None or not names:
        return PlannedFile(file, layout, origin, fingerprint)
    return PlannedFile(file, layout, origin, f"{fingerprint}-{pseudonyms.key_id}", has_names=True)


def place_named_by(planned: PlannedFile) -> str | None:
    """The place that a file names by its own name, since its records name none; None: they do."""
    if planned.layout.name not in FILE_NAMES_PLACE:
        return None
    return str(file_places(pl.Series("file", [planned.name])).item())


def _check_places(files: Sequence[PlannedFile]) -> None:
    """DataError: two files would be one place, in which the records of one would take the place of the other's."""
    found: dict[str, str] = {}
    for planned in files:
        place = place_named_by(planned)
        if place is not None and place in found:
            raise DataError(
                f"{found[place]} and {planned.name} would both be the reviews of {place!r}: the file's name alone "
                "names the place. Rename one of them, or name the folder above both if they stand in different ones."
            )
        if place is not None:
            found[place] = planned.name


def _absolute(place: Place) -> str:
    return place.text if place.in_s3 else str(Path(place.text).expanduser().absolute())


def _nothing(addresses: Sequence[str], left_out: Sequence[tuple[str, str]]) -> str:
    known = ", ".join(f"{name} {kind}" for name, kind in LAYOUTS)
    there = ", ".join(f"{name} ({why})" for name, why in left_out[:_SHOWN]) or "no file"
    return (
        f"No file of reviews at {', '.join(addresses)}. Looked for, by the keys of the first records: {known}. "
        f"There: {there}. Name a file or folder of JSON, NDJSON or CSV that has them."
    )
