"""DuckDB and PostgreSQL say the same of the same films: every table, mart, chart and feature, row for row, in order."""

# ruff: noqa: S608 - the names in these statements are the model's and the marts'.

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest

from records import at, curate, export, land, new_lake
from taquilla.analysis.charts import charts, read_chart, read_table
from taquilla.analysis.coverage import read_coverage
from taquilla.analysis.kpis import read_kpis
from taquilla.demo.catalogue import built_in_films
from taquilla.models.features import query, read_rows
from taquilla.pipeline.land_file import land_file
from taquilla.pipeline.load import load_films, load_postgres, same_state
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.warehouse import duckdb, postgres
from taquilla.warehouse.asking import Ask, asking
from taquilla.warehouse.marts import marts
from taquilla.warehouse.model import VIEWS, metadata, ops
from warehouse.databases import Databases

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
TMDB_5000 = Path(SHARED_DATA) / "tmdb" / "tmdb_5000.jsonl.gz"
BUILT_IN_FILMS = 1_000


@dataclass(frozen=True, slots=True)
class Both:
    """The same films asked in DuckDB and in PostgreSQL."""

    duckdb: Ask
    postgres: Ask

    def ask(self, sql: str, **parameters: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return self.duckdb(sql, **parameters), self.postgres(sql, **parameters)


@pytest.fixture(scope="module", params=["built in", "tmdb_5000"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    lake, file, options = new_lake(folder), folder / "warehouse.duckdb", databases.new()
    if request.param == "built in":
        films = list(islice(built_in_films(), BUILT_IN_FILMS))
        land(lake, [RawRecord(at(n / 100), msgspec.json.encode(film)) for n, film in enumerate(films)])
    elif not (SHARED_DATA and TMDB_5000.exists()):
        pytest.skip("TAQUILLA_SHARED_DATA names no folder that holds tmdb/tmdb_5000.jsonl.gz")
    else:
        land_file(lake, TMDB_5000, run_id="same")
        films = [{"id": n} for n in range(1, 100)]
    for day in (1, 9):
        export(lake, 60 + day, {film["id"]: n * day % 97 / 3 for n, film in enumerate(films)})
    curate(lake)
    load_films(lake, file)
    load_postgres(lake, options)
    with duckdb.connect(file) as here, postgres.connect(options) as there:
        assert same_state(file, there)
        yield Both(asking(here), postgres.asking(there))


def same(here: object, there: object, digits: float = 1e-9) -> bool:
    """Exactly, but floats to nine digits and moments in any time zone."""
    if isinstance(here, float) and isinstance(there, float):
        return math.isclose(here, there, rel_tol=digits, abs_tol=1e-12)
    if isinstance(here, datetime) and isinstance(there, datetime):
        return here.astimezone(UTC) == there.astimezone(UTC)
    if isinstance(here, list | tuple) and isinstance(there, list | tuple):
        return len(here) == len(there) and all(map(partial(same, digits=digits), here, there))
    if isinstance(here, dict) and isinstance(there, dict):
        return list(here) == list(there) and all(same(here[key], there[key], digits) for key in here)
    return type(here) is type(there) and here == there


def differing(here: list[Any], there: list[Any], digits: float = 1e-9) -> list[Any]:
    """The first rows that are not the same, and how many there are of each."""
    if len(here) != len(there):
        return [len(here), len(there)]
    return [(one, other) for one, other in zip(here, there, strict=True) if not same(one, other, digits)][:3]


@pytest.mark.parametrize("mart", marts())
def test_every_mart_has_the_same_rows_in_the_same_order(both: Both, mart: str) -> None:
    assert differing(*both.ask(f'select * from mart."{mart}"')) == []


@pytest.mark.parametrize("table", [*metadata.tables, *ops.tables])
def test_every_table_has_the_same_rows(both: Both, table: str) -> None:
    columns = [c.name for c in {**metadata.tables, **ops.tables}[table].columns if (table, c.name) != WIDE_ID]
    where = "where source <> 'schema'" if table == "load_marks" else ""
    named = ", ".join(f'"{column}"' for column in columns)
    here, there = both.ask(f"select {named} from {table} {where}")
    assert differing(in_order(here), in_order(there)) == []


WIDE_ID = ("movie_data_warehouse", "id")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_the_same_rows(both: Both, view: str) -> None:
    here, there = both.ask(f"select * from {view}")
    assert differing(in_order(here), in_order(there)) == []


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: repr([v.timestamp() if isinstance(v, datetime) else v for v in row.values()]))


def test_every_chart_and_figure_of_the_report_is_the_same(both: Both) -> None:
    coverage = read_coverage(both.duckdb)
    assert read_coverage(both.postgres) == coverage
    assert same(read_kpis(both.duckdb), read_kpis(both.postgres))
    for name, chart in charts().items():
        here, there = (read_chart(chart, ask, coverage).rows for ask in (both.duckdb, both.postgres))
        assert differing(here, there) == [], name
        assert differing(read_table(chart, both.duckdb), read_table(chart, both.postgres)) == [], name


def test_the_models_learn_from_the_same_rows(both: Both) -> None:
    here, there = read_rows(both.duckdb), read_rows(both.postgres)
    assert len(here) > 900
    # The mean of decimals is a float in one and a decimal in the other; both are then rounded to nine places.
    assert differing(here, there, 1.01e-9) == []
    assert both.duckdb(query("film_counts")) == both.postgres(query("film_counts"))


def test_a_plan_has_the_same_features(both: Both) -> None:
    directors = [row["person_id"] for row in both.duckdb("select person_id from movie_directors order by 1 limit 3")]
    plan = {
        "release_date": "2027-06-11",
        "budget_usd": 10_000_000,
        "runtime_min": 100,
        "original_language": "en",
        "genre_ids": [18, 35],
        "country_codes": ["US"],
        "director_ids": directors,
        "cast_ids": [directors[0], 1],
        "company_ids": [],
        "collection_ids": [],
    }
    assert differing(*both.ask(query("subject_plan", "before_release"), **plan)) == []
    members = {key: plan[key] for key in ("director_ids", "cast_ids", "company_ids", "collection_ids")}
    assert differing(*both.ask(query("unknown_members"), **members)) == []
