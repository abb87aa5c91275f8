"""The warehouse's tables, with the seeds' names; the one description that every database's DDL is made from.

Grain and keys stand here as primary and foreign keys. DuckDB is created without them (see `duckdb.py`).
Money is BIGINT: a revenue of 2,923,706,026 does not fit an INTEGER.
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
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()


def _utc() -> DateTime:
    return DateTime(timezone=True)


def _film() -> Column[int]:
    return Column("film_id", ForeignKey("movies.film_id"), primary_key=True)


movies = Table(
    "movies",
    metadata,
    Column("film_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's film id"),
    Column("title", Text, nullable=False),
    Column("original_title", Text),
    Column("original_language", Text, comment="ISO 639-1"),
    Column("overview", Text),
    Column("release_date", Date),
    Column("release_year", Integer),
    Column("status", Text),
    Column("budget_usd", BigInteger, CheckConstraint("budget_usd > 0"), comment="US dollars; null: unknown"),
    Column("revenue_usd", BigInteger, CheckConstraint("revenue_usd > 0"), comment="US dollars; null: unknown"),
    Column("runtime_min", Integer, CheckConstraint("runtime_min > 0"), comment="minutes; null: unknown"),
    Column("popularity", Double, comment="the newest that is known, from details or the daily export"),
    Column("popularity_at", _utc(), comment="the moment of that popularity"),
    Column("popularity_percentile", Double, comment="0 to 1 among the films that have a popularity"),
    Column("popularity_level", Text, comment="Alta > 20, Media > 10, Baja > 5, else Muy Baja"),
    Column("vote_average", Double, comment="0 to 10; null without votes"),
    Column("vote_count", BigInteger),
    Column("rating_level", Text, comment="Excelente >= 8, Buena >= 6, Regular >= 4, else Mala"),
    Column("roi", Double, comment="(revenue - budget) / budget; null where either is unknown"),
    Column("is_profitable", Boolean, comment="revenue > budget; null where either is unknown"),
    Column("is_adult", Boolean),
    Column("imdb_id", Text),
    Column("poster_path", Text),
    Column("collection_id", ForeignKey("collections.collection_id")),
    Column("fetched_at", _utc(), nullable=False, comment="when TMDB's record was read"),
    Column("is_removed", Boolean, nullable=False, comment="TMDB has since answered 404"),
    Column("removed_at", _utc()),
)

collections = Table(
    "collections",
    metadata,
    Column("collection_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

genres = Table(
    "genres",
    metadata,
    Column("genre_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

movie_genres = Table(
    "movie_genres", metadata, _film(), Column("genre_id", ForeignKey("genres.genre_id"), primary_key=True)
)

production_companies = Table(
    "production_companies",
    metadata,
    Column("company_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's id: names repeat"),
    Column("name", Text, nullable=False),
    Column("country_code", Text, comment="ISO 3166-1"),
)

movie_production_companies = Table(
    "movie_production_companies",
    metadata,
    _film(),
    Column("company_id", ForeignKey("production_companies.company_id"), primary_key=True),
)

people = Table(
    "people",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False, comment="TMDB's id: homonyms stay apart"),
    Column("name", Text, nullable=False),
    Column("gender", Integer, comment="1 female, 2 male, 3 non-binary; null: unknown"),
)

movie_people = Table(
    "movie_people",
    metadata,
    Column("film_id", ForeignKey("movies.film_id"), primary_key=True),
    Column("credit_id", Text, primary_key=True, comment="one row a credit"),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("credit_type", Text, CheckConstraint("credit_type in ('cast', 'crew')"), nullable=False),
    Column("character", Text),
    Column("cast_order", Integer, comment="0 is first billed"),
    Column("department", Text),
    Column("job", Text),
)

countries = Table(
    "countries",
    metadata,
    Column("country_code", Text, primary_key=True, comment="ISO 3166-1"),
    Column("name", Text),
)

movie_countries = Table(
    "movie_countries", metadata, _film(), Column("country_code", ForeignKey("countries.country_code"), primary_key=True)
)

languages = Table(
    "languages",
    metadata,
    Column("language_code", Text, primary_key=True, comment="ISO 639-1"),
    Column("name", Text),
)

movie_languages = Table(
    "movie_languages",
    metadata,
    _film(),
    Column("language_code", ForeignKey("languages.language_code"), primary_key=True),
)

keywords = Table(
    "keywords",
    metadata,
    Column("keyword_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

movie_keywords = Table(
    "movie_keywords", metadata, _film(), Column("keyword_id", ForeignKey("keywords.keyword_id"), primary_key=True)
)

film_snapshots = Table(
    "film_snapshots",
    metadata,
    Column("film_id", BigInteger, primary_key=True, autoincrement=False),
    Column("snapshot_at", _utc(), primary_key=True),
    Column("popularity", Double),
    Column("vote_average", Double),
    Column("vote_count", BigInteger),
    Column("revenue_usd", BigInteger),
    Column("origin", Text, nullable=False, comment="details or export"),
)

# The seeds' own columns, under the seeds' names; one row a film x genre x director.
movie_data_warehouse = Table(
    "movie_data_warehouse",
    metadata,
    Column("id", BigInteger, primary_key=True, comment="a number of this load; it means nothing"),
    Column("tmdb_id", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("release_date", Text, comment="YYYY-MM-DD"),
    Column("release_year", Integer),
    Column("genre", Text, nullable=False, comment="'Unknown' where the film has none"),
    Column("budget", BigInteger),
    Column("revenue", BigInteger),
    Column("runtime", Integer),
    Column("director", Text, nullable=False, comment="'Unknown' where the film has none"),
    Column("popularity", Double),
    Column("vote_average", Double),
    Column("vote_count", BigInteger),
    Column("roi", Double),
    Column("popularity_level", Text),
    Column("rating_level", Text),
    Column("is_profitable", Boolean),
    Column("data_date", _utc(), comment="when TMDB's record was read"),
)

load_marks = Table(
    "load_marks",
    metadata,
    Column("source", Text, primary_key=True, comment="a table of the lake"),
    Column("position", BigInteger, nullable=False, comment="how far it is loaded, in rows of raw"),
)

# What the page shows of the platform itself; copied from the lake by every load.
ops = MetaData(schema="ops")

runs = Table(
    "runs",
    ops,
    Column("run_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("started_at", _utc(), nullable=False),
    Column("seconds", Double, nullable=False),
    Column("outcome", Text, nullable=False, comment="ok or failed"),
    Column("rows", BigInteger),
    Column("quarantined", BigInteger),
    Column("dead", BigInteger),
    Column("peak_memory_mb", Double),
    Column("note", Text),
    Column("version", Text, nullable=False),
)

rejected = Table(
    "rejected",
    ops,
    Column("raw_seq", BigInteger, primary_key=True, autoincrement=False, comment="the row of raw.tmdb_films"),
    Column("kind", Text, nullable=False, comment="dead letter or quarantined"),
    Column("film_id", BigInteger),
    Column("fetched_at", _utc(), nullable=False),
    Column("rule", Text, comment="the rules that a quarantined record broke"),
    Column("reason", Text, nullable=False),
    Column("topic", Text),
    Column("partition", BigInteger),
    Column("offset", BigInteger),
)

accounts = Table(
    "accounts",
    ops,
    Column("state", Text, primary_key=True, comment="landed, current, superseded, quarantined, dead, ..."),
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
