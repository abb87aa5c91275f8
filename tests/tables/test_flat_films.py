"""The seeds' flat record, names alone: a literal record in, a literal film out."""

import json
from typing import Any

import pytest

from records import at, film, raw
from taquilla.tables.films import Films, clean_films
from taquilla.tables.name_ids import GENRE_IDS, SPANISH_GENRE_IDS, genre_of, name_id

FINCHER, NORTON, PITT = -967894074605258, -856438043852523, -3629711095774072
REGENCY = name_id("Regency Enterprises")

# Word for word from the seeds, but for the dots of their overview.
FIGHT_CLUB = {
    "id": 550,
    "title": "Fight Club",
    "original_title": "Fight Club",
    "overview": "A ticking-time-bomb insomniac...",
    "release_date": "1999-10-15",
    "popularity": 68.626,
    "vote_average": 8.4,
    "vote_count": 24408,
    "budget": 63000000,
    "revenue": 100853753,
    "runtime": 139,
    "genres": ["Drama", "Thriller"],
    "production_companies": ["Regency Enterprises", "Fox 2000 Pictures"],
    "directors": ["David Fincher"],
    "cast": ["Edward Norton", "Brad Pitt", "Helena Bonham Carter"],
}


def flat(**changed: Any) -> bytes:
    return json.dumps(FIGHT_CLUB | changed).encode()


def told(record: bytes, *columns: str) -> dict[str, Any]:
    return clean_films(raw(record)).films.select(columns).to_dicts()[0]


def rules(record: bytes) -> list[tuple[str, str]]:
    return clean_films(raw(record)).quarantined.select("rule", "reason").rows()


def test_a_flat_record_becomes_one_film_whose_ids_are_made_of_names() -> None:
    cleaned = clean_films(raw(flat()))
    Films.validate(cleaned.films)
    carter = name_id("Helena Bonham Carter")
    assert cleaned.films.to_dicts() == [
        {
            "film_id": 550,
            "title": "Fight Club",
            "original_title": "Fight Club",
            "original_language": None,
            "overview": "A ticking-time-bomb insomniac...",
            "release_date": at(0).date().replace(1999, 10, 15),
            "release_year": 1999,
            "status": None,
            "budget_usd": 63_000_000,
            "revenue_usd": 100_853_753,
            "runtime_min": 139,
            "popularity": 68.626,
            "vote_average": 8.4,
            "vote_count": 24_408,
            "is_adult": None,
            "imdb_id": None,
            "poster_path": None,
            "collection_id": None,
            "collection_name": None,
            "fetched_at": at(0),
            "genres": [{"genre_id": 18, "name": "Drama"}, {"genre_id": 53, "name": "Thriller"}],
            "companies": [
                {"company_id": REGENCY, "name": "Regency Enterprises", "country_code": None},
                {"company_id": name_id("Fox 2000 Pictures"), "name": "Fox 2000 Pictures", "country_code": None},
            ],
            "countries": [],
            "languages": [],
            "keywords": [],
            "cast": [
                {
                    "credit_id": f"flat:550:cast:{-person_id}",
                    "person_id": person_id,
                    "name": name,
                    "gender": None,
                    "character": None,
                    "order": order,
                }
                for order, (person_id, name) in enumerate(
                    [(NORTON, "Edward Norton"), (PITT, "Brad Pitt"), (carter, "Helena Bonham Carter")]
                )
            ],
            "crew": [
                {
                    "credit_id": f"flat:550:crew:{-FINCHER}",
                    "person_id": FINCHER,
                    "name": "David Fincher",
                    "gender": None,
                    "department": "Directing",
                    "job": "Director",
                }
            ],
            "roi": (100_853_753 - 63_000_000) / 63_000_000,
            "is_profitable": True,
            "popularity_level": "Alta",
            "rating_level": "Excelente",
            "is_removed": False,
            "removed_at": None,
            "payload_sha256": raw(flat())["payload_sha256"][0],
            "raw_seq": 0,
            "bucket": 0,
        }
    ]


def test_a_name_counts_once_and_a_blank_one_not_at_all() -> None:
    record = flat(
        genres=["Drama", "drama", " Drama ", "Drama, that is", ""],
        production_companies=["A", "A", " ", "\tA\n"],
        directors=["Ame\u0301lie", "Amélie"],
        cast=["B", "", "C", "B"],
    )
    found = told(record, "genres", "companies", "crew", "cast")
    assert [(genre["genre_id"], genre["name"]) for genre in found["genres"]] == [
        (18, "Drama"),
        (name_id("Drama, that is"), "Drama, that is"),
    ]
    assert [company["name"] for company in found["companies"]] == ["A"]
    assert [member["person_id"] for member in found["crew"]] == [name_id("Amélie")]
    assert [(actor["name"], actor["order"]) for actor in found["cast"]] == [("B", 0), ("C", 1)]


def test_who_directs_and_acts_has_two_credits_and_one_id() -> None:
    found = told(flat(directors=["A"], cast=["A"]), "crew", "cast")
    assert found["crew"][0]["person_id"] == found["cast"][0]["person_id"] == name_id("A")
    assert found["crew"][0]["credit_id"] != found["cast"][0]["credit_id"]


def test_the_zeros_and_blanks_of_a_flat_record_are_unknowns() -> None:
    record = flat(budget=0, revenue=0, runtime=0, vote_count=0, overview="", release_date="")
    columns = ("budget_usd", "revenue_usd", "runtime_min", "roi", "vote_average", "overview", "release_date")
    assert told(record, *columns) == dict.fromkeys(columns)


@pytest.mark.parametrize("unknown", [{"id": 5, "title": "A", "cast": []}, {"id": 5, "title": "A", "directors": None}])
def test_what_a_flat_record_leaves_out_is_unknown(unknown: dict[str, Any]) -> None:
    record = json.dumps(unknown).encode()
    numbers = ("budget_usd", "revenue_usd", "runtime_min", "popularity", "vote_average", "vote_count", "release_date")
    lists = ("genres", "companies", "cast", "crew")
    assert told(record, *numbers) == dict.fromkeys(numbers)
    assert told(record, *lists) == {name: [] for name in lists}


@pytest.mark.parametrize(
    ("changed", "rule", "reason"),
    [
        ({"budget": 2**63}, "record_is_typed", "Expected `int` <= 9223372036854775807 - at `$.budget`"),
        ({"budget": "63000000"}, "record_is_typed", "Expected `int | null`, got `str` - at `$.budget`"),
        ({"cast": "Brad Pitt"}, "record_is_typed", "Expected `array | null`, got `str` - at `$.cast`"),
        ({"cast": [{"name": "A"}]}, "record_is_typed", "Expected `str`, got `object` - at `$.cast[0]`"),
        ({"genres": [None]}, "record_is_typed", "Expected `str`, got `null` - at `$.genres[0]`"),
        ({"title": "a\0b"}, "record_is_typed", "text holds a NUL character"),
        ({"cast": ["a\0b"]}, "record_is_typed", "text holds a NUL character"),
        ({"title": None}, "record_is_typed", "Expected `str`, got `null` - at `$.title`"),
        ({"title": " "}, "title_is_known", "title = ' '"),
        ({"release_date": "1999-02-30"}, "release_date_is_a_date", "release_date = '1999-02-30'"),
        ({"vote_average": 11}, "vote_average|max", "vote_average = 11.0"),
        ({"popularity": -1}, "popularity|min", "popularity = -1.0"),
    ],
)
def test_a_broken_flat_record_is_quarantined_by_its_rule(changed: dict[str, Any], rule: str, reason: str) -> None:
    assert rules(flat(**changed)) == [(rule, reason)]


def test_what_is_no_json_is_told_as_such() -> None:
    assert raw(flat(popularity=float("nan")))["error"][0].startswith("not a film: JSON is malformed")
    assert rules(b'{"id":5,"title":"\xff","cast":[]}')[0][0] == "record_is_typed"


def test_a_record_of_tmdb_without_its_credits_is_no_flat_record() -> None:
    assert rules(b'{"id":5,"title":"A","genres":[]}') == [
        ("record_is_typed", "Object missing required field `release_date`")
    ]
    assert rules(film(5, credits=None)) == [("record_is_typed", "Expected `object`, got `null` - at `$.credits`")]


def test_genres_are_known_by_tmdbs_names_in_both_languages() -> None:
    assert genre_of("Science Fiction") == genre_of("ciencia ficción") == (878, "Science Fiction")
    assert genre_of("Ciencia ficcio\u0301n") == (878, "Science Fiction")
    assert genre_of("Ciencia y más") == (name_id("Ciencia y más"), "Ciencia y más")
    assert set(SPANISH_GENRE_IDS.values()) <= set(GENRE_IDS.values())
    assert len(set(GENRE_IDS.values())) == 19


def test_ids_made_of_names_never_change() -> None:
    assert (name_id("David Fincher"), name_id("Edward Norton"), name_id("Brad Pitt")) == (FINCHER, NORTON, PITT)
    assert -(2**52) <= name_id("") < 0
