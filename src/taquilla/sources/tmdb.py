"""TMDB over HTTP: which films there are, and one whole record a film.

    async with TmdbClient(options) as tmdb:
        await tmdb.check()
        async with contextlib.aclosing(tmdb.films(tmdb.popular_ids(pages=5))) as films:
            async for film in films: ...

Lists of ids are whole or an error: a page that cannot be read raises UnavailableError. A film that cannot be
read is a row with its reason. Lists move while they are read, so every list is taken in one go and read again
until it stands still (`_settled_ids` has the policy).
"""

import asyncio
import logging
import re
import tempfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import IO, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from taquilla.errors import SettingsError, UnavailableError
from taquilla.sources import http

T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_PAGES = 500  # TMDB answers 400 to page 501; 20 rows a page in lists of films, 100 in lists of changes
NO_SUCH_FILM = (6, 34)  # TMDB's own codes in the body of a 404
MAX_PASSES = 4
SERVICE_GONE = 3  # films a connection, in a row, without a usable answer
CHANGES_WINDOW = timedelta(days=14)
APPENDED = "credits,keywords,release_dates"


@dataclass(frozen=True, slots=True)
class TmdbOptions:
    """Where TMDB is and how hard to ask. Times in seconds; `timeout_s` covers a whole request, body included.

    token: a v4 read token, or a v3 api key (32 hex digits). requests_per_s: None for no limit.
    """

    base_url: str
    export_url: str
    token: str = field(repr=False)
    requests_per_s: float | None = 30.0
    connections: int = 20
    timeout_s: float = 30.0
    attempts: int = 5
    language: str | None = None
    backoff_initial_s: float = 1.0
    backoff_max_s: float = 30.0
    retry_after_max_s: float = 60.0


@dataclass(frozen=True, slots=True)
class FetchedFilm:
    """One film as TMDB answered, or why it could not be had.

    fetched_at: UTC, when the answer was complete. status: None if no whole answer came. payload: the body, verbatim
    (in a refusal the token is blotted out). error: None for a good record, and for TMDB's own 404 (removed).
    """

    film_id: int
    fetched_at: datetime
    status: int | None
    payload: bytes | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ExportedFilm:
    """One line of the daily export of all films."""

    film_id: int
    popularity: float | None
    original_title: str | None
    is_adult: bool | None
    is_video: bool | None


class _Id(msgspec.Struct):
    id: int


class _Refusal(msgspec.Struct):
    status_code: int


class _Page(msgspec.Struct):
    page: int
    results: list[_Id]
    total_pages: int
    total_results: int


class _ExportLine(msgspec.Struct):
    id: int
    popularity: float | None = None
    original_title: str | None = None
    adult: bool | None = None
    video: bool | None = None


_read_id = msgspec.json.Decoder(_Id).decode
_read_page = msgspec.json.Decoder(_Page).decode
_read_export_line = msgspec.json.Decoder(_ExportLine).decode


@dataclass(frozen=True, slots=True)
class _DatedList:
    """A list asked for by a window of dates. gap: from the end of one window to the start of the next."""

    path: str
    first_key: str
    last_key: str
    gap: timedelta
    fixed: tuple[tuple[str, str], ...] = ()

    def query(self, first: date, last: date) -> dict[str, str]:
        return {**dict(self.fixed), self.first_key: first.isoformat(), self.last_key: last.isoformat()}

    def halves(self, first: date, last: date) -> list[tuple[date, date]]:
        """The window cut in two, the earlier half last (popped first); empty if it is too short for that."""
        middle = first + (last - first) // 2
        after = middle + self.gap
        return [(after, last), (first, middle)] if first < after <= last else []


# Sorted by date, because popularity moves films between pages during the day.
_DISCOVER = _DatedList(
    "/discover/movie",
    "primary_release_date.gte",
    "primary_release_date.lte",
    timedelta(days=1),
    (("sort_by", "primary_release_date.asc"),),
)
# TMDB does not say whether end_date is inside the window, so neighbouring windows share a day.
_CHANGES = _DatedList("/movie/changes", "start_date", "end_date", timedelta(0))


class TmdbClient:
    """Reads TMDB; use it as an async context manager. `counters` says what has gone over the wire."""

    def __init__(self, options: TmdbOptions) -> None:
        self.counters = http.Counters()
        self._options = options
        token = http.checked_token(options.token)
        self._base_url = http.checked_url(options.base_url, "tmdb.base_url")
        self._export_url = http.checked_url(options.export_url, "tmdb.export_url")
        # The old v3 key goes as a query parameter, a v4 token as a header.
        is_key = re.fullmatch(r"[0-9a-fA-F]{32}", token) is not None
        headers = {"Authorization": f"Bearer {token}"} if token and not is_key else {}
        self._identity = (headers, {"api_key": token} if is_key else {}, token)
        language = {"language": options.language} if options.language else {}
        self._film_query = str(URL.build(query={"append_to_response": APPENDED, **language}))
        self._http: http.HttpReader | None = None

    async def __aenter__(self) -> Self:
        o = self._options
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=o.connections),
            timeout=aiohttp.ClientTimeout(total=o.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "taquilla", "Accept": "application/json"},
        )
        # aiohttp silently sends a GET again when a connection is cut: past the bucket, and past the counters.
        session._retry_connection = False
        patience = http.Patience(o.attempts, o.timeout_s, o.backoff_initial_s, o.backoff_max_s, o.retry_after_max_s)
        pace = http.Pace(o.requests_per_s)
        self._http = http.HttpReader(session, pace, patience, self.counters, *self._identity)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._http = self._reader.session, None
        await session.close()

    async def check(self) -> None:
        """Ask TMDB once whether it is there and takes the token: SettingsError or UnavailableError if not."""
        answer = await self._reader.get(self._url("/authentication", {}), msgspec.json.decode, attempts=2)
        if self._accepted(answer).error is not None:
            raise self._unavailable("it does not answer as it should", answer)

    async def popular_ids(self, pages: int) -> AsyncGenerator[int, None]:
        """The most popular films, 20 a page, at most 500 pages; some more if the order moved meanwhile."""
        for film_id in await self._settled_ids("/movie/popular", {}, min(pages, MAX_PAGES), confirm=True):
            yield film_id

    async def discover_ids(self, since: date, until: date) -> AsyncGenerator[int, None]:
        """The films first released between two dates, both included; one without a date is in no such list."""
        async for film_id in self._ids_between(_DISCOVER, [(since, until)] if since <= until else []):
            yield film_id

    async def changed_ids(self, since: datetime, until: datetime) -> AsyncGenerator[int, None]:
        """The films changed between two moments, rounded outwards to whole days (UTC)."""
        first, last = _utc_day(since), _utc_day(until) + timedelta(days=1)
        windows = []
        while first < last:
            windows.append((first, min(first + CHANGES_WINDOW, last)))
            first += CHANGES_WINDOW
        async for film_id in self._ids_between(_CHANGES, windows[::-1]):
            yield film_id

    async def exported_films(self, day: date) -> AsyncGenerator[ExportedFilm, None]:
        """All films of one day's export. A line that cannot be read counts in `counters.malformed_lines`.

        The file (some 26 MB) is first brought whole to a temporary file: a cut connection can then be tried
        again, and a slow reader holds none. Memory stays at one line.
        """
        with tempfile.TemporaryFile() as file:
            await self._download_export(day, file)
            malformed = self.counters.malformed_lines
            for number, film in enumerate(self._export_lines(day, file)):
                if number % 1000 == 0:
                    await asyncio.sleep(0)  # let the requests of others go on
                if film is not None:
                    yield film
            if malformed := self.counters.malformed_lines - malformed:
                log.warning("%d lines of TMDB's film export of %s could not be read", malformed, day)

    async def films(self, film_ids: AsyncIterable[int] | Iterable[int]) -> AsyncGenerator[FetchedFilm, None]:
        """One row for each id given, in the order of completion, with credits, keywords and release dates.

        At most `connections` films are under way, and as many wait to be taken. Raises SettingsError on a 401,
        and UnavailableError when the service seems gone: 3 films a connection in a row without a usable
        answer. Close the iterator (`contextlib.aclosing`) to cancel what is under way.
        """
        limit, down = SERVICE_GONE * self._options.connections, 0

        async def fetch(film_id: int) -> FetchedFilm:
            nonlocal down
            answer = await self._film(film_id)
            down = down + 1 if answer.is_service_down else 0
            if down >= limit:
                raise self._unavailable(f"{down} films in a row could not be fetched", answer)
            error = None if _says_removed(answer) else answer.error
            return FetchedFilm(film_id, datetime.now(UTC), answer.status, answer.body, error)

        async with aclosing(http.in_parallel(film_ids, fetch, self._options.connections)) as films:
            async for film in films:
                yield film

    async def _film(self, film_id: int) -> http.Answer[int]:
        def is_this_film(body: bytes) -> int:
            if (found := _read_id(body).id) != film_id:
                raise msgspec.ValidationError(f"it is about film {found}")
            return found

        url = URL(f"{self._base_url}/movie/{film_id}{self._film_query}", encoded=True)
        return self._accepted(await self._reader.get(url, is_this_film))

    @property
    def _reader(self) -> http.HttpReader:
        if self._http is None:
            raise RuntimeError("TmdbClient is used outside of its `async with`")
        return self._http

    def _url(self, path: str, query: dict[str, str]) -> URL:
        return URL(f"{self._base_url}{path}").with_query(query)

    def _accepted(self, answer: http.Answer[T]) -> http.Answer[T]:
        """The answer, unless it says that the token is wrong: no other request would fare better."""
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise SettingsError(
                f"TMDB refuses the token ({answer.error}). Check the setting tmdb.token: "
                "TAQUILLA_TMDB__TOKEN, or taquilla.toml [tmdb]."
            )
        return answer

    def _unavailable(self, what: str, answer: http.Answer[T]) -> UnavailableError:
        return UnavailableError(
            f"TMDB at {self._base_url}: {what}: {answer.error}. "
            "Check the network and the setting tmdb.base_url, then run the same command again."
        )

    async def _page(self, path: str, query: dict[str, str], number: int) -> _Page:
        def is_this_page(body: bytes) -> _Page:
            if (page := _read_page(body)).page != number:
                raise msgspec.ValidationError(f"it is page {page.page}")
            return page

        url = self._url(path, {**query, "page": str(number)})
        answer = self._accepted(await self._reader.get(url, is_this_page))
        if answer.value is None:
            asked = "&".join(f"{key}={value}" for key, value in {**query, "page": number}.items())
            raise self._unavailable(f"the list {path}?{asked} could not be read", answer)
        return answer.value

    async def _settled_ids(self, path: str, query: dict[str, str], pages: int, confirm: bool = False) -> list[int]:
        """The ids of the first pages of a list, read again while the list moves.

        A film that moves to a page already read pushes another one over the page border, and that one is seen
        twice; one that is added or deleted changes total_results. Either calls for another pass, until one
        brings no new id, at most MAX_PASSES; the result is all ids seen. `confirm` asks for a second pass in
        any case: where not all pages are read, a film can fall off the end, and the one that it pulls over a
        border goes missing without a trace.
        """
        found: dict[int, None] = {}
        for number in range(MAX_PASSES):
            known = len(found)
            ids, moved, is_single_page = await self._one_pass(path, query, pages)
            found.update(dict.fromkeys(ids))
            is_confirmed = number > 0 and len(found) == known
            if is_confirmed or is_single_page or not (moved or confirm):
                return list(found)
        log.warning("TMDB's list %s still moved after %d readings; a film may be missing", path, MAX_PASSES)
        return list(found)

    async def _one_pass(self, path: str, query: dict[str, str], pages: int) -> tuple[list[int], bool, bool]:
        """(ids, did the list move meanwhile, is it one page). No page: no ids."""
        ids: list[int] = []
        totals: set[int] = set()
        number = total_pages = 0
        while number < min(max(total_pages, 1), pages):
            number += 1
            page = await self._page(path, query, number)
            ids += [row.id for row in page.results]
            totals.add(page.total_results)
            total_pages = page.total_pages
        return ids, len(totals) > 1 or len(set(ids)) < len(ids), number <= 1

    async def _ids_between(
        self, dated: _DatedList, windows: list[tuple[date, date]], max_pages: int = MAX_PAGES
    ) -> AsyncGenerator[int, None]:
        """The ids in windows of dates (the last one first), halved until TMDB gives all of each. No id twice."""
        seen: set[int] = set()
        while windows:
            first, last = windows.pop()
            query = dated.query(first, last)
            size = await self._page(dated.path, query, 1)
            if size.total_pages > max_pages and (halves := dated.halves(first, last)):
                windows += halves
                continue
            if size.total_pages > max_pages:
                which = (dated.path, first, last, size.total_results, max_pages)
                log.warning("TMDB's list %s from %s to %s has %d films and gives only the first %d pages", *which)
            for film_id in await self._settled_ids(dated.path, query, max_pages):
                if film_id not in seen:
                    seen.add(film_id)
                    yield film_id

    async def _download_export(self, day: date, file: IO[bytes]) -> None:
        url = URL(f"{self._export_url}/movie_ids_{day:%m_%d_%Y}.json.gz")
        answer = await self._reader.save(url, file)
        if answer.status in (
            HTTPStatus.NOT_FOUND,
            HTTPStatus.FORBIDDEN,
        ):  # the file store says 403 for no such file
            raise UnavailableError(
                f"TMDB has no film export of {day} at {url} ({answer.status}). "
                "It appears at 08:00 UTC and stays three months: take the day before."
            )
        if answer.error is not None:
            raise UnavailableError(
                f"TMDB's film export {url} could not be read: {answer.error}. Run the same command again."
            )

    def _export_lines(self, day: date, file: IO[bytes]) -> Iterator[ExportedFilm | None]:
        """The films of the file, None for a line that is not one. UnavailableError if the file is damaged."""
        try:
            for line in http.unzipped_lines(file):
                yield self._exported(line)
        except (EOFError, OSError, zlib.error):
            raise UnavailableError(
                f"TMDB's film export of {day} is damaged. Run the same command again later."
            ) from None

    def _exported(self, line: bytes) -> ExportedFilm | None:
        try:
            row = _read_export_line(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.counters.malformed_lines += bool(line.strip())
            return None
        return ExportedFilm(row.id, row.popularity, row.original_title, row.adult, row.video)


def _says_removed(answer: http.Answer[int]) -> bool:
    """Whether TMDB itself says that there is no such film: a gateway's 404 must not remove anything."""
    if answer.status != HTTPStatus.NOT_FOUND:
        return False
    try:
        return msgspec.json.decode(answer.body or b"", type=_Refusal).status_code in NO_SUCH_FILM
    except msgspec.DecodeError:
        return False


def _utc_day(moment: datetime) -> date:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")  # astimezone would take it for local time
    return moment.astimezone(UTC).date()
