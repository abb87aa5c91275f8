"""What a copy has read so far, on local disk: a copy that was cut off reads on behind it.

A database is read once, in the order of its key, into files of some hundred thousand rows; the target then takes them
all in one go. So a long reading over a network is never begun anew, and the target never shows half a table.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from taquilla.errors import UnavailableError

PART_ROWS = 100_000
# What was read longer ago than this is read anew: the source has changed since.
KEPT = timedelta(hours=24)
_PLAN, _DONE = "plan.json", "read"


@dataclass(slots=True)
class Spool:
    """A folder of Parquet files that hold the rows read so far, in the order of the key.

    plan: what is read; a folder of another plan, or one begun more than a day before `now`, is emptied. Whoever has it
    holds a lease on it.
    """

    folder: Path
    schema: pa.Schema
    key: tuple[str, ...]
    plan: Mapping[str, Any]
    now: datetime
    rows: int = 0
    begun_at: datetime = field(init=False)
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _parts: int = 0

    def __post_init__(self) -> None:
        begun_at = self._begun()
        if begun_at is None:
            self.clear()
        else:
            self.begun_at = begun_at
        files = self._files()
        self.rows = sum(parquet.read_metadata(file).num_rows for file in files)
        self._parts = len(files)

    def _begun(self) -> datetime | None:
        """When the reading of this plan began; None: none has, or too long ago."""
        try:
            told = json.loads((self.folder / _PLAN).read_text("utf-8"))
            begun = datetime.fromisoformat(told.pop("begun_at"))
        except (OSError, ValueError, KeyError):
            return None
        return begun if told == self._plan() and begun <= self.now < begun + KEPT else None

    def _plan(self) -> dict[str, Any]:
        columns = [f"{column.name} {column.type}" for column in self.schema]
        return {**self.plan, "key": list(self.key), "columns": columns}

    def clear(self) -> None:
        """Begin anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.begun_at, self.rows, self._parts = self.now, 0, 0
        self._waiting.clear()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            plan = {**self._plan(), "begun_at": self.now.isoformat()}
            (self.folder / _PLAN).write_text(json.dumps(plan, sort_keys=True), "utf-8")
        except OSError as error:
            raise _full(self.folder, error) from error

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
        file = parquet.ParquetFile(files[-1])
        last = file.read_row_group(file.num_row_groups - 1, columns=list(self.key))
        [row] = last.slice(last.num_rows - 1).to_pylist()
        return tuple(row[name] for name in self.key)

    def take(self, batch: pa.RecordBatch) -> None:
        """Keep a batch; every some hundred thousand rows are on disk for good."""
        self._waiting.append(batch)
        self.rows += batch.num_rows
        if sum(waiting.num_rows for waiting in self._waiting) >= PART_ROWS:
            self.keep()

    def keep(self) -> None:
        """Put all rows taken on disk for good. UnavailableError: it is full."""
        if not self._waiting:
            return
        file = self.folder / f"{self._parts:06}.parquet"
        new = file.with_suffix(".new")
        try:
            parquet.write_table(pa.Table.from_batches(self._waiting, self.schema), new, compression="zstd")
            new.rename(file)
        except OSError as error:
            new.unlink(missing_ok=True)
            self._waiting.clear()
            raise _full(self.folder, error) from error
        self._parts += 1
        self._waiting.clear()

    def finish(self) -> None:
        """The source was read to its end."""
        self.keep()
        (self.folder / _DONE).touch()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, in their order."""
        for file in self._files():
            yield from parquet.ParquetFile(file).iter_batches()

    def remove(self) -> None:
        """The target has it all."""
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_old(folder: Path, now: datetime) -> None:
    """Delete what was read for copies that nobody has taken up for a day."""
    for plan in folder.glob(f"*/{_PLAN}"):
        written = datetime.fromtimestamp(plan.stat().st_mtime, UTC)
        if now - written > KEPT:
            shutil.rmtree(plan.parent, ignore_errors=True)


def _full(folder: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"Cannot write to {folder}: {error.strerror or error}. What was read before is kept; free some space, "
        "then run the same command again."
    )
