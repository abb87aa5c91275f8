"""Folders of files as a source: what is in them, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.s3 import S3Server
from taquilla.errors import DataError
from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation, Since, Source
from taquilla.sources.tabular import open_files

FILES = {
    "Films.csv": b"film_id;title\n1;UP\n",
    "rental.csv.gz": b"",
    "actor.json": b'[{"actor_id": 1}]',
    "readme.md": b"# no table",
}


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder with those files."""
    place = Place(str(tmp_path))
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        place = Place(f"s3://{server.new_bucket()}/shop's export")
    for name, content in FILES.items():
        with (place / name).writing() as file:
            file.write(content)
    return place


def test_each_file_is_a_table_and_the_rest_is_told(folder: Place) -> None:
    source: Source = open_files(f"{folder}/")
    files = open_files(str(folder))
    assert source.relations() == ("Films", "actor", "rental")
    assert (files.left_out, source.name) == (("readme.md",), f"{folder}/")
    assert [batch.to_pylist()[0]["title"] for batch in source.read("Films")] == ["UP"]
    assert source.count("Films") is None
    source.close()


def test_a_bad_file_spoils_no_other(folder: Place) -> None:
    source = open_files(str(folder))
    with pytest.raises(DataError, match=r"rental\.csv\.gz is empty"):
        source.describe("rental")
    assert source.describe("actor").columns() == ["actor_id"]


def test_two_files_of_one_name_are_two_tables(tmp_path: Path) -> None:
    (tmp_path / "film.csv").write_text("id,title\n1,UP\n")
    pq.write_table(pa.table({"id": [1]}), tmp_path / "film.parquet")
    (tmp_path / "store.csv").write_text("id,x\n1,2\n")
    assert open_files(str(tmp_path)).relations() == ("film.csv", "film.parquet", "store")


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "film.csv").write_text("id,title,year\n1,UP,2009\n2,BIG\n")
    source = open_files(str(tmp_path / "film.csv"))
    [batch] = source.read("film", columns=["year", "id"])
    assert batch.schema.names == ["year", "id", "_error", "_line"]
    assert batch.to_pylist()[0]["year"] == "2009"
    with pytest.raises(DataError, match=r"no column 'rate'. It has: id, title, year"):
        list(source.read("film", columns=["rate"]))


def test_batches_are_as_long_as_asked(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("n,m\n" + "".join(f"{n},x\n" for n in range(1_000)))
    source = open_files(str(tmp_path / "n.csv"))
    batches = list(source.read("n", batch_rows=300))
    assert [batch.num_rows for batch in batches] == [300, 300, 300, 100]
    assert [cell for batch in batches for cell in batch["n"].to_pylist()] == [str(n) for n in range(1_000)]


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("n,m\n1,2\n")
    source = open_files(str(tmp_path / "n.csv"))
    for wish in ({"since": Since("n", datetime(2026, 1, 1, tzinfo=UTC))}, {"after": (1,)}):
        with pytest.raises(DataError, match="is read whole"):
            list(source.read("n", **wish))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("film.parquet", b"PAR1 no parquet", "is damaged"),
        ("film.parquet", b"", "is damaged"),
        ("film.pdf", b"%PDF", "is of no kind that can be read"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said):
        open_files(str(tmp_path / name))


def test_a_parquet_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": range(100_000)}), tmp_path / "film.parquet")
    whole = (tmp_path / "film.parquet").read_bytes()
    (tmp_path / "film.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="is damaged"):
        open_files(str(tmp_path / "film.parquet"))
    (tmp_path / "film.parquet").write_bytes(whole[:100] + bytes(len(whole) // 2) + whole[100 + len(whole) // 2 :])
    source = open_files(str(tmp_path / "film.parquet"))
    with pytest.raises(DataError, match="is damaged"):
        list(source.read("film"))


def test_nothing_there_and_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no"):
        open_files(str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="has no file that can be read"):
        open_files(str(tmp_path))


def test_a_relation_keeps_its_own_columns_apart() -> None:
    assert Relation("film", pa.schema([("id", pa.string()), ("_error", pa.string())])).columns() == ["id"]
