"""How much a request may bring: a planned film is some hundred bytes, and nobody else brings anything."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from taquilla.web.problems import problem

MOST_BYTES = 64 * 2**10


class BodyLimit:
    """Refuses larger bodies before they are read: 413; and those that do not say how large they are: 411."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        answer: ASGIApp = self._app
        if "transfer-encoding" in headers:
            answer = problem(411, "The body does not say how long it is.", "Send it with a Content-Length.")
        elif int(headers.get("content-length") or 0) > MOST_BYTES:
            answer = problem(413, f"The body has more than {MOST_BYTES:,} bytes.", "Send one film, with its ids alone.")
        await answer(scope, receive, send)
