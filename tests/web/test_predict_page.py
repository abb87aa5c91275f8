"""/predict: the form, who is meant, what is wrong beside its field, and what the model says."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from taquilla.analysis.fields import feature_name
from taquilla.models.features import BEFORE_RELEASE
from taquilla.models.plans import FilmPlan
from taquilla.warehouse.asking import Row, asking
from taquilla.web.app import create_app
from taquilla.web.language import CODES, language
from taquilla.web.pages.plan_form import read_form
from warehouse.given import warehouse
from web.catalogue_rows import busy_folder
from web.rows import small_warehouse
from web.test_catalogue_pages import text_of

PLAN = {"budget_usd": "100,000", "runtime_min": "100", "release_date": "1950-03-05", "genre": "3"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = busy_folder(tmp_path_factory.mktemp("busy"))
    with TestClient(create_app(folder / "warehouse.duckdb", folder / "models")) as client:
        yield client


def test_an_empty_form_predicts_nothing_and_shows_how_good_the_model_is(busy: TestClient) -> None:
    answer = busy.get("/predict")
    assert answer.status_code == 200
    assert 'id="result"' not in answer.text
    assert "ml_model_v2_20260301_120000" in text_of(answer.text)
    assert "R², with leaks" in text_of(answer.text)


def test_a_prediction_is_the_api_s_with_its_interval(busy: TestClient) -> None:
    text = text_of(busy.get("/predict", params=PLAN).text)
    asked = {"budget_usd": 100_000, "runtime_min": 100, "release_date": "1950-03-05", "genre_ids": [3]}
    told = busy.post("/predict", json=asked).json()
    for target in ("success", "popularity"):
        words = language("en")
        low, value, high = (words.number(told[target][name], 1) for name in ("low", "value", "high"))
        assert f"Meant to hold 80% of such films: {low} to {high}" in text
        assert f" {value} " in text
        assert f"Above {words.share(told[target]['percentile'])} of the films learnt from" in text
    assert words.text("predict.learnt") not in text
    assert "Left unknown: language, countries, directors, cast, companies." in text
    assert language("en").text("predict.guess") in text


def test_what_lies_outside_of_the_training_range_is_said_with_the_range(busy: TestClient) -> None:
    plan = PLAN | {"budget_usd": "900.000.000", "release_date": "2090-06-01", "original_language": "eo"}
    text = text_of(busy.get("/predict", params=plan).text)
    assert re.search(r"Budget: \$900M is more than in any film learnt from \(\$[\d.]+K to \$[\d.]+K\)\.", text)
    assert re.search(r"Year of release: 2090 is more than in any film learnt from \(19\d\d to \d{4}\)\.", text)
    assert "Language: Esperanto is seldom or never among the films learnt from." in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("budget_usd", "-5"), ("budget_usd", "0"), ("budget_usd", "1.5"), ("budget_usd", "a lot"),
        ("budget_usd", "9" * 30), ("runtime_min", "0"), ("runtime_min", "10000"), ("release_date", "2030-13-45"),
        ("release_date", "1700-01-01"), ("release_date", "soon"), ("original_language", "english"), ("genre", "x"),
        ("genre", "9" * 19), ("country", "spain"), ("directors", "Nobody At All"), ("cast", "#424242"),
        ("companies", ";".join(f"Casa {i}" for i in range(1, 30))), ("cast", "q," * 600),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_kept(busy: TestClient, name: str, value: str) -> None:
    answer = busy.get("/predict", params=PLAN | {name: value})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert f'id="{name}-fault"' in answer.text
    assert 'id="result"' not in answer.text
    if name not in {"genre", "country", "original_language"}:
        assert f'value="{html.escape(value)}"' in answer.text


@pytest.mark.parametrize("typed", ["100000", "100,000", "100.000", "100 000", "$100,000", "100000 US$"])
def test_a_budget_may_be_written_as_people_write_it(busy: TestClient, typed: str) -> None:
    pages = [busy.get("/predict", params=PLAN | {"budget_usd": budget}).text for budget in (typed, "100000")]
    values = [re.findall(r'<p class="value">([^<]*)', page) for page in pages]
    assert values[0] == values[1] != []


def test_people_are_meant_by_name_by_id_and_with_a_comma_in_the_name(busy: TestClient) -> None:
    page = busy.get("/predict", params={"directors": "#30001; somebody 151", "cast": "robert downey, jr."}).text
    assert [name.strip() for name in re.findall(r"✓ ([^<(]*)", page)][:1] == ["Ana Pérez"]
    assert "Robert Downey, Jr. (1 film)" in text_of(page)
    split = busy.get("/predict", params={"cast": "Robert Downey, Jr., #30003"}).text
    assert "Robert Downey" in text_of(split)


def test_of_two_with_one_name_the_reader_chooses(busy: TestClient) -> None:
    answer = busy.get("/predict", params=PLAN | {"directors": "#30001; ana perez"})
    assert 'id="result"' not in answer.text
    assert "Several are called “ana perez”. Which one?" in text_of(answer.text)
    ways = [html.unescape(way) for way in re.findall(r'<a class="chip" href="(/predict\?budget[^"]*)"', answer.text)]
    assert len(ways) == 2
    chosen = busy.get(ways[0])
    assert 'id="result"' in chosen.text
    assert 'value="#30001; #30002"' in chosen.text


def test_a_film_of_the_warehouse_becomes_a_plan_that_can_be_shared(busy: TestClient) -> None:
    answer = busy.get("/predict?like=2", follow_redirects=False)
    assert answer.status_code == 303
    page = busy.get(answer.headers["location"]).text
    assert 'id="result"' in page
    assert language("en").text("predict.learnt") in text_of(page)
    # Two have directed under that name, so the address says which of them it was.
    assert "#30001" in page
    assert "Robert Downey, Jr." in page
    assert busy.get("/predict?like=424242").status_code == 200


def test_the_examples_are_films_of_this_warehouse(busy: TestClient) -> None:
    page = busy.get("/predict").text
    ways = re.findall(r'href="(/predict\?like=\d+)"', page)
    assert len(ways) == 3
    assert 'id="result"' in busy.get(ways[0]).text


def test_without_a_model_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    with TestClient(create_app(small_warehouse(tmp_path / "w.duckdb"), tmp_path)) as client:
        answer = client.get("/predict", params=PLAN)
        # Of this film nothing is known that a plan may tell: there is nowhere to lead to.
        assert client.get("/predict?like=4", follow_redirects=False).status_code == 200
    assert answer.status_code == 200
    assert "taquilla train" in text_of(answer.text)
    assert 'id="result"' not in answer.text


def test_a_model_that_cannot_be_read_is_not_told_as_none(tmp_path: Path) -> None:
    broken = tmp_path / "ml_model_v2_20260301_120000"
    broken.mkdir()
    (broken / "metrics.json").write_text("{")
    with TestClient(create_app(small_warehouse(tmp_path / "w.duckdb"), tmp_path)) as client:
        text = text_of(client.get("/predict", params=PLAN).text)
    assert "The model cannot be read. The service's log says why." in text
    assert "There is no model yet" not in text


def test_the_model_s_table_says_what_its_intervals_held(busy: TestClient) -> None:
    targets = busy.get("/api/model").json()["targets"]
    text = text_of(busy.get("/predict").text)
    assert "Films inside the 80% interval" in text
    for facts in targets.values():
        assert language("en").share(facts["protocols"]["by_date_pre_release"]["interval"]["coverage"]) in text


@pytest.mark.parametrize(
    ("cast", "most", "fault"),
    [
        ("; ".join(f"q{i}, r{i}" for i in range(4_000)), 0, "too_long"),
        ("; ".join(f"q{i}, r{i}" for i in range(40)), 0, "too_many"),
        (", ".join(f"q{i}" for i in range(100)), 1, "too_many"),
        ("; ".join(f"q{i}, r{i}" for i in range(15)), 11, "too_many"),
        ("q, q; " * 100, 2, "nobody"),
        ("q; " * 100 + "Ana Pérez, " * 30, 3, "nobody"),
    ],
)
def test_no_field_asks_the_warehouse_for_more_than_it_may_name(cast: str, most: int, fault: str) -> None:
    asked: list[str] = []
    ask = asking(warehouse())

    def counted(sql: str, /, **given: Any) -> list[Row]:
        asked.append(sql)
        return ask(sql, **given)

    form = read_form(QueryParams({"cast": cast}), counted)
    assert (form.faults["cast"], form.typed["cast"]) == (fault, cast.strip())
    assert len(asked) <= most


def test_long_lists_and_odd_letters_are_answered(busy: TestClient) -> None:
    many = {"genre": [str(i) for i in range(500)], "country": ["ES"] * 300}
    assert busy.get("/predict", params=many).status_code == 200
    for odd in ("\x00", "%", "';--", "\ud7ff", "🎬", "#", ";;;", ",,,"):
        assert busy.get("/predict", params={"directors": odd, "budget_usd": odd}).status_code in {200, 422}


@pytest.mark.parametrize("code", CODES)
def test_every_feature_and_every_unknown_has_words(code: str) -> None:
    words = language(code)
    assert [f.name for f in BEFORE_RELEASE if feature_name(words, f.name) == f.name] == []
    assert all(f"left.{name}" in words.texts for name in FilmPlan().missing())
