"""What the whole road makes of 4,803 real records of TMDB; the numbers were counted in the file itself."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records import curate, load, new_lake
from taquilla.pipeline.land_file import land_file
from taquilla.warehouse import duckdb

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FILE = Path(SHARED_DATA) / "tmdb" / "tmdb_5000.jsonl.gz"

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FILE.exists()),
    reason="TAQUILLA_SHARED_DATA names no folder that holds tmdb/tmdb_5000.jsonl.gz",
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.Connection]:
    folder = tmp_path_factory.mktemp("tmdb_5000")
    lake, file = new_lake(folder), folder / "warehouse.duckdb"
    assert land_file(lake, FILE, run_id="golden") == 4_803
    curate(lake)
    load(lake, file)
    # Each step again: nothing is new.
    assert land_file(lake, FILE, run_id="golden") == 0
    curate(lake)
    load(lake, file)
    with duckdb.connect(file) as connection:
        yield connection


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    with gzip.open(FILE) as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("counted", "number"),
    [
        ("movies", 4_803),
        ("people", 104_842),
        ("production_companies", 5_047),
        ("genres", 20),
        ("film_snapshots", 4_803),
        ("movie_data_warehouse", 13_226),
        ("movies where budget_usd is null", 1_037),
        ("movies where revenue_usd is null", 1_427),
        ("movies where budget_usd is not null and revenue_usd is not null", 3_229),
        ("movies where roi is not null", 3_229),
        ("movies where is_profitable is not null", 3_229),
        ("movies where budget_usd = 0 or revenue_usd = 0 or runtime_min = 0", 0),
        ("people where gender = 0", 0),
        ("(select distinct tmdb_id from movie_data_warehouse)", 4_803),
        ("(select distinct tmdb_id from movie_data_warehouse where director = 'Unknown')", 30),
    ],
)
def test_the_warehouse_counts(warehouse: duckdb.Connection, counted: str, number: int) -> None:
    assert warehouse.execute(f"select count(*) from {counted}").fetchone() == (number,)  # noqa: S608


def test_avatar_took_more_than_an_integer_holds(warehouse: duckdb.Connection) -> None:
    avatar = warehouse.execute(
        "select title, budget_usd, revenue_usd, release_year, is_profitable from movies where film_id = 19995"
    ).fetchall()
    assert avatar == [("Avatar", 237_000_000, 2_787_965_087, 2009, True)]
    assert warehouse.execute("select distinct director from movie_data_warehouse where tmdb_id = 19995").fetchall() == [
        ("James Cameron",)
    ]


def test_the_tables_of_names_are_those_of_the_file(warehouse: duckdb.Connection, records: list[dict[str, Any]]) -> None:
    credits_of = {record["id"]: record["credits"]["cast"] + record["credits"]["crew"] for record in records}
    people = {credit["id"] for entries in credits_of.values() for credit in entries}
    companies = {company["id"] for record in records for company in record["production_companies"]}
    assert {i for (i,) in warehouse.execute("select person_id from people").fetchall()} == people
    assert {i for (i,) in warehouse.execute("select company_id from production_companies").fetchall()} == companies
    credit_ids = {(film_id, credit["credit_id"]) for film_id, entries in credits_of.items() for credit in entries}
    rows = warehouse.execute("select film_id, credit_id from movie_people").fetchall()
    assert (len(rows), set(rows)) == (len(credit_ids), credit_ids)


def test_every_films_money_is_the_files(warehouse: duckdb.Connection, records: list[dict[str, Any]]) -> None:
    expected = {r["id"]: (r["budget"] or None, r["revenue"] or None, r["runtime"] or None) for r in records}
    rows = warehouse.execute("select film_id, budget_usd, revenue_usd, runtime_min from movies").fetchall()
    assert {film_id: tuple(numbers) for film_id, *numbers in rows} == expected
