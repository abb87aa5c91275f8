"""What goes wrong with a database, and what each error says to do next."""

import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sql_databases import of, opened, options, put, rows, without_password

from services.mariadb import MariaDbServer
from services.ports import free_ports
from services.postgres import PostgresServer
from services.snowflake import SnowflakeServer
from taquilla.errors import BusyError, DataError, NotInstalledError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources import sql_mysql, sql_postgres, sql_snowflake
from taquilla.sources.sql import Database, SqlOptions, open_database

SECRET = "not-the-password"  # noqa: S105 - it is nobody's


def error_of(given: SqlOptions) -> TaquillaError:
    with pytest.raises(TaquillaError) as caught:
        open_database(given)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(given)
    return caught.value


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"mysql://shop:{SECRET}@localhost/shop", "holds a password"),
        (f"snowflake://shop@account/DB/PUBLIC?token={SECRET}", "holds a password"),
        ("oracle://shop@localhost/shop", "Unknown kind of database 'oracle'. Known: mysql, mariadb, postgresql"),
        ("mysql://localhost/shop", "names no user"),
        ("postgresql://shop@localhost", "names no database"),
        ("sqlite://", "names no database"),
        ("not an address", "cannot be read"),
    ],
)
def test_an_address_is_checked_before_anybody_is_called(url: str, words: str) -> None:
    error = error_of(SqlOptions(url))
    assert isinstance(error, SettingsError)
    assert words in str(error)


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_who_is_not_let_in_is_told_which_part_is_wrong(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    given = options(kind, request, tmp_path)
    wrong = error_of(SqlOptions(given.url, SECRET))
    assert isinstance(wrong, SettingsError)
    assert "refuses the user 'taquilla': wrong user or password. Mend the user in the url" in str(wrong)
    absent = error_of(SqlOptions(given.url.rpartition("/")[0] + "/nowhere", given.password))
    assert isinstance(absent, SettingsError)
    assert "at the url's end" in str(absent)


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_a_server_that_is_not_there_is_told(scheme: str) -> None:
    [port] = free_ports(1)
    for host in (f"127.0.0.1:{port}", f"no-such-host.invalid:{port}"):
        error = error_of(SqlOptions(f"{scheme}://shop@{host}/shop", SECRET, connect_timeout_s=2))
        assert isinstance(error, UnavailableError)
        assert f"at {host}/shop does not answer" in str(error)
        assert str(error).endswith("Once it answers, run the same command again.")


def test_an_account_that_does_not_answer_is_told() -> None:
    [port] = free_ports(1)
    url = f"snowflake://shop@account/DB/PUBLIC?host=127.0.0.1&port={port}&protocol=http"
    error = error_of(SqlOptions(url, SECRET, connect_timeout_s=2))
    assert isinstance(error, UnavailableError)
    assert "Snowflake at account/DB/PUBLIC does not answer" in str(error)


def test_what_is_no_sqlite_file_is_told(tmp_path: Path) -> None:
    error = error_of(SqlOptions(f"sqlite:///{tmp_path}/shop.db"))
    assert isinstance(error, SettingsError)
    assert str(error).startswith("There is no SQLite file")
    (tmp_path / "shop.db").write_text("id;title\n" * 1_000)
    error = error_of(SqlOptions(f"sqlite:///{tmp_path}/shop.db"))
    assert isinstance(error, DataError)
    assert "is no SQLite database" in str(error)


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [
        (sql_mysql, "pymysql", "mysql"),
        (sql_postgres, "psycopg", "postgres"),
        (sql_snowflake, "snowflake.connector", "snowflake"),
    ],
)
def test_a_missing_driver_answers_with_the_line_that_installs_it(
    module: Any, name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(NotInstalledError, match=rf'pip install "taquilla\[{extra}\]"'):
        module.driver()


def fill(database: Database, table: str = "rental") -> None:
    """Some megabytes: more than what the buffers between a server and its reader hold."""
    count = 200_000
    put(database, table, {"id": pa.array(range(count)), "note": pa.array(["x" * 100] * count)}, "id")


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_connection_that_is_cut_in_the_middle_is_told_and_can_be_taken_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    given = options(kind, request, tmp_path)
    name = given.url.rpartition("/")[2]
    with opened(given) as database:
        fill(database)
        batches = database.read("rental", batch_rows=1_000)
        last = next(batches).to_pylist()[-1]["id"]
        if kind == "mysql":
            assert request.getfixturevalue("mariadb").kill_connections(name)
        else:
            assert request.getfixturevalue("postgres").terminate_backends(name)
        seen: list[int] = [last]
        with pytest.raises(
            UnavailableError, match=r"while rental was read.* Once it answers, run the same command again"
        ):
            seen.extend(batch.column("id")[-1].as_py() for batch in batches)
        last = seen[-1]
        rest = sum(batch.num_rows for batch in database.read("rental", after=[last]))
        assert last + 1 + rest == 200_000


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_server_that_falls_silent_is_not_waited_for_for_ever(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    sleeps = {"mysql": "select sleep(5) as s from seq_1_to_2", "postgresql": "select pg_sleep(5)::text as s"}
    given = options(kind, request, tmp_path, read_timeout_s=0.5)
    with open_database(given) as database:
        began = time.monotonic()
        with pytest.raises(UnavailableError, match=r"has sent nothing for 0\.5 s while query was read"):
            list(database.query(sleeps[kind]))
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_slow_reader_is_waited_for(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with opened(options(kind, request, tmp_path, read_timeout_s=0.5)) as database:
        fill(database)
        batches = database.read("rental", batch_rows=100_000)
        assert next(batches).num_rows == 100_000
        time.sleep(0.8)
        assert sum(batch.num_rows for batch in batches) == 100_000


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_reading_that_is_given_up_leaves_no_connection_behind(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    given = options(kind, request, tmp_path)
    with opened(given) as database:
        fill(database)
        for _ in range(3):
            batches = database.read("rental", batch_rows=10)
            next(batches)
            del batches
        name = given.url.rpartition("/")[2]
        assert connections(kind, request, name, until=1) == 1


def connections(kind: str, request: pytest.FixtureRequest, name: str, until: int) -> int:
    statement = {
        "mysql": "select count(*) from information_schema.processlist where db = %s",
        "postgresql": "select count(*) from pg_stat_activity where datname = %s",
    }[kind]
    server: Any = request.getfixturevalue({"mysql": "mariadb", "postgresql": "postgres"}[kind])
    deadline = time.monotonic() + 10
    while True:
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, (name,))
            found = int(cursor.fetchone()[0])
        if found <= until or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["mysql", "postgresql", "sqlite"])
def test_a_column_that_vanishes_is_told(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with opened(options(kind, request, tmp_path)) as database:
        put(database, "film", {"film_id": [1], "title": ["A"]}, "film_id")
        batches = database.read("film", columns=["title"])
        put(database, "film", {"film_id": [1], "name": ["A"]}, "film_id")
        with pytest.raises(DataError, match=r"title.*(describe the table again|Mend the query or the table)"):
            list(batches)


def test_a_broken_result_of_a_server_is_told(mariadb: MariaDbServer, postgres: PostgresServer) -> None:
    failing = {
        mariadb.url(mariadb.new_database()): "select (select 1 union select seq) as n from seq_1_to_3",
        without_password(postgres): "select 10 / (3 - i) as n from generate_series(1, 5) i",
    }
    for url, sql in failing.items():
        password = mariadb.password if url.startswith("mysql") else postgres.password
        with (
            open_database(SqlOptions(url, password)) as database,
            pytest.raises(DataError, match="while query was read"),
        ):
            list(database.query(sql))


def test_a_value_that_its_type_cannot_hold_is_told_with_its_column(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table film (id integer, rate decimal(4, 2), day date, is_new boolean)")
        connection.execute("insert into film values (1, 'much', '2005-05-24', 1)")
        connection.execute("create table other (id integer, day date, is_new boolean)")
        connection.execute("insert into other values ('one', '24.5.2005', 7)")
    connection.close()
    with open_database(SqlOptions(f"sqlite:///{tmp_path}/shop.db")) as database:
        with pytest.raises(
            DataError, match=r"film\.rate is declared decimal\(4, 2\), and holds .* Mend it at the source"
        ):
            list(database.read("film"))
        for column, words in {"id": "one", "day": "24.5.2005", "is_new": "'7' is neither 0 nor 1"}.items():
            with pytest.raises(DataError, match=rf"other\.{column} is declared .*{words}"):
                list(database.read("other", columns=[column]))


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_value_that_the_target_cannot_hold_leaves_nothing_behind(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with opened(options(kind, request, tmp_path)) as database:
        put(database, "film", {"film_id": pa.array([1], pa.int16()), "rate": [Decimal("1.10")]}, "film_id")
        relation, batch = of({"film_id": [2, 70_000], "rate": [Decimal("1.10"), None]})
        with pytest.raises(DataError, match=r"(film does not take a value|out of range).*run"):
            database.append("film", relation, [batch])
        assert rows(database, "film") == [{"film_id": 1, "rate": Decimal("1.10")}]
        nested, batch = of({"film_id": [1], "genres": [["Drama"]]})
        with pytest.raises(DataError, match=r"'genres' is of Arrow's type list.*make it text"):
            database.replace("film", nested, [batch])


def test_a_table_that_others_hold_on_to_is_not_replaced(
    mariadb: MariaDbServer, postgres: PostgresServer, tmp_path: Path
) -> None:
    for given in (
        SqlOptions(mariadb.url(mariadb.new_database()), mariadb.password),
        SqlOptions(without_password(postgres), postgres.password),
        SqlOptions(f"sqlite:///{tmp_path}/shop.db"),
    ):
        with opened(given) as database:
            put(database, "film", {"film_id": [1]}, "film_id")
            execute(
                given,
                mariadb,
                postgres,
                "create table copy (id int, film_id bigint, foreign key (film_id) references film (film_id))",
            )
            with pytest.raises(DataError, match=r"film cannot be replaced, .*foreign key .*copy.*append to it"):
                put(database, "film", {"film_id": [2]}, "film_id")
            assert rows(database, "film") == [{"film_id": 1}]
            put(database, "copy", {"id": [1]}, "id")


def execute(given: SqlOptions, mariadb: MariaDbServer, postgres: PostgresServer, statement: str) -> None:
    import sqlite3

    name = given.url.rpartition("/")[2]
    if given.url.startswith("mysql"):
        with mariadb.connect(name) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
    elif given.url.startswith("postgresql"):
        with postgres.connect(name) as other:
            other.execute(statement)
            other.execute("alter table copy owner to taquilla")
    else:
        with sqlite3.connect(given.url.removeprefix("sqlite:///")) as file:
            file.execute(statement)
        file.close()


def test_two_copies_do_not_write_the_same_table_at_once(mariadb: MariaDbServer) -> None:
    given = SqlOptions(mariadb.url(mariadb.new_database()), mariadb.password)
    relation, batch = of({"film_id": [1]}, "film_id")
    with opened(given) as first, opened(given) as second:
        refused: list[Exception] = []

        def meanwhile() -> None:
            try:
                second.replace("film", relation, [batch])
            except BusyError as error:
                refused.append(error)

        def slow() -> Iterator[pa.RecordBatch]:
            yield batch
            other = threading.Thread(target=meanwhile)
            other.start()
            other.join(10)

        assert first.replace("film", relation, slow()) == 1
        assert len(refused) == 1
        assert "Another copy writes film" in str(refused[0])
        meanwhile()
        assert len(refused) == 1


def test_a_snowflake_database_says_what_is_not_there(snowflake: SnowflakeServer) -> None:
    with opened(SqlOptions(snowflake.url(snowflake.new_database()), snowflake.password)) as database:
        with pytest.raises(DataError, match=r"has no table 'film'\. It has no table at all"):
            list(database.read("film"))
        with pytest.raises(DataError, match="describe the table again"):
            list(database.query("select * from nowhere"))
