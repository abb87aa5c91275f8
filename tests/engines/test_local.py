"""The local engine: in turn or in a pool, the same results; what a worker's death, an error and Ctrl-C do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines import tasks
from engines.tasks import Work
from taquilla.engines import EngineOptions, engine_of
from taquilla.engines.attempts import attempted, attempted_away, polars_threads
from taquilla.engines.local import LocalEngine
from taquilla.errors import BusyError, DataError, SettingsError, UnavailableError

TESTS = Path(__file__).parent.parent
POOL = EngineOptions(workers=2, threads=3, retries=2)


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalEngine]:
    engine = LocalEngine(POOL)
    yield engine
    engine.close()


@pytest.fixture(params=["in turn", "pool"])
def engine(request: pytest.FixtureRequest) -> LocalEngine:
    if request.param == "in turn":
        return LocalEngine()
    found = request.getfixturevalue("pool")
    assert isinstance(found, LocalEngine)
    return found


def works(folder: Path, fails: int) -> list[Work]:
    """Five items, of which the second fails so many times."""
    return [Work(number, folder, fails * (number == 1)) for number in range(5)]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() if sys.platform == "linux" else not os.system(f"kill -0 {pid}")  # noqa: S605


def test_each_item_is_done_once_in_whatever_order(engine: LocalEngine, tmp_path: Path) -> None:
    items = works(tmp_path, 0)
    assert sorted(engine.map(tasks.counted, items)) == [0, 2, 4, 6, 8]
    assert [item.tries for item in items] == [1] * 5
    assert list(engine.map(tasks.double, [])) == []


def test_items_in_turn_are_taken_as_their_results_are_read() -> None:
    items = iter(range(9))
    results = LocalEngine().map(tasks.double, items)
    assert (next(results), next(results), next(items)) == (0, 2, 2)


def test_one_item_is_done_here(pool: LocalEngine) -> None:
    assert [found.pid for found in pool.map(tasks.place, [1])] == [os.getpid()]


def test_a_service_that_did_not_answer_is_asked_again(engine: LocalEngine, tmp_path: Path) -> None:
    items = works(tmp_path, fails=2)
    assert sorted(engine.map(tasks.unanswered, items)) == [0, 2, 4, 6, 8]
    assert [item.tries for item in items] == [1, 3, 1, 1, 1]


def test_an_error_comes_as_it_was_and_ends_what_is_under_way(engine: LocalEngine) -> None:
    with pytest.raises(DataError, match=r"^The third is no film: 'película'\. Mend it, then curate again\.$"):
        list(engine.map(tasks.refused, range(1000)))
    assert sorted(engine.map(tasks.double, range(3))) == [0, 2, 4]


def test_what_is_tried_again_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)

    def fails(error: Exception) -> None:
        raise error

    for kind, tries in ((UnavailableError, 3), (BusyError, 0), (DataError, 0)):
        waits.clear()
        with pytest.raises(kind):
            attempted(fails, kind("No."), 3)
        assert len(waits) == tries
    assert sum(waits) < 2


def test_an_error_that_cannot_leave_its_process_is_told_by_one_that_can() -> None:
    def fails(_: int) -> None:
        from deltalake import DeltaTable

        DeltaTable("/nowhere at all")

    with pytest.raises(DataError, match=r"^TableNotFoundError: .*nowhere at all"):
        attempted_away(fails, 0, 0)


def test_a_process_that_dies_costs_its_item_a_retry(pool: LocalEngine, tmp_path: Path) -> None:
    items = works(tmp_path, fails=2)
    assert sorted(pool.map(tasks.killed, items)) == [0, 2, 4, 6, 8]
    assert [item.tries for item in items] == [1, 3, 1, 1, 1]


def test_an_item_that_kills_all_its_processes_is_told(pool: LocalEngine, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"item 2 of 5 \(bucket 1\) died 3 times.* memory.*more buckets"):
        list(pool.map(tasks.killed, works(tmp_path, fails=9)))


def test_processes_that_died_between_two_calls_are_replaced(pool: LocalEngine) -> None:
    for found in list(pool.map(tasks.place, range(8))):
        if is_alive(found.pid):
            os.kill(found.pid, signal.SIGKILL)
    assert sorted(pool.map(tasks.double, range(4))) == [0, 2, 4, 6]


def test_processes_stay_until_they_are_closed_and_have_their_share_of_threads(pool: LocalEngine) -> None:
    before = {found.pid for found in pool.map(tasks.place, range(8))}
    found = list(pool.map(tasks.place, range(8)))
    assert {(one.polars_max_threads, one.polars_threads, one.polars_sum) for one in found} == {("3", 3, 499_500)}
    assert len(before | {one.pid for one in found}) <= 2
    pool.close()
    pool.close()
    assert not any(is_alive(pid) for pid in before)
    assert sorted(pool.map(tasks.double, range(4))) == [0, 2, 4, 6]


def test_who_stops_reading_ends_what_is_under_way(pool: LocalEngine, tmp_path: Path) -> None:
    items = [Work(number, tmp_path) for number in range(50)]
    results = pool.map(tasks.counted, items)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert sum(item.tries for item in items) < 10
    assert sorted(pool.map(tasks.double, range(4))) == [0, 2, 4, 6]


def test_the_machine_is_shared_out() -> None:
    cores = os.cpu_count() or 1
    assert polars_threads(EngineOptions(workers=1)) == cores
    assert polars_threads(EngineOptions(workers=cores + 1)) == 1
    assert polars_threads(EngineOptions(workers=2, threads=7)) == 7


def test_an_unknown_engine_is_told() -> None:
    with pytest.raises(SettingsError, match=r"Unknown engine 'sparkk'. Known: dask, local, spark\."):
        engine_of(EngineOptions("sparkk"))


SCRIPT = """
import os, signal, sys, time
import polars
from engines import tasks
from taquilla.engines import EngineOptions, engine_of

def nap(number):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    # A shell starts what runs in its background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    engine = engine_of(EngineOptions(workers=2, threads=3))
    print({(found.polars_threads, found.polars_sum) for found in engine.map(tasks.place, range(4))}, flush=True)
    if sys.argv[1:]:
        list(engine.map(nap, range(4)))
"""


def started(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A program that imports Polars before anything else and closes no engine."""
    script = folder / "script.py"
    script.write_text(SCRIPT, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-W", "error", str(script), *arguments]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_a_program_ends_though_it_closes_nothing(tmp_path: Path) -> None:
    assert started(tmp_path).communicate(timeout=60) == ("{(3, 499500)}\n", "")


def test_ctrl_c_ends_the_processes_and_only_their_starter_tells_it(tmp_path: Path) -> None:
    with started(tmp_path, "nap") as program:
        assert program.stdout
        assert next(program.stdout)
        pids = [int(next(program.stdout)) for _ in range(2)]
        os.killpg(program.pid, signal.SIGINT)
        _, said = program.communicate(timeout=30)
    assert said.count("Traceback") == 1
    assert said.endswith("KeyboardInterrupt\n")
    assert not any(is_alive(pid) for pid in pids)
