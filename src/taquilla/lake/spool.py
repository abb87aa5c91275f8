"""What has been fetched and not yet landed: a journal on local disk that outlives a kill -9.

A fetch is dear (rate limits), a Delta commit is not free either; so records are journalled one by one and landed in
batches. Each file begins at a position of its source, as a Kafka partition's segment does: what the lake has landed of
it is known from the lake's own mark, and the rest is landed by the next run without fetching it again.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from taquilla.errors import UnavailableError

_LENGTH = 4  # bytes of each record's length prefix, big-endian


@dataclass(slots=True)
class Spool:
    """A journal of byte records in `folder`; one segment a batch."""

    folder: Path
    _file: int | None = field(default=None, repr=False)
    _end: int = field(default=0, repr=False)  # of the whole records in the open segment, in bytes

    def begin(self, position: int) -> None:
        """Open a new segment whose first record stands at `position` of the source."""
        self.close()
        with _disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path(position), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._end = 0

    def append(self, record: bytes) -> None:
        """Journal one record; it is the operating system's when this returns."""
        if self._file is None:
            raise RuntimeError("begin() opens the segment first")
        data = len(record).to_bytes(_LENGTH, "big") + record
        with _disk(self.folder):
            try:
                _write_all(self._file, data)
            except OSError:
                # Half a record would hide those that follow it.
                os.ftruncate(self._file, self._end)
                os.lseek(self._file, self._end, os.SEEK_SET)
                raise
        self._end += len(data)

    def segments(self) -> Sequence[int]:
        """Where the segments on disk begin, lowest first."""
        return sorted(int(path.stem) for path in self.folder.glob("*.spool"))

    def read(self, position: int) -> Iterator[bytes]:
        """The whole records of a segment; one that was cut off by a kill ends it."""
        data = memoryview(self._path(position).read_bytes())
        while len(data) >= _LENGTH:
            length = int.from_bytes(data[:_LENGTH], "big")
            record, data = data[_LENGTH : _LENGTH + length], data[_LENGTH + length :]
            if len(record) == length:
                yield bytes(record)

    def discard(self, position: int) -> None:
        """Forget a segment that has landed."""
        self._path(position).unlink(missing_ok=True)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _path(self, position: int) -> Path:
        return self.folder / f"{position:020}.spool"


def _write_all(file: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.write(file, memoryview(data)[written:])


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"Cannot write to {folder}: {error.strerror}. What was fetched before is kept; "
            "free some space, then run the same command again."
        ) from error
