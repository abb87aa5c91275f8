"""GET /api/recommendations and /api/films/{id}/similar: what is answered, refused, tagged, and taken up anew."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from models.recommend_world import likes_world, rated_films, ratings, rentals, shop_films
from taquilla.models.recommend.training import train_recommenders
from taquilla.warehouse.asking import asking
from taquilla.web.api.recommendations import RecommenderReader, is_recommended, router
from taquilla.web.conditional import ConditionalAnswers
from taquilla.web.problems import answer_with_problems

MADE_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "recommender_20260301_120000"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recommender of films; there are no reviews of venues."""
    folder = tmp_path_factory.mktemp("recommended")
    connection = likes_world(
        fact_rating=ratings(), dim_rated_film=rated_films(), fact_rental=rentals(), dim_film=shop_films()
    )
    train_recommenders(asking(connection), folder, now=MADE_AT)
    connection.close()
    return folder


def served(folder: Path | None) -> TestClient:
    app, reader = FastAPI(), RecommenderReader(folder)
    app.state.recommenders = reader
    app.add_middleware(ConditionalAnswers, mark=lambda path: reader.mark() if is_recommended(path) else None)
    app.include_router(router)
    answer_with_problems(app)
    reader.warm()
    return TestClient(app)


@pytest.fixture(scope="module")
def client(trained: Path) -> Iterator[TestClient]:
    with served(trained) as client:
        yield client


def test_films_for_a_rater_each_with_its_reason(client: TestClient) -> None:
    answer = client.get("/api/recommendations/rater-3?limit=4").json()
    assert (answer["model"], answer["kind"], answer["user"]) == (NAME, "films", "rater-3")
    assert len(answer["items"]) == 4
    first = answer["items"][0]
    assert first.keys() == {"id", "title", "year", "film_id", "place", "score", "by", "reason"}
    assert first["title"] == f"Film {first['year'] - 2000}"
    assert first["film_id"] == (None if first["id"].startswith("rated-") else int(first["id"]))
    assert first["reason"].keys() == {"code", "names", "count", "text"}
    assert client.get("/api/recommendations/60").json()["user"] == "rater-60"


def test_reasons_are_in_the_language_asked_for(client: TestClient) -> None:
    def reason(address: str, **headers: str) -> str:
        found = client.get(address, headers=headers).json()["items"][0]["reason"]["text"]
        assert isinstance(found, str)
        return found

    assert reason("/api/recommendations/new?genre=comedy") == "popular in Comedy"
    assert reason("/api/recommendations/new?genre=Comedy&lang=es") == "popular en Comedia"
    assert reason("/api/recommendations/new?genre=Comedy", **{"Accept-Language": "es-MX, en;q=0.5"}).endswith("Comedia")
    assert reason("/api/films/3/similar?lang=es").startswith("misma dirección: Odo Odd")


def test_somebody_unknown_tells_likes(client: TestClient) -> None:
    answer = client.get("/api/recommendations/new?likes=4,6,4&limit=3").json()
    assert answer["user"] is None
    assert {item["id"] for item in answer["items"]}.isdisjoint({"4", "6"})


def test_films_like_a_film(client: TestClient) -> None:
    for film in ("3", "rated-1021"):
        answer = client.get(f"/api/films/{film}/similar?limit=2").json()
        assert len(answer["items"]) == 2
        assert film not in {item["id"] for item in answer["items"]}


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("recommendations/999", 404, "Nobody whose likes are known has the id 999."),
        ("recommendations/7", 422, "Several users have the id 7: rater-7, customer-7"),
        ("recommendations/rater-3?likes=nothing", 422, "likes: Nothing that can be recommended is called 'nothing'"),
        ("recommendations/new?genre=Opera", 422, "genre: No genre, category or city is called 'Opera'"),
        ("recommendations/rater-3?limit=0", 422, "limit: "),
        ("recommendations/rater-3?kind=shoes", 422, "kind: "),
        ("recommendations/rater-3?like=1", 422, "like: is not a name that is known here"),
        ("recommendations/rater-3?likes=" + ",".join(map(str, range(60))), 422, "likes: more than 50 ids"),
        ("recommendations/rater-3?kind=venues", 503, "nobody stands in reviews.fact_review."),
        ("films/999/similar", 404, "Nothing that can be recommended is called '999'."),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_its_next_step(
    client: TestClient, address: str, status: int, said: str
) -> None:
    answer = client.get(f"/api/{address}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]
    assert answer.json()["next_step"]


def test_an_answer_bears_a_tag_until_there_is_a_newer_recommender(trained: Path, tmp_path: Path) -> None:
    copytree(trained / NAME, tmp_path / NAME)
    address = "/api/recommendations/rater-3"
    with served(tmp_path) as client:
        tag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
        newer = NAME.replace("120000", "130000")
        copytree(trained / NAME, tmp_path / newer)
        again = client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.json()["model"]) == (200, newer)


def test_a_damaged_newest_one_leaves_the_answer_to_the_one_before(
    trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer = NAME.replace("120000", "130000")
    for name in (NAME, newer):
        copytree(trained / NAME, tmp_path / name)
    (tmp_path / newer / "films.npz").write_bytes(b"none")
    with served(tmp_path) as client:
        assert [client.get("/api/films/3/similar").json()["model"] for _ in range(2)] == [NAME] * 2
        assert [newer in record.getMessage() for record in caplog.records if record.name != "httpx2"] == [True]


@pytest.mark.parametrize("folder", [None, "empty", "damaged"])
def test_without_a_recommender_the_next_step_is_told_and_no_path(
    trained: Path, tmp_path: Path, folder: str | None
) -> None:
    if folder == "damaged":
        copytree(trained / NAME, tmp_path / "damaged" / NAME)
        (tmp_path / "damaged" / NAME / "metrics.json").write_text("{}", "utf-8")
    with served(tmp_path / folder if folder else None) as client:
        answer: Any = client.get("/api/films/3/similar")
        assert answer.status_code == 503
        assert answer.json()["next_step"] == "Make one with: taquilla step train_recommenders"
        assert str(tmp_path) not in answer.text
