"""What a copy has read so far, on local disk: a copy that was cut off reads on behind it.

A database is read once, in the order of its key, into files of some hundred thousand rows; the target then takes them
all in one go. So a long reading over a network is never begun anew, and the target never shows half a table.
"""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from taquilla.errors import UnavailableError

PART_ROWS = 200_000
# What was read longer ago than this is read anew: the source has changed since.
KEPT_S = 24 * 3600
_PLAN, _DONE = "plan.json", "read"


@dataclass(slots=True)
class Spool:
    """A folder of Parquet files that hold the rows read so far, in the order of the key.

    plan: what is read; a folder of another plan, or of one that is a day old, is emptied.
    """

    folder: Path
    schema: pa.Schema
    key: tuple[str, ...]
    plan: Mapping[str, Any]
    rows: int = 0
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _parts: int = 0

    def __post_init__(self) -> None:
        if not self._is_same():
            shutil.rmtree(self.folder, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _PLAN).write_text(self._plan(), "utf-8")
        except OSError as error:
            raise _full(self.folder, error) from error
        files = self._files()
        self.rows = sum(parquet.read_metadata(file).num_rows for file in files)
        self._parts = len(files)

    def _plan(self) -> str:
        told = {**self.plan, "key": self.key, "columns": [f"{f.name} {f.type}" for f in self.schema]}
        return json.dumps(told, sort_keys=True)

    def _is_same(self) -> bool:
        plan = self.folder / _PLAN
        try:
            return plan.read_text("utf-8") == self._plan() and time.time() - plan.stat().st_mtime < KEPT_S
        except OSError:
            return False

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.parquet"))

    @property
    def is_read(self) -> bool:
        """Whether the source was read to its end."""
        return (self.folder / _DONE).exists()

    def after(self) -> tuple[object, ...] | None:
        """The key of the last row; None where there is none."""
        files = self._files()
        if not files:
            return None
        last = parquet.read_table(files[-1], columns=list(self.key)).slice(-1)
        [row] = last.slice(last.num_rows - 1).to_pylist() if last.num_rows > 1 else last.to_pylist()
        return tuple(row[name] for name in self.key)

    def take(self, batch: pa.RecordBatch) -> None:
        """Keep a batch; every some hundred thousand rows are on disk for good."""
        self._waiting.append(batch)
        self.rows += batch.num_rows
        if sum(waiting.num_rows for waiting in self._waiting) >= PART_ROWS:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        file = self.folder / f"{self._parts:06}.parquet"
        new = file.with_suffix(".new")
        try:
            parquet.write_table(pa.Table.from_batches(self._waiting, self.schema), new, compression="zstd")
            new.rename(file)
        except OSError as error:
            raise _full(self.folder, error) from error
        self._parts += 1
        self._waiting.clear()

    def finish(self) -> None:
        """The source was read to its end."""
        self._write()
        (self.folder / _DONE).touch()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, in their order."""
        for file in self._files():
            yield from parquet.ParquetFile(file).iter_batches()

    def remove(self) -> None:
        """The target has it all."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _full(folder: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"Cannot write to {folder}: {error.strerror or error}. What was read before is kept; free some space, "
        "then run the same command again."
    )
