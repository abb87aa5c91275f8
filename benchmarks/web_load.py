"""The service under 16 connections, beside a bare FastAPI route that sends constant bytes of the same size.

    python -m benchmarks.web_load --requests 3000

Closed loop: each connection sends its next request when the last one is answered. The service, the bare route and the
connections are a process each; the two servers take turns by rounds, so that both meet the same machine.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.films_from_disk import data
from benchmarks.measure import in_fresh_process, machine, show
from taquilla.models.training import train
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect

CONNECTIONS, REQUESTS, ROUNDS = 16, 3_000, 5
OURS = ("-m", "taquilla", "--data", "{folder}", "serve", "--port", "0")
BARE = ("-m", "benchmarks.bare_route")


@dataclass(frozen=True, slots=True)
class Route:
    """What is asked for. `{n}` in path and body is another number each time, where no answer is to be a kept one."""

    name: str
    path: str
    method: str = "GET"
    body: str = ""
    headers: str = ""
    status: int = 200

    def request(self, number: int) -> bytes:
        """The bytes on the wire."""
        path, body = (text.replace("{n}", str(number)) for text in (self.path, self.body))
        sent = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        return f"{self.method} {path} HTTP/1.1\r\nHost: localhost\r\n{self.headers}{sent}\r\n{body}".encode()


def main(requests: int = REQUESTS) -> None:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        films = _prepare(Path(folder))
        ours = stack.enter_context(serving(*(part.format(folder=folder) for part in OURS)))
        rows = [_row(stack, ours, route, requests) for route in _routes(ours, films)]
    show(f"web load: {len(films):,} films, {CONNECTIONS} connections, {requests:,} requests a route and server", rows)


def _prepare(folder: Path) -> list[int]:
    """A warehouse and a model in the folder; the films' ids."""
    in_fresh_process("benchmarks.road:films", data(folder), folder)
    connection = connect(folder / "warehouse.duckdb")
    train(asking(connection), folder / "movie_analytics", now=datetime.now(UTC))
    return [film_id for (film_id,) in connection.execute("select film_id from movies order by film_id").fetchall()]


def _routes(ours: str, films: list[int]) -> Iterator[Route]:
    page = "/api/films?limit=50"
    _, tag, _ = fetch(ours + page)
    # Every page another one: pages of five thousand films, at ever other offsets.
    yield Route("films page, each another", f"{page}&min_votes=0&offset={{n}}")
    yield Route("films page, the same", page)
    yield Route("films page, not changed", page, headers=f"If-None-Match: {tag}\r\n", status=304)
    yield Route("films found by title", "/api/films?limit=50&q=e&offset={n}")
    yield Route("one film, the same", f"/api/films/{films[0]}")
    yield Route("one person's films", "/api/people/{n}")
    yield Route("people, each page another", "/api/people?limit=50&offset={n}")
    yield Route("KPIs", "/api/kpis")
    yield Route("dashboard", "/")
    if fetch(f"{ours}/api/model")[0] == 200:
        yield Route("prediction", "/predict", method="POST", body='{"budget_usd": 1{n}, "genre_ids": [18]}')


def fetch(address: str) -> tuple[int, str, int]:
    """Status, ETag and length of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own service
            return answer.status, str(answer.headers["ETag"]), len(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, "", len(error.read())


def _row(stack: ExitStack, ours: str, route: Route, requests: int) -> dict[str, Any]:
    length = 0 if route.status == 304 else _length(ours, route)
    bare = stack.enter_context(serving(*BARE, str(length)))
    spec = json.dumps({"ours": ours, "bare": bare, "route": asdict(route), "requests": requests})
    found = in_fresh_process("benchmarks.web_load:load", spec).result
    return {
        "route": route.name,
        "bytes": length,
        "p50 ms": found["ours"]["p50_ms"],
        "p99 ms": found["ours"]["p99_ms"],
        "requests/s": round(found["ours"]["per_second"]),
        "bare p50 ms": found["bare"]["p50_ms"],
        "bare p99 ms": found["bare"]["p99_ms"],
        "bare requests/s": round(found["bare"]["per_second"]),
        "share of bare": found["ours"]["per_second"] / found["bare"]["per_second"],
    }


def _length(ours: str, route: Route) -> int:
    return asyncio.run(_exchange_once(ours, route))


async def _exchange_once(address: str, route: Route) -> int:
    reader, writer = await _connect(address)
    _, length = await _exchange(reader, writer, route.request(1))
    writer.close()
    return length


@contextmanager
def serving(*command: str) -> Iterator[str]:
    """A server in a process of its own: its address, which its first line with one tells."""
    process = subprocess.Popen([sys.executable, "-u", *command], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        finally:
            process.terminate()


def load(spec: str) -> dict[str, Any]:
    """Send the requests to both servers in turns; the latencies of each, in milliseconds, and requests a second."""
    given = json.loads(spec)
    route = Route(**given["route"])
    servers = {
        "ours": (given["ours"], route),
        "bare": (given["bare"], Route(route.name, "/", status=200)),
    }
    numbers = count(1)
    rounds: dict[str, list[tuple[float, list[float]]]] = {name: [] for name in servers}
    for turn in range(ROUNDS + 1):
        for name, (address, asked) in servers.items():
            # The first round only warms up.
            share = given["requests"] // ROUNDS if turn else 200
            rounds[name].append(asyncio.run(_round(address, asked, share, numbers)))
    return {name: _told(found[1:]) for name, found in rounds.items()}


def _told(rounds: list[tuple[float, list[float]]]) -> dict[str, float]:
    latencies = sorted(latency for _, found in rounds for latency in found)
    return {
        "p50_ms": 1e3 * latencies[len(latencies) // 2],
        "p99_ms": 1e3 * latencies[int(len(latencies) * 0.99)],
        "per_second": len(latencies) / sum(seconds for seconds, _ in rounds),
    }


async def _round(address: str, route: Route, requests: int, numbers: Iterator[int]) -> tuple[float, list[float]]:
    """Seconds in all, and those of each request."""
    latencies: list[float] = []
    left = iter(range(requests))

    async def one_after_the_other() -> None:
        reader, writer = await _connect(address)
        for _ in left:
            begun = time.perf_counter()
            status, _ = await _exchange(reader, writer, route.request(next(numbers)))
            latencies.append(time.perf_counter() - begun)
            assert status == route.status or (status == 404 and "{n}" in route.path), f"{route.name}: {status}"
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begun, latencies


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = address.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, int]:
    """Status and length of the answer's body."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1]), length


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    told = parser.parse_args()
    print(machine())
    main(told.requests)
