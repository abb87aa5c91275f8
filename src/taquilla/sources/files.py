"""Files of records on disk: one JSON document a line, plain, gzip or Zstandard."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from taquilla.errors import DataError

_CHUNK = 2**20


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
        """The lines that are not blank, without their ends. DataError: the compressed file is damaged."""
        rest = b""
        for block in self._blocks():
            *whole, rest = (rest + block).split(b"\n")
            yield from (line for line in map(bytes.strip, whole) if line)
        if rest.strip():
            yield rest.strip()

    def _blocks(self) -> Iterator[bytes]:
        try:
            with self._open() as file:
                while block := file.read(_CHUNK):
                    yield block
        except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
            raise DataError(f"{self.path} is damaged: {error}. What stands before the damage was read.") from error

    def _open(self) -> BinaryIO:
        if self.path.suffix == ".gz":
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        if self.path.suffix == ".zst":
            return cast("BinaryIO", pa.CompressedInputStream(pa.OSFile(str(self.path)), "zstd"))
        return self.path.open("rb")
