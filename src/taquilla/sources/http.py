"""One GET that gives up properly: paced, bounded in time, tried again, and told apart by what went wrong.

    HttpReader.get ─▶ Pace (token bucket, and a gate that a 429 closes for everybody)
                   ─▶ one request, whole-request time-out ─▶ Answer, never an exception

An attempt ends in an `Answer` and not in an exception, because aiohttp's exceptions carry the URL, and with
it an api key, into logs and tracebacks. That is also why stamina does not fit here: it tries again on
exceptions only, logs every one of them, and cannot count a 429 (wait, all of you) apart from a failure.
"""

import asyncio
import gzip
import math
import random
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO, Generic, TypeVar

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter
from yarl import URL

from taquilla.errors import SettingsError

T = TypeVar("T")
Item = TypeVar("Item")

# A 429 says nothing against the request: it is asked again this many times as often as one that fails.
PATIENCE_WITH_429 = 4

# A large download may take this many time-outs in all: 10 minutes, by default.
DOWNLOAD_TIMEOUTS = 20

# A line has a limit, so that a file without line ends cannot fill the memory.
MAX_LINE_BYTES = 1 << 20

# What tells that the service is gone, closed or shut to us, rather than one record broken.
_SERVICE_STATUSES = frozenset({403, 429, 502, 503, 504})


@dataclass(slots=True)
class Counters:
    """What has gone over the wire so far."""

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes_read: int = 0
    malformed_lines: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try: seconds everywhere."""

    attempts: int
    timeout_s: float
    backoff_initial_s: float
    backoff_max_s: float
    retry_after_max_s: float

    def backoff_s(self, failures: int) -> float:
        """Doubles with every failure, up to the maximum; the upper half is random, so that workers spread."""
        whole = min(self.backoff_max_s, self.backoff_initial_s * 2.0 ** min(failures - 1, 60))
        return random.uniform(whole / 2, whole)  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """How one request ended: `value` is set if and only if it was answered with what was asked for.

    status: the HTTP status, or None if no whole answer came. problem: what was wrong, and detail: more of it.
    """

    status: int | None
    body: bytes | None = None
    value: T | None = None
    problem: str | None = None
    detail: str | None = None
    is_service_down: bool = False
    retry_after_s: float | None = None
    tries: int = 1

    @property
    def may_change(self) -> bool:
        """Whether asking again can help."""
        if self.status is None or self.status == HTTPStatus.OK:
            return self.problem is not None
        return self.status >= 500 or self.status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

    @property
    def error(self) -> str | None:
        """The reason in one line, e.g. `500 after 5 attempts: Internal error`; None for a good answer."""
        if self.problem is None:
            return None
        if self.detail is None:
            return self.problem if self.tries == 1 else f"{self.problem} ({self.tries} attempts)"
        return f"{self.problem}{f' after {self.tries} attempts' if self.tries > 1 else ''}: {self.detail}"


class Pace:
    """When the next request may go: not above the rate, and not while the service has told us to wait."""

    def __init__(self, requests_per_s: float | None) -> None:
        # aiolimiter lets `max_rate` go at once, on top of the rate: a bucket of 30 a second would let 60 go
        # in the first one. A fiftieth of a second's worth makes up for late timers and stays within 2 %.
        burst = max(1.0, (requests_per_s or 1.0) / 50)
        self._bucket = AsyncLimiter(burst, burst / requests_per_s) if requests_per_s else None
        self._opens_at = -math.inf
        self._strikes = 0

    async def turn(self) -> float:
        """Wait for permission to send; gives the loop's time at which it was given."""
        now = asyncio.get_running_loop().time
        while True:
            while (wait_s := self._opens_at - now()) > 0:  # noqa: ASYNC110 - nobody opens it, the time does
                await asyncio.sleep(wait_s)
            if self._bucket is not None:
                await self._bucket.acquire()
            if self._opens_at <= now():  # the gate may have closed while we stood at the bucket
                return now()

    def close(self, sent_at: float, retry_after_s: float | None, patience: Patience) -> None:
        """Make every worker wait: as long as told, else with back-off. sent_at: when the refused one went."""
        # Requests that were already under way when the gate closed report the same storm, not a new one.
        if sent_at >= self._opens_at:
            self._strikes += 1
        elif retry_after_s is None:
            return
        wait_s = patience.backoff_s(self._strikes) if retry_after_s is None else retry_after_s
        until = asyncio.get_running_loop().time() + min(wait_s, patience.retry_after_max_s)
        self._opens_at = max(self._opens_at, until)

    def calm(self) -> None:
        """A request went through: the next storm starts with the short wait again."""
        self._strikes = 0


@dataclass(slots=True)
class HttpReader:
    """Reads from one service in one session.

    `headers` and `query` go with every `get`; `secret` is taken out of everything that is kept or said. The
    query is added here and not by the caller, so that no frame that can raise has a key among its locals.
    """

    session: aiohttp.ClientSession
    pace: Pace
    patience: Patience
    counters: Counters
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)

    async def get(self, url: URL, parse: Callable[[bytes], T], attempts: int | None = None) -> Answer[T]:
        """Ask until the answer cannot change any more. `parse` raises msgspec's errors for a wrong body."""
        return await self._until_final(lambda: self._get_once(url, parse), attempts or self.patience.attempts)

    async def save(self, url: URL, file: IO[bytes]) -> Answer[int]:
        """Bring a large body into `file`, as it is on the wire, without token; the value is its length.

        The time-out is for each wait, not for the whole (which may take DOWNLOAD_TIMEOUTS times as long).
        """
        return await self._until_final(lambda: self._save_once(url, file), self.patience.attempts)

    async def _until_final(self, ask: Callable[[], Awaitable[Answer[T]]], attempts: int) -> Answer[T]:
        failures = refusals = 0
        while True:
            answer = await ask()
            if not answer.may_change:
                return answer
            refused = answer.status == HTTPStatus.TOO_MANY_REQUESTS
            refusals, failures = refusals + refused, failures + (not refused)
            if failures >= attempts or refusals >= attempts * PATIENCE_WITH_429:
                return replace(answer, tries=failures + refusals)
            self.counters.retries += 1
            if not refused:  # after a 429 the gate does the waiting, for all
                await asyncio.sleep(self.patience.backoff_s(failures))

    async def _get_once(self, url: URL, parse: Callable[[bytes], T]) -> Answer[T]:
        sent_at = await self._start()
        whole = url.update_query(self.query) if self.query else url
        try:
            async with self.session.get(whole, headers=self.headers, allow_redirects=False) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError) as failure:
            return Answer(None, problem=self._describe(failure), is_service_down=True)
        self.counters.bytes_read += len(body)
        self._heed(response, sent_at)
        return self._read(response.status, body, parse)

    async def _save_once(self, url: URL, file: IO[bytes]) -> Answer[int]:
        sent_at = await self._start()
        file.seek(0)
        file.truncate()
        wait_s = self.patience.timeout_s
        timeout = aiohttp.ClientTimeout(wait_s * DOWNLOAD_TIMEOUTS, sock_connect=wait_s, sock_read=wait_s)
        try:
            async with self.session.get(
                url, headers={"Accept-Encoding": "identity"}, timeout=timeout, auto_decompress=False
            ) as response:
                if response.status == HTTPStatus.OK:
                    async for chunk in response.content.iter_any():
                        self.counters.bytes_read += file.write(chunk)
        except (aiohttp.ClientError, OSError) as failure:
            return Answer(None, problem=self._describe(failure), is_service_down=True)
        self._heed(response, sent_at)
        if response.status == HTTPStatus.OK:
            return Answer(response.status, value=file.tell())
        return self._read(response.status, b"", len)

    async def _start(self) -> float:
        sent_at = await self.pace.turn()
        self.counters.requests += 1
        return sent_at

    def _heed(self, response: aiohttp.ClientResponse, sent_at: float) -> None:
        if response.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.pace.calm()
            return
        self.counters.rate_limited += 1
        told_s = retry_after_s(response.headers.get("Retry-After"), datetime.now(UTC))
        self.pace.close(sent_at, told_s, self.patience)

    def _read(self, status: int, body: bytes, parse: Callable[[bytes], T]) -> Answer[T]:
        if status != HTTPStatus.OK:
            down = status in _SERVICE_STATUSES
            return Answer(status, self._clean(body), None, str(status), self._said(status, body), down)
        try:
            return Answer(status, body, parse(body))
        except msgspec.ValidationError as wrong:
            return Answer(status, self._clean(body), problem="answer is not the one asked for", detail=str(wrong))
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            if body.lstrip()[:1] == b"<":
                return Answer(status, self._clean(body), problem="answer is not JSON (HTML?)", is_service_down=True)
            return Answer(status, self._clean(body), problem="answer is not JSON", detail=str(wrong))

    def _said(self, status: int, body: bytes) -> str:
        try:
            said = msgspec.json.decode(body, type=_Refusal).status_message
        except (msgspec.DecodeError, UnicodeDecodeError):
            said = next((s.phrase for s in HTTPStatus if s == status), "unknown status")
        return said.replace(self.secret, "[token]") if self.secret else said

    def _clean(self, body: bytes) -> bytes:
        # Gateways like to print the address that failed, with the api key in it.
        return body.replace(self.secret.encode(), b"[token]") if self.secret else body

    def _describe(self, failure: Exception) -> str:
        if isinstance(failure, TimeoutError):
            return f"time-out after {self.patience.timeout_s:g} s"
        return describe(failure)


class _Refusal(msgspec.Struct):
    status_message: str


def describe(failure: Exception) -> str:
    """A failed connection in a few words: never `str(failure)`, which may hold the URL."""
    match failure:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "no connection: TLS failed"
        case aiohttp.ClientConnectorDNSError():
            return "no connection: host not found"
        case aiohttp.ClientConnectorError():
            return f"no connection: {failure.os_error.strerror or type(failure.os_error).__name__}"
        case aiohttp.ClientPayloadError():
            return "answer cut off"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return "connection cut"
        case TimeoutError():
            return "time-out"
    return f"request failed: {type(failure).__name__}"


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, in seconds or as an HTTP date; None if it asks for none."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header, now)
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _seconds_until(http_date: str, now: datetime) -> float:
    try:
        when = parsedate_to_datetime(http_date)
    except ValueError:
        return math.nan
    return (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()


async def in_parallel(
    items: AsyncIterable[Item] | Iterable[Item], work: Callable[[Item], Awaitable[T]], workers: int
) -> AsyncGenerator[T, None]:
    """The results of `work` in the order of completion, `workers` at a time; items are taken as there is room.

    What `work` or `items` raises comes out here, after the results that were there before it. Closing the
    iterator cancels what is under way.
    """
    source, turn = _each(items), asyncio.Lock()
    room = asyncio.Semaphore(2 * workers)  # a slow reader stops the workers instead of filling the memory
    done: asyncio.Queue[T | asyncio.Task[None]] = asyncio.Queue()

    async def run() -> None:
        while True:
            await room.acquire()
            async with turn:  # an async generator cannot be advanced by two at once
                item = await anext(source, _END)
            if isinstance(item, _End):
                return
            done.put_nowait(await work(item))

    crew = [asyncio.create_task(run()) for _ in range(workers)]
    try:
        for task in crew:
            task.add_done_callback(done.put_nowait)
        running = workers
        while running:
            result = await done.get()
            if isinstance(result, asyncio.Task):
                running -= 1
                result.result()  # raises what stopped the worker
            else:
                yield result
                room.release()
    finally:
        for task in crew:
            task.cancel()
        await asyncio.gather(*crew, return_exceptions=True)


class _End: ...


_END = _End()


async def _each(items: AsyncIterable[Item] | Iterable[Item]) -> AsyncIterator[Item]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def unzipped_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, gzipped or not. EOFError, OSError or zlib.error if it is cut off or damaged."""
    file.seek(0)
    is_zipped = file.read(2) == b"\x1f\x8b"  # a proxy may have unzipped it on the way
    file.seek(0)
    with gzip.GzipFile(fileobj=file) if is_zipped else nullcontext(file) as lines:
        yield from iter(lambda: lines.readline(MAX_LINE_BYTES), b"")


def checked_url(url: str, setting: str) -> str:
    """The address without a slash at the end. User and password are refused: they would end up in messages."""
    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.user or parsed.password:
        raise SettingsError(f"The setting {setting} must be an address like https://host/path, without a user.")
    return str(parsed).rstrip("/")


def checked_token(token: str) -> str:
    """The token without blanks around it. The message of a wrong one does not show it."""
    token = token.strip()
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        raise SettingsError("The setting tmdb.token holds blanks or other signs that no token has. Copy it again.")
    return token
