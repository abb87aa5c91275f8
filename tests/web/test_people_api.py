"""/api/people, /api/genres, /api/companies: who and what is counted, in which order, and how figures spread."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from taquilla.web.app import create_app
from web.rows import film, write


def names(answer: Any) -> list[str]:
    return [item["name"] for item in answer.json()["items"]]


def test_those_with_most_films_come_first_and_a_film_counts_once(client: TestClient) -> None:
    found = client.get("/api/people").json()
    assert found["total"] == 3
    # Two credits in one film are one film.
    assert found["items"][2] == {
        "person_id": 2419, "name": "Jean-Pierre Jeunet", "films": 1, "films_with_revenue": 1,
        "revenue_usd": 174_200_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "director"}, ["Jean-Pierre Jeunet"]),
        ({"role": "actor", "sort": "name"}, ["Audrey Tautou", "Mathieu Kassovitz"]),
        ({"role": "actor", "sort": "-name"}, ["Mathieu Kassovitz", "Audrey Tautou"]),
        ({"q": "TAUTOÚ"}, ["Audrey Tautou"]),
        ({"q": "tautou", "role": "director"}, []),
        ({"q": "%"}, []),
        ({"limit": "1", "offset": "1", "sort": "name"}, ["Jean-Pierre Jeunet"]),
    ],
)
def test_people_are_found_by_name_and_role(client: TestClient, asked: dict[str, str], found: list[str]) -> None:
    assert names(client.get("/api/people", params=asked)) == found


def test_an_unknown_revenue_is_null_and_last_in_both_orders(tmp_path: Path) -> None:
    path = write(
        tmp_path / "w.duckdb",
        movies=[film(1, "A", revenue_usd=5), film(2, "B", revenue_usd=7), film(3, "C"), film(4, "D", is_removed=True)],
        people=[{"person_id": i, "name": f"P{i}"} for i in range(1, 5)],
        movie_people=[
            {"film_id": i, "credit_id": str(i), "person_id": i, "credit_type": "crew", "job": "Director"}
            for i in range(1, 5)
        ],
    )
    with TestClient(create_app(path)) as client:
        # The one whose only film is removed is nobody's director here.
        assert names(client.get("/api/people?sort=revenue_usd")) == ["P1", "P2", "P3"]
        found = client.get("/api/people?sort=-revenue_usd")
        assert names(found) == ["P2", "P1", "P3"]
        assert found.json()["items"][2]["revenue_usd"] is None
        assert client.get("/api/people/4").json()["films"] == 0


def test_a_person_has_their_films_by_role(client: TestClient) -> None:
    found = client.get("/api/people/2419").json()
    film = {
        "film_id": 1, "title": "Amélie", "release_year": 2001, "popularity": 21.5, "vote_average": 7.9,
        "revenue_usd": 174_200_000,
    }  # fmt: skip
    assert found == {
        "person_id": 2419, "name": "Jean-Pierre Jeunet", "gender": 2, "films": 1, "directed": [film], "acted": [],
        "crew": [film | {"job": "Writer", "department": None}],
    }  # fmt: skip
    assert client.get("/api/people/2405").json()["acted"] == [film | {"character": None, "cast_order": 0}]


@pytest.mark.parametrize("path", ["people/1", "genres/1", "companies/1", "people/-5"])
def test_what_is_not_there_is_told_with_the_list_that_has_the_others(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert f"/api/{path.split('/')[0]}" in answer.json()["next_step"]


@pytest.mark.parametrize(
    "path",
    ["people?role=writer", "people?sort=age", "people?limit=0", "genres?limit=501", "companies/x", "genres/1e3",
     "people/9223372036854775808", "people?rol=actor"],
)  # fmt: skip
def test_what_cannot_be_asked_is_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]


def test_genres_and_companies_are_counted_over_films_that_stand(client: TestClient) -> None:
    drama = client.get("/api/genres").json()["items"][0]
    assert drama == {
        "genre_id": 18, "name": "Drama", "films": 2, "median_popularity": 16.75, "films_with_rating": 1,
        "median_rating": 7.9, "films_with_figures": 1, "median_roi": 16.42,
    }  # fmt: skip
    assert names(client.get("/api/genres?q=SCI")) == ["Science Fiction"]
    assert [company["company_id"] for company in client.get("/api/companies").json()["items"]] == [7]


def test_a_genre_has_the_spread_of_its_figures(tmp_path: Path) -> None:
    path = write(
        tmp_path / "w.duckdb",
        movies=[
            film(1, "A", popularity=1.0, vote_average=4.0, vote_count=9, budget_usd=1000, revenue_usd=3000, roi=2.0),
            film(2, "B", popularity=2.0, vote_average=8.0, vote_count=0, budget_usd=10, revenue_usd=3000, roi=299.0),
            film(3, "C", popularity=3.0),
        ],
        genres=[{"genre_id": 18, "name": "Drama"}],
        movie_genres=[{"film_id": i, "genre_id": 18} for i in (1, 2, 3)],
    )
    with TestClient(create_app(path)) as client:
        found = client.get("/api/genres/18").json()
    assert (found["genre_id"], found["name"], found["films"]) == (18, "Drama", 3)
    spread = {"known": 3, "p10": 1.2, "p25": 1.5, "median": 2.0, "p75": 2.5, "p90": 2.8}
    assert found["popularity"] == pytest.approx(spread)
    # Neither an average without votes nor a budget of 10 dollars is a figure.
    assert found["vote_average"]["known"] == found["roi"]["known"] == 1
    assert found["roi"]["median"] == 2.0
    assert found["runtime_min"] == {"known": 0} | dict.fromkeys(["p10", "p25", "median", "p75", "p90"])


def test_a_company_has_its_country(client: TestClient) -> None:
    found = client.get("/api/companies/7").json()
    assert (found["name"], found["country_code"], found["films"]) == ("UGC", "FR", 1)


def test_another_load_has_its_own_order_of_people(tmp_path: Path) -> None:
    people = [{"person_id": i, "name": f"P{i}"} for i in (1, 2)]

    def load(*films: tuple[int, int]) -> Path:
        return write(
            tmp_path / "w.duckdb",
            movies=[film(film_id, "A") for film_id, _ in films],
            people=people,
            movie_people=[
                {"film_id": film_id, "credit_id": str(film_id), "person_id": person_id, "credit_type": "cast"}
                for film_id, person_id in films
            ],
        )

    with TestClient(create_app(load((1, 1), (2, 1), (3, 2)))) as client:
        assert names(client.get("/api/people")) == names(client.get("/api/people")) == ["P1", "P2"]
        load((1, 1), (2, 2), (3, 2))
        assert names(client.get("/api/people")) == ["P2", "P1"]
        assert names(client.get("/api/people?limit=1&offset=1")) == ["P1"]
