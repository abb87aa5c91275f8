"""The report and the models ask PostgreSQL first; when it is away, behind, or goes away meanwhile, the DuckDB file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.road import Road, line, road, write_lines
from services.postgres import PostgresServer
from taquilla.errors import SettingsError, UnavailableError
from taquilla.pipeline.asking import Warehouses
from taquilla.pipeline.land_file import land_file
from taquilla.warehouse import postgres as server
from taquilla.warehouse.asking import Ask
from taquilla.warehouse.migrating import migrate
from taquilla.warehouse.postgres import PostgresOptions


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, 3) as made:
        land_file(made.lake, write_lines(tmp_path / "some.ndjson", [line(n) for n in range(1, 4)]), run_id="r")
        yield made


@pytest.fixture
def options(postgres: PostgresServer) -> PostgresOptions:
    made = PostgresOptions(postgres.new_database())
    migrate(made)
    return made


def films(ask: Ask) -> int:
    return int(ask("select count(*) as n from movies")[0]["n"])


def loaded(way: Road, options: PostgresOptions) -> Warehouses:
    way.run("curate_films", "load_films", "load_postgres", postgres=options)
    return Warehouses(way.warehouse, options)


def test_a_server_that_is_level_with_the_file_is_asked(way: Road, options: PostgresOptions) -> None:
    warehouses = loaded(way, options)
    with server.connect(options, read_only=False) as connection:
        connection.execute("delete from movie_data_warehouse")
    (rows, said) = warehouses.study(lambda ask: ask("select count(*) as n from movie_data_warehouse")[0]["n"])
    assert (rows, said) == (0, "from PostgreSQL"), "the rows were deleted there alone"


def test_one_that_is_behind_is_told_of_and_the_file_is_asked(way: Road, options: PostgresOptions) -> None:
    warehouses = loaded(way, options)
    land_file(way.lake, write_lines(way.folder / "more.ndjson", [line(9)]), run_id="r")
    way.run("curate_films", "load_films")
    assert warehouses.study(films) == (4, "from the DuckDB warehouse: PostgreSQL is not level with it")


def test_one_that_goes_away_in_the_middle_leaves_a_study_made_from_the_file_alone(
    way: Road, options: PostgresOptions, postgres: PostgresServer
) -> None:
    warehouses = loaded(way, options)
    asked: list[int] = []

    def study(ask: Ask) -> list[int]:
        found = [films(ask)]
        if not asked:
            asked.append(1)
            postgres.stop("immediate")
            found.append(films(ask))
        return found

    try:
        assert warehouses.study(study) == ([3], "from the DuckDB warehouse: PostgreSQL does not answer")
    finally:
        postgres.start()
    assert asked == [1]
    assert warehouses.study(films) == (3, "from PostgreSQL"), "and it is asked again once it is back"


def test_a_wrong_password_is_an_error_and_no_reason_to_ask_the_file(way: Road, options: PostgresOptions) -> None:
    way.run("curate_films", "load_films")
    user, _, place = options.url.partition("@")
    wrong = PostgresOptions(f"{user.rpartition(':')[0]}@{place}", password="wrong")  # noqa: S106 - it opens nothing
    with pytest.raises(SettingsError, match="TAQUILLA_POSTGRES__PASSWORD"):
        Warehouses(way.warehouse, wrong).study(films)


def test_without_a_server_nothing_is_said(way: Road) -> None:
    way.run("curate_films", "load_films")
    assert Warehouses(way.warehouse).study(films) == (3, "")
    with pytest.raises(UnavailableError, match="no warehouse"):
        Warehouses(way.data / "none.duckdb").study(films)


def test_the_first_load_leaves_every_key_and_index_as_the_migration_made_it(
    way: Road, options: PostgresOptions
) -> None:
    def defined() -> list[tuple[str, ...]]:
        with server.connect(options) as connection:
            keys = "select conname, pg_get_constraintdef(oid), convalidated::text from pg_constraint order by 1, 2"
            indexes = "select indexname, indexdef, tablename from pg_indexes where schemaname = 'public' order by 1, 2"
            return connection.execute(keys).fetchall() + connection.execute(indexes).fetchall()

    with server.connect(options, read_only=False) as connection:
        # Somebody else's, in the same database and schema: not ours to touch.
        connection.execute("create table theirs (id int primary key, of int references theirs, film_id bigint)")
        connection.execute("create index theirs_of on theirs (of)")
        key = "select oid from pg_constraint where conrelid = 'theirs'::regclass and contype = 'f'"
        theirs = connection.execute(key).fetchall()
    before = defined()
    loaded(way, options)
    assert defined() == before
    with server.connect(options) as connection:
        assert connection.execute(key).fetchall() == theirs
    assert sum("FOREIGN KEY" in row[1] for row in before) > 10
