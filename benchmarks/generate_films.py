"""Films that never were, as TMDB would send them: as many as wanted, the same for the same seed, in flat memory.

    python -m benchmarks.generate_films 20000 films.jsonl --credits-scale full

The counts are drawn from the distribution of the 4,803 films of tmdb_5000: 22 cast and 27 crew on average, the longest
lists ten and sixteen times that; 44 of 100 credits are of a person not seen before.
"""

import argparse
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

SEED = 1895
# Mean bytes a record: 13,800 and 4,000.
CREDITS_SCALES = {"full": 1.0, "small": 0.21}

# Quantiles of tmdb_5000 (Kaggle "TMDB 5000 Movie Dataset", 4,803 films): so many films have at most so many credits.
SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.0)
CAST_SIZES = (0, 5, 7, 10, 13, 15, 16, 19, 23, 29, 34, 43, 58, 72, 82, 105, 124, 172, 224)
CREW_SIZES = (0, 2, 3, 6, 9, 13, 16, 20, 27, 40, 51, 71, 98, 110, 122, 145, 156, 222, 435)
NEW_PERSON, NEW_COMPANY = 0.44, 0.37

GENRES = {
    28: "Action", 12: "Adventure", 16: "Animation", 35: "Comedy", 80: "Crime", 99: "Documentary", 18: "Drama",
    10751: "Family", 14: "Fantasy", 36: "History", 27: "Horror", 10402: "Music", 9648: "Mystery", 10749: "Romance",
    878: "Science Fiction", 10770: "TV Movie", 53: "Thriller", 10752: "War", 37: "Western",
}  # fmt: skip
COUNTRIES = {"US": "United States of America", "GB": "United Kingdom", "FR": "France", "MX": "Mexico", "JP": "Japan"}
LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "ja": "日本語", "de": "Deutsch"}
JOBS = (
    ("Producer", "Production"), ("Producer", "Production"), ("Executive Producer", "Production"),
    ("Screenplay", "Writing"), ("Editor", "Editing"), ("Casting", "Production"),
    ("Director of Photography", "Camera"), ("Original Music Composer", "Sound"),
    ("Costume Design", "Costume & Make-Up"),
)  # fmt: skip
SYLLABLES = ("ma", "ri", "lo", "ten", "ka", "vel", "so", "dra", "nu", "bel", "ha", "cor", "is", "pe", "gan", "zu")


@dataclass(slots=True)
class _Numbers:
    """Ids from 1 upwards; most of those drawn again are the early ones, as with actors and studios."""

    new_share: float
    last: int = 0

    def draw(self, rng: random.Random) -> int:
        if rng.random() < self.new_share or not self.last:
            self.last += 1
            return self.last
        return 1 + int(self.last * rng.random() ** 2)


def films(count: int, *, seed: int = SEED, credits_scale: str = "full") -> Iterator[bytes]:
    """The records, one a film, ids from 1."""
    rng = random.Random(seed)  # noqa: S311 - made-up films, no secrets
    people, companies = _Numbers(NEW_PERSON), _Numbers(NEW_COMPANY)
    prose = " ".join(_word(rng.randrange(2**20)) for _ in range(20_000))
    encode = msgspec.json.Encoder().encode
    for film_id in range(1, count + 1):
        film = _details(film_id, rng, prose)
        film["production_companies"] = _companies(rng, companies)
        film["credits"] = _credits(rng, people, CREDITS_SCALES[credits_scale])
        yield encode(film)


def write(path: Path, count: int, *, seed: int = SEED, credits_scale: str = "full") -> None:
    """The records as NDJSON."""
    with path.open("wb") as file:
        file.writelines(record + b"\n" for record in films(count, seed=seed, credits_scale=credits_scale))


def write_file(path: str, count: str, credits_scale: str) -> dict[str, Any]:
    """`write` for a process of its own."""
    write(Path(path), int(count), credits_scale=credits_scale)
    return {}


def write_files(folder: str, count: str, credits_scale: str, files: str) -> dict[str, Any]:
    """The same films in several files of consecutive ones, `000.jsonl` and so on; how many bytes they have."""
    records, size = films(int(count), credits_scale=credits_scale), 0
    for n in range(int(files)):
        wanted = int(count) * (n + 1) // int(files) - int(count) * n // int(files)
        with Path(folder, f"{n:03d}.jsonl").open("wb") as file:
            for record in islice(records, wanted):
                size += file.write(record + b"\n")
    return {"bytes": size}


def _details(film_id: int, rng: random.Random, prose: str) -> dict[str, Any]:
    title = f"The {_word(rng.randrange(2**20))} of {_word(film_id)}".title()
    language = rng.choice(tuple(LANGUAGES))
    votes = int(rng.paretovariate(0.6)) - 1
    released = date(1950, 1, 1) + timedelta(days=rng.randrange(27_000))
    return {
        "adult": False,
        "backdrop_path": f"/{film_id:027x}.jpg",
        "belongs_to_collection": _collection(film_id) if rng.random() < 0.1 else None,
        # TMDB writes 0 for an unknown budget or revenue.
        "budget": rng.choice((0, rng.randrange(10_000, 300_000_000))),
        "genres": [{"id": key, "name": GENRES[key]} for key in rng.sample(tuple(GENRES), rng.choice((1, 2, 3, 4)))],
        "homepage": "",
        "id": film_id,
        "imdb_id": f"tt{film_id:07d}",
        "keywords": {"keywords": _keywords(rng)},
        "original_language": language,
        "original_title": title,
        "overview": _passage(rng, prose, 305),
        "popularity": round(rng.lognormvariate(1.5, 1.2), 6),
        "poster_path": f"/{film_id:027x}.jpg",
        "production_countries": [
            {"iso_3166_1": code, "name": COUNTRIES[code]}
            for code in rng.sample(tuple(COUNTRIES), rng.choice((1, 1, 2)))
        ],
        "release_date": released.isoformat(),
        "revenue": rng.choice((0, rng.randrange(10_000, 2_900_000_000))),
        "runtime": rng.randrange(60, 200),
        "spoken_languages": [{"english_name": None, "iso_639_1": language, "name": LANGUAGES[language]}],
        "status": "Released",
        "tagline": _passage(rng, prose, 40),
        "title": title,
        "video": False,
        "vote_average": round(rng.uniform(2, 9), 1) if votes else 0.0,
        "vote_count": min(votes, 40_000),
    }


def _collection(film_id: int) -> dict[str, Any]:
    number = 1 + film_id // 30
    return {"id": number, "name": f"{_word(number)} Collection", "poster_path": None, "backdrop_path": None}


def _keywords(rng: random.Random) -> list[dict[str, Any]]:
    numbers = {1 + int(20_000 * rng.random() ** 3) for _ in range(rng.choice((0, 2, 5, 8, 12)))}
    return [{"id": number, "name": _word(number)} for number in sorted(numbers)]


def _companies(rng: random.Random, numbers: _Numbers) -> list[dict[str, Any]]:
    drawn = {numbers.draw(rng) for _ in range(rng.choice((0, 1, 2, 2, 3, 4, 6)))}
    return [{"id": n, "logo_path": None, "name": f"{_word(n)} Pictures", "origin_country": "US"} for n in sorted(drawn)]


def _credits(rng: random.Random, people: _Numbers, scale: float) -> dict[str, Any]:
    cast, crew = (_size(rng, sizes, scale) for sizes in (CAST_SIZES, CREW_SIZES))
    jobs = [("Director", "Directing"), *rng.choices(JOBS, k=crew)][:crew]
    return {
        "cast": [
            _person(people.draw(rng))
            | {"cast_id": n, "character": _name(rng.randrange(2**24)), "credit_id": _credit_id(rng, n), "order": n}
            for n in range(cast)
        ],
        "crew": [
            _person(people.draw(rng)) | {"credit_id": _credit_id(rng, n), "department": department, "job": job}
            for n, (job, department) in enumerate(jobs, start=cast)
        ],
    }


def _credit_id(rng: random.Random, n: int) -> str:
    return f"{rng.getrandbits(80):020x}{n:04x}"


def _size(rng: random.Random, sizes: tuple[int, ...], scale: float) -> int:
    share = rng.random()
    n = bisect_right(SHARES, share)
    between = (share - SHARES[n - 1]) / (SHARES[n] - SHARES[n - 1])
    drawn = scale * (sizes[n - 1] + between * (sizes[n] - sizes[n - 1]))
    # Up or down by chance: rounding would take most small lists away, and their mean with them.
    return int(drawn + rng.random())


def _person(number: int) -> dict[str, Any]:
    return {
        "adult": False,
        "gender": number % 3,
        "id": number,
        "known_for_department": "Acting",
        "name": _name(number),
        "original_name": None,
        "popularity": 0.6,
        "profile_path": None,
    }


def _passage(rng: random.Random, prose: str, mean_length: int) -> str:
    begin = rng.randrange(len(prose) - 1_000)
    return prose[begin : begin + min(int(rng.expovariate(1 / mean_length)), 1_000)].strip()


def _name(number: int) -> str:
    return f"{_word(number % 4_093)} {_word(number)}".title()


def _word(number: int) -> str:
    """A word that is the number's own."""
    parts: list[str] = []
    while number or not parts:
        number, digit = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[digit])
    return "".join(parts)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--credits-scale", choices=CREDITS_SCALES, default="full")
    told = parser.parse_args()
    write(told.path, told.count, seed=told.seed, credits_scale=told.credits_scale)


if __name__ == "__main__":
    _main()
