"""A chart as it is drawn: marks in words, places in order, and the page behind each."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from taquilla.analysis.charts import Answer, charts
from taquilla.warehouse.duckdb import replacing
from taquilla.web.api.drawing import Drawing, drawing, page_behind
from taquilla.web.app import create_app
from taquilla.web.language import language
from taquilla.web.pages.cards import Card, card, columns

EN, ES = language("en"), language("es")


def answer(name: str, *rows: dict[str, Any], known: int = 2, whole: int = 3, one_in: int = 1) -> Answer:
    return Answer(charts()[name], list(rows), known, whole, one_in)


def test_a_bar_says_what_it_is_how_long_and_where_it_leads() -> None:
    row = {"film_id": 7, "title": "Amélie", "release_year": 2001, "popularity": 1234.56}
    (mark,) = drawing(ES, answer("top_films", row)).marks
    assert (mark.label, mark.detail, mark.href) == ("Amélie", "2001", "/films/7")
    assert (mark.values, mark.written) == ([1234.56], ["1.234,6"])


def test_coverage_and_the_share_that_is_drawn_are_told() -> None:
    row = {
        "film_id": 7, "title": "A", "release_year": None, "budget_usd": 1_000, "revenue_usd": 2_000,
        "break_even_band": "1x to 2.5x",
    }  # fmt: skip
    found = drawing(EN, answer("budget_revenue", row, known=8_000, whole=9_000, one_in=2))
    assert found.coverage == ("8,000 of 9,000 films have budget and revenue of $1,000 or more. One film in 2 is drawn.")
    assert [(line.factor, line.text) for line in found.lines] == [(1.0, "1×"), (2.5, "2.5×")]
    assert (found.groups, found.marks[0].group, found.marks[0].detail) == (["Passed its budget"], 0, "")


def test_groups_stand_in_their_order_and_not_the_rows() -> None:
    figures = {"film_id": 1, "title": "A", "release_year": 1999, "budget_usd": 1_000, "revenue_usd": 1_000}
    rows = [figures | {"break_even_band": band} for band in ("2.5x and more", "under 1x", "1x to 2.5x")]
    found = drawing(EN, answer("budget_revenue", *rows))
    assert found.groups == ["Took less than it cost", "Passed its budget", "Broke even (2.5 times and more)"]
    assert [mark.group for mark in found.marks] == [2, 0, 1]


def heat(*cells: tuple[int, int, str, float]) -> Drawing:
    rows = [
        {"decade": decade, "genre_id": genre_id, "genre": genre, "share_of_films": share}
        for decade, genre_id, genre, share in cells
    ]
    return drawing(ES, answer("genre_by_decade", *rows))


def test_a_heat_map_has_numbers_in_order_and_names_as_the_alphabet_has_them() -> None:
    found = heat((1990, 37, "Western", 0.5), (1980, 28, "Action", 0.25), (1990, 878, "Science Fiction", 0.125))
    assert found.down is not None
    assert found.label.names == ["Años 1980", "Años 1990"]
    assert found.down.names == ["Acción", "Ciencia ficción", "Western"]
    assert [(mark.x, mark.y) for mark in found.marks] == [(1, 2), (0, 0), (1, 1)]
    assert found.marks[0].href == "/films?genre=37&year_from=1990&year_to=1999"


def test_a_heat_map_is_a_table_with_a_dash_where_nothing_is_known() -> None:
    rows = [
        {"decade": 1980, "genre_id": 28, "genre": "Action", "share_of_films": 0.25},
        {"decade": 1990, "genre_id": 37, "genre": "Western", "share_of_films": 0.5},
    ]
    table = card(EN, answer("genre_by_decade", *rows)).table
    assert [cell.text for cell in table.headings] == ["Genre", "1980s", "1990s"]
    assert [[cell.text for cell in row] for row in table.rows] == [["Action", "25.0%", "–"], ["Western", "–", "50.0%"]]


@pytest.mark.parametrize("words", [EN, ES])
def test_a_chart_without_rows_says_why(words: Any) -> None:
    for name in charts():
        found = drawing(words, answer(name))
        assert found.empty == words.texts.get(f"charts.{name}.empty", words.text("charts.empty"))
        assert found.marks == []
        assert card(words, answer(name)).drawing.empty


def test_rows_without_any_value_are_not_drawn() -> None:
    row = {"genre_id": 28, "genre": "Action", "films": 1, "mean_popularity": None, "mean_popularity_percentile": None}
    assert drawing(EN, answer("genre_popularity", row)).empty


def test_quantiles_are_of_what_they_measure() -> None:
    quantiles = {"p10_roi": -1.0, "p25_roi": 0.0, "median_roi": 1.0, "p75_roi": 2.0, "p90_roi": 3.0}
    row = {"genre_id": 28, "genre": "Action", "films_with_figures": 5, "share_break_even": 0.5, **quantiles}
    found = drawing(EN, answer("genre_roi", row))
    assert found.measure == "Return on investment"
    assert found.marks[0].written == ["-100%", "0%", "100%", "200%", "300%"]


@pytest.mark.parametrize(
    ("row", "names", "page"),
    [
        ({"film_id": 7}, {"title"}, "/films/7"),
        ({"film_id": 7}, {"popularity"}, None),
        ({"person_id": -3}, {"director"}, "/people/-3"),
        ({"original_language": "es"}, {"language"}, "/films?language=es"),
        ({"release_year": 1999}, {"release_month", "release_year"}, "/films?year_from=1999&year_to=1999"),
        ({"company_id": 1}, {"company"}, "/films?company_id=1"),
        ({"country_code": "ES"}, {"country"}, None),
    ],
)  # fmt: skip
def test_the_page_behind_a_mark(row: dict[str, Any], names: set[str], page: str | None) -> None:
    assert page_behind(row, names) == page


@pytest.mark.parametrize(
    ("row", "names", "page"),
    [
        ({"film_id": 7, "title": "A & B"}, {"title"}, "/rentals/films?q=A+%26+B"),
        ({"category": "Comedy"}, {"category", "store_id"}, "/rentals/films?category=Comedy"),
        ({"rating": "PG"}, {"rating"}, "/rentals/films?rating=PG"),
        ({"film_id": 7, "title": None}, {"title"}, None),
        ({"customer_id": 7}, {"segment"}, None),
    ],
)
def test_the_page_behind_a_mark_of_a_shop(row: dict[str, Any], names: set[str], page: str | None) -> None:
    assert page_behind(row, names, "rentals") == page


@pytest.mark.parametrize(
    ("row", "names", "page"),
    [
        ({"venue_id": "v/1:é", "name": "Cine"}, {"name"}, "/reviews/places/v%2F1%3A%C3%A9"),
        ({"city": "León & co", "state": "ES"}, {"city"}, "/reviews/places?city=Le%C3%B3n+%26+co"),
        ({"category": "Cinema", "venues": 3}, {"category"}, "/reviews/places?category=Cinema"),
        ({"title": "Up", "film_id": 7}, {"title"}, "/films/7"),
        ({"title": "Up", "film_id": None}, {"title"}, None),
        ({"language": "es"}, {"language"}, None),
    ],
)
def test_the_page_behind_a_mark_of_reviews(row: dict[str, Any], names: set[str], page: str | None) -> None:
    assert page_behind(row, names, "reviews") == page


def test_a_band_and_a_burst_are_told_as_such() -> None:
    stars = {"month": date(2014, 1, 1), "stars_low": None, "mean_stars": 4.0, "stars_high": None}
    found = drawing(EN, answer("mean_stars_by_month", stars))
    assert (found.is_band, found.marks[0].at) == (True, 2014 * 12)
    assert found.marks[0].written == ["–", "4.00", "–"]
    burst = {"venue_id": "v", "name": "Cine", "day": date(2014, 7, 10), "reviews": 9}
    (mark,) = drawing(ES, answer("review_bursts", burst)).marks
    assert (mark.label, mark.detail, mark.href) == ("Cine", "10 de julio de 2014", "/reviews/places/v")


def test_lines_of_groups_stand_at_their_months() -> None:
    months = [(2, date(2013, 12, 1), 5.0), (2, date(2014, 1, 1), 6.0), (1, date(2014, 1, 1), 7.0)]
    rows = [{"store_id": store, "month_begins_on": month, "revenue": paid} for store, month, paid in months]
    found = drawing(ES, answer("store_revenue", *rows))
    assert found.groups == ["Tienda 2", "Tienda 1"]
    assert [(mark.label, mark.group, mark.at) for mark in found.marks] == [
        ("dic 2013", 0, 2013 * 12 + 11), ("ene 2014", 0, 2014 * 12), ("ene 2014", 1, 2014 * 12),
    ]  # fmt: skip


def test_a_charts_figures_are_a_file(client: TestClient) -> None:
    answer = client.get("/api/charts/top_films/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="top_films.csv"'
    lines = answer.text.splitlines()
    assert lines[0] == ",".join(charts()["top_films"].table)
    assert lines[1] == "1,Amélie,2001,21.5,Alta,7.9,11000,174200000"
    assert "4,Another unheard of,,1.0,Muy Baja,,," in lines
    assert client.get("/api/charts/nothing/csv").json()["status"] == 404


def test_a_file_has_every_point_and_no_formula(tmp_path: Path) -> None:
    films = 2 * charts()["budget_revenue"].rows
    with replacing(tmp_path / "w.duckdb", fresh=True) as connection:
        connection.execute(
            """insert into movies (film_id, title, fetched_at, is_removed, budget_usd, revenue_usd)
            select i, ['=1+1', '+1', '-1', '@a', 'a=b'][1 + i % 5], now(), false, 10000 + i, 20000 + i
            from range(1, ?) as r(i)""",
            [films + 1],
        )
    with TestClient(create_app(tmp_path / "w.duckdb")) as client:
        assert client.get("/api/charts/budget_revenue").json()["one_in"] > 1
        rows = list(csv.DictReader(io.StringIO(client.get("/api/charts/budget_revenue/csv").text)))
    assert len(rows) == films
    assert {row["title"] for row in rows} == {"'=1+1", "'+1", "'-1", "'@a", "a=b"}


@pytest.mark.parametrize("code", ["en", "es"])
def test_every_chart_is_served_as_it_is_drawn(client: TestClient, code: str) -> None:
    for name in (name for name, chart in charts().items() if chart.subject == "films"):
        found = client.get(f"/api/charts/{name}/drawing", params={"lang": code}).json()
        assert (found["name"], found["title"]) == (name, language(code).text(f"charts.{name}.title"))
        assert bool(found["marks"]) is not bool(found["empty"]), name
        for mark in found["marks"]:
            assert len(mark["values"]) == len(mark["written"]) == len(found["values"])


def placed(height_px: int, *, is_wide: bool = False) -> Card:
    one = card(EN, answer("budget_revenue" if is_wide else "top_films"))
    return Card(one.drawing, one.table, height_px)


def test_cards_stand_in_two_columns_of_like_height_with_the_wide_ones_around() -> None:
    wide, high, low, last = placed(520, is_wide=True), placed(800), placed(400), placed(280)
    end = placed(560, is_wide=True)
    assert columns([wide, high, end, low, last]) == [[[wide]], [[high], [low, last]], [[end]]]
    assert columns([high]) == [[[high]]]
    assert columns([]) == []
    many = [placed(400) for _ in range(14)]
    assert sorted(len(column) for column in columns(many)[0]) == [7, 7]
