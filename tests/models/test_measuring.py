"""Splits, leaks, protocols, intervals and scores."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from taquilla.errors import DataError
from taquilla.models.estimators import fit, lesson
from taquilla.models.features import BEFORE_RELEASE, Feature
from taquilla.models.films import Films, films_of, read_films
from taquilla.models.importance import by_forest, by_shuffling
from taquilla.models.intervals import calibrate, coverage
from taquilla.models.leaks import find_leaks
from taquilla.models.protocols import HONEST, PROTOCOLS, known_when, measure
from taquilla.models.scores import scores
from taquilla.models.splits import at_random, by_date
from taquilla.models.targets import TARGETS, Target
from taquilla.warehouse.asking import Ask

SUCCESS, POPULARITY = TARGETS["success"], TARGETS["popularity"]


@pytest.fixture(scope="module")
def films(ask: Ask) -> Films:
    return read_films(ask)


def dated(*days: date) -> Films:
    return films_of([{"film_id": n, "split_date": day} for n, day in enumerate(days)], ())


# Splits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [1, 2, 3, 5, 7, 30])
def test_the_films_of_one_day_are_on_one_side_of_the_cut_off(same: int) -> None:
    given = dated(*(date(2000, 1, 2) + timedelta(days=n // same) for n in range(100)))
    split = by_date(given)
    assert split.cut_off is not None
    assert max(split.train.split_dates) < np.datetime64(split.cut_off) <= min(split.test.split_dates)
    assert sorted([*split.train.film_ids, *split.test.film_ids]) == list(range(100))


def test_the_first_day_may_hold_most_films() -> None:
    split = by_date(dated(*[date(2000, 1, 2)] * 90, *[date(2000, 1, 3)] * 10))
    assert (len(split.train), len(split.test), split.cut_off) == (90, 10, date(2000, 1, 3))


def test_films_of_a_single_day_cannot_be_split_by_date() -> None:
    with pytest.raises(DataError, match=r"All 9 films are of one day\. .* taquilla run"):
        by_date(dated(*[date(2000, 1, 2)] * 9))


def test_a_random_split_is_the_same_for_the_same_seed() -> None:
    given = dated(*(date(2000, 1, 2) + timedelta(days=n) for n in range(100)))
    first, again, other = (at_random(given, seed) for seed in (42, 42, 43))
    assert (len(first.train), len(first.test)) == (80, 20)
    assert [*first.test.film_ids] == [*again.test.film_ids] != [*other.test.film_ids]
    assert not {*first.train.film_ids} & {*first.test.film_ids}


# Targets --------------------------------------------------------------------------------------------------------------


def test_a_film_without_a_part_of_the_target_has_no_target() -> None:
    rows = [
        {"film_id": 1, "split_date": date(2000, 1, 2), "popularity": 10.0, "vote_average": 5.0},
        {"film_id": 2, "split_date": date(2000, 1, 2), "popularity": 10.0, "vote_average": None},
        {"film_id": 3, "split_date": date(2000, 1, 2), "popularity": None, "vote_average": 5.0},
    ]
    given = films_of(rows, SUCCESS.seeds())
    assert SUCCESS.of(SUCCESS.films(given)).tolist() == pytest.approx([22.0])
    assert POPULARITY.films(given).film_ids.tolist() == [1, 2]


# Leaks ----------------------------------------------------------------------------------------------------------------


def with_column(films: Films, name: str, column: np.ndarray) -> tuple[Films, tuple[Feature, ...]]:
    planted = replace(films, numbers={**films.numbers, name: column})
    return planted, (*BEFORE_RELEASE, Feature(name, "planted", "before release"))


def test_nothing_that_is_known_before_release_gives_the_target_away(films: Films) -> None:
    assert find_leaks(films, BEFORE_RELEASE, SUCCESS) == ()


def test_a_planted_leak_is_found_whatever_its_scale(films: Films) -> None:
    planted, features = with_column(films, "buzz_score", np.log1p(SUCCESS.of(films)) ** 3)
    found = find_leaks(planted, features, SUCCESS)
    assert [leak.feature for leak in found] == ["buzz_score"]
    assert "Spearman 1.000" in found[0].why or "least squares" in found[0].why


def test_a_leak_in_two_halves_is_found(films: Films) -> None:
    half = np.random.default_rng(1).normal(0, 100, len(films))
    planted, features = with_column(films, "half", half)
    planted, more = with_column(planted, "other_half", SUCCESS.of(films) - half)
    found = find_leaks(planted, (*features, more[-1]), SUCCESS)
    assert {leak.feature for leak in found} == {"half", "other_half"}
    assert "half + other_half" in found[0].why


def test_a_planted_leak_is_named_in_the_protocol(films: Films) -> None:
    spoilt = replace(films, numbers={**films.numbers, "runtime_min": SUCCESS.of(films) * 2})
    facts = measure(PROTOCOLS[HONEST], spoilt, SUCCESS, 42).facts
    assert facts["leaks"]
    assert [leak["feature"] for leak in facts["found_by_leak_check"]] == ["runtime_min"]
    assert facts["metrics"]["model"]["r2_log"] > 0.95


# Protocols ------------------------------------------------------------------------------------------------------------


def test_the_seeds_own_protocol_is_perfect_and_says_why(films: Films) -> None:
    facts = measure(PROTOCOLS["seed_80_20"], films, SUCCESS, 42).facts
    assert facts["metrics"]["linear"]["r2"] == pytest.approx(1.0)
    assert facts["leaks"]
    assert {leak["feature"]: leak["why"] for leak in facts["leaking_features"]} == {
        "vote_count": "known only after release",
        "vote_average": "part of the target",
        "popularity": "part of the target",
    }
    assert {leak["feature"] for leak in facts["found_by_leak_check"]} == {"vote_average", "popularity"}


def test_histories_that_are_measured_today_are_named(films: Films) -> None:
    named = measure(PROTOCOLS[HONEST], films, SUCCESS, 42).facts["measured_today"]
    endings = ("_popularity", "_rating", "_revenue_usd")
    assert named == [feature.name for feature in BEFORE_RELEASE if feature.name.endswith(endings)]
    assert measure(PROTOCOLS["seed_80_20"], films, SUCCESS, 42).facts["measured_today"] == []
    known = known_when(SUCCESS)
    assert known["director_rating"]["known"] == "before release, by today's figures"
    assert known["director_films"]["known"] == "before release"


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_each_protocol_says_what_it_knows(films: Films, target: Target) -> None:
    told = {name: measure(protocol, films, target, 42).facts for name, protocol in PROTOCOLS.items()}
    assert {name: facts["leaks"] for name, facts in told.items()} == {
        "seed_80_20": True,
        "random_80_20_pre_release": False,
        "by_date_proxies": True,
        "by_date_pre_release": False,
    }
    assert [facts["split"]["by"] for facts in told.values()] == ["random", "random", "date", "date"]
    for facts in told.values():
        assert facts["metrics"].keys() == {"mean", "linear", "model"}
        assert facts["metrics"]["mean"]["spearman"] is None
    after = {"vote_count", "vote_average", "popularity", "revenue_usd", "roi", "cast_count"}
    assert not after & set(told[HONEST]["features"])
    assert "cast_count" in told["by_date_proxies"]["features"]
    assert told[HONEST]["metrics"]["model"]["r2"] > told[HONEST]["metrics"]["mean"]["r2"]


def test_scores_are_the_usual_ones() -> None:
    found = scores(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 8.0]))
    assert found["rmse"] == pytest.approx(2.0)
    assert found["mae"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx(1 - 16 / 5)
    assert found["spearman"] == pytest.approx(1.0)


# Intervals and importance ---------------------------------------------------------------------------------------------


def test_an_interval_holds_four_fifths_of_films_like_those_it_was_made_of() -> None:
    drawn = np.random.default_rng(7)
    budgets = drawn.uniform(10, 20, 3_000)
    rows = [
        {"film_id": n, "split_date": date(2000, 1, 2), "budget_usd": exp, "popularity": p}
        for n, (exp, p) in enumerate(zip(budgets, budgets * drawn.lognormal(0, 0.5, 3_000), strict=True))
    ]
    features = (BEFORE_RELEASE[0],)
    given = films_of(rows, (*features, *POPULARITY.seeds()[-1:], Feature("popularity", "", "after release")))
    parts = [given.take(np.arange(start, start + 1_000)) for start in (0, 1_000, 2_000)]
    fitted = fit("boosting", lesson(parts[0], features, POPULARITY), 42)
    told = coverage(fitted, calibrate(fitted, parts[1], POPULARITY), parts[2], POPULARITY)
    assert told["coverage"] == pytest.approx(0.8, abs=0.04)
    assert told["calibration_films"] == 1_000


def test_what_is_shuffled_away_is_what_the_model_goes_by(films: Films) -> None:
    measured = measure(PROTOCOLS[HONEST], films, POPULARITY, 42)
    rows = by_shuffling(measured.model, measured.split.test, POPULARITY, HONEST, 42)
    assert rows[0].feature in ("budget_usd", "director_popularity", "director_rating", "director_best_popularity")
    assert rows == by_shuffling(measured.model, measured.split.test, POPULARITY, HONEST, 42)
    assert len({row.feature for row in rows}) == len(rows)


def test_the_forests_own_importance_adds_up_to_one(films: Films) -> None:
    measured = measure(PROTOCOLS["seed_80_20"], films, SUCCESS, 42)
    rows = by_forest(measured.model, SUCCESS, "seed_80_20")
    assert sum(row.importance_mean for row in rows) == pytest.approx(1.0)
    assert {row.feature for row in rows} == {"budget_usd", "runtime_min", "vote_count", "vote_average", "popularity"}
    assert {row.feature for row in rows[:2]} == {"vote_average", "popularity"}
