"""The sandbox's faults, its rate limit and its counts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox_server import SandboxServer, running_sandbox, write_films
from taquilla.demo.sandbox_faults import Fault, parse_fault
from taquilla.errors import SettingsError


def test_rate_limit_fault(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "rate_limit", "retry_after": 2, "count": 1}, {"kind": "rate_limit"}])
    first, second = sandbox.ask("/3/movie/1001"), sandbox.ask("/3/movie/1001")
    assert (first.status_code, first.json()["status_code"], first.headers["Retry-After"]) == (429, 25, "2")
    assert second.status_code == 429
    assert "Retry-After" not in second.headers


@pytest.mark.parametrize(("status", "code"), [(500, 11), (502, 43), (503, 9), (504, 24)])
def test_server_error_fault(sandbox: SandboxServer, status: int, code: int) -> None:
    sandbox.faults([{"kind": "server_error", "status": status}])
    response = sandbox.ask("/3/movie/1001")
    assert (response.status_code, response.json()["status_code"]) == (status, code)


def test_slow_fault_delays_a_right_answer(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "slow", "seconds": 0.3}])
    started = time.monotonic()
    assert sandbox.answer("/3/movie/1001")["id"] == 1001
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("at", ["headers", "body"])
def test_cut_fault_aborts_the_connection(sandbox: SandboxServer, at: str) -> None:
    sandbox.faults([{"kind": "cut", "at": at, "count": 1}])
    with pytest.raises(httpx2.TransportError):
        sandbox.ask("/3/movie/1001")
    assert sandbox.answer("/3/movie/1001")["id"] == 1001
    stats = sandbox.stats()
    assert stats["by_status"] == {"cut": 1, "200": 1}
    assert stats["films"]["answers"] == 1


def test_malformed_fault_is_half_the_json(sandbox: SandboxServer) -> None:
    whole = sandbox.ask("/3/movie/1001").content
    sandbox.faults([{"kind": "malformed"}])
    response = sandbox.ask("/3/movie/1001")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.content == whole[: len(whole) // 2]


def test_html_fault_is_a_page_with_status_200(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "html"}])
    response = sandbox.ask("/3/movie/1001")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html")
    assert response.text.startswith("<!DOCTYPE html>")


def test_a_fault_keeps_to_its_route(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "server_error", "route": "/movie/popular"}])
    assert sandbox.ask("/3/movie/popular").status_code == 500
    assert sandbox.ask("/3/movie/1001").status_code == 200


def test_a_share_hits_the_same_requests_in_any_order(tmp_path: Path) -> None:
    films = write_films(tmp_path / "films.jsonl")

    def hit(order: list[int], seed: int) -> set[int]:
        with (
            running_sandbox(films, faults=["server_error:share=0.4"], seed=seed) as server,
            httpx2.Client(params={"api_key": server.token}) as client,
        ):
            return {n for n in order if client.get(f"{server.url}/movie/{1000 + n}").is_server_error}

    forwards = list(range(1, 61))
    first = hit(forwards, seed=1)
    assert 10 < len(first) < 40
    assert hit(forwards[::-1], seed=1) == first
    assert hit(forwards, seed=2) != first


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ([{"kind": "flood"}], "Known: cut, html, malformed, rate_limit, server_error, slow."),
        ([{"kind": "cut", "shares": 1}], "A fault has: kind, share, count"),
        ("cut", "Expected `array`"),
    ],
)
def test_an_unknown_fault_is_refused_with_the_known_ones(sandbox: SandboxServer, body: Any, says: str) -> None:
    response = httpx2.post(f"{sandbox.root}/_sandbox/faults", json=body)
    assert response.status_code == 422
    assert says in response.json()["status_message"]


def test_parse_fault() -> None:
    assert parse_fault("cut") == Fault("cut")
    assert parse_fault("rate_limit:share=0.1,retry_after=1") == Fault("rate_limit", share=0.1, retry_after=1)
    assert parse_fault("slow:seconds=2,count=3,route=/discover") == Fault("slow", seconds=2, count=3, route="/discover")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("flood", "Unknown fault 'flood'. Known: cut, html, malformed, rate_limit, server_error, slow."),
        ("cut:share=2", "The share of a fault lies between 0 and 1, not at 2.0."),
        ("cut:at=tail", "A cut is at body or headers, not at 'tail'."),
        ("server_error:status=418", "Unknown server error 418. Known: 500, 502, 503, 504."),
        ("slow:seconds=-1", "The seconds of a fault are not negative."),
        ("cut:count=-1", "The count of a fault is not negative: -1."),
        ("cut:half", "Fault 'cut:half': expected name=value, not 'half'."),
        ("cut:share=half", "Not a fault: Expected `float`, got `str` - at `$.share`."),
    ],
)
def test_parse_fault_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_fault(text)
    assert says in str(caught.value)


# --- limit and counts ------------------------------------------------------------------------------------------


def test_the_true_rate_limit_admits_no_more_in_a_second(tmp_path: Path) -> None:
    with running_sandbox(write_films(tmp_path / "films.jsonl"), rate_limit_per_s=5) as server:
        answers = [server.ask("/3/movie/1001") for _ in range(8)]
        assert [response.status_code for response in answers] == [200] * 5 + [429] * 3
        assert answers[-1].headers["Retry-After"] == "1"
        time.sleep(1.05)
        assert server.ask("/3/movie/1001").status_code == 200


def test_stats_count_routes_statuses_and_films(sandbox: SandboxServer) -> None:
    for path in ("/3/movie/1001", "/3/movie/1001", "/3/movie/1002", "/3/movie/9999", "/3/movie/popular"):
        sandbox.ask(path)
    stats = sandbox.stats()
    assert stats["peak_per_second"] >= 1
    del stats["peak_per_second"]
    assert stats == {
        "requests": 5,
        "by_route": {"/3/movie/{film_id}": 4, "/3/movie/popular": 1},
        "by_status": {"200": 4, "404": 1},
        "faults": {},
        "films": {"distinct": 2, "answers": 3, "max_per_film": 2},
        "peak_concurrent": 1,
    }


def test_stats_see_parallel_requests(sandbox: SandboxServer) -> None:
    sandbox.faults([{"kind": "slow", "seconds": 0.3}])

    async def ask_at_once(count: int) -> None:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {sandbox.token}"}) as client:
            await asyncio.gather(*(client.get(f"{sandbox.url}/movie/{1001 + n}") for n in range(count)))

    asyncio.run(ask_at_once(7))
    stats = sandbox.stats()
    assert (stats["peak_concurrent"], stats["peak_per_second"]) == (7, 7)
