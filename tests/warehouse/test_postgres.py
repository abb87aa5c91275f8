"""How PostgreSQL is reached and asked, and what its errors say."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ports import free_ports
from services.postgres import PostgresServer
from taquilla.errors import BusyError, DataError, SettingsError, UnavailableError
from taquilla.warehouse.parameters import named_parameters
from taquilla.warehouse.postgres import PostgresOptions, asking, connect, server_facts
from taquilla.warehouse.postgres_errors import meaning
from warehouse.databases import Databases, connected


@pytest.fixture(scope="module")
def options(databases: Databases) -> PostgresOptions:
    return databases.new()


# Parameters.


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select $a, $a_b2 + $a", "select %(a)s, %(a_b2)s + %(a)s"),
        ("select $a::text, 1::int", "select %(a)s::text, 1::int"),
        ("select '$a it''s $b', $c", "select '$a it''s $b', %(c)s"),
        (r"select e'\'$a', $b", r"select e'\'$a', %(b)s"),
        (r"select '\', $b", r"select '\', %(b)s"),
        ('select "$a""$b", $c', 'select "$a""$b", %(c)s'),
        ("select 1 -- $a 'it\n, $b", "select 1 -- $a 'it\n, %(b)s"),
        ("select /* $a /* $b */ ' */ $c", "select /* $a /* $b */ ' */ %(c)s"),
        ("select /* $a", "select /* $a"),
        ("select $$ $a $$, $x$ $b $$ $x$, $c", "select $$ $a $$, $x$ $b $$ $x$, %(c)s"),
        ("select a$b, $1, $c", "select a$b, $1, %(c)s"),
        ("select 7 % 2, 'like %' || $a", "select 7 %% 2, 'like %%' || %(a)s"),
        ("select $año", "select %(año)s"),
        ("select rate, 'x' from t", "select rate, 'x' from t"),
    ],
)
def test_a_named_parameter_is_told_apart_from_text(sql: str, told: str) -> None:
    assert named_parameters(sql) == told


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was_given(options: PostgresOptions, text: str) -> None:
    quoted, name = text.replace("'", "''"), text.replace('"', '""')
    with connect(options) as connection:
        (row,) = asking(connection)(f"select $text::text as given, '{quoted}' as written, 5 % 3 as rest", text=text)
        assert row == {"given": text, "written": text, "rest": 2}
        if 0 < len(text.encode()) < 63:
            assert asking(connection)(f'select $a::int as "{name}"', a=1) == [{text: 1}]


@given(sql=st.text(st.sampled_from("$a'\"-/*\n%e\\ b1")))
def test_no_query_makes_the_translator_fail(sql: str) -> None:
    assert named_parameters(sql).count("%") >= sql.count("%")


def test_an_answer_has_pythons_numbers_and_utc(options: PostgresOptions) -> None:
    with connect(options) as connection:
        ask = asking(connection)
        (row,) = ask(
            "select sum(n) as whole, 1.5::numeric as half, avg(n) as mean, $at::timestamptz as at "
            "from (values (2::bigint), (4::bigint)) as t (n)",
            at="2024-06-01 12:00+02",
        )
        assert row["at"].tzinfo is not None
        assert row | {"big": 0} == {
            "whole": 6,
            "half": 1.5,
            "mean": 3.0,
            "at": datetime(2024, 6, 1, 10, tzinfo=UTC),
            "big": 0,
        }
        assert {type(row[name]) for name in ("whole", "half", "mean")} == {int, float}
        assert ask("select unnest($ids::bigint[]) as n", ids=[1, 2]) == [{"n": 1}, {"n": 2}]


# Readers.


@pytest.mark.parametrize(
    "statement",
    [
        "insert into genres values (1, 'Drama')",
        "create table mine (n integer)",
        "with gone as (delete from movies returning 1) select * from gone",
        "select setval('movie_data_warehouse_id_seq', 7)",
        "select mart.refresh()",
    ],
)
def test_a_reader_writes_nothing(options: PostgresOptions, statement: str) -> None:
    with pytest.raises(SettingsError, match="read-only transaction"), connect(options) as connection:
        asking(connection)(statement)


def test_a_reader_is_answered_as_of_its_first_question(options: PostgresOptions) -> None:
    with connected(options) as writer, connect(options) as connection:
        ask = asking(connection)
        before = ask("select count(*) as n from keywords")
        writer.execute("insert into keywords values (1, 'heist')")
        assert ask("select count(*) as n from keywords") == before
        writer.execute("delete from keywords")


def test_a_question_that_takes_too_long_is_ended(options: PostgresOptions) -> None:
    began = time.monotonic()
    with (
        pytest.raises(UnavailableError, match=r"statement timeout.*postgres.statement_timeout_s"),
        connect(replace(options, statement_timeout_s=0.2)) as connection,
    ):
        asking(connection)("select pg_sleep(30)")
    assert time.monotonic() - began < 5


def test_a_statement_of_a_load_has_an_end_too(options: PostgresOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked_s, shown in ((60.0, "30min"), (7_200.0, "2h")):
        with connect(replace(options, statement_timeout_s=asked_s), read_only=False) as connection:
            assert connection.execute("show statement_timeout").fetchone() == (shown,)
    monkeypatch.setattr("taquilla.warehouse.postgres.LOAD_TIMEOUT_S", 0.2)
    with (
        pytest.raises(UnavailableError, match="statement timeout"),
        connect(replace(options, statement_timeout_s=0.1), read_only=False) as connection,
    ):
        connection.execute("select pg_sleep(30)")


def test_a_wrong_query_is_told(options: PostgresOptions) -> None:
    with (
        pytest.raises(DataError, match='PostgreSQL: relation "nothing" does not exist'),
        connect(options) as connection,
    ):
        asking(connection)("select * from nothing")


@pytest.mark.parametrize(
    "statements",
    [
        ["commit; set transaction read write; insert into genres values (1, 'Drama')"],
        ["set transaction read write", "insert into genres values (1, 'Drama')"],
        ["commit", "insert into genres values (1, 'Drama')"],
        ["set session characteristics as transaction read write", "commit", "insert into genres values (1, 'Drama')"],
    ],
)
def test_no_statement_turns_a_reader_into_a_writer(options: PostgresOptions, statements: list[str]) -> None:
    def asked() -> None:
        with connect(options) as connection:
            for statement in statements:
                asking(connection)(statement)

    with pytest.raises((SettingsError, DataError)):
        asked()
    with connect(options) as connection:
        assert asking(connection)("select * from genres") == []


# What a server says of itself.


def test_the_servers_facts(databases: Databases) -> None:
    options = databases.new()
    with connected(options) as connection:
        connection.execute("insert into genres values (18, 'Drama'), (35, 'Comedy')")
        connection.execute("analyze genres")
    with connect(options, read_only=False) as connection:
        facts = server_facts(connection)
    assert (facts.user, facts.revision, facts.may_write, facts.tables["genres"]) == ("taquilla", "0004", True, 2)
    assert int(facts.version.split(".")[0]) >= 15
    assert {"ops.runs", "shop.dim_film", "reviews.fact_review"} <= facts.tables.keys()
    with connect(options) as connection:
        assert not server_facts(connection).may_write
    with connect(databases.unmigrated(), read_only=False) as connection:
        facts = server_facts(connection)
    assert (facts.revision, facts.tables, facts.may_write) == (None, {}, True)


# What goes wrong.


def fails(options: PostgresOptions) -> tuple[type[Exception], str]:
    began = time.monotonic()
    with pytest.raises((SettingsError, UnavailableError)) as caught, connect(options):
        raise AssertionError("it let us in")
    assert time.monotonic() - began < 6
    assert options.password is None or options.password not in str(caught.value)
    return type(caught.value), str(caught.value)


def test_what_does_not_let_us_in_names_the_setting(options: PostgresOptions) -> None:
    for wrong in (
        replace(options, password="canary-4711"),  # noqa: S106 - it is a wrong one
        replace(options, password=None),
        replace(options, url=options.url.replace("taquilla@", "nobody@")),
        replace(options, url=options.url + "_that_is_not_there"),
    ):
        kind, said = fails(wrong)
        assert kind is SettingsError, said
        assert "postgres.url" in said
        assert "TAQUILLA_POSTGRES__PASSWORD" in said


def test_what_does_not_answer_is_unavailable(options: PostgresOptions) -> None:
    [port] = free_ports(1)
    kind, said = fails(replace(options, url=f"postgresql://taquilla@127.0.0.1:{port}/movies"))
    assert kind is UnavailableError
    assert f"PostgreSQL at 127.0.0.1:{port} does not answer" in said
    assert "Connection refused. Start it" in said
    assert "?" not in said
    assert fails(replace(options, url="postgresql://taquilla@no-such-host.invalid/movies"))[0] is UnavailableError


def test_a_server_that_hangs_is_given_up_in_time() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://taquilla@127.0.0.1:{silent.getsockname()[1]}/movies"
        kind, said = fails(PostgresOptions(url, "canary-4711", connect_timeout_s=2))
    assert (kind, "timeout" in said) == (UnavailableError, True)


def test_an_address_that_cannot_be_read_is_told_without_its_secret() -> None:
    kind, said = fails(PostgresOptions("postgresql://u:canary-4711@host:port/db", "canary-4712"))
    assert "canary" not in said
    assert kind in (SettingsError, UnavailableError)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull("no space left on device"), UnavailableError),
        (psycopg.errors.AdminShutdown("terminating connection"), UnavailableError),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), UnavailableError),
        (psycopg.errors.TooManyConnections("sorry, too many clients already"), UnavailableError),
        (psycopg.errors.IoError("could not read block"), UnavailableError),
        (psycopg.errors.IdleInTransactionSessionTimeout("idle"), UnavailableError),
        (psycopg.OperationalError("server closed the connection unexpectedly"), UnavailableError),
        (psycopg.OperationalError("FATAL:  la autentificación password falló para el usuario «ana»"), SettingsError),
        (psycopg.OperationalError("fe_sendauth: no se ha entregado una contraseña"), SettingsError),
        (psycopg.OperationalError("FATAL:  no existe la base de datos «cine»"), SettingsError),
        (psycopg.OperationalError("FATAL:  el sistema de base de datos está iniciándose"), UnavailableError),
        (psycopg.errors.DeadlockDetected("deadlock detected"), BusyError),
        (psycopg.errors.LockNotAvailable("lock timeout"), BusyError),
        (psycopg.errors.InsufficientPrivilege("permission denied for table movies"), SettingsError),
        (psycopg.errors.ForeignKeyViolation("violates foreign key"), DataError),
        (psycopg.errors.CheckViolation("violates check"), DataError),
        (psycopg.errors.DataCorrupted("invalid page"), DataError),
    ],
)
def test_each_error_is_told_by_what_can_be_done(error: psycopg.Error, kind: type[Exception]) -> None:
    told = meaning(error)
    assert type(told) is kind
    assert str(error) in str(told)


def test_the_reason_is_told_and_not_the_hint_below_it() -> None:
    lost = psycopg.OperationalError(
        "server closed the connection unexpectedly\n\tThis probably means the server\n\tcrashed."
    )
    assert "does not answer: server closed the connection unexpectedly. Start it" in str(meaning(lost))


def test_a_lost_connection_is_unavailable(databases: Databases, postgres: PostgresServer) -> None:
    options = databases.new()
    with connect(options) as connection:
        ask = asking(connection)
        ask("select 1")
        assert postgres.terminate_backends(options.url.rpartition("/")[2]) == 1
        with pytest.raises(UnavailableError, match="PostgreSQL"):
            ask("select 1")
