"""Files of records as batches of JSON objects: lines of JSON, JSON arrays, CSV; packed or not, on disk or in S3.

    for file in open_records("s3://dumps/yelp/").files:
        for batch in file.batches():                       # line, record, error: some 16 MB of text each
            ...

A record is the JSON object as it stands in its file; a row of CSV is a JSON object of its texts. What is no record
costs itself alone: it comes as a row whose `error` says why, with the line as far as it can be shown.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pyarrow import fs

from taquilla.errors import DataError
from taquilla.sources import objects_s3
from taquilla.sources.files import MAX_LINE_BYTES
from taquilla.sources.objects import Place, telling
from taquilla.sources.records_csv import csv_fields, csv_records
from taquilla.sources.records_documents import document_records, documents_in
from taquilla.sources.records_lines import head_of, is_object, json_encoding, keys_of, line_records
from taquilla.sources.tabular_text import PACKED

JSON, CSV = (".json", ".ndjson", ".jsonl"), (".csv", ".tsv", ".txt")
_LOOKED_AT = 100  # records of a file's beginning


@dataclass(frozen=True, slots=True)
class RecordFile:
    """One file of records. name: relative to the address that it was found at, with slashes.

    form: lines, documents (a JSON array, or objects over several lines) or csv. fields: the keys of its first records,
    in the order in which they come.
    """

    place: Place
    name: str
    form: str
    fields: tuple[str, ...]

    def fingerprint(self) -> str:
        """Another text whenever the file's content is another one: its size and the time of its last change."""
        stamp = self.place.stamp()
        return f"{stamp.size}-{stamp.modified_at:%Y%m%dT%H%M%S%f}"

    def batches(self, max_bytes: int = MAX_LINE_BYTES) -> Iterator[pl.DataFrame]:
        """The records in the file's order, some 16 MB at a time: `line` (number of the record, from 1), `record`,
        `error`.

        max_bytes: of a record; a longer one is none. Of a file that is damaged, what stands before the damage, and a
        last row that tells it. UnavailableError: the connection was cut, or the file was changed while it was read.
        """
        if self.form == "csv":
            return csv_records(self.place)
        if self.form == "documents":
            return document_records(self.place, max_bytes)
        return line_records(self.place, max_bytes)


@dataclass(frozen=True, slots=True)
class Records:
    """What stands at an address. left_out: names of files that hold no records, with the reason."""

    files: tuple[RecordFile, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def open_records(address: str) -> Records:
    """The files of records at an address: a file, or a folder with all that is below it.

    DataError: there is nothing of that name. Whether there is any file of records is for the caller to tell.
    """
    place = Place(address)
    found = _below(place) if place.is_folder() else [(place.name, place)]
    files, left_out = [], []
    for name, file in found:
        opened = _opened(name, file)
        if isinstance(opened, RecordFile):
            files.append(opened)
        else:
            left_out.append((name, opened))
    return Records(tuple(files), tuple(left_out))


def _below(place: Place) -> list[tuple[str, Place]]:
    """The files of a folder and of all folders in it, by their relative names; hidden ones are none."""
    with telling(place):
        names = _names_in_s3(place) if place.in_s3 else _names_on_disk(Path(place.text).expanduser())
    seen = [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
    return [(name, place / name) for name in sorted(seen)]


def _names_on_disk(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _names_in_s3(place: Place) -> list[str]:
    root = place.text.removeprefix("s3://").rstrip("/")
    system = objects_s3.file_system(root.partition("/")[0])
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    return [info.path.removeprefix(f"{root}/") for info in found if info.type == fs.FileType.File]


def _opened(name: str, place: Place) -> RecordFile | str:
    """The file, looked into; or why it is none of records."""
    suffix = _suffix(name)
    if suffix not in (*JSON, *CSV):
        return "of no kind that holds records"
    try:
        head = head_of(place)
        if not head.strip():
            return "empty"
        form = _form(place, head, suffix)
        fields = csv_fields(place) if form == "csv" else _fields(place, head, form)
    except DataError as error:
        return str(error)
    return RecordFile(place, name, form, fields) if fields else "no record in its beginning"


def _suffix(name: str) -> str:
    lower = name.lower()
    unpacked = next((lower.removesuffix(end) for end in PACKED if lower.endswith(end)), lower)
    _, dot, suffix = unpacked.rpartition(".")
    return dot + suffix


def _form(place: Place, head: bytes, suffix: str) -> str:
    text = json_encoding(place, head).of(head).lstrip()
    if suffix in CSV and not text.startswith((b"{", b"[")):
        return "csv"
    if text.startswith(b"["):
        return "documents"
    lines = [line for line in text.split(b"\n") if line.strip()]
    # A head without a line's end is one of a long line.
    is_lines = len(lines) == 1 or any(map(is_object, lines[:10]))
    return "lines" if is_lines or not text.startswith(b"{") else "documents"


def _fields(place: Place, head: bytes, form: str) -> tuple[str, ...]:
    text = json_encoding(place, head).of(head)
    documents = documents_in(text) if form == "documents" else text.split(b"\n")
    keys: dict[str, None] = {}
    for document in documents[:_LOOKED_AT]:
        keys.update(dict.fromkeys(keys_of(document)))
    if not keys and form == "lines":
        # The first line is longer than the beginning, or what stands there is damaged.
        with contextlib.closing(line_records(place, MAX_LINE_BYTES)) as batches:
            first = next(batches, None)
        for record in [] if first is None else first["record"].drop_nulls().head(_LOOKED_AT):
            keys.update(dict.fromkeys(keys_of(record.encode())))
    return tuple(keys)
