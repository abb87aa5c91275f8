"""A warehouse that is replaced while it is read: nobody fails, and everybody comes to see the new one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from taquilla.errors import UnavailableError
from taquilla.web.reader import Session, WarehouseReader
from web.rows import film, write

TITLES = "select title from movies"


def version(path: Path, number: int) -> None:
    """A warehouse all of whose films are of one version."""
    write(path, movies=[film(i, f"version {number}") for i in range(1, 4)])


def titles(session: Session) -> set[str]:
    return {row["title"] for row in session.rows(TITLES)}


def test_a_session_keeps_its_version_and_the_next_sees_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    version(path, 1)
    reader = WarehouseReader(path)
    began, seen = threading.Event(), []

    def second() -> None:
        began.set()
        with reader.session() as session:
            seen.append(titles(session))

    with reader.session() as first:
        version(path, 2)
        thread = threading.Thread(target=second)
        thread.start()
        assert began.wait(10)
        # The second waits: while the first reads, DuckDB would hand it the old file.
        thread.join(0.2)
        assert thread.is_alive()
        assert titles(first) == {"version 1"}
    thread.join(10)
    assert seen == [{"version 2"}]
    reader.close()


def test_many_readers_and_many_loads(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    version(path, 0)
    reader = WarehouseReader(path)
    done = threading.Event()

    def read() -> int:
        newest, times = 0, 0
        while not done.is_set():
            with reader.session() as session:
                (title,) = titles(session)
            number = int(title.removeprefix("version "))
            assert number >= newest
            newest, times = number, times + 1
        return times

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        try:
            for number in range(1, 6):
                version(path, number)
        finally:
            done.set()
        assert all(future.result(30) > 0 for future in readers)
    with reader.session() as session:
        assert titles(session) == {"version 5"}
    reader.close()


def test_a_file_that_goes_and_comes_again(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    reader = WarehouseReader(path)
    version(path, 1)
    with reader.session() as session:
        assert titles(session) == {"version 1"}
    path.unlink()
    with pytest.raises(UnavailableError, match="There is no warehouse yet"), reader.session():
        pass
    version(path, 2)
    with reader.session() as session:
        assert titles(session) == {"version 2"}
    reader.close()


def test_a_failure_in_a_session_does_not_hold_up_the_next_load(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    version(path, 1)
    reader = WarehouseReader(path)
    with pytest.raises(ZeroDivisionError), reader.session():
        _ = 1 / 0
    version(path, 2)
    with reader.session() as session:
        assert titles(session) == {"version 2"}
    reader.close()


def test_times_are_utc_whatever_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    path = tmp_path / "w.duckdb"
    version(path, 1)
    reader = WarehouseReader(path)
    with reader.session() as session:
        assert session.rows("select current_setting('TimeZone') as zone") == [{"zone": "UTC"}]
    reader.close()
