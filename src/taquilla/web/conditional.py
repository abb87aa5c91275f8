"""Answers that a client has already are not sent again, and not made again: ETag, 304, and a small store of answers.

The warehouse is immutable between two loads, so an answer is known by the file's mark and by what was asked. The mark
is read before the answer is made: an answer may be newer than its tag, never older.
"""

from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taquilla import __version__

PREFIX = "/api/"
CACHE_CONTROL = "no-cache"
VARY = "Accept-Language, Accept-Encoding"

# What the answers to this path are made from; None where it is not there.
Mark = Callable[[str], Hashable | None]


class HeadAsGet:
    """Answers HEAD wherever there is a GET, with its headers alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class ConditionalAnswers:
    """Gives the API's answers their strong ETag, answers If-None-Match, and keeps the newest answers.

    Stands around the compression: a compressed answer is another representation, under another tag.
    """

    def __init__(self, app: ASGIApp, mark: Mark, *, capacity_bytes: int = 32 * 2**20) -> None:
        self._app = app
        self._mark = mark
        self._kept = KeptAnswers(capacity_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        mark = self._mark(scope["path"])
        tag = entity_tag(mark, scope, headers) if mark is not None else ""
        if tag and tag in _tags(headers.get("If-None-Match", "")):
            await send(_start(304, {"ETag": tag, "Cache-Control": CACHE_CONTROL, "Vary": VARY}))
            await send({"type": "http.response.body"})
            return
        await self._answer(tag, scope, receive, send)

    async def _answer(self, tag: str, scope: Scope, receive: Receive, send: Send) -> None:
        messages = self._kept.find(tag)
        if messages:
            for message in messages:
                await send(message)
            return
        made: list[Message] = []

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = _tagged(message, tag)
            made.append(message)
            await send(message)

        await self._app(scope, receive, noting)
        if tag and made[0]["status"] == 200:
            self._kept.keep(tag, made)


class KeptAnswers:
    """The answers asked for last, by their tags, within so many bytes. Used by the event loop alone."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._answers: OrderedDict[str, list[Message]] = OrderedDict()

    def find(self, tag: str) -> list[Message]:
        """The messages of the answer; none where it is not kept."""
        if tag not in self._answers:
            return []
        self._answers.move_to_end(tag)
        return self._answers[tag]

    def keep(self, tag: str, messages: list[Message]) -> None:
        """Keep it, and let those go that were not asked for longest. One answer takes at most an eighth of the room."""
        if tag in self._answers or _size(messages) > self._capacity_bytes // 8:
            return
        self._answers[tag] = messages
        self._bytes += _size(messages)
        while self._bytes > self._capacity_bytes:
            _, oldest = self._answers.popitem(last=False)
            self._bytes -= _size(oldest)


def entity_tag(mark: Hashable, scope: Scope, headers: Headers) -> str:
    """The tag of what would be answered: another one for another file, program, address, language or compression."""
    compressed = "gzip" in headers.get("Accept-Encoding", "")
    asked = (scope["path"], scope["query_string"], headers.get("Accept-Language", ""), compressed)
    digest = sha256(repr((__version__, mark, asked)).encode()).digest()
    return f'"{urlsafe_b64encode(digest[:18]).decode()}"'


def _tags(value: str) -> set[str]:
    # `*` is for writers; and a tag that a proxy has weakened still names the same content.
    return {tag.strip().removeprefix("W/") for tag in value.split(",")}


def _tagged(message: Message, tag: str) -> Message:
    tagged: Message = {**message, "headers": list(message["headers"])}
    headers = MutableHeaders(raw=tagged["headers"])
    headers["Cache-Control"] = CACHE_CONTROL
    headers["Vary"] = VARY
    if tag and message["status"] == 200:
        headers["ETag"] = tag
    return tagged


def _start(status: int, headers: dict[str, str]) -> Message:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


def _size(messages: list[Message]) -> int:
    # An answer costs more than its body: its headers and the objects around it.
    return 2_000 + sum(len(message.get("body", b"")) for message in messages)
