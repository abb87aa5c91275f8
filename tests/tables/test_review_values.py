"""Cells of reviews and venues: moments, hours, attributes, categories, check-ins and texts."""

import json
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from taquilla.tables.review_attributes import attributes, names_in
from taquilla.tables.review_checkins import moments_of
from taquilla.tables.review_hours import Week, hours
from taquilla.tables.review_moments import moments, precisions, relative_precisions
from taquilla.tables.review_texts import lines, normalised, original


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2018-07-07 22:09:11", "2018-07-07 22:09:11", "second"),
        ("2018-07-07T22:09:11Z", "2018-07-07 22:09:11", "second"),
        ("2020-04-18T17:04:42.5+02:00", "2020-04-18 15:04:42.500000", "second"),
        ("1530998951", "2018-07-07 21:29:11", "second"),
        ("1530998951123", "2018-07-07 21:29:11.123000", "second"),
        ("100000000", "1973-03-03 09:46:40", "second"),
        ("99999999999", None, "second"),
        ("100000000000", "1973-03-03 09:46:40", "second"),
        ("2018-07-07", "2018-07-07 00:00:00", "day"),
        ("2018/7/7", "2018-07-07 00:00:00", "day"),
        (" 2023/01 ", "2023-01-01 00:00:00", "month"),
        ("2012-02", "2012-02-01 00:00:00", "month"),
        ("0000-00-00", None, "day"),
        ("0000-00-00 00:00:00", None, "second"),
        ("2019-02-29 10:00:00", None, "second"),
        ("2016-12-31 23:59:60", None, "second"),
        ("2018-13", None, "month"),
        ("0", None, "second"),
        ("-1530998951", None, "second"),
        ("1e400", None, "second"),
        ("1530998951000000", None, "second"),
        ("2300-01-01 00:00:00", None, "second"),
        ("0001-01-01T00:00:00+10:00", None, "second"),
        ("6 years ago", None, "second"),
    ],
)
def test_moments_are_read_as_exactly_as_they_are_told(text: str, moment: str | None, precision: str) -> None:
    read = moments(pl.Series("date", [text, "2001-01-01 00:00:00", None]))
    assert read[0] == (moment and datetime.fromisoformat(f"{moment}+00:00"))
    assert read.is_null().to_list()[1:] == [False, True]
    if moment is not None:
        assert precisions(pl.Series("date", [text])).to_list() == [precision]


def test_what_was_counted_back_from_years_is_a_month_at_best() -> None:
    told = pl.Series("raw_date", ["2 days ago", "Edited 6 years ago", "hace 3 horas", "a week ago", None])
    assert relative_precisions(told).to_list() == ["day", "month", "day", "month", None]


@pytest.mark.parametrize(
    ("told", "week"),
    [
        ({"Tuesday": "8:0-18:30", "Monday": "0:0-0:0"}, {"Monday": "00:00-24:00", "Tuesday": "08:00-18:30"}),
        ({"Friday": "17:0-2:0", "Sunday": "5:0-0:0"}, {"Friday": "17:00-02:00", "Sunday": "05:00-24:00"}),
        ({"Monday": {"open": "08:00", "close": "21:30"}}, {"Monday": "08:00-21:30"}),
        ([["Thursday", "6:30AM–6PM"], ["Friday", "Closed"]], {"Thursday": "06:30-18:00"}),
        ([["Monday", "11AM–2PM, 5–9:30PM"]], {"Monday": "11:00-14:00, 17:00-21:30"}),
        ([["Monday", "12\u202fAM–12\u202fPM"], ["Sunday", "Open 24 hours"]],
         {"Monday": "00:00-12:00", "Sunday": "00:00-24:00"}),
        ({"Monday": None}, {}),
    ],
)  # fmt: skip
def test_opening_hours_have_one_form(told: Any, week: dict[str, str]) -> None:
    assert hours(told) == Week(week, ())


@pytest.mark.parametrize("span", ["25:0-26:0", "8:70-9:0", "13PM-2PM", "noon-2", 5, "8:00"])
def test_a_day_that_cannot_be_read_is_left_out_and_told(span: Any) -> None:
    assert hours({"Monday": span, "Tuesday": "8:0-9:0"}) == Week({"Tuesday": "08:00-09:00"}, ("Monday",))
    assert hours([["lunes", "8-9"]]) == Week({}, ("lunes",))
    assert hours("8-9") is None


def test_attributes_get_real_types() -> None:
    told = {
        "WiFi": "u'no'",
        "Parking": "{'garage': False, u'lot': True, 'n': None}",
        "Price": "2",
        "Open": "True",
        "Note": "plain, text",
        "Odd": "{'a': open('x')}",
        "Set": "{1, 2}",
        "Nested": {"deep": ["u'a'", float("nan")]},
        "Json": '{"a": false}',
        "Nothing": "None",
    }
    assert json.loads(attributes(told) or "") == {
        "WiFi": "no",
        "Parking": {"garage": False, "lot": True, "n": None},
        "Price": 2,
        "Open": True,
        "Note": "plain, text",
        "Odd": "{'a': open('x')}",
        "Set": "{1, 2}",
        "Nested": {"deep": ["a", None]},
        "Json": {"a": False},
        "Nothing": None,
    }
    assert attributes("{'a': '1'}") == '{"a": 1}'
    assert attributes("[1]") is None
    assert attributes("(" * 5_000) is None


def test_categories_are_a_list_however_they_were_written() -> None:
    assert names_in("Cinema, Beer, Wine & Spirits, Cinema,, Bars") == ["Cinema", "Beer, Wine & Spirits", "Bars"]
    assert names_in(["Movie theater ", None, 3, "Movie theater"]) == ["Movie theater"]
    assert names_in("['Bars', 'Cinema']") == ["Bars", "Cinema"]
    assert names_in(5) is None


@pytest.mark.parametrize(
    "told",
    [{"Friday": {"21:00": 2}}, {"Fri": {"21": 2}}, ["Fri-21:2"], {"21-5": 2}, ", ".join(["1970-01-09 21:00:00"] * 2)],
)
def test_counts_of_a_weekdays_hour_are_moments_of_one_week(told: Any) -> None:
    assert moments_of(told) == "1970-01-09 21:00:00, 1970-01-09 21:00:00"


@pytest.mark.parametrize(
    "told", [{"Friday": {"25:00": 2}}, {"x": 1}, [5], {"Friday": {"21:00": 10**9}}, 5, ["Foo-1:1"]]
)
def test_counts_that_no_week_has_are_refused(told: Any) -> None:
    assert moments_of(told) is None


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("plain", "plain"),
        ("  two  blanks   and\ta tab ", "two blanks and a tab"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("cafe\u0301 \u00a0x\u3000y", "café x y"),
        ("a\x00b\x1bc\x7fd\ufeffe\u200bf\u202eg", "abcdefg"),
        ("👩\u200d🚀 ok", "👩\u200d🚀 ok"),
        (" \t\x01\n", None),
        ("", None),
        (None, None),
    ],
)
def test_texts_are_normalised_and_once_is_enough(text: str | None, normal: str | None) -> None:
    texts = pl.Series("text", [text, "é"])
    assert normalised(texts).to_list() == [normal, "é"]
    assert normalised(normalised(texts)).to_list() == [normal, "é"]
    assert lines(texts).to_list() == [normal and " ".join(normal.split()), "é"]


def test_what_was_written_counts_and_not_its_translation() -> None:
    texts = ["(Translated by Google) Good\n\n(Original)\nBueno", "It is (Original)", None]
    assert normalised(original(pl.Series(texts))).to_list() == ["Bueno", "It is (Original)", None]
