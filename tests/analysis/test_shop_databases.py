"""The charts and key figures of a shop and of reviews are the same, asked in DuckDB and in PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.audience_rows import load_audience
from analysis.town_rows import load_town
from services.postgres import PostgresServer
from taquilla.analysis.charts import charts, read_chart, read_table
from taquilla.analysis.coverage import read_coverage
from taquilla.analysis.kpis import read_goals, read_review_kpis, read_shop_kpis
from taquilla.demo.town import Town
from taquilla.warehouse import duckdb, postgres, postgres_load, rentals_postgres, reviews_postgres
from taquilla.warehouse.asking import Ask, asking
from taquilla.warehouse.parameters import named_parameters
from warehouse.databases import Databases
from warehouse.given import COMEDY, DRAMA, fill

FILMS: list[dict[str, Any]] = [
    {"film_id": n, "title": f"Film {n}", "release_date": f"{1980 + n}-03-04", "budget_usd": n * 5_000_000,
     "runtime_min": 70 + 2 * n, "vote_average": n % 10, "vote_count": n, "popularity_level": "Alta"}
    for n in range(1, 41)
]  # fmt: skip
CATALOGUE: dict[str, Any] = {
    "movies": FILMS,
    "genres": [DRAMA, COMEDY],
    "movie_genres": [(film["film_id"], (DRAMA, COMEDY)[film["film_id"] % 2][0]) for film in FILMS],
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[tuple[Ask, Ask]]:
    file, options = tmp_path_factory.mktemp("shop") / "warehouse.duckdb", Databases(postgres).new()
    _write(file)
    with _connect(options) as there, duckdb.connect(file) as here:
        fill(Named(there), **CATALOGUE)
        postgres_load.begin(there)
        rentals_postgres.load_rentals(there, here)
        reviews_postgres.load_reviews(there, here)
        yield asking(here), _asking(there)


class Named:
    """A connection of psycopg's that takes `$name` parameters."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, query: str, parameters: Any = None, /) -> Any:
        return self._connection.execute(named_parameters(query), parameters)


def _write(file: Path) -> None:
    with duckdb.replacing(file) as connection:
        fill(connection, **CATALOGUE)
        load_town(connection, Town(rentals=1_500, years=1, stores=3, films=60))
        load_audience(connection)


def _connect(options: postgres.PostgresOptions) -> Any:
    return postgres.connect(options, read_only=False)


def _asking(connection: Any) -> Ask:
    return postgres.asking(connection)


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _told(value) for name, value in row.items()} for row in rows]


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


def test_coverage_and_key_figures_are_the_same(both: tuple[Ask, Ask]) -> None:
    here, there = both
    assert read_coverage(there) == read_coverage(here)
    assert read_coverage(here)["linked"] > 30
    assert [read_shop_kpis(there)] == told([read_shop_kpis(here)])
    assert [read_review_kpis(there)] == told([read_review_kpis(here)])
    some = replace(charts()["venue_map"], rows=3)
    drawn = read_chart(some, here, read_coverage(here)).rows
    assert read_chart(some, there, read_coverage(here)).rows == told(drawn)
    assert 0 < len(drawn) < 12
    assert read_goals(there) == told(read_goals(here)) != []


@pytest.mark.parametrize("name", [name for name, chart in charts().items() if chart.subject != "films"])
def test_a_chart_has_the_same_rows_in_both(both: tuple[Ask, Ask], name: str) -> None:
    here, there = both
    coverage, chart = read_coverage(here), charts()[name]
    rows = read_chart(chart, here, coverage).rows
    assert rows
    assert read_chart(chart, there, coverage).rows == told(rows)
    assert read_table(chart, there) == told(read_table(chart, here))
