"""The marts of films, months and figures, and what holds for every mart: a few rows in, the rows expected."""

import re
from datetime import date
from pathlib import Path

import pytest

from taquilla.warehouse.marts import Mart, marts
from taquilla.warehouse.model import VIEWS, metadata, movies
from taquilla.warehouse.rentals_model import shop
from taquilla.warehouse.reviews_model import reviews
from warehouse.given import COMEDY, DRAMA, Rows, acted, answer, directed, exported
from warehouse.kinds import warehouse

pytestmark = pytest.mark.usefixtures("small_warehouses")

# One test a mart, in alphabetical order ------------------------------------------------------------------------------


def test_budget_revenue() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-05-04", "budget_usd": 10_000, "revenue_usd": 9_999},
            {"film_id": 2, "release_date": "2002-05-04", "budget_usd": 10_000, "revenue_usd": 10_000},
            {"film_id": 3, "release_date": "2003-05-04", "budget_usd": 10_000, "revenue_usd": 25_000},
            {"film_id": 4, "budget_usd": 10_000},
            {"film_id": 5, "revenue_usd": 10_000},
            {"film_id": 6, "budget_usd": 999, "revenue_usd": 10_000},
        ]
    )
    assert answer(given, "budget_revenue") == [
        (3, "Film 3", 2003, 10_000, 25_000, 2.5, 1.5, "2.5x and more"),
        (2, "Film 2", 2002, 10_000, 10_000, 1.0, 0.0, "1x to 2.5x"),
        (1, "Film 1", 2001, 10_000, 9_999, 0.9999, -0.0001, "under 1x"),
    ]


def test_data_quality() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-01-01", "budget_usd": 1_000, "revenue_usd": 2_000},
            {"film_id": 2, "release_date": "2002-01-01"},
            {"film_id": 3, "imdb_id": "tt3"},
            {"film_id": 4},
        ]
    )
    found = {name: rest for name, *rest in answer(given, "data_quality", "column_name films films_known share_known")}
    assert found["title"] == [4, 4, 1.0]
    assert found["release_year"] == [4, 2, 0.5]
    assert found["budget_usd"] == [4, 1, 0.25]
    assert found["imdb_id"] == [4, 1, 0.25]
    assert found["poster_path"] == [4, 0, 0.0]
    # A column added to the films must be added here; the key and the two columns about removal are not data.
    assert [*found] == [c.name for c in movies.columns if c.name not in ("film_id", "is_removed", "removed_at")]


def test_decades() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "1989-12-31", "budget_usd": 100, "runtime_min": 90},
            {"film_id": 2, "release_date": "1990-01-01", "budget_usd": 300, "runtime_min": 100},
            {"film_id": 3, "release_date": "1999-12-31", "budget_usd": 400, "vote_average": 7.0, "vote_count": 1},
            {"film_id": 4, "release_date": "1995-06-01", "revenue_usd": 800},
            {"film_id": 5},
        ]
    )
    assert answer(given, "decades") == [
        # decade, films, then films with it and its median: budget, revenue, runtime, rating
        (1980, 1, 1, 100.0, 0, None, 1, 90.0, 0, None),
        (1990, 3, 2, 350.0, 1, 800.0, 1, 100.0, 1, 7.0),
    ]


def test_flops() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "budget_usd": 10_000, "revenue_usd": 5_000},
            {"film_id": 2, "budget_usd": 90_000, "revenue_usd": 80_000},
            {"film_id": 3, "budget_usd": 20_000, "revenue_usd": 10_000},
            {"film_id": 4, "budget_usd": 10_000, "revenue_usd": 10_000},
            {"film_id": 5, "budget_usd": 50_000_000, "revenue_usd": 12},
            {"film_id": 6, "budget_usd": 50_000_000},
        ]
    )
    assert answer(given, "flops", "rank film_id budget_usd revenue_usd loss_usd roi") == [
        (1, 2, 90_000, 80_000, 10_000, -0.1111),
        (2, 3, 20_000, 10_000, 10_000, -0.5),
        (3, 1, 10_000, 5_000, 5_000, -0.5),
    ]


def test_hidden_gems() -> None:
    given = warehouse(
        movies=[
            *[
                {"film_id": film_id, "vote_average": 5.0, "vote_count": 900, "popularity": 7.0}
                for film_id in range(1, 9)
            ],
            {"film_id": 10, "vote_average": 9.0, "vote_count": 900, "popularity": 2.0},
            {"film_id": 11, "vote_average": 9.0, "vote_count": 49, "popularity": 2.0},
            {"film_id": 12, "vote_average": 9.0, "vote_count": 900, "popularity": 9.0},
            {"film_id": 13, "vote_average": 9.0, "vote_count": 900},
            {"film_id": 14, "vote_average": 5.0, "vote_count": 900, "popularity": 1.0},
        ]
    )
    # Mean 81 / 13; 11 has too few votes, 12 is popular, 13's popularity is unknown, 14 is not well rated.
    assert answer(given, "hidden_gems") == [
        (1, 10, "Film 10", None, 9.0, 900, 8.7231, 2.0, 0.9, 0.1),
    ]


def test_kpis() -> None:
    given = warehouse(
        movies=[
            {
                "film_id": 1,
                "release_date": "2026-01-10",
                "original_language": "en",
                "budget_usd": 10_000,
                "revenue_usd": 25_000,
                "vote_average": 8.0,
                "vote_count": 300,
            },
            {
                "film_id": 2,
                "release_date": "2026-01-08",
                "original_language": "es",
                "budget_usd": 10_000,
                "revenue_usd": 5_000,
                "vote_average": 6.0,
                "vote_count": 100,
            },
            {"film_id": 3, "release_date": "2026-02-01", "budget_usd": 10_000},
            {"film_id": 4, "release_date": "2025-12-31", "budget_usd": 9, "revenue_usd": 90},
            {"film_id": 5, "vote_count": 0},
        ]
    )
    columns = [str(name) for name, *_ in given.execute("select * from mart.kpis").description]
    assert [dict(zip(columns, row, strict=True)) for row in answer(given, "kpis")] == [
        {
            "films": 5,
            "as_of_date": date(2026, 1, 15),
            "films_this_year": 2,
            "films_this_week": 1,
            "films_with_budget": 4,
            "films_with_revenue": 3,
            "films_with_both": 3,
            "revenue_usd": 30_090,
            "films_with_figures": 2,
            "share_with_figures": 0.4,
            "median_roi": 0.5,
            "share_profitable": 0.5,
            "share_break_even": 0.5,
            "films_with_rating": 2,
            "mean_rating": 7.0,
            "mean_bayesian_rating": 7.125,
            "films_with_language": 2,
            "share_not_english": 0.5,
        }
    ]


def test_popularity_movers() -> None:
    given = warehouse(
        movies=[{"film_id": film_id} for film_id in (1, 2, 3, 4)],
        film_snapshots=[
            exported(1, "2026-01-01 08:00", 99.0),
            exported(1, "2026-01-07 08:00", 1.0),
            exported(2, "2026-01-07 08:00", 2.0),
            exported(3, "2026-01-07 08:00", 3.0),
            exported(1, "2026-01-08 08:00", 50.0),
            # The day's first export is overtaken by its second, and 23:59 UTC is still that day.
            exported(1, "2026-01-14 08:00", 1.0),
            exported(1, "2026-01-14 23:59", 30.0),
            exported(2, "2026-01-14 08:00", 20.0),
            exported(3, "2026-01-14 08:00", 25.0),
            exported(4, "2026-01-14 08:00", 10.0),
            {"film_id": 1, "snapshot_at": "2026-01-20 08:00+00", "popularity": 7.0, "origin": "details"},
        ],
    )
    before, after = date(2026, 1, 7), date(2026, 1, 14)
    assert answer(given, "popularity_movers") == [
        (1, 1, "Film 1", before, after, 1.0, 30.0, 0.0, 1.0, 1.0),
        (2, 3, "Film 3", before, after, 3.0, 25.0, 1.0, 0.6667, -0.3333),
        (3, 2, "Film 2", before, after, 2.0, 20.0, 0.5, 0.3333, -0.1667),
    ]


def test_rating_by_votes() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "vote_average": 10.0, "vote_count": 1},
            {"film_id": 2, "vote_average": 2.0, "vote_count": 9},
            {"film_id": 3, "vote_average": 6.0, "vote_count": 10},
            {"film_id": 4, "vote_average": 8.0, "vote_count": 10_000},
            {"film_id": 5, "vote_count": 0},
        ]
    )
    assert answer(given, "rating_by_votes") == [
        (1, 9, 2, 6.0, 2.8, 6.0, 9.2),
        (10, 99, 1, 6.0, 6.0, 6.0, 6.0),
        (10_000, None, 1, 8.0, 8.0, 8.0, 8.0),
    ]


def test_release_calendar() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-12-01", "revenue_usd": 3_000},
            {"film_id": 2, "release_date": "2001-12-31", "revenue_usd": 4_000},
            {"film_id": 3, "release_date": "2001-12-31"},
            {"film_id": 4, "release_date": "2001-02-01"},
            {"film_id": 5, "revenue_usd": 9_000},
            {"film_id": 6, "release_date": "2001-01-01"},
            {"film_id": 7, "release_date": "2001-01-02"},
        ]
    )
    assert answer(given, "release_calendar") == [
        (2001, 1, 1, 0, None),
        (2001, 2, 1, 0, None),
        (2001, 12, 3, 2, 7_000),
    ]


def test_seasonality() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-12-01", "budget_usd": 1_000, "revenue_usd": 3_000},
            {"film_id": 2, "release_date": "2002-12-31", "budget_usd": 1_000, "revenue_usd": 5_000},
            {"film_id": 3, "release_date": "2003-12-31", "revenue_usd": 7_000},
            {"film_id": 4, "release_date": "2001-02-01"},
            {"film_id": 5, "revenue_usd": 9_000},
            {"film_id": 6, "release_date": "2001-01-01", "revenue_usd": 9_000},
        ]
    )
    assert answer(given, "seasonality") == [
        (2, 1, 0.25, 0, None, 0, None),
        (12, 3, 0.75, 3, 5_000.0, 2, 3.0),
    ]


def test_sleepers() -> None:
    given = warehouse(
        movies=[
            *[
                {"film_id": film_id, "release_date": "2005-01-01", "budget_usd": 90_000, "revenue_usd": 99_000}
                for film_id in range(1, 10)
            ],
            {"film_id": 10, "release_date": "2009-01-01", "budget_usd": 5_000, "revenue_usd": 500_000},
            {"film_id": 11, "release_date": "2009-01-01", "budget_usd": 5_000, "revenue_usd": 6_000},
            # As good a return, but dear for the fifties; cheap and good, but a typing error; no release year.
            {"film_id": 12, "release_date": "1955-01-01", "budget_usd": 1_000, "revenue_usd": 1_100},
            {"film_id": 13, "release_date": "1956-01-01", "budget_usd": 5_000, "revenue_usd": 500_000},
            {"film_id": 14, "release_date": "2009-01-01", "budget_usd": 30, "revenue_usd": 500_000},
            {"film_id": 15, "budget_usd": 5_000, "revenue_usd": 500_000},
        ]
    )
    assert answer(given, "sleepers") == [
        (1, 10, "Film 10", 2009, 5_000, 500_000, 99.0, 0.0, 0.9167),
    ]


def test_top_films() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "popularity": 5.0, "popularity_percentile": 0.0, "vote_average": 9.0, "vote_count": 100},
            {"film_id": 2, "popularity": 9.0, "popularity_percentile": 0.5, "release_date": "2001-01-01"},
            {"film_id": 3, "popularity": 9.0, "popularity_percentile": 0.5, "vote_average": 5.0, "vote_count": 300},
            {"film_id": 4, "vote_average": 10.0, "vote_count": 1},
        ]
    )
    # Mean of all films 8: a vote or two cannot lift a film far from it.
    assert answer(
        given, "top_films", "rank film_id title release_year popularity popularity_percentile bayesian_rating"
    ) == [
        (1, 2, "Film 2", 2001, 9.0, 0.5, None),
        (2, 3, "Film 3", None, 9.0, 0.5, 5.75),
        (3, 1, "Film 1", None, 5.0, 0.0, 8.5),
    ]


# Traps ---------------------------------------------------------------------------------------------------------------


def test_an_unknown_figure_is_null_and_never_zero() -> None:
    given = warehouse(movies=[{"film_id": 1, "release_date": "2001-06-01", "budget_usd": 5_000}])
    assert answer(given, "kpis", "films_with_revenue revenue_usd median_roi share_profitable mean_rating") == [
        (0, None, None, None, None)
    ]
    assert answer(given, "decades", "median_budget_usd median_revenue_usd median_runtime_min median_rating") == [
        (5_000.0, None, None, None)
    ]
    assert answer(given, "seasonality", "median_revenue_usd median_roi") == [(None, None)]


def test_movers_without_a_week_of_exports_begin_with_the_earliest() -> None:
    given = warehouse(
        movies=[{"film_id": 1}, {"film_id": 2}],
        film_snapshots=[
            exported(film_id, f"2026-01-{day} 08:00", 1.0) for film_id in (1, 2) for day in ("10", "12", "14")
        ],
    )
    assert answer(given, "popularity_movers", "film_id from_date to_date percentile_change") == [
        (1, date(2026, 1, 10), date(2026, 1, 14), 0.0),
        (2, date(2026, 1, 10), date(2026, 1, 14), 0.0),
    ]


def test_a_single_export_moves_nobody() -> None:
    given = warehouse(movies=[{"film_id": 1}], film_snapshots=[exported(1, "2026-01-14 08:00", 1.0)])
    assert answer(given, "popularity_movers") == []


def _town(*, removed: bool) -> dict[str, Rows]:
    """Films that appear in every mart, and whether TMDB has since removed them."""
    low = {"vote_average": 2.0, "vote_count": 900, "popularity_percentile": 0.9, "popularity": 9.0}
    high = {"vote_average": 9.0, "vote_count": 900, "popularity_percentile": 0.1, "popularity": 1.0}
    levels = {"popularity_level": "Baja", "rating_level": "Mala"}
    film_ids = range(1, 8)
    films: Rows = [
        {
            "film_id": film_id,
            "release_date": "2005-06-01",
            "original_language": "es",
            "collection_id": 5,
            "budget_usd": 5_000 if film_id == 1 else 90_000,
            "revenue_usd": 500_000 if film_id == 1 else 80_000,
            "is_removed": removed,
            **levels,
            **(high if film_id == 1 else low),
        }
        for film_id in film_ids
    ]
    return {
        "movies": films,
        "collections": [(5, "The Ring")],
        "genres": [DRAMA, COMEDY],
        "movie_genres": [(film_id, genre_id) for film_id in film_ids for genre_id, _ in (DRAMA, COMEDY)],
        "countries": [("ES", "Spain")],
        "movie_countries": [(film_id, "ES") for film_id in film_ids],
        "languages": [("es", "Español")],
        "production_companies": [(7, "Norte", "ES")],
        "movie_production_companies": [(film_id, 7) for film_id in film_ids],
        "people": [(10, "Ana", 1)],
        "movie_people": [credit for film_id in film_ids for credit in (directed(film_id, 10), acted(film_id, 10, 0))],
        "film_snapshots": [
            exported(film_id, f"2026-01-{day} 08:00", 1.0) for film_id in film_ids for day in ("07", "14")
        ],
    }


ROWS_WITHOUT_FILMS = {"kpis": 1, "data_quality": len(movies.columns) - 3}
ROWS_OF_AN_EMPTY_WAREHOUSE = {**ROWS_WITHOUT_FILMS, "shop_kpis": 1, "review_kpis": 1}
NOT_OF_FILMS = {"reject_reasons", "run_summary"}
OF_FILMS = {mart.name for mart in marts().values() if mart.subject == "films"}


def test_a_removed_film_is_left_out_of_every_mart() -> None:
    there, gone, empty = warehouse(**_town(removed=False)), warehouse(**_town(removed=True)), warehouse()
    for mart in sorted(OF_FILMS - NOT_OF_FILMS):
        assert answer(there, mart), mart
        assert len(answer(gone, mart)) == ROWS_WITHOUT_FILMS.get(mart, 0), mart
        assert answer(gone, mart) == answer(empty, mart), mart


def test_a_removed_film_does_not_say_how_new_the_data_are() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-06-01", "original_language": "es"},
            {"film_id": 2, "release_date": "2025-06-01", "is_removed": True, "fetched_at": "2027-01-01 00:00+00"},
        ],
        countries=[("ES", "Spain")],
        movie_countries=[(1, "ES")],
    )
    assert answer(given, "kpis", "as_of_date") == [(date(2026, 1, 15),)]
    assert answer(given, "country_trends", "country_code films_last_10_years") == [("ES", 1)]
    assert answer(given, "language_trends", "original_language films_last_10_years") == [("es", 1)]


# All marts together --------------------------------------------------------------------------------------------------


def test_an_empty_warehouse_answers() -> None:
    empty = warehouse()
    assert {mart: len(answer(empty, mart)) for mart in marts() if answer(empty, mart)} == ROWS_OF_AN_EMPTY_WAREHOUSE
    assert answer(empty, "kpis", "films films_with_budget revenue_usd share_with_figures median_roi mean_rating") == [
        (0, 0, None, None, None, None)
    ]


def test_every_mart_has_a_test_here() -> None:
    sources = [file.read_text("utf-8") for file in Path(__file__).parent.glob("test_marts*.py")]
    tests = set(re.findall(r"^def test_(\w+)\(", "\n".join(sources), re.MULTILINE))
    assert set(marts()) - tests == set()


@pytest.mark.parametrize("mart", marts().values(), ids=lambda mart: mart.name)
def test_every_mart_begins_with_a_sentence(mart: Mart) -> None:
    assert re.fullmatch(r"-- [A-Z].{20,110}\.", mart.sql.splitlines()[0])


# What one row of a mart is, in the columns that its order ends with.
KEYS = [
    *[("rank",), ("column_number",), ("country_code",), ("original_language",)],
    *[("genre_id",), ("decade",), ("decade", "genre_id"), ("film_id",)],
    *[("release_month",), ("release_year", "release_month"), ("votes_from",)],
    *[("release_year",), ("popularity_level", "rating_level"), ("is_built_in", "age_days_from")],
    *[("run_id",), ("kind", "rule")],
    *[("store_id",), ("store_id", "month_begins_on"), ("month_begins_on",), ("weekday", "hour"), ("day",)],
    *[("store_id", "category"), ("category",), ("rating",), ("staff_id",), ("country",), ("country", "city")],
    *[("segment",), ("cohort_month",), ("cohort_month", "months_since"), ("days_from",), ("link_method",)],
    *[("table_name", "column_name"), ("table_name", "column_name", "rule"), ("trait", "value")],
    *[("scope_kind", "scope", "month", "kpi"), ("month",), ("stars",), ("language",), ("venue_id",)],
    *[("city", "state"), ("state",), ("aspect",), ("sign",), ("reviews_written",), ("venue_id", "day")],
    *[("check_name", "table_name"), ("rated_film_id",)],
]
ONE_ROW = {"kpis", "shop_kpis", "review_kpis"}


@pytest.mark.parametrize(
    "mart", [mart for mart in marts().values() if mart.name not in ONE_ROW], ids=lambda mart: mart.name
)
def test_the_order_of_every_mart_is_total(mart: Mart) -> None:
    last = re.findall(r"^order by (.+)$", mart.sql, re.MULTILINE)[-1]
    ordered = tuple(re.sub(r"^\w+\.|\s+(desc|asc|nulls last)\b", "", term.strip()) for term in last.split(","))
    assert any(set(key) <= set(ordered) for key in KEYS), f"{mart.name} is ordered by {ordered}: add what makes it one"


@pytest.mark.parametrize("mart", marts().values(), ids=lambda mart: mart.name)
def test_no_mart_uses_what_postgresql_and_duckdb_do_not_share(mart: Mart) -> None:
    code = re.sub(r"--.*", "", mart.sql)
    assert code.replace("'UTC'", "") == code.replace("'UTC'", "").lower()
    assert not re.findall(r"to_char|qualify|exclude|arg_max|group by all|unnest|\blist\b|::|//|;|now\(|current_", code)
    assert not re.findall(r"\bmedian\(|\bround\(|\bdouble\b(?! precision)", code)


def test_no_mart_is_named_as_a_table_that_it_would_hide() -> None:
    assert set(marts()).isdisjoint(
        {*metadata.tables, *VIEWS, *(table.name for star in (shop, reviews) for table in star.sorted_tables)}
    )
