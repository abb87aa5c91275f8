"""Workbooks: each cell as a person sees it, and what stands around a table told."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from workbooks import Cell, workbook

from taquilla.errors import DataError
from taquilla.sources import tabular_workbook
from taquilla.sources.relations import ERROR, LINE
from taquilla.sources.tabular import FileSource, open_files

Rows = list[list[Cell]]


def opened(folder: Path, content: bytes) -> FileSource:
    (folder / "shop.xlsx").write_bytes(content)
    return open_files(str(folder / "shop.xlsx"))


def rows(source: FileSource, relation: str = "film") -> list[tuple[str | None, ...]]:
    read = pa.Table.from_batches(source.read(relation), source.describe(relation).schema)
    return [tuple(row.values()) for row in read.to_pylist()]


def good(source: FileSource, relation: str = "film") -> list[tuple[str | None, ...]]:
    return [row[:-2] for row in rows(source, relation) if row[-2] is None]


def test_each_cell_is_what_a_person_sees(tmp_path: Path) -> None:
    cells: list[Cell] = [1, 2006.0, 4.99, 0.1 + 0.2, 1e20, 1e-7, True, False, " ALIEN ", "NULL", "007", None]
    names: list[Cell] = [f"c{n}" for n in range(len(cells))]
    source = opened(tmp_path, workbook({"film": [names, cells]}))
    seen = ("1", "2006", "4.99", "0.3", "100000000000000000000", "0.0000001", "true", "false", " ALIEN ", "NULL", "007")
    assert good(source) == [(*seen, None)]


def test_moments_are_iso_to_the_second(tmp_path: Path) -> None:
    day = 38762.91986111111  # 2006-02-14 22:04:36
    source = opened(tmp_path, workbook({"film": [["a", "b", "c"], [(day, 2), (38762, 1), (day, 0)]]}))
    assert good(source) == [("2006-02-14 22:04:36", "2006-02-14", "38762.9198611111")]


def test_what_a_formula_could_not_tell_is_unknown(tmp_path: Path) -> None:
    source = opened(tmp_path, workbook({"film": [["a", "b"], [1, "#DIV/0!"], [2, "#N/A"]]}))
    assert good(source) == [("1", None), ("2", None)]


def test_each_sheet_with_cells_is_a_table(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {"MER": [], "film": [["id"], [1]], "hidden one": [["id"], [2]]}
    source = opened(tmp_path, workbook(sheets, hidden=["hidden one"]))
    assert (source.relations(), source.left_out) == (("film", "hidden one"), ("MER",))
    assert source.describe("hidden one").notes == ("the sheet is hidden",)
    assert (source.describe("film").rows, source.count("film")) == (1, 1)


def test_titles_blank_rows_and_cells_beside_the_table_are_told(tmp_path: Path) -> None:
    table: Rows = [
        ["Films of the shop"],
        [],
        [" id", "title ", "rate"],
        [1, "ALIEN", 0.99],
        [],
        [2, None, 4.99],
        [3, "UP", 2.99, None, "a remark"],
    ]
    source = opened(tmp_path, workbook({"film": table}))
    assert source.describe("film").columns() == ["id", "title", "rate"]
    assert source.describe("film").notes == (
        "2 rows of title above the header, which is row 3",
        "spaces around names taken away",
    )
    assert rows(source) == [
        ("1", "ALIEN", "0.99", None, None),
        ("2", None, "4.99", None, None),
        (None, None, None, "3 cells expected, 5 found (row 7)", "3\tUP\t2.99\t\ta remark"),
    ]


def test_a_table_need_not_begin_in_the_corner(tmp_path: Path) -> None:
    source = opened(tmp_path, workbook({"film": [[], [None, "id", "title"], [None, 1, "UP"]]}))
    assert good(source) == [("1", "UP")]


def test_cells_merged_downwards_share_their_value(tmp_path: Path) -> None:
    table: Rows = [["store", "film"], ["one", "UP"], [None, "ALIEN"], ["two", "BIG"]]
    source = opened(tmp_path, workbook({"film": table}, merged=["A2:A3"]))
    assert good(source) == [("one", "UP"), ("one", "ALIEN"), ("two", "BIG")]
    assert source.describe("film").notes == ("1 merged cells have the value of the first of them",)


def test_a_sheet_without_a_header_loses_no_row(tmp_path: Path) -> None:
    source = opened(tmp_path, workbook({"film": [[1, "UP", 0.99], [2, "BIG", 2.99]]}))
    assert source.describe("film").columns() == ["column_1", "column_2", "column_3"]
    assert good(source) == [("1", "UP", "0.99"), ("2", "BIG", "2.99")]


def test_more_columns_than_names(tmp_path: Path) -> None:
    source = opened(tmp_path, workbook({"film": [["id", "title"], [1, "UP", "x"], [2, "BIG", "y"]]}))
    assert source.describe("film").columns() == ["id", "title", "column_3"]
    assert len(good(source)) == 2


def _archive(**files: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"id,title\n1,UP\n", "is no workbook"),
        (os.urandom(2_000), "is no workbook"),
        (_archive(readme="no workbook"), "is no workbook"),
        (workbook({"film": [["id"], [1]]})[:-200], "is damaged"),
        (workbook({"film": []}), "has no sheet with cells"),
    ],
)
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        opened(tmp_path, content)


def test_a_workbook_that_would_fill_the_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular_workbook, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(DataError, match="unpacks to"):
        opened(tmp_path, workbook({"film": [["id"]] + [[n] for n in range(100)]}))


def test_a_name_that_is_near_is_told(tmp_path: Path) -> None:
    source = opened(tmp_path, workbook({"film": [["id"], [1]], "rental": [["id"], [1]]}))
    with pytest.raises(DataError, match=r"no table 'rentals'\. It has: rental"):
        source.describe("rentals")


SHEETS = {"film": "Films", "inventory": "inventory", "rental": "rental", "customer": "customer", "store": "store"}


def test_the_seeds_workbook_says_what_its_csv_files_say() -> None:
    shared = os.environ.get("TAQUILLA_SHARED_DATA")
    if not shared:
        pytest.skip("the rental workbook is not here: set TAQUILLA_SHARED_DATA")
    folder = Path(shared) / "rentals" / "films2_export"
    book, files = open_files(str(folder / "Films_2.xlsx")), open_files(str(folder))
    assert (book.relations(), book.left_out) == (tuple(SHEETS), ("MER",))
    counts = {}
    for sheet, file in SHEETS.items():
        assert book.describe(sheet).columns() == files.describe(file).columns()
        cells = [Counter(tuple((c or "").strip() for c in row) for row in rows(*one)) for one in
                 ((book, sheet), (files, file))]  # fmt: skip
        assert cells[0] == cells[1]
        counts[sheet] = cells[0].total()
        table = pa.Table.from_batches(files.read(file))
        assert (table[ERROR].null_count, table[LINE].null_count) == (table.num_rows, table.num_rows)
        assert not any(cell and cell.startswith(" ") for name in table.column_names for cell in table[name].to_pylist())
        assert files.describe(file).notes[0] == "separator ';' and spaces"
    assert counts == {"film": 1_003, "inventory": 4_581, "rental": 16_044, "customer": 1_392, "store": 2}
