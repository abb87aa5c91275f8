"""The bare floor: the least that can be done to have the same relational tables in DuckDB.

The file is read whole and decoded into the same typed structs, the columns are gathered in one pass a table, Polars
makes the frames, DuckDB takes them. No lake, no verbatim copy, no contract, no quarantine, no watermark: it cannot
resume, and it cannot tell what it left out.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import polars as pl
import pyarrow as pa

from taquilla.tables import tmdb
from taquilla.tables.films import popularity_level, rating_level

TABLES = (
    "movies",
    "collections",
    "genres",
    "movie_genres",
    "production_companies",
    "movie_production_companies",
    "countries",
    "movie_countries",
    "languages",
    "movie_languages",
    "keywords",
    "movie_keywords",
    "people",
    "movie_people",
    "film_snapshots",
    "movie_data_warehouse",
)

Field = Callable[[Any], Any]

MOVIES: dict[str, tuple[pl.DataType, Field]] = {
    "film_id": (pl.Int64(), attrgetter("id")),
    "title": (pl.String(), attrgetter("title")),
    "original_title": (pl.String(), attrgetter("original_title")),
    "original_language": (pl.String(), attrgetter("original_language")),
    "overview": (pl.String(), attrgetter("overview")),
    "date_text": (pl.String(), attrgetter("release_date")),
    "status": (pl.String(), attrgetter("status")),
    "budget_usd": (pl.Int64(), attrgetter("budget")),
    "revenue_usd": (pl.Int64(), attrgetter("revenue")),
    "runtime_min": (pl.Int64(), attrgetter("runtime")),
    "popularity": (pl.Float64(), attrgetter("popularity")),
    "vote_average": (pl.Float64(), attrgetter("vote_average")),
    "vote_count": (pl.Int64(), attrgetter("vote_count")),
    "is_adult": (pl.Boolean(), attrgetter("adult")),
    "imdb_id": (pl.String(), attrgetter("imdb_id")),
    "poster_path": (pl.String(), attrgetter("poster_path")),
    "collection_id": (pl.Int64(), lambda film: film.belongs_to_collection and film.belongs_to_collection.id),
    "collection_name": (pl.String(), lambda film: film.belongs_to_collection and film.belongs_to_collection.name),
}

# Table, its key, link table, the films' list, and the columns as (ours, type, TMDB's).
ENTITIES: tuple[tuple[str, str, Field, dict[str, tuple[pl.DataType, str]]], ...] = (
    (
        "genres",
        "movie_genres",
        attrgetter("genres"),
        {"genre_id": (pl.Int64(), "id"), "name": (pl.String(), "name")},
    ),
    (
        "production_companies",
        "movie_production_companies",
        attrgetter("production_companies"),
        {
            "company_id": (pl.Int64(), "id"),
            "name": (pl.String(), "name"),
            "country_code": (pl.String(), "origin_country"),
        },
    ),
    (
        "countries",
        "movie_countries",
        attrgetter("production_countries"),
        {"country_code": (pl.String(), "iso_3166_1"), "name": (pl.String(), "name")},
    ),
    (
        "languages",
        "movie_languages",
        attrgetter("spoken_languages"),
        {"language_code": (pl.String(), "iso_639_1"), "name": (pl.String(), "name")},
    ),
    (
        "keywords",
        "movie_keywords",
        attrgetter("keywords.keywords"),
        {"keyword_id": (pl.Int64(), "id"), "name": (pl.String(), "name")},
    ),
)

PERSON: dict[str, tuple[pl.DataType, str]] = {
    "person_id": (pl.Int64(), "id"),
    "name": (pl.String(), "name"),
    "gender": (pl.Int32(), "gender"),
    "credit_id": (pl.String(), "credit_id"),
}
CAST = PERSON | {"character": (pl.String(), "character"), "cast_order": (pl.Int32(), "order")}
CREW = PERSON | {"department": (pl.String(), "department"), "job": (pl.String(), "job")}

DATA_WAREHOUSE = """
    create table movie_data_warehouse as
    select row_number() over () as id, m.film_id as tmdb_id, m.title, cast(m.release_date as text) as release_date,
           m.release_year, coalesce(g.name, 'Unknown') as genre, m.budget_usd as budget, m.revenue_usd as revenue,
           m.runtime_min as runtime, coalesce(p.name, 'Unknown') as director, m.popularity, m.vote_average,
           m.vote_count, m.roi, m.popularity_level, m.rating_level, m.is_profitable, m.fetched_at as data_date
    from movies as m
    left join (movie_genres as l join genres as g using (genre_id)) on l.film_id = m.film_id
    left join (
        (select distinct film_id, person_id from movie_people where job = 'Director') as d
        join people as p using (person_id)) on d.film_id = m.film_id
"""


def build(path: str, warehouse: str) -> dict[str, Any]:
    """The warehouse of the films in an NDJSON file (plain or .gz)."""
    films = _decoded(Path(path))
    fetched_at = datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    connection = duckdb.connect(warehouse)
    connection.execute("set timezone = 'UTC'")
    connection.execute("begin")
    for table, rows in _tables(films, fetched_at):
        connection.register("rows", rows)
        connection.execute(f"create table {table} as from rows")
    connection.execute(DATA_WAREHOUSE)
    connection.execute("commit")
    connection.close()
    return {}


def _decoded(path: Path) -> Sequence[tmdb.Film]:
    with pa.input_stream(str(path), compression="detect") as file:
        return msgspec.json.Decoder(tmdb.Film).decode_lines(file.read())


def _tables(films: Sequence[tmdb.Film], fetched_at: datetime) -> Iterable[tuple[str, pl.DataFrame]]:
    movies = _movies(films, fetched_at)
    collections = movies.select("collection_id", name="collection_name").drop_nulls("collection_id")
    yield "collections", collections.unique("collection_id")
    yield "movies", movies.drop("collection_name")
    yield "film_snapshots", _snapshots(movies)
    for table, link, entries_of, fields in ENTITIES:
        key = next(iter(fields))
        entries = _entries(films, entries_of, fields)
        yield table, entries.drop("film_id").unique(key)
        yield link, entries.select("film_id", key).unique()
    yield from _people(films)


def _movies(films: Sequence[tmdb.Film], fetched_at: datetime) -> pl.DataFrame:
    columns = {name: pl.Series([get(film) for film in films], dtype=dtype) for name, (dtype, get) in MOVIES.items()}
    known = pl.DataFrame(columns).with_columns(
        *[_null_if(name, 0) for name in ("budget_usd", "revenue_usd", "runtime_min")],
        *[_null_if(name, "") for name in ("original_language", "overview", "imdb_id", "poster_path")],
        vote_average=pl.when(pl.col("vote_count") > 0).then("vote_average"),
        release_date=pl.col("date_text").str.to_date("%Y-%m-%d", strict=False),
        fetched_at=pl.lit(fetched_at, pl.Datetime("us", "UTC")),
    )
    return known.drop("date_text").with_columns(
        release_year=pl.col("release_date").dt.year(),
        roi=(pl.col("revenue_usd") - pl.col("budget_usd")) / pl.col("budget_usd"),
        is_profitable=pl.col("revenue_usd") > pl.col("budget_usd"),
        popularity_at=pl.col("fetched_at"),
        popularity_percentile=(pl.col("popularity").rank("min") - 1) / (pl.col("popularity").count() - 1),
        popularity_level=popularity_level(pl.col("popularity")),
        rating_level=rating_level(pl.col("vote_average")),
        is_removed=pl.lit(False),
    )


def _null_if(name: str, unknown: object) -> pl.Expr:
    return pl.when(pl.col(name) != unknown).then(name).alias(name)


def _snapshots(movies: pl.DataFrame) -> pl.DataFrame:
    return movies.select(
        "film_id",
        "popularity",
        "vote_average",
        "vote_count",
        "revenue_usd",
        snapshot_at="fetched_at",
        origin=pl.lit("details"),
    )


def _people(films: Sequence[tmdb.Film]) -> Iterable[tuple[str, pl.DataFrame]]:
    cast = _entries(films, attrgetter("credits.cast"), CAST).with_columns(credit_type=pl.lit("cast"))
    crew = _entries(films, attrgetter("credits.crew"), CREW).with_columns(credit_type=pl.lit("crew"))
    everyone = pl.concat([cast, crew], how="diagonal")
    yield "people", everyone.select("person_id", "name", "gender").unique("person_id")
    yield "movie_people", everyone.drop("name", "gender").unique(["film_id", "credit_id"])


def _entries(films: Sequence[tmdb.Film], entries_of: Field, fields: dict[str, tuple[pl.DataType, str]]) -> pl.DataFrame:
    """A row an entry, with its film."""
    lists = [entries_of(film) for film in films]
    flat = [entry for entries in lists for entry in entries]
    columns = {
        ours: pl.Series(list(map(attrgetter(theirs), flat)), dtype=dtype) for ours, (dtype, theirs) in fields.items()
    }
    owners = [film.id for film, entries in zip(films, lists, strict=True) for _ in entries]
    return pl.DataFrame({"film_id": pl.Series(owners, dtype=pl.Int64)} | columns)
