"""The samples of Yelp, Google Maps and MovieLens: every record stands, and what is null is null in the source."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import polars as pl
import pytest

from tables.review_records_raw import assert_accounted, raw
from taquilla.tables.cleaning import Cleaned
from taquilla.tables.review_layouts import recognise
from taquilla.tables.review_records import read_records

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FOLDER = Path(SHARED_DATA) / "reviews"

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FOLDER.exists()), reason="TAQUILLA_SHARED_DATA names no folder that holds reviews"
)


def records(file: str) -> list[str]:
    opened = gzip.open if file.endswith(".gz") else open
    with opened(FOLDER / file, "rt", encoding="utf-8", newline="") as lines:
        if ".csv" in file:
            return [json.dumps(row, ensure_ascii=False) for row in csv.DictReader(lines)]
        return [line.rstrip("\r\n") for line in lines]


def read(file: str) -> tuple[str, Cleaned]:
    found = records(file)
    layout = recognise(json.loads(found[0]).keys())
    assert layout is not None
    landed = raw(found, file=file, layout=layout.name)
    cleaned = read_records(layout, landed)
    assert_accounted(layout, landed, cleaned)
    return f"{layout.name} {layout.kind}", cleaned


@pytest.mark.parametrize(
    ("file", "layout", "rows", "nulls"),
    [
        (
            "yelp_academic_sample/business.json.gz",
            "yelp venues",
            5_000,
            {"address": 179, "postal_code": 3, "categories": 5, "attributes": 441, "hours": 782, "price_level": 2_101},
        ),
        ("yelp_academic_sample/review.json.gz", "yelp reviews", 5_000, {}),
        (
            "yelp_fl_gyms/business.json.gz",
            "yelp venues",
            316,
            {"address": 1, "categories": 316, "attributes": 16, "hours": 20, "price_level": 316},
        ),
        ("yelp_fl_gyms/review.json.gz", "yelp reviews", 5_974, {}),
        ("yelp_fl_gyms/user.json.gz", "yelp reviewers", 5_107, {"friend_count": 5_107}),
        ("yelp_fl_gyms/tip.json.gz", "yelp tips", 993, {}),
        (
            "google_cinemas/hoyts_sunnybank_google_reviews.csv",
            "google_flat reviews",
            840,
            {"reviewer_id": 840, "text": 430, "useful_votes": 840, "funny_votes": 840, "cool_votes": 840},
        ),
        (
            "google_cinemas/lotte_bac_giang_google_reviews.json",
            "google_maps reviews",
            250,
            {"reviewer_id": 250, "text": 42, "funny_votes": 250, "cool_votes": 250},
        ),
        ("movielens_small/ratings.csv.gz", "movielens ratings", 100_836, {}),
        ("movielens_small/movies.csv.gz", "movielens rated_films", 9_742, {"release_year": 12, "genres": 34}),
        ("movielens_small/links.csv.gz", "movielens rated_film_ids", 9_742, {"tmdb_id": 8}),
    ],
)
def test_every_record_stands_and_only_what_the_source_does_not_tell_is_null(
    file: str, layout: str, rows: int, nulls: dict[str, int]
) -> None:
    found, cleaned = read(file)
    assert (found, len(cleaned.rows), len(cleaned.quarantined), len(cleaned.repairs)) == (layout, rows, 0, 0)
    counted = cleaned.rows.null_count().row(0, named=True)
    never = {"country", "url", "image_count", "owner_reply", "owner_replied_at", "is_edited"}
    assert {name: count for name, count in counted.items() if count and name not in never} == nulls


def test_the_sample_of_yelp_has_13_cinemas_7_video_shops_and_3_276_orphans() -> None:
    venues = read("yelp_academic_sample/business.json.gz")[1].rows
    reviews = read("yelp_academic_sample/review.json.gz")[1].rows
    assert venues.select(pl.col("is_cinema", "is_video_shop").sum()).row(0) == (13, 7)
    assert len(reviews.join(venues, on="venue_id", how="anti")) == 3_276
    assert venues["hours"].str.contains('"Monday": "00:00-24:00"').sum() > 0


def test_links_to_tmdb_and_dates_of_google_are_read() -> None:
    ids = read("movielens_small/links.csv.gz")[1].rows
    assert ids.filter(pl.col("rated_film_id") == 1).select("imdb_id", "tmdb_id").rows() == [("tt0114709", 862)]
    hoyts = read("google_cinemas/hoyts_sunnybank_google_reviews.csv")[1].rows
    assert hoyts["date_precision"].unique().to_list() == ["month"]
    assert hoyts["venue_id"].unique().to_list() == ["hoyts_sunnybank"]
