"""The service: the dashboard, the JSON API and its health, over one warehouse file that loads replace."""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.middleware.gzip import GZipMiddleware

from taquilla import __version__
from taquilla.web.api.recommendations import RecommenderReader, is_recommended
from taquilla.web.api.routes import router as api
from taquilla.web.conditional import ConditionalAnswers, HeadAsGet, Mark
from taquilla.web.limits import BodyLimit
from taquilla.web.pages.browser_errors import answer_browsers
from taquilla.web.pages.routes import router as pages
from taquilla.web.problems import SecurityHeaders, answer_with_problems, described
from taquilla.web.reader import WarehouseReader
from taquilla.web.state import Reader
from taquilla.web.trained import ModelReader

STATIC = Path(__file__).with_name("pages") / "static"
# The address under /api/ that is answered from the model and not from the warehouse.
MODEL = "/api/model"
# Queries hold the processor, and threads beyond it only wait for one another: four are as fast as forty, and nobody
# waits long.
WORKERS = 4
COMPRESSED_FROM_BYTES = 1_024
# Beyond it, processor time grows and answers hardly shrink.
COMPRESSION_LEVEL = 5

DESCRIPTION = """
Films from the lake's warehouse, read-only. Money is in US dollars, times in UTC; null is unknown, never zero.

Lists come in pages: `limit` and `offset` go in; `total`, `items` and a `Link` header come out. Answers under `/api/`
bear a strong `ETag`: send it back as `If-None-Match`, and 304 says that nothing has changed. Every failure is
`application/problem+json` (RFC 9457) with a `next_step`.
"""
TAGS = [
    {"name": "films", "description": "The films, found by title, genre, people, company, year and votes."},
    {"name": "people", "description": "Directors, actors and crew, with their films."},
    {"name": "genres", "description": "The genres, and how figures spread within each."},
    {"name": "companies", "description": "The production companies, and how figures spread within each."},
    {"name": "kpis", "description": "The key figures, each with the number of films that it is known for."},
    {"name": "rentals", "description": "A shop's rentals: its key figures, and its films with what they earn."},
    {"name": "reviews", "description": "Reviews of places: key figures, places with their scores, and goals."},
    {"name": "recommendations", "description": "Films and places for somebody, and films like a film, with reasons."},
    {"name": "charts", "description": "What the charts of the report and the pages show, as data with its words."},
    {"name": "marts", "description": "The warehouse's questions and answers, as tables."},
    {"name": "model", "description": "Predictions for planned films, and how good they are."},
    {"name": "operations", "description": "Runs, refused records, and where every record is."},
    {"name": "health", "description": "Whether the service answers, and from what."},
]

_health = APIRouter(tags=["health"])


class Health(BaseModel):
    """That the service answers, and what it answers from."""

    status: str
    version: str
    films: int
    loaded_at: datetime


@_health.get("/health")
def health(reader: Reader) -> Health:
    """503 while there is no warehouse to answer from."""
    with reader.session() as session:
        found = session.rows("select count(*) as films from movies where not is_removed")[0]["films"]
        return Health(status="ok", version=__version__, films=found, loaded_at=session.version.loaded_at)


def create_app(
    warehouse: Path, models: Path | None = None, *, memory_limit: str | None = None, threads: int | None = None
) -> FastAPI:
    """The service over this warehouse. The file need not be there yet, and may be replaced at any time.

    models: the folder that trained models and recommenders are looked for in; memory_limit, threads: DuckDB's.
    """
    app = FastAPI(
        title="Taquilla",
        version=__version__,
        summary="What films cost, took and were thought of.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=_lifespan,
        # The pages that show the API's description load scripts from another site.
        docs_url=None,
        redoc_url=None,
        responses=described(http_422="a parameter is out of range", http_503="there is no warehouse"),
    )
    reader = WarehouseReader(warehouse, memory_limit=memory_limit, threads=threads)
    app.state.reader = reader
    app.state.models = newest = ModelReader(models)
    app.state.recommenders = recommenders = RecommenderReader(models)
    # The last one stands outside.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=COMPRESSION_LEVEL)
    app.add_middleware(ConditionalAnswers, mark=_marks(reader, newest, recommenders))
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAsGet)
    answer_with_problems(app)
    answer_browsers(app)
    for router in (_health, api, pages):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _marks(reader: WarehouseReader, models: ModelReader, recommenders: RecommenderReader) -> Mark:
    """What the answer to a path changes with."""

    def mark(path: str) -> Hashable | None:
        if is_recommended(path):
            return recommenders.mark()
        return models.mark() if path == MODEL else reader.mark()

    return mark


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    for name in ("models", "recommenders"):
        Thread(target=getattr(app.state, name).warm, name=name, daemon=True).start()
    to_thread.current_default_thread_limiter().total_tokens = WORKERS
    yield
    app.state.reader.close()
