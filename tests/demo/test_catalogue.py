"""The built-in catalogue: what it holds, and that each record has TMDB's fields and types."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import msgspec
import polars as pl
import pytest

from taquilla.demo.catalogue import (
    FILMS_PARQUET,
    FIRST_FILM_ID,
    GENRE_IDS,
    YEAR_ONLY_NOTE,
    built_in_films,
    popularity,
)
from taquilla.tables import tmdb
from taquilla.tables.name_ids import name_id

Record = dict[str, Any]
Shape = Mapping[str, type | None]

FILM = {
    "adult": bool, "backdrop_path": None, "belongs_to_collection": None, "budget": int, "genres": list,
    "homepage": str, "id": int, "imdb_id": str, "origin_country": list, "original_language": str,
    "original_title": str, "overview": str, "popularity": float, "poster_path": None,
    "production_companies": list, "production_countries": list, "release_date": str, "revenue": int, "runtime": int,
    "spoken_languages": list, "status": str, "tagline": str, "title": str, "video": bool,
    "credits": dict, "keywords": dict, "release_dates": dict,
}  # fmt: skip
PERSON = {
    "adult": bool, "gender": int, "id": int, "known_for_department": str, "name": str, "original_name": str,
    "popularity": float, "profile_path": None,
}  # fmt: skip
CAST = PERSON | {"cast_id": int, "character": str, "credit_id": str, "order": int}
CREW = PERSON | {"credit_id": str, "department": str, "job": str}
NAMED = {"id": int, "name": str}
COMPANY = NAMED | {"logo_path": None, "origin_country": str}
COUNTRY = {"iso_3166_1": str, "name": str}
LANGUAGE = {"english_name": str, "iso_639_1": str, "name": str}
RELEASE = {
    "certification": str, "descriptors": list, "iso_639_1": str, "note": str, "release_date": str, "type": int,
}  # fmt: skip


@cache
def films() -> tuple[Record, ...]:
    return tuple(built_in_films())


@cache
def facts() -> pl.DataFrame:
    return pl.read_parquet(FILMS_PARQUET)


def film(imdb_id: str) -> Record:
    return next(record for record in films() if record["imdb_id"] == imdb_id)


def jobs(record: Record, job: str) -> list[str]:
    return [member["name"] for member in record["credits"]["crew"] if member["job"] == job]


def without_votes(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in ("vote_count", "vote_average")}


def has_shape(record: Record, shape: Shape) -> bool:
    return record.keys() == shape.keys() and all(
        record[name] is None if kind is None else type(record[name]) is kind for name, kind in shape.items()
    )


def test_the_catalogue_has_every_film_and_enough_complete_ones() -> None:
    complete = [f for f in films() if f["budget"] and f["revenue"] and f["vote_count"] and jobs(f, "Director")]

    assert len(films()) == 17_470
    assert len(complete) == 2_699


@pytest.mark.parametrize(
    ("imdb_id", "title", "director", "day", "budget", "revenue", "runtime"),
    [
        ("tt0499549", "Avatar", "James Cameron", "2009-12-16", 237_000_000, 2_767_891_499, 162),
        ("tt0120338", "Titanic", "James Cameron", "1997-11-01", 200_000_000, 1_842_879_955, 194),
        ("tt0468569", "The Dark Knight", "Christopher Nolan", "2008-07-18", 185_000_000, 1_022_345_358, 153),
        ("tt0068646", "The Godfather", "Francis Ford Coppola", "1972-03-15", 7_000_000, 268_500_000, 175),
        ("tt0133093", "The Matrix", "Lana Wachowski", "1999-03-31", 65_000_000, 460_279_930, 136),
    ],
)
def test_well_known_films_have_the_figures_of_the_sources(
    imdb_id: str, title: str, director: str, day: str, budget: int, revenue: int, runtime: int
) -> None:
    found = film(imdb_id)

    assert jobs(found, "Director")[0] == director
    assert (found["title"], found["release_date"]) == (title, day)
    assert (found["budget"], found["revenue"], found["runtime"]) == (budget, revenue, runtime)


def test_a_partial_gross_gives_way_to_the_larger_one() -> None:
    # Vega read The Town two weeks after its release, and of Taxi Driver it has no foreign share.
    assert film("tt0840361")["revenue"] == 154_000_000
    assert film("tt0075314")["revenue"] == 117_442_400


def test_a_gross_in_another_unit_is_not_believed() -> None:
    # Wikidata: 126,216 for L.A. Confidential, 56.964 for The Eye, 12,155,249 for My Big Fat Independent Movie.
    assert film("tt0119488")["revenue"] == 110_604_977
    assert film("tt0406759")["revenue"] == 56_706_727
    assert film("tt0385890")["revenue"] == 4_655


def test_homonyms_are_told_apart_by_their_director() -> None:
    # Bubble (Soderbergh) and The Bubble (Fox) were released within a year of each other.
    bubbles = {f["title"]: f["budget"] for f in films() if f["title"] in {"Bubble", "The Bubble"}}

    assert bubbles == {"Bubble": 1_600_000, "The Bubble": 0}


def test_names_with_a_comma_are_whole() -> None:
    names = {name for column in ("cast", "directors", "writers", "companies") for name in facts()[column].explode()}

    assert not [name for name in names - {None} if re.fullmatch(r"Jr\.|Sr\.|III|Inc\.?|Ltd\.|list of .*", name)]


def test_ids_are_unique_and_in_their_ranges() -> None:
    ids = [f["id"] for f in films()]
    credit_ids = [c["credit_id"] for f in films() for role in ("cast", "crew") for c in f["credits"][role]]
    names = {(c["id"], c["name"]) for f in films() for role in ("cast", "crew") for c in f["credits"][role]}
    names |= {(c["id"], c["name"]) for f in films() for c in f["production_companies"]}
    names |= {(k["id"], k["name"]) for f in films() for k in f["keywords"]["keywords"]}

    assert ids == sorted(set(ids))
    assert all(f["id"] == FIRST_FILM_ID + int(f["imdb_id"][2:]) for f in films())
    assert len(set(credit_ids)) == len(credit_ids)
    assert all(re.fullmatch(r"[0-9a-f]{24}", credit) for credit in credit_ids)
    assert all(-(2**52) <= number < 0 for number, _ in names)
    assert len({number for number, _ in names}) == len(names)


def test_an_id_made_of_a_name_never_changes() -> None:
    assert name_id("James Cameron") == -2400927553546945
    assert name_id("Amélie") == name_id("Ame\u0301lie")


def test_every_field_of_every_film_has_its_type() -> None:
    for f in films():
        assert has_shape(without_votes(f), FILM), f["imdb_id"]
        assert f["title"].strip() == f["title"] != ""
        assert date.fromisoformat(f["release_date"]).year >= 1940
        assert all(type(code) is str for code in f["origin_country"])
        assert f["keywords"].keys() == {"keywords"}
        assert f["release_dates"].keys() == {"results"}
        assert f["credits"].keys() == {"cast", "crew"}


def test_every_entry_of_every_list_has_its_shape() -> None:
    shapes: dict[str, Shape] = {
        "genres": NAMED,
        "production_companies": COMPANY,
        "production_countries": COUNTRY,
        "spoken_languages": LANGUAGE,
    }
    for f in films():
        assert all(has_shape(entry, shape) for field, shape in shapes.items() for entry in f[field]), f["imdb_id"]
        assert all(has_shape(entry, CAST) for entry in f["credits"]["cast"])
        assert all(has_shape(entry, CREW) for entry in f["credits"]["crew"])
        assert all(has_shape(entry, NAMED) for entry in f["keywords"]["keywords"])
        for country in f["release_dates"]["results"]:
            assert country.keys() == {"iso_3166_1", "release_dates"}
            assert all(has_shape(release, RELEASE) for release in country["release_dates"])


def test_credits_name_nobody_twice_and_count_the_cast_from_zero() -> None:
    for f in films():
        cast, crew = f["credits"]["cast"], f["credits"]["crew"]
        assert [member["order"] for member in cast] == list(range(len(cast)))
        assert len({member["id"] for member in cast}) == len(cast)
        assert len({(member["id"], member["job"]) for member in crew}) == len(crew)


def test_genres_are_tmdbs_and_the_others_become_keywords() -> None:
    genres = {(g["id"], g["name"]) for f in films() for g in f["genres"]}
    words = Counter(k["name"] for f in films() for k in f["keywords"]["keywords"])
    told = Counter(facts()["genres"].explode().drop_nulls().to_list())

    assert genres == {(number, name) for name, number in GENRE_IDS.items()}
    assert {name: words[name.lower()] for name in ("Biography", "Musical", "Sport")} == {
        name: told[name] for name in ("Biography", "Musical", "Sport")
    }


def test_unknown_is_null_in_the_facts_and_what_tmdb_writes_in_the_records() -> None:
    amounts = facts().select("budget_usd", "revenue_usd", "us_revenue_usd", "runtime_min", "vote_count")
    rows = facts().iter_rows(named=True)

    assert amounts.min().row(0) == (218, 423, 423, 7, 18)
    for record, row in zip(films(), rows, strict=True):
        assert record["budget"] == (row["budget_usd"] or 0)
        assert record["revenue"] == (row["revenue_usd"] or 0)
        assert record["runtime"] == (row["runtime_min"] or 0)
        # With TMDB 0 votes is a fact, so what is unknown here is null.
        assert (record["vote_count"], record["vote_average"]) == (row["vote_count"], row["vote_average"])
        assert (record["vote_count"] is None) == (record["vote_average"] is None)


def test_a_date_known_to_the_year_alone_says_so() -> None:
    for record, row in zip(films(), facts().iter_rows(named=True), strict=True):
        notes = [r["note"] for country in record["release_dates"]["results"] for r in country["release_dates"]]
        if row["release_date"] is None:
            assert record["release_date"] == f"{row['release_year']}-01-01"
            assert row["us_release_date"] or notes == [YEAR_ONLY_NOTE]
        else:
            assert record["release_date"] == row["release_date"].isoformat()
            assert row["release_date"].year == row["release_year"]
            assert YEAR_ONLY_NOTE not in notes


def test_popularity_grows_with_both_counts_and_uses_every_label() -> None:
    figures = sorted(f["popularity"] for f in films())
    bounds = ((20, 1_000), (10, 20), (5, 10), (0, 5))

    assert popularity(None, None) == 0.5
    assert popularity(1_000, None) < popularity(2_000, None) < popularity(2_000, 30)
    assert [sum(low < figure <= high for figure in figures) for low, high in bounds] == [1_005, 1_669, 1_996, 12_800]
    assert figures[len(figures) // 2] == 2.1
    assert sum(figure > 100 for figure in figures) == 7


def test_records_survive_json_and_are_the_same_every_time() -> None:
    first = [msgspec.json.encode(f) for f in films()]

    assert [msgspec.json.decode(text) for text in first] == list(films())
    assert [msgspec.json.encode(f) for f in built_in_films()] == first


def test_the_tables_read_every_record() -> None:
    decoded = tmdb.decode_films(msgspec.json.encode(f) for f in films())

    assert [reason for reason in decoded if isinstance(reason, str)] == []
