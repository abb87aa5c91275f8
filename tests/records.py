"""Literal TMDB records, and the rows of raw and the lakes that are made of them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.land import export_rows
from taquilla.pipeline.load import load_films
from taquilla.pipeline.raw_rows import RawRecord, raw_rows

DRAMA, COMEDY = {"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}


def at(day: float) -> datetime:
    """Noon of the 1st of January 2024 and so many days after."""
    return datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)


def fields(film_id: int, **changed: Any) -> dict[str, Any]:
    """The record of a film that nothing is wrong with, but for what is `changed`."""
    return {
        "id": film_id,
        "title": f"Film {film_id}",
        "release_date": "2020-05-17",
        "budget": 100,
        "revenue": 250,
        "runtime": 90,
        "popularity": 12.5,
        "vote_average": 6.5,
        "vote_count": 10,
        "genres": [DRAMA],
        "production_companies": [],
        "credits": {"cast": [], "crew": []},
    } | changed


def film(film_id: int, **changed: Any) -> bytes:
    """`fields` as TMDB sends them."""
    return json.dumps(fields(film_id, **changed)).encode()


def acts(person_id: int, name: str = "", *, credit: str = "", character: str = "", order: int = 0) -> dict[str, Any]:
    return {
        "id": person_id,
        "name": name or f"Person {person_id}",
        "credit_id": credit or f"a{person_id}",
        "character": character,
        "order": order,
        "gender": None,
    }


def works(person_id: int, name: str = "", *, job: str = "Director", credit: str = "") -> dict[str, Any]:
    return {
        "id": person_id,
        "name": name or f"Person {person_id}",
        "credit_id": credit or f"{job}{person_id}",
        "department": "Directing",
        "job": job,
        "gender": 2,
    }


def read(payload: bytes, day: float = 0) -> RawRecord:
    """An answer of that day."""
    return RawRecord(at(day), payload)


def gone(film_id: int | None, day: float) -> RawRecord:
    """TMDB's 404 of that day."""
    return RawRecord(at(day), None, film_id, 404)


def raw(*records: bytes | RawRecord, begins: int = 0, buckets: int = 1) -> pl.DataFrame:
    """The answers as rows of `raw.tmdb_films`, numbered from `begins`."""
    answers = [record if isinstance(record, RawRecord) else read(record) for record in records]
    rows = raw_rows(answers, topic="test", offset=begins, run_id="test", buckets=buckets)
    return rows.with_columns(pl.int_range(begins, begins + rows.height, dtype=pl.Int64).alias("raw_seq"))


def new_lake(folder: Path) -> Lake:
    return Lake(str(folder / "lake"))


def land(lake: Lake, records: Sequence[RawRecord], *, buckets: int = 1) -> None:
    """Append the records to raw as the next rows of the topic `test`."""
    tables = FilmTables.of(lake, buckets=buckets)
    begins = tables.raw.mark("test") or 0
    rows = raw_rows(records, topic="test", offset=begins, run_id="test", buckets=tables.raw.bucket_count())
    tables.raw.land(rows, source="test", begins=begins)


def curate(lake: Lake, *, rebuild: bool = False) -> None:
    curate_films(lake, engine("local"), rebuild=rebuild)


def load(lake: Lake, warehouse: Path, *, rebuild: bool = False) -> None:
    load_films(lake, warehouse, rebuild=rebuild)


def export(lake: Lake, day: float, popularity: dict[int, float | None]) -> None:
    """Land a daily export, as of 08:00 of that day."""
    tables, date = FilmTables.of(lake), at(day).date()
    rows = export_rows(popularity, date, "test", tables.raw.bucket_count())
    tables.exports.land_once(rows, source="export", version=int(f"{date:%Y%m%d}"), number="export_seq")


def curated(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """What the curated tables say; not in which bucket, nor which raw row last touched a film."""
    tables = FilmTables.of(lake)
    return {
        "films": tables.films.scan().drop("bucket", "raw_seq").sort("film_id").collect().to_dicts(),
        "snapshots": tables.snapshots.scan()
        .drop("bucket")
        .sort("film_id", "snapshot_at", "origin", "origin_seq")
        .collect()
        .to_dicts(),
        "quarantine": tables.quarantine.scan().drop("bucket").sort("raw_seq").collect().to_dicts(),
    }
