"""What an undisturbed batch makes of the messages: plain Python over their bytes, one dictionary at a time.

Written from the design's sentences and sharing nothing with the pipeline; slow, short, and all in memory.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = tuple[Any, ...]
MOST_BYTES = 8 * 2**20
INT64 = range(-(2**63), 2**63)
GENRE_IDS = {"Action": 28, "Drama": 18, "Comedy": 35, "Science Fiction": 878, "TV Movie": 10770, "Documentary": 99}


@dataclass(frozen=True, slots=True)
class Produced:
    """A message as the broker has it."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    what: str = "film"


class NoFilmError(Exception):
    """The message is no film."""


@dataclass(slots=True)
class Version:
    """A film as one message tells it; record None: its removal."""

    film_id: int
    moment: datetime
    sha256: str
    record: dict[str, Any] | None


@dataclass(slots=True)
class Expectation:
    """tables: the rows of each, in the order of `COLUMNS`; poison: (partition, offset) of what is no film."""

    tables: dict[str, list[Row]]
    poison: set[tuple[int, int]]
    produced: int
    films: int = field(default=0)


COLUMNS = {
    "movies": (
        "film_id title original_title original_language overview release_date release_year status budget_usd "
        "revenue_usd runtime_min popularity popularity_at popularity_percentile popularity_level vote_average "
        "vote_count rating_level roi is_profitable is_adult imdb_id poster_path collection_id fetched_at is_removed "
        "removed_at"
    ),
    "collections": "collection_id name",
    "genres": "genre_id name",
    "movie_genres": "film_id genre_id",
    "production_companies": "company_id name country_code",
    "movie_production_companies": "film_id company_id",
    "people": "person_id name gender",
    "movie_people": "film_id credit_id person_id credit_type character cast_order department job",
    "countries": "country_code name",
    "movie_countries": "film_id country_code",
    "languages": "language_code name",
    "movie_languages": "film_id language_code",
    "keywords": "keyword_id name",
    "movie_keywords": "film_id keyword_id",
    "film_snapshots": "film_id snapshot_at popularity vote_average vote_count revenue_usd origin",
    "movie_data_warehouse": (
        "tmdb_id title release_date release_year genre budget revenue runtime director popularity vote_average "
        "vote_count roi popularity_level rating_level is_profitable data_date"
    ),
}


def expect(messages: Iterable[Produced]) -> Expectation:
    """The tables that the messages make, whatever was killed on the way."""
    versions: dict[int, list[Version]] = defaultdict(list)
    poison: set[tuple[int, int]] = set()
    produced = 0
    # A film's messages stand in one partition: the order there is the order in which they land.
    for message in sorted(messages, key=lambda m: (m.partition, m.offset)):
        produced += 1
        try:
            version = judge(message)
        except NoFilmError:
            poison.add((message.partition, message.offset))
        else:
            versions[version.film_id].append(version)
    return Expectation(Batch(versions).tables(), poison, produced, len(versions))


def judge(message: Produced) -> Version:
    """The version of a film that the message tells. NoFilmError: it is none."""
    if message.value is None or len(message.value) > MOST_BYTES:
        raise NoFilmError
    if any(name == "taquilla-schema" and int(value) > 1 for name, value in message.headers):
        raise NoFilmError
    told = _object(message.value)
    film_id = told.get("id")
    if type(film_id) is not int or film_id not in INT64 or film_id < 1 or "error" in told:
        raise NoFilmError
    moment = _moment(told.get("fetched_at"), message.timestamp_ms)
    if told.get("status") == 404:
        return Version(film_id, moment, "", None)
    if "tmdb" not in told:
        return Version(film_id, moment, hashlib.sha256(message.value).hexdigest(), _checked(_of_names(told)))
    # The record's own bytes are what stands between its key and the message's last brace.
    record_bytes = message.value[message.value.index(b'"tmdb": ') + 8 : -1]
    if told["tmdb"].get("id") != film_id:
        raise NoFilmError
    return Version(film_id, moment, hashlib.sha256(record_bytes).hexdigest(), _checked(told["tmdb"]))


def _object(value: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise NoFilmError(constant)

    try:
        told = json.loads(value.decode("utf-8"), parse_constant=refuse)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise NoFilmError from None
    if not isinstance(told, dict):
        raise NoFilmError
    return told


def _moment(text: str | None, timestamp_ms: int) -> datetime:
    stamped = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp_ms)
    moment = stamped if text is None else datetime.fromisoformat(text)
    if moment > stamped + timedelta(days=1):
        raise NoFilmError
    return moment


def _checked(record: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(record)
    numbers = (record.get(name) for name in ("budget", "revenue", "runtime", "vote_count"))
    if "\\u0000" in text or not record["title"].strip() or any(n is not None and n not in INT64 for n in numbers):
        raise NoFilmError
    if record.get("release_date"):
        try:
            date.fromisoformat(record["release_date"])
        except ValueError:
            raise NoFilmError from None
    return record


def _of_names(flat: dict[str, Any]) -> dict[str, Any]:
    """A flat record as TMDB would tell it: ids made of names, credits made of film, part and person."""
    if "title" not in flat:
        raise NoFilmError

    def once(names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(name.strip() for name in names if name.strip()))

    def credit(part: str, name: str, **more: Any) -> dict[str, Any]:
        person = name_id(name)
        return {"id": person, "name": name, "credit_id": f"flat:{flat['id']}:{part}:{-person}"} | more

    directing = {"department": "Directing", "job": "Director"}
    return flat | {
        "genres": [{"id": GENRE_IDS.get(name, name_id(name)), "name": name} for name in once(flat["genres"])],
        "production_companies": [{"id": name_id(name), "name": name} for name in once(flat["production_companies"])],
        "credits": {
            "cast": [credit("cast", name, order=order) for order, name in enumerate(once(flat["cast"]))],
            "crew": [credit("crew", name, **directing) for name in once(flat["directors"])],
        },
    }


def name_id(name: str) -> int:
    """The id of what is known by its name alone: 52 bits of its SHA-256, below zero."""
    return -1 - (int(hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:16], 16) >> 12)


class Batch:
    """All versions of all films, and the tables that follow from them."""

    def __init__(self, versions: dict[int, list[Version]]) -> None:
        self.snapshots = {
            (film_id, version.moment): version.record
            for film_id, told in versions.items()
            for version in reversed(told)  # the first of a moment stays
            if version.record is not None
        }
        self.removed = {
            film_id: max(gone)
            for film_id, told in versions.items()
            if (gone := [version.moment for version in told if version.record is None])
        }
        self.films: dict[int, Version] = {
            film_id: max(read, key=lambda version: (version.moment, version.sha256))
            for film_id, told in versions.items()
            if (read := [version for version in told if version.record is not None])
        }
        self.popular = self._popularity()

    def is_removed(self, film_id: int) -> bool:
        gone = self.removed.get(film_id)
        return gone is not None and gone > self.films[film_id].moment

    def _popularity(self) -> dict[int, tuple[datetime, float, float | None]]:
        """Each film's newest popularity: its moment, the figure, and its percentile among the films not removed."""
        newest: dict[int, tuple[datetime, float]] = {}
        for (film_id, moment), record in self.snapshots.items():
            popularity = record.get("popularity")
            if popularity is not None and (film_id not in newest or newest[film_id] < (moment, popularity)):
                newest[film_id] = (moment, popularity)
        figures = sorted(figure for film_id, (_, figure) in newest.items() if not self.is_removed(film_id))
        below = {figure: place for place, figure in reversed(list(enumerate(figures)))}
        others = max(len(figures) - 1, 1)
        return {
            film_id: (moment, figure, None if self.is_removed(film_id) else below[figure] / others)
            for film_id, (moment, figure) in newest.items()
        }

    def tables(self) -> dict[str, list[Row]]:
        """Every table's rows."""
        made: dict[str, list[Row]] = {
            "movies": [self._movie(film_id) for film_id in self.films],
            "film_snapshots": [
                (film_id, moment, *_moving(record), "details") for (film_id, moment), record in self.snapshots.items()
            ],
            "movie_people": [
                (film_id, credit["credit_id"], credit["id"], kind, *_part(kind, credit))
                for film_id, kind, credit in self._credits()
            ],
        }
        links = {
            "genres": ("movie_genres", "id"),
            "production_companies": ("movie_production_companies", "id"),
            "countries": ("movie_countries", "iso_3166_1"),
            "languages": ("movie_languages", "iso_639_1"),
            "keywords": ("movie_keywords", "id"),
        }
        for table, (link, key) in links.items():
            made[link] = [(film_id, entry[key]) for film_id, entry in self._entries(table)]
        made |= self._entities()
        made["movie_data_warehouse"] = list(self._wide(made))
        return made

    def _movie(self, film_id: int) -> Row:
        version = self.films[film_id]
        r = version.record or {}
        budget, revenue, votes = r.get("budget") or None, r.get("revenue") or None, r.get("vote_count")
        rating = r["vote_average"] if votes else None
        at, popularity, percentile = self.popular.get(film_id, (None, None, None))
        released = r.get("release_date") or None
        return (
            film_id,
            r["title"],
            r.get("original_title"),
            r.get("original_language") or None,
            r.get("overview") or None,
            released,
            int(released[:4]) if released else None,
            r.get("status"),
            budget,
            revenue,
            r.get("runtime") or None,
            popularity,
            at,
            percentile,
            _label(popularity, ((20, "Alta"), (10, "Media"), (5, "Baja")), "Muy Baja", reached=False),
            rating,
            votes,
            _label(rating, ((8, "Excelente"), (6, "Buena"), (4, "Regular")), "Mala", reached=True),
            (revenue - budget) / budget if budget and revenue else None,
            revenue > budget if budget and revenue else None,
            r.get("adult"),
            r.get("imdb_id") or None,
            r.get("poster_path") or None,
            (r.get("belongs_to_collection") or {}).get("id"),
            version.moment,
            self.is_removed(film_id),
            self.removed.get(film_id),
        )

    def _credits(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for film_id, version in self.films.items():
            for kind in ("cast", "crew"):
                for credit in _once((version.record or {})["credits"][kind], "credit_id"):
                    yield film_id, kind, credit

    def _entries(self, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
        theirs = {"countries": "production_countries", "languages": "spoken_languages"}.get(table, table)
        key = {"countries": "iso_3166_1", "languages": "iso_639_1"}.get(table, "id")
        for film_id, version in self.films.items():
            told = (version.record or {}).get(theirs) or []
            entries = told.get("keywords", []) if isinstance(told, dict) else told
            for entry in _once(entries, key):
                yield film_id, entry

    def _entities(self) -> dict[str, list[Row]]:
        """What the newest film that names an id says of it; what that one does not know, the one before it."""
        collections = [
            (film_id, version.record["belongs_to_collection"])
            for film_id, version in self.films.items()
            if version.record and version.record.get("belongs_to_collection")
        ]
        people = [
            (film_id, credit | {"gender": credit.get("gender") or None}) for film_id, _, credit in self._credits()
        ]
        return {
            "collections": self._newest(collections, "id", "name"),
            "genres": self._newest(self._entries("genres"), "id", "name"),
            "production_companies": self._newest(self._entries("production_companies"), "id", "name", "origin_country"),
            "people": self._newest(people, "id", "name", "gender"),
            "countries": self._newest(self._entries("countries"), "iso_3166_1", "name"),
            "languages": self._newest(self._entries("languages"), "iso_639_1", "name"),
            "keywords": self._newest(self._entries("keywords"), "id", "name"),
        }

    def _newest(self, entries: Iterable[tuple[int, dict[str, Any]]], key: str, *told: str) -> list[Row]:
        best: dict[Any, dict[str, Any]] = defaultdict(dict)
        for film_id, entry in entries:
            known = best[entry[key]]
            for name in told:
                value = entry.get(name)
                claim = (self.films[film_id].moment, film_id, value)
                if value is not None and (name not in known or known[name] < claim):
                    known[name] = claim
        return [
            (number, *(known[name][2] if name in known else None for name in told)) for number, known in best.items()
        ]

    def _wide(self, made: dict[str, list[Row]]) -> Iterator[Row]:
        """The seeds' wide table: film x genre x director; 'Unknown' where a film has none."""
        genre_names = {row[0]: row[1] for row in made["genres"]}
        people = {row[0]: row[1] for row in made["people"]}
        genres: dict[int, list[str]] = defaultdict(list)
        directors: dict[int, set[int]] = defaultdict(set)
        for film_id, genre_id in made["movie_genres"]:
            genres[film_id].append(genre_names[genre_id])
        for row in made["movie_people"]:
            if row[-1] == "Director":
                directors[row[0]].add(row[2])
        for row in made["movies"]:
            m = dict(zip(COLUMNS["movies"].split(), row, strict=True))
            if m["is_removed"]:
                continue
            film_id = m["film_id"]
            for genre in genres[film_id] or ["Unknown"]:
                for director in [people[person] for person in directors[film_id]] or ["Unknown"]:
                    told = ("title", "release_date", "release_year"), ("budget_usd", "revenue_usd", "runtime_min")
                    rest = (
                        "popularity vote_average vote_count roi popularity_level rating_level is_profitable fetched_at"
                    )
                    yield (
                        film_id,
                        *(m[name] for name in told[0]),
                        genre,
                        *(m[name] for name in told[1]),
                        director,
                        *(m[name] for name in rest.split()),
                    )


def _once(entries: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    first: dict[Any, dict[str, Any]] = {}
    for entry in entries:
        first.setdefault(entry[key], entry)
    return list(first.values())


def _part(kind: str, credit: dict[str, Any]) -> Row:
    if kind == "cast":
        return credit.get("character"), credit.get("order"), None, None
    return None, None, credit.get("department"), credit.get("job")


def _moving(record: dict[str, Any]) -> Row:
    votes = record.get("vote_count")
    rating = record["vote_average"] if votes else None
    return record.get("popularity"), rating, votes, record.get("revenue") or None


def _label(figure: float | None, levels: Sequence[tuple[int, str]], otherwise: str, *, reached: bool) -> str | None:
    if figure is None:
        return None
    return next((label for bound, label in levels if figure > bound or (reached and figure == bound)), otherwise)
