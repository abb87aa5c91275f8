"""The star of reviews says what is curated, however many loads it took: in DuckDB and, from its file, in PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from records import film, read
from taquilla.warehouse import duckdb
from taquilla.warehouse.load import clear_films
from taquilla.warehouse.reviews_load import LoadedReviews, clear_reviews
from taquilla.warehouse.reviews_model import reviews as star
from warehouse.databases import Databases
from warehouse.review_rows import GOALS, World, at, review, signal
from warehouse.road import Road
from warehouse.test_rentals_load import broken_keys


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """In the end a fresh load says the same, and every key holds."""
    made = World(tmp_path)
    yield made
    prove(made)


@pytest.fixture
def both(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """It answers from PostgreSQL; in the end the file says the same, too."""
    made = World(tmp_path, databases.new())
    yield made
    assert World(tmp_path).star() == made.star()
    prove(made)


def prove(world: World) -> None:
    step_by_step = world.star()
    assert broken_keys(world.file, star) == []
    world.load(rebuild=True)
    assert world.star() == step_by_step


def opening() -> dict[str, list[dict[str, Any]]]:
    """Two places, of which one is known; a reviewer who is known and one who is not; three reviews."""
    return {
        "venues": [{"venue_id": "v1", "name": "Odeon", "categories": ["Cinema", "Bar"], "is_cinema": True}],
        "reviewers": [{"reviewer_id": "ana", "name": "anon-1"}],
        "reviews": [
            review(1, "v1", "ana", 5.0, "01-10 20:30"),
            review(2, "v1", "ben", 4.0, "01-11"),
            review(3, "v2", None, 1.0, "02-01", text=None),
        ],
        "review_signals": [signal(1, 0.8, aspects=["screen"], spam_signs=["has_url"]), signal(2, 0.4)],
        "ratings": [{"user_id": "u1", "rated_film_id": 7, "rating": 4.5}],
    }


def test_who_is_named_and_not_told_of_is_inferred_until_somebody_tells(both: World) -> None:
    assert both.take(**opening()) == LoadedReviews(3, 1, is_whole=True)
    assert both.rows("select review_id, is_orphan, has_text, word_count from reviews.fact_review order by 1") == [
        ("r1", False, True, 5),
        ("r2", False, True, 5),
        ("r3", True, False, None),
    ]
    venues = "select venue_id, name, is_cinema, is_inferred from reviews.dim_venue order by 1"
    assert both.rows(venues) == [("v1", "Odeon", True, False), ("v2", None, None, True)]
    people = "select reviewer_id, name, is_inferred from reviews.dim_reviewer order by 1"
    assert both.rows(people) == [("ana", "anon-1", False), ("ben", None, True)]
    assert both.rows("select rated_film_id, title, is_inferred from reviews.dim_rated_film") == [(7, None, True)]
    # The place is found, and its review is no orphan any more: that row alone is written.
    found = both.take(venues=[{"venue_id": "v2", "name": "Roxy"}], reviewers=[{"reviewer_id": "ben"}])
    assert found == LoadedReviews(1, 0, is_whole=False)
    assert both.rows("select count(*) from reviews.fact_review where is_orphan") == [(0,)]
    assert both.rows(venues)[1] == ("v2", "Roxy", False, False)
    assert both.load() == LoadedReviews(0, 0, is_whole=False)


def test_a_newer_record_takes_the_place_of_the_older_and_what_is_gone_is_gone(both: World) -> None:
    both.take(**opening(), tips=[{"tip_id": "t1", "venue_id": "v3", "tipped_at": at("01-01"), "text": "Go"}])
    assert both.take(reviews=[review(1, "v1", "ana", 2.0, "03-01")]) == LoadedReviews(1, 0, is_whole=False)
    scored = "select stars, sentiment from reviews.fact_review where review_id = 'r1'"
    # What the old text told says nothing of the new one, until that is scored.
    assert both.rows(scored) == [(2.0, None)]
    assert both.rows("select count(*) from reviews.review_aspects") == [(0,)]
    assert both.take(review_signals=[signal(1, -0.5, aspects=["seats", "sound"])]).reviews == 1
    assert both.rows(scored) == [(2.0, -0.5)]
    assert both.rows("select aspect from reviews.review_aspects order by 1") == [("seats",), ("sound",)]
    assert both.rows("select sign from reviews.review_spam_signs") == []
    both.drop("reviews", "r2")
    both.drop("tips", "t1")
    both.drop("ratings", "u1", 7)
    both.put(venues=[{"venue_id": "v1", "name": "Odeon", "categories": ["Bar"]}])
    assert both.load() == LoadedReviews(0, 0, is_whole=False)
    assert both.rows("select review_id from reviews.fact_review order by 1") == [("r1",), ("r3",)]
    assert both.rows("select venue_id, category from reviews.venue_categories") == [("v1", "Bar")]
    assert both.rows("select reviewer_id from reviews.dim_reviewer") == [("ana",)]
    assert both.rows("select venue_id from reviews.dim_venue order by 1") == [("v1",), ("v2",)]
    assert both.rows("select count(*) from reviews.dim_rated_film") == [(0,)]


def test_what_many_reviews_decide_together_moves_with_them(world: World) -> None:
    texts = {n: signal(n, text_hash=70 + min(n, 20)) for n in range(1, 22)}
    crowd = [review(n, "v1", f"p{n}", 5.0, f"01-{n:02} 10:00") for n in range(1, 12)]
    world.take(venues=opening()["venues"], reviews=crowd, review_signals=[texts[n] for n in range(1, 12)])
    assert world.rows("select count(*) from reviews.fact_review where is_in_burst or outlier_rule is not null") == [
        (0,)
    ]
    odd = "select review_id, is_in_burst, is_duplicate_text, outlier_rule from reviews.fact_review"
    burst = [review(n, "v1", None, 5.0, "03-20 10:00") for n in range(12, 21)]
    angry = review(21, "v1", "eva", 1.0, "03-21 10:00")
    long = {**texts[20], "word_count": 400}
    signals = [*(texts[n] for n in range(12, 20)), long, texts[21]]
    assert world.take(reviews=[*burst, angry], review_signals=signals).reviews == 10
    found = world.rows(f"{odd} where is_in_burst or is_duplicate_text or outlier_rule is not null order by 1")
    assert found == [
        *((f"r{n}", True, False, None) for n in range(12, 20)),
        ("r20", True, True, "very_long_text"),
        ("r21", False, True, "stars_far_from_venue"),
    ]
    # Nine reviews of one day, of 21 in 81 days.
    assert world.rows("select day, reviews, expected, score from mart.review_bursts") == [
        (date(2024, 3, 20), 9, round(21 / 81, 4), 17.1665)
    ]
    world.drop("reviews", "r21")
    for n in (18, 19, 20):
        world.drop("reviews", f"r{n}")
    world.put(
        reviews=[review(22, "v1", None, 5.0, "06-03"), review(23, "v1", None, 5.0, "01-01", date_precision="month")]
    )
    world.load()
    # Six of the day stay, and are still far too many; nobody shares a text any more.
    assert world.rows(f"{odd} where review_id > 'r20' and review_id < 'r3' or is_duplicate_text order by 1") == [
        ("r22", False, False, "future_date"),
        ("r23", False, False, None),
    ]
    assert world.rows("select reviews from mart.review_bursts") == [(6,)]


def test_a_reply_waited_so_many_hours_as_far_as_they_are_known(world: World) -> None:
    google = {"source": "google_maps", "owner_reply": "Thanks"}
    world.take(
        reviews=[
            review(1, "v1", "ana", 5.0, "01-10 20:00", **google, owner_replied_at=at("01-11 02:30")),
            review(2, "v1", "ana", 5.0, "01-10 20:00", **google, owner_replied_at=at("01-10 19:59")),
            review(3, "v1", "ana", 5.0, "01-10", **google, owner_replied_at=at("01-11"), date_precision="day"),
            review(4, "v1", "ana", 5.0, "01-10", **google),
            review(5, "v1", "ana", 5.0, "01-10", source="google_maps"),
            review(6, "v1", "ana", 5.0, "01-10"),
        ]
    )
    assert world.rows("select review_id, has_reply, reply_hours from reviews.fact_review order by 1") == [
        ("r1", True, 6.5),
        ("r2", True, None),
        ("r3", True, None),
        ("r4", True, None),
        ("r5", False, None),
        ("r6", None, None),
    ]


def test_checkins_repairs_and_goals(world: World) -> None:
    moments = [at("01-08 20:00"), at("01-08 20:59"), at("01-13 22:00")]
    mended = {"table": "reviews", "raw_seq": 1, "column": "stars", "found": "9", "rule": "stars|range"}
    world.put(checkins=[{"venue_id": "v1", "moments": moments}], review_repairs=[mended])
    refused = {"landed_at": at("01-01"), "rule": "reviewed_at|nullability", "reason": "no", "record": "{}"}
    world.put(**{"quarantine.reviews": [refused], "quarantine.tips": [refused]})
    assert world.load() == LoadedReviews(0, 0, is_whole=True)
    asked = "select checked_in_on, hour, checkins from reviews.fact_checkin order by 1"
    assert world.rows(asked) == [(date(2024, 1, 8), 20, 2), (date(2024, 1, 13), 22, 1)]
    assert world.rows("select table_name, column_name, found, made from reviews.repairs") == [
        ("reviews", "stars", "9", None)
    ]
    assert world.rows("select table_name, rule from reviews.rejected order by 1") == [
        ("reviews", "reviewed_at|nullability"),
        ("tips", "reviewed_at|nullability"),
    ]
    world.take(checkins=[{"venue_id": "v1", "moments": [at("02-01 01:00"), None]}])
    assert world.rows(asked) == [(date(2024, 2, 1), 1, 1)]
    world.goals = {**GOALS, "growth": 0.5}
    assert world.load() == LoadedReviews(0, 0, is_whole=False)
    assert world.rows("select goal from reviews.goals where kpi = 'growth'") == [(0.5,)]


def test_a_rated_film_is_found_by_ids_and_then_by_title_and_year(world: World) -> None:
    named = [(1, "Alien", 1979), (2, "Brazil", 1985), (3, "casablanca", 1942), (4, "Dracula", 1931), (5, "Nope", None)]
    world.take(
        rated_films=[{"rated_film_id": n, "title": title, "release_year": year} for n, title, year in named],
        rated_film_ids=[
            {"rated_film_id": 1, "tmdb_id": 348},
            {"rated_film_id": 2, "tmdb_id": 999, "imdb_id": "tt0088846"},
        ],
    )
    asked = "select rated_film_id, film_id from reviews.dim_rated_film order by 1"
    assert world.rows(asked) == [(n, None) for n in range(1, 6)]
    world.fill(
        movies=[
            {"film_id": 348, "title": "Alien", "release_date": "1979-05-25"},
            {"film_id": 68, "title": "Brazil", "release_date": "1985-02-20", "imdb_id": "tt0088846"},
            {"film_id": 289, "title": "Casablanca", "release_date": "1942-11-26"},
            *({"film_id": n, "title": "Dracula", "release_date": "1931-02-12"} for n in (138, 139)),
        ],
        load_marks=[("curated.films", 5)],
    )
    assert world.load() == LoadedReviews(0, 0, is_whole=False)
    assert world.rows(asked) == [(1, 348), (2, 68), (3, 289), (4, None), (5, None)]


def test_a_rated_film_has_the_genres_that_its_newest_row_tells(both: World) -> None:
    asked = "select rated_film_id, genre from reviews.rated_film_genres order by 1, 2"
    both.take(
        rated_films=[
            {"rated_film_id": 1, "title": "Alien", "genres": ["Horror", "Sci-Fi", "Horror"]},
            {"rated_film_id": 2, "title": "Brazil", "genres": []},
        ]
    )
    assert both.rows(asked) == [(1, "Horror"), (1, "Sci-Fi")]
    both.put(rated_films=[{"rated_film_id": 2, "title": "Brazil", "genres": ["Sci-Fi"]}])
    both.drop("rated_films", 1)
    both.load()
    assert both.rows(asked) == [(2, "Sci-Fi")]


# Several subjects in one warehouse.


def test_films_and_reviews_leave_each_other_alone(both: World) -> None:
    road = Road(both.folder, both.options)
    road.take(read(film(1)))
    both.take(**opening())
    before = both.star()
    road.take(read(film(2)))
    assert both.star() == before
    assert road.rows("select film_id from movies order by 1") == [(1,), (2,)]
    # The films are others now, so that rated films are sought among them; nothing is written.
    assert both.load() == LoadedReviews(0, 0, is_whole=False)
    assert road.take().films == 0


def test_reviews_can_be_taken_out_and_films_can_and_the_reviews_stay(tmp_path: Path) -> None:
    road, world = Road(tmp_path), World(tmp_path)
    road.take(read(film(1)))
    world.take(**opening())
    before = world.star()
    with duckdb.replacing(world.file) as connection:
        clear_films(connection)
    assert road.rows("select count(*) from movies") == [(0,)]
    assert (world.star(), world.load()) == (before, LoadedReviews(0, 0, is_whole=False))
    with duckdb.replacing(world.file) as connection:
        clear_reviews(connection)
    assert {name for name, rows in world.star().items() if rows} == set()
    assert world.rows("select source from load_marks where source like 'reviews.%'") == []
    road.take()
    assert road.rows("select film_id from movies") == [(1,)]
    assert world.load() == LoadedReviews(3, 1, is_whole=True)


def test_what_was_curated_anew_is_loaded_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.load() == LoadedReviews(0, 0, is_whole=True)
    world.take(**opening())
    world.rebuilt = 1
    assert world.load() == LoadedReviews(3, 1, is_whole=True)
    assert world.rows("select max(reviewed_at) from reviews.fact_review") == [(datetime(2024, 2, 1, tzinfo=UTC),)]
