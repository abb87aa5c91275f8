"""A declared table and its cells: what is read, mended and refused, in text and in a database's types."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tables.loans import GOOD, LANDED, LOANS, NOON, Row, assert_accounted, one, texts, told, typed
from taquilla.errors import DataError
from taquilla.tables.cleaning import clean

# Numbers.


@pytest.mark.parametrize("cell", ["", "NULL", "null", "N/A", "\\N", "  "])
@pytest.mark.parametrize("column", ["fee", "year", "copies", "is_open", "back_at", "note", "reader"])
def test_how_sources_write_nothing_is_null_and_no_repair(column: str, cell: str) -> None:
    assert one(column, cell) == (None, [])


@pytest.mark.parametrize(("cell", "number"), [("7", 7), (" 7 ", 7), ("+7", 7), ("7.0", 7), ("007", 7), ("1000", 1000)])
def test_whole_numbers_are_read(cell: str, number: int) -> None:
    assert one("copies", cell) == (number, [])


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("4.99", "4.99"), ("5", "5"), ("0.9900", ".99"), ("999999999.99", "999999999.99"), ("-0.00", "0")],
)
def test_amounts_are_read_exactly(cell: str, amount: str) -> None:
    assert one("fee", cell) == (Decimal(amount), [])


@pytest.mark.parametrize("cell", ["x98", "98x", "x98x", "XXXX98", "98aaaa", '98*$#"', "98**%", "#98", "€ 98", "98 €"])
def test_junk_around_one_number_is_taken_off(cell: str) -> None:
    assert one("copies", cell) == (98, [("98", "number_in_junk")])


@pytest.mark.parametrize(
    ("cell", "amount", "rule"),
    [
        ("4.99a", "4.99", "number_in_junk"),
        ("28.99aaaa", "28.99", "number_in_junk"),
        ("$4.99", "4.99", "number_in_junk"),
        ("4,99", "4.99", "decimal_comma"),
        ("1,234,567", "1234567.00", "thousands_marks"),
        ("1,234.5", "1234.50", "thousands_marks"),
        ("1.234,50", "1234.50", "thousands_marks"),
    ],
)
def test_amounts_are_mended_where_one_reading_remains(cell: str, amount: str, rule: str) -> None:
    assert one("fee", cell) == (Decimal(amount), [(amount, rule)])


@pytest.mark.parametrize(
    "cell",
    ["20.99a9", "1 234", "1,234", "4.9.9", "2-3", "AA-10315", "x-5", "5-", "(5)", "<5", "~5", "5k", "5 M", "5h", "5%",
     "1e3", "1E+05", "0x1F", "1_000", ".99x", "x.99", "99.x", "٣", "x5٣", "½5"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["fee", "copies"])
def test_two_readings_are_refused(column: str, cell: str) -> None:
    value, ((made, rule),) = one(column, cell)
    assert (value, made) == (None, None)
    assert rule == ("is_number" if cell == "٣" else "one_number")


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("fee", "abc", "is_number"),
        ("fee", "4.999", "decimals"),
        ("fee", "4.995a", "decimals"),
        ("fee", "-4.99", "min"),
        ("fee", "−4.99", "min"),
        ("fee", "1000000000.01", "max"),
        ("fee", "9" * 29, "max"),
        ("fee", "9" * 400, "max"),
        ("fee", "-" + "9" * 400, "min"),
        ("fee", "0." + "0" * 40 + "1", "decimals"),
        ("copies", "1." + "0" * 40 + "1", "decimals"),
        ("copies", "4.5", "is_whole"),
        ("copies", "0", "min"),
        ("copies", "-3", "min"),
        ("copies", "1001", "max"),
        ("copies", "9223372036854775808", "max"),
        ("copies", "99999999999999999999", "max"),
        ("copies", "-99999999999999999999", "min"),
        ("year", "1869", "min"),
        ("year", "2200", "max"),
        ("year", "99999999999", "max"),
        ("is_open", "2", "is_flag"),
        ("is_open", "maybe", "is_flag"),
        ("note", "x" * 21, "max"),
        ("note", "a\0b", "text_is_storable"),
    ],
)
def test_a_cell_beyond_its_rule_is_refused_by_name(column: str, cell: str, rule: str) -> None:
    assert one(column, cell) == (None, [(None, rule)])


@pytest.mark.parametrize(
    ("cell", "year", "repairs"),
    [
        ("2006", 2006, []),
        ("x2006", 2006, [("2006", "number_in_junk")]),
        ("XXXX2006", 2006, [("2006", "number_in_junk")]),
        ("x2006x", 2006, [("2006", "number_in_junk")]),
        ("2006-02-15", 2006, []),
        ("06", None, [(None, "min")]),
    ],
)
def test_years(cell: str, year: int | None, repairs: list[tuple[str | None, str]]) -> None:
    assert one("year", cell) == (year, repairs)


@pytest.mark.parametrize(("cell", "flag"), [("1", True), ("0", False), ("TRUE", True), ("no", False), ("Sí", True)])
def test_flags(cell: str, flag: bool) -> None:
    assert one("is_open", cell) == (flag, [])


# Moments.


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2005-06-24 12:00:00", datetime(2005, 6, 24, 12, tzinfo=UTC)),
        ("2005-06-24T12:00:00Z", datetime(2005, 6, 24, 12, tzinfo=UTC)),
        ("2005-06-24 12:00", datetime(2005, 6, 24, 12, tzinfo=UTC)),
        ("2005-06-24", datetime(2005, 6, 24, tzinfo=UTC)),
        ("2005/06/24 12:00:00", datetime(2005, 6, 24, 12, tzinfo=UTC)),
        ("2005-06-24 12:00:00.123456", datetime(2005, 6, 24, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2005-06-24 12:00:00+02:00", datetime(2005, 6, 24, 10, tzinfo=UTC)),
        ("2005-06-24 12:00:00-03", datetime(2005, 6, 24, 15, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_utc(cell: str, moment: datetime) -> None:
    assert one("back_at", cell) == (moment, [])


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("24/06/2005 12:00", "day_and_month"),
        ("06/24/2005 12:00", "day_and_month"),
        ("x2005-06-24 12:00:00", "date_in_junk"),
        ("'2005-06-24 12:00:00'", "date_in_junk"),
    ],
)
def test_moments_are_mended_where_one_reading_remains(cell: str, rule: str) -> None:
    assert one("back_at", cell) == (datetime(2005, 6, 24, 12, tzinfo=UTC), [("2005-06-24 12:00:00.000000+00:00", rule)])


BAD_MOMENTS = [
    ("0000-00-00 00:00:00", "is_date"),
    ("0000-00-00", "is_date"),
    ("9999-99-99 99:99:99", "is_date"),
    ("2005-02-31 12:00:00", "is_date"),
    ("2005-02-29", "is_date"),
    ("2005-06-24 24:00:00", "is_date"),
    ("2005-06-24 23:59:60", "is_date"),
    ("05-05-24 12:00:00", "is_date"),
    ("05-05-24", "is_date"),
    ("24/05/05", "is_date"),
    ("05/06/2005", "one_date"),
    ("2005-06-24 10:00 PM", "is_date"),
    ("2005-06-24 10:00 CET", "is_date"),
    ("2005-06-24 2005-06-25", "is_date"),
    ("-2005-06-24", "is_date"),
    ("38496.95", "is_date"),
    ("yesterday", "is_date"),
    ("1869-12-31", "min"),
    ("9999-12-31 00:00:00", "max"),
    ("0001-01-01", "min"),
]


@pytest.mark.parametrize(("cell", "rule"), BAD_MOMENTS)
def test_no_moment_is_refused_and_a_row_that_needs_it_is_quarantined(cell: str, rule: str) -> None:
    assert one("back_at", cell) == (None, [(None, rule)])
    cleaned = clean(LOANS, texts(GOOD | {"lent": cell}))
    assert_accounted(cleaned, 1)
    assert cleaned.quarantined.select("key", "rule", "reason", "landed_at").rows() == [
        ("1", f"lent_at|{rule}", f"lent_at = '{cell}'", LANDED)
    ]
    assert json.loads(cleaned.quarantined["record"][0]) == {"loan_id": "1", "lent": cell}
    assert told(cleaned) == [("lent_at", cell, None, rule)]


def test_what_comes_back_before_it_is_lent_has_no_known_return() -> None:
    assert one("back_at", "2005-05-24 11:59:59") == (None, [(None, "not_before_lent_at")])
    assert one("back_at", "2005-05-24 12:00:00") == (NOON, [])
    # The last word on a cell counts: it is told once.
    assert one("back_at", "x2005-05-23") == (None, [(None, "not_before_lent_at")])


# Texts.


@pytest.mark.parametrize(
    ("cell", "text"),
    [("a", "a"), (" a ", "a"), ("a\nb", "a\nb"), ('"a"', '"a"'), ("O\\Donnell", "O\\Donnell"), ("ñ🎬", "ñ🎬")],
)
def test_texts_are_read_as_they_are(cell: str, text: str) -> None:
    assert one("note", cell) == (text, [])


@pytest.mark.parametrize(("cell"), ["a\\r", "a\\r\\n", "a\r", "a\t", "\ta", "a\\r ", "a \r\n"])
@pytest.mark.parametrize("column", ["note", "reader"])
def test_what_an_export_leaves_at_an_end_is_taken_off(column: str, cell: str) -> None:
    assert one(column, cell) == ("a", [("a", "ends_trimmed")])


@pytest.mark.parametrize(("cell", "name"), [('"Ann"', "Ann"), ('Ann"', "Ann"), ('"Ann\\r', "Ann"), ('"Ann "', "Ann")])
def test_quotes_around_a_name_are_taken_off(cell: str, name: str) -> None:
    assert one("reader", cell) == (name, [(name, "quotes_trimmed")])


@pytest.mark.parametrize("cell", ['"Crocodile" Dundee', 'Ann "Annie" B', '"A" and "B"', "'Til Tuesday", '"'])
def test_quotes_that_belong_to_a_name_stay(cell: str) -> None:
    assert one("reader", cell) == (cell, [])


def test_a_text_of_nothing_but_remains_is_null() -> None:
    assert one("note", "\\r") == (None, [(None, "ends_trimmed")])
    assert one("note", "NULL\\r") == (None, [(None, "ends_trimmed")])


# Types of a database.


@pytest.mark.parametrize(
    ("column", "cells", "expected", "rules"),
    [
        ("copies", pl.Series([1, 200], dtype=pl.UInt8), [1, 200], []),
        ("copies", pl.Series([1, 2**63], dtype=pl.UInt64), [1, None], ["max"]),
        ("copies", pl.Series([1.0, 4.5, float("nan")]), [1, None, None], ["is_whole", "is_number"]),
        ("copies", pl.Series([Decimal("4.00"), Decimal("4.50")]), [4, None], ["is_whole"]),
        ("copies", pl.Series(["7", "x8", "NULL"]), [7, 8, None], ["number_in_junk"]),
        ("copies", pl.Series([None, None], dtype=pl.Null), [None, None], []),
        ("copies", pl.Series([date(2005, 1, 1)]), [None], ["one_number"]),
        ("fee", pl.Series([Decimal("4.990"), Decimal("4.995")]), [Decimal("4.99"), None], ["decimals"]),
        ("fee", pl.Series([4.99, 0.1 + 0.2, 1e20]), [Decimal("4.99"), None, None], ["decimals", "one_number"]),
        ("fee", pl.Series([5, -1], dtype=pl.Int16), [Decimal("5.00"), None], ["min"]),
        ("is_open", pl.Series([True, False, None]), [True, False, None], []),
        ("is_open", pl.Series([1, 0, 2], dtype=pl.Int8), [True, False, None], ["is_flag"]),
        ("is_open", pl.Series([b"\x01", b"\x00"]), [True, False], []),
        ("is_open", pl.Series([1.0, 0.0]), [True, False], []),
        ("year", pl.Series([2006, 0], dtype=pl.Int16), [2006, None], ["min"]),
        ("year", pl.Series([date(2006, 1, 1), date(1999, 1, 1)]), [2006, 1999], []),
        (
            "back_at",
            pl.Series([NOON, datetime(9999, 12, 31, tzinfo=UTC)]).dt.replace_time_zone(None),
            [NOON, None],
            ["max"],
        ),
        ("back_at", pl.Series([date(2005, 5, 25)]), [datetime(2005, 5, 25, tzinfo=UTC)], []),
        (
            "back_at",
            pl.Series([NOON]).dt.convert_time_zone("America/Bogota").dt.cast_time_unit("ms"),
            [NOON],
            [],
        ),
        ("note", pl.Series(["", "NULL", " a ", "a\\r", None]), ["", "NULL", " a ", "a", None], ["ends_trimmed"]),
        ("note", pl.Series([["a", "b"], []], dtype=pl.List(pl.String)), ["a,b", ""], []),
        ("note", pl.Series(["PG-13"], dtype=pl.Enum(["PG-13"])), ["PG-13"], []),
        ("note", pl.Series([12]), ["12"], []),
    ],
)
def test_typed_columns(column: str, cells: pl.Series, expected: list[Any], rules: list[str]) -> None:
    cleaned = clean(LOANS, typed(**{column: cells}))
    assert_accounted(cleaned, len(cells))
    assert cleaned.rows[column].to_list() == expected
    assert cleaned.repairs["rule"].to_list() == rules


def test_a_column_of_lists_is_no_column_of_numbers() -> None:
    with pytest.raises(DataError, match=r"'fee' holds List\(Int64\).*by a query"):
        clean(LOANS, typed(fee=pl.Series([[1]])))


# Tables.


def test_columns_are_found_by_their_names_whatever_their_case() -> None:
    row: Row = {" LOAN_ID ": "1", "lent": "2005-05-24", "Loan_Date": "2005-05-25", "unknown": "x"}
    cleaned = clean(LOANS, texts(row))
    assert cleaned.rows.select("loan_id", "lent_at", "copies").rows() == [(1, datetime(2005, 5, 25, tzinfo=UTC), None)]


def test_a_table_without_a_column_that_it_must_have_is_refused() -> None:
    assert LOANS.missing(["loan_id"]) == ("lent_at",)
    assert LOANS.missing(["LOAN_ID", "lent"]) == ()
    with pytest.raises(DataError, match=r"'loan' has no column for lent_at \(loan_date or lent\).*: loan_id.*query"):
        clean(LOANS, texts({"loan_id": "1"}))


def test_what_is_never_read_is_in_no_record() -> None:
    raw = texts(GOOD | {"lent": "never", "Password": "hunter2", "picture": "x", "rule": "r", "reason": "s"})
    record = json.loads(clean(LOANS, raw).quarantined["record"][0])
    assert record == {"loan_id": "1", "lent": "never", "rule": "r", "reason": "s"}


def test_a_record_holds_every_type() -> None:
    columns = {
        "lent": pl.Series([None], dtype=pl.Datetime("us")),
        "at": pl.Series([NOON]).dt.replace_time_zone(None).dt.offset_by("9000y"),
        "span": pl.Series([timedelta(seconds=1)]),
        "amount": pl.Series([Decimal("4.99")]),
        "bytes": pl.Series([b"\xff"]),
        "wide": pl.Series([2**70], dtype=pl.Int128),
        "list": pl.Series([["a"]]),
        "nan": pl.Series([float("nan")]),
    }
    cleaned = clean(LOANS, typed(**columns))
    assert cleaned.quarantined.select("rule", "reason").rows() == [("lent_at|nullability", "lent_at = null")]
    assert json.loads(cleaned.quarantined["record"][0]) == {
        "loan_id": 0,
        "lent": None,
        "at": "+11005-05-24 12:00:00.000000",
        "span": 1_000_000,
        "amount": "4.99",
        "bytes": "ff",
        "wide": str(2**70),
        "list": ["a"],
        "nan": None,
    }


def test_a_row_that_breaks_two_rules_tells_both() -> None:
    cleaned = clean(LOANS, texts({"loan_id": "x", "lent": "y", "fee": "z"}))
    assert cleaned.quarantined.select("key", "rule", "reason").rows() == [
        ("x", "lent_at|is_date,loan_id|is_number", "lent_at = 'y', loan_id = 'x'")
    ]
    assert cleaned.repairs.select("key", "column").rows() == [(None, "fee"), (None, "lent_at"), (None, "loan_id")]


def test_dead_letters_are_left_out() -> None:
    raw = texts(GOOD, {}).with_columns(_error=pl.Series([None, "too many cells"]))
    assert_accounted(clean(LOANS, raw), 1)


def test_no_rows_are_no_rows() -> None:
    assert_accounted(clean(LOANS, texts(GOOD).clear()), 0)
