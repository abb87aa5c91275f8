"""Every chart of the list answers, over any warehouse, in both languages."""

import re
from dataclasses import replace

import pytest

from taquilla.analysis.charts import TOPICS, Chart, charts, read_chart
from taquilla.analysis.coverage import COVERAGE, read_coverage
from taquilla.analysis.fields import is_text, kind_of, written
from taquilla.analysis.kpis import KPIS, read_kpis, told
from taquilla.analysis.language import CODES, language
from taquilla.tables.films import POPULARITY_ELSE, POPULARITY_LEVELS, RATING_ELSE, RATING_LEVELS
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect, create_schema
from taquilla.warehouse.marts import marts
from taquilla.warehouse.model import movies
from warehouse.given import COMEDY, DRAMA, warehouse

EN, ES = language("en"), language("es")
EVERY = pytest.mark.parametrize("chart", charts().values(), ids=charts().keys())


def columns_of(mart: str) -> set[str]:
    connection = connect(":memory:", read_only=False)
    create_schema(connection)
    return {str(column[0]) for column in connection.execute(f'select * from mart."{mart}"').description or ()}  # noqa: S608


@EVERY
def test_a_chart_names_columns_that_its_mart_has(chart: Chart) -> None:
    named = {chart.label, *chart.values, *chart.table, chart.down, chart.group} - {""}
    assert named <= columns_of(chart.mart)
    assert chart.mart in marts()
    assert chart.coverage in COVERAGE
    assert chart.topic in TOPICS
    assert len(chart.values) == {"points": 2, "boxes": 5, "bars": 1, "columns": 1, "heat": 1}.get(
        chart.form, len(chart.values)
    )
    assert is_text(chart.label) or chart.form in ("lines", "heat")


def test_pictures_have_the_seeds_names_and_one_each() -> None:
    files = [chart.file for chart in charts().values()]
    assert {"top_peliculas_popularidad", "generos_populares", "generos_valoracion"} < set(files)
    assert len(set(files)) == len(files)
    assert all(re.fullmatch(r"[a-z0-9_]+", file) for file in files)


@EVERY
def test_a_chart_of_an_empty_warehouse_has_no_rows(chart: Chart) -> None:
    ask = asking(warehouse())
    answer = read_chart(chart, ask, read_coverage(ask))
    assert (answer.known, answer.films, answer.one_in) == (0, 0, 1)
    assert answer.rows == [] or chart.name == "data_quality"


@pytest.mark.parametrize("words", [EN, ES], ids=CODES)
def test_all_that_is_shown_has_a_name(words: object) -> None:
    texts = EN.texts if words is EN else ES.texts
    shown = {name for c in charts().values() for name in (c.label, *c.values, *c.table, c.down) if name}
    wanted = {f"fields.{name}" for name in shown}
    wanted |= {f"charts.{name}.{part}" for name in charts() for part in ("title", "sentence")}
    wanted |= {f"coverage.{name}" for name in COVERAGE} | {f"topics.{name}" for name in TOPICS}
    wanted |= {f"kpis.{kpi.name}.{part}" for kpi in KPIS for part in ("label", "note")}
    wanted |= {f"levels.{label}" for _, label in (*POPULARITY_LEVELS, *RATING_LEVELS)}
    wanted |= {f"levels.{POPULARITY_ELSE}", f"levels.{RATING_ELSE}"}
    known = {column.name for column in movies.columns} - {"film_id", "is_removed", "removed_at"}
    wanted |= {f"columns.{name}" for name in known}
    assert wanted - texts.keys() == set()


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert EN.texts.keys() == ES.texts.keys()
    for key in EN.texts.keys() - {"format.billion"}:
        assert ES.texts[key], key
        assert set(re.findall(r"{\w*}", EN.texts[key])) == set(re.findall(r"{\w*}", ES.texts[key])), key


FILMS = [
    {"film_id": 1, "release_date": "2001-05-04", "budget_usd": 10_000, "revenue_usd": 30_000, "popularity": 3.0},
    {"film_id": 2, "release_date": "2002-05-04", "budget_usd": 10_000, "revenue_usd": 5_000, "popularity": 4.0},
    {"film_id": 3, "release_date": "2003-05-04", "budget_usd": 10_000, "revenue_usd": None, "popularity": None},
]
GENRES = [dict(zip(("genre_id", "name"), genre, strict=True)) for genre in (DRAMA, COMEDY)]


def test_an_answer_says_how_many_films_it_speaks_of() -> None:
    ask = asking(warehouse(movies=FILMS, genres=GENRES, movie_genres=[(1, 18), (2, 18), (3, 35)]))
    coverage = read_coverage(ask)
    answer = read_chart(charts()["genre_roi"], ask, coverage)
    assert (answer.known, answer.films) == (2, 3)
    assert [(row["genre"], row["films_with_figures"], row["median_roi"]) for row in answer.rows] == [("Drama", 2, 0.75)]
    assert read_chart(charts()["top_films"], ask, coverage).known == 2


def test_of_too_many_points_every_so_many_are_drawn() -> None:
    films = [{"film_id": i, "budget_usd": 1_000 * i, "revenue_usd": 2_000 * i} for i in range(1, 101)]
    ask = asking(warehouse(movies=films))
    chart = replace(charts()["budget_revenue"], rows=30)
    answer = read_chart(chart, ask, read_coverage(ask))
    assert answer.one_in == 4
    assert [row["film_id"] for row in answer.rows] == list(range(100, 0, -4))


def test_kpis_are_told_with_what_they_are_known_of() -> None:
    (films, _, revenue, roi, *_) = told(ES, read_kpis(asking(warehouse(movies=FILMS))))
    assert (films.label, films.value) == ("Películas", "3")
    assert (revenue.value, revenue.note) == ("35,0\u00a0mil\u00a0US$", "de las 2 películas con recaudación conocida")
    assert roi.value == "75\u00a0%"


def test_kpis_of_nothing_are_unknown() -> None:
    values = {kpi.name: kpi.value for kpi in told(EN, read_kpis(asking(warehouse())))}
    assert values["films"] == "0"
    assert values["median_roi"] == values["mean_bayesian_rating"] == "–"


@pytest.mark.parametrize(
    ("column", "row", "english", "spanish"),
    [
        ("genre", {"genre": "Drama", "genre_id": 27}, "Horror", "Terror"),
        ("genre", {"genre": "Kabuki", "genre_id": -5}, "Kabuki", "Kabuki"),
        ("genre_b", {"genre_b": "x", "genre_b_id": 35}, "Comedy", "Comedia"),
        ("country", {"country": "x", "country_code": "DE"}, "Germany", "Alemania"),
        ("country", {"country": "x", "country_code": "SU"}, "Soviet Union", "Unión Soviética"),
        ("country", {"country": "Nowhere", "country_code": "Q1"}, "Nowhere", "Nowhere"),
        ("language", {"language": "x", "original_language": "fr"}, "French", "Francés"),
        ("popularity_level", {"popularity_level": "Muy Baja"}, "Very low", "Muy baja"),
        ("break_even_band", {"break_even_band": "under 1x"}, "Took less than it cost", "Recaudó menos de lo que costó"),
        ("votes_from", {"votes_from": 1000, "votes_to": None}, "1,000 and more", "1.000 o más"),
        ("votes_from", {"votes_from": 10, "votes_to": 99}, "10–99", "10–99"),
        ("median_budget_usd", {"median_budget_usd": 2.5e6}, "$2.50M", "2,50\u00a0M\u00a0US$"),
        ("release_month", {"release_month": 2}, "February", "Febrero"),
        ("column_x", {"column_x": "vote_count"}, "Number of votes", "Número de votos"),
        ("lift", {"lift": 1.234}, "1.23×", "1,23×"),
        ("roi", {"roi": None}, "–", "–"),
    ],
)
def test_cells_are_written_in_each_language(column: str, row: dict[str, object], english: str, spanish: str) -> None:
    assert (written(EN, column, row), written(ES, column, row)) == (english, spanish)


@pytest.mark.parametrize(
    ("column", "kind"),
    [("p75_runtime_min", "whole"), ("mean_popularity_percentile", "share"), ("share_of_a", "share"),
     ("films_with_rating", "whole"), ("fetched_at", "moment"), ("release_year", "year"), ("shrunk_rating", "two")],
)  # fmt: skip
def test_a_columns_name_tells_its_kind(column: str, kind: str) -> None:
    assert kind_of(column) == kind
