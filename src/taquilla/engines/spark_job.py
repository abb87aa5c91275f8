"""One Spark job: a partition for each item, and the answers as they come.

Results travel two ways. An accumulator tells the driver of each item as its task ends; the job's own rows come at its
end and tell what the accumulator did not. Spark Connect knows no accumulators, and streams its rows instead, in the
order of the items.
"""

import itertools
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import cloudpickle
from pyspark.accumulators import AccumulatorParam
from pyspark.errors import PySparkException

from taquilla.engines.attempts import died
from taquilla.engines.spark_worker import SCHEMA, Answer, Job
from taquilla.errors import NotInstalledError, SettingsError, UnavailableError

_jobs = itertools.count(1)


class Arrivals(AccumulatorParam[list[Answer]]):
    """In the driver, what a task tells goes into the queue; in a worker, which has none, it gathers until the end."""

    def __init__(self, arrived: "SimpleQueue[Any] | None" = None) -> None:
        self.arrived = arrived

    def __reduce__(self) -> tuple[type["Arrivals"], tuple[()]]:
        return Arrivals, ()

    def zero(self, value: list[Answer]) -> list[Answer]:
        return []

    def addInPlace(self, value1: list[Answer], value2: list[Answer]) -> list[Answer]:  # noqa: N802 - Spark's name
        if self.arrived is None:
            return value1 + value2
        for answer in value2:
            self.arrived.put(answer)
        return value1


def packed(task: Callable[..., Any], items: Sequence[object], retries: int, threads: int | None) -> Job:
    """The job of that task over those items. A function of a notebook's travels whole, one of a module by its name."""
    dumps: Callable[[object], bytes] = cloudpickle.dumps
    return Job(dumps(task), [dumps(item) for item in items], retries, threads)


def is_connect(spark: Any) -> bool:
    """Whether that session is a client of Spark Connect."""
    return type(spark).__module__.startswith("pyspark.sql.connect")


def answers(spark: Any, job: Job, meaning: Callable[[Exception], Exception]) -> Iterator[Answer]:
    """Each item's answer once, as they come; what goes wrong with the job itself is raised as its meaning.

    Whoever stops reading cancels the job.
    """
    arrived: SimpleQueue[Any] = SimpleQueue()
    running, cancel = _begun(spark, job, arrived)
    seen: set[int] = set()
    answer: Any = ()
    try:
        while isinstance(answer := arrived.get(), tuple):
            if answer[0] not in seen:
                seen.add(answer[0])
                yield answer
    finally:
        if isinstance(answer, tuple) and len(seen) < len(job.items):
            cancel()
        running.join()
    if answer is not None:
        raise meaning(answer) from None
    if len(seen) != len(job.items):
        raise UnavailableError(f"Spark answered for {len(seen)} of {len(job.items)} items. Run it again.")


def _begun(spark: Any, job: Job, arrived: "SimpleQueue[Any]") -> tuple[threading.Thread, Callable[[], None]]:
    """The thread that waits for the job, and what cancels it. The thread's last word in the queue is None."""
    name = f"taquilla-{next(_jobs)}"
    if is_connect(spark):
        rows, cancel = _connect_rows(spark, job, name), lambda: spark.interruptTag(name)
    else:
        rows, cancel = _classic_rows(spark, job, name, arrived), lambda: spark.sparkContext.cancelJobGroup(name)
    thread = threading.Thread(target=_drained, args=(rows, arrived), name=name, daemon=True)
    thread.start()
    return thread, cancel


def _drained(rows: Iterator[Any], arrived: "SimpleQueue[Any]") -> None:
    try:
        for row in rows:
            arrived.put(tuple(row))
    except Exception as error:  # noqa: BLE001 - raised in the thread that reads the queue
        arrived.put(error)
    finally:
        arrived.put(None)


def _classic_rows(spark: Any, job: Job, name: str, arrived: "SimpleQueue[Any]") -> Iterator[Any]:
    # The group belongs to the thread that runs this.
    spark.sparkContext.setJobGroup(name, f"taquilla: {len(job.items)} items", interruptOnCancel=True)
    told = spark.sparkContext.accumulator([], Arrivals(arrived))
    yield from _frame(spark, job, told).collect()


def _connect_rows(spark: Any, job: Job, name: str) -> Iterator[Any]:
    spark.addTag(name)
    yield from _frame(spark, job, None).toLocalIterator()


def _frame(spark: Any, job: Job, told: Any) -> Any:
    # A function within a function travels whole; one of a module would be looked up where Spark runs it.
    def run(batches: Iterator[Any]) -> Iterator[Any]:
        return job.answers(batches, told)

    count = len(job.items)
    return spark.range(0, count, 1, count).mapInArrow(run, SCHEMA)


def meaning(error: Exception, items: Sequence[object], first: int, total: int) -> Exception:
    """What an error of Spark's says to the reader, without Java's stack; any other error as it is.

    items: of the job. first: how many came before them, of `total`.
    """
    if isinstance(error, OSError):
        return UnavailableError(
            f"Spark's Java died: {error}. Give it more memory (spark.driver.memory), then run it again."
        )
    if not isinstance(error, Py4JError | PySparkException):
        return error
    text = str(error)
    if "PYTHON_VERSION_MISMATCH" in text:
        return SettingsError(
            "Spark's workers run another Python than this one. Set PYSPARK_PYTHON (or spark.pyspark.python) to the "
            "same version on every machine."
        )
    if missing := re.search(r"No module named '([\w.]+)", text):
        return NotInstalledError(
            f"The Python of Spark's workers has no {missing[1].partition('.')[0]}. Install the same taquilla there: "
            'pip install "taquilla[spark]"'
        )
    if lost := re.search(r"Task (\d+) in stage \S+ failed (\d+) times", text):
        return died(items[int(lost[1])], first + int(lost[1]) + 1, total, int(lost[2]))
    return UnavailableError(f"Spark gave the work up: {first_line(text)} Run it again.")


def first_line(text: str) -> str:
    """What Spark says in one line: the reason without the stack, and without what Py4J puts before it."""
    if rpc := re.search(r'^\s*details = "(.+)"$', text, re.MULTILINE):
        text = rpc[1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("An error occurred while calling", "at "))]
    line = re.sub(r"^(?:: )?(?:[\w$]+\.)+[\w$]+(?:: |$)", "", (told or lines or ["no reason told"])[0])
    return line if line.endswith(".") else line + "."
