"""Seeded messages: films in several versions, both forms, out of order, repeated, and one in a hundred is poison."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

GENRES = {28: "Action", 18: "Drama", 35: "Comedy", 878: "Science Fiction", 10770: "TV Movie", 99: "Documentary"}
SYLLABLES = ("an", "be", "ché", "do", "él", "fu", "gü", "hi", "ño", "ja", "lœ", "映", "ki", "ma", "'o", '"u')
REMOVED = 404
SCHEMA = ("taquilla-schema", b"1")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it goes to the topic; what: film, removal, or the kind of poison."""

    key: bytes | None
    value: bytes | None
    what: str
    headers: tuple[tuple[str, bytes], ...] = (SCHEMA,)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much of what: shares of all messages, and how far from its place a message may come."""

    count: int
    films: int
    seed: int
    duplicates: float = 0.2
    poison: float = 0.01
    flat: float = 0.2
    removals: float = 0.02
    window: int = 10_000
    big: int = 2


def generated(mixture: Mixture) -> list[Sent]:
    """As many messages as the mixture says, in the order in which they are sent."""
    chance = random.Random(mixture.seed)  # noqa: S311 - a test's choices, repeatable
    begins = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)
    repeated = int(mixture.count * mixture.duplicates)
    poison = max(int(mixture.count * mixture.poison), len(POISON))
    originals = list(_films(mixture, chance, begins, mixture.count - repeated - poison))
    sent = originals + chance.choices(originals, k=repeated) + list(_poison(mixture, chance, begins, poison))
    # A message and its repetition are as far apart as the window lets them.
    places = [i % len(originals) + chance.random() * mixture.window for i in range(len(sent))]
    return [message for _, message in sorted(zip(places, sent, strict=True), key=lambda pair: pair[0])]


def _films(mixture: Mixture, chance: random.Random, begins: datetime, count: int) -> Iterator[Sent]:
    for number in range(count):
        film_id = chance.randrange(1, mixture.films + 1)
        # Few moments for many versions: two records of one moment are told apart by their bytes.
        moment = begins + timedelta(minutes=number // 7, microseconds=chance.randrange(3))
        key = b"%d" % film_id
        if chance.random() < mixture.removals:
            yield Sent(key, _json({"id": film_id, "status": REMOVED, "fetched_at": _text(moment)}), "removal")
        elif film_id % 3 == 0 and chance.random() < 3 * mixture.flat:
            yield Sent(key, _json(flat_record(record(film_id, chance))), "flat film", ())
        else:
            yield Sent(key, full_message(record(film_id, chance), moment), "film")


def full_message(details: dict[str, Any], moment: datetime) -> bytes:
    """The message with TMDB's record in it, in TMDB's own spacing."""
    flat = _json(flat_record(details) | {"fetched_at": _text(moment)})
    return flat[:-1] + b', "tmdb": ' + json.dumps(details, ensure_ascii=False).encode() + b"}"


def record(film_id: int, chance: random.Random) -> dict[str, Any]:
    """A film as TMDB tells it: unknown numbers are 0, people are shared between films and change their names."""
    votes = chance.choice((0, chance.randrange(1, 40_000)))
    return {
        "id": film_id,
        "title": _name(chance, 3),
        "original_title": _name(chance, 3),
        "original_language": chance.choice(("en", "es", "ja", "")),
        "overview": chance.choice(("", _name(chance, 40))),
        "release_date": chance.choice(("", f"{chance.randrange(1900, 2030)}-0{chance.randrange(1, 10)}-28")),
        "status": "Released",
        "budget": chance.choice((0, chance.randrange(1, 10**9))),
        "revenue": chance.choice((0, chance.randrange(1, 3 * 10**9))),
        "runtime": chance.choice((0, chance.randrange(1, 300))),
        "popularity": round(chance.random() * 40, 3),
        "vote_average": round(chance.random() * 10, 3) if votes else 0.0,
        "vote_count": votes,
        "adult": chance.choice((True, False)),
        "imdb_id": chance.choice((None, "", f"tt{film_id:07}")),
        "poster_path": chance.choice((None, f"/{film_id}.jpg")),
        "belongs_to_collection": chance.choice((None, None, {"id": film_id % 9 + 1, "name": _name(chance, 2)})),
        "genres": [{"id": g, "name": GENRES[g]} for g in chance.sample(sorted(GENRES), chance.randrange(4))],
        "production_companies": [
            {"id": c, "name": _name(chance, 2), "origin_country": chance.choice(("US", "ES", None))}
            for c in chance.sample(range(1, 40), chance.randrange(4))
        ],
        "production_countries": [{"iso_3166_1": c, "name": c * 2} for c in chance.sample(("US", "ES", "JP"), 2)],
        "spoken_languages": [{"iso_639_1": "es", "english_name": "Spanish", "name": "Español"}],
        "keywords": {"keywords": [{"id": k, "name": f"k{k}"} for k in chance.sample(range(1, 99), 3)]},
        "credits": _credits(film_id, chance),
    }


def _credits(film_id: int, chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    people = chance.sample(range(1, 800), 12)

    def credit(number: int, person: int, **more: Any) -> dict[str, Any]:
        gender = chance.choice((0, 1, 2, 3))
        return {"id": person, "name": _name(chance, 2), "credit_id": f"{film_id:x}-{number}", "gender": gender} | more

    jobs = (("Directing", "Director"), ("Directing", "Director"), ("Writing", "Screenplay"))
    cast, crew = chance.randrange(9), chance.randrange(4)
    return {
        "cast": [credit(n, people[n], character=_name(chance, 1), order=n) for n in range(cast)],
        "crew": [credit(50 + n, people[8 + n], department=jobs[n][0], job=jobs[n][1]) for n in range(crew)],
    }


def flat_record(details: dict[str, Any]) -> dict[str, Any]:
    """The seeds' record: names alone; one genre that TMDB does not know."""
    told = ("id", "title", "original_title", "overview", "release_date", "popularity", "vote_average", "vote_count")
    people = details["credits"]
    genres = [genre["name"] for genre in details["genres"]]
    return {name: details[name] for name in (*told, "budget", "revenue", "runtime")} | {
        "genres": [*genres, "Cine de barrio"] if details["id"] % 5 == 0 else genres,
        "production_companies": [company["name"] for company in details["production_companies"]],
        "directors": [member["name"] for member in people["crew"] if member["job"] == "Director"],
        "cast": [member["name"] for member in people["cast"]],
    }


def _name(chance: random.Random, words: int) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=3)).capitalize() for _ in range(words))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _poison(mixture: Mixture, chance: random.Random, begins: datetime, count: int) -> Iterator[Sent]:
    kinds = list(POISON)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        if kind == "10 MB" and number // len(kinds) >= mixture.big:
            kind = "no JSON"
        details = record(chance.randrange(1, mixture.films + 1), chance)
        headers = (("taquilla-schema", b"99"),) if kind == "later schema" else (SCHEMA,)
        yield Sent(b"%d" % details["id"], POISON[kind](details, begins), kind, headers)


def _spoiled(**changed: Any) -> Callable[[dict[str, Any], datetime], bytes]:
    return lambda details, moment: full_message(details | changed, moment)


def _replaced(old: bytes, new: bytes) -> Callable[[dict[str, Any], datetime], bytes]:
    return lambda details, moment: full_message(details | {"overview": "SPOILT"}, moment).replace(old, new)


POISON: dict[str, Callable[[dict[str, Any], datetime], bytes | None]] = {
    "bad UTF-8": _replaced(b"SPOILT", b"\xff\xfe\xc3("),
    "NUL": _replaced(b"SPOILT", b"a\\u0000b"),
    "NaN": _spoiled(popularity=float("nan")),
    "beyond int64": _spoiled(revenue=10**30),
    # The overview stands in the message twice.
    "10 MB": _spoiled(overview="x" * 5 * 2**20),
    "deep nesting": lambda details, moment: b'{"id":%d,"tmdb":' % details["id"] + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "impossible date": _spoiled(release_date="2023-02-30"),
    "tombstone": lambda details, moment: None,
    "no JSON": lambda details, moment: full_message(details, moment)[:-40],
    "no object": lambda details, moment: _json([details]),
    "no id": lambda details, moment: _json({"title": details["title"], "directors": [], "cast": []}),
    "no title": _spoiled(title="  "),
    "another film's record": lambda details, moment: full_message(details, moment).replace(
        b'{"id":%d,' % details["id"], b'{"id":%d,' % (details["id"] + 1), 1
    ),
    "moment to come": lambda details, moment: full_message(details, moment + timedelta(days=3650)),
    "later schema": lambda details, moment: full_message(details, moment),
    "failed fetch": lambda details, moment: _json(
        {"id": details["id"], "status": 500, "error": "TMDB answered 500", "fetched_at": _text(moment)}
    ),
}
