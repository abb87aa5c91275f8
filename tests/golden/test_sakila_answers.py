"""Sakila in a real MariaDB, through the lake into both warehouses: the answers that everybody knows of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from records import new_lake
from services.mariadb import MariaDbServer
from taquilla.engines.local import LocalEngine
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.load import load_rentals, load_rentals_postgres
from taquilla.sources.sql import SqlOptions, open_database
from taquilla.warehouse import duckdb, postgres
from taquilla.warehouse.asking import Ask, asking
from taquilla.warehouse.marts import marts
from taquilla.warehouse.questions import question, questions
from taquilla.warehouse.rentals_load import LoadedRentals
from taquilla.warehouse.rentals_model import shop
from warehouse.databases import Databases
from warehouse.test_same_answers import differing, in_order

OF_RENTALS = [mart.name for mart in marts().values() if mart.is_about("rentals")]


@pytest.fixture(scope="module")
def databases(postgres: Any) -> Databases:
    return Databases(postgres)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where Sakila stands, and what the two loads said."""

    file: Path
    options: postgres.PostgresOptions
    told: tuple[LoadedRentals, LoadedRentals]

    @contextmanager
    def both(self) -> Iterator[tuple[Ask, Ask]]:
        with duckdb.connect(self.file) as here, postgres.connect(self.options) as there:
            yield asking(here), postgres.asking(there)


@pytest.fixture(scope="module")
def sakila(mariadb: MariaDbServer, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("sakila")
    lake, file, options = new_lake(folder), folder / "warehouse.duckdb", databases.new()
    with open_database(SqlOptions(mariadb.url(mariadb.load_sakila()), password=mariadb.password)) as source:
        land_rentals(lake, source, run_id="golden", now=datetime(2026, 1, 15, tzinfo=UTC))
    curate_rentals(lake, LocalEngine())
    return Loaded(file, options, (load_rentals(lake, file), load_rentals_postgres(file, options)))


@pytest.fixture(params=["duckdb", "postgres"])
def ask(request: pytest.FixtureRequest, sakila: Loaded) -> Iterator[Ask]:
    with sakila.both() as (here, there):
        yield here if request.param == "duckdb" else there


def asked(ask: Ask, name: str, **parameters: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in question(name).answer(ask, parameters)]


def column(ask: Ask, mart: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in ask(f"select {', '.join(columns)} from mart.{mart}")]  # noqa: S608


def test_every_rental_and_payment_is_there(sakila: Loaded) -> None:
    assert sakila.told == (LoadedRentals(16_044, 16_049, True), LoadedRentals(16_044, 16_049, True))


def test_the_shop_in_one_row(ask: Ask) -> None:
    [found] = ask("select * from mart.shop_kpis")
    assert {
        "rentals": 16_044,
        "rentals_open": 183,
        "rentals_artefact": 182,
        "films": 1_000,
        "films_stocked": 958,
        "copies": 4_581,
        "customers": 599,
        "customers_with_rentals": 599,
        "payments": 16_049,
        "payments_without_rental": 5,
        "payments_of_zero": 24,
        "revenue": 67_416.51,
        "as_of_date": date(2006, 2, 14),
    }.items() <= found.items()


def test_the_first_day_and_all_of_them(ask: Ask) -> None:
    days = asked(ask, "revenue_by_day")
    assert (len(days), days[0], days[-1]) == (
        41,
        (date(2005, 5, 24), 8, 29.92, 29.92),
        (date(2006, 2, 14), 182, 514.18, 67_416.51),
    )
    [artefact] = column(ask, "rental_months where is_artefact", "month_begins_on", "rentals", "rentals_open")
    assert artefact == (date(2006, 2, 1), 182, 182)


def test_the_stores_by_where_the_copies_stand(ask: Ask) -> None:
    assert asked(ask, "revenue_by_store") == [
        (1, "Lethbridge", "Canada", "Mike Hillyer", 7_923, 33_679.79),
        (2, "Woodridge", "Australia", "Jon Stephens", 8_121, 33_726.77),
    ]
    assert asked(ask, "orders_by_store_and_month")[:2] == [(2005, 5, 1, 575), (2005, 5, 2, 581)]
    assert column(ask, "store_summary", "store_id", "customers", "copies")[:2] == [(1, 326, 2_270), (2, 273, 2_311)]


def test_films_and_actors(ask: Ask) -> None:
    assert asked(ask, "busiest_actors") == [(107, "GINA DEGENERES", 42)]
    assert [row[1::2] for row in asked(ask, "most_rented", films="3")] == [
        ("BUCKET BROTHERHOOD", 34),
        ("ROCKETEER MOTHER", 33),
        ("FORWARD TEMPLE", 32),
    ]
    assert (len(asked(ask, "never_rented")), len(asked(ask, "never_stocked"))) == (42, 42)
    assert column(ask, "never_rented where not is_stocked", "count(*)") == [(42,)]
    assert asked(ask, "in_stock") == [("ACADEMY DINOSAUR", 1, 4, 4, True)]
    assert asked(ask, "in_stock", store="2") == [("ACADEMY DINOSAUR", 2, 4, 3, True)]
    assert len(asked(ask, "films_of_actor")) == 19
    assert asked(ask, "gross_by_category")[0] == ("Sports", 1_179, 5_314.21)
    assert column(ask, "category_mix", "category", "revenue")[0] == ("Sports", 5_314.21)
    assert sum(films for _, _, films, *_ in asked(ask, "duration_quartiles")) == 66 + 60 + 57 + 58 + 69 + 51


def test_customers(ask: Ask) -> None:
    assert asked(ask, "customers_by_country")[0] == ("India", 60, 6_630.27)
    best = asked(ask, "best_payers")
    assert (best[0][:2], best[0][5]) == ((526, "KARL SEAL"), 221.55)
    assert asked(ask, "best_payers_change")[0][1:] == ("ELEANOR HUNT", date(2005, 7, 1), 22.95, 100.78, 77.83)
    assert len(asked(ask, "payments_without_rental")) == 5


def test_the_overdue_list_as_of_a_day(ask: Ask) -> None:
    # On the last day in the data those of that day are not due yet.
    assert [row[:3] for row in asked(ask, "overdue")] == [("DWAYNE OLVERA", "62127829280", "ACADEMY DINOSAUR")]
    assert len(asked(ask, "overdue", day="2007-01-01")) == 183


def test_no_key_is_broken_and_nothing_had_to_be_mended(ask: Ask) -> None:
    assert column(ask, "broken_keys", "*") == []
    assert column(ask, "rental_quality", "*") == []


@pytest.mark.parametrize("mart", OF_RENTALS)
def test_both_databases_say_the_same_in_every_mart(sakila: Loaded, mart: str) -> None:
    with sakila.both() as (here, there):
        sql = f'select * from mart."{mart}"'  # noqa: S608
        assert differing(here(sql), there(sql)) == []


def test_both_databases_give_the_same_answer_to_every_question(sakila: Loaded) -> None:
    with sakila.both() as (here, there):
        for name, known in questions().items():
            assert differing(known.answer(here), known.answer(there)) == [], name


def test_both_databases_have_the_same_star(sakila: Loaded) -> None:
    money = {(table.name, c.name) for table in shop.sorted_tables for c in table.columns if "NUMERIC" in str(c.type)}
    with sakila.both() as (here, there):
        for table in shop.sorted_tables:
            columns = [
                f"cast({c.name} as double precision) as {c.name}" if (table.name, c.name) in money else f'"{c.name}"'
                for c in table.columns
            ]
            sql = f"select {', '.join(columns)} from {table.fullname}"  # noqa: S608
            assert differing(in_order(here(sql)), in_order(there(sql))) == [], table.name
