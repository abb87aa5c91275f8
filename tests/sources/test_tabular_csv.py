"""CSV as people write it: every cell verbatim, every line accounted for."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taquilla.errors import DataError, SettingsError
from taquilla.sources import tabular_csv, tabular_text
from taquilla.sources.relations import ERROR, LINE
from taquilla.sources.tabular import open_files

Row = tuple[str | None, ...]


def read(folder: Path, content: bytes | str, name: str = "film.csv", **options: Any) -> pa.Table:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    source = open_files(str(folder / name), **options)
    (relation,) = source.relations()
    described = source.describe(relation)
    return pa.Table.from_batches(source.read(relation), described.schema)


def rows(table: pa.Table) -> list[Row]:
    """The good rows."""
    cells = table.drop_columns([ERROR, LINE]).to_pylist()
    return [tuple(row.values()) for row, error in zip(cells, table[ERROR].to_pylist(), strict=True) if error is None]


def bad(table: pa.Table) -> list[tuple[str, str]]:
    told = zip(table[ERROR].to_pylist(), table[LINE].to_pylist(), strict=True)
    return [(error, line) for error, line in told if error is not None]


def notes(folder: Path, content: bytes | str, name: str = "film.csv", **options: Any) -> tuple[str, ...]:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    source = open_files(str(folder / name), **options)
    return source.describe(source.relations()[0]).notes


@pytest.mark.parametrize(("separator", "note"), [(",", "','"), (";", "';'"), ("\t", "tab"), ("|", "'|'")])
def test_the_separator_is_found_and_told(tmp_path: Path, separator: str, note: str) -> None:
    lines = [["id", "title", "features"], ["1", "Up, up; and away", "x|y"], ["2", "Alien", "a,b;c"]]
    text = "".join(separator.join(f'"{c}"' if i == 1 and n else c for i, c in enumerate(line)) + "\n"
                   for n, line in enumerate(lines))  # fmt: skip
    text = text.replace("x|y", "x").replace("a,b;c", "a")
    table = read(tmp_path, text)
    assert rows(table) == [("1", "Up, up; and away", "x"), ("2", "Alien", "a")]
    assert notes(tmp_path, text) == (f"separator {note}",)


def test_spaces_behind_the_separator_are_not_the_cells(tmp_path: Path) -> None:
    text = 'film_id; title; rate;notes\r\n1; ALIEN; 0.99;"2*$#"""\r\n2;  UP ; 4.99a; "a; b"\r\n3; NULL; NULL;\r\n'
    assert rows(read(tmp_path, text)) == [
        ("1", "ALIEN", "0.99", '2*$#"'),
        ("2", "UP ", "4.99a", "a; b"),
        ("3", "NULL", "NULL", None),
    ]
    assert notes(tmp_path, text) == ("separator ';' and spaces",)
    assert rows(read(tmp_path, "a; b\n1;x\n2; y\n")) == [("1", "x"), ("2", " y")]


def test_nothing_is_null_and_an_empty_text_is_not(tmp_path: Path) -> None:
    text = 'a,b,c\n1,,""\n"",NULL,"NULL"\n'
    assert rows(read(tmp_path, text)) == [("1", None, ""), ("", "NULL", "NULL")]
    assert rows(read(tmp_path, text, null_text="NULL")) == [("1", "", ""), ("", None, "NULL")]
    assert rows(read(tmp_path, text, null_text=None)) == [("1", "", ""), ("", "NULL", "NULL")]


def test_lines_that_do_not_fit_are_rows_with_the_line_and_shift_no_others(tmp_path: Path) -> None:
    text = "a,b,c\n1,2,3\n4,5\n6,7,8,9\n\n10,11,12\n13\n"
    table = read(tmp_path, text)
    assert rows(table) == [("1", "2", "3"), ("10", "11", "12")]
    assert bad(table) == [
        ("3 cells expected, 2 found (line 3)", "4,5"),
        ("3 cells expected, 4 found (line 4)", "6,7,8,9"),
        ("3 cells expected, 1 found (line 7)", "13"),
    ]
    assert table[ERROR].to_pylist()[0] is None
    assert table["a"].to_pylist() == ["1", None, None, "10", None]


def test_an_open_quote_takes_its_own_line_alone(tmp_path: Path) -> None:
    text = 'a,b\n1,"never closed\n2,x\n3,"two\nlines"\n4,y"z\n5,"w\n'
    table = read(tmp_path, text)
    assert rows(table) == [("2", "x"), ("3", "two\nlines"), ("4", 'y"z')]
    assert bad(table) == [
        ("a quote that never closes (line 2)", '1,"never closed'),
        ("a quote that never closes (line 7)", '5,"w'),
    ]


def test_carriage_returns_in_cells_stay_and_old_line_ends_are_found(tmp_path: Path) -> None:
    assert rows(read(tmp_path, 'a,b\r\n1,x\\r\r\n2,"y\r"\r\n3,z\rz\r\n')) == [
        ("1", "x\\r"),
        ("2", "y\r"),
        ("3", "z\rz"),
    ]
    assert rows(read(tmp_path, "a,b\r1,2\r3,4\r")) == [("1", "2"), ("3", "4")]
    assert notes(tmp_path, "a,b\r1,2\r") == ("separator ','", "lines end in a carriage return")


@pytest.mark.parametrize(
    ("codec", "mark", "note"),
    [
        ("utf-8", b"", ()),
        ("utf-8", codecs.BOM_UTF8, ("encoding UTF-8 with a byte order mark",)),
        ("utf-16-le", codecs.BOM_UTF16_LE, ("encoding utf-16",)),
        ("utf-16-be", codecs.BOM_UTF16_BE, ("encoding utf-16",)),
        ("utf-16-le", b"", ("encoding utf-16",)),
        ("windows-1252", b"", ("encoding windows-1252",)),
    ],
)
def test_the_encoding_is_found_and_told(tmp_path: Path, codec: str, mark: bytes, note: tuple[str, ...]) -> None:
    text = "id,title\n" + "".join(f"{n},Amélie – «Año» €\n" for n in range(3))
    content = mark + text.encode(codec)
    assert rows(read(tmp_path, content)) == [(str(n), "Amélie – «Año» €") for n in range(3)]
    assert notes(tmp_path, content) == (*note, "separator ','")


def test_the_encoding_can_be_named(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "id,title\n1,Łódź\n".encode("cp1250"), encoding="cp1250")) == [("1", "Łódź")]
    assert rows(read(tmp_path, b"id,title\n1,\x81\x9d\n")) == [("1", "\x81\x9d")]


@pytest.mark.parametrize(
    "options", [{"encoding": "klingon"}, {"separator": ""}, {"separator": "; "}, {"separator": '"'}]
)
def test_options_that_are_none_are_told(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"Unknown encoding|cannot separate"):
        read(tmp_path, "a;b\n1;2\n", **options)


def test_a_byte_that_is_no_utf8_costs_its_line_alone(tmp_path: Path) -> None:
    good = "".join(f"{n},é\n" for n in range(500))
    table = read(tmp_path, b"id,title\n" + good.encode() + b"500,Am\xe9lie\n501,Up\n")
    assert (len(rows(table)), rows(table)[-1]) == (501, ("501", "Up"))
    assert bad(table) == [("not UTF-8 (line 502)", "500,Am\\xe9lie")]


def test_bad_names_of_columns_are_mended_and_told(tmp_path: Path) -> None:
    text = " id ,title,,Title,_error\n1,2,3,4,5\n"
    table = read(tmp_path, text)
    assert table.column_names[:-2] == ["id", "title", "column_3", "Title_2", "_error_2"]
    assert rows(table) == [("1", "2", "3", "4", "5")]
    assert notes(tmp_path, text) == (
        "separator ','",
        "spaces around names taken away",
        "column 3 has no name: column_3",
        "column 'Title' stands twice: Title_2",
        "column '_error' stands twice: _error_2",
    )


def test_a_file_without_a_header_loses_no_line(tmp_path: Path) -> None:
    text = "1,ACADEMY,2006-02-15 05:03:42\n2,ACE,2006-02-15 05:03:42\n"
    table = read(tmp_path, text)
    assert table.column_names[:-2] == ["column_1", "column_2", "column_3"]
    assert len(rows(table)) == 2
    assert notes(tmp_path, text) == ("separator ','", "no header: the columns are numbered")
    assert rows(read(tmp_path, "a,b\nx,y\n", header=False)) == [("a", "b"), ("x", "y")]
    assert rows(read(tmp_path, "1,2\n3,4\n", header=True)) == [("3", "4")]


def test_lines_that_end_in_a_separator_have_a_column_more(tmp_path: Path) -> None:
    table = read(tmp_path, "a;b\n1;2;\n3;4;\n")
    assert rows(table) == [("1", "2", None), ("3", "4", None)]


def test_a_table_of_one_column_or_no_row_is_one_too(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "title\nAlien\n\nUp")) == [("Alien",), (None,), ("Up",)]
    assert rows(read(tmp_path, "id,title\n")) == []
    assert rows(read(tmp_path, "id,title")) == []


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.zst", ".TXT", ".tsv"])
def test_it_may_be_packed(tmp_path: Path, suffix: str) -> None:
    plain = b"id\ttitle\n1\tUp\n"
    packed = {".csv.gz": gzip.compress, ".csv.zst": lambda data: pa.compress(data, "zstd", asbytes=True)}
    assert rows(read(tmp_path, packed.get(suffix, bytes)(plain), f"film{suffix}")) == [("1", "Up")]


_PLAIN = b"id,title\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 10_007) for n in range(20_000))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("film.csv", b"", "is empty"),
        ("film.csv", b" \n\n", "is empty"),
        ("film.csv.gz", b"", "is empty"),
        ("film.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("film.csv.gz", gzip.compress(_PLAIN)[:-2_000], "is damaged"),
        ("film.csv.zst", pa.compress(_PLAIN, "zstd", asbytes=True)[:-2_000], "is damaged"),
        ("film.csv.gz", _PLAIN, "is damaged"),
        ("film.csv", gzip.compress(_PLAIN), "is no text but gzip: name it .csv.gz"),
        ("film.csv", b"PK\x03\x04" + bytes(range(256)), "is no text but a workbook"),
        ("film.csv", bytes(range(256)) * 40, "is no text"),
    ],
)
def test_what_is_no_csv_is_told(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, content, name)


def test_a_file_that_is_cut_off_behind_its_sample_passes_for_no_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular_csv, "sample_of", lambda place: tabular_text.sample_of(place, 2_000))
    (tmp_path / "film.csv.gz").write_bytes(gzip.compress(_PLAIN)[:-2_000])
    source = open_files(str(tmp_path / "film.csv.gz"))
    with pytest.raises(DataError, match="is damaged"):
        list(source.read("film"))


_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6) | st.sampled_from(
    ['"', ",", "\n", "\r", "\r\n", ";", " ", "", 'a"b', "é😀", "1,2", '"\n']
)
_TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(_CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(_TABLES, st.integers(1, 60))
def test_what_another_writer_has_quoted_is_read_whatever_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], block: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = io.StringIO(newline="")
    names = [f"name {n}" for n in range(len(table[0]))]
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([names, *table])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tabular_csv, "utf8_blocks", lambda place, code: tabular_text.utf8_blocks(place, code, block))
        found = read(folder, text.getvalue().encode(), separator=",", header=True)
    assert (rows(found), bad(found)) == ([tuple(row) for row in table], [])


@given(st.lists(st.text('ab,"\n\r é', max_size=12), min_size=1, max_size=12), st.integers(1, 40))
def test_hostile_lines_read_the_same_whatever_the_blocks_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], block: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    content = ("x,y\n" + "\n".join(lines) + "\n").encode()
    options: dict[str, Any] = {"separator": ",", "header": True}
    whole = read(folder, content, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tabular_csv, "utf8_blocks", lambda place, code: tabular_text.utf8_blocks(place, code, block))
        cut = read(folder, content, **options)
    assert cut.to_pylist() == whole.to_pylist()
    kept = "".join(cell or "" for row in (*rows(whole), *(line for _, line in bad(whole))) for cell in row)
    assert [kept.count(sign) for sign in "abé"] == ["\n".join(lines).count(sign) for sign in "abé"]
