"""What a lake's tables say, whoever made them: every row of every table, as text in an order of its own."""

from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from pipeline import road, shop_road
from taquilla.lake import Lake
from taquilla.warehouse import duckdb

Tables = dict[str, list[str]]
Differences = dict[str, tuple[list[str], list[str]]]
RAW_FILMS = "raw.tmdb_films"
# The order in which files came to their end.
ARRIVAL = ("file_seq",)
# Where a row stood, and how its table is cut.
PLACE = ("bucket", "topic", "offset", "reading", "file", "fingerprint", "line", "_extract", "raw_seq", "lines", "dead")
COUNTED = tuple(road.MOMENTS | shop_road.ARRIVAL)


def tables_of(lake: Lake) -> dict[str, pl.DataFrame]:
    """Every table by its name. The rows of raw films are numbered as they come, so that numbers become contents."""
    found = {name: pl.read_delta(lake.uri(name)) for name in lake.names() if not name.startswith("ops.")}
    contents = _contents(found[RAW_FILMS])
    for name in (RAW_FILMS, "curated.films", "quarantine.films"):
        found[name] = _told(found[name], "raw_seq", contents)
    snapshots = found["curated.film_snapshots"]
    details = _told(snapshots.filter(origin="details"), "origin_seq", contents)
    exports = snapshots.filter(origin="export").with_columns(pl.col("origin_seq").cast(pl.String))
    return found | {"curated.film_snapshots": pl.concat([details, exports])}


def _contents(raw: pl.DataFrame) -> pl.DataFrame:
    """Of the same record landed twice either row may stand for it: their content is one."""
    place = pl.format("{} {}", "topic", "offset")
    return raw.select("raw_seq", content=pl.coalesce("payload_sha256", place))


def _told(rows: pl.DataFrame, number: str, contents: pl.DataFrame) -> pl.DataFrame:
    known = rows.join(contents, left_on=number, right_on="raw_seq", how="left", validate="m:1")
    assert known["content"].null_count() == 0
    return known.with_columns(pl.col("content").alias(number)).drop("content")


def same(tables: dict[str, pl.DataFrame], *, leaving: tuple[str, ...] = ARRIVAL) -> Tables:
    """The tables in a form in which equal ones are equal, without what `leaving` names."""
    return {name: _rows(rows.drop(leaving, strict=False)) for name, rows in sorted(tables.items())}


def _rows(rows: pl.DataFrame) -> list[str]:
    names = sorted(rows.columns)
    return [repr(names), *sorted(repr(row) for row in rows.select(names).iter_rows())]


def differences(expected: Tables, found: Tables) -> Differences:
    """Where tables differ: some rows that are missing, some that are too many."""
    return {
        name: (
            _beyond(expected.get(name, []), found.get(name, [])),
            _beyond(found.get(name, []), expected.get(name, [])),
        )
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    }


def _beyond(rows: list[str], others: list[str]) -> list[str]:
    known = set(others)
    return [row for row in rows if row not in known][:3] or ["other counts of the same rows"]


def versions(lake: Lake) -> dict[str, int]:
    """How many commits each table has seen."""
    return {name: DeltaTable(lake.uri(name)).version() for name in lake.names()}


def in_warehouse(file: Path) -> Tables:
    """Every table of a warehouse file but that of the runs, without what says when a row came and what only counts."""
    with duckdb.connect(file) as connection:
        named = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        found = {f"{schema}.{table}": connection.table(f"{schema}.{table}").pl() for schema, table in named}
    told = {name: rows for name, rows in found.items() if "marks" not in name and name != "ops.runs"}
    return same(told, leaving=COUNTED)
