"""The marts of reviews: a few rows in, the rows expected; in DuckDB and in PostgreSQL, one database for all of them."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from warehouse.databases import Databases
from warehouse.kinds import KINDS
from warehouse.review_rows import World, at, review, signal
from warehouse.test_same_answers import differing

Answers = Callable[[str], list[tuple[Any, ...]]]
JAN, FEB, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
GOOGLE, FLAT = {"source": "google_maps"}, {"source": "google_flat", "date_precision": "month"}


def a_town() -> dict[str, Any]:
    """Three places and one that nobody tells of; four people, of whom Ana wrote four times in two places; eight
    reviews, of which three could have been answered by the owner and two were."""
    return {
        "venues": [
            _venue("v1", "Odeon", "Madrid", "MD", ["Cinema", "Bar"], latitude=40.4, longitude=-3.7, is_cinema=True),
            _venue("v2", "Roxy", "Madrid", "MD", ["Cinema"], latitude=40.5, longitude=-3.6, is_cinema=True),
            _venue("v3", "Video Rey", "Toledo", "TO", None, is_video_shop=True),
            _venue("v4", "Nobody's", "Toledo", "TO", ["Cinema"], latitude=39.9, longitude=-4.0, is_cinema=True),
        ],
        "reviews": [
            review(1, "v1", "ana", 5.0, "01-10 10:00", **GOOGLE, owner_replied_at=at("01-10 20:00")),
            review(2, "v1", "ben", 4.0, "01-20", **GOOGLE),
            review(3, "v1", "ana", 3.0, "02-05 10:00", **GOOGLE, owner_replied_at=at("02-06 10:00")),
            review(4, "v2", "cai", 2.0, "02-10"),
            review(5, "v2", "ana", 1.0, "02-11"),
            review(6, "v3", "dia", 5.0, "02-12", text=None),
            review(7, "v9", "ben", 2.0, "03-01"),
            review(8, "v1", None, 4.5, "01-01", **FLAT),
        ],
        "review_signals": [
            signal(1, 0.8, aspects=["screen", "staff"]),
            signal(2, 0.4, aspects=["staff"]),
            signal(3, 0.0, aspects=["queue"]),
            signal(4, -0.5, "es", aspects=["price"], text_hash=77),
            signal(5, -0.7, "es", text_hash=77, spam_score=0.5, spam_signs=["has_url", "all_capitals"]),
            signal(6, None, None, word_count=0),
            signal(7, 0.2, spam_signs=["has_url"]),
            signal(8, 0.9, None),
        ],
        "checkins": [{"venue_id": "v1", "moments": [at("01-08 20:00"), at("01-15 20:30"), at("01-13 22:00")]}],
        "ratings": [
            {"user_id": "u1", "rated_film_id": 1, "rating": 5.0},
            {"user_id": "u2", "rated_film_id": 1, "rating": 3.0},
            {"user_id": "u1", "rated_film_id": 2, "rating": 4.0},
            {"user_id": "u2", "rated_film_id": 3, "rating": 4.0},
        ],
        "rated_films": [
            {"rated_film_id": 1, "title": "Alien", "release_year": 1979},
            {"rated_film_id": 2, "title": "Brazil", "release_year": 1985},
        ],
        "review_repairs": [{"table": "reviews", "raw_seq": n, "column": "stars", "rule": "range"} for n in (1, 2)],
        "quarantine.tips": [{"landed_at": at("01-01"), "rule": "r", "reason": "no", "record": "{}"}],
    }


def _venue(venue_id: str, name: str, city: str, state: str, categories: list[str] | None, **more: Any) -> Any:
    return {"venue_id": venue_id, "name": name, "city": city, "state": state, "categories": categories, **more}


def a_busy_place() -> dict[str, Any]:
    """Five reviews in January, a day each, and six on one day of February, two of them by people of January; one of
    the others writes again the day after. Then one review of May, which has not ended, and one of the future."""
    january = [review(n, "b1", f"p{n}", 4.0, f"01-0{n}") for n in range(1, 6)]
    february = [review(n, "b1", f"p{n - 5}" if n < 8 else f"q{n}", 5.0, "02-20") for n in range(6, 12)]
    later = [review(n, "b1", "q8", 5.0, day) for n, day in ((12, "02-21"), (13, "05-01"), (14, "12-01"))]
    return {
        "venues": [_venue("b1", "Busy", "Sevilla", "SE", ["Cinema"])],
        "reviews": [*january, *february, *later],
        "review_signals": [signal(n, 0.2 if n < 6 else 0.5) for n in range(1, 15)],
    }


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> dict[tuple[str, str], World]:
    """Each place in each kind of warehouse; PostgreSQL's from the same file."""
    made = {}
    for name, rows in (("town", a_town()), ("busy", a_busy_place())):
        folder = tmp_path_factory.mktemp(name)
        made[name, "postgres"] = World(folder, databases.new())
        made[name, "postgres"].put(**rows)
        made[name, "postgres"].load()
        made[name, "duckdb"] = World(folder)
    return made


@pytest.fixture(params=KINDS)
def town(request: pytest.FixtureRequest, worlds: dict[tuple[str, str], World]) -> Iterator[Answers]:
    """The rows of a mart of the town, floats to four places."""
    with worlds["town", request.param].asking() as ask:
        yield lambda mart: ask(f"select * from mart.{mart}")  # noqa: S608


@pytest.fixture(params=KINDS)
def busy(request: pytest.FixtureRequest, worlds: dict[tuple[str, str], World]) -> Iterator[Answers]:
    """The rows of a mart of the busy place."""
    with worlds["busy", request.param].asking() as ask:
        yield lambda mart: ask(f"select * from mart.{mart}")  # noqa: S608


# One test a mart, in alphabetical order ------------------------------------------------------------------------------


def test_aspect_scores(town: Answers) -> None:
    # Seven of the eight have a text.
    assert town("aspect_scores") == [
        ("staff", 2, 4.5, 0.6, 0.2857),
        ("price", 1, 2.0, -0.5, 0.1429),
        ("queue", 1, 3.0, 0.0, 0.1429),
        ("screen", 1, 5.0, 0.8, 0.1429),
    ]


def test_category_scores(town: Answers) -> None:
    assert town("category_scores") == [
        # category, venues, reviews, mean stars, low, high, sentiment, retention, growth
        ("Cinema", 2, 6, 3.25, 1.6474, 4.8526, 0.15, 0.3333, None),
        ("Bar", 1, 4, 4.125, None, None, 0.525, 0.5, None),
        (None, 2, 2, 3.5, None, None, 0.2, 0.0, None),
    ]


def test_checkin_hours(town: Answers) -> None:
    assert town("checkin_hours") == [(1, 20, 2), (6, 22, 1)]


def test_city_scores(town: Answers) -> None:
    # Ana wrote of two places of Madrid, on three days.
    assert town("city_scores") == [
        ("Madrid", "MD", 2, 6, 3.25, 1.6474, 4.8526, 0.15, 0.3333, None),
        ("Toledo", "TO", 1, 1, 5.0, None, None, None, 0.0, None),
        (None, None, 1, 1, 2.0, None, None, 0.2, 0.0, None),
    ]


def test_owner_answers(town: Answers) -> None:
    assert town("owner_answers") == [(JAN, 2, 1, 0.5, 10.0), (FEB, 1, 1, 1.0, 24.0)]


def test_rated_film_scores(town: Answers) -> None:
    assert town("rated_film_scores") == [
        (1, "Alien", 1979, None, 2, 4.0, 4.0),
        (2, "Brazil", 1985, None, 1, 4.0, 4.0),
        (3, None, None, None, 1, 4.0, 4.0),
    ]


def test_rating_distribution(town: Answers) -> None:
    assert town("rating_distribution") == [(3.0, 1, 0.25), (4.0, 2, 0.5), (5.0, 1, 0.25)]


def test_review_bursts(busy: Answers, town: Answers) -> None:
    # Thirteen reviews in 122 days, without that of the future; six of one day, where 1.1 are the most that are usual.
    assert busy("review_bursts") == [("b1", "Busy", date(2024, 2, 20), 6, 0.1066, 18.0542, 5.0)]
    assert town("review_bursts") == []


def test_review_goals(busy: Answers) -> None:
    found = busy("review_goals")
    # Seven reviews after five; of the six people two had written in January, and one on the day before.
    assert found[:4] == [
        ("all", "all", FEB, "growth", 0.4, 0.05, True),
        ("all", "all", FEB, "retention", 0.5, 0.2, True),
        ("all", "all", FEB, "sentiment_change", 0.3, 0.0, True),
        ("all", "all", FEB, "stars_change", 1.0, 0.0, True),
    ]
    scopes = [("category", "Cinema"), ("city", "Sevilla, SE"), ("state", "SE"), ("venue", "b1")]
    assert found[4:] == [(*scope, *rest[2:]) for scope in scopes for rest in found[:4]]


def test_review_kpis(town: Answers, busy: Answers) -> None:
    assert town("review_kpis") == [
        # Two of the four wrote on several days; three reviews in January and four in February say nothing of growth.
        (8, 4, 4, 3.3125, 2.0346, 4.5904, 0.1571, 0.6667, 0.5, None, 1, 0, 4, JAN, MARCH, None)
    ]
    # The latest month that says something is February, though reviews were written until the first of May.
    assert busy("review_kpis")[0][-7:] == (0.4, 0, 1, 0, JAN, date(2024, 5, 1), FEB)
    assert [busy(f"{kind}_scores")[0][-1] for kind in ("city", "state", "category")] == [0.4] * 3


def test_review_languages(town: Answers) -> None:
    assert town("review_languages") == [
        ("en", 4, 0.5714, 3.5, 0.35),
        ("es", 2, 0.2857, 1.5, -0.6),
        (None, 1, 0.1429, 4.5, 0.9),
    ]


def test_review_months(town: Answers, busy: Answers) -> None:
    assert town("review_months") == [
        (JAN, 3, 2, 2, 0, 4.5, None, None, 0.7, 0.5),
        (FEB, 4, 3, 2, 1, 2.75, None, None, -0.4, 1.0),
        (MARCH, 1, 1, 0, 1, 2.0, None, None, 0.2, None),
    ]
    # The review of December is of the future, and of no month.
    assert [row[:2] for row in busy("review_months")] == [(JAN, 5), (FEB, 7), (date(2024, 5, 1), 1)]


def test_review_quality(town: Answers, busy: Answers) -> None:
    assert town("review_quality") == [
        ("bursts", "reviews", 0),
        ("duplicate_texts", "reviews", 2),
        ("future_date", "reviews", 0),
        ("orphans", "reviews", 1),
        ("repairs", "reviews", 2),
        ("spam", "reviews", 1),
        ("stars_far_from_venue", "reviews", 0),
        ("very_long_text", "reviews", 0),
        ("without_text", "reviews", 1),
        ("quarantined", "tips", 1),
    ]
    assert busy("review_quality")[0] == ("bursts", "reviews", 6)


def test_reviewer_activity(town: Answers) -> None:
    assert town("reviewer_activity") == [("1", 2, 0.5, 2), ("2", 1, 0.25, 2), ("3-5", 1, 0.25, 3)]


def test_sentiment_agreement(town: Answers) -> None:
    # Of three stars and of a sentiment of 0 nobody can say whether they agree.
    assert town("sentiment_agreement") == [
        ("en", 4, 0.8315, 0.6667),
        ("es", 2, 1.0, 1.0),
        (None, 1, None, 1.0),
    ]


def test_sentiment_by_stars(town: Answers) -> None:
    assert town("sentiment_by_stars") == [
        (1, 1, -0.7, -0.7, -0.7, -0.7),
        (2, 2, -0.15, -0.325, -0.15, 0.025),
        (3, 1, 0.0, 0.0, 0.0, 0.0),
        (4, 1, 0.4, 0.4, 0.4, 0.4),
        (5, 2, 0.85, 0.825, 0.85, 0.875),
    ]


def test_spam_signals(town: Answers) -> None:
    assert town("spam_signals") == [("has_url", 2, 0.2857), ("all_capitals", 1, 0.1429)]


def test_star_distribution(town: Answers) -> None:
    assert town("star_distribution") == [(1, 1, 0.125), (2, 2, 0.25), (3, 1, 0.125), (4, 1, 0.125), (5, 3, 0.375)]


def test_state_scores(town: Answers) -> None:
    assert [row[:3] for row in town("state_scores")] == [("MD", 2, 6), ("TO", 1, 1), (None, 1, 1)]
    assert town("state_scores")[0][3:] == (3.25, 1.6474, 4.8526, 0.15, 0.3333, None)


def test_venue_map(town: Answers) -> None:
    assert town("venue_map") == [
        ("v1", "Odeon", 40.4, -3.7, 4, 4.125, True),
        ("v2", "Roxy", 40.5, -3.6, 2, 1.5, True),
        ("v4", "Nobody's", 39.9, -4.0, 0, None, True),
    ]


def test_venue_scores(town: Answers) -> None:
    assert town("venue_scores") == [
        # ..., reviews, mean stars, low, high, Bayesian, sentiment, answer rate, retention, last
        ("v1", "Odeon", "Madrid", "MD", 4, 4.125, None, None, 3.5446, 0.525, 0.6667, 0.5, date(2024, 2, 5)),
        ("v3", "Video Rey", "Toledo", "TO", 1, 5.0, None, None, 3.4659, None, None, 0.0, date(2024, 2, 12)),
        ("v9", None, None, None, 1, 2.0, None, None, 3.1932, 0.2, None, 0.0, MARCH),
        ("v2", "Roxy", "Madrid", "MD", 2, 1.5, None, None, 3.0104, -0.6, None, 0.0, date(2024, 2, 11)),
    ]


# All of them ---------------------------------------------------------------------------------------------------------


def test_both_databases_say_the_same_to_nine_digits(worlds: dict[tuple[str, str], World]) -> None:
    marts = [name.removeprefix("test_") for name in globals() if name.startswith("test_") and "both" not in name]
    for place in ("town", "busy"):
        here, there = worlds[place, "duckdb"], worlds[place, "postgres"]
        for mart in marts:
            sql = f"select * from mart.{mart}"  # noqa: S608
            with here.asking(as_they_are=True) as ask, there.asking(as_they_are=True) as other:
                assert differing(ask(sql), other(sql)) == [], mart
