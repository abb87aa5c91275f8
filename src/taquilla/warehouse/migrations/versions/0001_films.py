"""Films and what they name, their snapshots, the seeds' wide table, and what is told of the platform itself.

Revision 0001, the first. It stays as it is, whatever `model.py` becomes.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Text,
)

revision, down_revision, branch_labels, depends_on = "0001", None, None, None

TEXT = Text(collation="C")
MOMENT = DateTime(timezone=True)

SCHEMAS = ("ops", "mart", "materialized")


def upgrade() -> None:
    """Create the schemas and the tables."""
    for schema in SCHEMAS:
        op.execute(f"create schema {schema}")
    _named_by_films()
    _movies()
    _links()
    _histories()
    _platform()


def _named_by_films() -> None:
    op.create_table(
        "collections",
        Column("collection_id", BigInteger(), autoincrement=False, nullable=False),
        Column("name", TEXT, nullable=False),
        PrimaryKeyConstraint("collection_id", name="pk_collections"),
    )
    op.create_table(
        "countries",
        Column("country_code", TEXT, nullable=False, comment="ISO 3166-1"),
        Column("name", TEXT, nullable=True),
        PrimaryKeyConstraint("country_code", name="pk_countries"),
    )
    op.create_table(
        "genres",
        Column("genre_id", BigInteger(), autoincrement=False, nullable=False),
        Column("name", TEXT, nullable=False),
        PrimaryKeyConstraint("genre_id", name="pk_genres"),
    )
    op.create_table(
        "keywords",
        Column("keyword_id", BigInteger(), autoincrement=False, nullable=False),
        Column("name", TEXT, nullable=False),
        PrimaryKeyConstraint("keyword_id", name="pk_keywords"),
    )
    op.create_table(
        "languages",
        Column("language_code", TEXT, nullable=False, comment="ISO 639-1"),
        Column("name", TEXT, nullable=True),
        PrimaryKeyConstraint("language_code", name="pk_languages"),
    )
    op.create_table(
        "people",
        Column(
            "person_id", BigInteger(), autoincrement=False, nullable=False, comment="TMDB's id: homonyms stay apart"
        ),
        Column("name", TEXT, nullable=False),
        Column("gender", Integer(), nullable=True, comment="1 female, 2 male, 3 non-binary; null: unknown"),
        PrimaryKeyConstraint("person_id", name="pk_people"),
    )
    op.create_table(
        "production_companies",
        Column("company_id", BigInteger(), autoincrement=False, nullable=False, comment="TMDB's id: names repeat"),
        Column("name", TEXT, nullable=False),
        Column("country_code", TEXT, nullable=True, comment="ISO 3166-1"),
        PrimaryKeyConstraint("company_id", name="pk_production_companies"),
    )


def _movies() -> None:
    op.create_table(
        "movies",
        Column("film_id", BigInteger(), autoincrement=False, nullable=False, comment="TMDB's film id"),
        Column("title", TEXT, nullable=False),
        Column("original_title", TEXT, nullable=True),
        Column("original_language", TEXT, nullable=True, comment="ISO 639-1"),
        Column("overview", TEXT, nullable=True),
        Column("release_date", Date(), nullable=True),
        Column("release_year", Integer(), nullable=True),
        Column("status", TEXT, nullable=True),
        Column("budget_usd", BigInteger(), nullable=True, comment="US dollars; null: unknown"),
        Column("revenue_usd", BigInteger(), nullable=True, comment="US dollars; null: unknown"),
        Column("runtime_min", Integer(), nullable=True, comment="minutes; null: unknown"),
        Column(
            "popularity", Double(), nullable=True, comment="the newest that is known, from details or the daily export"
        ),
        Column("popularity_at", MOMENT, nullable=True, comment="the moment of that popularity"),
        Column(
            "popularity_percentile", Double(), nullable=True, comment="0 to 1 among the films that have a popularity"
        ),
        Column("popularity_level", TEXT, nullable=True, comment="Alta > 20, Media > 10, Baja > 5, else Muy Baja"),
        Column("vote_average", Double(), nullable=True, comment="0 to 10; null without votes"),
        Column("vote_count", BigInteger(), nullable=True),
        Column("rating_level", TEXT, nullable=True, comment="Excelente >= 8, Buena >= 6, Regular >= 4, else Mala"),
        Column("roi", Double(), nullable=True, comment="(revenue - budget) / budget; null where either is unknown"),
        Column("is_profitable", Boolean(), nullable=True, comment="revenue > budget; null where either is unknown"),
        Column("is_adult", Boolean(), nullable=True),
        Column("imdb_id", TEXT, nullable=True),
        Column("poster_path", TEXT, nullable=True),
        Column("collection_id", BigInteger(), nullable=True),
        Column("fetched_at", MOMENT, nullable=False, comment="when TMDB's record was read"),
        Column("is_removed", Boolean(), nullable=False, comment="TMDB has since answered 404"),
        Column("removed_at", MOMENT, nullable=True),
        CheckConstraint("budget_usd > 0", name=op.f("ck_movies_budget_usd")),
        CheckConstraint("popularity >= 0", name=op.f("ck_movies_popularity")),
        CheckConstraint("popularity_percentile between 0 and 1", name=op.f("ck_movies_popularity_percentile")),
        CheckConstraint("revenue_usd > 0", name=op.f("ck_movies_revenue_usd")),
        CheckConstraint("runtime_min > 0", name=op.f("ck_movies_runtime_min")),
        CheckConstraint("vote_average between 0 and 10", name=op.f("ck_movies_vote_average")),
        CheckConstraint("vote_count >= 0", name=op.f("ck_movies_vote_count")),
        ForeignKeyConstraint(["collection_id"], ["collections.collection_id"], name="fk_movies_collection_id"),
        PrimaryKeyConstraint("film_id", name="pk_movies"),
    )
    op.create_index("ix_movies_collection_id", "movies", ["collection_id"])
    op.create_index("ix_movies_release_date", "movies", ["release_date"])
    op.create_index("ix_movies_title", "movies", ["title"], postgresql_using="hash")


def _links() -> None:
    op.create_table(
        "movie_countries",
        Column("film_id", BigInteger(), nullable=False),
        Column("country_code", TEXT, nullable=False),
        ForeignKeyConstraint(["country_code"], ["countries.country_code"], name="fk_movie_countries_country_code"),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_countries_film_id"),
        PrimaryKeyConstraint("film_id", "country_code", name="pk_movie_countries"),
    )
    op.create_index("ix_movie_countries_country_code", "movie_countries", ["country_code"])
    op.create_table(
        "movie_genres",
        Column("film_id", BigInteger(), nullable=False),
        Column("genre_id", BigInteger(), nullable=False),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_genres_film_id"),
        ForeignKeyConstraint(["genre_id"], ["genres.genre_id"], name="fk_movie_genres_genre_id"),
        PrimaryKeyConstraint("film_id", "genre_id", name="pk_movie_genres"),
    )
    op.create_index("ix_movie_genres_genre_id", "movie_genres", ["genre_id"])
    op.create_table(
        "movie_keywords",
        Column("film_id", BigInteger(), nullable=False),
        Column("keyword_id", BigInteger(), nullable=False),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_keywords_film_id"),
        ForeignKeyConstraint(["keyword_id"], ["keywords.keyword_id"], name="fk_movie_keywords_keyword_id"),
        PrimaryKeyConstraint("film_id", "keyword_id", name="pk_movie_keywords"),
    )
    op.create_index("ix_movie_keywords_keyword_id", "movie_keywords", ["keyword_id"])
    op.create_table(
        "movie_languages",
        Column("film_id", BigInteger(), nullable=False),
        Column("language_code", TEXT, nullable=False),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_languages_film_id"),
        ForeignKeyConstraint(["language_code"], ["languages.language_code"], name="fk_movie_languages_language_code"),
        PrimaryKeyConstraint("film_id", "language_code", name="pk_movie_languages"),
    )
    op.create_index("ix_movie_languages_language_code", "movie_languages", ["language_code"])
    op.create_table(
        "movie_people",
        Column("film_id", BigInteger(), nullable=False),
        Column("credit_id", TEXT, nullable=False, comment="one row a credit"),
        Column("person_id", BigInteger(), nullable=False),
        Column("credit_type", TEXT, nullable=False),
        Column("character", TEXT, nullable=True),
        Column("cast_order", Integer(), nullable=True, comment="0 is first billed"),
        Column("department", TEXT, nullable=True),
        Column("job", TEXT, nullable=True),
        CheckConstraint("credit_type in ('cast', 'crew')", name=op.f("ck_movie_people_credit_type")),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_people_film_id"),
        ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_movie_people_person_id"),
        PrimaryKeyConstraint("film_id", "credit_id", name="pk_movie_people"),
    )
    op.create_index("ix_movie_people_person_id", "movie_people", ["person_id"])
    op.create_table(
        "movie_production_companies",
        Column("film_id", BigInteger(), nullable=False),
        Column("company_id", BigInteger(), nullable=False),
        ForeignKeyConstraint(
            ["company_id"], ["production_companies.company_id"], name="fk_movie_production_companies_company_id"
        ),
        ForeignKeyConstraint(["film_id"], ["movies.film_id"], name="fk_movie_production_companies_film_id"),
        PrimaryKeyConstraint("film_id", "company_id", name="pk_movie_production_companies"),
    )
    op.create_index("ix_movie_production_companies_company_id", "movie_production_companies", ["company_id"])


def _histories() -> None:
    op.create_table(
        "film_snapshots",
        Column("film_id", BigInteger(), autoincrement=False, nullable=False),
        Column("snapshot_at", MOMENT, nullable=False),
        Column("popularity", Double(), nullable=True),
        Column("vote_average", Double(), nullable=True),
        Column("vote_count", BigInteger(), nullable=True),
        Column("revenue_usd", BigInteger(), nullable=True),
        Column("origin", TEXT, nullable=False, comment="details or export"),
        CheckConstraint("origin in ('details', 'export')", name=op.f("ck_film_snapshots_origin")),
        PrimaryKeyConstraint("film_id", "snapshot_at", name="pk_film_snapshots"),
    )
    op.create_index("ix_film_snapshots_snapshot_at", "film_snapshots", ["snapshot_at"])
    op.create_table(
        "load_marks",
        Column("source", TEXT, nullable=False, comment="a table of the lake"),
        Column("position", BigInteger(), nullable=False, comment="how far it is loaded, in rows of raw"),
        PrimaryKeyConstraint("source", name="pk_load_marks"),
    )
    op.create_table(
        "movie_data_warehouse",
        Column(
            "id", BigInteger(), Identity(always=False), nullable=False, comment="a number of a load; it means nothing"
        ),
        Column("tmdb_id", BigInteger(), nullable=False),
        Column("title", TEXT, nullable=False),
        Column("release_date", TEXT, nullable=True, comment="YYYY-MM-DD"),
        Column("release_year", Integer(), nullable=True),
        Column("genre", TEXT, nullable=False, comment="'Unknown' where the film has none"),
        Column("budget", BigInteger(), nullable=True),
        Column("revenue", BigInteger(), nullable=True),
        Column("runtime", Integer(), nullable=True),
        Column("director", TEXT, nullable=False, comment="'Unknown' where the film has none"),
        Column("popularity", Double(), nullable=True),
        Column("vote_average", Double(), nullable=True),
        Column("vote_count", BigInteger(), nullable=True),
        Column("roi", Double(), nullable=True),
        Column("popularity_level", TEXT, nullable=True),
        Column("rating_level", TEXT, nullable=True),
        Column("is_profitable", Boolean(), nullable=True),
        Column("data_date", MOMENT, nullable=True, comment="when TMDB's record was read"),
        ForeignKeyConstraint(["tmdb_id"], ["movies.film_id"], name="fk_movie_data_warehouse_tmdb_id"),
        PrimaryKeyConstraint("id", name="pk_movie_data_warehouse"),
    )
    op.create_index("ix_movie_data_warehouse_tmdb_id", "movie_data_warehouse", ["tmdb_id"])


def _platform() -> None:
    op.create_table(
        "accounts",
        Column("state", TEXT, nullable=False, comment="landed, current, superseded, quarantined, dead, ..."),
        Column("records", BigInteger(), nullable=False),
        PrimaryKeyConstraint("state", name="pk_accounts"),
        schema="ops",
    )
    op.create_table(
        "rejected",
        Column("raw_seq", BigInteger(), autoincrement=False, nullable=False, comment="the row of raw.tmdb_films"),
        Column("kind", TEXT, nullable=False),
        Column("film_id", BigInteger(), nullable=True),
        Column("fetched_at", MOMENT, nullable=False),
        Column("rule", TEXT, nullable=True, comment="the rules that a quarantined record broke"),
        Column("reason", TEXT, nullable=False),
        Column("topic", TEXT, nullable=True),
        Column("partition", BigInteger(), nullable=True),
        Column("offset", BigInteger(), nullable=True),
        CheckConstraint("kind in ('dead letter', 'quarantined')", name=op.f("ck_rejected_kind")),
        PrimaryKeyConstraint("raw_seq", name="pk_rejected"),
        schema="ops",
    )
    op.create_table(
        "runs",
        Column("run_seq", BigInteger(), autoincrement=False, nullable=False),
        Column("run_id", TEXT, nullable=False),
        Column("step", TEXT, nullable=False),
        Column("started_at", MOMENT, nullable=False),
        Column("seconds", Double(), nullable=False),
        Column("outcome", TEXT, nullable=False, comment="ok or failed"),
        Column("rows", BigInteger(), nullable=True),
        Column("quarantined", BigInteger(), nullable=True),
        Column("dead", BigInteger(), nullable=True),
        Column("peak_memory_mb", Double(), nullable=True),
        Column("note", TEXT, nullable=True),
        Column("version", TEXT, nullable=False),
        CheckConstraint("outcome in ('ok', 'failed')", name=op.f("ck_runs_outcome")),
        PrimaryKeyConstraint("run_seq", name="pk_runs"),
        schema="ops",
    )


def downgrade() -> None:
    """Drop all of it."""
    for table in (
        "movie_production_companies",
        "movie_people",
        "movie_languages",
        "movie_keywords",
        "movie_genres",
        "movie_data_warehouse",
        "movie_countries",
        "movies",
        "production_companies",
        "people",
        "load_marks",
        "languages",
        "keywords",
        "genres",
        "film_snapshots",
        "countries",
        "collections",
    ):
        op.drop_table(table)
    for table in ("rejected", "runs", "accounts"):
        op.drop_table(table, schema="ops")
    for schema in SCHEMAS:
        op.execute(f"drop schema {schema}")
