"""/api/films: what is found, in which order, and that nothing asked for can do harm."""

from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from taquilla.web.app import create_app
from web.rows import film, write


def titles(answer: Any) -> list[str]:
    return [item["title"] for item in answer.json()["items"]]


def test_the_most_popular_come_first_ties_by_id_unknown_last_and_removed_never(client: TestClient) -> None:
    answer = client.get("/api/films")
    assert answer.status_code == 200
    assert list(answer.json()) == ["total", "items"]
    assert answer.json()["total"] == 5
    assert titles(answer) == ["Amélie", "Avatar", "Zodiac", "Another unheard of", "Unheard of"]


def test_a_film_in_the_list_is_whole_and_unknown_is_null(client: TestClient) -> None:
    known, unknown = client.get("/api/films?offset=1&limit=4").json()["items"][::3]
    assert known == {
        "film_id": 2, "title": "Avatar", "original_title": None, "original_language": "en",
        "release_date": "2009-12-18", "release_year": 2009, "budget_usd": 237_000_000, "revenue_usd": 2_923_706_026,
        "runtime_min": None, "popularity": 12.0, "popularity_percentile": 0.5, "popularity_level": "Media",
        "vote_average": 7.6, "vote_count": 31_000, "rating_level": "Buena", "roi": 11.34, "is_profitable": True,
        "genres": [{"genre_id": 878, "name": "Science Fiction"}],
    }  # fmt: skip
    empty: dict[str, Any] = {name: [] if name == "genres" else None for name in known}
    assert unknown == empty | {"film_id": 4, "title": "Unheard of"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "AMELIE"}, ["Amélie"]),
        ({"q": "fabuleux destin"}, ["Amélie"]),
        ({"q": "unheard"}, ["Another unheard of", "Unheard of"]),
        ({"q": ""}, ["Amélie", "Avatar", "Zodiac", "Another unheard of", "Unheard of"]),
        ({"genre": "drama"}, ["Amélie", "Zodiac"]),
        ({"genre": "Science Fiction"}, ["Avatar"]),
        ({"year": "2007"}, ["Zodiac"]),
        ({"genre": "Drama", "year": "2001", "q": "é"}, ["Amélie"]),
        ({"genre": "Drama", "year": "2009"}, []),
        ({"genre_id": "18"}, ["Amélie", "Zodiac"]),
        ({"person_id": "2405"}, ["Amélie"]),
        ({"person_id": "1"}, []),
        ({"company_id": "7"}, ["Amélie"]),
        ({"language": "EN"}, ["Avatar"]),
        ({"year_from": "2007"}, ["Avatar", "Zodiac"]),
        ({"year_to": "2007"}, ["Amélie", "Zodiac"]),
        ({"year_from": "2009", "year_to": "2007"}, []),
        ({"min_votes": "11001"}, ["Avatar"]),
        ({"min_votes": "0", "sort": "vote_count"}, ["Amélie", "Avatar"]),
    ],
)
def test_what_is_asked_for_narrows_the_list(client: TestClient, asked: dict[str, str], found: list[str]) -> None:
    answer = client.get("/api/films", params=asked)
    assert titles(answer) == found
    assert answer.json()["total"] == len(found)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("popularity", ["Another unheard of", "Avatar", "Zodiac", "Amélie", "Unheard of"]),
        ("-revenue_usd", ["Avatar", "Amélie", "Zodiac", "Unheard of", "Another unheard of"]),
        ("revenue_usd", ["Amélie", "Avatar", "Zodiac", "Unheard of", "Another unheard of"]),
        ("-release_date", ["Avatar", "Amélie", "Zodiac", "Unheard of", "Another unheard of"]),
        ("-roi", ["Amélie", "Avatar", "Zodiac", "Unheard of", "Another unheard of"]),
        ("title", ["Amélie", "Another unheard of", "Avatar", "Unheard of", "Zodiac"]),
        ("-title", ["Zodiac", "Unheard of", "Avatar", "Another unheard of", "Amélie"]),
    ],
)
def test_the_order_is_the_one_asked_for_and_unknown_is_last(client: TestClient, sort: str, found: list[str]) -> None:
    assert titles(client.get("/api/films", params={"sort": sort})) == found


@pytest.mark.parametrize(
    ("asked", "links"),
    [
        ("limit=2&offset=2&q=a", {"first": 0, "prev": 0, "next": 4, "last": 4}),
        ("limit=2&q=a", {"first": 0, "next": 2, "last": 4}),
        ("offset=4&limit=2&q=a", {"first": 0, "prev": 2, "last": 4}),
        ("limit=2&offset=3&q=a", {"first": 0, "prev": 1, "last": 4}),
        ("limit=2&offset=999&q=a", {"first": 0, "prev": 4, "last": 4}),
    ],
)
def test_the_link_header_leads_to_the_other_pages(client: TestClient, asked: str, links: dict[str, int]) -> None:
    found = client.get(f"/api/films?{asked}")
    assert found.json()["total"] == 5
    assert {name: link["url"] for name, link in found.links.items()} == {
        name: f"/api/films?q=a&limit=2&offset={offset}" for name, offset in links.items()
    }


def test_a_link_keeps_what_was_asked_byte_for_byte(client: TestClient) -> None:
    asked = {"q": 'é &="<>; rel', "genre": "Drama", "limit": "1"}
    link = client.get("/api/films", params=asked).links["first"]["url"]
    assert httpx2.URL(link).params == httpx2.QueryParams({**asked, "offset": "0"})
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("name", ["q", "genre"])
@pytest.mark.parametrize(
    "text",
    [
        "'",
        "' or 1=1 --",
        "'; drop table movies; --",
        "%",
        "_",
        "\\",
        '"',
        "$limit",
        "{}",
        "\0",
        "Avatar' union select 1 --",
    ],
)
def test_what_looks_like_sql_is_only_text(client: TestClient, name: str, text: str) -> None:
    answer = client.get("/api/films", params={name: text})
    # The one apostrophe that a title has is found as such.
    expected = ["Amélie"] if (name, text) == ("q", "'") else []
    assert (answer.status_code, titles(answer)) == (200, expected)
    assert client.get("/api/films").json()["total"] == 5


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_paging_gives_each_film_once(tmp_path: Path, limit: int) -> None:
    films = [film(i, f"Film {i}", popularity=None if i % 5 == 0 else float(i % 3)) for i in range(1, 151)]
    path = write(tmp_path / "w.duckdb", movies=films)
    seen: list[int] = []
    with TestClient(create_app(path)) as client:
        for page in count():
            items = client.get("/api/films", params={"limit": limit, "offset": page * limit}).json()["items"]
            if not items:
                break
            seen += [item["film_id"] for item in items]
    assert sorted(seen) == list(range(1, 151))


@pytest.mark.parametrize(
    "asked",
    [
        "limit=0", "limit=501", "limit=-1", "limit=x", "limit=1.5", "offset=-1", "offset=9223372036854775808",
        "offset=1e3", "year=0", "year=99999999999", "year=x", "q=" + "x" * 201,
        "sort=rank", "sort=--title", "sort=", "person_id=x", "company_id=9223372036854775808", "language=eng",
        "year_from=0", "year_to=3000", "min_votes=-1", "pages=2",
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_a_problem_that_names_the_parameter(client: TestClient, asked: str) -> None:
    answer = client.get(f"/api/films?{asked}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [asked.split("=")[0]]
    assert answer.json()["next_step"]


@pytest.mark.parametrize("offset", [5, 2**32, 2**62 + 1, 2**63 - 1])
def test_a_page_beyond_the_last_is_empty(client: TestClient, offset: int) -> None:
    assert client.get(f"/api/films?offset={offset}&limit=500").json() == {"total": 5, "items": []}


def test_a_film_has_its_companies_countries_directors_and_cast(client: TestClient) -> None:
    found = client.get("/api/films/1").json()
    assert found["genres"] == [{"genre_id": 35, "name": "Comedy"}, {"genre_id": 18, "name": "Drama"}]
    assert found["companies"] == [{"company_id": 7, "name": "UGC", "country_code": "FR"}]
    assert found["countries"] == [{"country_code": "FR", "name": "France"}]
    assert found["directors"] == [{"person_id": 2419, "name": "Jean-Pierre Jeunet"}]
    assert found["cast"] == [
        {"person_id": 2405, "name": "Audrey Tautou", "character": None, "cast_order": 0},
        {"person_id": 2406, "name": "Mathieu Kassovitz", "character": None, "cast_order": 1},
    ]
    assert found["fetched_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize("film_id", [6, 7, 2**63 - 1])
def test_a_film_that_is_removed_or_unknown_is_not_found(client: TestClient, film_id: int) -> None:
    answer = client.get(f"/api/films/{film_id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank", "title": "Not Found", "status": 404,
        "detail": f"There is no film {film_id} in the warehouse.",
        "next_step": "Find one with: /api/films?q=part of a title",
    }  # fmt: skip


@pytest.mark.parametrize("film_id", ["0", "-1", "x", str(2**63)])
def test_what_cannot_be_a_film_id_is_a_problem(client: TestClient, film_id: str) -> None:
    assert client.get(f"/api/films/{film_id}").status_code == 422
