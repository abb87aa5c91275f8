"""Real files of reviews and ratings, landed and curated on the first try: every line is accounted for."""

import os
from pathlib import Path

import pytest

from pipeline.review_files import bring, curated
from taquilla.lake import Lake
from taquilla.pipeline.reviews.accounts import review_accounts

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FOLDER = Path(SHARED_DATA) / "reviews"

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FOLDER.exists()), reason="TAQUILLA_SHARED_DATA names no folder that holds reviews"
)
LANDED = {
    "yelp_academic_sample": {"venues": 5_000, "reviews": 5_000},
    "yelp_fl_gyms": {"venues": 316, "reviews": 5_974, "reviewers": 5_107, "tips": 993},
    "google_cinemas": {"reviews": 840 + 250},
    "movielens_small": {"ratings": 100_836, "rated_films": 9_742, "rated_film_ids": 9_742},
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Each folder by itself, as they come."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    for folder, rows in LANDED.items():
        landed = bring(lake, FOLDER / folder)
        assert (landed.rows, landed.dead) == (rows, 0), folder
    return lake


def test_every_line_is_accounted_for(lake: Lake) -> None:
    found = {one.table: (one.landed, one.current, one.superseded) for one in review_accounts(lake)}
    assert found == {
        # Eleven places and four reviews stand in both of Yelp's samples.
        "venues": (5_316, 5_305, 11),
        "reviews": (12_064, 12_060, 4),
        "reviewers": (5_107, 5_107, 0),
        "tips": (993, 993, 0),
        "ratings": (100_836, 100_836, 0),
        "rated_films": (9_742, 9_742, 0),
        "rated_film_ids": (9_742, 9_742, 0),
    }
    assert all(one.missing == one.quarantined == one.dead == one.pending == 0 for one in review_accounts(lake))


def test_no_reviewer_has_a_name(lake: Lake) -> None:
    names = curated(lake, "reviewers")["name"]
    assert names.str.contains("^anon-[0-9a-f]{16}$").all()
    # The data have 5,107 people and far fewer first names.
    assert 1_000 < names.n_unique() < 3_000


def test_a_second_reading_of_the_same_files_reads_nothing(lake: Lake) -> None:
    for folder in LANDED:
        landed = bring(lake, FOLDER / folder)
        assert landed.rows == {}
        assert len(landed.unchanged) == (2 if folder == "google_cinemas" else len(LANDED[folder]))
