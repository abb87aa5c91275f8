"""Two TMDB clients that know nothing of the sandbox work against it; nothing but the address is changed.

What the sandbox gets wrong about TMDB, Taquilla's own client could get wrong as well; these two were written by
others against TMDB itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
import tmdbsimple
from themoviedb._core.config import ClientConfig
from themoviedb.exceptions import TMDbAuthenticationError, TMDbHTTPError, TMDbRateLimitError
from themoviedb.tmdb import TMDb

from sandbox_server import SandboxServer, film

TMDB = "https://api.themoviedb.org"


class Simple:
    """tmdbsimple with the sandbox's address in place of TMDB's."""

    def __init__(self, root: str) -> None:
        self._root = root

    def __getattr__(self, name: str) -> Any:
        def make(*arguments: Any) -> Any:
            resource = getattr(tmdbsimple, name)(*arguments)
            resource.base_uri = resource.base_uri.replace(TMDB, self._root)
            return resource

        return make


@pytest.fixture
def simple(own_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simple]:
    monkeypatch.setattr(tmdbsimple, "API_KEY", own_sandbox.token)
    with requests.Session() as session:
        monkeypatch.setattr(tmdbsimple, "REQUESTS_SESSION", session)
        yield Simple(own_sandbox.root)


def peer(sandbox: SandboxServer, token: str) -> TMDb:
    """themoviedb with the sandbox's address in place of TMDB's."""
    config = ClientConfig(api_key=token, language="en-US", region="US", host=sandbox.root)
    return TMDb(_config=config)


@pytest.fixture
def moviedb(own_sandbox: SandboxServer) -> Iterator[TMDb]:
    with peer(own_sandbox, own_sandbox.token) as client:
        yield client


# --- tmdbsimple ------------------------------------------------------------------------------------------------


def test_tmdbsimple_lists_and_pages(simple: Simple) -> None:
    popular = simple.Movies()
    popular.popular(page=2)
    assert (popular.page, popular.total_pages, popular.total_results) == (2, 3, 54)
    assert [row["title"] for row in popular.results[:2]] == ["Film 23", "Film 24"]
    assert simple.Genres().movie_list()["genres"][0] == {"id": 28, "name": "Action"}
    assert simple.Configuration().info()["images"]["base_url"] == "http://image.tmdb.org/t/p/"


def test_tmdbsimple_reads_details_with_what_is_appended(simple: Simple) -> None:
    movie = simple.Movies(1007)
    movie.info(append_to_response="credits,keywords,release_dates")
    assert (movie.title, movie.revenue, movie.release_date) == ("Film 7", 7_000_000, "1967-06-15")
    assert simple.Movies(1007).credits()["cast"] == film(7)["credits"]["cast"]
    assert simple.Movies(1007).keywords()["keywords"] == [{"id": 42, "name": "generated"}]


def test_tmdbsimple_takes_a_bearer_token(simple: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tmdbsimple, "USE_BEARER_AUTH", True)
    assert simple.Movies(1007).info()["id"] == 1007


def test_tmdbsimple_discovers_and_searches(simple: Simple) -> None:
    window = {"primary_release_date.gte": "1970-01-01", "primary_release_date.lte": "1972-12-31"}
    found = simple.Discover().movie(sort_by="primary_release_date.asc", include_adult=True, **window)
    assert [row["id"] for row in found["results"]] == [1010, 1011, 1012]
    assert [row["id"] for row in simple.Search().movie(query="Film 17")["results"]] == [1017]


def test_tmdbsimple_sees_changes(simple: Simple, own_sandbox: SandboxServer) -> None:
    own_sandbox.change(1007, title="Renamed")
    assert simple.Changes().movie()["results"] == [{"id": 1007, "adult": False}]
    assert simple.Movies(1007).changes()["changes"][0]["key"] == "title"


def test_tmdbsimple_reports_404_and_401(simple: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(requests.HTTPError, match=r"^404 Client Error: Not Found") as missing:
        simple.Movies(9999).info()
    assert missing.value.response.json()["status_code"] == 34
    monkeypatch.setattr(tmdbsimple, "API_KEY", "wrong")
    with pytest.raises(requests.HTTPError, match=r"^401 Client Error: Unauthorized") as refused:
        simple.Movies(1007).info()
    assert refused.value.response.json()["status_code"] == 7


# --- themoviedb ------------------------------------------------------------------------------------------------


def test_themoviedb_lists_and_pages(moviedb: TMDb) -> None:
    popular = moviedb.movies().popular(page=2)
    assert (popular.page, popular.total_pages, popular.total_results) == (2, 3, 54)
    assert [(row.title, row.year) for row in popular[:2]] == [("Film 23", 1983), ("Film 24", 1984)]
    playing = moviedb.movies().now_playing()
    assert playing.dates is not None
    assert playing.dates.maximum is not None
    assert [genre.name for genre in moviedb.genres().movie()][:2] == ["Action", "Adventure"]


def test_themoviedb_reads_details_with_what_is_appended(moviedb: TMDb) -> None:
    movie = moviedb.movie(1007).details(append_to_response="credits,keywords,release_dates")
    assert (movie.title, movie.runtime, movie.release_date) == ("Film 7", 87, date(1967, 6, 15))
    assert movie.credits is not None
    assert movie.credits.cast is not None
    assert movie.credits.cast[0].name == "Person 7"
    assert movie.keywords is not None
    assert [keyword.name for keyword in movie.keywords] == ["generated"]
    crew = moviedb.movie(1007).credits().crew
    assert crew is not None
    assert crew[0].job == "Director"
    assert moviedb.movie(1001).details().release_date is None


def test_themoviedb_discovers_and_searches(moviedb: TMDb) -> None:
    found = moviedb.discover().movie(
        sort_by="primary_release_date.asc",
        include_adult=True,
        primary_release_date__gte="1970-01-01",
        primary_release_date__lte="1972-12-31",
    )
    assert [row.id for row in found] == [1010, 1011, 1012]
    assert [row.id for row in moviedb.search().movies("Film 17")] == [1017]


def test_themoviedb_sees_changes(moviedb: TMDb, own_sandbox: SandboxServer) -> None:
    # It has no method for changes, only the request under its methods.
    own_sandbox.remove(1007)
    assert moviedb.request("movie/changes")["results"] == [{"id": 1007, "adult": None}]


def test_themoviedb_reports_404_401_and_429(moviedb: TMDb, own_sandbox: SandboxServer) -> None:
    with pytest.raises(TMDbHTTPError, match=r"movie/9999 returned HTTP 404$"):
        moviedb.movie(9999).details()
    with peer(own_sandbox, "wrong") as stranger, pytest.raises(TMDbAuthenticationError, match="HTTP 401"):
        stranger.movie(1007).details()
    own_sandbox.faults([{"kind": "rate_limit", "retry_after": 3}])
    with pytest.raises(TMDbRateLimitError) as limited:
        moviedb.movie(1007).details()
    assert limited.value.retry_after == 3
