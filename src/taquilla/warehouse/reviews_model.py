"""The star of reviews, schema `reviews`: who wrote what of which place and when, ratings of films, and what was mended.

A place or a reviewer that a row names and no source row tells of is an inferred member (`is_inferred`), so that every
key holds. Nothing is dropped for being odd: orphans, bursts, repeated texts and outliers are marked.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, ForeignKey, Index, Integer, MetaData, Table

from taquilla.warehouse.model import NAMES, TEXT

reviews = MetaData(schema="reviews", naming_convention=NAMES)


def _key(name: str, comment: str | None = None, kind: Any = TEXT) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False, comment=comment)


def _names(name: str, key: str, **more: Any) -> Column[Any]:
    """A column that names a row of another table of the star."""
    return Column(name, ForeignKey(f"reviews.{key}"), **{"index": not more.get("primary_key"), **more})


def _text(name: str, comment: str | None = None, **more: Any) -> Column[Any]:
    return Column(name, TEXT, comment=comment, **more)


def _number(name: str, comment: str | None = None, **more: Any) -> Column[Any]:
    return Column(name, BigInteger, comment=comment, **more)


def _real(name: str, comment: str | None = None, **more: Any) -> Column[Any]:
    return Column(name, Double, comment=comment, **more)


def _flag(name: str, comment: str | None = None, **more: Any) -> Column[Any]:
    return Column(name, Boolean, comment=comment, **more)


def _moment(name: str, comment: str | None = None, **more: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), comment=comment, **more)


def _source() -> Column[Any]:
    return _text("source", "the layout of the files that it came in: yelp, google_maps, ...")


def _inferred() -> Column[Any]:
    return _flag("is_inferred", "no row of the source tells of it; another row names it", nullable=False)


def _origin() -> Column[Any]:
    return _number("raw_seq", "the row of raw that it was made of", nullable=False)


def _written() -> Column[Any]:
    return _number("load_seq", "the load of this file that wrote the row, from 1", nullable=False)


dim_venue = Table(
    "dim_venue",
    reviews,
    _key("venue_id", "the source's own id; without one, the file's name"),
    _source(),
    _text("name"),
    _text("address"),
    _text("city"),
    _text("state"),
    _text("postal_code"),
    _text("country"),
    _real("latitude", "degrees"),
    _real("longitude", "degrees"),
    _real("stars", "1 to 5, as the source tells it"),
    _number("review_count", "as the source tells it"),
    _flag("is_open"),
    _flag("is_cinema", "null: nobody tells of the place"),
    _flag("is_video_shop", "null: nobody tells of the place"),
    _text("attributes", "JSON"),
    _text("hours", 'JSON: {"Monday": "08:00-18:30"}'),
    _number("price_level", "1 the cheapest"),
    _text("url"),
    _inferred(),
    _written(),
)

venue_categories = Table(
    "venue_categories",
    reviews,
    _names("venue_id", "dim_venue.venue_id", primary_key=True),
    _key("category"),
    _origin(),
    _written(),
)

dim_reviewer = Table(
    "dim_reviewer",
    reviews,
    _key("reviewer_id", "the source's own id"),
    _source(),
    _text("name", "a pseudonym, unless that was switched off"),
    _number("review_count", "as the source tells it"),
    _moment("joined_at"),
    _number("useful_votes"),
    _number("funny_votes"),
    _number("cool_votes"),
    _number("fans"),
    _real("average_stars", "1 to 5, as the source tells it"),
    _number("friend_count"),
    _inferred(),
    _written(),
)

dim_rated_film = Table(
    "dim_rated_film",
    reviews,
    _key("rated_film_id", "the ratings' own film id", BigInteger),
    _source(),
    _text("title"),
    Column("release_year", Integer),
    _text("imdb_id"),
    _number("tmdb_id"),
    _number("film_id", "movies.film_id; null: no film of the catalogue", index=True),
    _inferred(),
    _written(),
)

rated_film_genres = Table(
    "rated_film_genres",
    reviews,
    _names("rated_film_id", "dim_rated_film.rated_film_id", primary_key=True),
    _key("genre", "as the source writes it"),
    _origin(),
    _written(),
)

fact_review = Table(
    "fact_review",
    reviews,
    _key("review_id"),
    _names("venue_id", "dim_venue.venue_id", nullable=False),
    _names("reviewer_id", "dim_reviewer.reviewer_id"),
    _real("stars", "1 to 5"),
    _moment("reviewed_at", "the source's wall clock", nullable=False),
    Column("reviewed_on", Date, nullable=False, comment="the first of the month where only the month is known"),
    Column("month", Date, nullable=False, comment="its first day"),
    _text("date_precision", "second, day or month", nullable=False),
    _text("excerpt", "the first 280 characters of the text"),
    _flag("has_text", nullable=False),
    _number("useful_votes"),
    _number("funny_votes"),
    _number("cool_votes"),
    _number("image_count"),
    _flag("has_reply", "null: the source tells of no owner's replies"),
    _moment("owner_replied_at"),
    _real("reply_hours", "from the review to the owner's reply; null: not known to the hour, or edited since"),
    _text("language", "ISO 639-1, as recognised"),
    _real("sentiment", "-1 to 1; null: no text, or no word that the lexicon knows"),
    _number("word_count", "null: not scored yet"),
    _real("spam_score", "0 to 1, the share of spam signs"),
    _flag("is_duplicate_text", "another review has the same text", nullable=False),
    _flag("is_orphan", "no source row tells of its venue", nullable=False),
    _flag("is_in_burst", "of a day with far more reviews than the venue's mean: see review_bursts", nullable=False),
    _text("outlier_rule", "stars_far_from_venue, very_long_text or future_date; null: no outlier"),
    _source(),
    _origin(),
    _written(),
)

review_aspects = Table(
    "review_aspects",
    reviews,
    _names("review_id", "fact_review.review_id", primary_key=True),
    _key("aspect", "screen, sound, seats, staff, price, ..."),
    _origin(),
    _written(),
)

review_spam_signs = Table(
    "review_spam_signs",
    reviews,
    _names("review_id", "fact_review.review_id", primary_key=True),
    _key("sign"),
    _origin(),
    _written(),
)

fact_tip = Table(
    "fact_tip",
    reviews,
    _key("tip_id"),
    _names("venue_id", "dim_venue.venue_id", nullable=False),
    _names("reviewer_id", "dim_reviewer.reviewer_id"),
    _moment("tipped_at", "the source's wall clock"),
    _text("excerpt", "the first 280 characters of the text"),
    _number("compliment_count"),
    _source(),
    _origin(),
    _written(),
)

fact_checkin = Table(
    "fact_checkin",
    reviews,
    _names("venue_id", "dim_venue.venue_id", primary_key=True),
    Column("checked_in_on", Date, primary_key=True),
    _key("hour", "0 to 23, the source's wall clock", Integer),
    _number("checkins", nullable=False),
    _origin(),
    _written(),
)

fact_rating = Table(
    "fact_rating",
    reviews,
    _key("user_id"),
    _names("rated_film_id", "dim_rated_film.rated_film_id", primary_key=True, index=True),
    _real("rating", "0.5 to 5", nullable=False),
    _moment("rated_at"),
    _source(),
    _origin(),
    _written(),
)

goals = Table(
    "goals",
    reviews,
    _key("kpi", "retention, growth, stars_change, sentiment_change"),
    _real("goal", "met where the figure is at least this", nullable=False),
    _written(),
)

repairs = Table(
    "repairs",
    reviews,
    _key("table_name", "the curated table"),
    _key("raw_seq", None, BigInteger),
    _key("column_name"),
    _key("rule"),
    _text("key", "the row's key"),
    _text("found"),
    _text("made", "null: the cell was refused"),
    _written(),
)

rejected = Table(
    "rejected",
    reviews,
    _key("table_name", "the curated table"),
    _key("raw_seq", None, BigInteger),
    _text("key"),
    _moment("landed_at"),
    _text("rule", nullable=False),
    _text("reason", nullable=False),
    _text("record", "the record as it landed"),
    _written(),
)

Index("ix_fact_review_reviewed_at", fact_review.c.reviewed_at)
