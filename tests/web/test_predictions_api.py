"""POST /predict and /api/model: what is answered, what is refused, and that a newer model is taken up."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from fastapi.testclient import TestClient

from taquilla.models.training import train
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect
from taquilla.web.app import create_app
from taquilla.web.trained import ModelReader
from web.many_films import many_films

MADE_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "budget_usd": 300_000, "runtime_min": 100, "release_date": "2010-06-01", "original_language": "en",
    "genre_ids": [3], "director_ids": [11], "cast_ids": [1, 2], "company_ids": [4], "country_codes": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse of 400 films and a model of them."""
    folder = tmp_path_factory.mktemp("trained")
    connection = connect(many_films(folder / "warehouse.duckdb", 400))
    train(asking(connection), folder / "models", now=MADE_AT)
    connection.close()
    return folder


@pytest.fixture
def client(trained: Path, tmp_path: Path) -> Iterator[TestClient]:
    copytree(trained / "models", tmp_path / "models")
    with TestClient(create_app(trained / "warehouse.duckdb", tmp_path / "models")) as client:
        yield client


def test_a_planned_film_gets_both_targets_with_their_intervals(client: TestClient) -> None:
    found = client.post("/predict", json=PLAN).json()
    assert found["model"] == "ml_model_v2_20260301_120000"
    for target in ("success", "popularity"):
        assert found[target]["low"] <= found[target]["value"] <= found[target]["high"]
        assert found[target]["level"] == 0.8
        assert 0 < found[target]["measured_coverage"] <= 1
    assert found["popularity"]["popularity_level"] in {"Alta", "Media", "Baja", "Muy Baja"}
    assert found["missing"] == ["country_codes"]
    assert not {"budget_usd", "runtime_min"} & {each["feature"] for each in found["outside_training_range"]}


def test_what_the_films_learnt_from_did_not_have_is_answered_and_said(client: TestClient) -> None:
    answer = client.post("/predict", json=PLAN | {"budget_usd": 10**11, "director_ids": [10**12]})
    assert answer.status_code == 200
    outside = {each["feature"]: each for each in answer.json()["outside_training_range"]}
    assert outside["budget_usd"]["reason"] == "above the range"
    assert outside["budget_usd"]["high"] < outside["budget_usd"]["given"] == 10**11
    assert outside["budget_usd"]["targets"] == ["success", "popularity"] == list(outside["budget_usd"]["ranges"])
    assert [each["ranges"] for each in outside.values() if each["given"] == str(10**12)] == [{}]
    assert [each["reason"] for each in outside.values() if each["given"] == str(10**12)] == ["not in the warehouse"]


def test_nothing_known_is_an_answer_too(client: TestClient) -> None:
    assert len(client.post("/predict", json={}).json()["missing"]) == 9


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"budget_usd": -1}, "budget_usd"),
        ({"budget_usd": 0}, "budget_usd"),
        ({"budget_usd": "1000"}, "budget_usd"),
        ({"budget_usd": 1.5}, "budget_usd"),
        ({"runtime_min": 0}, "runtime_min"),
        ({"runtime_min": True}, "runtime_min"),
        ({"release_date": "2027-02-30"}, "release_date"),
        ({"release_date": 20270230}, "release_date"),
        ({"release_date": "2027-02-03T00:00:00"}, "release_date"),
        ({"release_date": "1200-01-01"}, "film"),
        ({"original_language": "English"}, "original_language"),
        ({"country_codes": ["usa"]}, "country_codes.0"),
        ({"genre_ids": [2**63]}, "genre_ids.0"),
        ({"cast_ids": list(range(101))}, "cast_ids"),
        ({"vote_count": 3}, "vote_count"),
    ],
)
def test_a_film_that_cannot_be_is_a_problem_that_names_what_is_wrong(
    client: TestClient, wrong: dict[str, Any], parameter: str
) -> None:
    answer = client.post("/predict", json=PLAN | wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [parameter]
    assert ".." not in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'"film"'])
def test_what_is_no_film_is_a_problem(client: TestClient, body: bytes) -> None:
    answer = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_body_that_is_too_large_or_endless_is_refused_before_it_is_read(client: TestClient) -> None:
    large = client.post("/predict", content=b" " * 70_000)
    assert (large.status_code, large.headers["content-type"]) == (413, "application/problem+json")
    endless = client.post("/predict", content=iter([b"{", b"}"]))
    assert (endless.status_code, endless.json()["next_step"]) == (411, "Send it with a Content-Length.")


def test_the_card_tells_every_protocol_and_what_leaks(client: TestClient) -> None:
    found = client.get("/api/model").json()
    assert found["name"] == "ml_model_v2_20260301_120000"
    assert 400 in found["films"].values()
    for target in ("success", "popularity"):
        protocols = found["targets"][target]["protocols"]
        assert protocols["seed_80_20"]["leaks"] is True
        assert protocols["seed_80_20"]["leaking_features"]
        assert protocols[found["served"]["protocol"]]["leaking_features"] == []
        assert found["targets"][target]["training_ranges"]["budget_usd"] == [1_000, 398_000]


def test_a_newer_model_is_taken_up_without_a_restart(client: TestClient, trained: Path, tmp_path: Path) -> None:
    first = client.get("/api/model")
    assert client.get("/api/model", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    connection = connect(trained / "warehouse.duckdb")
    train(asking(connection), tmp_path / "models", now=MADE_AT + timedelta(days=1))
    connection.close()
    again = client.get("/api/model", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["name"]) == (200, "ml_model_v2_20260302_120000")
    assert client.post("/predict", json={}).json()["model"] == "ml_model_v2_20260302_120000"


@pytest.mark.parametrize("models", [None, "none", "empty"])
def test_without_a_model_the_next_step_is_told(trained: Path, tmp_path: Path, models: str | None) -> None:
    (tmp_path / "empty").mkdir()
    folder = None if models is None else tmp_path / models
    with TestClient(create_app(trained / "warehouse.duckdb", folder)) as client:
        for answer in (client.post("/predict", json=PLAN), client.get("/api/model")):
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.json()["detail"] == "There is no model yet."
            assert answer.json()["next_step"] == "Train one with: taquilla train"


def test_a_model_that_is_damaged_is_told_without_its_path(trained: Path, tmp_path: Path) -> None:
    copytree(trained / "models", tmp_path / "models")
    (tmp_path / "models" / "ml_model_v2_20260301_120000" / "model.skops").write_bytes(b"no model")
    with TestClient(create_app(trained / "warehouse.duckdb", tmp_path / "models")) as client:
        answer = client.post("/predict", json=PLAN)
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert "taquilla train" in answer.json()["next_step"]


def test_a_damaged_newest_model_leaves_the_answer_to_the_one_before(
    trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = "ml_model_v2_20260301_120000", "ml_model_v2_20260401_120000"
    for name in (older, newer):
        copytree(trained / "models" / older, tmp_path / name)
    (tmp_path / newer / "metrics.json").write_text("[" * 200_000, "utf-8")
    reader = ModelReader(tmp_path)
    assert [reader.model().name for _ in range(3)] == [older] * 3
    assert [newer in record.getMessage() for record in caplog.records] == [True]
    repaired = tmp_path / "ml_model_v2_20260501_120000"
    copytree(tmp_path / older, repaired)
    assert reader.model().name == repaired.name


def test_where_no_model_can_be_read_it_is_told_once_in_the_log(
    trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copytree(trained / "models", tmp_path / "models")
    (tmp_path / "models" / "ml_model_v2_20260301_120000" / "metrics.json").write_text("{}", "utf-8")
    with TestClient(create_app(trained / "warehouse.duckdb", tmp_path / "models")) as client:
        answers = [client.get("/api/model"), client.post("/predict", json={}), client.get("/api/model")]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert {answer.json()["next_step"] for answer in answers} == {"Train one with: taquilla train"}
    assert len([record for record in caplog.records if "does not tell of a model" in record.getMessage()]) == 1


def test_the_model_is_read_before_anybody_asks(client: TestClient, tmp_path: Path) -> None:
    reader = client.app.state.models  # type: ignore[attr-defined]
    for _ in range(200):
        if reader._model is not None:
            break
        time.sleep(0.05)
    assert reader._model.name == "ml_model_v2_20260301_120000"
    rmtree(tmp_path / "models")
    assert client.post("/predict", json={}).status_code == 503
