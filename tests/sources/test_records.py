"""Files of records: every form and packing, and damage that costs itself alone."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from services.s3 import S3Server
from taquilla.errors import DataError
from taquilla.sources import records_lines
from taquilla.sources.records import RecordFile, open_records

ROWS = [{"review_id": f"r{n}", "text": f"fine {n} ñ 😀"} for n in range(5)]
LINES = [json.dumps(row, ensure_ascii=False) for row in ROWS]
TEXT = "\n".join(LINES) + "\n"


def opened(folder: Path, name: str, content: bytes) -> RecordFile:
    path = folder / name
    path.write_bytes(content)
    [file] = open_records(str(path)).files
    return file


def read(file: RecordFile, max_bytes: int = 10_000) -> list[tuple[int, str | None, str | None]]:
    found = [row for batch in file.batches(max_bytes) for row in batch.iter_rows()]
    assert [line for line, _, _ in found] == list(range(1, len(found) + 1))
    return found


def good(file: RecordFile) -> list[object]:
    return [json.loads(record) for _, record, error in read(file) if record is not None and error is None]


def cut(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


FORMS: dict[str, Callable[[], bytes]] = {
    "plain.json": TEXT.encode,
    "packed.json.gz": lambda: gzip.compress(TEXT.encode()),
    "no_end.ndjson": TEXT.strip().encode,
    "mark_and_returns.jsonl": lambda: ("\ufeff" + TEXT.replace("\n", "\r\n")).encode(),
    "blank_lines.json": lambda: ("\n \n" + TEXT.replace("\n", "\n\n \t\n")).encode(),
    "utf16.json": lambda: TEXT.encode("utf-16"),
    "array.json": lambda: json.dumps(ROWS).encode(),
    "pretty_array.json": lambda: json.dumps(ROWS, indent=2, ensure_ascii=False).encode(),
    "pretty_objects.json": lambda: "\n".join(json.dumps(row, indent=1) for row in ROWS).encode(),
    "rows.csv": lambda: ("review_id,text\n" + "".join(f'{r["review_id"]},"{r["text"]}"\n' for r in ROWS)).encode(),
    "lines.txt": TEXT.encode,
}


@pytest.mark.parametrize("block", [7, records_lines.BLOCK_BYTES])
def test_every_form_holds_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """However small the blocks are that a file is read in."""
    monkeypatch.setattr(records_lines.blocks_of, "__defaults__", (block,))
    for name, content in FORMS.items():
        file = opened(tmp_path, name, content())
        assert good(file) == ROWS, name
        assert file.fields == ("review_id", "text"), name


# Around good lines: the damage, how many good records are left of five, and the reason of each that is none.
DAMAGE: dict[str, tuple[Callable[[], bytes], int, list[str]]] = {
    "truncated.json": (lambda: TEXT.encode()[:-9], 4, ["the file ends within this record"]),
    "bytes.json": (lambda: TEXT.replace("fine 2", "fine \udcff").encode("utf-8", "surrogateescape"), 4, ["not UTF-8"]),
    "nul.json": (lambda: TEXT.replace("fine 2", "fine \0").encode(), 4, ["a NUL sign"]),
    "long.json": (lambda: TEXT.replace("fine 2", "x" * 10_001).encode(), 4, ["a record of 10,0"]),
    "array.json": (lambda: json.dumps(ROWS).encode()[:-9], 4, ["the file ends within this record"]),
    "strange_array.json": (
        lambda: json.dumps([*ROWS[:2], 7, *ROWS[2:]]).encode(),
        5,
        ["no JSON object"],
    ),
    "row.csv": (lambda: b"a,b\n1,2\n3\n" + b"5,6\n" * 4, 5, ["2 cells expected, 1 found (line 3)"]),
}


def test_damage_costs_itself_alone_and_is_told(tmp_path: Path) -> None:
    for name, (content, left, reasons) in DAMAGE.items():
        found = read(opened(tmp_path, name, content()))
        assert sum(error is None for _, _, error in found) == left, name
        told = [error for _, _, error in found if error is not None]
        assert len(told) == len(reasons), (name, told)
        assert all(map(str.startswith, told, reasons)), (name, told)
        assert all("\0" not in (record or "") for _, record, _ in found)


@pytest.mark.parametrize("name", ["cut.json.gz", "cut.csv.gz"])
def test_of_a_packed_file_that_is_cut_off_all_is_kept_that_can_be_unpacked(tmp_path: Path, name: str) -> None:
    noise = [f"{n * 7919 % 10007:06}" for n in range(20_000)]
    rows = noise if "csv" in name else [f'{{"a": "{one}"}}' for one in noise]
    content = "\n".join(["a", *rows] if "csv" in name else rows).encode()
    file = opened(tmp_path, name, cut(gzip.compress(content)))
    found = read(file)
    *kept, (_, _, reason) = found
    assert (reason or "").startswith("the file is damaged from here on: ")
    assert [json.loads(record or "")["a"] for _, record, error in kept if error is None] == noise[: len(kept)]
    assert 5_000 < len(kept) < 20_000


def test_a_line_that_is_too_long_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_lines.blocks_of, "__defaults__", (1_000,))
    file = opened(tmp_path, "long.json", (LINES[0] + "\n" + "x" * 50_000 + "\n" + LINES[1] + "\n").encode())
    assert [error for _, _, error in read(file, 5_000)] == [None, "a record of 50,000 bytes, which none has", None]


def test_a_folder_is_read_with_all_that_is_below_it(tmp_path: Path) -> None:
    for name in ("other/review-Alabama/1.json", "a.json", ".hidden.json", ".git/b.json", "notes.md", "empty.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name == "empty.json" else TEXT)
    (tmp_path / "packed.json").write_bytes(gzip.compress(TEXT.encode()))
    found = open_records(str(tmp_path))
    assert [file.name for file in found.files] == ["a.json", "other/review-Alabama/1.json"]
    left_out = dict(found.left_out)
    assert (left_out["empty.json"], left_out["notes.md"]) == ("empty", "of no kind that holds records")
    assert "gzip" in left_out["packed.json"]
    with pytest.raises(DataError, match="There is no"):
        open_records(str(tmp_path / "nothing"))


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    file = opened(tmp_path, "a.json", TEXT.encode())
    before = file.fingerprint()
    assert file.fingerprint() == before
    (tmp_path / "a.json").write_text(TEXT + TEXT)
    assert file.fingerprint() != before


def test_s3_is_a_folder_too(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    for name in ("dump/review.json", "dump/state/1.json.gz"):
        body = gzip.compress(TEXT.encode()) if name.endswith("gz") else TEXT.encode()
        s3.client().put_object(Bucket=bucket, Key=name, Body=body)
    files = open_records(f"s3://{bucket}/dump").files
    assert {file.name: good(file) for file in files} == {"review.json": ROWS, "state/1.json.gz": ROWS}
