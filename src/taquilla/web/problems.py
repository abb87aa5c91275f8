"""Every failure as `application/problem+json` (RFC 9457), with the next step; and the headers of every answer."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taquilla.errors import TaquillaError
from taquilla.warehouse.duckdb import DatabaseError

# Nothing but our own files, nothing inline, and no other site around the page.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LIST_OF_ROUTES = "All routes stand in /openapi.json."

_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What went wrong, and what to do next."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    next_step: str
    errors: list[dict[str, str]] = []


def described(**meanings: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these problems: `http_404="no such film"`."""
    content = {ProblemResponse.media_type: {"schema": Problem.model_json_schema()}}
    return {
        int(name.removeprefix("http_")): {"description": text, "content": content} for name, text in meanings.items()
    }


class ProblemResponse(JSONResponse):
    """A problem, sent as what it is."""

    media_type = "application/problem+json"


class NotFoundError(Exception):
    """What was asked for is not in the warehouse."""

    def __init__(self, detail: str, next_step: str) -> None:
        super().__init__(detail)
        self.next_step = next_step


def problem(
    status: int, detail: str, next_step: str, *, headers: dict[str, str] | None = None, errors: Any = ()
) -> ProblemResponse:
    """The answer that says so."""
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, next_step=next_step, errors=list(errors))
    return ProblemResponse(body.model_dump(exclude_defaults=True) | {"type": body.type}, status, headers=headers)


def told(error: TaquillaError) -> tuple[str, str]:
    """Our errors say what happened and then what to do: the last sentence is the next step."""
    detail, _, next_step = str(error).rpartition(". ")
    return (f"{detail}.", next_step) if detail else (next_step, "Try again later.")


def answer_with_problems(app: FastAPI) -> None:
    """Give `app` its handlers of failures."""
    handlers = {
        NotFoundError: _not_found,
        HTTPException: _refused,
        RequestValidationError: _invalid,
        TaquillaError: _unavailable,
        DatabaseError: _other_schema,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, cast("Any", handler))


def _not_found(_: Request, error: NotFoundError) -> ProblemResponse:
    return problem(404, str(error), error.next_step)


def _refused(_: Request, error: HTTPException) -> ProblemResponse:
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, f"{error.detail}.", LIST_OF_ROUTES, headers=headers)


def _invalid(_: Request, error: RequestValidationError) -> ProblemResponse:
    # Without the value that was sent: it may be long, or not JSON.
    faults = [_fault(fault) for fault in error.errors()]
    detail = "; ".join(f"{fault['parameter']}: {fault['message']}" for fault in faults)
    return problem(422, f"{detail}.", "Correct the parameters named in errors.", errors=faults)


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    """A fault of what was sent, in words; the validator's own where they are plain enough."""
    if fault["type"] in ("json_invalid", "model_attributes_type"):
        return {"parameter": "body", "message": "is not a JSON object"}
    name = ".".join(str(part) for part in fault["loc"][1:]) or "body"
    if fault["type"] == "extra_forbidden":
        return {"parameter": name, "message": f"is not a name that is known here. {LIST_OF_ROUTES.rstrip('.')}"}
    return {"parameter": name, "message": fault["msg"].removeprefix("Value error, ")}


def _unavailable(_: Request, error: TaquillaError) -> ProblemResponse:
    return problem(503, *told(error), headers={"Retry-After": "30"})


def _other_schema(_: Request, error: DatabaseError) -> ProblemResponse:
    _log.error("The warehouse did not answer: %s", error)
    detail = "The warehouse did not answer; it may be another version's."
    return problem(503, detail, "Make it anew with: taquilla run", headers={"Retry-After": "30"})


def _unexpected(_: Request, error: Exception) -> ProblemResponse:
    # This handler stands outside of the middleware below, so it brings the headers itself.
    detail = "The service failed; its log says how."
    return problem(500, detail, "Report it with the log's last lines.", headers=SECURITY_HEADERS)


class SecurityHeaders:
    """Puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
                # A new message: this one may be kept, and sent again.
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        await self._app(scope, receive, with_headers)
