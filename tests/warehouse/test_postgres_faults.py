"""PostgreSQL fails in the middle of a load: nothing is half done, the error says so, the next load makes it good."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from records import COMEDY, DRAMA, acts, curate, export, film, gone, land, read, works
from services.postgres import PostgresServer
from taquilla.errors import BusyError, DataError, SettingsError, TaquillaError, UnavailableError
from taquilla.pipeline.load import load_postgres, publish_runs_postgres, same_state
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.warehouse import postgres_load, postgres_merge
from taquilla.warehouse.migrating import WRITERS, downgrade, migrate
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.staging import Table
from warehouse.databases import Databases, connected
from warehouse.road import Road

FILMS = 60


def films(day: float, title: str) -> list[RawRecord]:
    """Films with a cast, enough for a load to take a moment."""
    return [
        read(
            film(
                n,
                title=f"{title} {n}",
                popularity=n + day,
                budget=10_000,
                revenue=25_000,
                genres=[DRAMA, COMEDY][: 1 + n % 2],
                credits={"cast": [acts(n % 50 + k) for k in range(9)], "crew": [works(1_000 + n % 7)]},
            ),
            day,
        )
        for n in range(1, FILMS)
    ]


@pytest.fixture
def road(tmp_path: Path, databases: Databases) -> Road:
    """A warehouse that is loaded, and a lake that has gone on since."""
    made = Road(tmp_path, databases.new())
    made.take(*films(0, "Before"))
    land(made.lake, [*films(1, "After"), gone(7, 2)])
    export(made.lake, 3, {n: float(n % 13) for n in range(1, FILMS)})
    curate(made.lake)
    return made


def options(road: Road) -> PostgresOptions:
    assert road.options is not None
    return road.options


def ends_well(road: Road) -> None:
    """The next load makes what a load that nothing happened to makes in DuckDB."""
    road.load()
    undisturbed = Road(road.file.parent, lake=road.lake)
    undisturbed.load()
    assert road.tables() == undisturbed.tables()
    with connect(options(road)) as connection:
        assert same_state(undisturbed.file, connection)
        marts = connection.execute("select films, (select count(*) from mart.run_summary) from mart.kpis").fetchall()
    assert marts == [(FILMS - 2, 0)]


@contextmanager
def in_the_copy_of(monkeypatch: pytest.MonkeyPatch, table: str, happens: Callable[[], object]) -> Iterator[None]:
    """After the first rows of this table were sent, and once only, something happens to the server."""
    copy = postgres_merge.copy
    left = [happens]

    def disturbed(connection: Any, rows: Table, into: str = "") -> None:
        def chunks() -> Iterator[bytes]:
            for chunk in rows.chunks():
                yield chunk[: chunk.index(b"\n") + 1]
                while left:
                    left.pop()()
                yield chunk[chunk.index(b"\n") + 1 :]

        copy(connection, replace(rows, chunks=chunks) if rows.name == table else rows, into)

    with monkeypatch.context() as patch:
        patch.setattr(postgres_load, "copy", disturbed)
        patch.setattr(postgres_merge, "copy", disturbed)
        yield
    assert not left


def name_of(road: Road) -> str:
    return options(road).url.rpartition("/")[2]


@pytest.mark.parametrize(
    ("table", "rebuild"),
    [("people", False), ("movies", True), ("movie_people", False), ("movie_people", True), ("film_snapshots", False)],
)
def test_a_back_end_that_is_ended_in_mid_copy(
    road: Road, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, table: str, rebuild: bool
) -> None:
    before = road.tables()
    with (
        in_the_copy_of(monkeypatch, table, lambda: postgres.terminate_backends(name_of(road))),
        pytest.raises(UnavailableError, match=r"Nothing of it was written\. Run it again: taquilla load"),
    ):
        road.load(rebuild=rebuild)
    assert road.tables() == before
    ends_well(road)


def test_an_error_in_mid_copy_is_told_once(
    databases: Databases, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = databases.new()

    def chunks() -> Iterator[bytes]:
        yield b"18,Drama\n"
        postgres.terminate_backends(options.url.rpartition("/")[2])
        raise OSError("the lake is gone")

    with pytest.raises(OSError, match="the lake is gone"), connect(options, read_only=False) as connection:
        postgres_merge.copy(connection, Table("genres", ("genre_id", "name"), ("genre_id",), chunks))
    # What psycopg says of leaving the copy is for nobody.
    assert [record for record in caplog.records if record.name == "psycopg"] == []


@pytest.mark.parametrize("how", ["immediate", "kill"])
def test_a_server_that_crashes_in_mid_copy(
    road: Road, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    before = road.tables()
    crash = postgres.kill if how == "kill" else lambda: postgres.stop("immediate")
    with in_the_copy_of(monkeypatch, "movie_people", crash), pytest.raises(UnavailableError):
        road.load()
    with pytest.raises(UnavailableError, match=r"PostgreSQL at 127.0.0.1:\d+ does not answer.*Start it"):
        road.load()
    postgres.start()
    assert road.tables() == before
    ends_well(road)


def test_a_server_that_stops_while_the_first_load_is_at_work(
    tmp_path: Path, databases: Databases, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    road = Road(tmp_path, databases.new())
    land(road.lake, [*films(1, "After"), gone(7, 2)])
    curate(road.lake)
    with in_the_copy_of(monkeypatch, "movie_people", postgres.restart), pytest.raises(UnavailableError):
        road.load()
    assert not any(road.tables().values())
    ends_well(road)


def test_a_load_that_fails_while_the_marts_are_refreshed(road: Road, databases: Databases) -> None:
    before = road.tables()
    with databases.superuser(options(road)) as connection:
        connection.execute("alter function mart.refresh(text[], boolean) rename to refresh_later")
        with pytest.raises(DataError, match=r"mart\.refresh"):
            road.load()
        connection.execute("alter function mart.refresh_later(text[], boolean) rename to refresh")
    assert road.tables() == before
    ends_well(road)


def test_rows_that_somebody_holds_are_waited_for_and_then_told(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    before = road.tables()
    monkeypatch.setattr("taquilla.warehouse.postgres.LOCK_TIMEOUT_S", 0.3)
    with connected(options(road)) as other, other.transaction():
        other.execute("select * from movies where film_id = 5 for update")
        with pytest.raises(BusyError, match="Somebody else is at work in PostgreSQL"):
            road.load()
    assert road.tables() == before
    ends_well(road)


def test_a_deadlock_ends_one_of_the_two_and_the_load_can_be_tried_again(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = psycopg.connect(options(road).url, password=options(road).password)
    # The other holds a film and asks for a person, while the load holds people and asks for the film.
    other.execute("select * from movies where film_id = 50 for update")
    asks = threading.Thread(target=lambda: _try(other, "update people set name = 'Nobody' where person_id = 1"))
    failed: list[TaquillaError] = []
    merge = postgres_merge.merge

    def slowly(connection: Any, table: Table) -> None:
        if table.name == "movies":
            connection.execute("update people set name = name || '' where person_id = 1")
            asks.start()
            time.sleep(0.3)
        merge(connection, table)

    with monkeypatch.context() as patch:
        patch.setattr(postgres_load, "merge", slowly)
        try:
            road.load()
        except TaquillaError as error:
            failed.append(error)
    asks.join()
    other.close()
    # PostgreSQL ends whichever of the two looks first.
    assert all(isinstance(error, BusyError) for error in failed), failed
    ends_well(road)


def _try(connection: psycopg.Connection[Any], statement: str) -> None:
    try:
        connection.execute(statement)
    except psycopg.errors.DeadlockDetected:
        connection.rollback()
    else:
        connection.rollback()


def test_a_damaged_file_of_the_lake_is_told(road: Road) -> None:
    before = road.tables()
    for part in Path(road.lake.uri("curated.films")).rglob("*.parquet"):
        content = part.read_bytes()
        # Its end, where it says what it holds, is as it was.
        part.write_bytes(content[:100] + bytes(len(content) - 2_000) + content[100 - 2_000 :][: 2_000 - 100])
    with pytest.raises(UnavailableError, match="taquilla curate --rebuild"):
        road.load(rebuild=True)
    assert road.tables() == before
    curate(road.lake, rebuild=True)
    ends_well(road)


# One loader, of this version, who may.


def test_a_second_loader_is_sent_away(road: Road) -> None:
    with connected(options(road)) as other:
        other.execute("select pg_advisory_lock(%s)", (WRITERS,))
        with pytest.raises(BusyError, match="Another load or migration is at work in PostgreSQL"):
            road.load()
        other.execute("select pg_advisory_unlock(%s)", (WRITERS,))
        ends_well(road)


def test_a_database_of_another_version_is_told(road: Road, databases: Databases) -> None:
    for revision, said in (("0001", "of an older version"), ("base", "no warehouse yet")):
        downgrade(options(road), revision)
        with pytest.raises(SettingsError, match=f"{said}. Run: taquilla migrate"):
            road.load()
    migrate(options(road))
    with databases.superuser(options(road)) as connection:
        connection.execute("comment on materialized view materialized.flops is 'of another SQL'")
    with pytest.raises(SettingsError, match=r"older version\. Run: taquilla migrate"):
        road.load()
    migrate(options(road))
    ends_well(road)


def test_a_loader_needs_no_more_than_its_role(road: Road, databases: Databases) -> None:
    with databases.superuser(options(road)) as connection:
        connection.execute("drop role if exists loads, reads")
        connection.execute("create role loads login password 'l0ads' in role taquilla_loader")
        connection.execute("create role reads login password 'r3ads' in role taquilla_reader")
    loads, reads = (
        replace(options(road), url=options(road).url.replace("taquilla@", f"{user}@"), password=secret)
        for user, secret in (("loads", "l0ads"), ("reads", "r3ads"))
    )
    with pytest.raises(SettingsError, match=r"permission denied.*taquilla_loader"):
        load_postgres(road.lake, reads)
    load_postgres(road.lake, loads)
    load_postgres(road.lake, loads, rebuild=True)
    with connect(reads) as connection:
        assert connection.execute("select films from mart.kpis").fetchall() == [(FILMS - 2,)]
    ends_well(road)


# What is not new is not touched.


def versions(road: Road) -> tuple[dict[str, str], dict[int, str]]:
    """Which transaction wrote each credit, and each row of the wide table."""
    billed = road.rows("select film_id || ' ' || credit_id, xmin::text from movie_people")
    wide = road.rows("select id, xmin::text from movie_data_warehouse where tmdb_id <> 5")
    return dict(iter(billed)), dict(iter(wide))


def test_films_that_did_not_change_are_not_written(road: Road) -> None:
    road.load()
    billed, wide = versions(road)
    kept = acts(5)
    land(
        road.lake,
        [read(film(5, title="Alone", popularity=8.0, genres=[DRAMA], credits={"cast": [kept], "crew": []}), 9)],
    )
    curate(road.lake)
    road.load()
    vanished = {key for key in billed if key.startswith("5 ") and key != "5 a5"}
    assert versions(road) == ({key: at for key, at in billed.items() if key not in vanished}, wide)
    road.load(rebuild=True)
    assert versions(road)[0].keys() == billed.keys() - vanished
    assert {at for key, at in versions(road)[0].items()} <= set(billed.values())


def test_a_renamed_genre_and_director_are_renamed_in_the_wide_table(road: Road) -> None:
    road.load()
    renamed = film(9, genres=[{"id": 18, "name": "Drame"}], credits={"cast": [], "crew": [works(1_001, "Renée")]})
    land(road.lake, [read(renamed, 9)])
    curate(road.lake)
    road.load()
    assert road.rows("select count(*) from movie_data_warehouse where genre = 'Drama'") == [(0,)]
    assert road.rows("select count(distinct tmdb_id) > 5 from movie_data_warehouse where director = 'Renée'") == [
        (True,)
    ]
    ends_well(road)


# Readers.


def test_a_reader_never_sees_tables_and_marts_disagree(road: Road) -> None:
    asked = """
        select (select count(*) from movies where not is_removed), (select films from mart.kpis),
               (select max(title) from movies where film_id = 50),
               (select max(title) from mart.budget_revenue where film_id = 50),
               (select count(distinct tmdb_id) from movie_data_warehouse)
    """
    seen: set[tuple[Any, ...]] = set()
    done = threading.Event()

    def reads() -> None:
        with connected(options(road)) as connection:
            while not done.is_set():
                seen.update(connection.execute(asked).fetchall())
                time.sleep(0.05)

    reader = threading.Thread(target=reads)
    reader.start()
    try:
        for number in range(3):
            road.load(rebuild=number == 1)
            land(road.lake, [*films(10 + number, f"Later {number}"), gone(20 + number, 30)])
            curate(road.lake)
    finally:
        done.set()
        reader.join()
    assert len(seen) >= 2
    assert [row for row in seen if len(set(row[0:5:4]) | {row[1]}) > 1 or row[2] != row[3]] == []


def test_a_reader_who_began_before_the_load_goes_on_with_what_was(road: Road) -> None:
    asked = "select (select count(*) from movies where not is_removed), (select films from mart.kpis)"
    with connect(options(road)) as reader:
        reader.execute("select 1")
        road.load()
        assert reader.execute(asked).fetchall() == [(FILMS - 1, FILMS - 1)]
    assert road.rows(asked) == [(FILMS - 2, FILMS - 2)]


# The platform's own tables.


def test_runs_are_published_between_loads(road: Road) -> None:
    assert publish_runs_postgres(road.lake, options(road)) == 0
    assert road.rows("select state from ops.accounts where state = 'landed'") == [("landed",)]
    ends_well(road)
