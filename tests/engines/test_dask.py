"""Dask's engine: with workers of its own, and with those of a scheduler by address."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engines import tasks
from engines.tasks import Work
from engines.test_local import is_alive, works
from services.ports import free_ports
from taquilla.engines import EngineOptions
from taquilla.engines.dask import DaskEngine
from taquilla.errors import DataError, NotInstalledError, SettingsError, UnavailableError

TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def own() -> Iterator[DaskEngine]:
    with closing(DaskEngine(EngineOptions("dask", workers=2, threads=3, retries=1))) as engine:
        yield engine


def program(folder: Path, *arguments: str, python: tuple[str, ...] = (), path: Path = TESTS) -> "subprocess.Popen[str]":
    """Dask's own command line, with its log in the folder."""
    command = [sys.executable, *python, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    env = {
        **os.environ,
        "PYTHONPATH": f"{path}{os.pathsep}{TESTS}",
        "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "9",
    }
    with (folder / f"{arguments[0]}.log").open("a") as log:
        return subprocess.Popen(command, env=env, stdout=log, stderr=log, text=True)


def ended(*programs: "subprocess.Popen[str]") -> None:
    for one in programs:
        one.terminate()
    for one in programs:
        one.wait(30)


def scheduler(folder: Path) -> "tuple[str, subprocess.Popen[str]]":
    port, pages = free_ports(2)
    started = program(folder, "scheduler", "--port", str(port), "--dashboard-address", f"127.0.0.1:{pages}")
    return f"tcp://127.0.0.1:{port}", started


def until_it_says(log: Path, words: str) -> None:
    for _ in range(600):
        if words in log.read_text("utf-8"):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))


def by(address: str, timeout_s: float = 60) -> DaskEngine:
    return DaskEngine(EngineOptions("dask", address=address, timeout_s=timeout_s, retries=1))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A scheduler with one worker: its address, and the folder of their logs."""
    folder = tmp_path_factory.mktemp("dask")
    address, first = scheduler(folder)
    worker = program(folder, "worker", address, "--nthreads", "1")
    yield address, folder
    ended(worker, first)


def test_each_item_is_done_once_by_workers_with_their_share_of_threads(own: DaskEngine, tmp_path: Path) -> None:
    before = dict(os.environ)
    items = [Work(number, tmp_path) for number in range(100)]
    assert sorted(own.map(tasks.counted, items)) == [2 * number for number in range(100)]
    assert [item.tries for item in items] == [1] * 100
    found = list(own.map(tasks.place, range(8)))
    assert {(one.polars_max_threads, one.polars_threads, one.polars_sum) for one in found} == {("3", 3, 499_500)}
    assert os.getpid() not in {one.pid for one in found}
    assert list(own.map(tasks.double, [])) == []
    assert dict(os.environ) == before


def test_an_error_comes_as_it_was(own: DaskEngine) -> None:
    with pytest.raises(DataError, match=r"^The third is no film: 'película'\. Mend it, then curate again\.$"):
        list(own.map(tasks.refused, range(50)))
    results = own.map(tasks.double, range(5000))
    assert next(results) % 2 == 0
    results.close()  # type: ignore[attr-defined]
    assert sorted(own.map(tasks.double, range(3))) == [0, 2, 4]


def test_a_service_that_did_not_answer_is_asked_again(own: DaskEngine, tmp_path: Path) -> None:
    assert sorted(own.map(tasks.unanswered, works(tmp_path, fails=1))) == [0, 2, 4, 6, 8]
    with pytest.raises(UnavailableError, match="The disk does not answer"):
        list(own.map(tasks.unanswered, [Work(9, tmp_path, fails=2)]))


def test_a_worker_that_dies_costs_its_item_a_retry(own: DaskEngine, tmp_path: Path) -> None:
    items = works(tmp_path, fails=1)
    assert sorted(own.map(tasks.killed, items)) == [0, 2, 4, 6, 8]
    assert items[1].tries == 2
    with pytest.raises(UnavailableError, match=r"item 1 of 1 \(bucket 9\) died 2 times.* memory.*more buckets"):
        list(own.map(tasks.killed, [Work(9, tmp_path, fails=9)]))


SCRIPT = """
import os, sys
from pathlib import Path
import polars
from engines import tasks
from taquilla.engines import EngineOptions, engine_of

if __name__ == "__main__":
    engine = engine_of(EngineOptions("dask", workers=2, threads=3, retries=1))
    print({(found.polars_threads, found.polars_sum) for found in engine.map(tasks.place, range(8))})
    print(*engine.map(tasks.killed, [tasks.Work(1, Path(sys.argv[1]), 1)]))
    try:
        print(*engine.map(tasks.refused, [3]))
    except Exception as error:
        print(type(error).__name__)
"""


def test_a_program_ends_without_a_word_of_dask_though_it_closes_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-W", "error", str(script), str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.stderr) == ("{(3, 499500)}\n2\nDataError\n", "")


def test_the_workers_of_others_take_the_items_and_stay(cluster: tuple[str, Path], tmp_path: Path) -> None:
    with closing(by(cluster[0])) as engine:
        (pid,) = {found.pid for found in engine.map(tasks.place, range(4))}
        engine.close()
        assert is_alive(pid)
        assert sorted(engine.map(tasks.killed, works(tmp_path, fails=1))) == [0, 2, 4, 6, 8]
        assert not is_alive(pid)


def test_an_item_does_not_stand_in_the_logs(cluster: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = cluster
    (hush := tmp_path / "hush").mkdir()
    with closing(by(address)) as engine, pytest.raises(UnavailableError, match="The disk"):
        list(engine.map(tasks.unanswered, [Work(7, hush, fails=9)]))
    logs = (folder / "worker.log").read_text("utf-8") + (folder / "scheduler.log").read_text("utf-8")
    assert "Compute Failed" in logs
    assert "hush" not in logs


@pytest.mark.parametrize(
    ("version", "error", "told"),
    [("0.0.9", SettingsError, "has taquilla 0.0.9"), (None, NotInstalledError, r"has no taquilla.*pip install")],
)
def test_a_worker_that_cannot_run_this_program_is_told(
    cluster: tuple[str, Path], tmp_path: Path, version: str | None, error: type[Exception], told: str
) -> None:
    address, _ = cluster
    (tmp_path / "taquilla").mkdir()
    (tmp_path / "taquilla" / "__init__.py").write_text(
        f"__version__ = {version!r}" if version else "import no_such", "utf-8"
    )
    other = program(tmp_path, "worker", address, "--nthreads", "1", path=tmp_path)
    try:
        until_it_says(tmp_path / "worker.log", "Registered to")
        with pytest.raises(error, match=rf"Dask's worker tcp://\S+ at {address} {told}"):
            list(by(address).map(tasks.double, range(2)))
    finally:
        ended(other)


def test_a_scheduler_without_workers_or_that_went_away_is_told(tmp_path: Path) -> None:
    address, first = scheduler(tmp_path)
    try:
        until_it_says(tmp_path / "scheduler.log", "Scheduler at")
        with pytest.raises(UnavailableError, match=f"no worker for 0.5 s. Start one: dask worker {address}"):
            list(by(address, 0.5).map(tasks.double, range(2)))
        worker = program(tmp_path, "worker", address, "--nthreads", "1")
        with closing(by(address)) as engine:
            results = engine.map(tasks.double, range(5000))
            next(results)
            first.kill()
            with pytest.raises(UnavailableError, match=f"{address} went away"):
                list(results)
    finally:
        ended(worker, first)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nonsense", r"missing port number"),
        ("http://127.0.0.1:80", r"unknown address scheme"),
        ("tls://127.0.0.1:80", r"TLS"),
        ("tcp://me:hush@127.0.0.1:80", r"takes no user and no password"),
    ],
)
def test_an_address_that_is_none_is_told(address: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as raised:
        list(by(address).map(tasks.double, [1, 2]))
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("listens", [False, True])
def test_a_scheduler_that_does_not_answer_is_told_in_time(listens: bool) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if listens:
            mute.listen()
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(UnavailableError, match=rf"{address} did not answer within 0.5 s. Start it"):
            list(by(address, 0.5).map(tasks.double, [1, 2]))


def test_what_is_missing_or_no_size_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"engine.memory is 'much'.*Write it as 2GiB"):
        list(DaskEngine(EngineOptions("dask", memory="much")).map(tasks.double, [1]))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NotInstalledError, match=r'pip install "taquilla\[dask\]"'):
        DaskEngine(EngineOptions("dask"))
