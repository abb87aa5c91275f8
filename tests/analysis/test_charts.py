"""Every chart of the list answers, over any warehouse, in both languages."""

import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from analysis.audience_rows import load_audience, load_ratings
from analysis.town_rows import load_town
from taquilla.analysis.charts import RENTAL_TOPICS, REVIEW_TOPICS, TOPICS, Chart, charts, has, read_chart, shown
from taquilla.analysis.coverage import (
    COVERAGE,
    REVIEW_COVERAGE,
    SHOP_COVERAGE,
    is_generated,
    read_coverage,
)
from taquilla.analysis.fields import is_text, kind_of, written
from taquilla.analysis.kpis import (
    GOALS,
    KPIS,
    REVIEW_KPIS,
    SHOP_KPIS,
    read_kpis,
    read_shop_kpis,
    told,
    told_of_shop,
)
from taquilla.analysis.language import CODES, language
from taquilla.demo.town import Town
from taquilla.tables.films import POPULARITY_ELSE, POPULARITY_LEVELS, RATING_ELSE, RATING_LEVELS
from taquilla.tables.lexicon import ASPECTS
from taquilla.tables.review_signals import SIGNS
from taquilla.tables.reviews import KINDS
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import Connection, connect, create_schema
from taquilla.warehouse.marts import marts
from taquilla.warehouse.model import movies
from warehouse.given import COMEDY, DRAMA, warehouse

EN, ES = language("en"), language("es")
EVERY = pytest.mark.parametrize("chart", charts().values(), ids=charts().keys())


COUNTED = {
    "films": set(COVERAGE),
    "rentals": {name for _, conditions in SHOP_COVERAGE.values() for name in conditions},
    "reviews": {name for _, conditions in REVIEW_COVERAGE.values() for name in conditions},
}
EVERY_TOPIC = (*TOPICS, *RENTAL_TOPICS, *REVIEW_TOPICS)


@cache
def empty() -> Connection:
    connection = connect(":memory:", read_only=False)
    create_schema(connection)
    return connection


def columns_of(mart: str) -> set[str]:
    connection = empty()
    return {str(column[0]) for column in connection.execute(f'select * from mart."{mart}"').description or ()}  # noqa: S608


@EVERY
def test_a_chart_names_columns_that_its_mart_has(chart: Chart) -> None:
    named = {chart.label, *chart.values, *chart.table, chart.down, chart.group} - {""}
    assert named <= columns_of(chart.mart)
    assert chart.mart in marts()
    assert chart.coverage in COUNTED[chart.subject]
    assert chart.topic in EVERY_TOPIC
    # A mart of films and rentals stands with the rentals.
    assert marts()[chart.mart].subject.removeprefix("films_and_") == chart.subject
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
    ask = asking(empty())
    answer = read_chart(chart, ask, read_coverage(ask))
    assert (answer.known, answer.whole, answer.one_in) == (0, 0, 1)
    assert answer.rows == [] or chart.name == "data_quality"


@pytest.mark.parametrize("words", [EN, ES], ids=CODES)
def test_all_that_is_shown_has_a_name(words: object) -> None:
    texts = EN.texts if words is EN else ES.texts
    shown = {name for c in charts().values() for name in (c.label, *c.values, *c.table, c.down) if name}
    wanted = {f"fields.{name}" for name in shown}
    wanted |= {f"charts.{name}.{part}" for name in charts() for part in ("title", "sentence")}
    wanted |= {f"coverage.{name}" for names in COUNTED.values() for name in names}
    wanted |= {f"topics.{name}" for name in EVERY_TOPIC}
    wanted |= {f"review_kpis.{name}.{part}" for name in REVIEW_KPIS for part in ("label", "note")}
    wanted |= {f"goals.{name}" for name in (*GOALS, "met", "missed", "unknown")}
    wanted |= {f"aspects.{name}" for name in ASPECTS} | {f"spam_signs.{name}" for name in SIGNS}
    wanted |= {f"review_tables.{name}" for name in KINDS}
    wanted |= {f"shop_kpis.{name}.{part}" for name in SHOP_KPIS for part in ("label", "note")}
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
    assert (answer.known, answer.whole) == (2, 3)
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
        ("country", {"country": "United Kingdom"}, "United Kingdom", "Reino Unido"),
        ("country", {"country": "Atlantis"}, "Atlantis", "Atlantis"),
        ("category", {"category": "Sci-Fi"}, "Science Fiction", "Ciencia ficción"),
        ("category", {"category": "Comedy"}, "Comedy", "Comedia"),
        ("category", {"category": "Kabuki"}, "Kabuki", "Kabuki"),
        ("month_begins_on", {"month_begins_on": date(2014, 1, 1)}, "Jan 2014", "ene 2014"),
        ("weekday", {"weekday": 1}, "Monday", "Lunes"),
        ("hour", {"hour": 9}, "9:00", "9:00"),
        ("store_id", {"store_id": 2}, "Store 2", "Tienda 2"),
        ("days_from", {"days_from": 8, "days_to": 30}, "8 to 30 days", "8 a 30 días"),
        ("days_from", {"days_from": 181, "days_to": None}, "More than 180 days", "Más de 180 días"),
        ("days_from", {"days_from": None, "days_to": None}, "Never rented", "Nunca alquiló"),
        ("segment", {"segment": "at risk"}, "At risk", "En riesgo"),
        ("revenue", {"revenue": 67416.51}, "67,416.51", "67.416,51"),
        ("rating", {"rating": "PG-13"}, "PG-13", "PG-13"),
        ("rating", {"rating": 4.5}, "4.5", "4,5"),
        ("language", {"language": "es"}, "Spanish", "Español"),
        ("city", {"city": "León", "state": None}, "León", "León"),
        ("city", {"city": "Villa", "state": "MX"}, "Villa, MX", "Villa, MX"),
        ("reviews_written", {"reviews_written": "1"}, "1 review", "1 reseña"),
        ("reviews_written", {"reviews_written": "3-5"}, "3–5 reviews", "3–5 reseñas"),
        ("reviews_written", {"reviews_written": "11+"}, "11 and more reviews", "11 o más reseñas"),
        ("stars", {"stars": 4}, "4 ★", "4 ★"),
        ("aspect", {"aspect": "seats"}, "Seats", "Butacas"),
        ("sign", {"sign": "has_url"}, "Names a web address", "Nombra una dirección web"),
        (
            "check_name",
            {"check_name": "spam"},
            "Spam: half of the signs or more",
            "Spam: la mitad de las señales o más",
        ),
        ("check_name", {"check_name": "repairs", "table_name": "tips"}, "Mended: tips", "Reparado: consejos"),
        ("is_cinema", {"is_cinema": False}, "Another place", "Otro local"),
        ("growth", {"growth": -0.0432}, "-4.3%", "-4,3\u00a0%"),
        ("is_paid_back", {"is_paid_back": False}, "Has not yet", "Aún no"),
        ("value", {"trait": "genre", "value": "War"}, "War", "Bélica"),
        ("value", {"trait": "decade", "value": "1990"}, "Decade: 1990s", "Década: Años 1990"),
        (
            "value",
            {"trait": "budget_usd", "value": "under 10 million"},
            "Budget: under $10 million",
            "Presupuesto: menos de 10 M US$",
        ),
        ("value", {"trait": "popularity_level", "value": "Muy Baja"}, "Popularity: Very low", "Popularidad: Muy baja"),
    ],
)
def test_cells_are_written_in_each_language(column: str, row: dict[str, object], english: str, spanish: str) -> None:
    assert (written(EN, column, row), written(ES, column, row)) == (english, spanish)


@pytest.mark.parametrize(
    ("column", "kind"),
    [("p75_runtime_min", "whole"), ("mean_popularity_percentile", "share"), ("share_of_a", "share"),
     ("revenue_per_customer", "amount"), ("revenue_usd", "money"), ("late_share", "share_one"),
     ("films_with_rating", "whole"), ("fetched_at", "moment"), ("release_year", "year"), ("shrunk_rating", "two")],
)  # fmt: skip
def test_a_columns_name_tells_its_kind(column: str, kind: str) -> None:
    assert kind_of(column) == kind


TOWN = Town(rentals=900, years=1, stores=2, films=40)


def test_a_warehouse_shows_the_charts_of_what_it_has() -> None:
    films, shop, rated, every = warehouse(movies=FILMS), warehouse(), warehouse(), warehouse(movies=FILMS)
    load_town(shop, TOWN)
    load_ratings(rated)
    load_town(every, TOWN)
    load_audience(every)
    subjects = {
        name: {chart.subject for chart in shown(read_coverage(asking(connection))).values()}
        for name, connection in {"none": warehouse(), "films": films, "shop": shop, "rated": rated}.items()
    }
    assert subjects == {"none": {"films"}, "films": {"films"}, "shop": {"rentals"}, "rated": {"reviews"}}
    assert shown(read_coverage(asking(every))) == charts()


def test_a_shop_is_told_with_what_it_is_known_of() -> None:
    shop = warehouse(movies=FILMS)
    load_town(shop, TOWN)
    ask = asking(shop)
    coverage = read_coverage(ask)
    assert (coverage["rentals"], coverage["shop_films"], coverage["linked"]) == (900, 40, 3)
    assert has(coverage) == (True, True, False)
    assert is_generated(coverage)
    answer = read_chart(charts()["earning_traits"], ask, coverage)
    assert (answer.known, answer.whole) == (3, 40)
    tiles = {tile.name: tile for tile in told_of_shop(ES, read_shop_kpis(ask))}
    assert tiles["rentals"].value == "900"
    assert tiles["rentals"].note.startswith("en 2 tiendas, de ")
    (paid,) = ask("select cast(sum(amount) as double precision) as amount from shop.fact_payment")
    assert tiles["revenue"].value == ES.number(paid["amount"], 2)


def test_a_shop_without_payments_has_no_revenue_and_still_its_rentals() -> None:
    shop = warehouse()
    load_town(shop, TOWN, without=["payments"])
    ask = asking(shop)
    coverage = read_coverage(ask)
    tiles = {tile.name: tile.value for tile in told_of_shop(EN, read_shop_kpis(ask))}
    assert (tiles["revenue"], tiles["payback"], tiles["rentals"]) == ("–", "–", "900")
    assert [read_chart(charts()[name], ask, coverage).rows for name in ("store_revenue", "film_revenue")] == [[], []]
    assert read_chart(charts()["store_rentals"], ask, coverage).rows


def test_people_with_addresses_of_their_own_are_not_generated() -> None:
    shop = warehouse()
    load_town(shop, TOWN)
    shop.execute("update shop.dim_customer set email = 'mary@shop.test' where customer_id = 1")
    assert not is_generated(read_coverage(asking(shop)))


def test_no_chart_shows_a_customer() -> None:
    private = {"first_name", "last_name", "email", "phone", "address", "customer_id", "customer_key", "reviewer_id"}
    for chart in charts().values():
        assert not private & {chart.label, chart.down, chart.group, *chart.values, *chart.table}
        assert not private - {"customer_id"} & columns_of(chart.mart)
