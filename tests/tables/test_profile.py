"""What a table holds, counted in chunks; and which keys lead to no row."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taquilla.tables import profile_columns
from taquilla.tables.profile import ColumnProfile, Spread, profile
from taquilla.tables.profile_keys import KeyLinks, broken_keys
from taquilla.tables.rentals import SHOP


def column(cells: list[Any], dtype: Any = None, name: str = "c") -> ColumnProfile:
    found = profile([pl.DataFrame({name: pl.Series(cells, dtype=dtype)})])
    assert found.rows == len(cells)
    return found.columns[0]


def test_a_column_of_texts_that_are_numbers() -> None:
    assert column(["4.99"] * 20 + ["0.99", "4.99a", "NULL", "", None], name="rate") == ColumnProfile(
        name="rate",
        declared="String",
        kind="number",
        rows=25,
        nulls=1,
        null_texts=2,
        distinct=3,
        is_distinct_exact=True,
        low="0.99",
        high="4.99",
        spread=Spread(mean=(4.99 * 20 + 0.99) / 21, quartile_1=4.99, median=4.99, quartile_3=4.99, is_exact=True),
        odd=1,
        odd_examples=("4.99a",),
    )


@pytest.mark.parametrize(
    ("cells", "dtype", "declared", "kind", "low", "high"),
    [
        ([1, 2, None], pl.Int16, "Int16", "integer", "1", "2"),
        ([1.5, float("nan")], None, "Float64", "number", "1.5", "1.5"),
        ([Decimal("4.99"), Decimal("10.00")], None, "Decimal(precision=38, scale=2)", "number", "4.99", "10.00"),
        ([date(2005, 5, 24)], None, "Date", "moment", "2005-05-24", "2005-05-24"),
        ([True, False], None, "Boolean", "flag", "False", "True"),
        ([b"\xff"], None, "Binary", "bytes", "ff", "ff"),
        ([None, None], pl.Null, "Null", "nothing", None, None),
        (["", "NULL"], None, "String", "nothing", None, None),
        (["10", "9"], None, "String", "integer", "9", "10"),
        (["2005-05-24", "2005-05-25 10:00:00"], None, "String", "moment", "2005-05-24", "2005-05-25 10:00:00"),
        (["b", "a"], None, "String", "text", "a", "b"),
        (["b", "a"], pl.Enum(["b", "a"]), "Enum(categories=['b', 'a'])", "text", "a", "b"),
        ([["a"]], None, "List(String)", "list(string)", None, None),
    ],
)
def test_kinds_and_bounds(
    cells: list[Any], dtype: Any, declared: str, kind: str, low: str | None, high: str | None
) -> None:
    found = column(cells, dtype)
    assert (found.declared, found.kind, found.low, found.high) == (declared, kind, low, high)


def test_outliers_are_those_beyond_tukeys_fences() -> None:
    spread = column([*range(1, 100), 1_000, -500]).spread
    assert spread is not None
    assert (spread.quartile_1, spread.median, spread.quartile_3) == (25, 50, 75)
    assert (spread.outliers_below, spread.outliers_above, spread.outliers) == (-50, 150, 2)
    assert spread.examples == (1_000, -500)


def test_ids_have_no_spread() -> None:
    assert column([1, 2, 1_000], name="film_id").spread is None
    assert column([1, 2, 1_000], name="id").spread is None
    assert column([1, 2, 1_000], name="paid").spread is not None


@pytest.mark.parametrize(
    ("cells", "odd", "examples"),
    [
        (["Smith"] * 30 + ["O\\Donnell", "Van Huff"], 2, ("O\\Donnell", "Van Huff")),
        (["PG", "PG-13"] * 10, 0, ()),
        (["ann@example.org"] * 5 + ["bob@example.org\\r"] * 5, 5, ("bob@example.org\\r",)),
        (["2005-05-24"] * 20 + ["0000-00-00"], 1, ("0000-00-00",)),
        (["2005"] * 40 + ["x2005", "x2005", "y"], 3, ("x2005", "y")),
    ],
)
def test_cells_that_do_not_look_like_the_others(cells: list[str], odd: int, examples: tuple[str, ...]) -> None:
    found = column(cells)
    assert (found.odd, found.odd_examples) == (odd, examples)


def test_keys_that_are_there_more_than_once() -> None:
    films = [pl.DataFrame({"a": [1, 2, 2], "b": ["x", "y", "y"]}), pl.DataFrame({"a": [2, 1], "b": ["y", "y"]})]
    found = profile(films, ["a", "b"])
    assert (found.rows, found.key, found.duplicated_keys, found.duplicate_rows) == (5, ("a", "b"), 1, 2)
    assert profile(films).duplicated_keys is None


def test_no_chunks_and_no_rows() -> None:
    assert profile([]).columns == ()
    assert column([], pl.Int64) == ColumnProfile("c", "Int64", "integer", 0, 0, 0, 0, True, None, None, None, None, ())


def chunks(numbers: int, rows: int) -> Iterator[pl.DataFrame]:
    for start in range(0, numbers, rows):
        value = pl.int_range(start, start + rows, eager=True) * 7919 % numbers
        yield pl.DataFrame({"number": value, "text": value.cast(pl.String)})


def test_many_values_are_estimated_within_bounded_memory() -> None:
    found = profile(chunks(400_000, 50_000))
    for told in found.columns:
        assert told.kind == "integer"
        assert not told.is_distinct_exact
        assert told.distinct == pytest.approx(400_000, rel=0.05)
        assert (told.low, told.high) == ("0", "399999")
        assert told.spread is not None
        assert not told.spread.is_exact
        assert told.spread.mean == pytest.approx(199_999.5)
        assert told.spread.median == pytest.approx(200_000, rel=0.001)
        assert told.spread.outliers == 0


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40), st.integers(0, 40))
def test_cutting_the_rows_differently_changes_nothing(cells: list[int], cut: int) -> None:
    rows = pl.DataFrame({"c": cells, "t": [str(cell) for cell in cells]})
    whole, parts = profile([rows], ["c"]), profile([rows[:cut], rows[cut:]], ["c"])
    assert parts == whole
    spread = whole.columns[0].spread
    assert spread is not None
    for told, part in ((spread.quartile_1, 0.25), (spread.median, 0.5), (spread.quartile_3, 0.75)):
        assert told == pytest.approx(rows["c"].quantile(part, "linear"))
    assert whole.columns[0].distinct == rows["c"].n_unique()
    assert whole.duplicate_rows == len(cells) - rows["c"].n_unique()


def test_shapes_beyond_their_bound_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_columns, "MAX_SHAPES", 2)
    assert column(["a"] * 90 + ["b c", "d-e", "f+g"]).odd == 0


# Keys that lead nowhere.

NOON = datetime(2005, 5, 24, 12, tzinfo=UTC)


def rentals(*keys: tuple[int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(keys, schema=["inventory_id", "customer_id", "rental_id"], orient="row").with_columns(
        staff_id=pl.lit(None, pl.Int64)
    )


def test_rentals_of_unknown_customers_are_told() -> None:
    tables = {
        "rentals": rentals((1, 7, 1), (2, 8, 2), (3, 8, 3), (9, 7, 4)),
        "customers": pl.DataFrame({"customer_id": [7], "store_id": [None], "address_id": [None]}),
        "inventory": pl.DataFrame({"inventory_id": [1, 2, 3], "film_id": [1, 1, 5], "store_id": [1, 1, 1]}),
    }
    assert broken_keys(tables, SHOP.values()).rows() == [
        ("rentals", "customer_id", "customers", 1, 2, ["8"]),
        ("rentals", "inventory_id", "inventory", 1, 1, ["9"]),
    ]


def test_links_are_counted_chunk_by_chunk() -> None:
    links = KeyLinks(SHOP.values())
    for start in range(0, 300, 100):
        links.add("rentals", rentals(*((1, key, key) for key in range(start, start + 100))))
    assert links.broken().is_empty()
    for start in range(0, 200, 50):
        rows = pl.DataFrame({"customer_id": range(start, start + 50)}).with_columns(store_id=None, address_id=None)
        links.add("customers", rows.cast(pl.Int64))
    assert links.broken().rows() == [
        ("rentals", "customer_id", "customers", 100, 100, ["200", "201", "202", "203", "204"])
    ]
