"""What one record of TMDB becomes: a literal row in, a literal row out."""

import json
from typing import Any

import polars as pl
import pytest

from records import COMEDY, DRAMA, acts, at, fields, film, gone, raw, read, works
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.tables import films, tmdb
from taquilla.tables.films import clean_films, newest, popularity_level, rating_level


def clean(*records: bytes | RawRecord) -> list[dict[str, Any]]:
    """The films that the records become, before any supersedes another."""
    return clean_films(raw(*records)).films.sort("raw_seq").to_dicts()


def told(record: bytes, *columns: str) -> dict[str, Any]:
    """Some columns of the one film that the record becomes."""
    return clean_films(raw(record)).films.select(columns).to_dicts()[0]


def rules(*records: bytes | RawRecord) -> list[tuple[str, str]]:
    """The rules that the records broke, and what was found."""
    return clean_films(raw(*records)).quarantined.select("rule", "reason").rows()


# A whole film.


def test_a_record_becomes_one_film_with_its_lists_nested() -> None:
    record = film(
        19995,
        title="Avatar",
        original_title="Avatar",
        original_language="en",
        overview="On Pandora.",
        release_date="2009-12-10",
        status="Released",
        budget=237_000_000,
        revenue=2_923_706_026,
        runtime=162,
        popularity=150.4,
        vote_average=7.6,
        vote_count=30_000,
        adult=False,
        imdb_id="tt0499549",
        poster_path="/a.jpg",
        belongs_to_collection={"id": 87096, "name": "Avatar Collection"},
        genres=[DRAMA, COMEDY],
        production_companies=[{"id": 574, "name": "Lightstorm", "origin_country": "US", "logo_path": None}],
        production_countries=[{"iso_3166_1": "US", "name": "United States"}],
        spoken_languages=[{"iso_639_1": "en", "english_name": "English", "name": "English"}],
        keywords={"keywords": [{"id": 1463, "name": "culture clash"}]},
        credits={"cast": [acts(65731, "Sam", credit="c1", character="Jake")], "crew": [works(2710, "James")]},
    )
    assert clean(record) == [
        {
            "film_id": 19995,
            "title": "Avatar",
            "original_title": "Avatar",
            "original_language": "en",
            "overview": "On Pandora.",
            "release_date": at(0).date().replace(2009, 12, 10),
            "release_year": 2009,
            "status": "Released",
            "budget_usd": 237_000_000,
            "revenue_usd": 2_923_706_026,
            "runtime_min": 162,
            "popularity": 150.4,
            "vote_average": 7.6,
            "vote_count": 30_000,
            "is_adult": False,
            "imdb_id": "tt0499549",
            "poster_path": "/a.jpg",
            "collection_id": 87096,
            "collection_name": "Avatar Collection",
            "fetched_at": at(0),
            "genres": [{"genre_id": 18, "name": "Drama"}, {"genre_id": 35, "name": "Comedy"}],
            "companies": [{"company_id": 574, "name": "Lightstorm", "country_code": "US"}],
            "countries": [{"country_code": "US", "name": "United States"}],
            "languages": [{"language_code": "en", "name": "English"}],
            "keywords": [{"keyword_id": 1463, "name": "culture clash"}],
            "cast": [
                {"credit_id": "c1", "person_id": 65731, "name": "Sam", "gender": None, "character": "Jake", "order": 0}
            ],
            "crew": [
                {
                    "credit_id": "Director2710",
                    "person_id": 2710,
                    "name": "James",
                    "gender": 2,
                    "department": "Directing",
                    "job": "Director",
                }
            ],
            "roi": (2_923_706_026 - 237_000_000) / 237_000_000,
            "is_profitable": True,
            "popularity_level": "Alta",
            "rating_level": "Buena",
            "is_removed": False,
            "removed_at": None,
            "payload_sha256": raw(record)["payload_sha256"][0],
            "raw_seq": 0,
            "bucket": 0,
        }
    ]


def test_nothing_comes_of_nothing() -> None:
    cleaned = clean_films(raw())
    assert [cleaned.films.height, cleaned.snapshots.height, cleaned.quarantined.height] == [0, 0, 0]
    assert newest(cleaned.films).height == 0


def test_what_leaves_meets_its_contract() -> None:
    cleaned = clean_films(raw(film(1), read(film(1), 1), film(2, budget=-1), gone(3, 0), b"{"))
    films.Films.validate(newest(cleaned.films))
    films.FilmSnapshots.validate(cleaned.snapshots)
    films.QuarantinedFilms.validate(cleaned.quarantined)


# Unknown is null, never zero.


def test_the_zeros_of_tmdb_are_unknowns() -> None:
    assert told(film(1, budget=0, revenue=0, runtime=0), "budget_usd", "revenue_usd", "runtime_min") == {
        "budget_usd": None,
        "revenue_usd": None,
        "runtime_min": None,
    }


def test_a_vote_average_without_votes_is_unknown() -> None:
    numbers = ("vote_average", "vote_count", "rating_level")
    assert told(film(1, vote_average=7.0, vote_count=0), *numbers) == dict.fromkeys(numbers) | {"vote_count": 0}
    assert told(film(1, vote_average=7.0, vote_count=None), *numbers) == dict.fromkeys(numbers)
    assert told(film(1, vote_average=7.0, vote_count=1), "vote_average") == {"vote_average": 7.0}


@pytest.mark.parametrize("unknown", ["", None])
def test_a_missing_date_is_unknown(unknown: str | None) -> None:
    record = film(1, release_date=unknown, imdb_id="", poster_path="")
    columns = ("release_date", "release_year", "imdb_id", "poster_path")
    assert told(record, *columns) == dict.fromkeys(columns)


@pytest.mark.parametrize(
    ("budget", "revenue", "roi", "is_profitable"),
    [
        (100, 250, 1.5, True),
        (100, 100, 0.0, False),
        (100, 50, -0.5, False),
        (0, 250, None, None),
        (100, 0, None, None),
        (None, None, None, None),
    ],
)
def test_roi_and_profit_are_known_where_both_sums_are(
    budget: int | None, revenue: int | None, roi: float | None, is_profitable: bool | None
) -> None:
    record = film(1, budget=budget, revenue=revenue)
    assert told(record, "roi", "is_profitable") == {"roi": roi, "is_profitable": is_profitable}


def test_lists_may_be_left_out_where_tmdb_does_not_always_send_them() -> None:
    columns = ("countries", "languages", "keywords", "collection_id", "collection_name")
    assert told(film(1), *columns) == {
        "countries": [],
        "languages": [],
        "keywords": [],
        "collection_id": None,
        "collection_name": None,
    }


# Labels.


@pytest.mark.parametrize(
    ("popularity", "label"),
    [
        (20.000001, "Alta"),
        (20, "Media"),
        (10.000001, "Media"),
        (10, "Baja"),
        (5.000001, "Baja"),
        (5, "Muy Baja"),
        (0, "Muy Baja"),
        (None, None),
    ],
)
def test_popularity_is_labelled_above_its_bounds(popularity: float | None, label: str | None) -> None:
    assert told(film(1, popularity=popularity), "popularity_level") == {"popularity_level": label}
    assert pl.select(popularity_level(pl.lit(popularity, pl.Float64))).item() == label


@pytest.mark.parametrize(
    ("rating", "label"),
    [
        (10, "Excelente"),
        (8, "Excelente"),
        (7.999, "Buena"),
        (6, "Buena"),
        (5.999, "Regular"),
        (4, "Regular"),
        (3.999, "Mala"),
        (0, "Mala"),
        (None, None),
    ],
)
def test_ratings_are_labelled_from_their_bounds_on(rating: float | None, label: str | None) -> None:
    assert told(film(1, vote_average=rating), "rating_level") == {"rating_level": label}
    assert pl.select(rating_level(pl.lit(rating, pl.Float64))).item() == label


# Quarantine, with the rule's name.


@pytest.mark.parametrize("text", ["0000-00-00", "2023-02-30", "2023-13-01", "2023", "soon", "20230-01-01"])
def test_a_date_that_is_none_is_quarantined(text: str) -> None:
    assert rules(film(1, release_date=text)) == [("release_date_is_a_date", f"release_date = {text!r}")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0000-01-01", "release_date|min"),
        ("0001-01-01", "release_date|min"),
        ("1869-12-31", "release_date|min"),
        ("2200-01-01", "release_date|max"),
        ("9999-12-31", "release_date|max"),
    ],
)
def test_a_date_that_no_film_has_is_quarantined(text: str, rule: str) -> None:
    assert rules(film(1, release_date=text)) == [(rule, f"release_date = {text!r}")]


def test_the_first_and_the_last_date_pass() -> None:
    assert rules(film(1, release_date="1870-01-01"), film(2, release_date="2199-12-31")) == []


@pytest.mark.parametrize("usd", [1, 2**31 - 1, 2**31, 10**12])
def test_money_beyond_an_integer_is_kept(usd: int) -> None:
    assert told(film(1, budget=usd, revenue=usd), "budget_usd", "revenue_usd") == {
        "budget_usd": usd,
        "revenue_usd": usd,
    }


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"budget": -5}, [("budget_usd|min", "budget_usd = -5")]),
        ({"revenue": -1}, [("revenue_usd|min", "revenue_usd = -1")]),
        ({"runtime": -1}, [("runtime_min|min", "runtime_min = -1")]),
        ({"budget": 10**12 + 1}, [("budget_usd|max", "budget_usd = 1000000000001")]),
        ({"popularity": -0.5}, [("popularity|min", "popularity = -0.5")]),
        ({"vote_average": 10.5}, [("vote_average|max", "vote_average = 10.5")]),
        ({"vote_count": -1, "vote_average": None}, [("vote_count|min", "vote_count = -1")]),
        ({"title": ""}, [("title_is_known", "title = ''")]),
        ({"title": " \t"}, [("title_is_known", "title = ' \\t'")]),
        (
            {"title": "", "budget": -1, "revenue": -2},
            [("title_is_known,budget_usd|min,revenue_usd|min", "title = '', budget_usd = -1, revenue_usd = -2")],
        ),
    ],
)
def test_a_number_out_of_its_bounds_is_quarantined(changed: dict[str, Any], broken: list[tuple[str, str]]) -> None:
    assert rules(film(1, **changed)) == broken


@pytest.mark.parametrize(
    ("found", "put", "reason"),
    [
        (b'"budget": 100', b'"budget": 9223372036854775808', "Expected `int` <= 9223372036854775807 - at `$.budget`"),
        (b'"budget": 100', b'"budget": 1e400', "Number out of range - at `$.budget`"),
        (b'"budget": 100', b'"budget": 1.5', "Expected `int | null`, got `float` - at `$.budget`"),
        (b'"budget": 100', b'"budget": "100"', "Expected `int | null`, got `str` - at `$.budget`"),
        (b'"popularity": 12.5', b'"popularity": 1e400', "Number out of range - at `$.popularity`"),
        (b'"popularity": 12.5', b'"popularity": true', "Expected `float | null`, got `bool` - at `$.popularity`"),
        (b'"title": "Film 1"', b'"title": null', "Expected `str`, got `null` - at `$.title`"),
        (b'"title": "Film 1"', b'"title": "a\\u0000b"', "text holds a NUL character"),
        (b'"title": "Film 1"', b'"title": "\\\\\\u0000"', "text holds a NUL character"),
        (b"Film 1", b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"Film 1", b"\xed\xa0\x80", "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"),
        (b'"cast": []', b'"cast": null', "Expected `array`, got `null` - at `$.credits.cast`"),
        (b'"cast": []', b'"cast": {}', "Expected `array`, got `object` - at `$.credits.cast`"),
        (b'{"id": 18, "name": "Drama"}', b'{"id": 18}', "Object missing required field `name` - at `$.genres[0]`"),
        (b'{"id": 18, "name": "Drama"}', b"null", "Expected `object`, got `null` - at `$.genres[0]`"),
    ],
)
def test_a_record_of_another_type_is_quarantined(found: bytes, put: bytes, reason: str) -> None:
    record = film(1).replace(found, put)
    assert record != film(1)
    assert rules(record) == [("record_is_typed", reason)]


@pytest.mark.parametrize("name", ["title", "release_date", "budget", "revenue", "runtime", "popularity", "genres"])
def test_what_tmdb_always_sends_must_be_there(name: str) -> None:
    record = fields(1)
    del record[name]
    assert rules(json.dumps(record).encode()) == [("record_is_typed", f"Object missing required field `{name}`")]


def test_numbers_that_the_warehouse_keeps_as_integers_are_bounded() -> None:
    cast = {"cast": [acts(1, order=2**31)], "crew": []}
    assert rules(film(1, credits=cast)) == [
        ("record_is_typed", "Expected `int` <= 2147483647 - at `$.credits.cast[0].order`")
    ]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"credits": {"cast": [acts(1) | {"credit_id": "c" * 201}], "crew": []}}, "$.credits.cast[0].credit_id"),
        ({"original_language": "e" * 201}, "$.original_language"),
        ({"production_countries": [{"iso_3166_1": "U" * 201}]}, "$.production_countries[0].iso_3166_1"),
    ],
)
def test_texts_that_are_keys_of_the_warehouse_are_short(more: dict[str, Any], place: str) -> None:
    [(rule, reason)] = rules(film(1, **more))
    assert rule == "record_is_typed"
    assert reason.endswith(f"of length <= 200 - at `{place}`")


def test_text_that_only_looks_like_a_nul_is_kept() -> None:
    assert told(film(1, title="\\u0000"), "title") == {"title": "\\u0000"}


def test_deep_nesting_costs_the_record_alone() -> None:
    deep = b'{"genres": ' + b"[" * 100_000 + b"]" * 100_000 + b', "id": 2}'
    harmless = b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "id": 2}'
    rows = raw(film(1), deep, harmless)
    assert rows["error"].to_list() == [None, *["not a film: " + _RECURSION] * 2]
    assert [tmdb.decode_film(harmless), clean_films(rows.head(1)).films.height] == [_RECURSION, 1]


_RECURSION = "maximum recursion depth exceeded while deserializing an object"


# Dead letters: what does not even tell which film it is.


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", "not a film: Input data was truncated"),
        (b"[]", "not a film: Expected `object`, got `array`"),
        (b"null", "not a film: Expected `object`, got `null`"),
        (b"{}", "not a film: Object missing required field `id`"),
        (b'{"id": "1"}', "not a film: Expected `int`, got `str` - at `$.id`"),
        (b'{"id": true}', "not a film: Expected `int`, got `bool` - at `$.id`"),
        (b'{"id": 0}', "not a film: Expected `int` >= 1 - at `$.id`"),
        (b'{"id": 9223372036854775808}', "not a film: Expected `int` <= 9223372036854775807 - at `$.id`"),
        (b'{"id": 1, "popularity": NaN}', "not a film: JSON is malformed: invalid character (byte 24)"),
        (b'{"id": 1, "title": "a\x00"}', "not a film: JSON is malformed: invalid character (byte 21)"),
        (b'{"id": 1, "t": "\\ud800"}', "not a film: Input data was truncated"),
        (b'{"id": 1, "t": "\\ud800", "u": 1}', "not a film: JSON is malformed: unexpected end of hex escape (byte 22)"),
    ],
)
def test_what_names_no_film_is_a_dead_letter(payload: bytes, error: str) -> None:
    assert raw(payload).select("film_id", "error").to_dicts() == [{"film_id": None, "error": error}]


def test_a_record_of_ten_megabytes_is_a_dead_letter() -> None:
    record = film(1, overview="x" * 10 * 2**20)
    size = f"{len(record):,}"
    assert raw(record)["error"].to_list() == [f"record of {size} bytes; the most that is read is 8,388,608"]


# Credits.


def test_homonyms_are_two_people() -> None:
    cast = {"cast": [acts(1, "Ana"), acts(2, "Ana")], "crew": []}
    assert [c["person_id"] for c in told(film(1, credits=cast), "cast")["cast"]] == [1, 2]


def test_a_person_may_have_several_parts_but_each_credit_stands_once() -> None:
    twins = [acts(1, credit="a", character="Hayley"), acts(1, credit="b", character="Annie")]
    again = acts(1, credit="a", character="Somebody else")
    cast = told(film(1, credits={"cast": [*twins, again], "crew": []}), "cast")["cast"]
    assert [(c["credit_id"], c["person_id"], c["character"]) for c in cast] == [("a", 1, "Hayley"), ("b", 1, "Annie")]


def test_cast_and_crew_share_no_credit() -> None:
    both = {"cast": [acts(1, credit="x")], "crew": [works(1, credit="x")]}
    assert rules(film(7, credits=both)) == [("credit_ids_are_distinct", "film_id = 7")]


def test_a_gender_of_zero_is_unknown() -> None:
    cast = [acts(person_id) | {"gender": gender} for person_id, gender in enumerate((0, 1, 2, 3, None), start=1)]
    known = told(film(1, credits={"cast": cast, "crew": []}), "cast")["cast"]
    assert [credit["gender"] for credit in known] == [None, 1, 2, 3, None]


def test_a_genre_named_twice_is_one() -> None:
    assert told(film(1, genres=[DRAMA, COMEDY, DRAMA]), "genres")["genres"] == [
        {"genre_id": 18, "name": "Drama"},
        {"genre_id": 35, "name": "Comedy"},
    ]
