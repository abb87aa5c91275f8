"""Files of records on disk: one JSON document a line, plain, gzip or Zstandard."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from taquilla.errors import DataError

# What Arrow has unpacked of a chunk is lost when the chunk's end is damaged, so it is small; that costs no time.
_CHUNK = 2**14
# No record is so long; a file with such a line is something else, and would fill the memory.
MAX_LINE_BYTES = 64 * 2**20
# Arrow unpacks gzip in two thirds of the time that Python's own module takes.
_CODECS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class LinesFile:
    """A file of NDJSON: its digest names it, so that the same content is known again under another name.

    modified_at: UTC, when the file was last written.
    """

    path: Path
    sha256: str
    modified_at: datetime

    @classmethod
    def of(cls, path: Path) -> "LinesFile":
        """DataError: there is no such file, or it cannot be read."""
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise DataError(f"Cannot read {path}: {error.strerror}. Check the path and its permissions.") from error
        return cls(path, digest, modified)

    def lines(self) -> Iterator[bytes]:
        """The lines that are not blank, without their ends. DataError: the file is damaged, or has no such lines."""
        rest = bytearray()
        for block in self._blocks():
            rest += block
            if b"\n" in block:
                *whole, tail = bytes(rest).split(b"\n")
                rest = bytearray(tail)
                yield from (line for line in map(bytes.strip, whole) if line)
            if len(rest) > MAX_LINE_BYTES:
                raise DataError(
                    f"{self.path} has a line of more than {MAX_LINE_BYTES:,} bytes. "
                    "One JSON document a line is expected (NDJSON); what stands before was read."
                )
        if rest.strip():
            yield bytes(rest.strip())

    def _blocks(self) -> Iterator[bytes]:
        try:
            with self._open() as file:
                while block := file.read(_CHUNK):
                    yield block
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{self.path} is damaged: {error}. What stands before the damage was read.") from error

    def _open(self) -> BinaryIO:
        codec = _CODECS.get(self.path.suffix)
        if codec is None:
            return self.path.open("rb")
        return cast("BinaryIO", pa.CompressedInputStream(pa.OSFile(str(self.path)), codec))
