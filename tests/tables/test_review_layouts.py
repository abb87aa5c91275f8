"""A file's layout is found by its records' keys, and every layout has a reading for its kind."""

import pytest

from taquilla.errors import DataError
from taquilla.tables.review_columns import READINGS
from taquilla.tables.review_layouts import LAYOUTS, find, recognise
from taquilla.tables.reviews import KINDS


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("business_id name address city state stars review_count attributes categories hours", ("yelp", "venues")),
        ("review_id user_id business_id stars useful funny cool text date", ("yelp", "reviews")),
        ("type votes review_id user_id business_id stars text date", ("yelp", "reviews")),
        ("user_id business_id text date compliment_count", ("yelp", "tips")),
        ("tip_id text date compliment_count business_id user_id", ("yelp", "tips")),
        ("business_id date", ("yelp", "checkins")),
        ("time business_id", ("yelp", "checkins")),
        ("checkin_info type business_id", ("yelp", "checkins")),
        ("user_id name review_count yelping_since friends elite", ("yelp", "reviewers")),
        ("user_id name time rating text pics resp gmap_id", ("google_maps", "reviews")),
        ("review_id gmap_id rating text review_date raw_date likes n_images resp", ("google_maps", "reviews")),
        ("name address gmap_id latitude longitude category avg_rating MISC state", ("google_maps", "venues")),
        ("review stars date neg neu pos compound", ("google_flat", "reviews")),
        ("userId movieId rating timestamp", ("movielens", "ratings")),
        ("movieId title genres", ("movielens", "rated_films")),
        ("movieId imdbId tmdbId", ("movielens", "rated_film_ids")),
        ("userId movieId tag timestamp", None),
        ("photo_id business_id caption label", None),
        ("id title budget", None),
        ("", None),
    ],
)
def test_a_layout_is_found_by_the_keys_alone(keys: str, found: tuple[str, str] | None) -> None:
    layout = recognise(keys.split())
    assert (layout and (layout.name, layout.kind)) == found
    if layout is not None:
        assert layout.new_fields(keys.split()) == ()
        assert layout.new_fields(["vibe", *keys.split(), "vibe"]) == ("vibe",)
        assert find(layout.name, layout.kind) is layout


def test_every_layout_has_a_reading_and_every_kind_a_layout() -> None:
    assert LAYOUTS.keys() == READINGS.keys()
    assert {kind for _, kind in LAYOUTS} == KINDS.keys()
    for name, reading in READINGS.items():
        layout, contract = LAYOUTS[name], KINDS[name[1]].contract
        assert reading.fields.keys() <= layout.known_fields
        assert {field for column in reading.columns for field in column.fields} <= reading.fields.keys() | {"file"}
        assert {column.name for column in reading.columns} <= set(contract.column_names())
        required = {name for name, column in contract.columns().items() if not column.nullable}
        assert required <= {column.name for column in reading.columns} | {"source", "raw_seq", "bucket"}


def test_names_and_pictures_of_people_are_known_wherever_they_turn_up() -> None:
    assert find("yelp", "reviewers").personal_among(["user_id", "name"]) == ("name",)
    assert find("google_maps", "reviews").personal_among(["name", "profile_photo_url"]) == ("name", "profile_photo_url")
    assert find("yelp", "reviews").personal_among(["user_name", "text"]) == ("user_name",)
    assert find("yelp", "venues").personal_among(["name", "phone", "url", "Owner-Name"]) == ("Owner-Name",)
    for layout in LAYOUTS.values():
        told = layout.personal_among(sorted(layout.known_fields))
        assert set(told) - {"pics"} == set(layout.personal_fields)


def test_an_unknown_layout_is_told_with_those_that_are_known() -> None:
    with pytest.raises(DataError, match=r"no layout 'yelp' of ratings\. Use one of: yelp reviews"):
        find("yelp", "ratings")
