"""The marts of what films share (genres, people, companies, countries and so on): a few rows in, the rows expected."""

from datetime import date

import pytest

from warehouse.given import COMEDY, DRAMA, HORROR, acted, answer, directed
from warehouse.kinds import warehouse

pytestmark = pytest.mark.usefixtures("small_warehouses")

# One test a mart, in alphabetical order ------------------------------------------------------------------------------


def test_actors_leaderboard() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-01-01", "vote_average": 8.0, "vote_count": 100},
            {"film_id": 2, "release_date": "2002-01-01", "vote_average": 8.0, "vote_count": 100, "revenue_usd": 7_000},
            {"film_id": 3, "release_date": "2003-01-01", "vote_average": 5.0, "vote_count": 100},
        ],
        people=[(10, "Ana", 1), (11, "Sixth Billed", 2), (12, "Twice In Two Films", None)],
        movie_people=[
            acted(1, 10, 0),
            acted(2, 10, 4),
            acted(3, 10, 1),
            acted(1, 11, 1),
            acted(2, 11, 1),
            acted(3, 11, 5),
            acted(1, 12, 2, "The twin"),
            acted(1, 12, 3, "The other twin"),
            acted(2, 12, 0),
            directed(3, 12),
        ],
    )
    # Mean of all films 7; Bayesian 7.5, 7.5, 6; shrunk (21 + 5 x 7) / 8.
    assert answer(given, "actors_leaderboard") == [
        (1, 10, "Ana", 3, 3, 7.0, 7.0, 1, 7_000, 0, None, 2001, 2003),
    ]


def test_companies_leaderboard() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-01-01", "vote_average": 9.0, "vote_count": 300},
            {"film_id": 2, "release_date": "2002-01-01", "budget_usd": 10_000, "revenue_usd": 30_000},
            {"film_id": 3, "release_date": "2003-01-01", "budget_usd": 10_000, "revenue_usd": 20_000},
            {"film_id": 4, "release_date": "2004-01-01", "vote_average": 5.0, "vote_count": 100},
        ],
        production_companies=[(7, "Norte", "ES"), (8, "Sur", None), (9, "Two Films", None)],
        movie_production_companies=[(1, 7), (2, 7), (3, 7), (2, 8), (3, 8), (4, 8), (1, 9), (4, 9)],
    )
    # Mean of all films 7; Bayesian of film 1 8.5, of film 4 6; shrunk (8.5 + 5 x 7) / 6 and (6 + 5 x 7) / 6.
    assert answer(given, "companies_leaderboard") == [
        (1, 7, "Norte", 3, 1, 9.0, 7.25, 2, 50_000, 2, 1.5, 2001, 2003),
        (2, 8, "Sur", 3, 1, 5.0, 6.8333, 2, 50_000, 2, 1.5, 2002, 2004),
    ]


def test_country_trends() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "1990-01-01", "revenue_usd": 5_000, "vote_average": 8.0, "vote_count": 100},
            {"film_id": 2, "release_date": "2016-01-01", "vote_average": 6.0, "vote_count": 100},
            {"film_id": 3, "release_date": "2017-01-01", "revenue_usd": 7_000},
            {"film_id": 4, "release_date": "2026-01-01"},
            {"film_id": 5, "release_date": "2027-01-01"},
        ],
        countries=[("ES", "Spain"), ("FR", "France"), ("IT", "Italy")],
        movie_countries=[(1, "ES"), (2, "ES"), (3, "ES"), (3, "FR")],
    )
    # The newest film out is of 2026, so that the last ten years begin with 2017. Film 4's country is unknown.
    assert answer(given, "country_trends") == [
        ("ES", "Spain", 3, 1.0, 1, 1.0, 2, 12_000, 2, 7.0),
        ("FR", "France", 1, 0.3333, 1, 1.0, 1, 7_000, 0, None),
    ]


def test_directors_leaderboard() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-01-01", "vote_average": 9.0, "vote_count": 100},
            {"film_id": 2, "release_date": "2002-01-01", "vote_average": 7.0, "vote_count": 100},
            {"film_id": 3, "release_date": "2003-01-01", "budget_usd": 10_000, "revenue_usd": 5_000},
            {"film_id": 4, "release_date": "2004-01-01", "vote_average": 5.0, "vote_count": 100},
        ],
        people=[(10, "Ana", 1), (11, "Bruno", 2), (12, "Two Films", None)],
        movie_people=[
            *[directed(film_id, 10) for film_id in (1, 2, 3)],
            *[directed(film_id, 11) for film_id in (2, 3, 4)],
            *[directed(film_id, 12) for film_id in (1, 2)],
            acted(3, 12, 0),
        ],
    )
    # Mean of all films 7; Bayesian 8, 7, unknown, 6; shrunk (15 + 5 x 7) / 7 and (13 + 5 x 7) / 7.
    assert answer(given, "directors_leaderboard") == [
        (1, 10, "Ana", 3, 2, 8.0, 7.1429, 1, 5_000, 1, -0.5, 2001, 2003),
        (2, 11, "Bruno", 3, 2, 6.0, 6.8571, 1, 5_000, 1, -0.5, 2002, 2004),
    ]


def test_franchises() -> None:
    given = warehouse(
        collections=[(5, "The Ring"), (6, "Alone"), (7, "Unknown Takings")],
        movies=[
            {"film_id": 1, "collection_id": 5, "release_date": "2005-01-01", "revenue_usd": 6_000},
            {"film_id": 2, "collection_id": 5, "release_date": "2001-01-01", "revenue_usd": 2_000},
            {"film_id": 3, "collection_id": 5, "release_date": "2003-01-01"},
            {"film_id": 4, "collection_id": 6, "release_date": "2003-01-01", "revenue_usd": 9_000},
            {"film_id": 5, "collection_id": 7, "release_date": "2003-01-01"},
            {"film_id": 6, "collection_id": 7},
            {"film_id": 7},
        ],
    )
    assert answer(given, "franchises") == [
        (1, 5, "The Ring", 3, date(2001, 1, 1), date(2005, 1, 1), 2, 8_000, 2_000, 1, 6_000.0, 3.0),
        (2, 7, "Unknown Takings", 2, date(2003, 1, 1), date(2003, 1, 1), 0, None, None, 0, None, None),
    ]


def test_genre_by_decade() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "1995-01-01"},
            {"film_id": 2, "release_date": "1999-01-01"},
            {"film_id": 3, "release_date": "1999-01-01"},
            {"film_id": 4, "release_date": "2000-01-01"},
            {"film_id": 5},
        ],
        genres=[DRAMA, COMEDY],
        movie_genres=[(1, 18), (2, 18), (2, 35), (4, 35), (5, 18)],
    )
    # Film 3 has no known genre and film 5 no date: neither is in a decade's films.
    assert answer(given, "genre_by_decade") == [
        (1990, 18, "Drama", 2, 2, 1.0),
        (1990, 35, "Comedy", 1, 2, 0.5),
        (2000, 35, "Comedy", 1, 1, 1.0),
    ]


def test_genre_popularity() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "popularity": 1.0, "popularity_percentile": 0.0},
            {"film_id": 2, "popularity": 2.0, "popularity_percentile": 0.5},
            {"film_id": 3, "popularity": 9.0, "popularity_percentile": 1.0},
            {"film_id": 4},
        ],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[(1, 18), (2, 18), (3, 18), (4, 18), (2, 35), (4, 27)],
    )
    assert answer(given, "genre_popularity") == [
        (18, "Drama", 4, 3, 4.0, 2.0, 0.5),
        (35, "Comedy", 1, 1, 2.0, 2.0, 0.5),
        (27, "Horror", 1, 0, None, None, None),
    ]


def test_genre_rating() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "vote_average": 8.0, "vote_count": 300},
            {"film_id": 2, "vote_average": 6.0, "vote_count": 100},
            {"film_id": 3, "vote_count": 0},
        ],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[(1, 18), (2, 18), (3, 18), (2, 35), (3, 27)],
    )
    # Mean of all films 7; Bayesian 7.75 and 6.5; shrunk (14.25 + 35) / 7, (6.5 + 35) / 6, unknown without ratings.
    assert answer(given, "genre_rating") == [
        (18, "Drama", 3, 2, 400, 7.0, 7.5, 7.0357),
        (35, "Comedy", 1, 1, 100, 6.0, 6.0, 6.9167),
        (27, "Horror", 1, 0, None, None, None, None),
    ]


def test_genre_roi() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "budget_usd": 10_000, "revenue_usd": 5_000},
            {"film_id": 2, "budget_usd": 10_000, "revenue_usd": 10_000},
            {"film_id": 3, "budget_usd": 10_000, "revenue_usd": 15_000},
            {"film_id": 4, "budget_usd": 10_000, "revenue_usd": 20_000},
            {"film_id": 5, "budget_usd": 10_000, "revenue_usd": 25_000},
            {"film_id": 6, "budget_usd": 999, "revenue_usd": 90_000},
            {"film_id": 7, "budget_usd": 10_000},
        ],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[*[(film_id, 18) for film_id in range(1, 8)], (5, 35), (7, 27)],
    )
    assert answer(given, "genre_roi") == [
        # films with figures, then p10, p25, median, p75, p90, shares profitable and of break-even
        (35, "Comedy", 1, 1.5, 1.5, 1.5, 1.5, 1.5, 1.0, 1.0),
        (18, "Drama", 5, -0.3, 0.0, 0.5, 1.0, 1.3, 0.6, 0.2),
    ]


def test_language_trends() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "original_language": "es", "release_date": "1990-01-01", "revenue_usd": 5_000},
            {"film_id": 2, "original_language": "es", "release_date": "2020-01-01", "revenue_usd": 7_000},
            {"film_id": 3, "original_language": "xx", "vote_average": 8.0, "vote_count": 100},
            {"film_id": 4, "release_date": "2020-01-01", "vote_average": 6.0, "vote_count": 100},
        ],
        languages=[("es", "Español"), ("en", "English")],
    )
    # Mean of all films 7, also of those without a language; xx has no name, and is listed for all that.
    assert answer(given, "language_trends") == [
        ("es", "Español", 2, 0.6667, 1, 1.0, 2, 12_000, 0, None),
        ("xx", None, 1, 0.3333, 0, 0.0, 0, None, 1, 7.0833),
    ]


# Traps ---------------------------------------------------------------------------------------------------------------


def test_a_film_with_three_genres_two_directors_and_two_countries_is_one_film() -> None:
    given = warehouse(
        movies=[{"film_id": 1, "release_date": "2026-01-10", "budget_usd": 1_000, "revenue_usd": 4_000}],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[(1, 18), (1, 35), (1, 27)],
        people=[(10, "Ana", 1), (11, "Bruno", 2)],
        movie_people=[directed(1, 10), directed(1, 11)],
        countries=[("ES", "Spain"), ("FR", "France")],
        movie_countries=[(1, "ES"), (1, "FR")],
    )
    assert answer(given, "kpis", "films revenue_usd films_with_figures") == [(1, 4_000, 1)]
    assert answer(given, "genre_by_decade", "genre films films_with_genre") == [
        ("Drama", 1, 1),
        ("Horror", 1, 1),
        ("Comedy", 1, 1),
    ]
    assert answer(given, "country_trends", "country_code films revenue_usd") == [("ES", 1, 4_000), ("FR", 1, 4_000)]


def test_homonymous_directors_stay_apart() -> None:
    given = warehouse(
        movies=[{"film_id": film_id} for film_id in range(1, 7)],
        people=[(10, "Steve McQueen", 2), (11, "Steve McQueen", 2)],
        movie_people=[directed(film_id, 10 if film_id <= 3 else 11) for film_id in range(1, 7)],
    )
    assert answer(given, "directors_leaderboard", "rank person_id director films") == [
        (1, 10, "Steve McQueen", 3),
        (2, 11, "Steve McQueen", 3),
    ]


def test_two_director_credits_in_one_film_are_one_film() -> None:
    again = {**directed(1, 10), "credit_id": "again"}
    given = warehouse(
        movies=[{"film_id": 1}, {"film_id": 2}],
        people=[(10, "Ana", 1)],
        movie_people=[directed(1, 10), directed(2, 10), again],
    )
    assert answer(given, "directors_leaderboard") == []
