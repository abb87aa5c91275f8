"""What a copy makes of text, of a table that is there, of rows that do not fit, and of what cannot be asked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.copy_places import World, rows
from taquilla.errors import DataError, SettingsError
from taquilla.pipeline.copies.cells import in_type
from taquilla.pipeline.copies.spool import KEPT, Spool, remove_old
from taquilla.pipeline.copies.text_types import typed_relation
from taquilla.sources.relations import Relation
from taquilla.sources.sql import SqlOptions

BIG = 2**63 - 1


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"shop": SqlOptions(f"sqlite:///{tmp_path / 'shop.sqlite'}", name="shop")})


def amount(digits: int, scale: int) -> pa.DataType:
    return pa.decimal128(digits, scale)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-20", None, str(BIG)], pa.int64()),
        ([str(BIG + 1), "1"], amount(38, 0)),
        (["00501", "10001"], pa.string()),
        (["+1", "2"], pa.string()),
        (["-0", "2"], pa.string()),
        (["1e5", "2"], pa.string()),
        (["1", ""], pa.string()),
        ([" 1"], pa.string()),
        (["1.5", "2", "-3.25"], amount(15, 2)),
        (["-0.00", "1.00"], pa.string()),
        (["1.", "2.0"], pa.string()),
        (["12345678901234567.50"], amount(38, 2)),
        (["0.3333333333333333", "0.1"], amount(38, 16)),
        (["2026-02-28", None], pa.date32()),
        (["2026-02-28", "2026-02-30"], pa.string()),
        (["2026-02-28 10:00:00", "2026-02-28T10:00:00.5"], pa.timestamp("us")),
        (["2026-02-28 25:00:00"], pa.string()),
        (["2026-02-28 10:00:00Z"], pa.timestamp("us", "UTC")),
        (["2026-02-28 10:00:00Z", "2026-02-28 10:00:00"], pa.string()),
        (["true", "false", None], pa.bool_()),
        (["true", "1"], pa.string()),
        ([None, None], pa.string()),
    ],
)
def test_text_has_a_type_where_every_cell_says_the_same_in_it(cells: list[str | None], kind: pa.DataType) -> None:
    batches = [pa.RecordBatch.from_arrays([pa.array([cell], pa.string())], ["x"]) for cell in cells]
    found = typed_relation(Relation("t", pa.schema([("x", pa.string())])), batches).schema.field("x").type
    assert found == kind
    whole = pa.array(cells, pa.string())
    made, lost = in_type(whole, found)
    assert (lost, made.null_count) == (None, whole.null_count)


@pytest.mark.parametrize(
    ("cells", "kind", "made"),
    [
        (["7", "+7", " 7 ", "7.0", "x", ""], pa.int64(), [7, 7, 7, "lost", "lost", None]),
        (["-1", "255", "256"], pa.uint8(), ["lost", 255, "lost"]),
        (["1.50", "1.505", "1e2", "100000.00"], amount(5, 2), [Decimal("1.50"), "lost", "lost", "lost"]),
        ([Decimal("1.50"), Decimal("1.55")], amount(4, 1), [Decimal("1.5"), "lost"]),
        ([1.0, 1.5], pa.int32(), [1, "lost"]),
        ([2**53, 2**53 + 1], pa.float64(), [float(2**53), "lost"]),
        ([0.1], pa.float32(), [pytest.approx(0.1)]),
        ([datetime(2026, 1, 2), datetime(2026, 1, 2, 3)], pa.date32(), [date(2026, 1, 2), "lost"]),  # noqa: DTZ001
        (
            ["2026-01-02 03:00:00-03:30", "2026-01-02T03:00:00.25Z", "2026-01-02", "0000-00-00"],
            pa.timestamp("us", "UTC"),
            [
                datetime(2026, 1, 2, 6, 30, tzinfo=UTC),
                datetime(2026, 1, 2, 3, 0, 0, 250_000, tzinfo=UTC),
                datetime(2026, 1, 2, tzinfo=UTC),
                "lost",
            ],
        ),
        (["true", "F", "1", "2"], pa.bool_(), [True, False, True, "lost"]),
        (["AP8=", "", "%"], pa.binary(), [b"\0\xff", b"", "lost"]),
        ([b"\0\xff", None], pa.string(), ["AP8=", None]),
        ([["a", None], [], None], pa.string(), ['["a",null]', "[]", None]),
        ([None, None], pa.int64(), [None, None]),
        (["1.5", "x"], pa.decimal256(60, 2), [Decimal("1.50"), "lost"]),
    ],
)
def test_a_cell_fits_a_type_where_it_says_the_same_in_it(cells: list[Any], kind: pa.DataType, made: list[Any]) -> None:
    found, lost = in_type(pa.array(cells), kind)
    told = lost.to_pylist() if lost is not None else [False] * len(cells)
    assert ["lost" if out else cell for cell, out in zip(found.to_pylist(), told, strict=True)] == made
    assert found.type == kind


def test_a_table_that_is_there_keeps_its_columns_their_order_and_their_types(world: World) -> None:
    typed = pa.table({"id": pa.array([1]), "rate": pa.array([Decimal("9.99")], amount(6, 2)), "said": ["x"]})
    world.copy(world.parquet("a.parquet", typed), "shop:film")
    copied = world.copy(world.file("b.csv", "said,ID,rate\n007,2,5\n,3,\n"), "shop:film")
    assert copied.notes == (
        "the types are those that film has",
        "the columns stand in the order of film",
        "columns that differ in case: ID as id",
    )
    world.copy("shop:film", str(world.folder / "back.parquet"))
    assert rows(str(world.folder / "back.parquet")) == [(2, Decimal("5.00"), "007"), (3, None, None)]
    anew = world.copy(str(world.folder / "b.csv"), "shop:film", source_types=True)
    assert anew.relation.columns() == ["said", "ID", "rate"]


def test_columns_that_only_one_side_has_are_told(world: World) -> None:
    world.copy(world.file("a.csv", "id,said,at\n1,x,2\n"), "shop:film")
    less = world.file("b.csv", "id\n2\n")
    with pytest.raises(DataError, match=r"has no column 'said', 'at', which .* --append, or make .* --source-types"):
        world.copy(less, "shop:film")
    assert world.copy(less, "shop:film", appends=True).notes[-1] == "left to their defaults: 'said', 'at'"
    with pytest.raises(DataError, match=r"has no column 'new'\. Nothing was written\. Add it, or .* --source-types"):
        world.copy(world.file("c.csv", "id,said,at,new\n2,x,3,4\n"), "shop:film")
    world.copy("shop:film", str(world.folder / "back.csv"))
    assert rows(str(world.folder / "back.csv")) == [("1", "x", "2"), ("2", None, None)]


BAD = "id,paid\n1,2.50\n2\n3,x\n4,\n5,1,9\n"


def test_rows_that_do_not_fit_refuse_the_copy_and_are_listed(world: World) -> None:
    typed = pa.table({"id": pa.array([9]), "paid": pa.array([Decimal("1.00")], amount(6, 2))})
    world.copy(world.parquet("a.parquet", typed), "shop:payment")
    with pytest.raises(DataError) as refused:
        world.copy(world.file("bad.csv", BAD), "shop:payment")
    assert str(refused.value).splitlines() == [
        "3 of 5 rows do not fit:",
        "  row 2: 2 cells expected, 1 found (line 3)",
        "  row 3: 'x' in the column 'paid' is no decimal128(6, 2)",
        "  row 5: 2 cells expected, 3 found (line 6)",
        "Nothing was written. Mend them, or set them aside in a file with: --rejects FILE.csv",
    ]
    assert world.copy("shop:payment", str(world.folder / "still.csv")).rows == 1


def test_rows_that_do_not_fit_are_set_aside_on_request(world: World) -> None:
    typed = pa.table({"id": pa.array([9]), "paid": pa.array([Decimal("1.00")], amount(6, 2))})
    world.copy(world.parquet("a.parquet", typed), "shop:payment")
    rejects = str(world.folder / "rejects.csv")
    copied = world.copy(world.file("bad.csv", BAD), "shop:payment", rejects=rejects)
    assert (copied.read, copied.rows, copied.rejected) == (5, 2, 3)
    assert rows(rejects) == [
        ("2", "2 cells expected, 1 found (line 3)", "2"),
        ("3", "'x' in the column 'paid' is no decimal128(6, 2)", '{"id":"3","paid":"x"}'),
        ("5", "2 cells expected, 3 found (line 6)", "5,1,9"),
    ]
    world.copy(world.file("good.csv", "id,paid\n1,\n"), "shop:payment", rejects=rejects)
    assert rows(rejects) == []


def test_where_the_rejects_cannot_be_written_nothing_is(world: World) -> None:
    world.copy(world.file("a.csv", "id,paid\n1,x\n"), "shop:payment")
    with pytest.raises(SettingsError, match="its ending tells no format"):
        world.copy(world.file("bad.csv", BAD), "shop:payment", rejects=str(world.folder / "rejects"))
    assert world.copy("shop:payment", str(world.folder / "still.csv")).rows == 1


def test_empty_text_is_null_in_a_column_of_another_type_and_that_is_told(world: World) -> None:
    world.copy(world.parquet("a.parquet", pa.table({"id": [1], "said": ["x"]})), "shop:film")
    copied = world.copy(world.file("b.csv", 'id,said\n"",""\n2,\n'), "shop:film")
    assert copied.notes[-1] == "1 empty texts of 'id' are null"
    world.copy("shop:film", str(world.folder / "back.parquet"))
    assert rows(str(world.folder / "back.parquet")) == [(None, ""), (2, None)]


def test_text_stays_text_on_request_and_in_files_of_text(world: World) -> None:
    source = world.file("a.csv", "id\n1\n")
    world.copy(source, "shop:a", as_text=True)
    for target, expected in (("a.ndjson", ("1",)), ("a.parquet", (1,)), ("b.parquet", ("1",))):
        world.copy(source if target[0] == "a" else "shop:a", str(world.folder / target))
        assert rows(str(world.folder / target)) == [expected]


def test_rows_since_a_value_are_copied_alone(world: World) -> None:
    from taquilla.sources.relations import Since

    world.copy(world.file("a.csv", "id,at\n1,2026-01-01 10:00:00\n2,2026-01-02 10:00:00\n"), "shop:a")
    moment = Since("at", datetime(2026, 1, 2, tzinfo=UTC))
    assert world.copy("shop:a", "lake:copies.a", since=moment).rows == 1
    assert world.copy("lake:copies.a", str(world.folder / "b.csv"), since=moment).rows == 1
    for source, error in (("lake:copies.a", "no column 'when'"), (str(world.folder / "a.csv"), "read whole")):
        with pytest.raises(DataError, match=error):
            world.copy(source, "shop:b", since=Since("when", 1))


def test_a_table_without_a_key_goes_to_another_of_the_same_sqlite_file(world: World) -> None:
    many = pa.table({"id": list(range(60_000)), "said": ["x" * 100] * 60_000})
    world.copy(world.parquet("a.parquet", many), "shop:a")
    assert world.copy("shop:a", "shop:b").rows == 60_000
    assert world.copy("shop:", "shop:c", query="select * from a where id < 50000").rows == 50_000


@pytest.mark.parametrize(
    ("source", "target", "options", "said"),
    [
        ("shop:a", "shop:A", {}, "onto itself"),
        ("a.csv", "./a.csv", {}, "onto itself"),
        ("shop:a", "b.csv", {"appends": True}, "Only a database's table can be added to"),
        ("shop:a", "shop:b", {"appends": True, "source_types": True}, "Leave out --append or --source-types"),
        ("shop:", "shop:", {"query": "select 1 as x"}, "as in shop:TABLE"),
        ("shop:", "lake:", {"query": "select 1 as x"}, "as in lake:copies.NAME"),
        ("shop:a", "b.csv", {"query": "select 1 as x"}, "names its tables itself"),
        ("a.csv", "b.csv", {"query": "select 1 as x"}, "names its tables itself"),
        ("shop:a", "lake:curated.a", {}, "is called lake:copies.NAME"),
        ("shop:a", "lake:copies.a;b", {}, "is called lake:copies.NAME"),
        ("shop:a", "warehouse:a", {}, "takes no copies"),
        ("shop:a", ".", {}, "is a folder. Name the file in it"),
        ("shop:a", "s3://bucket/folder/", {}, "is a folder. Name the file in it"),
        ("shop:a", "b", {}, "its ending tells no format"),
        ("shop:a", "b.xlsx", {}, "its ending tells no format"),
        ("shop:a", "b.csv:sheet", {}, "takes one table, and none by name"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    world: World, source: str, target: str, options: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.folder)
    world.copy(world.file("a.csv", "id\n1\n"), "shop:a")
    with pytest.raises(SettingsError, match=said):
        world.copy(source, target, **options)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("shop:nothing", "has no table 'nothing'"),
        ("shop:", "has 2 tables. Name one of them, as in shop:a: a, b"),
        ("lake:", "has no table yet"),
        ("nothing.csv", "There is no"),
    ],
)
def test_a_table_that_is_not_there_is_told_with_those_that_are(world: World, source: str, said: str) -> None:
    for name in ("a", "b"):
        world.copy(world.file("a.csv", "id\n1\n"), f"shop:{name}")
    with pytest.raises(DataError, match=said):
        world.copy(source, str(world.folder / "out.csv"))


NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
NUMBERS = pa.schema([("id", pa.int64())])


def spool(folder: Path, plan: str = "a", now: datetime = NOW) -> Spool:
    return Spool(folder / "spool", NUMBERS, ("id",), {"table": plan}, now)


def test_a_spool_of_another_plan_or_day_begins_anew(tmp_path: Path) -> None:
    first = spool(tmp_path)
    first.take(pa.RecordBatch.from_pydict({"id": [1, 2, 3]}, NUMBERS))
    first.finish()
    later = spool(tmp_path, now=NOW + KEPT - timedelta(seconds=1))
    assert (later.rows, later.after(), later.is_read, later.begun_at) == (3, (3,), True, NOW)
    assert (spool(tmp_path, now=NOW + KEPT).rows, spool(tmp_path).rows) == (0, 0)
    first = spool(tmp_path)
    first.take(pa.RecordBatch.from_pydict({"id": [1]}, NUMBERS))
    first.keep()
    assert (spool(tmp_path).rows, spool(tmp_path).is_read, spool(tmp_path, "b").rows) == (1, False, 0)
    remove_old(tmp_path, datetime.now(UTC) + KEPT - timedelta(minutes=1))
    assert (tmp_path / "spool").exists()
    remove_old(tmp_path, datetime.now(UTC) + KEPT + timedelta(minutes=1))
    assert not (tmp_path / "spool").exists()
