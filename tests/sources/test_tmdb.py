"""The TMDB client against a real server: the sandbox, and a hand-made one where an answer must be exact."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from tmdb_harness import fetch, film_answer, listed, options_for, run, run_against, sandbox_of

from sandbox_server import SandboxServer
from taquilla.errors import SettingsError, UnavailableError
from taquilla.sources.tmdb import FetchedFilm, TmdbClient

FILMS = 300
API_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    with sandbox_of(FILMS, tmp_path_factory.mktemp("tmdb")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SandboxServer) -> Iterator[SandboxServer]:
    server.clear_faults()
    server.reset_stats()
    yield server
    server.clear_faults()


# Films


def test_films_come_verbatim_with_everything_appended(sandbox: SandboxServer) -> None:
    before = datetime.now(UTC)
    (film,) = fetch(options_for(sandbox.root), [7])
    record = json.loads(film.payload or b"")
    assert (film.film_id, film.status, film.error) == (7, 200, None)
    assert (record["title"], record["credits"]["cast"][0]["name"]) == ("Film 7", "Ana")
    assert {"credits", "keywords", "release_dates"} <= record.keys()
    assert before <= film.fetched_at <= datetime.now(UTC)
    assert sandbox.stats()["requests"] == 1


FAULTS = [
    {"kind": "rate_limit", "share": 0.2},
    {"kind": "server_error", "share": 0.5, "status": 503},
    {"kind": "malformed", "share": 0.3},
    {"kind": "html", "share": 0.3},
    {"kind": "cut", "share": 0.3, "at": "headers"},
    {"kind": "cut", "share": 0.3, "at": "body"},
]


@settings(max_examples=25, deadline=None)
@given(
    film_ids=st.lists(st.integers(1, FILMS + 20), max_size=40),
    faults=st.lists(st.sampled_from(FAULTS), max_size=3, unique_by=str),
    connections=st.integers(1, 20),
)
def test_every_id_yields_exactly_one_row(
    server: SandboxServer, film_ids: list[int], faults: list[dict[str, Any]], connections: int
) -> None:
    server.faults(faults)
    films = fetch(options_for(server.root, attempts=3, connections=connections), film_ids)
    assert sorted(film.film_id for film in films) == sorted(film_ids)
    for film in films:
        is_whole = film.error is None and film.status == 200
        assert (json.loads(film.payload or b"{}").get("id") == film.film_id) if is_whole else True
        assert is_whole or film.error or (film.status == 404 and film.film_id > FILMS)


def test_a_removed_film_is_a_row_without_error(sandbox: SandboxServer) -> None:
    (film,) = fetch(options_for(sandbox.root), [999_999])
    assert (film.status, film.error) == (404, None)
    assert sandbox.stats()["requests"] == 1


def test_a_404_of_somebody_else_removes_no_film() -> None:
    async def gateway(request: web.Request) -> web.Response:
        return web.Response(status=404, text="<h1>Not here</h1>", content_type="text/html")

    (film,) = run_against(gateway, lambda tmdb: listed(tmdb.films([7])))
    assert (film.status, film.error) == (404, "404: Not Found")


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ({"kind": "server_error"}, 500, "500 after 3 attempts: Internal error: Something went wrong, contact TMDb."),
        ({"kind": "slow", "seconds": 0.6}, None, "time-out after 0.3 s (3 attempts)"),
        ({"kind": "cut", "at": "headers"}, None, "connection cut (3 attempts)"),
        ({"kind": "cut", "at": "body"}, None, "answer cut off (3 attempts)"),
        ({"kind": "malformed"}, 200, "answer is not JSON after 3 attempts: Input data was truncated"),
        ({"kind": "html"}, 200, "answer is not JSON (HTML?) (3 attempts)"),
    ],
    ids=lambda value: value.get("kind", "") if isinstance(value, dict) else None,
)
def test_a_lasting_fault_is_a_row_with_its_reason(
    sandbox: SandboxServer, fault: dict[str, Any], status: int | None, error: str
) -> None:
    sandbox.faults([fault])
    (film,) = fetch(options_for(sandbox.root, attempts=3, timeout_s=0.3), [7])
    assert (film.status, film.error) == (status, error)
    # Not one more than allowed: aiohttp's own silent second request is off.
    assert sandbox.stats()["requests"] == 3


def test_a_passing_fault_leaves_no_trace(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "server_error", "count": 4}])
    (film,) = fetch(options_for(sandbox.root), [7])
    assert (film.status, film.error) == (200, None)


def test_other_refusals_are_not_asked_again() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response({"status_message": "Invalid parameters."}, status=422)

    async def use(tmdb: TmdbClient) -> tuple[list[FetchedFilm], int]:
        return await listed(tmdb.films([7])), tmdb.counters.requests

    (film,), requests = run_against(refuse, use)
    assert (film.status, film.error, requests) == (422, "422: Invalid parameters.", 1)


def test_a_record_of_another_film_is_an_error() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"id": 8})

    (film,) = run_against(answer, lambda tmdb: listed(tmdb.films([7])), attempts=2)
    assert film.error == "answer is not the one asked for after 2 attempts: it is about film 8"


def test_at_most_so_many_connections_are_in_flight() -> None:
    running: list[int] = []
    peaks: list[int] = []

    async def answer(request: web.Request) -> web.Response:
        running.append(1)
        peaks.append(len(running))
        await asyncio.sleep(0.01)
        running.pop()
        return film_answer(request)

    films = run_against(answer, lambda tmdb: listed(tmdb.films(range(1, 61))), connections=6)
    assert (len(films), max(peaks)) == (60, 6)


def test_a_slow_reader_stops_the_fetching(sandbox: SandboxServer) -> None:
    async def use(tmdb: TmdbClient) -> int:
        async with aclosing(tmdb.films(range(1, FILMS))) as films:
            await anext(films)
            await asyncio.sleep(0.2)
        return tmdb.counters.requests

    assert run(options_for(sandbox.root, connections=5), use) <= 10


def test_closing_the_iterator_cancels_the_rest() -> None:
    async def answer(request: web.Request) -> web.Response:
        if not request.path.endswith("/1"):
            await asyncio.sleep(30)
        return film_answer(request)

    async def use(tmdb: TmdbClient) -> int:
        async with aclosing(tmdb.films([1, 2, 3, 4])) as films:
            assert (await anext(films)).film_id == 1
        return sum("in_parallel" in repr(task) for task in asyncio.all_tasks())

    started = time.monotonic()
    assert run_against(answer, use, timeout_s=60) == 0
    assert time.monotonic() - started < 5


def test_an_error_in_the_ids_comes_out(sandbox: SandboxServer) -> None:
    async def ids() -> AsyncIterator[int]:
        yield 1
        raise UnavailableError("the list ended early")

    seen: list[int] = []

    async def use(tmdb: TmdbClient) -> None:
        async for film in tmdb.films(ids()):
            seen.append(film.film_id)  # noqa: PERF401 - kept although the loop ends in an error

    with pytest.raises(UnavailableError, match="the list ended early"):
        run(options_for(sandbox.root, connections=1), use)
    assert seen == [1]


# Pace


@pytest.mark.parametrize("storm", [[], [{"kind": "rate_limit", "share": 0.2}]], ids=["calm", "storm"])
def test_the_rate_is_never_exceeded(sandbox: SandboxServer, storm: list[dict[str, Any]]) -> None:
    sandbox.faults(storm)
    films = fetch(options_for(sandbox.root, requests_per_s=50), range(1, 91))
    assert {film.error for film in films} == {None}
    # One more than the rate: a window of a second has room for 51 requests that are 20 ms apart.
    assert 40 <= sandbox.stats()["peak_per_second"] <= 51


def test_a_storm_with_retry_after_costs_no_film(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "rate_limit", "count": 30, "retry_after": 1}])
    started = time.monotonic()
    films = fetch(options_for(sandbox.root), range(1, 101))
    assert {film.error for film in films} == {None}
    assert 2 <= time.monotonic() - started < 4  # 20 refused at once, then 10 more: two waits, not thirty


def test_a_limit_that_says_when_to_come_back_is_kept(tmp_path: Path) -> None:
    with sandbox_of(60, tmp_path, rate_limit_per_s=40) as sandbox:
        films = fetch(options_for(sandbox.root), range(1, 61))
    assert {film.error for film in films} == {None}


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_one_refusal_makes_all_workers_wait(as_date: bool) -> None:
    arrivals: list[float] = []

    async def answer(request: web.Request) -> web.Response:
        arrivals.append(time.monotonic())
        if len(arrivals) != 4:
            await asyncio.sleep(0.02)
            return film_answer(request)
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return web.json_response({}, status=429, headers={"Retry-After": when if as_date else "1"})

    films = run_against(answer, lambda tmdb: listed(tmdb.films(range(1, 20))), connections=4)
    assert sorted(film.film_id for film in films) == list(range(1, 20))
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert [number for number, gap in enumerate(gaps) if gap > 0.5] == [3]
    assert max(gaps) > 0.95


# When nothing can be had


def test_a_dead_server_is_named_with_the_next_step() -> None:
    with pytest.raises(UnavailableError) as caught:
        run(options_for("http://127.0.0.1:9"), lambda tmdb: tmdb.check())
    assert "http://127.0.0.1:9/3" in str(caught.value)
    assert "no connection: Connect" in str(caught.value)
    assert "tmdb.base_url" in str(caught.value)


def test_few_films_of_a_dead_server_are_rows() -> None:
    films = fetch(options_for("http://127.0.0.1:9", attempts=2), range(5))
    assert sorted(film.film_id for film in films) == list(range(5))
    assert {film.status for film in films} == {None}


def test_a_service_that_goes_away_stops_the_fetching(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "cut", "at": "headers", "route": f"/movie/{n}"} for n in (2, 3, 4, 5, 6, 7, 8, 9)])
    rows: list[FetchedFilm] = []

    async def use(tmdb: TmdbClient) -> None:
        async for film in tmdb.films([1, 10, 11, *range(20, 100)]):
            rows.append(film)  # noqa: PERF401 - kept although the loop ends in an error

    with pytest.raises(UnavailableError, match="6 films in a row could not be fetched: connection cut"):
        run(options_for(sandbox.root, connections=2, attempts=2), use)
    assert [film.film_id for film in rows if film.error is None] == [1, 10, 11]
    assert len(rows) <= 8


@pytest.mark.parametrize("token", [API_KEY, "another-token-that-nobody-knows"], ids=["v3", "v4"])
def test_a_refused_token_is_named_by_its_setting_and_never_shown(
    sandbox: SandboxServer, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    options = options_for(sandbox.root, token=token)
    uses: list[Callable[[TmdbClient], Awaitable[object]]] = [
        lambda tmdb: tmdb.check(),
        lambda tmdb: listed(tmdb.films([1, 2, 3])),
        lambda tmdb: listed(tmdb.popular_ids(1)),
    ]
    for use in uses:
        with pytest.raises(SettingsError, match=r"tmdb\.token: TAQUILLA_TMDB__TOKEN") as caught:
            run(options, use)
        assert token not in repr(caught.value)
        # Not among the locals either: some tracebacks show them.
        frames = [entry.frame for entry in caught.traceback if "taquilla" in str(entry.path)]
        assert token not in "".join(repr(frame.f_locals) for frame in frames)
        assert caught.value.__context__ is None
    assert token not in caplog.text
    assert token not in repr(options)


def test_a_gateway_that_prints_the_address_gives_no_key_away(caplog: pytest.LogCaptureFixture) -> None:
    async def gateway(request: web.Request) -> web.Response:
        assert request.query["api_key"] == API_KEY
        assert "Authorization" not in request.headers
        return web.json_response({"status_message": f"No route to {request.url}"}, status=502)

    caplog.set_level(logging.DEBUG, "taquilla")
    (film,) = run_against(gateway, lambda tmdb: listed(tmdb.films([7])), token=API_KEY, attempts=2)
    assert film.error is not None
    assert "api_key=[token]" in film.error
    assert API_KEY not in repr(film)
    with pytest.raises(UnavailableError) as caught:
        run_against(gateway, lambda tmdb: listed(tmdb.popular_ids(1)), token=API_KEY, attempts=2)
    assert API_KEY not in f"{caught.value!r}{caplog.text}"


@pytest.mark.parametrize("address", ["api.example.org/3", "http://user:pass@example.org", "http://[", ""])
def test_an_address_that_is_none_is_a_setting_to_mend(address: str) -> None:
    with pytest.raises(SettingsError, match=r"tmdb\.base_url") as caught:
        TmdbClient(replace(options_for("http://example.org"), base_url=address))
    assert "pass@" not in str(caught.value)
