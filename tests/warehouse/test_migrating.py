"""Migrations: from nothing, from the first revision with rows, and back."""

import sys
from dataclasses import replace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection as AlchemyConnection
from sqlalchemy.pool import StaticPool

from services.postgres import PostgresServer
from taquilla.errors import BusyError, DataError, NotInstalledError, SettingsError
from taquilla.warehouse import materialized
from taquilla.warehouse.marts import Mart, marts
from taquilla.warehouse.migrating import WRITERS, downgrade, migrate, revision_of
from taquilla.warehouse.model import VIEWS, metadata, ops
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.rentals_model import shop
from taquilla.warehouse.reviews_model import reviews
from warehouse.databases import Databases, connected

MARTS = f"{len(marts())} marts made"

OBJECTS = """
    select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'v', 'm', 'S')
    order by 1
"""


def objects(options: PostgresOptions) -> set[str]:
    with connected(options) as connection:
        return {name for (name,) in connection.execute(OBJECTS)}


def test_from_nothing_to_the_newest_and_back_to_nothing(databases: Databases) -> None:
    options = databases.unmigrated()
    assert migrate(options) == ["0001 films", "0002 roles", "0003 rentals", "0004 reviews", MARTS]
    assert migrate(options) == []
    there = objects(options)
    assert {f"public.{name}" for name in (*metadata.tables, *VIEWS)} <= there
    assert {f"{schema}.{name}" for name in marts() for schema in ("mart", "materialized")} <= there
    assert downgrade(options, "base") == [
        "0004 reviews undone",
        "0003 rentals undone",
        "0002 roles undone",
        "0001 films undone",
    ]
    assert objects(options) == set()
    with connected(options) as connection:
        schemas = connection.execute("select nspname from pg_namespace where nspname !~ '^pg_'").fetchall()
        functions = connection.execute("select count(*) from pg_proc where proname = 'refresh'").fetchone()
    assert {name for (name,) in schemas} == {"public", "information_schema"}
    assert functions == (0,)


def test_rows_of_the_first_revision_are_kept_up_and_down_and_up_again(databases: Databases) -> None:
    options = databases.unmigrated()
    assert migrate(options, "0001") == ["0001 films"]
    with connected(options) as connection:
        connection.execute(
            "insert into movies (film_id, title, fetched_at, is_removed) values (1, 'Film 1', now(), false)"
        )
        connection.execute("insert into genres values (18, 'Drama')")
        connection.execute("insert into movie_genres values (1, 18)")
    assert migrate(options) == ["0002 roles", "0003 rentals", "0004 reviews", MARTS]
    assert downgrade(options, "0001") == ["0004 reviews undone", "0003 rentals undone", "0002 roles undone"]
    assert not [name for name in objects(options) if name.startswith(("mart.", "materialized."))]
    assert migrate(options) == ["0002 roles", "0003 rentals", "0004 reviews", MARTS]
    with connect(options) as reader:
        assert reader.execute("select film_id, title from movies").fetchall() == [(1, "Film 1")]
        assert reader.execute("select genre, films from mart.genre_rating").fetchall() == [("Drama", 1)]


def test_the_migrations_make_what_the_model_says(databases: Databases) -> None:
    with connect(databases.new()) as connection:
        engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
        with engine.connect() as alchemy:
            assert differences(alchemy, "public", metadata) == []
            assert differences(alchemy, "ops", ops) == []
            assert differences(alchemy, "shop", shop) == []
            assert differences(alchemy, "reviews", reviews) == []


def differences(alchemy: AlchemyConnection, schema: str, model: object) -> list[object]:
    options = {
        "include_schemas": schema != "public",
        "include_name": lambda name, kind, _: kind != "schema" or (name or "public") == schema,
        "include_object": lambda _, name, kind, *__: (kind, name) != ("table", "alembic_version"),
        "compare_server_default": True,
    }
    found: list[object] = compare_metadata(MigrationContext.configure(alchemy, opts=options), model)  # type: ignore[arg-type]
    return found


def test_every_check_of_the_model_is_in_the_database(databases: Databases) -> None:
    # compare_metadata looks at no checks.
    with connected(databases.new()) as connection:
        rows = connection.execute("select conname from pg_constraint where contype = 'c'").fetchall()
    model = {
        constraint.name
        for tables in (metadata, ops)
        for table in tables.tables.values()
        for constraint in table.constraints
        if str(constraint.name).startswith("ck_")
    }
    assert len(model) == 11
    assert model <= {name for (name,) in rows}


def test_every_foreign_key_has_an_index_that_begins_with_it(databases: Databases) -> None:
    with connected(databases.new()) as connection:
        missing = connection.execute(
            """
            select conrelid::regclass::text, conname from pg_constraint as c where contype = 'f' and not exists (
                select from pg_index as i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])
            """
        ).fetchall()
    assert missing == []


# Marts.


def test_a_mart_of_another_sql_is_made_anew_and_the_others_stay(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = databases.new()
    with connected(options) as connection:
        before = dict(connection.execute("select relname, oid from pg_class where relkind = 'm'").fetchall())
    other = {**marts(), "flops": replace(marts()["sleepers"], name="flops")}
    with monkeypatch.context() as patch:
        patch.setattr(materialized, "marts", lambda: other)
        assert migrate(options) == ["1 marts made"]
    with connected(options) as connection:
        after = dict(connection.execute("select relname, oid from pg_class where relkind = 'm'").fetchall())
    assert {name for name in before if before[name] != after[name]} == {"flops"}
    assert migrate(options) == ["1 marts made"]


def test_a_mart_that_is_no_more_is_dropped(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    options = databases.new()
    with monkeypatch.context() as patch:
        patch.setattr(materialized, "marts", lambda: {k: m for k, m in marts().items() if k != "flops"})
        migrate(options)
        assert not {"mart.flops", "materialized.flops"} & objects(options)
    migrate(options)
    assert {"mart.flops", "materialized.flops"} <= objects(options)


def test_the_mart_that_cannot_be_made_of_the_rows_is_named(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = databases.new()
    overflows = Mart("counted", "Films.", "select 9223372036854775807 + count(*) as n from movies", ("n",))
    insert = "insert into movies (film_id, title, fetched_at, is_removed) values (1, 'Film 1', now(), false)"
    said = r"PostgreSQL: bigint out of range, in the mart counted\."
    monkeypatch.setattr(materialized, "marts", lambda: {**marts(), "counted": overflows})
    migrate(options)
    with connected(options) as connection:
        connection.execute(insert)
    with pytest.raises(DataError, match=said), connect(options, read_only=False) as connection:
        materialized.refresh_marts(connection)
    downgrade(options, "0001")
    with pytest.raises(DataError, match=said):
        migrate(options)


def test_the_marts_know_their_keys(databases: Databases) -> None:
    with connect(databases.new()) as connection:
        for mart in marts().values():
            columns = connection.execute(f'select * from mart."{mart.name}" limit 0').description or ()  # noqa: S608
            assert set(mart.key) <= {column.name for column in columns}, mart.name


# Who may.


def test_a_reader_reads_and_a_loader_loads_and_neither_does_more(databases: Databases) -> None:
    options = databases.new()
    with databases.superuser(options) as connection:
        connection.execute("set role taquilla_reader")
        assert connection.execute("select count(*) from movies").fetchone() == (0,)
        assert connection.execute("select films from mart.kpis").fetchone() == (0,)
        assert connection.execute("select count(*) from shop.fact_rental").fetchone() == (0,)
        for statement in (
            "insert into genres values (1, 'Drama')",
            "delete from movies",
            "delete from shop.dim_film",
            "select mart.refresh()",
            "create table mine (n integer)",
            "select * from materialized.kpis",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("reset role; set role taquilla_loader")
        connection.execute("insert into genres values (1, 'Drama'); delete from genres")
        connection.execute("delete from shop.fact_payment")
        connection.execute("select mart.refresh(array['kpis', 'shop_kpis'])")
        for statement in (
            "drop table movies",
            "truncate movies",
            "drop table shop.orphans",
            "create table mine (n integer)",
            "update alembic_version set version_num = '1'",
            "refresh materialized view materialized.kpis",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_roles_stay_while_another_database_has_them_and_go_with_the_last() -> None:
    server = PostgresServer()
    try:
        server.make()
        databases = Databases(server)
        one, two = databases.unmigrated(), databases.unmigrated()
        roles = "select count(*) from pg_roles where rolname like 'taquilla\\_%'"
        for options in (one, two):
            migrate(options)
        found = []
        for options in (one, two):
            downgrade(options, "base")
            with connected(options) as connection:
                found += connection.execute(roles).fetchall()
        assert found == [(2,), (0,)]
        assert migrate(one)[-1] == MARTS
    finally:
        server.delete()


# What goes wrong.


def test_two_do_not_migrate_at_once(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taquilla.warehouse.postgres.LOCK_TIMEOUT_S", 0.2)
    options = databases.unmigrated()
    with connected(options) as other:
        other.execute("select pg_advisory_lock(%s)", (WRITERS,))
        with pytest.raises(BusyError, match="Somebody else is at work in PostgreSQL"):
            migrate(options)
    assert migrate(options)


def test_a_revision_that_fails_leaves_nothing_behind(databases: Databases) -> None:
    options = databases.unmigrated()
    with connected(options) as connection:
        connection.execute("create table people (this_was_here integer)")
    with pytest.raises(SettingsError, match=r"already exists"):
        migrate(options)
    assert objects(options) == {"public.people"}


def test_an_unknown_revision_is_told(databases: Databases) -> None:
    options = databases.unmigrated()
    with pytest.raises(
        SettingsError, match=r"Unknown revision '0009'. Known: 0004, 0003, 0002, 0001, head; base with --down."
    ):
        migrate(options, "0009")
    migrate(options, "0001")
    with connected(options) as connection:
        connection.execute("update alembic_version set version_num = '0099'")
    with pytest.raises(SettingsError, match="0099, which this version of Taquilla does not know"):
        migrate(options)


def test_the_other_way_is_told(databases: Databases) -> None:
    options = databases.unmigrated()
    with pytest.raises(
        SettingsError, match=r"The database has no warehouse yet; to go forward: taquilla migrate 0002$"
    ):
        downgrade(options, "0002")
    assert downgrade(options, "base") == []
    migrate(options, "0001")
    with pytest.raises(SettingsError, match=r"The database is at 0001; to go forward: taquilla migrate 0002$"):
        downgrade(options, "0002")
    migrate(options)
    with pytest.raises(SettingsError, match=r"The database is at 0004; to go back: taquilla migrate 0001 --down$"):
        migrate(options, "0001")
    assert migrate(options) == downgrade(options, "0004") == []


def test_somebodys_view_on_a_mart_is_named(databases: Databases) -> None:
    options = databases.new()
    with connected(options) as connection:
        connection.execute("create view public.mine as select films from mart.kpis")
    said = r"view (public\.)?mine depends on view mart\.kpis.*drop it, run taquilla migrate, make it again"
    with pytest.raises(SettingsError, match=said):
        downgrade(options, "0001")
    with connected(options) as connection:
        assert connection.execute("table mine").fetchall() == [(0,)]
        connection.execute("drop view mine")
    assert downgrade(options, "0001") == ["0004 reviews undone", "0003 rentals undone", "0002 roles undone"]


def test_a_user_who_may_not_is_told_what_is_missing(databases: Databases) -> None:
    options = databases.new()
    with databases.superuser(options) as connection:
        connection.execute("drop role if exists visitor")
        connection.execute("create role visitor login password 'v1sitor'")
    url = options.url.replace("taquilla@", "visitor@")
    visitor = PostgresOptions(url, "v1sitor")
    with pytest.raises(SettingsError, match=r"role taquilla_loader and.*with inherit"), connect(visitor) as connection:
        connection.execute("select * from movies")
    with pytest.raises(SettingsError, match="permission denied for table alembic_version"):
        migrate(visitor)


def test_the_revision_is_known(databases: Databases) -> None:
    options = databases.unmigrated()
    with connect(options) as connection:
        assert revision_of(connection) is None
    migrate(options, "0001")
    with connect(options) as connection:
        assert revision_of(connection) == "0001"


def test_without_the_extra_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("psycopg", "alembic", "alembic.config"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(NotInstalledError, match=r'pip install "taquilla\[postgres\]"'):
        migrate(PostgresOptions("postgresql://taquilla@127.0.0.1/films"))
