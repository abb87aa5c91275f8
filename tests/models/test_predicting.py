"""What a model says of a film that is not made yet."""

from dataclasses import replace
from datetime import date
from math import exp
from typing import Any

import pytest

from taquilla.errors import DataError
from taquilla.models.features import BEFORE_RELEASE, query
from taquilla.models.films import films_of
from taquilla.models.plans import FilmPlan
from taquilla.models.predicting import OutOfRange, Prediction, predict
from taquilla.models.registry import load_model
from taquilla.models.served import Model
from taquilla.warehouse.asking import Ask

BOTH = ("success", "popularity")
PLAN = FilmPlan(
    budget_usd=40_000_000,
    runtime_min=100,
    release_date=date(2010, 5, 7),
    original_language="en",
    genre_ids=(18,),
    country_codes=("US",),
    director_ids=(1_007,),
    cast_ids=(2_001,),
    company_ids=(31,),
)


def changed(**given: Any) -> FilmPlan:
    told: dict[str, Any] = {name: getattr(PLAN, name) for name in FilmPlan.__dataclass_fields__}
    return FilmPlan(**{**told, **given})


def outside(prediction: Prediction) -> dict[str, OutOfRange]:
    return {each.feature: each for each in prediction.outside}


def test_a_plan_like_the_films_learnt_from(model: Model, ask: Ask) -> None:
    told = predict(model, ask, PLAN)
    assert told.missing == ()
    assert told.outside == ()
    assert told.model == model.name
    for estimate in (told.success, told.popularity):
        assert 0 <= estimate.low <= estimate.value <= estimate.high
        assert 0 <= estimate.percentile <= 1
        assert estimate.level == 0.8
    assert (told.success.unit, told.success.popularity_level) == ("success points", None)
    # Of such a director with such a budget the films have 21.5 to 23.5.
    assert 17 < told.popularity.value < 27
    assert told.popularity.popularity_level in ("Alta", "Media")
    assert told.popularity.percentile > 0.6


def test_the_history_comes_from_the_warehouse(model: Model, ask: Ask) -> None:
    better, worse = (predict(model, ask, changed(director_ids=(person,))) for person in (1_007, 1_000))
    assert better.popularity.value > worse.popularity.value + 3


def test_the_same_question_has_the_same_answer_after_reading_the_model_again(model: Model, ask: Ask) -> None:
    assert predict(load_model(model.folder), ask, PLAN) == predict(model, ask, PLAN)


def test_the_value_is_the_estimators_own(model: Model, ask: Ask) -> None:
    film = films_of(ask(query("subject_plan", "before_release"), **PLAN.parameters()), BEFORE_RELEASE)
    fitted = model.targets["success"].fitted
    (score,) = fitted.estimator.predict(fitted.encoding.matrix(film))
    assert predict(model, ask, PLAN).success.value == pytest.approx(exp(score) * fitted.smearing - 1)


def test_a_number_beyond_the_training_range_is_told(model: Model, ask: Ask) -> None:
    told = outside(predict(model, ask, changed(budget_usd=900_000_000, runtime_min=20, release_date=date(2031, 5, 9))))
    budget, runtime = ((2_000_000, 50_000_000),) * 2, ((80, 139),) * 2
    assert told["budget_usd"] == OutOfRange("budget_usd", 9e8, "above the range", 2e6, 5e7, BOTH, budget)
    assert told["runtime_min"] == OutOfRange("runtime_min", 20, "below the range", 80, 139, BOTH, runtime)
    assert (told["release_year"].reason, told["release_year"].high) == ("above the range", 2011)


def test_what_was_never_seen_is_told(model: Model, ask: Ask) -> None:
    plan = changed(
        original_language="qu",
        genre_ids=(18, 99),
        country_codes=("US", "PE"),
        director_ids=(1_007, 5),
        company_ids=(9,),
    )
    told = outside(predict(model, ask, plan))
    assert told["original_language"] == OutOfRange("original_language", "qu", "seldom or never seen", targets=BOTH)
    assert told["genres"] == OutOfRange("genres", "99", "seldom or never seen", targets=BOTH)
    assert told["countries"] == OutOfRange("countries", "PE", "seldom or never seen", targets=BOTH)
    assert told["director_ids"] == OutOfRange("director_ids", "5", "not in the warehouse", targets=BOTH)
    assert told["company_ids"] == OutOfRange("company_ids", "9", "not in the warehouse", targets=BOTH)


def test_a_plan_that_says_nothing_is_answered_and_says_what_is_missing(model: Model, ask: Ask) -> None:
    told = predict(model, ask, FilmPlan())
    assert told.missing == tuple(name for name in FilmPlan.__dataclass_fields__ if name != "collection_id")
    assert told.success.low <= told.success.value <= told.success.high
    assert told.outside == ()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"budget_usd": 0}, "budget_usd 0 is not between"),
        ({"budget_usd": 10**12}, "budget_usd 1000000000000 is not between"),
        ({"runtime_min": -5}, "runtime_min -5 is not between"),
        ({"release_date": date(1600, 1, 1)}, "release_date 1600-01-01 is not between"),
        ({"original_language": "English"}, "original_language 'English' is no ISO 639-1 code"),
        ({"country_codes": ("us",)}, "country 'us' is no ISO 3166-1 code"),
        ({"cast_ids": tuple(range(101))}, "cast_ids has more than 100 entries"),
        ({"genre_ids": (2**63,)}, "an id does not fit 64 bits"),
        ({"collection_id": -(2**64)}, "an id does not fit 64 bits"),
    ],
)
def test_an_impossible_plan_is_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(DataError) as error:
        FilmPlan(**given)
    assert fault in str(error.value)
    assert str(error.value).endswith("Correct the plan and ask again.")


def test_an_id_given_twice_counts_once(model: Model, ask: Ask) -> None:
    twice = changed(director_ids=(1_007, 1_007), company_ids=(31, 31), genre_ids=(18, 18), country_codes=("US", "US"))
    assert predict(model, ask, twice) == predict(model, ask, PLAN)


def test_a_range_says_whose_it_is(model: Model, ask: Ask) -> None:
    (found,) = predict(model, ask, changed(budget_usd=900_000_000)).outside
    assert found.targets == BOTH
    assert found.ranges == ((2_000_000, 50_000_000),) * 2


def test_ranges_that_differ_are_both_told(model: Model, ask: Ask) -> None:
    told = predict(model, ask, changed(budget_usd=900_000_000))
    (wide,) = told.popularity.outside
    wider = replace(wide, high=80_000_000, ranges=((2_000_000, 80_000_000),))
    (found,) = replace(told, popularity=replace(told.popularity, outside=(wider,))).outside
    assert (found.low, found.high) == (2_000_000, 50_000_000)
    assert list(found.ranges) == [(2_000_000, 50_000_000), (2_000_000, 80_000_000)]
    (alone,) = replace(told, success=replace(told.success, outside=())).outside
    assert alone.targets == ("popularity",)


def test_what_the_interval_held_is_told_beside_what_it_is_meant_to(model: Model, ask: Ask) -> None:
    told = predict(model, ask, PLAN)
    for name, estimate in (("success", told.success), ("popularity", told.popularity)):
        interval = model.metrics["targets"][name]["protocols"]["by_date_pre_release"]["interval"]
        assert estimate.measured_coverage == interval["coverage"]
