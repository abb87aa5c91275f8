"""Copies that are killed, cut off or refused: the target shows what it showed, and the next copy goes on behind."""

import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pipeline.copy_killed import copy_and_die
from pipeline.copy_places import World, rows
from pipeline.copy_servers import database, s3_world
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.s3 import S3Server
from taquilla.errors import BusyError, SettingsError, UnavailableError
from taquilla.pipeline.copies.copying import Copied
from taquilla.pipeline.copies.places import opened_source
from taquilla.pipeline.copies.spool import PART_ROWS
from taquilla.sources.relations import BATCH_ROWS
from taquilla.sources.sql import SqlOptions

ROWS, LONG = BATCH_ROWS + 10_000, PART_ROWS + 20_000
OLD = "id,said\n1,old\n"


def numbers(mariadb: MariaDbServer, count: int) -> SqlOptions:
    """A database with a table whose rows are so long that they do not all wait in a socket's buffer."""
    options = SqlOptions(mariadb.url(name := mariadb.new_database()), mariadb.password, name="source")
    with mariadb.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("create table numbers (id int primary key, said varchar(200))")
        cursor.execute(f"insert into numbers select seq, rpad(sha1(seq), 200, '-') from seq_1_to_{count}")  # noqa: S608
    return options


@pytest.fixture(scope="module")
def source(mariadb: MariaDbServer) -> SqlOptions:
    return numbers(mariadb, ROWS)


@pytest.fixture(scope="module")
def long(mariadb: MariaDbServer) -> SqlOptions:
    return numbers(mariadb, LONG)


def rows_sent(mariadb: MariaDbServer) -> int:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("show global status like 'Rows_sent'")
        return int(cursor.fetchall()[0][1])


def made(request: pytest.FixtureRequest, folder: Path, source: SqlOptions) -> tuple[World, str]:
    """A world, and the target that the parameter names, with an old table in it."""
    kind: str = request.param
    target = {"disk": str(folder / "out" / "numbers.csv"), "lake": "lake:copies.numbers"}.get(kind, f"{kind}:numbers")
    world = World(folder, {"source": source})
    if kind == "s3":
        world = s3_world(folder, request.getfixturevalue("s3"), [source])
        target = f"s3://{world.bucket}/numbers.csv"
    elif kind not in ("disk", "lake"):
        world.databases[kind] = database(kind, request, folder)
    old = world.file("old.csv", OLD)
    world.copy(old, target, source_types=True)
    return world, target


@pytest.fixture
def there(request: pytest.FixtureRequest, tmp_path: Path, source: SqlOptions) -> tuple[World, str]:
    return made(request, tmp_path, source)


def shown(world: World, target: str) -> int:
    """How many rows the target shows."""
    if target.startswith("sqlite:"):
        # What SQLite has not ended is rolled back by the first that may write.
        with closing(sqlite3.connect(world.folder / "shop.sqlite")) as connection:
            [count] = connection.execute("select count(*) from numbers").fetchone()
            return int(count)
    return world.copy(target, str(world.folder / "shown.parquet")).rows


def left_over(world: World, target: str, server: S3Server | None) -> list[str]:
    """What lies at the target beside the table."""
    if server is not None and target.startswith("s3:"):
        return [*server.keys(world.bucket), *["upload"] * server.uploads(world.bucket)]
    if target.startswith("lake:"):
        files = {file.name for file in (world.folder / "lake").rglob("*.parquet")}
        return sorted(files)
    if ":" in target:
        with opened_source(world.address(target.partition(":")[0]), world.places) as database:
            return list(database.relations())
    return [file.name for file in Path(target).parent.iterdir()]


TARGETS = ("mysql", "postgresql", "sqlite", "disk", "s3", "lake")


@pytest.mark.parametrize("there", TARGETS, indirect=True)
def test_killed_while_writing_the_target_shows_the_old_table_and_then_the_new(
    there: tuple[World, str], request: pytest.FixtureRequest, mariadb: MariaDbServer
) -> None:
    world, target = there
    server: S3Server | None = request.getfixturevalue("s3") if target.startswith("s3:") else None
    copy_and_die(world, "source:numbers", target, "writing", BATCH_ROWS)
    assert shown(world, target) == 1
    before = rows_sent(mariadb)
    copied = copied_when_free(world, "source:numbers", target)
    assert (copied.rows, copied.taken_up) == (ROWS, ROWS)
    assert rows_sent(mariadb) - before < 1_000
    assert shown(world, target) == ROWS
    if not target.startswith("lake:"):
        assert len(left_over(world, target, server)) == 1
    assert not [path for path in (world.folder / "_copies").iterdir() if path.is_dir()]


def copied_when_free(world: World, source: str, target: str) -> Copied:
    """The copy, as soon as the target's server has noticed that who held it is dead."""
    until = time.monotonic() + 30
    while True:
        try:
            return world.copy(source, target)
        except BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_killed_while_reading_it_goes_on_behind_the_last_row(
    tmp_path: Path, long: SqlOptions, mariadb: MariaDbServer
) -> None:
    world, target = World(tmp_path, {"source": long}), str(tmp_path / "numbers.csv")
    copy_and_die(world, "source:numbers", target, "reading", PART_ROWS)
    assert not Path(target).exists()
    before = rows_sent(mariadb)
    copied = world.copy("source:numbers", target)
    assert (copied.rows, copied.taken_up) == (LONG, PART_ROWS)
    assert rows_sent(mariadb) - before < LONG - PART_ROWS + 1_000
    assert "100,000 rows were read from " in copied.notes[0]
    assert [int(row[0]) for row in rows(target)] == list(range(1, LONG + 1))


def at(rows: int, doing: str, do: Callable[[], object]) -> Callable[[str, int, int | None], None]:
    """Does that once, as soon as so many rows have been read or written."""
    left = [do]

    def progress(now: str, done: int, total: int | None) -> None:
        if now == doing and done >= rows and left:
            left.pop()()

    return progress


def test_cut_off_while_reading_it_goes_on_behind_the_last_row(
    tmp_path: Path, long: SqlOptions, mariadb: MariaDbServer
) -> None:
    world, target = World(tmp_path, {"source": long}), str(tmp_path / "numbers.parquet")
    cut = at(BATCH_ROWS, "reading", mariadb.kill_connections)
    with pytest.raises(UnavailableError, match="run the same command again"):
        world.copy("source:numbers", target, cut)
    assert not Path(target).exists()
    copied = world.copy("source:numbers", target)
    assert (copied.rows, copied.taken_up >= BATCH_ROWS) == (LONG, True)
    assert [row[0] for row in rows(target)] == list(range(1, LONG + 1))


@pytest.mark.parametrize("there", ["mysql", "postgresql"], indirect=True)
def test_cut_off_while_writing_the_old_table_stays(
    there: tuple[World, str], mariadb: MariaDbServer, postgres: PostgresServer
) -> None:
    world, target = there
    cut = at(BATCH_ROWS, "writing", mariadb.kill_connections if "mysql" in target else postgres.terminate_backends)
    with pytest.raises(UnavailableError):
        world.copy("source:numbers", target, cut)
    assert shown(world, target) == 1
    assert world.copy("source:numbers", target).taken_up == ROWS
    assert (shown(world, target), len(left_over(world, target, None))) == (ROWS, 1)


@contextmanager
def away(server: S3Server) -> Iterator[Callable[[], None]]:
    """What stops the server, which is there again at the end."""
    try:
        yield server.stop
    finally:
        server.start()


@pytest.mark.parametrize("there", ["s3"], indirect=True)
def test_s3_goes_away_and_comes_back(there: tuple[World, str], s3: S3Server) -> None:
    world, target = there
    with away(s3) as stop, pytest.raises(UnavailableError, match="Run the same command again"):
        world.copy("source:numbers", target, at(1, "writing", stop))
    assert shown(world, target) == 1
    assert world.copy("source:numbers", target).taken_up == ROWS
    assert (shown(world, target), s3.uploads(world.bucket)) == (ROWS, 0)


def test_s3_refuses_the_key(tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    world = s3_world(tmp_path, s3)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", canary := "not-the-right-secret")
    with pytest.raises(SettingsError, match="AWS_SECRET_ACCESS_KEY") as refused:
        world.copy(world.file("old.csv", OLD), f"s3://{world.bucket}/old.csv")
    assert canary not in str(refused.value)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The disk is full for whoever writes more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_what_was_read_before_is_kept(tmp_path: Path, source: SqlOptions) -> None:
    world, target = World(tmp_path, {"source": source}), str(tmp_path / "numbers.csv")
    with files_of_at_most(100_000), pytest.raises(UnavailableError, match=r"File too large.*free some space"):
        world.copy("source:numbers", target)
    assert not list((tmp_path / "_copies").rglob("*.new"))
    with files_of_at_most(5_000_000), pytest.raises(UnavailableError, match="File too large"):
        world.copy("source:numbers", target)
    assert [file.name for file in tmp_path.iterdir()] == ["_copies"]
    assert world.copy("source:numbers", target).taken_up == ROWS


def test_two_copies_of_one_table_or_into_one_table_wait_for_each_other(tmp_path: Path, source: SqlOptions) -> None:
    world, refused = World(tmp_path, {"source": source}), list[str]()

    def again() -> None:
        other = world.file("old.csv", OLD)
        for one, two in (("source:numbers", str(tmp_path / "b.csv")), (other, str(tmp_path / "a.csv"))):
            with pytest.raises(BusyError, match="Wait for it to end"):
                world.copy(one, two)
            refused.append(two)

    assert world.copy("source:numbers", str(tmp_path / "a.csv"), at(1, "reading", again)).rows == ROWS
    assert (len(refused), (tmp_path / "b.csv").exists()) == (2, False)
