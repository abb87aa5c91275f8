"""Records of each layout in, curated rows out; what is mended, refused or of another type is told."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tables.review_records_raw import raw, read, rules, told
from taquilla.errors import DataError
from taquilla.tables.review_layouts import find
from taquilla.tables.review_records import read_records

YELP: dict[str, Any] = {
    "review_id": "r1",
    "user_id": "u1",
    "business_id": "v1",
    "stars": 4,
    "useful": 2,
    "funny": 0,
    "cool": 1,
    "text": "Great  seats.\r\n\n\n\nLoud!",
    "date": "2018-07-07 22:09:11",
}
VENUE = {"business_id": "v1", "name": "Odeon"}
AT = datetime(2018, 7, 7, 22, 9, 11, tzinfo=UTC)


def known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and name not in ("raw_seq", "bucket")}


def test_yelps_reviews() -> None:
    made = read("yelp", "reviews", YELP, {**YELP, "useful": None, "votes": {"useful": 7}, "text": " ", "user_id": None})
    first, second = made.rows.to_dicts()
    assert known(first) == {
        "review_id": "r1",
        "source": "yelp",
        "venue_id": "v1",
        "reviewer_id": "u1",
        "stars": 4.0,
        "reviewed_at": AT,
        "date_precision": "second",
        "text": "Great seats.\n\nLoud!",
        "useful_votes": 2,
        "funny_votes": 0,
        "cool_votes": 1,
    }
    assert (second["useful_votes"], second["text"], second["reviewer_id"]) == (7, None, None)
    assert told(made) == []


@pytest.mark.parametrize(
    ("field", "value", "column", "made", "rule"),
    [
        ("stars", "5", "stars", "5", "stars|type"),
        ("stars", True, "stars", None, "stars|type"),
        ("stars", 7, "stars", None, "is_stars"),
        ("stars", 0, "stars", None, "is_stars"),
        ("stars", [4], "stars", None, "stars|type"),
        ("useful", -1, "useful_votes", None, "is_count"),
        ("useful", 1.5, "useful_votes", None, "is_count"),
        ("useful", 1e30, "useful_votes", None, "is_count"),
        ("useful", "3", "useful_votes", "3", "useful|type"),
        ("text", 5, "text", "5", "text|type"),
        ("text", ["x"], "text", None, "text|type"),
        ("user_id", 7, "reviewer_id", "7", "user_id|type"),
    ],
)
@pytest.mark.parametrize("others", [0, 3_000])
def test_what_is_odd_is_told_among_many_that_are_not(
    field: str, value: Any, column: str, made: str | None, rule: str, others: int
) -> None:
    read_ = read("yelp", "reviews", *([YELP] * others), {**YELP, field: value})
    assert told(read_) == [(column, json.dumps(value) if not isinstance(value, str) else value, made, rule)]
    cell = read_.rows[column][-1]
    assert (None if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)) == made
    assert read_.rows.drop("raw_seq").head(others).n_unique() == min(others, 1)


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ("", "is_json"),
        ('{"review_id": "r1", "stars": 5', "is_json"),
        ("[1]", "is_object"),
        ('{"a": 1},{"a": 2}', "is_json"),
        ({**YELP, "review_id": None}, "review_id|nullability"),
        ({**YELP, "business_id": ["v"]}, "business_id|type"),
        ({**YELP, "date": "0000-00-00"}, "reviewed_at|is_moment"),
        ({**YELP, "date": None, "review_id": ""}, "review_id|nullability,reviewed_at|nullability"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_quarantined_with_the_rule_and_the_record(record: Any, rule: str) -> None:
    made = read("yelp", "reviews", YELP, record, YELP)
    assert rules(made) == [rule]
    assert len(made.rows) == 2
    assert made.quarantined["record"][0] == (record if isinstance(record, str) else json.dumps(record))


def test_a_changed_type_follows_the_policy() -> None:
    changed = {**YELP, "stars": "5"}
    assert read("yelp", "reviews", changed, on="evolve").rows["stars"].to_list() == [5.0]
    assert rules(read("yelp", "reviews", changed, YELP, on="quarantine")) == ["stars|type"]
    with pytest.raises(DataError, match=r"'stars' of a/f.json, record 2, has changed its type: 5\. .* to evolve or"):
        read_records(find("yelp", "reviews"), raw([YELP, changed], file="a/f.json"), on_type_change="stop")
    with pytest.raises(DataError, match=r"Unknown on_type_change 'x'\. Use one of: evolve, quarantine, stop"):
        read("yelp", "reviews", on="x")


TIP = {"user_id": "u1", "business_id": "v1", "date": "2018-07-07 22:09:11"}
FLAT = {"stars": 5, "date": "2023/01"}


@pytest.mark.parametrize(
    ("layout", "kind", "record", "column", "cell"),
    [
        ("yelp", "reviews", {**YELP, "text": {"en": " ", "es": "Ok"}}, "text", "Ok"),
        ("yelp", "tips", {**TIP, "text": {"en": "Ok"}}, "text", "Ok"),
        ("google_flat", "reviews", {**FLAT, "review": {"en": "Ok"}}, "text", "Ok"),
        ("movielens", "rated_films", {"movieId": 1, "title": "A", "genres": ["X", "Y"]}, "genres", ["X", "Y"]),
        ("movielens", "rated_films", {"movieId": 1, "title": "A", "genres": []}, "genres", None),
        (
            *("yelp", "checkins", {"business_id": "v1", "time": {"Fri-0": 2, "Mon-23": 1}}, "moments"),
            [datetime(1970, 1, day, hour, tzinfo=UTC) for day, hour in ((5, 23), (9, 0), (9, 0))],
        ),
    ],
)
def test_what_is_written_in_another_form_is_read_and_nothing_is_told(
    layout: str, kind: str, record: dict[str, Any], column: str, cell: Any
) -> None:
    made = read(layout, kind, record)
    assert (made.rows[column].to_list(), told(made)) == ([cell], [])


def test_half_a_letter_nan_and_a_field_twice() -> None:
    records = [json.dumps(YELP).replace("Great", r"\ud83d Great"), json.dumps({**YELP, "stars": float("nan")})]
    made = read("yelp", "reviews", *records, '{"stars": 1, ' + json.dumps(YELP)[1:])
    assert made.rows["text"][0].startswith("\ufffd Great")
    assert made.rows["stars"].to_list() == [4.0, None, 1.0]
    assert told(made) == [("stars", "NaN", None, "stars|type")]


def test_yelps_places() -> None:
    record = {
        **VENUE,
        "address": " 1 Main St ",
        "latitude": 0,
        "longitude": 0.0,
        "stars": 3.5,
        "review_count": 7,
        "is_open": 1,
        "categories": "Cinema, Bars",
        "hours": {"Monday": "8:0-18:30", "Friday": "x"},
        "attributes": {"WiFi": "u'no'", "RestaurantsPriceRange2": "2"},
    }
    made = read("yelp", "venues", record, VENUE)
    first, second = made.rows.to_dicts()
    assert known(first) == {
        "venue_id": "v1",
        "source": "yelp",
        "name": "Odeon",
        "address": "1 Main St",
        "stars": 3.5,
        "review_count": 7,
        "is_open": True,
        "categories": ["Cinema", "Bars"],
        "is_cinema": True,
        "is_video_shop": False,
        "hours": '{"Monday": "08:00-18:30"}',
        "price_level": 2,
        "attributes": '{"WiFi": "no", "RestaurantsPriceRange2": 2}',
    }
    assert known(second) == {
        "venue_id": "v1",
        "source": "yelp",
        "name": "Odeon",
        "is_cinema": False,
        "is_video_shop": False,
    }
    assert [(column, rule) for column, _, _, rule in told(made)] == [
        ("hours", "is_hours"), ("latitude", "is_position"), ("longitude", "is_position"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("category", "is_cinema", "is_video_shop"),
    [
        ("Cinema", True, False),
        ("Drive-In Theater", True, False),
        ("Movie theater", True, False),
        ("IMAX theater", True, False),
        ("Dinner theater", False, False),
        ("Home cinema installation", False, False),
        ("Videos & Video Game Rental", False, True),
        ("Video rental store", False, True),
        ("Movie rental store", False, True),
        ("DVD store", False, True),
        ("Video game store", False, False),
        ("Video/Film Production", False, False),
    ],
)
def test_cinemas_and_video_shops_are_known_by_their_categories(
    category: str, is_cinema: bool, is_video_shop: bool
) -> None:
    (row,) = read("yelp", "venues", {**VENUE, "categories": ["Food", category]}).rows.to_dicts()
    assert (row["is_cinema"], row["is_video_shop"]) == (is_cinema, is_video_shop)


def test_yelps_people_tips_and_checkins() -> None:
    person = {"user_id": "u1", "name": "anon-1", "yelping_since": "2012-02", "fans": 3, "friends": "a, b"}
    made = read("yelp", "reviewers", {**person, "average_stars": 0.0}, {**person, "friends": "None"})
    assert made.rows["friend_count"].to_list() == [2, 0]
    assert made.rows["joined_at"][0] == datetime(2012, 2, 1, tzinfo=UTC)
    tip = {"user_id": "u1", "business_id": "v1", "text": "Hi", "date": "2018-07-07 22:09:11", "compliment_count": 0}
    ids = read("yelp", "tips", tip, {**tip, "text": " Hi "}, {**tip, "text": "Ho"}, {**tip, "tip_id": 7}).rows["tip_id"]
    assert (ids[0] == ids[1], ids[0] == ids[2], ids[3], len(ids[0])) == (True, False, "7", 64)
    days = {"business_id": "v1", "date": "2018-07-07 22:09:11, 2016-02-30 00:00:00,2016-04-26 19:49:16"}
    made = read("yelp", "checkins", days, {**days, "date": ""}, {**days, "date": "never"})
    assert made.rows["moments"].to_list() == [[datetime(2016, 4, 26, 19, 49, 16, tzinfo=UTC), AT], []]
    assert told(made)[0] == ("moments", "2016-02-30 00:00:00", None, "is_moment")
    assert rules(made) == ["moments|is_moment"]


def test_googles_reviews_in_both_forms() -> None:
    dump = {
        "user_id": "u1",
        "name": "anon-1",
        "gmap_id": "g1",
        "rating": 5,
        "time": 1531001351000,
        "pics": [{"url": ["x"]}],
        "text": "(Translated by Google) Good\n\n(Original)\nBueno",
        "resp": {"time": 1531001351000, "text": "Gracias "},
    }
    other = {"review_id": "x1", "gmap_id": "g1", "rating": 4.0, "text": {"en": "", "es": "Ok"}, "likes": 1}
    dated = {**other, "review_date": "2018-07-07T22:09:11+00:00", "raw_date": "Edited 6 years ago", "n_images": 2}
    first, second = read("google_maps", "reviews", dump, dated).rows.to_dicts()
    assert (first["text"], first["owner_reply"], first["owner_replied_at"]) == (
        "Bueno",
        "Gracias",
        AT.replace(minute=9),
    )
    assert (first["image_count"], first["is_edited"], first["date_precision"], len(first["review_id"])) == (
        1, None, "second", 64,
    )  # fmt: skip
    assert known(second) == {
        "review_id": "x1",
        "source": "google_maps",
        "venue_id": "g1",
        "stars": 4.0,
        "reviewed_at": AT,
        "date_precision": "month",
        "text": "Ok",
        "useful_votes": 1,
        "image_count": 2,
        "is_edited": True,
    }


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("Odeon, 1 Main St, Suite 2, Lutz, FL 33559", ("1 Main St, Suite 2", "Lutz", "FL", "33559")),
        ("Odeon, Lutz, FL 33559-1234, United States", (None, "Lutz", "FL", "33559-1234")),
        ("1 Main St, Lutz, FL 33559", ("1 Main St", "Lutz", "FL", "33559")),
        ("Odeon, Calle Mayor 1, 28013 Madrid, Spain", ("Calle Mayor 1, 28013 Madrid, Spain", None, None, None)),
        (None, (None, None, None, None)),
    ],
)
def test_googles_addresses_are_split_where_they_can_be(address: str | None, parts: tuple[str | None, ...]) -> None:
    place = {"gmap_id": "g1", "name": "Odeon", "address": address, "price": "$$", "state": "Permanently closed"}
    (row,) = read(
        "google_maps", "venues", {**place, "category": ["Movie theater"], "MISC": {"A": ["b"]}}
    ).rows.to_dicts()
    assert tuple(row[name] for name in ("address", "city", "state", "postal_code")) == parts
    assert (row["price_level"], row["is_open"], row["is_cinema"], row["attributes"]) == (2, False, True, '{"A": ["b"]}')


def test_a_plain_csv_of_a_places_reviews() -> None:
    rows = [{"review": "", "stars": " 5 ", "date": "2023/01"}, {"review": "Ok", "stars": "many", "date": "2023/1/2"}]
    made = read("google_flat", "reviews", *rows, file="a/hoyts_google_reviews.csv.gz")
    assert made.rows.select("review_id", "venue_id", "stars", "date_precision", "text").rows() == [
        ("hoyts#1", "hoyts", 5.0, "month", None), ("hoyts#2", "hoyts", None, "day", "Ok"),
    ]  # fmt: skip
    files = {"sydney/reviews.csv": "sydney/reviews", "hoyts.csv": "hoyts", "a/google_reviews.csv": "a/google_reviews"}
    assert [read("google_flat", "reviews", rows[1], file=file).rows["venue_id"].item() for file in files] == [
        *files.values()
    ]
    assert told(made) == [("stars", "many", None, "is_number")]


@pytest.mark.parametrize("file", ["x.csv", "x.json"])
def test_movielens(file: str) -> None:
    kind = str if file == "x.csv" else int
    rating = {"userId": kind(1), "movieId": kind(2), "rating": kind(4), "timestamp": kind(1531001351)}
    made = read("movielens", "ratings", rating, {**rating, "rating": kind(9)}, file=file)
    assert known(made.rows.row(0, named=True)) == {
        "user_id": "1",
        "rated_film_id": 2,
        "source": "movielens",
        "rating": 4.0,
        "rated_at": AT.replace(minute=9),
    }
    assert rules(made) == ["rating|is_rating"]
    titles = ["Matrix, The (1999)", "Toy Story (1995) ", "Nikita, La (Femme, La) (1990-1991)", "Blade Runner 2049"]
    films = [{"movieId": kind(seq), "title": title, "genres": "A|B"} for seq, title in enumerate(titles)]
    rows = read("movielens", "rated_films", *films, {**films[0], "genres": "(no genres listed)"}, file=file).rows
    assert rows["title"].to_list()[:4] == ["The Matrix", "Toy Story", "La Nikita (Femme, La)", "Blade Runner 2049"]
    assert rows["release_year"].to_list()[:4] == [1999, 1995, 1990, None]
    assert rows["genres"].to_list()[3:] == [["A", "B"], None]
    ids = {"movieId": kind(1), "imdbId": kind(114709), "tmdbId": kind(862)}
    rows = read("movielens", "rated_film_ids", ids, {**ids, "imdbId": "tt0114709", "tmdbId": None}, file=file).rows
    assert rows.select("imdb_id", "tmdb_id").rows() == [("tt0114709", 862), ("tt0114709", None)]
