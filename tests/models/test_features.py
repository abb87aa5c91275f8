"""What is known of a film before its release: rows in, features out, and nothing of what came later."""

from datetime import date
from math import exp, log
from typing import Any

import pytest

from models.world import world
from taquilla.models.features import AFTER_RELEASE, BEFORE_RELEASE, names, query, read_rows
from taquilla.models.plans import FilmPlan
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import Connection
from warehouse.given import DRAMA, HORROR, acted, directed, warehouse

KNOWN_BEFORE = ["film_id", "split_date", *names(BEFORE_RELEASE)]


def features(given: Connection) -> dict[int, dict[str, Any]]:
    return {row["film_id"]: row for row in read_rows(asking(given))}


def before_release(given: Connection) -> dict[int, dict[str, Any]]:
    return {film_id: {name: row[name] for name in KNOWN_BEFORE} for film_id, row in features(given).items()}


def test_a_film_by_itself() -> None:
    given = warehouse(
        movies=[
            {
                "film_id": 1,
                "release_date": "2001-05-04",
                "budget_usd": 1_000,
                "revenue_usd": 3_000,
                "roi": 2.0,
                "runtime_min": 90,
                "original_language": "es",
                "popularity": 7.5,
                "vote_average": 6.0,
                "vote_count": 12,
            }
        ],
        genres=[DRAMA, HORROR],
        movie_genres=[(1, HORROR[0]), (1, DRAMA[0])],
        countries=[("ES", "Spain"), ("AR", "Argentina")],
        movie_countries=[(1, "ES"), (1, "AR")],
        people=[(5, "Ana", 1)],
        movie_people=[directed(1, 5), acted(1, 5, 0)],
    )
    found = {name: value for name, value in features(given)[1].items() if value is not None}
    assert found == {
        "film_id": 1,
        "split_date": date(2001, 5, 4),
        "budget_usd": 1_000,
        "runtime_min": 90,
        "release_year": 2001,
        "release_month": 5,
        "release_weekday": 5,
        "genres": [18, 27],
        "original_language": "es",
        "countries": ["AR", "ES"],
        "country_count": 2,
        "director_films": 0,
        "cast_films": 0,
        "popularity": 7.5,
        "vote_average": 6.0,
        "vote_count": 12,
        "revenue_usd": 3_000,
        "roi": 2.0,
        "cast_count": 1,
    }


def test_what_is_unknown_is_none_and_not_zero() -> None:
    row = features(warehouse(movies=[{"film_id": 1, "release_date": "2001-05-04"}]))[1]
    known = {name for name, value in row.items() if value is not None}
    assert known == {"film_id", "split_date", "release_year", "release_month", "release_weekday"}
    assert row.keys() == {*KNOWN_BEFORE, *names(AFTER_RELEASE)}


def test_removed_and_undated_films_stay_out_of_rows_and_histories() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-05-04", "popularity": 1.0, "is_removed": True},
            {"film_id": 2, "popularity": 1.0},
            {"film_id": 3, "release_date": "2002-05-04", "popularity": 1.0},
        ],
        people=[(5, "Ana", 1)],
        movie_people=[directed(film_id, 5) for film_id in (1, 2, 3)],
    )
    assert {film_id: row["director_films"] for film_id, row in features(given).items()} == {3: 0}


@pytest.fixture
def career() -> Connection:
    """Ana's films: two of known dates, two of one day, one of which only the year is known, and one after them."""
    dates = ["2000-03-01", "2001-03-01", "2002-03-01", "2002-03-01", "2003-01-01", "2003-06-01", "2004-06-01"]
    popularities = [exp(1) - 1, exp(3) - 1, 50.0, 60.0, 70.0, 80.0, 90.0]
    return warehouse(
        movies=[
            {"film_id": n, "release_date": day, "popularity": popularity, "vote_average": 6.0 + n / 10}
            for n, (day, popularity) in enumerate(zip(dates, popularities, strict=True), 1)
        ],
        people=[(5, "Ana", 1)],
        movie_people=[directed(film_id, 5) for film_id in range(1, 8)],
    )


def test_a_history_counts_what_was_released_strictly_before(career: Connection) -> None:
    told = features(career)
    assert [told[n]["director_films"] for n in range(1, 8)] == [0, 1, 2, 2, 4, 4, 6]
    # Both films before the third are also all films before it: nothing to be drawn towards.
    assert told[3]["director_popularity"] == pytest.approx(exp((1 + 3) / 2) - 1)
    assert told[3]["director_best_popularity"] == pytest.approx(exp(3) - 1)
    assert told[3]["director_rating"] == pytest.approx(6.15)


def test_a_date_of_1_january_may_be_any_day_of_its_year(career: Connection) -> None:
    told = features(career)
    # Film 5 is of 2003: it is no history for the film of June 2003, and is for that of June 2004.
    assert (told[5]["release_month"], told[5]["release_weekday"], told[5]["release_year"]) == (None, None, 2003)
    assert told[5]["split_date"] == date(2003, 12, 31)
    assert told[6]["director_best_popularity"] == pytest.approx(60.0)
    assert told[7]["director_best_popularity"] == pytest.approx(80.0)


def test_a_short_history_is_drawn_towards_the_mean_of_all_earlier_films() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2000-03-01", "popularity": 19.0, "vote_average": 9.0},
            {"film_id": 2, "release_date": "2000-04-01", "popularity": 4.0, "vote_average": 5.0},
            {"film_id": 3, "release_date": "2001-03-01"},
        ],
        people=[(5, "Ana", 1)],
        movie_people=[directed(1, 5), directed(3, 5)],
    )
    usual = (log(20) + log(5)) / 2
    told = features(given)[3]
    assert told["director_popularity"] == pytest.approx(exp((log(20) + 2 * usual) / 3) - 1)
    assert told["director_rating"] == pytest.approx((9 + 2 * 7) / 3)
    assert told["cast_films"] is None


def test_only_the_five_first_billed_count() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2000-03-01", "popularity": 19.0},
            {"film_id": 2, "release_date": "2001-03-01"},
            {"film_id": 3, "release_date": "2001-03-01"},
        ],
        people=[(5, "Ana", 1)],
        movie_people=[acted(1, 5, 9), acted(2, 5, 4), acted(3, 5, 5)],
    )
    told = features(given)
    assert (told[2]["cast_films"], told[3]["cast_films"]) == (1, None)


@pytest.mark.parametrize("cut", ["1993-01-01", "1999-06-01", "2005-01-01"])
@pytest.mark.parametrize(
    "change",
    [
        "update movies set is_removed = true where release_date >= $cut",
        "update movies set popularity = popularity * 1000, vote_average = 1.0, revenue_usd = 1 "
        "where release_date >= $cut",
    ],
)
def test_no_feature_of_an_earlier_film_changes_with_later_ones(cut: str, change: str) -> None:
    given = world()
    whole = {k: row for k, row in before_release(given).items() if row["split_date"] < date.fromisoformat(cut)}
    given.execute(change, {"cut": cut})
    changed = {k: row for k, row in before_release(given).items() if row["split_date"] < date.fromisoformat(cut)}
    assert whole
    assert changed == whole


def test_a_plan_has_the_features_that_the_same_film_has() -> None:
    given = world()
    film = features(given)[140]
    plan = FilmPlan(
        budget_usd=film["budget_usd"],
        runtime_min=film["runtime_min"],
        release_date=film["split_date"],
        original_language=film["original_language"],
        genre_ids=tuple(film["genres"]),
        country_codes=tuple(film["countries"]),
        director_ids=(1_000 + 140 % 8,),
        cast_ids=(2_000 + 140 % 11,),
        company_ids=(31 + 140 % 3,),
    )
    planned = asking(given)(query("subject_plan", "before_release"), **plan.parameters())[0]
    assert {**planned, "film_id": 140} == {name: film[name] for name in KNOWN_BEFORE}


def test_a_plan_without_a_date_comes_after_all_films() -> None:
    plan = FilmPlan(director_ids=(1_000,))
    row = asking(world())(query("subject_plan", "before_release"), **plan.parameters())[0]
    assert (row["release_year"], row["release_month"], row["release_weekday"]) == (None, None, None)
    assert row["director_films"] == 20


def test_a_first_film_does_not_tell_of_its_sequel() -> None:
    films = [
        {"film_id": 1, "release_date": "2000-03-01", "popularity": 9.0},
        {"film_id": 2, "release_date": "2003-03-01", "popularity": 9.0},
    ]
    alone = before_release(warehouse(movies=films))
    saga = before_release(
        warehouse(
            collections=[{"collection_id": 7, "name": "Saga"}], movies=[film | {"collection_id": 7} for film in films]
        )
    )
    assert saga[1] == alone[1]
    assert (saga[1]["collection_films"], saga[2]["collection_films"]) == (None, 1)
    plan = FilmPlan(release_date=date(1999, 3, 1), collection_id=7)
    row = asking(warehouse(movies=films))(query("subject_plan", "before_release"), **plan.parameters())[0]
    assert (row["collection_films"], row["collection_popularity"]) == (None, None)


def test_a_film_that_is_not_out_yet_is_counted_and_neither_row_nor_history() -> None:
    # The rows were read on 15 January 2026.
    days = ["2001-05-04", "2026-01-15", "2026-01-16"]
    given = warehouse(
        movies=[{"film_id": n, "release_date": day, "popularity": 1.0} for n, day in enumerate(days, 1)],
        people=[(5, "Ana", 1)],
        movie_people=[directed(film_id, 5) for film_id in (1, 2, 3)],
    )
    assert {film_id: row["director_films"] for film_id, row in features(given).items()} == {1: 0, 2: 1}
    counts = asking(given)(query("film_counts"))[0]
    assert (counts["dated"], counts["unreleased"], counts["released"]) == (3, 1, 2)
    plan = FilmPlan(director_ids=(5,))
    assert asking(given)(query("subject_plan", "before_release"), **plan.parameters())[0]["director_films"] == 2
