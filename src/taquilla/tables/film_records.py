"""Typed TMDB records as one frame: a row a film, its lists nested, in the names of `curated.films`."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import polars as pl

from taquilla.tables import tmdb

Fields = Mapping[str, pl.DataType]

GENRE: Fields = {"genre_id": pl.Int64(), "name": pl.String()}
COMPANY: Fields = {"company_id": pl.Int64(), "name": pl.String(), "country_code": pl.String()}
COUNTRY: Fields = {"country_code": pl.String(), "name": pl.String()}
LANGUAGE: Fields = {"language_code": pl.String(), "name": pl.String()}
KEYWORD: Fields = {"keyword_id": pl.Int64(), "name": pl.String()}
CAST: Fields = {
    "credit_id": pl.String(),
    "person_id": pl.Int64(),
    "name": pl.String(),
    "gender": pl.Int64(),
    "character": pl.String(),
    "order": pl.Int64(),
}
CREW: Fields = {
    "credit_id": pl.String(),
    "person_id": pl.Int64(),
    "name": pl.String(),
    "gender": pl.Int64(),
    "department": pl.String(),
    "job": pl.String(),
}

SCALARS: dict[str, tuple[pl.DataType, Callable[[tmdb.Film], Any]]] = {
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
    "collection_name": (
        pl.String(),
        lambda film: film.belongs_to_collection and film.belongs_to_collection.name,
    ),
}

# Each list of a record: its entries, and its fields as (ours with type, TMDB's). The first is the key in the film.
LISTS: dict[str, tuple[Callable[[tmdb.Film], Sequence[Any]], Fields, tuple[str, ...]]] = {
    "genres": (attrgetter("genres"), GENRE, ("id", "name")),
    "companies": (attrgetter("production_companies"), COMPANY, ("id", "name", "origin_country")),
    "countries": (attrgetter("production_countries"), COUNTRY, ("iso_3166_1", "name")),
    "languages": (attrgetter("spoken_languages"), LANGUAGE, ("iso_639_1", "name")),
    "keywords": (attrgetter("keywords.keywords"), KEYWORD, ("id", "name")),
    "cast": (attrgetter("credits.cast"), CAST, ("credit_id", "id", "name", "gender", "character", "order")),
    "crew": (attrgetter("credits.crew"), CREW, ("credit_id", "id", "name", "gender", "department", "job")),
}


def frame(films: Sequence[tmdb.Film], origin: pl.DataFrame) -> pl.DataFrame:
    """One row a record beside its `origin` row; numbers still as TMDB sent them, 0 for unknown.

    `date_text` is the date as it came, `release_date` what could be read of it.
    """
    scalars = pl.DataFrame(
        {name: [get(film) for film in films] for name, (_, get) in SCALARS.items()},
        schema={name: dtype for name, (dtype, _) in SCALARS.items()},
    )
    nested = [_nested(name, films) for name in LISTS]
    return pl.concat([scalars, *nested, origin], how="horizontal").with_columns(
        release_date=pl.col("date_text").str.to_date("%Y-%m-%d", strict=False)
    )


def _nested(name: str, films: Sequence[tmdb.Film]) -> pl.DataFrame:
    """The list column `name`, a row a film: entries in TMDB's order, one a key."""
    entries_of, fields, theirs = LISTS[name]
    lists = [entries_of(film) for film in films]
    flat = [entry for entries in lists for entry in entries]
    entries = pl.DataFrame(
        {ours: list(map(attrgetter(their), flat)) for ours, their in zip(fields, theirs, strict=True)},
        schema=fields,
    ).with_columns(row=_row_numbers(lists))
    if "gender" in fields:
        # TMDB writes 0 for a gender that it has not been told.
        entries = entries.with_columns(pl.when(pl.col("gender") != 0).then("gender").alias("gender"))
    once = entries.unique(["row", next(iter(fields))], keep="first", maintain_order=True)
    packed = once.group_by("row", maintain_order=True).agg(pl.struct(*fields).alias(name))
    rows = pl.DataFrame({"row": pl.int_range(len(films), eager=True)})
    return rows.join(packed, on="row", how="left", maintain_order="left").select(pl.col(name).fill_null([]))


def _row_numbers(lists: Sequence[Sequence[Any]]) -> pl.Series:
    lengths = pl.DataFrame({"n": [len(entries) for entries in lists]}, schema={"n": pl.Int64})
    numbered = lengths.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return numbered.select(pl.col("row").repeat_by("n").explode(empty_as_null=False)).to_series()
