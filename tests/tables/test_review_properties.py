"""Whatever a record holds: it is read in one way, ends once, and cutting raw differently changes nothing."""

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tables.review_records_raw import assert_accounted, raw
from taquilla.tables.review_cells import PIECE_ROWS, cells, one_by_one
from taquilla.tables.review_columns import READINGS
from taquilla.tables.review_layouts import LAYOUTS, Layout
from taquilla.tables.review_records import read_records

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from(
        [2**53, 2**63, 10**20, -(10**40), 1e16, 0.5, float("nan"), float("inf"), 1530998951000, 1530998951]
    ),
    st.floats(-10, 10),
    st.text(max_size=5),
    st.sampled_from(
        ["5", " 5 ", "true", "NULL", "\x00", "\ud83d", "a  b\r\n\x1b", "2018-07-07 22:09:11", "2023/01", "$$"]
    ),
    st.sampled_from(["(a|b) (1999)", "a, b", "{'a': True}", "x},{y", "0000-00-00", "2016-02-30 00:00:00", "u'no'"]),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.sampled_from(["useful", "time", "text", "en", "Monday", "21-5"]), SCALARS, max_size=2),
)
TEXTS = SCALARS.map(lambda value: None if value is None else str(value))
JUNK = st.sampled_from(
    ["", "{", "5", "null,null", '{"a": 1},{"a": 2}', '{"business_id": "x"', "[1]", '{"stars": 1e999}']
)
READ = st.sampled_from(list(LAYOUTS.values()))


@st.composite
def records(draw: st.DrawFn, layout: Layout, *, is_text: bool) -> str:
    """Mostly what its layout writes, in any type; now and then junk, and a field that is there twice."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JUNK)
    fields = [*READINGS[layout.name, layout.kind].fields, "new"]
    pairs = draw(st.lists(st.tuples(st.sampled_from(fields), TEXTS if is_text else VALUES), max_size=6))
    usual = [(name, f"{name} {draw(st.integers(0, 3))}") for name in layout.key_fields if draw(st.booleans())]
    written = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in [*usual, *pairs])
    return f"{{{written}}}"


@st.composite
def landed(draw: st.DrawFn) -> tuple[Layout, pl.DataFrame]:
    layout = draw(READ)
    file = draw(st.sampled_from(["x.json", "x.csv.gz"]))
    made = records(layout, is_text=file.endswith(".csv.gz"))
    return layout, raw(draw(st.lists(made, max_size=12)), file=file, layout=layout.name)


@given(landed(), st.sampled_from([(1, 1), (1, 5), PIECE_ROWS]))
def test_quickly_and_one_by_one_the_cells_are_the_same(
    given_: tuple[Layout, pl.DataFrame], rows: tuple[int, int]
) -> None:
    layout, frame = given_
    fields = READINGS[layout.name, layout.kind].fields
    is_text = frame["file"].str.contains("csv").any()
    quick = cells(frame["record"], fields, is_text=is_text, rows=rows)
    slow = one_by_one(frame.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "record"), fields, is_text)
    assert_frame_equal(quick.rows.drop("has_signs"), slow.rows.drop("has_signs"))
    assert_frame_equal(quick.told, slow.told)
    assert_frame_equal(quick.broken, slow.broken)


@given(landed(), st.sampled_from(["evolve", "quarantine"]))
def test_every_record_ends_once_and_what_stands_is_as_the_contract_says(
    given_: tuple[Layout, pl.DataFrame], policy: str
) -> None:
    layout, frame = given_
    assert_accounted(layout, frame, read_records(layout, frame, on_type_change=policy))


@settings(max_examples=15)
@given(landed(), st.integers(0, 12))
def test_cutting_raw_differently_changes_nothing(given_: tuple[Layout, pl.DataFrame], at: int) -> None:
    layout, frame = given_
    whole = read_records(layout, frame)
    parts = [read_records(layout, part) for part in (frame.head(at), frame.slice(at))]
    for name in ("rows", "repairs", "quarantined"):
        assert_frame_equal(pl.concat([getattr(part, name) for part in parts]), getattr(whole, name))


def test_dead_letters_are_left_out_and_texts_count_as_numbers_where_a_file_has_nothing_else() -> None:
    rating = {"userId": 1, "movieId": 2, "rating": 4.5, "timestamp": 1531001351}
    texts = {name: str(value) for name, value in rating.items()}
    layout = LAYOUTS["movielens", "ratings"]
    parts = [raw([one, one], file=file) for one, file in ((texts, "a.csv.gz"), (rating, "b.json"), (texts, "c.json"))]
    landed = pl.concat(parts).with_columns(
        raw_seq=pl.int_range(6), error=pl.when(pl.col("line") == 2).then(pl.lit("cut"))
    )
    cleaned = read_records(layout, landed)
    assert cleaned.rows["raw_seq"].to_list() == [0, 2, 4]
    assert cleaned.rows.drop("raw_seq").n_unique() == 1
    assert cleaned.repairs.select("raw_seq", "column", "rule").rows() == [
        (4, "rated_film_id", "movieId|type"),
        (4, "rating", "rating|type"),
    ]
