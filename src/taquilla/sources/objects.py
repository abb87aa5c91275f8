"""Where files stand: on disk or in S3, read and written by the same few verbs.

    with Place("s3://shop/rental.csv").writing() as file:
        file.write(b"...")       # nobody sees it before the block has ended well

S3's address and credentials are those of every AWS tool: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
AWS_REGION (AWS_DEFAULT_REGION), AWS_ENDPOINT_URL_S3 (AWS_ENDPOINT_URL), or the files and roles that they fall back on.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import pyarrow as pa
from pyarrow import fs

from taquilla.errors import DataError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources import objects_s3

_S3 = "s3://"
_WRONG_PATHS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from the next. modified_at: UTC."""

    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder: a path, or `s3://bucket/key`. SettingsError: an address that is neither."""

    text: str

    def __post_init__(self) -> None:
        scheme, found, rest = self.text.partition("://")
        if found and f"{scheme}://" != _S3:
            raise SettingsError(
                f"Cannot read {scheme}://: files stand on disk or in S3. Give a path or s3://bucket/key."
            )
        if found and ("@" in rest.partition("/")[0] or not rest.partition("/")[0]):
            # Neither a bucket: what stands before an @ would be a secret.
            raise SettingsError(
                "An address in S3 is s3://bucket/key, without credentials. They come from AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or from ~/.aws."
            )

    def __str__(self) -> str:
        return self.text

    def __truediv__(self, name: str) -> "Place":
        return Place(f"{self.text.rstrip('/')}/{name}")

    @property
    def in_s3(self) -> bool:
        return self.text.startswith(_S3)

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self._path()).name

    def is_folder(self) -> bool:
        """A folder, or a prefix of keys. DataError: there is nothing of that name."""
        info = self._info()
        if info.type == fs.FileType.NotFound:
            raise DataError(f"There is no {self.text}. Check the address.")
        return bool(info.type == fs.FileType.Directory)

    def exists(self) -> bool:
        return bool(self._info().type != fs.FileType.NotFound)

    def stamp(self) -> Stamp:
        """Size in bytes and time of the last change. DataError: no such file."""
        info = self._info()
        if info.type != fs.FileType.File:
            raise DataError(f"There is no file {self.text}. Check the address.")
        return Stamp(info.size, info.mtime.replace(tzinfo=info.mtime.tzinfo or UTC))

    def files(self) -> tuple["Place", ...]:
        """The files of a folder, not those in folders below it, in the order of their names."""
        with telling(self):
            found = self._system().get_file_info(fs.FileSelector(self._path(), recursive=False))
        names = sorted(info.base_name for info in found if info.type == fs.FileType.File)
        return tuple(self / name for name in names if not name.startswith("."))

    def delete(self) -> None:
        """Delete the file; no error where there is none."""
        if self._info().type == fs.FileType.File:
            with telling(self):
                self._system().delete_file(self._path())

    @contextlib.contextmanager
    def reading(self) -> Iterator[pa.NativeFile]:
        """The file's bytes, to be read from any position.

        UnavailableError: the connection was cut, or the file was changed while it was read.
        """
        before = self.stamp()
        with telling(self):
            with self._system().open_input_file(self._path()) as file:
                yield file
            if self.stamp() != before:
                raise UnavailableError(f"{self.text} was changed while it was read. Run the same command again.")

    @contextlib.contextmanager
    def writing(self) -> Iterator[BinaryIO]:
        """A file to write to, which takes its place whole when the block ends, and not at all when it fails."""
        writing = objects_s3.uploading(*self._key()) if self.in_s3 else _replacing(Path(self.text))
        with telling(self), writing as file:
            yield file

    def _key(self) -> tuple[str, str]:
        bucket, _, key = self.text.removeprefix(_S3).partition("/")
        return bucket, key

    def _path(self) -> str:
        return self.text.removeprefix(_S3).rstrip("/") if self.in_s3 else str(Path(self.text).expanduser().absolute())

    def _system(self) -> fs.FileSystem:
        return objects_s3.file_system(self._key()[0]) if self.in_s3 else fs.LocalFileSystem()

    def _info(self) -> fs.FileInfo:
        with telling(self):
            return self._system().get_file_info(self._path())


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    path = path.expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as file:
            yield cast("BinaryIO", file)
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Wait until the disk has it. It is opened anew: a packer closes the file that it writes to."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def telling(place: Place) -> Iterator[None]:
    """What goes wrong with a place, as an error of ours that tells the next step."""
    try:
        yield
    except TaquillaError:
        raise
    except pa.ArrowException as error:
        raise DataError(f"{place} is damaged: {_first_line(error)}. Get it anew from where it came.") from error
    except OSError as error:
        raise _told(place, error) from error


def _told(place: Place, error: OSError) -> TaquillaError:
    if place.in_s3 and (told := objects_s3.told(str(place), str(error))):
        return told
    if error.errno is None:
        return DataError(f"{place} is damaged: {_first_line(error)}. Get it anew from where it came.")
    reason = os.strerror(error.errno)
    if isinstance(error, _WRONG_PATHS):
        return DataError(f"Cannot use {place}: {reason}. Check the path and its permissions.")
    return UnavailableError(f"Cannot use {place}: {reason}. Mend that, then run the same command again.")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
