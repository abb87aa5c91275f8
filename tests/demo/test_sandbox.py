"""The TMDB sandbox over HTTP: literal requests, literal answers."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from sandbox_server import SandboxServer, film

NOT_FOUND = {
    "success": False,
    "status_code": 34,
    "status_message": "The resource you requested could not be found.",
}


def ids(page: dict[str, Any]) -> list[int]:
    return [row["id"] for row in page["results"]]


def discovered(sandbox: SandboxServer, **params: str | int) -> list[int]:
    """The numbers of the generated films on the first page of a discover query."""
    return [film_id - 1000 for film_id in ids(sandbox.answer("/3/discover/movie", **params))]


# --- answers ---------------------------------------------------------------------------------------------------


def test_authentication(sandbox: SandboxServer) -> None:
    assert sandbox.answer("/3/authentication") == {
        "success": True,
        "status_code": 1,
        "status_message": "Success.",
    }


def test_an_api_key_opens_as_well_as_a_bearer_token(sandbox: SandboxServer) -> None:
    response = httpx2.get(f"{sandbox.url}/movie/1001", params={"api_key": sandbox.token})
    assert response.json()["id"] == 1001


def test_genres_and_configuration(sandbox: SandboxServer) -> None:
    genres = sandbox.answer("/3/genre/movie/list")["genres"]
    assert len(genres) == 19
    assert {"id": 878, "name": "Science Fiction"} in genres
    images = sandbox.answer("/3/configuration")["images"]
    assert images["secure_base_url"] == "https://image.tmdb.org/t/p/"


def test_details_are_the_record_without_its_appendable_parts(sandbox: SandboxServer) -> None:
    record = film(7)
    del record["credits"], record["keywords"]
    assert sandbox.answer("/3/movie/1007") == record


def test_appended_objects_carry_no_id_and_absent_ones_are_empty(sandbox: SandboxServer) -> None:
    appends = "credits,keywords,release_dates,videos"
    details = sandbox.answer("/3/movie/1007", append_to_response=appends)
    assert details == {**film(7), "release_dates": {"results": []}}


def test_parts_on_their_own_routes_carry_the_id(sandbox: SandboxServer) -> None:
    assert sandbox.answer("/3/movie/1007/credits") == {"id": 1007, **film(7)["credits"]}
    assert sandbox.answer("/3/movie/1007/keywords") == {"id": 1007, **film(7)["keywords"]}
    assert sandbox.answer("/3/movie/1007/release_dates") == {"id": 1007, "results": []}


def test_popular_rows_have_the_list_shape(sandbox: SandboxServer) -> None:
    page = sandbox.answer("/3/movie/popular", language="es-ES", region="ES")
    assert (page["page"], page["total_pages"], page["total_results"]) == (1, 3, 54)
    assert page["results"][5] == {
        "adult": False,
        "backdrop_path": None,
        "genre_ids": [18, 28],
        "id": 1006,
        "original_language": "es",
        "original_title": "Película 6",
        "overview": "Film number 6.",
        "popularity": 94.5,
        "poster_path": "/6.jpg",
        "release_date": "1966-06-15",
        "title": "Film 6",
        "video": False,
        "vote_average": 0.6,
        "vote_count": 60,
    }


def test_pages_cut_the_list_without_overlap(sandbox: SandboxServer) -> None:
    pages = [ids(sandbox.answer("/3/movie/popular", page=page)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 14, 0]
    # Every tenth film is for adults, which no list shows unless asked.
    assert [film_id for page in pages for film_id in page] == [1000 + n for n in range(1, 61) if n % 10]


def test_top_rated_needs_200_votes(sandbox: SandboxServer) -> None:
    page = sandbox.answer("/3/movie/top_rated")
    assert ids(page)[:3] == [1059, 1058, 1057]
    assert page["total_results"] == len([n for n in range(20, 61) if n % 10])


@pytest.mark.parametrize(("route", "days"), [("now_playing", -3), ("upcoming", 3)])
def test_now_playing_and_upcoming_state_their_dates(own_sandbox: SandboxServer, route: str, days: int) -> None:
    today = datetime.now(UTC).date()
    own_sandbox.change(1005, release_date=str(today + timedelta(days=days)))
    page = own_sandbox.answer(f"/3/movie/{route}")
    assert ids(page) == [1005]
    assert page["dates"]["minimum"] < page["results"][0]["release_date"] < page["dates"]["maximum"]


def test_search_matches_every_word_of_a_title(sandbox: SandboxServer) -> None:
    assert ids(sandbox.answer("/3/search/movie", query="film 17")) == [1017]
    assert ids(sandbox.answer("/3/search/movie", query="PELÍCULA 17")) == [1017]
    assert ids(sandbox.answer("/3/search/movie", query="film", year=1977)) == [1017]
    assert sandbox.answer("/3/search/movie", query="nothing") == {
        "page": 1,
        "results": [],
        "total_pages": 1,
        "total_results": 0,
    }


# --- discover --------------------------------------------------------------------------------------------------


def test_discover_windows_cut_the_catalogue_without_overlap(sandbox: SandboxServer) -> None:
    def window(first: str, last: str) -> list[int]:
        bounds: dict[str, str | int] = {"primary_release_date.gte": first, "primary_release_date.lte": last}
        return discovered(sandbox, sort_by="primary_release_date.asc", include_adult="true", **bounds)

    assert window("1962-06-15", "1965-06-15") == [2, 3, 4, 5]
    assert window("1965-06-16", "1967-06-14") == [6]
    assert window("1900-01-01", "1961-12-31") == []


@pytest.mark.parametrize(
    ("params", "first"),
    [
        ({"with_genres": "18,28"}, [6, 12, 18]),
        ({"with_genres": "18|28"}, [2, 3, 4]),
        ({"without_genres": "18|28"}, [1, 5, 7]),
        ({"with_original_language": "es"}, [2, 4, 6]),
        ({"with_original_language": "es|en"}, [1, 2, 3]),
        ({"vote_average.gte": "5.8"}, [58, 59]),
        ({"vote_average.lte": "0.2"}, [1, 2]),
        ({"vote_count.gte": 580}, [58, 59]),
        ({"with_runtime.gte": 138, "with_runtime.lte": 138}, [58]),
        ({"primary_release_year": 1999}, [39]),
        ({"year": 1999}, [39]),
        ({"release_date.gte": "2018-01-01"}, [58, 59]),
        ({"vote_count.gte": 590, "include_adult": "true"}, [59, 60]),
        ({"sort_by": "title.asc"}, [1, 11, 12]),
        ({"sort_by": "original_title.desc"}, [9, 8, 7]),
        ({"sort_by": "revenue.desc"}, [59, 58, 57]),
        ({"sort_by": "popularity.asc"}, [59, 58, 57]),
        ({"sort_by": "vote_count.asc"}, [1, 2, 3]),
        ({"sort_by": "vote_average.desc"}, [59, 58, 57]),
        ({"sort_by": "primary_release_date.desc"}, [59, 58, 57]),
        ({"region": "ES", "language": "es-ES"}, [1, 2, 3]),
    ],
)
def test_discover(sandbox: SandboxServer, params: dict[str, str | int], first: list[int]) -> None:
    assert discovered(sandbox, **params)[:3] == first


# --- errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/3/movie/9999", 404, 34),
        ("/3/movie/9999/credits", 404, 34),
        ("/3/movie/1001/videos", 404, 34),
        ("/3/nonsense", 404, 34),
        ("/4/list/1", 404, 34),
        ("/3/movie/0", 404, 6),
        ("/3/movie/tt0000001", 404, 6),
        ("/3/movie/" + "9" * 5000, 404, 6),
        ("/3/movie/popular?page=0", 400, 22),
        ("/3/movie/popular?page=501", 400, 22),
        ("/3/discover/movie?page=one", 400, 22),
        ("/3/discover/movie?primary_release_date.gte=15/06/1962", 400, 23),
        ("/3/discover/movie?release_date.lte=2026-W07-1", 400, 23),
        ("/3/movie/changes?start_date=yesterday", 400, 23),
        ("/3/movie/1001?append_to_response=" + ",".join(map(str, range(21))), 400, 27),
        ("/3/movie/changes?start_date=2026-01-01&end_date=2026-01-16", 422, 20),
        ("/3/movie/changes?start_date=2026-01-02&end_date=2026-01-01", 422, 20),
        ("/3/discover/movie?sort_by=budget.desc", 422, 5),
        ("/3/discover/movie?vote_count.gte=many", 422, 5),
        ("/3/discover/movie?with_genres=drama", 422, 5),
        ("/3/discover/movie?with_cast=5", 422, 5),
        ("/3/search/movie", 422, 5),
    ],
)
def test_errors_carry_tmdbs_code(sandbox: SandboxServer, path: str, status: int, code: int) -> None:
    response = sandbox.ask(path)
    body = response.json()
    assert (response.status_code, body["status_code"], body["success"]) == (status, code, False)
    assert body["status_message"]


def test_an_unknown_film_is_answered_in_tmdbs_words(sandbox: SandboxServer) -> None:
    assert sandbox.ask("/3/movie/9999").json() == NOT_FOUND


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token_every_route_answers_401(sandbox: SandboxServer, headers: dict[str, str]) -> None:
    for path in ("/authentication", "/movie/popular", "/movie/1001?api_key=wrong"):
        response = httpx2.get(sandbox.url + path, headers=headers)
        assert (response.status_code, response.json()["status_code"]) == (401, 7)


def test_another_method_answers_405(sandbox: SandboxServer) -> None:
    response = httpx2.post(f"{sandbox.url}/movie/1001")
    assert (response.status_code, response.json()["status_code"]) == (405, 42)


# --- changes and export ----------------------------------------------------------------------------------------


def test_nothing_has_changed_at_the_start(sandbox: SandboxServer) -> None:
    page = sandbox.answer("/3/movie/changes")
    assert page == {"page": 1, "results": [], "total_pages": 1, "total_results": 0}


def test_a_change_shows_in_the_film_the_lists_the_changes_and_the_export(own_sandbox: SandboxServer) -> None:
    assert ids(own_sandbox.answer("/3/movie/popular"))[0] == 1001
    own_sandbox.change(1030, title="New title", popularity=500.5)
    assert own_sandbox.answer("/3/movie/1030")["title"] == "New title"
    assert own_sandbox.answer("/3/movie/1030/credits")["cast"] == film(30)["credits"]["cast"]
    assert own_sandbox.answer("/3/movie/changes")["results"] == [{"id": 1030, "adult": True}]
    assert exported(own_sandbox)[1030]["popularity"] == 500.5
    [entry, _] = own_sandbox.answer("/3/movie/1030/changes")["changes"]
    [item] = entry["items"]
    shown = (entry["key"], item["action"], item["value"], item["original_value"])
    assert shown == ("title", "updated", "New title", "Film 30")
    assert item["time"].startswith(f"{datetime.now(UTC):%Y-%m-%d }")
    assert item["time"].endswith(" UTC")


def test_a_removed_film_is_gone_and_stands_in_the_changes(own_sandbox: SandboxServer) -> None:
    own_sandbox.remove(1001)
    assert own_sandbox.ask("/3/movie/1001").json() == NOT_FOUND
    assert own_sandbox.answer("/3/movie/changes")["results"] == [{"id": 1001, "adult": None}]
    assert 1001 not in exported(own_sandbox)
    assert ids(own_sandbox.answer("/3/movie/popular"))[0] == 1002


def test_a_film_is_added_when_it_has_a_title(own_sandbox: SandboxServer) -> None:
    own_sandbox.change(2**40 + 5, title="Brand new", credits={"cast": [], "crew": [], "id": 5})
    details = own_sandbox.answer(f"/3/movie/{2**40 + 5}", append_to_response="credits")
    assert details == {"title": "Brand new", "id": 2**40 + 5, "credits": {"cast": [], "crew": []}}
    with pytest.raises(AssertionError, match="could not be found"):
        own_sandbox.change(7, budget=1)


def test_changes_are_cut_by_day_and_by_hundreds(own_sandbox: SandboxServer) -> None:
    for n in range(130):
        day = "2026-03-01T12:00:00Z" if n < 120 else "2026-03-10T23:59:59"
        own_sandbox.post("/_sandbox/change", {"id": 3000 + n, "set": {"title": "T"}, "changed_at": day})
    assert own_sandbox.answer("/3/movie/changes")["total_results"] == 0

    def window(first: str, last: str, page: int = 1) -> dict[str, Any]:
        page_of: dict[str, Any] = own_sandbox.answer("/3/movie/changes", start_date=first, end_date=last, page=page)
        return page_of

    whole = window("2026-03-01", "2026-03-15")
    assert (whole["total_results"], whole["total_pages"], len(whole["results"])) == (130, 2, 100)
    assert len(window("2026-03-01", "2026-03-15", page=2)["results"]) == 30
    assert window("2026-03-01", "2026-03-09")["total_results"] == 120
    assert window("2026-03-10", "2026-03-10")["total_results"] == 10


def exported(sandbox: SandboxServer, days_ago: int = 0) -> dict[int, dict[str, Any]]:
    response = export_of(sandbox, days_ago)
    assert response.status_code == 200
    rows = [json.loads(line) for line in gzip.decompress(response.content).splitlines()]
    return {row["id"]: row for row in rows}


def export_of(sandbox: SandboxServer, days_ago: int) -> httpx2.Response:
    day = datetime.now(UTC) - timedelta(days=days_ago)
    return httpx2.get(f"{sandbox.export_url}/movie_ids_{day:%m_%d_%Y}.json.gz")


def test_the_export_lists_every_film_and_asks_for_no_token(sandbox: SandboxServer) -> None:
    rows = exported(sandbox, days_ago=1)
    assert len(rows) == 60
    assert rows[1010] == {
        "adult": True,
        "id": 1010,
        "original_title": "Película 10",
        "popularity": 90.5,
        "video": False,
    }


@pytest.mark.parametrize(("days_ago", "status"), [(-1, 404), (0, 200), (85, 200), (95, 404)])
def test_exports_are_kept_for_three_months(sandbox: SandboxServer, days_ago: int, status: int) -> None:
    assert export_of(sandbox, days_ago).status_code == status


@pytest.mark.parametrize("name", ["movie_ids_13_45_2026.json.gz", "movie_ids.json.gz", "tv_ids.json.gz"])
def test_other_names_are_no_exports(sandbox: SandboxServer, name: str) -> None:
    assert httpx2.get(f"{sandbox.export_url}/{name}").json() == NOT_FOUND
