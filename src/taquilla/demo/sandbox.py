"""A local server that answers like the TMDB API, version 3, over any catalogue of films.

It is what the demo and the tests fetch from, by the same road as from TMDB itself: HTTP, a token, pages,
limits and faults. Under `/_sandbox` it is steered and counted; that part answers this machine alone and asks
for no token.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from taquilla.demo.sandbox_api import FILM_ROUTE, Api
from taquilla.demo.sandbox_control import Control
from taquilla.demo.sandbox_errors import CODE_OF_STATUS, ApiError, status_body
from taquilla.demo.sandbox_faults import Fault, FaultPlan, RateLimit, Stats, parse_fault
from taquilla.demo.sandbox_store import load_catalogue
from taquilla.errors import TaquillaError, UnavailableError

_HTML: Final = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>502</h1></body></html>"
# Handlers that are at work when the server stops are given this long (s).
_SHUTDOWN_S: Final = 1.0


@dataclass(frozen=True)
class SandboxOptions:
    """How a sandbox is set up; port 0 takes a free one, catalogue None the built-in films."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str = "sandbox"  # noqa: S105 - it opens nothing but this sandbox
    catalogue: Path | None = None
    faults: tuple[Fault, ...] = ()
    rate_limit_per_s: float | None = None
    seed: int = 0


def create_app(options: SandboxOptions) -> web.Application:
    """The sandbox as an application; loads the catalogue, which raises DataError when it does not read."""
    limit = RateLimit(options.rate_limit_per_s) if options.rate_limit_per_s is not None else None
    catalogue = load_catalogue(options.catalogue)
    gate = _Gate(options, limit)
    app = web.Application(middlewares=[gate.middleware])
    app.add_routes(Api(catalogue).routes())
    app.add_routes(Control(catalogue, gate.stats, gate.set_faults).routes())
    return app


class _Gate:
    """What every request passes: counting, the rate limit, faults, the token, and errors in TMDB's words."""

    def __init__(self, options: SandboxOptions, limit: RateLimit | None) -> None:
        self.stats = Stats()
        self._token = options.token
        self._bearer = f"Bearer {options.token}"
        self._seed = options.seed
        self._limit = limit
        self.set_faults(options.faults)

    def set_faults(self, faults: Sequence[Fault]) -> None:
        self._plan = FaultPlan(faults, self._seed)

    @property
    def middleware(self) -> Middleware:
        # aiohttp marks a middleware with an attribute, which a bound method cannot carry.
        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_sandbox"):
                return await _answer(request, handler)
            return await self._counted(request, handler)

        return gate

    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        now = time.monotonic()
        self.stats.began(resource.canonical if resource else "unknown", now)
        status = "cut"
        try:
            response = await self._admitted(request, handler, now)
            if response.status != _ABORTED:
                status = str(response.status)
            return response
        finally:
            self.stats.ended(status)

    async def _admitted(self, request: web.Request, handler: Handler, now: float) -> web.StreamResponse:
        if self._limit is not None and (wait := self._limit.wait(now)):
            return _too_many(wait)
        faults = self._plan.hits(request.path_qs) if self._plan else ()
        for fault in faults:
            self.stats.faulted(fault.kind)
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            else:
                return await self._faulty(request, handler, fault)
        response = await self._authorised(request, handler)
        if response.status == 200 and request.match_info.route.name == FILM_ROUTE:
            self.stats.film_answered(int(request.match_info["film_id"]))
        return response

    async def _faulty(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "rate_limit":
                return _too_many(fault.retry_after)
            case "server_error":
                return _json(status_body(CODE_OF_STATUS[fault.status]), fault.status)
            case "html":
                return web.Response(body=_HTML, content_type="text/html")
        if fault.kind == "cut" and fault.at == "headers":
            return _abort(request)
        whole = await self._authorised(request, handler)
        body = whole.body if isinstance(whole, web.Response) and isinstance(whole.body, bytes) else b"{}"
        if fault.kind == "malformed":
            return web.Response(body=body[: len(body) // 2], content_type=whole.content_type)
        return await _cut(request, body)

    async def _authorised(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        known = request.match_info.http_exception is None
        if known and request.path.startswith("/3/") and not self._has_token(request):
            return _error(ApiError(7))
        return await _answer(request, handler)

    def _has_token(self, request: web.Request) -> bool:
        if request.headers.get("Authorization") == self._bearer:
            return True
        return request.query.get("api_key") == self._token


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, with every error in TMDB's words."""
    try:
        return await handler(request)
    except ApiError as error:
        return _error(error)
    except web.HTTPMethodNotAllowed as refusal:
        return _json(status_body(42), 405, {"Allow": refusal.headers["Allow"]})
    except web.HTTPNotFound:
        return _error(ApiError(34))


def _error(error: ApiError) -> web.Response:
    return _json(error.body(), error.status)


def _json(body: bytes, status: int, headers: dict[str, str] | None = None) -> web.Response:
    content = {"Content-Type": "application/json;charset=utf-8"}
    return web.Response(body=body, status=status, headers={**content, **(headers or {})})


def _too_many(retry_after: float | None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return _json(status_body(25), 429, headers)


# The status of an answer that nobody receives, because the connection is already gone.
_ABORTED: Final = 499


def _abort(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=_ABORTED)


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Promise the whole body, send half of it and abort the connection."""
    response = web.StreamResponse(headers={"Content-Type": "application/json;charset=utf-8"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return _abort(request)


def run(options: SandboxOptions, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; calls `ready` with the root URL once connections are accepted."""
    app = create_app(options)
    # The catalogue lives as long as the process: keep it out of every later collection.
    gc.collect()
    gc.freeze()
    asyncio.run(_serve(app, options, ready))


async def _serve(app: web.Application, options: SandboxOptions, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await _listen(runner, options)
        host = f"[{options.host}]" if ":" in options.host else options.host
        ready(f"http://{host}:{runner.addresses[0][1]}")
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, options: SandboxOptions) -> None:
    try:
        await web.TCPSite(runner, options.host, options.port).start()
    except OSError as error:
        raise UnavailableError(
            f"The sandbox cannot listen on {options.host}:{options.port} ({error.strerror}). "
            "Choose another port, or 0 for a free one."
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m taquilla.demo.sandbox`: prints the root URL as its first line, then serves."""
    defaults = SandboxOptions()
    parser = argparse.ArgumentParser(prog="python -m taquilla.demo.sandbox", description=__doc__)
    parser.add_argument("--host", default=defaults.host)
    parser.add_argument("--port", type=int, default=defaults.port, help="0 takes a free port")
    parser.add_argument("--token", default=defaults.token)
    parser.add_argument("--catalogue", type=Path, help="NDJSON of TMDB detail records; default: the built-in films")
    parser.add_argument("--fault", action="append", default=[], help="such as rate_limit:share=0.1,retry_after=1")
    parser.add_argument("--rate-limit-per-s", type=float)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    given = vars(parser.parse_args(arguments))
    try:
        faults = tuple(parse_fault(text) for text in given.pop("fault"))
        run(SandboxOptions(**given, faults=faults), lambda url: print(url, flush=True))
    except TaquillaError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
