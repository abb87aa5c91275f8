"""The warehouse's tables, with the seeds' names; the one description that every database's DDL is made from.

Grain and keys stand here as primary and foreign keys. DuckDB is created without them and without indexes (see
`duckdb.py`); PostgreSQL has all of it, by the migrations. Money is BIGINT: a revenue of 2,923,706,026 does not fit an
INTEGER. Text is ordered by its bytes, whatever the database's collation: both databases then order alike.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)

TEXT = Text(collation="C")


def _utc() -> DateTime:
    return DateTime(timezone=True)


def _check(column: str, holds: str) -> CheckConstraint:
    return CheckConstraint(f"{column} {holds}", name=column)


def _film() -> Column[int]:
    return Column("film_id", ForeignKey("movies.film_id"), primary_key=True)


movies = Table(
    "movies",
    metadata,
    Column("film_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's film id"),
    Column("title", TEXT, nullable=False),
    Column("original_title", TEXT),
    Column("original_language", TEXT, comment="ISO 639-1"),
    Column("overview", TEXT),
    Column("release_date", Date, index=True),
    Column("release_year", Integer),
    Column("status", TEXT),
    Column("budget_usd", BigInteger, comment="US dollars; null: unknown"),
    Column("revenue_usd", BigInteger, comment="US dollars; null: unknown"),
    Column("runtime_min", Integer, comment="minutes; null: unknown"),
    Column(
        "popularity",
        Double,
        comment="the newest that is known, from details or the daily export",
    ),
    Column("popularity_at", _utc(), comment="the moment of that popularity"),
    Column(
        "popularity_percentile",
        Double,
        comment="0 to 1 among the films that have a popularity",
    ),
    Column("popularity_level", TEXT, comment="Alta > 20, Media > 10, Baja > 5, else Muy Baja"),
    Column("vote_average", Double, comment="0 to 10; null without votes"),
    Column("vote_count", BigInteger),
    Column("rating_level", TEXT, comment="Excelente >= 8, Buena >= 6, Regular >= 4, else Mala"),
    Column("roi", Double, comment="(revenue - budget) / budget; null where either is unknown"),
    Column("is_profitable", Boolean, comment="revenue > budget; null where either is unknown"),
    Column("is_adult", Boolean),
    Column("imdb_id", TEXT),
    Column("poster_path", TEXT),
    Column("collection_id", ForeignKey("collections.collection_id"), index=True),
    Column("fetched_at", _utc(), nullable=False, comment="when TMDB's record was read"),
    Column("is_removed", Boolean, nullable=False, comment="TMDB has since answered 404"),
    Column("removed_at", _utc()),
    _check("budget_usd", "> 0"),
    _check("revenue_usd", "> 0"),
    _check("runtime_min", "> 0"),
    _check("popularity", ">= 0"),
    _check("popularity_percentile", "between 0 and 1"),
    _check("vote_average", "between 0 and 10"),
    _check("vote_count", ">= 0"),
    # A hash has room for a title of any length; an ordered index has not.
    Index("ix_movies_title", "title", postgresql_using="hash"),
)

collections = Table(
    "collections",
    metadata,
    Column("collection_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", TEXT, nullable=False),
)

genres = Table(
    "genres",
    metadata,
    Column("genre_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", TEXT, nullable=False),
)

movie_genres = Table(
    "movie_genres", metadata, _film(), Column("genre_id", ForeignKey("genres.genre_id"), primary_key=True, index=True)
)

production_companies = Table(
    "production_companies",
    metadata,
    Column("company_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's id: names repeat"),
    Column("name", TEXT, nullable=False),
    Column("country_code", TEXT, comment="ISO 3166-1"),
)

movie_production_companies = Table(
    "movie_production_companies",
    metadata,
    _film(),
    Column("company_id", ForeignKey("production_companies.company_id"), primary_key=True, index=True),
)

people = Table(
    "people",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's id: homonyms stay apart"),
    Column("name", TEXT, nullable=False),
    Column("gender", Integer, comment="1 female, 2 male, 3 non-binary; null: unknown"),
)

movie_people = Table(
    "movie_people",
    metadata,
    Column("film_id", ForeignKey("movies.film_id"), primary_key=True),
    Column("credit_id", TEXT, primary_key=True, comment="one row a credit"),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("credit_type", TEXT, nullable=False),
    Column("character", TEXT),
    Column("cast_order", Integer, comment="0 is first billed"),
    Column("department", TEXT),
    Column("job", TEXT),
    _check("credit_type", "in ('cast', 'crew')"),
)

countries = Table(
    "countries",
    metadata,
    Column("country_code", TEXT, primary_key=True, comment="ISO 3166-1"),
    Column("name", TEXT),
)

movie_countries = Table(
    "movie_countries",
    metadata,
    _film(),
    Column("country_code", ForeignKey("countries.country_code"), primary_key=True, index=True),
)

languages = Table(
    "languages",
    metadata,
    Column("language_code", TEXT, primary_key=True, comment="ISO 639-1"),
    Column("name", TEXT),
)

movie_languages = Table(
    "movie_languages",
    metadata,
    _film(),
    Column("language_code", ForeignKey("languages.language_code"), primary_key=True, index=True),
)

keywords = Table(
    "keywords",
    metadata,
    Column("keyword_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", TEXT, nullable=False),
)

movie_keywords = Table(
    "movie_keywords",
    metadata,
    _film(),
    Column("keyword_id", ForeignKey("keywords.keyword_id"), primary_key=True, index=True),
)

film_snapshots = Table(
    "film_snapshots",
    metadata,
    Column("film_id", BigInteger, primary_key=True, autoincrement=False),
    Column("snapshot_at", _utc(), primary_key=True, index=True),
    Column("popularity", Double),
    Column("vote_average", Double),
    Column("vote_count", BigInteger),
    Column("revenue_usd", BigInteger),
    Column("origin", TEXT, nullable=False, comment="details or export"),
    _check("origin", "in ('details', 'export')"),
)

# The seeds' own columns, under the seeds' names; one row a film x genre x director.
movie_data_warehouse = Table(
    "movie_data_warehouse",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True, comment="a number of a load; it means nothing"),
    Column("tmdb_id", ForeignKey("movies.film_id"), nullable=False, index=True),
    Column("title", TEXT, nullable=False),
    Column("release_date", TEXT, comment="YYYY-MM-DD"),
    Column("release_year", Integer),
    Column("genre", TEXT, nullable=False, comment="'Unknown' where the film has none"),
    Column("budget", BigInteger),
    Column("revenue", BigInteger),
    Column("runtime", Integer),
    Column("director", TEXT, nullable=False, comment="'Unknown' where the film has none"),
    Column("popularity", Double),
    Column("vote_average", Double),
    Column("vote_count", BigInteger),
    Column("roi", Double),
    Column("popularity_level", TEXT),
    Column("rating_level", TEXT),
    Column("is_profitable", Boolean),
    Column("data_date", _utc(), comment="when TMDB's record was read"),
)

load_marks = Table(
    "load_marks",
    metadata,
    Column("source", TEXT, primary_key=True, comment="a table of the lake"),
    Column("position", BigInteger, nullable=False, comment="how far it is loaded, in rows of raw"),
)

# What the page shows of the platform itself; copied from the lake by every load.
ops = MetaData(schema="ops", naming_convention=NAMES)

runs = Table(
    "runs",
    ops,
    Column("run_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", TEXT, nullable=False),
    Column("step", TEXT, nullable=False),
    Column("started_at", _utc(), nullable=False),
    Column("seconds", Double, nullable=False),
    Column("outcome", TEXT, nullable=False, comment="ok or failed"),
    Column("rows", BigInteger),
    Column("quarantined", BigInteger),
    Column("dead", BigInteger),
    Column("peak_memory_mb", Double),
    Column("note", TEXT),
    Column("version", TEXT, nullable=False),
    _check("outcome", "in ('ok', 'failed')"),
)

rejected = Table(
    "rejected",
    ops,
    Column("raw_seq", BigInteger, primary_key=True, autoincrement=False, comment="the row of raw.tmdb_films"),
    Column("kind", TEXT, nullable=False),
    Column("film_id", BigInteger),
    Column("fetched_at", _utc(), nullable=False),
    Column("rule", TEXT, comment="the rules that a quarantined record broke"),
    Column("reason", TEXT, nullable=False),
    Column("topic", TEXT),
    Column("partition", BigInteger),
    Column("offset", BigInteger),
    _check("kind", "in ('dead letter', 'quarantined')"),
)

accounts = Table(
    "accounts",
    ops,
    Column("state", TEXT, primary_key=True, comment="landed, current, superseded, quarantined, dead, ..."),
    Column("records", BigInteger, nullable=False),
)

VIEWS = {
    "dead_letters": """
        select raw_seq, film_id, fetched_at, reason, topic, partition, "offset"
        from ops.rejected where kind = 'dead letter'""",
    "directors": """
        select distinct p.person_id, p.name, p.gender
        from movie_people as c join people as p on p.person_id = c.person_id
        where c.job = 'Director'""",
    "movie_directors": """
        select distinct film_id, person_id from movie_people where job = 'Director'""",
    "actors": """
        select distinct p.person_id, p.name, p.gender
        from movie_people as c join people as p on p.person_id = c.person_id
        where c.credit_type = 'cast'""",
    "movie_actors": """
        select film_id, person_id, credit_id, character, cast_order from movie_people where credit_type = 'cast'""",
}
