"""/about: what this is, and under which terms; /api: the routes of the JSON API, for a reader without tools."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla import __version__
from taquilla.web.pages.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Component:
    """Somebody else's work that this site serves, with its licence."""

    name: str
    version: str
    licence: str
    licence_file: str
    home: str
    notices: tuple[tuple[str, str], ...] = ()


_ECHARTS = "/static/vendor/echarts"
COMPONENTS = (
    Component(
        "Apache ECharts",
        "6.1.0",
        "Apache-2.0",
        f"{_ECHARTS}/LICENSE",
        "https://echarts.apache.org",
        (("NOTICE", f"{_ECHARTS}/NOTICE"), ("d3 (BSD-3-Clause)", f"{_ECHARTS}/licenses/LICENSE-d3")),
    ),
)


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A route of the API. Its address can be opened where nothing has to be filled in."""

    method: str
    path: str
    summary: str

    @property
    def is_open(self) -> bool:
        return self.method == "GET" and "{" not in self.path


@router.get("/about", response_class=HTMLResponse)
def about(request: Request) -> HTMLResponse:
    """What the figures are, where they come from, and whose work this site serves."""
    return render(request, "about.html", version=__version__, components=COMPONENTS)


@router.get("/api", response_class=HTMLResponse)
def api(request: Request) -> HTMLResponse:
    """The routes of the API with their summaries, as the OpenAPI description has them."""
    return render(request, "api.html", routes=list(_routes(request)))


def _routes(request: Request) -> Iterator[ApiRoute]:
    for path, operations in request.app.openapi()["paths"].items():
        for method, operation in operations.items():
            text = operation.get("description") or operation.get("summary", "")
            yield ApiRoute(method.upper(), path, text.partition("\n\n")[0].replace("`", ""))
