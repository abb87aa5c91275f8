"""Files of lines: whole, damaged, or none."""

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from taquilla.errors import DataError
from taquilla.sources import files
from taquilla.sources.files import LinesFile

LINES = [b'{"id": %d}' % n for n in range(50_000)]
DATA = b"\n".join(LINES)
GZIP = gzip.compress(DATA)
ZSTD = pa.Codec("zstd").compress(DATA).to_pybytes()


def lines(folder: Path, name: str, data: bytes) -> list[bytes]:
    file = folder / name
    file.write_bytes(data)
    return list(LinesFile.of(file).lines())


@pytest.mark.parametrize(("name", "data"), [("a.jsonl", DATA), ("a.jsonl.gz", GZIP), ("a.jsonl.zst", ZSTD)])
def test_lines_are_the_same_however_they_are_packed(tmp_path: Path, name: str, data: bytes) -> None:
    assert lines(tmp_path, name, data) == LINES


def test_blank_lines_and_line_ends_are_left_out(tmp_path: Path) -> None:
    assert lines(tmp_path, "a", b"\n  \r\n1\r\n\n 2 \n3") == [b"1", b"2", b"3"]
    assert lines(tmp_path, "empty", b"") == []


def test_a_line_may_be_longer_than_a_block(tmp_path: Path) -> None:
    long = b"x" * (3 * 2**20)
    assert lines(tmp_path, "a", b"1\n" + long + b"\n2") == [b"1", long, b"2"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.gz", GZIP[: len(GZIP) // 2]),
        ("no_tail.gz", GZIP[:-4]),
        ("overwritten.gz", GZIP[:1_000] + b"\xff" * 100 + GZIP[1_100:]),
        ("plain.gz", DATA),
        ("cut.zst", ZSTD[: len(ZSTD) // 2]),
        ("plain.zst", DATA),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(DataError, match=rf"{name} is damaged: .*What stands before the damage was read"):
        lines(tmp_path, name, data)


@pytest.mark.parametrize(("name", "cut"), [("cut.gz", len(GZIP) // 2), ("cut.gz", len(GZIP) - 4)])
def test_what_stands_before_the_damage_is_read(tmp_path: Path, name: str, cut: int) -> None:
    file = tmp_path / name
    file.write_bytes(GZIP[:cut])
    unpacked = zlib.decompressobj(31).decompress(GZIP[:cut])
    read: list[bytes] = []
    with pytest.raises(DataError, match="is damaged"):
        read.extend(LinesFile.of(file).lines())
    assert read == LINES[: len(read)]
    assert sum(len(line) + 1 for line in read) > len(unpacked) - 2**14 - 20


def test_what_stands_before_a_line_that_is_too_long_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 2**15)
    file = tmp_path / "a"
    file.write_bytes(b"1\n2\n" + b"x" * 2**17 + b"\n3")
    lines = LinesFile.of(file).lines()
    assert [next(lines), next(lines)] == [b"1", b"2"]
    with pytest.raises(DataError, match=r"a has a line of more than 32,768 bytes"):
        next(lines)


def test_the_same_content_has_the_same_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    for file in (one, two):
        file.write_bytes(DATA)
    assert LinesFile.of(one).sha256 == LinesFile.of(two).sha256
    assert LinesFile.of(one).modified_at == datetime.fromtimestamp(one.stat().st_mtime, UTC)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(DataError, match=r"Cannot read .*Check the path"):
            LinesFile.of(path)
