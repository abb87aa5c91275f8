"""The town's reviews as a folder of files, as somebody would have downloaded them."""

import gzip
import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO, Final, cast

import pyarrow as pa

from taquilla.demo.town_reviews import Blocks, TownReviews
from taquilla.demo.town_reviews_damage import Lines, damage
from taquilla.demo.town_reviews_json import content
from taquilla.errors import UnavailableError

YELP_REVIEWS: Final = "review.json"
GOOGLE_REVIEWS: Final = "google_reviews.json.gz"
SAMPLE: Final = 200

Written = dict[str, Lines]


def write_reviews(folder: Path, town: TownReviews, *, is_damaged: bool = True) -> Written:
    """Write the town's files into a folder; how many lines each has, by its name.

    A new folder is there with all of them or not at all; in one that is there each file is replaced whole, and others
    stay. is_damaged: with the lines that are wrong on purpose. UnavailableError: the disk does not take it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix=f"{folder.name}.", suffix=".new", dir=folder.parent))
        try:
            written = _write_all(unfinished, town, is_damaged)
            _put_in_place(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise UnavailableError(
            f"The town's reviews cannot be written to {folder} ({error}): free the disk, try again."
        ) from error
    return written


def _put_in_place(unfinished: Path, folder: Path) -> None:
    if folder.exists():
        for file in unfinished.iterdir():
            file.replace(folder / file.name)
    else:
        unfinished.chmod(0o755)  # made for its owner alone
        unfinished.rename(folder)


def _write_all(folder: Path, town: TownReviews, is_damaged: bool) -> Written:
    names = [YELP_REVIEWS, *([GOOGLE_REVIEWS] if town.sizes.google_percent else [])]
    with ExitStack() as opened:
        files = [_File(name, opened.enter_context(_open(folder / name))) for name in names]
        for block in town.reviews():
            for file, lines in zip(files, block, strict=False):
                file.write(lines)
        written = {file.name: file.end(is_damaged) for file in files}
    for name, blocks in town.others().items():
        written[name] = _write(folder, name, blocks, is_damaged)
    return written


def _write(folder: Path, name: str, blocks: Blocks, is_damaged: bool) -> Lines:
    with _open(folder / name) as opened:
        file = _File(name, opened)
        for lines in blocks:
            file.write(lines)
        return file.end(is_damaged)


def _open(path: Path) -> BinaryIO:
    # Without the moment of writing: the same town is the same file.
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.GzipFile(path, "wb", compresslevel=6, mtime=0))
    return path.open("wb")


class _File:
    """A file that is being written; it remembers its first lines and counts all, without a CSV's header."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self._file = name, file
        self._rows, self._sample = 0, list[str]()

    def write(self, lines: pa.StringArray) -> None:
        self._file.write(content(lines))
        if len(self._sample) < SAMPLE:
            self._sample += lines.slice(0, SAMPLE).to_pylist()
        self._rows += len(lines)

    def end(self, is_damaged: bool) -> Lines:
        header = int(self.name.endswith(".csv"))
        rows, sample = self._rows - header, self._sample[header:]
        if not is_damaged:
            return Lines(rows)
        wrong = damage(self.name, sample, rows)
        self._file.write(wrong.text.encode())
        repeated, broken = len(wrong.repeated), len(wrong.broken)
        return Lines(rows + repeated + broken, repeated, broken)
