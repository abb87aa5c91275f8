"""Which films there are: TMDB's lists, which move while they are read, and its daily export."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from tmdb_harness import catalogue_film, listed, options_for, run, run_against, sandbox_of

from sandbox_server import SandboxServer
from taquilla.errors import UnavailableError
from taquilla.sources.tmdb import _DISCOVER, ExportedFilm, TmdbClient

FILMS = 130
NEW_YEAR = date(2001, 1, 1)
TODAY = datetime.now(UTC).date()


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


def page_of(ids: list[int], request: web.Request, size: int = 20) -> web.Response:
    number = int(request.query["page"])
    rows = [{"id": film_id} for film_id in ids[(number - 1) * size : number * size]]
    pages = max(1, -(-len(ids) // size))
    body = {"page": number, "results": rows, "total_pages": pages, "total_results": len(ids)}
    return web.json_response(body)


# Popular


def test_popular_ids_are_the_first_pages(sandbox: SandboxServer) -> None:
    ids = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.popular_ids(2)))
    assert ids == list(range(FILMS, FILMS - 40, -1))


def test_popular_ids_end_with_the_last_page(sandbox: SandboxServer) -> None:
    ids = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.popular_ids(1000)))
    assert sorted(ids) == list(range(1, FILMS + 1))


def test_no_page_beyond_500_is_asked_for() -> None:
    asked: set[int] = set()

    async def answer(request: web.Request) -> web.Response:
        asked.add(int(request.query["page"]))
        return page_of(list(range(600)), request, size=1)

    ids = run_against(answer, lambda tmdb: listed(tmdb.popular_ids(10_000)))
    assert (len(ids), max(asked)) == (500, 500)


@pytest.mark.parametrize(
    "moves",
    [
        # From page 3 to the top: 20 is pushed to page 2 and seen twice, 45 is not seen at all.
        lambda ids: [45, *(n for n in ids if n != 45)],
        # Deleted from page 1: 21 slips to page 1, which is already read.
        lambda ids: [n for n in ids if n != 5],
        # From page 1 off the end of what is read: 21 slips as well, and nothing tells.
        lambda ids: [*(n for n in ids if n != 5), 5],
    ],
    ids=["up", "deleted", "fallen off"],
)
def test_no_film_goes_missing_when_the_order_moves(moves: Callable[[list[int]], list[int]]) -> None:
    ids = list(range(1, 101))

    async def answer(request: web.Request) -> web.Response:
        nonlocal ids
        response = page_of(ids, request)
        if request.query["page"] == "1" and ids == list(range(1, 101)):
            ids = moves(ids)  # just after the first page was read
        return response

    found = run_against(answer, lambda tmdb: listed(tmdb.popular_ids(3)))
    assert set(found) >= set(ids[:60])
    assert len(found) == len(set(found))


def test_a_list_that_never_stands_still_is_said(caplog: pytest.LogCaptureFixture) -> None:
    requests = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal requests
        requests += 1
        return page_of(list(range(requests, requests + 60)), request)

    run_against(answer, lambda tmdb: listed(tmdb.popular_ids(3)))
    assert "/movie/popular still moved after 4 readings" in caplog.text
    assert requests == 12


def test_a_page_that_cannot_be_read_is_an_error(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "server_error", "status": 503, "route": "page=2"}])
    with pytest.raises(UnavailableError) as caught:
        run(options_for(sandbox.root, attempts=2), lambda tmdb: listed(tmdb.popular_ids(3)))
    assert "the list /movie/popular?page=2 could not be read: 503 after 2 attempts: Service off" in str(caught.value)
    assert sandbox.url in str(caught.value)


# Discover


def test_discover_ids_of_a_window_of_dates(sandbox: SandboxServer) -> None:
    first, last = NEW_YEAR + timedelta(days=10), NEW_YEAR + timedelta(days=70)
    ids = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.discover_ids(first, last)))
    assert sorted(ids) == list(range(10, 71))


def test_a_window_with_too_many_films_is_halved(sandbox: SandboxServer) -> None:
    window = (NEW_YEAR, NEW_YEAR + timedelta(days=365))
    options = options_for(sandbox.root)
    ids = run(options, lambda tmdb: listed(tmdb._ids_between(_DISCOVER, [window], max_pages=1)))
    assert sorted(ids) == list(range(1, FILMS + 1))
    assert len(ids) == FILMS


def test_a_single_day_with_too_many_films_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    window = (NEW_YEAR + timedelta(days=49), NEW_YEAR + timedelta(days=51))
    with sandbox_of(60, tmp_path) as sandbox:
        for film_id in range(1001, 1061):
            sandbox.change(film_id, **{**catalogue_film(50), "id": film_id})
        options = options_for(sandbox.root)
        ids = run(options, lambda tmdb: listed(tmdb._ids_between(_DISCOVER, [window], max_pages=2)))
    assert {49, 51} <= set(ids)
    assert (len(ids), len(set(ids))) == (42, 42)
    assert "from 2001-02-20 to 2001-02-20 has 61 films and gives only the first 2 pages" in caplog.text


# Changes


def test_changes_over_many_windows_come_once(sandbox: SandboxServer) -> None:
    now = datetime.now(UTC)
    for film_id in range(1, 41):
        at = now - timedelta(days=film_id)
        sandbox.post("/_sandbox/change", {"id": film_id, "set": {"overview": "new"}, "changed_at": at.isoformat()})
    sandbox.change(3, overview="newer")
    since = now - timedelta(days=30)
    ids = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.changed_ids(since, now)))
    assert sorted(ids) == list(range(1, 31))


def test_windows_of_changes_are_no_longer_than_two_weeks_and_leave_no_gap() -> None:
    asked: list[tuple[date, date]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((date.fromisoformat(request.query["start_date"]), date.fromisoformat(request.query["end_date"])))
        return page_of([], request)

    since, until = datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 2, 15, 1, tzinfo=UTC)
    assert run_against(answer, lambda tmdb: listed(tmdb.changed_ids(since, until))) == []
    windows = list(dict.fromkeys(asked))
    assert (windows[0][0], windows[-1][1]) == (date(2026, 1, 1), date(2026, 2, 16))
    assert all(last - first <= timedelta(days=14) for first, last in windows)
    assert [last for _, last in windows[:-1]] == [first for first, _ in windows[1:]]


def test_a_moment_without_a_time_zone_is_refused(sandbox: SandboxServer) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        run(options_for(sandbox.root), lambda tmdb: listed(tmdb.changed_ids(naive, naive)))


# Export


def test_the_export_lists_every_film(sandbox: SandboxServer) -> None:
    films = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.exported_films(TODAY)))
    assert len(films) == FILMS
    assert films[6] == ExportedFilm(7, 7.0, "Film 7", False, False)


def test_a_day_without_export_is_said(sandbox: SandboxServer) -> None:
    with pytest.raises(UnavailableError, match=r"no film export of 2001-01-01 at http.*\(404\).*the day before"):
        run(options_for(sandbox.root), lambda tmdb: listed(tmdb.exported_films(NEW_YEAR)))


def test_a_cut_export_is_fetched_again(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "cut", "route": "/p/exports", "count": 2}])
    films = run(options_for(sandbox.root), lambda tmdb: listed(tmdb.exported_films(TODAY)))
    assert len(films) == FILMS


GOOD = b'{"adult":false,"id":1,"original_title":"Uno","popularity":1.5,"video":false}\n'


def exported(body: bytes) -> tuple[list[int], int]:
    """(ids, malformed lines) of an export with this body."""

    async def answer(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers  # the file server is none of the token's business
        return web.Response(body=body)

    async def use(tmdb: TmdbClient) -> tuple[list[int], int]:
        films = await listed(tmdb.exported_films(TODAY))
        return [film.film_id for film in films], tmdb.counters.malformed_lines

    return run_against(answer, use)


def test_a_malformed_line_is_counted_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    lines = [GOOD, b'{"id":"x"}\n', b"nonsense\n", b'{"id":2,"original_title":"\xff"}\n', b"\n", b'{"id":3}']
    assert exported(gzip.compress(b"".join(lines))) == ([1, 3], 3)
    assert "3 lines of TMDB's film export" in caplog.text


def test_an_export_that_was_unzipped_on_the_way_is_read_all_the_same() -> None:
    assert exported(GOOD) == ([1], 0)


@pytest.mark.parametrize("damage", [lambda body: body[:-9], lambda body: body[:20] + b"????" + body[24:]])
def test_a_damaged_export_is_an_error(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UnavailableError, match="is damaged"):
        exported(damage(gzip.compress(GOOD * 50)))


def test_a_reader_of_the_export_may_stop_early(sandbox: SandboxServer) -> None:
    async def use(tmdb: TmdbClient) -> int:
        async with aclosing(tmdb.exported_films(TODAY)) as films:
            first = await anext(films)
        await asyncio.sleep(0)
        return first.film_id

    assert run(options_for(sandbox.root), use) == 1


def test_check_passes_with_the_right_token(sandbox: SandboxServer) -> None:
    run(options_for(sandbox.root), lambda tmdb: tmdb.check())
    assert sandbox.stats()["by_route"] == {"/3/authentication": 1}
