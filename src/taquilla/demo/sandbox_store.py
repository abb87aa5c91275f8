"""The sandbox's catalogue in memory: films, sort orders, changes and the daily export.

A film's details are kept as the bytes that will be sent, so that answering one is a join of byte strings.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from taquilla.errors import DataError

# What TMDB appends to a film on request, with the empty object of the right shape.
APPENDABLE: Final[dict[str, bytes]] = {
    "credits": b'{"cast":[],"crew":[]}',
    "keywords": b'{"keywords":[]}',
    "release_dates": b'{"results":[]}',
}
# A day's export stays on TMDB's server for some three months.
EXPORT_KEPT: Final = timedelta(days=92)
# Discover lists that are kept ready, so that paging through one filters the catalogue once.
LISTS_KEPT: Final = 256

Check = Callable[["Film"], bool]


class ListRow(msgspec.Struct):
    """A film as TMDB's lists show it; the fields stand in TMDB's order."""

    adult: bool | None
    backdrop_path: str | None
    genre_ids: list[int]
    id: int
    original_language: str
    original_title: str
    overview: str
    popularity: float
    poster_path: str | None
    release_date: str
    title: str
    video: bool | None
    vote_average: float
    vote_count: int


class _Genre(msgspec.Struct):
    id: int


class _Head(msgspec.Struct):
    """What the sandbox must understand of a detail record; everything else passes through unread."""

    id: int
    adult: bool | None = None
    backdrop_path: str | None = None
    genres: list[_Genre] | None = None
    original_language: str | None = None
    original_title: str | None = None
    overview: str | None = None
    popularity: float | None = None
    poster_path: str | None = None
    release_date: str | None = None
    title: str | None = None
    video: bool | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    revenue: int | None = None
    runtime: int | None = None

    def list_row(self) -> ListRow:
        title = self.title or self.original_title or ""
        return ListRow(
            adult=self.adult,
            backdrop_path=self.backdrop_path,
            genre_ids=[genre.id for genre in self.genres or ()],
            id=self.id,
            original_language=self.original_language or "",
            original_title=self.original_title or title,
            overview=self.overview or "",
            popularity=self.popularity or 0.0,
            poster_path=self.poster_path,
            release_date=self.release_date or "",
            title=title,
            video=self.video,
            vote_average=self.vote_average or 0.0,
            vote_count=self.vote_count or 0,
        )


@dataclass(frozen=True, slots=True)
class Film:
    """One film: `body` is its details as sent, `appended` the objects that can be appended to it."""

    row: ListRow
    revenue: int
    runtime: int
    body: bytes
    appended: dict[str, bytes]

    def details(self, appends: Iterable[str]) -> bytes:
        """The details with the named objects appended; unknown names are ignored, as TMDB does."""
        extra = b"".join(b',"%b":%b' % (name.encode(), self.part(name)) for name in appends if name in APPENDABLE)
        return self.body[:-1] + extra + b"}" if extra else self.body

    def part(self, name: str) -> bytes:
        """One appendable object, without an id."""
        return self.appended.get(name, APPENDABLE[name])

    def record(self) -> dict[str, Any]:
        """The whole record as it would stand in a catalogue file."""
        parts = {name: msgspec.json.decode(part) for name, part in self.appended.items()}
        return {**msgspec.json.decode(self.body), **parts}

    def export_row(self) -> bytes:
        """The film's line in the daily export."""
        row = self.row
        line = {"adult": bool(row.adult), "id": row.id, "original_title": row.original_title}
        return msgspec.json.encode({**line, "popularity": row.popularity, "video": bool(row.video)}) + b"\n"

    def part_with_id(self, name: str) -> bytes:
        """The object as its own route answers it: with the film's id in front."""
        return b'{"id":%d,' % self.row.id + self.part(name)[1:]


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_shallow = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_part = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode


def film_from_line(line: bytes) -> Film:
    """A film from one JSON record; raises `msgspec.DecodeError` when it is not one."""
    fields = _decode_shallow(line)
    appended = {}
    for name in APPENDABLE:
        part = _decode_part(fields.pop(name, b"null")) or {}
        # An appended object carries no id of its own; a record saved from /credits does.
        part.pop("id", None)
        if part:
            appended[name] = msgspec.json.encode(part)
    body = msgspec.json.encode(fields)
    head = _decode_head(body)
    return Film(head.list_row(), head.revenue or 0, head.runtime or 0, body, appended)


def film_from_record(record: Mapping[str, Any]) -> Film:
    """A film from a detail record; raises `msgspec.DecodeError` when a field has the wrong type."""
    return film_from_line(msgspec.json.encode(record))


def load_catalogue(path: Path | None) -> Catalogue:
    """The built-in films (None), or those of a file with one TMDB detail record a line (plain, .gz, .zst)."""
    if path is not None:
        return Catalogue(_read_films(path))
    # Imported here: a sandbox over a file needs none of the built-in catalogue.
    from taquilla.demo.catalogue import built_in_films

    return Catalogue(film_from_record(record) for record in built_in_films())


def _read_films(path: Path) -> Iterator[Film]:
    with _opened(path) as lines:
        number = 0
        try:
            for line in lines:
                number += 1
                if line.strip():
                    yield film_from_line(line)
        except msgspec.DecodeError as error:
            raise DataError(f"{path}, line {number}: not a TMDB film record ({error}).") from error
        except (OSError, EOFError) as error:
            raise DataError(f"{path}, after line {number}: the file does not read to its end ({error}).") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = _open(path)
    except OSError as error:
        raise DataError(f"The catalogue {path} does not open: {error.strerror or error}.") from error
    with file:
        yield file


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        import pyarrow as pa

        return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of one film; `items` are (field, action, value before, value after)."""

    film_id: int
    changed_at: datetime
    items: tuple[tuple[str, str, Any, Any], ...] = ()


SORT_KEYS: Final[dict[str, Callable[[Film], Any]]] = {
    "original_title": lambda film: film.row.original_title.casefold(),
    "popularity": lambda film: film.row.popularity,
    "primary_release_date": lambda film: film.row.release_date,
    "release_date": lambda film: film.row.release_date,
    "revenue": lambda film: film.revenue,
    "title": lambda film: film.row.title.casefold(),
    "vote_average": lambda film: film.row.vote_average,
    "vote_count": lambda film: film.row.vote_count,
}
SORTS: Final = frozenset(f"{key}.{way}" for key in SORT_KEYS for way in ("asc", "desc"))


class Catalogue:
    """The films that the sandbox knows now, and what was changed since it started."""

    def __init__(self, films: Iterable[Film]) -> None:
        self._films = {film.row.id: film for film in films}
        self._changes: list[Change] = []
        self._forget()

    def __len__(self) -> int:
        return len(self._films)

    def get(self, film_id: int) -> Film | None:
        return self._films.get(film_id)

    def listed(self, sort_by: str, key: Hashable, make_checks: Callable[[], Iterable[Check]]) -> list[Film]:
        """The films that pass every check, in order; equal ones by id. `key` names the list for the cache."""
        kept = self._lists.get((sort_by, key))
        if kept is None:
            checks = tuple(make_checks())
            kept = [film for film in self._ordered(sort_by) if all(check(film) for check in checks)]
            if len(self._lists) >= LISTS_KEPT:
                self._lists.clear()
            self._lists[sort_by, key] = kept
        return kept

    def _ordered(self, sort_by: str) -> list[Film]:
        if sort_by not in self._orders:
            name, _, way = sort_by.partition(".")
            by_id = sorted(self._films.values(), key=lambda film: film.row.id)
            self._orders[sort_by] = sorted(by_id, key=SORT_KEYS[name], reverse=way == "desc")
        return self._orders[sort_by]

    def _forget(self) -> None:
        """Drop what was worked out from the films, because they have changed."""
        self._orders: dict[str, list[Film]] = {}
        self._lists: dict[tuple[str, Hashable], list[Film]] = {}
        self._export: bytes | None = None

    def change(self, film_id: int, fields: Mapping[str, Any], at: datetime) -> bool:
        """Set fields of a film, or add one when `fields` has a title; False when there is no such film."""
        film = self._films.get(film_id)
        if film is None and "title" not in fields:
            return False
        before = film.record() if film else {}
        self._films[film_id] = film_from_record(before | dict(fields) | {"id": film_id})
        action = "updated" if film else "added"
        items = tuple((name, action, before.get(name), value) for name, value in fields.items())
        self._note(Change(film_id, at, items))
        return True

    def remove(self, film_id: int, at: datetime) -> bool:
        """Forget a film; it stays in the list of changes. False when there is no such film."""
        if self._films.pop(film_id, None) is None:
            return False
        self._note(Change(film_id, at))
        return True

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        self._forget()

    def changed(self, start: datetime, end: datetime) -> list[int]:
        """The ids of the films changed in `start <= time <= end`, the last changed first."""
        within = [change for change in self._changes if start <= change.changed_at <= end]
        within.sort(key=lambda change: change.changed_at, reverse=True)
        return list(dict.fromkeys(change.film_id for change in within))

    def changes_of(self, film_id: int, start: datetime, end: datetime) -> list[Change]:
        return [change for change in self._changes if change.film_id == film_id and start <= change.changed_at <= end]

    def export(self) -> bytes:
        """The daily id export: one row a film in the order of ids, gzipped."""
        if self._export is None:
            rows = (self._films[film_id].export_row() for film_id in sorted(self._films))
            # No time of writing in the header: the same catalogue gives the same bytes.
            self._export = gzip.compress(b"".join(rows), compresslevel=6, mtime=0)
        return self._export


def export_is_kept(day: date, today: date) -> bool:
    """Whether the export of a day is there: not of the future, and not older than three months."""
    return today - EXPORT_KEPT <= day <= today
