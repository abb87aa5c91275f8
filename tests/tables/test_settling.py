"""Rows that share a key, and whatever comes: which row stands, and that every row and cell is accounted for."""

import json
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tables.loans import GOOD, LOANS, Loans, Row, assert_accounted, texts
from taquilla.tables.clean_tables import CleanTable
from taquilla.tables.cleaning import Quarantined, clean, quarantine
from taquilla.tables.repairs import MEND, Mended
from taquilla.tables.settling import settle

# Keys that several rows have.


def settled(*rows: Row, history: bool = False) -> tuple[list[Any], list[Any], list[Any]]:
    table = CleanTable("loan", "loans", Loans, ("loan_id",), keeps_history=history)
    cleaned = clean(table, texts(*(GOOD | row for row in rows)))
    found = settle(table, cleaned.rows, cleaned.repairs)
    return found.rows["raw_seq"].to_list(), found.superseded.rows(), found.not_free.rows()


def test_the_newest_row_of_a_key_stands() -> None:
    newer: Row = {"last_update": "2006-01-02"}
    older: Row = {"last_update": "2006-01-01"}
    assert settled(newer, older | {"note": "a"}) == ([0], [(1, 0, False, "1")], [])
    assert settled(older, newer) == ([1], [(0, 1, False, "1")], [])
    assert settled({"note": "a"}, {"note": "b"}, older) == ([2], [(0, 2, False, "1"), (1, 2, False, "1")], [])
    assert settled({"note": "a"}, {"note": "b"}) == ([1], [(0, 1, False, "1")], [])


def test_of_rows_that_say_the_same_the_first_stands() -> None:
    assert settled({}, {}, {}, {}) == ([0], [(1, 0, True, "1"), (2, 0, True, "1"), (3, 0, True, "1")], [])


def test_history_keeps_every_version_and_no_repetition() -> None:
    rows: list[Row] = [{"note": "a"}, {"note": "a"}, {"note": "b"}, {"note": "a"}]
    assert settled(*rows, history=True) == ([0, 2, 3], [(1, 3, True, "1")], [])


def test_a_mended_key_counts_only_where_no_row_has_it_clean() -> None:
    mended: Row = {"loan_id": "x1", "note": "mended"}
    assert settled(mended) == ([0], [], [])
    reason = ("loan_id|key_is_free", "loan_id = 'x1', but another row is 1")
    assert settled({}, mended) == ([0], [], [(1, *reason)])
    assert settled(mended, {"note": "clean"}) == ([1], [], [(0, *reason)])


def test_a_row_that_settling_refuses_can_be_quarantined() -> None:
    raw = texts(GOOD, GOOD | {"loan_id": "x1"})
    cleaned = clean(LOANS, raw)
    refused = quarantine(LOANS, raw, settle(LOANS, cleaned.rows, cleaned.repairs).not_free)
    Quarantined.validate(refused)
    assert refused.select("raw_seq", "key", "rule").rows() == [(1, "x1", "loan_id|key_is_free")]


# Whatever comes.

NASTY = [
    *(
        "",
        "NULL",
        "1",
        "2",
        "x1",
        "x2",
        "1.0",
        "-1",
        "(1)",
        "4.99a",
        "20.99a9",
        "1,5",
        "1e999",
        "--",
        "9" * 20,
        "\u0661",
    ),
    *(
        "2005-05-24 12:00:00",
        "x2005-05-24",
        "0000-00-00",
        "05/06/2005",
        "9999-12-31",
        "true",
        "a\\r",
        '"a"',
        "\0",
        "\ud7ff",
    ),
]
CELLS = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=12),
    st.from_regex(r"[x$]?[0-9]{1,4}[-./, :]?[0-9]{0,2}[-./, :]?[0-9]{0,4}[a%]?", fullmatch=True),
    st.none(),
)
COLUMNS = ("loan_id", "lent", "back_at", "fee", "year", "copies", "is_open", "note", "reader", "last_update")
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), min_size=1, max_size=12)


@given(ROWS)
def test_every_row_and_every_cell_is_accounted_for(rows: list[Row]) -> None:
    raw = texts(*rows)
    cleaned = clean(LOANS, raw)
    assert_accounted(cleaned, len(rows))
    assert cleaned.quarantined["record"].map_elements(lambda text: len(json.loads(text)), pl.Int64).eq(10).all()
    ways = settle(LOANS, cleaned.rows, cleaned.repairs)
    Loans.validate(ways.rows)
    assert ways.rows.height + ways.superseded.height + ways.not_free.height == cleaned.rows.height
    refused = cleaned.repairs.filter(pl.col("made").is_null()).select("raw_seq", "column")
    for name, column in (("copies", "copies"), ("fee", "fee"), ("note", "note")):
        lost = cleaned.rows.filter(pl.col(name).is_null()).join(raw.select("raw_seq", came=column), on="raw_seq")
        lost = lost.filter(~pl.col("came").fill_null("").str.strip_chars(" ").is_in(["", "NULL"]))
        assert lost.join(refused.filter(pl.col("column") == name), on="raw_seq", how="anti").is_empty()


@given(ROWS, st.integers(0, 12))
def test_cutting_the_rows_differently_changes_nothing(rows: list[Row], cut: int) -> None:
    raw = texts(*rows)
    whole, parts = clean(LOANS, raw), [clean(LOANS, raw[:cut]), clean(LOANS, raw[cut:])]
    for name in ("rows", "repairs", "quarantined"):
        assert pl.concat([getattr(part, name) for part in parts]).equals(getattr(whole, name))
    at_once = settle(LOANS, whole.rows, whole.repairs).rows
    first = settle(LOANS, parts[0].rows, parts[0].repairs).rows
    in_turn = settle(LOANS, pl.concat([first, parts[1].rows]), whole.repairs).rows
    assert in_turn.sort("loan_id").equals(at_once.sort("loan_id"))


@given(st.sampled_from(sorted(MEND)), st.text(max_size=30))
def test_every_text_has_an_answer(kind: str, text: str) -> None:
    mended = MEND[kind](text)
    assert isinstance(mended, Mended)
    assert mended.value is not None or mended.rule is not None
