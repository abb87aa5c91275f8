"""The star of reviews: places, reviewers, rated films, facts, goals, and what was repaired or refused; for both roles.

Revision 0004, after 0003. It stays as it is, whatever `reviews_model.py` becomes.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
)

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None

SCHEMA = "reviews"
TEXT = Text(collation="C")
MOMENT = DateTime(timezone=True)

LOADER, READER = "taquilla_loader", "taquilla_reader"
WRITING = "select, insert, update, delete"


def upgrade() -> None:
    """Create the schema and its tables, and grant each role what it needs there."""
    op.execute("create schema reviews")
    for make in (
        _dim_rated_film,
        _dim_reviewer,
        _dim_venue,
        _goals,
        _rejected,
        _repairs,
        _fact_checkin,
        _fact_rating,
        _fact_review,
        _fact_tip,
        _venue_categories,
        _rated_film_genres,
        _review_aspects,
        _review_spam_signs,
    ):
        make()
    for statement in _granted():
        op.execute(statement)


def _granted() -> list[str]:
    return [
        "revoke all on schema reviews from public",
        f"grant usage on schema reviews to {LOADER}, {READER}",
        f"grant select on all tables in schema reviews to {READER}",
        f"grant {WRITING} on all tables in schema reviews to {LOADER}",
        f"alter default privileges in schema reviews grant select on tables to {READER}",
        f"alter default privileges in schema reviews grant {WRITING} on tables to {LOADER}",
    ]


def _dim_rated_film() -> None:
    op.create_table(
        "dim_rated_film",
        Column("rated_film_id", BigInteger(), autoincrement=False, nullable=False, comment="the ratings' own film id"),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("title", TEXT, nullable=True),
        Column("release_year", Integer(), nullable=True),
        Column("imdb_id", TEXT, nullable=True),
        Column("tmdb_id", BigInteger(), nullable=True),
        Column("film_id", BigInteger(), nullable=True, comment="movies.film_id; null: no film of the catalogue"),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("rated_film_id", name="pk_dim_rated_film"),
        schema=SCHEMA,
    )
    op.create_index("ix_dim_rated_film_film_id", "dim_rated_film", ["film_id"], schema=SCHEMA)


def _dim_reviewer() -> None:
    op.create_table(
        "dim_reviewer",
        Column("reviewer_id", TEXT, nullable=False, comment="the source's own id"),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("name", TEXT, nullable=True, comment="a pseudonym, unless that was switched off"),
        Column("review_count", BigInteger(), nullable=True, comment="as the source tells it"),
        Column("joined_at", MOMENT, nullable=True),
        Column("useful_votes", BigInteger(), nullable=True),
        Column("funny_votes", BigInteger(), nullable=True),
        Column("cool_votes", BigInteger(), nullable=True),
        Column("fans", BigInteger(), nullable=True),
        Column("average_stars", Double(), nullable=True, comment="1 to 5, as the source tells it"),
        Column("friend_count", BigInteger(), nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("reviewer_id", name="pk_dim_reviewer"),
        schema=SCHEMA,
    )


def _dim_venue() -> None:
    op.create_table(
        "dim_venue",
        Column("venue_id", TEXT, nullable=False, comment="the source's own id; without one, the file's name"),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("name", TEXT, nullable=True),
        Column("address", TEXT, nullable=True),
        Column("city", TEXT, nullable=True),
        Column("state", TEXT, nullable=True),
        Column("postal_code", TEXT, nullable=True),
        Column("country", TEXT, nullable=True),
        Column("latitude", Double(), nullable=True, comment="degrees"),
        Column("longitude", Double(), nullable=True, comment="degrees"),
        Column("stars", Double(), nullable=True, comment="1 to 5, as the source tells it"),
        Column("review_count", BigInteger(), nullable=True, comment="as the source tells it"),
        Column("is_open", Boolean(), nullable=True),
        Column("is_cinema", Boolean(), nullable=True, comment="null: nobody tells of the place"),
        Column("is_video_shop", Boolean(), nullable=True, comment="null: nobody tells of the place"),
        Column("attributes", TEXT, nullable=True, comment="JSON"),
        Column("hours", TEXT, nullable=True, comment='JSON: {"Monday": "08:00-18:30"}'),
        Column("price_level", BigInteger(), nullable=True, comment="1 the cheapest"),
        Column("url", TEXT, nullable=True),
        Column(
            "is_inferred", Boolean(), nullable=False, comment="no row of the source tells of it; another row names it"
        ),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("venue_id", name="pk_dim_venue"),
        schema=SCHEMA,
    )


def _goals() -> None:
    op.create_table(
        "goals",
        Column("kpi", TEXT, nullable=False, comment="retention, growth, stars_change, sentiment_change"),
        Column("goal", Double(), nullable=False, comment="met where the figure is at least this"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("kpi", name="pk_goals"),
        schema=SCHEMA,
    )


def _rejected() -> None:
    op.create_table(
        "rejected",
        Column("table_name", TEXT, nullable=False, comment="the curated table"),
        Column("raw_seq", BigInteger(), autoincrement=False, nullable=False),
        Column("key", TEXT, nullable=True),
        Column("landed_at", MOMENT, nullable=True),
        Column("rule", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("record", TEXT, nullable=True, comment="the record as it landed"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("table_name", "raw_seq", name="pk_rejected"),
        schema=SCHEMA,
    )


def _repairs() -> None:
    op.create_table(
        "repairs",
        Column("table_name", TEXT, nullable=False, comment="the curated table"),
        Column("raw_seq", BigInteger(), autoincrement=False, nullable=False),
        Column("column_name", TEXT, nullable=False),
        Column("rule", TEXT, nullable=False),
        Column("key", TEXT, nullable=True, comment="the row's key"),
        Column("found", TEXT, nullable=True),
        Column("made", TEXT, nullable=True, comment="null: the cell was refused"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        PrimaryKeyConstraint("table_name", "raw_seq", "column_name", "rule", name="pk_repairs"),
        schema=SCHEMA,
    )


def _fact_checkin() -> None:
    op.create_table(
        "fact_checkin",
        Column("venue_id", TEXT, nullable=False),
        Column("checked_in_on", Date(), nullable=False),
        Column("hour", Integer(), autoincrement=False, nullable=False, comment="0 to 23, the source's wall clock"),
        Column("checkins", BigInteger(), nullable=False),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["venue_id"], ["reviews.dim_venue.venue_id"], name="fk_fact_checkin_venue_id"),
        PrimaryKeyConstraint("venue_id", "checked_in_on", "hour", name="pk_fact_checkin"),
        schema=SCHEMA,
    )


def _fact_rating() -> None:
    op.create_table(
        "fact_rating",
        Column("user_id", TEXT, nullable=False),
        Column("rated_film_id", BigInteger(), nullable=False),
        Column("rating", Double(), nullable=False, comment="0.5 to 5"),
        Column("rated_at", MOMENT, nullable=True),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(
            ["rated_film_id"], ["reviews.dim_rated_film.rated_film_id"], name="fk_fact_rating_rated_film_id"
        ),
        PrimaryKeyConstraint("user_id", "rated_film_id", name="pk_fact_rating"),
        schema=SCHEMA,
    )
    op.create_index("ix_fact_rating_rated_film_id", "fact_rating", ["rated_film_id"], schema=SCHEMA)


def _fact_review() -> None:
    op.create_table(
        "fact_review",
        Column("review_id", TEXT, nullable=False),
        Column("venue_id", TEXT, nullable=False),
        Column("reviewer_id", TEXT, nullable=True),
        Column("stars", Double(), nullable=True, comment="1 to 5"),
        Column("reviewed_at", MOMENT, nullable=False, comment="the source's wall clock"),
        Column("reviewed_on", Date(), nullable=False, comment="the first of the month where only the month is known"),
        Column("month", Date(), nullable=False, comment="its first day"),
        Column("date_precision", TEXT, nullable=False, comment="second, day or month"),
        Column("excerpt", TEXT, nullable=True, comment="the first 280 characters of the text"),
        Column("has_text", Boolean(), nullable=False),
        Column("useful_votes", BigInteger(), nullable=True),
        Column("funny_votes", BigInteger(), nullable=True),
        Column("cool_votes", BigInteger(), nullable=True),
        Column("image_count", BigInteger(), nullable=True),
        Column("has_reply", Boolean(), nullable=True, comment="null: the source tells of no owner's replies"),
        Column("owner_replied_at", MOMENT, nullable=True),
        Column(
            "reply_hours",
            Double(),
            nullable=True,
            comment="from the review to the owner's reply; null: not known to the hour, or edited since",
        ),
        Column("language", TEXT, nullable=True, comment="ISO 639-1, as recognised"),
        Column(
            "sentiment", Double(), nullable=True, comment="-1 to 1; null: no text, or no word that the lexicon knows"
        ),
        Column("word_count", BigInteger(), nullable=True, comment="null: not scored yet"),
        Column("spam_score", Double(), nullable=True, comment="0 to 1, the share of spam signs"),
        Column("is_duplicate_text", Boolean(), nullable=False, comment="another review has the same text"),
        Column("is_orphan", Boolean(), nullable=False, comment="no source row tells of its venue"),
        Column(
            "is_in_burst",
            Boolean(),
            nullable=False,
            comment="of a day with far more reviews than the venue's mean: see review_bursts",
        ),
        Column(
            "outlier_rule",
            TEXT,
            nullable=True,
            comment="stars_far_from_venue, very_long_text or future_date; null: no outlier",
        ),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["venue_id"], ["reviews.dim_venue.venue_id"], name="fk_fact_review_venue_id"),
        ForeignKeyConstraint(["reviewer_id"], ["reviews.dim_reviewer.reviewer_id"], name="fk_fact_review_reviewer_id"),
        PrimaryKeyConstraint("review_id", name="pk_fact_review"),
        schema=SCHEMA,
    )
    op.create_index("ix_fact_review_reviewed_at", "fact_review", ["reviewed_at"], schema=SCHEMA)
    op.create_index("ix_fact_review_reviewer_id", "fact_review", ["reviewer_id"], schema=SCHEMA)
    op.create_index("ix_fact_review_venue_id", "fact_review", ["venue_id"], schema=SCHEMA)


def _fact_tip() -> None:
    op.create_table(
        "fact_tip",
        Column("tip_id", TEXT, nullable=False),
        Column("venue_id", TEXT, nullable=False),
        Column("reviewer_id", TEXT, nullable=True),
        Column("tipped_at", MOMENT, nullable=True, comment="the source's wall clock"),
        Column("excerpt", TEXT, nullable=True, comment="the first 280 characters of the text"),
        Column("compliment_count", BigInteger(), nullable=True),
        Column(
            "source", TEXT, nullable=True, comment="the layout of the files that it came in: yelp, google_maps, ..."
        ),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["venue_id"], ["reviews.dim_venue.venue_id"], name="fk_fact_tip_venue_id"),
        ForeignKeyConstraint(["reviewer_id"], ["reviews.dim_reviewer.reviewer_id"], name="fk_fact_tip_reviewer_id"),
        PrimaryKeyConstraint("tip_id", name="pk_fact_tip"),
        schema=SCHEMA,
    )
    op.create_index("ix_fact_tip_reviewer_id", "fact_tip", ["reviewer_id"], schema=SCHEMA)
    op.create_index("ix_fact_tip_venue_id", "fact_tip", ["venue_id"], schema=SCHEMA)


def _venue_categories() -> None:
    op.create_table(
        "venue_categories",
        Column("venue_id", TEXT, nullable=False),
        Column("category", TEXT, nullable=False),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["venue_id"], ["reviews.dim_venue.venue_id"], name="fk_venue_categories_venue_id"),
        PrimaryKeyConstraint("venue_id", "category", name="pk_venue_categories"),
        schema=SCHEMA,
    )


def _rated_film_genres() -> None:
    op.create_table(
        "rated_film_genres",
        Column("rated_film_id", BigInteger(), nullable=False),
        Column("genre", TEXT, nullable=False, comment="as the source writes it"),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(
            ["rated_film_id"], ["reviews.dim_rated_film.rated_film_id"], name="fk_rated_film_genres_rated_film_id"
        ),
        PrimaryKeyConstraint("rated_film_id", "genre", name="pk_rated_film_genres"),
        schema=SCHEMA,
    )


def _review_aspects() -> None:
    op.create_table(
        "review_aspects",
        Column("review_id", TEXT, nullable=False),
        Column("aspect", TEXT, nullable=False, comment="screen, sound, seats, staff, price, ..."),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["review_id"], ["reviews.fact_review.review_id"], name="fk_review_aspects_review_id"),
        PrimaryKeyConstraint("review_id", "aspect", name="pk_review_aspects"),
        schema=SCHEMA,
    )


def _review_spam_signs() -> None:
    op.create_table(
        "review_spam_signs",
        Column("review_id", TEXT, nullable=False),
        Column("sign", TEXT, nullable=False),
        Column("raw_seq", BigInteger(), nullable=False, comment="the row of raw that it was made of"),
        Column("load_seq", BigInteger(), nullable=False, comment="the load of this file that wrote the row, from 1"),
        ForeignKeyConstraint(["review_id"], ["reviews.fact_review.review_id"], name="fk_review_spam_signs_review_id"),
        PrimaryKeyConstraint("review_id", "sign", name="pk_review_spam_signs"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop all of it, and what was granted with it."""
    op.execute(f"alter default privileges in schema reviews revoke all on tables from {LOADER}, {READER}")
    for table in (
        "review_spam_signs",
        "review_aspects",
        "rated_film_genres",
        "venue_categories",
        "fact_tip",
        "fact_review",
        "fact_rating",
        "fact_checkin",
        "repairs",
        "rejected",
        "goals",
        "dim_venue",
        "dim_reviewer",
        "dim_rated_film",
    ):
        op.drop_table(table, schema=SCHEMA)
    op.execute("drop schema reviews")
