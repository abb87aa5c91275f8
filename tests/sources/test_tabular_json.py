"""JSON objects become rows of text, and nothing of them is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from taquilla.errors import DataError
from taquilla.sources.tabular import open_files


def read(folder: Path, content: str | bytes, name: str = "film.json") -> list[dict[str, str | None]]:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    source = open_files(str(folder / name))
    table = pa.Table.from_batches(source.read("film"), source.describe("film").schema)
    assert source.count("film") == table.num_rows
    rows: list[dict[str, str | None]] = table.to_pylist()
    return rows


def test_an_array_of_objects_is_a_table(tmp_path: Path) -> None:
    text = '[{"id": 1, "title": "Am\\u00e9lie"},\n {"id": 2, "rate": 4.990, "tags": ["a", {"b": null}], "on": true}]'
    first, second = read(tmp_path, text)
    assert list(first) == ["id", "title", "rate", "tags", "on", "_error", "_line"]
    assert [v for v in first.values() if v] == ["1", "Amélie"]
    assert list(second.values()) == ["2", None, "4.990", '["a", {"b": null}]', "true", None, None]


@pytest.mark.parametrize("name", ["film.ndjson", "film.jsonl", "film.json", "film.ndjson.gz"])
def test_one_object_a_line_is_a_table_too(tmp_path: Path, name: str) -> None:
    lines = b'{"id": 1e2}\r\n\n{"id": 12345678901234567890, "late": "NULL"}\n{"id": null, "late": ""}'
    rows = read(tmp_path, gzip.compress(lines) if name.endswith(".gz") else lines, name)
    assert [(row["id"], row["late"]) for row in rows] == [
        ("1e2", None),
        ("12345678901234567890", "NULL"),
        (None, ""),
    ]


def test_what_is_no_object_is_a_line_with_the_reason(tmp_path: Path) -> None:
    lines = b'{"id": 1}\n[1]\n{"id": \n{"id": "\xff"}\n{"id": 2}\n'
    rows = read(tmp_path, lines, "film.ndjson")
    assert [row["id"] for row in rows] == ["1", None, None, None, "2"]
    assert [(row["_error"], row["_line"]) for row in rows[1:4]] == [
        ("no JSON object (record 2)", "[1]"),
        ("no JSON object (record 3)", '{"id":'),
        ("no JSON object (record 4)", '{"id": "\\xff"}'),
    ]


def test_names_that_differ_by_case_alone_are_told(tmp_path: Path) -> None:
    (tmp_path / "film.json").write_text('[{"id": 1, "ID": 2, "": 3}]')
    described = open_files(str(tmp_path / "film.json")).describe("film")
    assert described.columns() == ["id", "ID_2", "column_3"]
    assert described.notes == ("column 'ID' stands twice: ID_2", "column 3 has no name: column_3")
    assert read(tmp_path, '[{"id": 1, "ID": 2, "": 3}]')[0]["ID_2"] == "2"


def test_a_late_key_is_a_column(tmp_path: Path) -> None:
    lines = "".join(f'{{"id": {n}}}\n' for n in range(30_000)) + '{"id": 30000, "late": "x"}\n'
    rows = read(tmp_path, lines, "film.ndjson")
    assert (len(rows), rows[-1]["late"], rows[0]["late"]) == (30_001, "x", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ('[{"id": 1},', "is no JSON array"),
        ("[]", "has no JSON object"),
        ("hello\n", "has no JSON object"),
        (bytes(range(256)), "is no text"),
        ('[{"id": 1}] and more', "is no JSON array"),
    ],
)
def test_what_is_no_json_is_told(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, content)
