"""What the tests of the TMDB client share: a quick client, a sandbox, and a server made by hand."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from sandbox_server import SandboxServer, running_sandbox
from taquilla.sources.tmdb import FetchedFilm, TmdbClient, TmdbOptions

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "eyJhbGciOiJIUzI1NiJ9.not-a-real-token.but-as-long"  # noqa: S105


def catalogue_film(film_id: int) -> dict[str, Any]:
    """Film n is released n days after new year 2001, and the more popular the higher its id."""
    return {
        "id": film_id,
        "title": f"Film {film_id}",
        "popularity": float(film_id),
        "release_date": (date(2001, 1, 1) + timedelta(days=film_id)).isoformat(),
        "credits": {"cast": [{"id": 7, "name": "Ana"}], "crew": []},
    }


@contextmanager
def sandbox_of(films: int, folder: Path, rate_limit_per_s: float | None = None) -> Iterator[SandboxServer]:
    """A sandbox with the films 1 to `films`."""
    catalogue = folder / "films.ndjson"
    catalogue.write_text("\n".join(json.dumps(catalogue_film(n)) for n in range(1, films + 1)))
    with running_sandbox(catalogue, token=TOKEN, rate_limit_per_s=rate_limit_per_s) as sandbox:
        yield sandbox


def options_for(root: str, **changes: Any) -> TmdbOptions:
    quick = TmdbOptions(
        base_url=f"{root}/3",
        export_url=f"{root}/p/exports",
        token=TOKEN,
        requests_per_s=None,
        timeout_s=5.0,
        backoff_initial_s=0.01,
        backoff_max_s=0.05,
    )
    return replace(quick, **changes)


def run(options: TmdbOptions, use: Callable[[TmdbClient], Awaitable[T]]) -> T:
    async def main() -> T:
        async with TmdbClient(options) as tmdb:
            return await use(tmdb)

    return asyncio.run(main())


async def listed(items: AsyncIterable[T]) -> list[T]:
    return [item async for item in items]


def fetch(options: TmdbOptions, film_ids: Sequence[int]) -> list[FetchedFilm]:
    return run(options, lambda tmdb: listed(tmdb.films(film_ids)))


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server that answers every GET with `handler`; gives its root address."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def run_against(handler: Handler, use: Callable[[TmdbClient], Awaitable[T]], **changes: Any) -> T:
    async def main() -> T:
        async with serving(handler) as root, TmdbClient(options_for(root, **changes)) as tmdb:
            return await use(tmdb)

    return asyncio.run(main())


def film_answer(request: web.Request) -> web.Response:
    return web.json_response({"id": int(request.path.rsplit("/", 1)[1])})
