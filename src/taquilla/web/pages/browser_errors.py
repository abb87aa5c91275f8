"""What a person sees where something fails: a page that says so, while programs and the API keep problem+json."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError
from taquilla.web.pages.rendering import render
from taquilla.web.problems import NotFoundError

Handler = Callable[[Request, Any], Response | Awaitable[Response]]
# These answer programs, whoever asks.
_NO_PAGES = ("/api/", "/static/", "/openapi.json", "/health")
_KINDS = {404: "missing", 405: "missing", 422: "invalid"}


def answer_browsers(app: FastAPI) -> None:
    """Put a page in front of `app`'s handlers of failures, for requests that want HTML. To be called after them."""
    for error in (NotFoundError, HTTPException, RequestValidationError, TaquillaError, DatabaseError):
        app.add_exception_handler(error, _page_before(app.exception_handlers[error]))


def _page_before(otherwise: Handler) -> Callable[[Request, Any], Awaitable[Response]]:
    async def handler(request: Request, error: Any) -> Response:
        answer = otherwise(request, error)
        answer = await answer if isawaitable(answer) else answer
        if not _wants_a_page(request):
            return answer
        if answer.status_code == 503:
            return render(request, "unavailable.html", 503)
        return render(request, "error.html", answer.status_code, kind=_KINDS.get(answer.status_code, "failed"))

    return handler


def _wants_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_NO_PAGES)
