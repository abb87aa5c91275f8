"""The sandbox's routes of the TMDB API (/3) and of its file server (/p/exports)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from taquilla.demo.sandbox_discover import discover_checks, parse_date
from taquilla.demo.sandbox_errors import ApiError, status_body
from taquilla.demo.sandbox_store import APPENDABLE, SORTS, Catalogue, Change, Check, Film, export_is_kept

FILM_ROUTE: Final = "film"
ROWS_A_PAGE: Final = 20
CHANGES_A_PAGE: Final = 100
LAST_PAGE: Final = 500
MOST_APPENDS: Final = 20
# Longer numbers fit no 64-bit id.
MOST_DIGITS: Final = 19
CHANGES_WINDOW_DAYS: Final = 14
# TMDB asks this many votes of a film before it ranks it by its average.
TOP_RATED_VOTES: Final = 200
NOW_PLAYING_DAYS: Final = 42
UPCOMING_DAYS: Final = 28

GENRES: Final = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
}
CONFIGURATION: Final = {
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
    "change_keys": ["budget", "genres", "overview", "release_dates", "revenue", "runtime", "status", "title"],
}
_EXPORT_NAME: Final = re.compile(r"movie_ids_(?P<month>\d\d)_(?P<day>\d\d)_(?P<year>\d{4})\.json\.gz", re.ASCII)

T = TypeVar("T")

_HEADERS: Final = {"Content-Type": "application/json;charset=utf-8"}


class Api:
    """Answers over one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def routes(self) -> list[web.RouteDef]:
        genres = {"genres": [{"id": genre_id, "name": name} for genre_id, name in GENRES.items()]}
        fixed = {
            "/3/authentication": status_body(1),
            "/3/configuration": msgspec.json.encode(CONFIGURATION),
            "/3/genre/movie/list": msgspec.json.encode(genres),
        }
        answered: dict[str, Handler] = {
            "/3/movie/popular": self._popular,
            "/3/movie/top_rated": self._top_rated,
            "/3/movie/now_playing": self._now_playing,
            "/3/movie/upcoming": self._upcoming,
            "/3/movie/changes": self._changes,
            "/3/discover/movie": self._discover,
            "/3/search/movie": self._search,
            "/3/movie/{film_id}/changes": self._film_changes,
            "/p/exports/{file}": self._export,
        }
        parts: dict[str, Handler] = {f"/3/movie/{{film_id}}/{name}": partial(self._part, name) for name in APPENDABLE}
        constant: dict[str, Handler] = {path: partial(_fixed, body) for path, body in fixed.items()}
        film = web.get("/3/movie/{film_id}", self._film, name=FILM_ROUTE, allow_head=False)
        every = {**constant, **answered, **parts}
        return [film, *(web.get(path, handler, allow_head=False) for path, handler in every.items())]

    async def _film(self, request: web.Request) -> web.Response:
        film = self._known_film(request)
        appends = request.query.get("append_to_response", "")
        if not appends:
            return _json(film.body)
        names = list(dict.fromkeys(appends.split(",")))
        if len(names) > MOST_APPENDS:
            raise ApiError(27)
        return _json(film.details(names))

    async def _part(self, name: str, request: web.Request) -> web.Response:
        return _json(self._known_film(request).part_with_id(name))

    def _known_film(self, request: web.Request) -> Film:
        film_id = _whole(request.match_info["film_id"])
        if not film_id:
            raise ApiError(6)
        film = self._catalogue.get(film_id)
        if film is None:
            raise ApiError(34)
        return film

    async def _popular(self, request: web.Request) -> web.Response:
        return self._list(request, "popularity.desc", {})

    async def _top_rated(self, request: web.Request) -> web.Response:
        return self._list(request, "vote_average.desc", {"vote_count.gte": str(TOP_RATED_VOTES)})

    async def _now_playing(self, request: web.Request) -> web.Response:
        today = datetime.now(UTC).date()
        return self._dated(request, today - timedelta(days=NOW_PLAYING_DAYS), today)

    async def _upcoming(self, request: web.Request) -> web.Response:
        today = datetime.now(UTC).date()
        return self._dated(request, today + timedelta(days=1), today + timedelta(days=UPCOMING_DAYS))

    def _dated(self, request: web.Request, first: date, last: date) -> web.Response:
        query = {"primary_release_date.gte": first.isoformat(), "primary_release_date.lte": last.isoformat()}
        dates = {"maximum": last.isoformat(), "minimum": first.isoformat()}
        return self._list(request, "popularity.desc", query, {"dates": dates})

    async def _discover(self, request: web.Request) -> web.Response:
        sort_by = request.query.get("sort_by", "popularity.desc")
        if sort_by not in SORTS:
            raise ApiError(5, f"sort_by is one of {', '.join(sorted(SORTS))}.")
        return self._list(request, sort_by, request.query)

    def _list(
        self, request: web.Request, sort_by: str, query: Any, extra: dict[str, Any] | None = None
    ) -> web.Response:
        page = _page(request)
        filters = {name: value for name, value in query.items() if name not in _NO_FILTERS}
        key = tuple(sorted(filters.items()))
        films = self._catalogue.listed(sort_by, key, partial(discover_checks, filters))
        return _paged((film.row for film in _slice(films, page, ROWS_A_PAGE)), page, len(films), ROWS_A_PAGE, extra)

    async def _search(self, request: web.Request) -> web.Response:
        page = _page(request)
        words = request.query.get("query", "").casefold().split()
        if not words:
            raise ApiError(5, "query is missing.")
        filters = {name: request.query[name] for name in _SEARCH_FILTERS if name in request.query}
        checks: tuple[Check, ...] = (*discover_checks(filters), partial(_title_has, words))
        key = ("search", *words, *sorted(filters.items()))
        films = self._catalogue.listed("popularity.desc", key, lambda: checks)
        return _paged((film.row for film in _slice(films, page, ROWS_A_PAGE)), page, len(films), ROWS_A_PAGE)

    async def _changes(self, request: web.Request) -> web.Response:
        page = _page(request)
        ids = self._catalogue.changed(*_window(request, datetime.now(UTC)))
        rows = [self._change_row(film_id) for film_id in _slice(ids, page, CHANGES_A_PAGE)]
        return _paged(rows, page, len(ids), CHANGES_A_PAGE)

    def _change_row(self, film_id: int) -> dict[str, Any]:
        film = self._catalogue.get(film_id)
        return {"id": film_id, "adult": film.row.adult if film else None}

    async def _film_changes(self, request: web.Request) -> web.Response:
        film = self._known_film(request)
        changes = self._catalogue.changes_of(film.row.id, *_window(request, datetime.now(UTC)))
        fields: dict[str, list[dict[str, Any]]] = {}
        for change in changes:
            for name, action, before, after in change.items:
                fields.setdefault(name, []).append(_change_item(change, action, before, after))
        entries = [{"key": name, "items": items} for name, items in fields.items()]
        return _json(msgspec.json.encode({"changes": entries}))

    async def _export(self, request: web.Request) -> web.Response:
        day = _export_day(request.match_info["file"])
        if day is None or not export_is_kept(day, datetime.now(UTC).date()):
            raise ApiError(34)
        return web.Response(body=self._catalogue.export(), content_type="application/gzip")


_NO_FILTERS: Final = frozenset({"api_key", "language", "page", "region", "sort_by", "watch_region"})
_SEARCH_FILTERS: Final = ("include_adult", "primary_release_year", "year")


async def _fixed(body: bytes, request: web.Request) -> web.Response:
    return _json(body)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, headers=_HEADERS)


def _page(request: web.Request) -> int:
    text = request.query.get("page", "1")
    if not 1 <= (page := _whole(text)) <= LAST_PAGE:
        raise ApiError(22)
    return page


def _whole(text: str) -> int:
    """The number that the digits spell; 0 when they spell none."""
    return int(text) if len(text) < MOST_DIGITS and text.isascii() and text.isdecimal() else 0


def _slice(rows: list[T], page: int, size: int) -> list[T]:
    return rows[(page - 1) * size : page * size]


def _paged(rows: Iterable[Any], page: int, total: int, size: int, extra: dict[str, Any] | None = None) -> web.Response:
    # TMDB's empty answer has one page; the true count stands there even beyond the last page it serves.
    pages = max(1, -(-total // size))
    body = {"page": page, "results": list(rows), "total_pages": pages, "total_results": total}
    return _json(msgspec.json.encode({**(extra or {}), **body}))


def _title_has(words: list[str], film: Film) -> bool:
    titles = f"{film.row.title}\n{film.row.original_title}".casefold()
    return all(word in titles for word in words)


def _window(request: web.Request, now: datetime) -> tuple[datetime, datetime]:
    """The span of a changes query: the last 24 hours, or whole days that are at most 14 days apart."""
    start_text, end_text = request.query.get("start_date"), request.query.get("end_date")
    if not (start_text or end_text):
        return now - timedelta(days=1), now
    last = parse_date(end_text) if end_text else now.date()
    first = parse_date(start_text) if start_text else last
    if not 0 <= (last - first).days <= CHANGES_WINDOW_DAYS:
        raise ApiError(20)
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)


def _export_day(file: str) -> date | None:
    """The day of `movie_ids_MM_DD_YYYY.json.gz`; None for any other name."""
    match = _EXPORT_NAME.fullmatch(file)
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"])) if match else None
    except ValueError:
        return None


def _change_item(change: Change, action: str, before: Any, after: Any) -> dict[str, Any]:
    item = {
        "id": f"{int(change.changed_at.timestamp()):08x}{change.film_id:016x}",
        "action": action,
        "time": f"{change.changed_at:%Y-%m-%d %H:%M:%S} UTC",
        "iso_639_1": "",
        "iso_3166_1": "",
        "value": after,
    }
    return item if action == "added" else {**item, "original_value": before}
