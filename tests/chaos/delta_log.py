"""A Delta table read by hand: the JSON of its log and the Parquet files that it names, version by version.

Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(slots=True)
class Version:
    """What a reader of this version sees: files with their rows, and marks; and what its commit added and removed."""

    number: int
    files: dict[str, int]
    marks: dict[str, int]
    added: dict[str, int] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def versions(table: Path) -> Iterator[Version]:
    """Every version from the first one on. AssertionError: a version is missing from the log."""
    files: dict[str, int] = {}
    marks: dict[str, int] = {}
    for number, commit in enumerate(sorted((table / "_delta_log").glob("*.json"))):
        assert int(commit.stem) == number, f"{table.name}: version {number} is not in the log"
        version = Version(number, {}, {})
        for line in commit.read_text("utf-8").splitlines():
            _apply(json.loads(line), files, marks, version)
        version.files, version.marks = dict(files), dict(marks)
        yield version


def _apply(action: dict[str, Any], files: dict[str, int], marks: dict[str, int], version: Version) -> None:
    if added := action.get("add"):
        path = unquote(added["path"])
        files[path] = version.added[path] = json.loads(added.get("stats") or "{}").get("numRecords", -1)
    elif removed := action.get("remove"):
        files.pop(unquote(removed["path"]), None)
        version.removed.add(unquote(removed["path"]))
    elif mark := action.get("txn"):
        marks[mark["appId"]] = mark["version"]


def newest(table: Path) -> Version:
    """The newest version; one without files where there is no table."""
    found = Version(-1, {}, {})
    if (table / "_delta_log").is_dir():
        for found in versions(table):  # noqa: B007 - the last one is wanted
            pass
    return found


def rows(table: Path, columns: list[str]) -> pa.Table:
    """The rows of the newest version. AssertionError: a file holds another number of rows than the log says."""
    seen = newest(table)
    parts = []
    for path, told in seen.files.items():
        part = pq.ParquetFile(table / path).read([name for name in columns if name != "bucket"])
        assert told in (-1, part.num_rows), f"{path} holds {part.num_rows} rows, the log says {told}"
        parts.append(part)
    return pa.concat_tables(parts, promote_options="permissive") if parts else pa.table({name: [] for name in columns})
