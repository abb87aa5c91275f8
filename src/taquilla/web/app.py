"""The service: the page, the JSON API and its health, over one warehouse file that loads replace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from taquilla import __version__
from taquilla.web import films, marts, page
from taquilla.web.problems import SecurityHeaders, answer_with_problems, described
from taquilla.web.reader import WarehouseReader
from taquilla.web.state import Reader

STATIC = Path(__file__).with_name("static")

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


def create_app(warehouse: Path) -> FastAPI:
    """The service over this warehouse. The file need not be there yet, and may be replaced at any time."""
    app = FastAPI(
        title="Taquilla",
        version=__version__,
        description="Films from the lake's warehouse. Money is in US dollars, times in UTC; null is unknown.",
        lifespan=_lifespan,
        # The pages that show the API's description load scripts from another site.
        docs_url=None,
        redoc_url=None,
        responses=described(http_422="a parameter is out of range", http_503="there is no warehouse"),
    )
    app.state.reader = WarehouseReader(warehouse)
    app.add_middleware(SecurityHeaders)
    answer_with_problems(app)
    for router in (_health, films.router, marts.router, page.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.reader.close()
