"""What is written is read again: Parquet with its types, CSV and NDJSON with every NULL, accent and digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.s3 import S3Server
from taquilla.errors import DataError, SettingsError
from taquilla.sources.objects import Place
from taquilla.sources.relations import ERROR, LINE, Relation
from taquilla.sources.tabular import open_files
from taquilla.sources.tabular_writing import write_table

MOMENT = datetime.fromisoformat("2006-02-15T05:09:17.123456")
SCHEMA = pa.schema(
    [
        pa.field("film_id", pa.int64(), nullable=False),
        ("title", pa.string()),
        ("rate", pa.decimal128(12, 2)),
        ("rented_at", pa.timestamp("us")),
        ("landed_at", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("is_active", pa.bool_()),
        ("score", pa.float64()),
        ("picture", pa.binary()),
        ("tags", pa.list_(pa.string())),
    ]
)
ROWS = [
    (1, 'Amélie "la" 😀;\r\n,', Decimal("0.10"), MOMENT, MOMENT.replace(tzinfo=UTC), date(2006, 2, 15), True, 0.1, b"\0\xff", ["a"]),  # noqa: E501
    (2, "", Decimal("-1234567890.99"), None, None, None, False, 1e300, b"", []),
    (3, None, None, None, None, None, None, None, None, None),
    (4, "NULL", Decimal("0.00"), None, None, None, None, -0.0, None, None),
]  # fmt: skip
FILMS = Relation("film", SCHEMA)


def films(times: int = 1) -> Iterator[pa.RecordBatch]:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*ROWS, strict=True), SCHEMA, strict=True)]
    return (pa.RecordBatch.from_arrays(columns, schema=SCHEMA) for _ in range(times))


def read(place: str) -> pa.Table:
    source = open_files(place)
    (relation,) = source.relations()
    return pa.Table.from_batches(source.read(relation))


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "disk":
        return str(tmp_path)
    server: S3Server = request.getfixturevalue("s3")
    return f"s3://{server.new_bucket()}/export"


def test_parquet_keeps_types_and_rows(folder: str) -> None:
    told: list[int] = []
    place = f"{folder}/film.parquet"
    assert write_table(place, FILMS, films(3), progress=told.append) == 12
    found = read(place)
    assert (found.schema.equals(SCHEMA), told) == (True, [4, 8, 12])
    assert found.to_pylist() == [row for _ in range(3) for row in next(films()).to_pylist()]
    assert (open_files(place).count("film"), open_files(place).describe("film").rows) == (12, 12)


@pytest.mark.parametrize("name", ["film.csv", "film.csv.gz", "film.csv.zst"])
def test_csv_tells_null_from_an_empty_text(folder: str, name: str) -> None:
    assert write_table(f"{folder}/{name}", FILMS, films(2)) == 8
    found = read(f"{folder}/{name}").drop_columns([ERROR, LINE]).to_pylist()
    assert [tuple(row.values()) for row in found[:4]] == [
        ("1", 'Amélie "la" 😀;\r\n,', "0.10", "2006-02-15 05:09:17.123456", "2006-02-15 05:09:17.123456Z",
         "2006-02-15", "true", "0.1", "AP8=", '["a"]'),
        ("2", "", "-1234567890.99", None, None, None, "false", "1e+300", "", "[]"),
        ("3", None, None, None, None, None, None, None, None, None),
        ("4", "NULL", "0.00", None, None, None, None, "-0", None, None),
    ]  # fmt: skip
    assert found[4:] == found[:4]


@pytest.mark.parametrize("name", ["film.ndjson", "film.jsonl.gz"])
def test_ndjson_keeps_null_digits_and_accents(folder: str, name: str) -> None:
    assert write_table(f"{folder}/{name}", FILMS, films()) == 4
    found = read(f"{folder}/{name}").drop_columns([ERROR, LINE]).to_pylist()
    assert [tuple(row.values())[:5] for row in found] == [
        ("1", 'Amélie "la" 😀;\r\n,', "0.10", "2006-02-15T05:09:17.123456", "2006-02-15T05:09:17.123456Z"),
        ("2", "", "-1234567890.99", None, None),
        ("3", None, None, None, None),
        ("4", "NULL", "0.00", None, None),
    ]
    assert [row["tags"] for row in found] == ['["a"]', "[]", None, None]


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.none() | st.text('",\n\r; a')
        ),
        max_size=20,
    )
)
def test_any_text_survives_the_round(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, ...]]
) -> None:
    place = str(tmp_path_factory.getbasetemp() / "any.csv")
    schema = pa.schema([("a", pa.string()), ("b", pa.string())])
    batch = pa.RecordBatch.from_pylist([dict(zip("ab", row, strict=True)) for row in rows], schema)
    write_table(place, Relation("any", schema), iter([batch]))
    source = open_files(place, separator=",", header=True)
    assert [(r["a"], r["b"]) for b in source.read("any") for r in b.to_pylist() if r[ERROR] is None] == rows


def test_a_table_of_one_column_keeps_its_nulls(tmp_path: Path) -> None:
    schema = pa.schema([("title", pa.string())])
    cells = [None, "Up", "", None]
    batch = pa.RecordBatch.from_arrays([pa.array(cells, pa.string())], schema=schema)
    write_table(str(tmp_path / "film.csv"), Relation("film", schema), iter([batch]))
    assert read(str(tmp_path / "film.csv"))["title"].to_pylist() == cells


def test_a_table_without_rows_is_a_table(folder: str) -> None:
    for name in ("film.csv", "film.parquet"):
        assert write_table(f"{folder}/{name}", FILMS, iter(())) == 0
        source = open_files(f"{folder}/{name}")
        assert (source.describe("film").columns(), list(source.read("film"))) == (SCHEMA.names, [])


def _failing() -> Iterator[pa.RecordBatch]:
    yield from films(3)
    raise DataError("The source broke.")


@pytest.mark.parametrize("name", ["film.csv", "film.csv.gz", "film.parquet", "film.ndjson"])
def test_a_source_that_breaks_leaves_what_was_there(folder: str, name: str) -> None:
    with pytest.raises(DataError, match="The source broke"):
        write_table(f"{folder}/{name}", FILMS, _failing())
    assert not Place(f"{folder}/{name}").exists()
    write_table(f"{folder}/{name}", FILMS, films())
    before = Place(f"{folder}/{name}").stamp()
    with pytest.raises(DataError, match="The source broke"):
        write_table(f"{folder}/{name}", FILMS, _failing())
    assert Place(f"{folder}/{name}").stamp() == before


def test_a_batch_of_another_shape_is_refused(tmp_path: Path) -> None:
    other = pa.RecordBatch.from_pylist([{"film_id": "x"}])
    with pytest.raises(DataError, match="film changed while it was read"):
        write_table(str(tmp_path / "film.csv"), FILMS, iter([other]))


@pytest.mark.parametrize("name", ["film", "film.xlsx", "film.parquet.gz"])
def test_endings_that_tell_no_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="its ending tells no format"):
        write_table(str(tmp_path / name), FILMS, films())


def test_a_large_table_is_read_in_batches(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.int64())])
    batches = (
        pa.RecordBatch.from_arrays([pa.array(range(n, n + 7_000))], schema=schema) for n in range(0, 70_000, 7_000)
    )
    write_table(str(tmp_path / "id.parquet"), Relation("id", schema), batches)
    found = list(open_files(str(tmp_path / "id.parquet")).read("id", batch_rows=16_000))
    assert [batch.num_rows for batch in found] == [16_000] * 4 + [6_000]
    assert pq.read_metadata(tmp_path / "id.parquet").num_rows == 70_000
    [first, *_] = open_files(str(tmp_path / "id.parquet")).read("id", columns=["id"], batch_rows=10)
    assert first["id"].to_pylist() == list(range(10))
