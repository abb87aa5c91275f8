"""Spark: in a session of our own, through Spark Connect, and in a session that somebody else made."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engines import tasks
from engines.tasks import Work
from services.ports import free_ports
from services.spark import SparkServer
from taquilla.engines import EngineOptions, engine_of
from taquilla.engines.spark import SparkEngine
from taquilla.errors import DataError, NotInstalledError, SettingsError, UnavailableError


@pytest.fixture(params=["session", "connect"])
def engine(request: pytest.FixtureRequest, spark: SparkServer) -> SparkEngine:
    """The same Spark twice: as the driver's own, and from afar."""
    return spark.engine if request.param == "session" else spark.connected


@pytest.fixture
def active(spark: SparkServer) -> Any:
    """A session that runs in this process, as AWS Glue and notebooks have one."""
    assert spark.engine._session is not None
    return spark.engine._session.spark


def test_every_item_has_its_result_once(engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works = [Work(number, tmp_path) for number in range(7)]
    # Several jobs in turn, the last of one item.
    monkeypatch.setattr("taquilla.engines.spark.ITEMS_A_JOB", 3)
    assert not engine.is_here
    assert sorted(engine.map(tasks.counted, works)) == [0, 2, 4, 6, 8, 10, 12]
    assert [work.tries for work in works] == [1] * 7
    assert list(engine.map(tasks.double, [])) == []


def test_polars_works_in_both_workers_with_its_share_of_the_threads(engine: SparkEngine) -> None:
    places = list(engine.map(tasks.place, range(6)))
    share = 1 if engine.options.threads else max(1, (os.cpu_count() or 1) // 2)
    assert {place.polars_sum for place in places} == {sum(range(1000))}
    assert {place.polars_threads for place in places} == {share}
    assert os.getpid() not in {place.pid for place in places}


def test_what_fails_for_a_while_is_tried_again(engine: SparkEngine, tmp_path: Path) -> None:
    for name, task in (("killed", tasks.killed), ("unanswered", tasks.unanswered)):
        (tmp_path / name).mkdir()
        works = [Work(number, tmp_path / name, fails=int(number == 2)) for number in range(4)]
        assert sorted(engine.map(task, works)) == [0, 2, 4, 6]
        assert works[2].tries == 2


def test_a_worker_that_dies_again_and_again_is_told_with_its_item(engine: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"item 2 of 3 \(bucket 1\) died 2 times, most likely for"):
        list(engine.map(tasks.killed, [Work(number, tmp_path, fails=9 * (number == 1)) for number in range(3)]))


def test_an_error_of_a_task_is_the_same_in_the_driver(engine: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(engine.map(tasks.refused, range(5)))
    assert str(error.value) == "The third is no film: 'película'. Mend it, then curate again."
    with pytest.raises(UnavailableError, match=r"^The disk does not answer\. Try again\.$"):
        list(engine.map(tasks.unanswered, [Work(1, tmp_path, fails=9)]))


def test_results_come_while_the_job_runs_and_who_stops_reading_cancels_it(spark: SparkServer, tmp_path: Path) -> None:
    works = [Work(number, tmp_path) for number in range(50)]
    results = spark.engine.map(tasks.counted, works)
    assert next(results) in {2 * work.number for work in works}
    results.close()  # type: ignore[attr-defined]
    assert sum(work.tries for work in works) < 50
    assert list(spark.engine.map(tasks.double, [4])) == [8]


def test_a_session_that_runs_here_is_taken_and_left(spark: SparkServer, active: Any) -> None:
    guest = SparkEngine(EngineOptions("spark"))
    assert sorted(guest.map(tasks.double, [1, 2])) == [2, 4]
    guest.close()
    assert active.range(3).count() == 3
    with pytest.raises(SettingsError, match=r"A Spark session of local\[2,2\] runs in this process"):
        list(SparkEngine(EngineOptions("spark", address="spark://127.0.0.1:7077")).map(tasks.double, [1]))


def test_workers_that_do_not_fit_are_told(active: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SparkEngine(EngineOptions("spark"))
    with monkeypatch.context() as patch:
        patch.setattr(active.sparkContext, "pythonVer", "3.99")
        with pytest.raises(SettingsError, match="another Python than this one"):
            list(engine.map(tasks.double, [1]))
    # The same Python, in which taquilla is not installed.
    python = tmp_path / "python"
    barred = tmp_path / "sitecustomize.py"
    barred.write_text(
        "import sys\n"
        "class Barred:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'taquilla': raise ModuleNotFoundError(\"No module named 'taquilla'\", name=name)\n"
        "sys.meta_path.insert(0, Barred())\n"
    )
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(active.sparkContext, "pythonExec", str(python))
    with pytest.raises(NotInstalledError, match="workers has no taquilla"):
        list(engine.map(tasks.double, [1]))


def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


silent = pytest.fixture(silent_port)


def test_an_address_that_does_not_answer_is_told_soon(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a process without a session.
    monkeypatch.setattr("taquilla.engines.spark_session._running", lambda: None)
    dead = free_ports(1)[0]
    for address in (f"spark://127.0.0.1:{dead}", f"sc://127.0.0.1:{dead}/;token=s3cret", f"sc://127.0.0.1:{silent}"):
        with pytest.raises(UnavailableError) as error:
            list(SparkEngine(EngineOptions("spark", address=address, timeout_s=0.5)).map(tasks.double, [1]))
        assert f"did not answer at {address.partition(';')[0]} within 0.5 s" in str(error.value)
        assert "s3cret" not in str(error.value)
    for address in ("spark://nowhere", "spark://ana:s3cret@nowhere", "sc://a:b:c", "sc://a:1/;token=s3cret=="):
        with pytest.raises(SettingsError, match="is no address of") as refused:
            list(SparkEngine(EngineOptions("spark", address=address)).map(tasks.double, [1]))
        assert "s3cret" not in str(refused.value)


def old_java(folder: Path) -> None:
    (folder / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    (folder / "java").chmod(0o755)


@pytest.mark.parametrize(
    ("made", "told"),
    [(lambda folder: None, "there is none on the PATH. Debian: apt install"), (old_java, "/java is 11. Debian: apt")],
    ids=["none", "old"],
)
def test_without_java_the_way_to_it_is_told(
    made: Callable[[Path], None], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    from taquilla.engines.spark_jvm import check_java

    with pytest.raises(NotInstalledError) as error:
        check_java()
    assert told in str(error.value)


def test_without_pyspark_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(NotInstalledError, match=r'pip install "taquilla\[spark\]"'):
        engine_of(EngineOptions("spark"))
