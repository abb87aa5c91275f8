"""Files for those who read no database: the seeds' CSV, and a film's record as JSON on request."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from taquilla.errors import DataError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.film_tables import FilmTables
from taquilla.tables.film_messages import record_of
from taquilla.warehouse import duckdb

CSV_NAME = "processed_movies_v2.csv"
# A spreadsheet would run a cell that begins with one of these.
_FORMULA = "^[=+@\\t\\r-]"


def export_csv(warehouse: Path, folder: Path) -> int:
    """`processed_movies_v2.csv`: `movie_data_warehouse` row by row, UTF-8, with a header; the rows written.

    Texts that a spreadsheet would run as a formula are preceded by an apostrophe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{CSV_NAME}.new"
    with duckdb.connect(warehouse) as connection:
        texts = [name for name, kind in _columns(connection) if kind == "VARCHAR"]
        safe = ", ".join(
            f"case when regexp_matches({name}, '{_FORMULA}') then '''' || {name} else {name} end as {name}"
            for name in texts
        )
        query = f"select * replace ({safe}) from movie_data_warehouse order by id"  # noqa: S608 - the model's names
        [(count,)] = connection.execute("select count(*) from movie_data_warehouse").fetchall()
        try:
            connection.sql(query).write_csv(str(new), header=True)
        except (OSError, duckdb.DatabaseError) as error:
            new.unlink(missing_ok=True)
            raise UnavailableError(f"Cannot write {new}: {error}. Free some space, then run again.") from error
    new.replace(folder / CSV_NAME)
    return int(count)


def _columns(connection: duckdb.Connection) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute("describe movie_data_warehouse").fetchall()]


def json_file(folder: Path, film_id: int) -> Path:
    """Where a film's record is exported to."""
    return folder / f"movie_{film_id}.json"


def export_json(
    lake: Lake, folder: Path, film_ids: Iterable[int] | None = None, progress: Callable[[int], None] = lambda n: None
) -> int:
    """`movie_{id}.json` for the films named, or for all: the newest record as TMDB sent it; the files written.

    A file's time is that of its record, which is what retention goes by.
    DataError: a film that was named is not in the lake.
    """
    tables = FilmTables.of(lake)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = tables.films.scan().filter(pl.col("payload_sha256").is_not_null())
    asked = None if film_ids is None else sorted(set(film_ids))
    if asked is not None:
        wanted = wanted.filter(pl.col("film_id").is_in(asked))
    winners = wanted.select("film_id", "payload_sha256", "fetched_at").collect()
    if asked is not None and (unknown := sorted(set(asked) - set(winners["film_id"]))):
        raise DataError(f"Not in the lake: film {', '.join(map(str, unknown))}. Fetch it with: taquilla land --id ID")
    records = tables.raw.scan().join(winners.lazy(), on=["film_id", "payload_sha256", "fetched_at"], how="semi")
    written: set[int] = set()
    for chunk in tables.raw.chunks(records.select("film_id", "payload", "fetched_at")):
        for film_id, payload, fetched_at in chunk.iter_rows():
            file = json_file(folder, film_id)
            file.write_bytes(record_of(payload))
            os.utime(file, (fetched_at.timestamp(), fetched_at.timestamp()))
            written.add(film_id)
        progress(len(written))
    return len(written)
