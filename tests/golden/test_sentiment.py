"""The index against real reviews: VADER's own figures for a cinema, and the stars of gyms.

docs/sentiment.md tells the figures that were seen. Skipped where that data is not at hand, which may not be passed on:
TAQUILLA_SHARED_DATA names its folder.
"""

import os
from pathlib import Path

import polars as pl
import pytest

from taquilla.tables.review_signals import agreement, score

DATA = Path(os.environ.get("TAQUILLA_SHARED_DATA", "")) / "reviews"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real reviews are not here (TAQUILLA_SHARED_DATA)")
NUMBERS = {"raw_seq": pl.int_range(pl.len(), dtype=pl.Int64), "bucket": pl.lit(0, pl.Int64)}


def scored(rows: pl.DataFrame) -> pl.DataFrame:
    """text and stars → signals, with the stars."""
    numbered = rows.with_columns(**NUMBERS, stars=pl.col("stars").cast(pl.Float64))
    return score(numbered.with_columns(review_id=pl.col("raw_seq").cast(pl.String))).hstack(rows.select("stars"))


def test_a_cinemas_reviews_are_as_vader_has_them() -> None:
    rows = pl.read_csv(DATA / "google_cinemas" / "hoyts_sunnybank_google_reviews.csv")
    stars = pl.col("stars").cast(pl.String).str.strip_chars().cast(pl.Float64)
    told = rows.select(pl.col("review").alias("text"), stars, "compound").filter(pl.col("text").is_not_null())
    found = scored(told).with_columns(told["compound"])
    assert found["language"].eq("en").mean() > 0.98  # type: ignore[operator]
    # VADER says 0 where it knows no word, we say nothing.
    assert found.select(pl.corr(pl.col("sentiment").fill_null(0), "compound")).item() > 0.9
    theirs = agreement(found.with_columns(sentiment="compound")).row(0, named=True)
    ours = agreement(found).row(0, named=True)
    assert (ours["pearson"], ours["same_sign_share"]) > (0.6, 0.93)
    assert ours["pearson"] > theirs["pearson"]


def test_vietnamese_is_told_from_english() -> None:
    rows = pl.read_ndjson(DATA / "google_cinemas" / "lotte_bac_giang_google_reviews.json")
    found = scored(rows.select(text=pl.col("text").struct.field("en"), stars="rating").filter(pl.col("text") != ""))
    languages = found["language"].drop_nulls()
    assert languages.eq("vi").mean() > 0.82  # type: ignore[operator]
    assert found.filter(pl.col("language") == "vi")["sentiment"].null_count() == languages.eq("vi").sum()


def test_gyms_reviews_agree_with_their_stars() -> None:
    rows = pl.read_ndjson(DATA / "yelp_fl_gyms" / "review.json.gz").select("text", "stars")
    found = agreement(scored(rows)).row(0, named=True)
    assert (found["language"], found["reviews"]) == ("en", pytest.approx(5955, abs=10))
    assert found["pearson"] > 0.7
    assert found["same_sign_share"] > 0.83
