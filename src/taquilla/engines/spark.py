"""Spark: a job of one partition an item, on this machine, on a cluster, by Spark Connect, or in a session handed over.

    SparkEngine(EngineOptions("spark", workers=4))                             # this machine
    SparkEngine(EngineOptions("spark", address="spark://host:7077"))           # a master; yarn and k8s:// too
    SparkEngine(EngineOptions("spark", address="sc://host:15002"))             # a Connect server: no Java here

Without an address a session that runs in this process is taken (AWS Glue's, a notebook's) and left running. Retries
after a worker's death are Spark's: as many as the options say in a session of our own, else spark.task.maxFailures.
"""

import importlib.util
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from taquilla.engines import EngineOptions
from taquilla.errors import NotInstalledError

if TYPE_CHECKING:
    from taquilla.engines.spark_session import Session

Item = TypeVar("Item")
Result = TypeVar("Result")

INSTALL = 'Spark is not installed: pip install "taquilla[spark]"'
# Every task is sent the items of its whole job: some 300 bytes each.
ITEMS_A_JOB = 2_000


class SparkEngine:
    """Items spread over Spark's Python workers; the session starts with the first of them, and is kept."""

    def __init__(self, options: EngineOptions) -> None:
        """NotInstalledError: PySpark is missing."""
        if importlib.util.find_spec("pyspark") is None:
            raise NotInstalledError(INSTALL)
        self.options = options
        self._session: Session | None = None

    @property
    def is_here(self) -> bool:
        return False

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order (by Spark Connect in the items' order); an error is raised here.

        NotInstalledError: no Java, or the workers lack a module. SettingsError: the workers run another Python.
        UnavailableError: Spark does not answer, or an item's worker died too often.
        """
        todo = list(items)
        for first in range(0, len(todo), ITEMS_A_JOB):
            yield from self._job(task, todo[first : first + ITEMS_A_JOB], first, len(todo))

    def close(self) -> None:
        """End the session if it is our own; one that was handed over stays."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _job(self, task: Callable[[Item], Result], items: Sequence[Item], first: int, total: int) -> Iterator[Result]:
        session = self._opened()
        from taquilla.engines import spark_job

        job = spark_job.packed(task, items, self.options.retries, session.threads)
        meaning = partial(spark_job.meaning, items=items, first=first, total=total)
        for _, result, error in spark_job.answers(session.spark, job, meaning):
            if error is not None:
                raise pickle.loads(error)  # noqa: S301 - from our own worker
            yield pickle.loads(result or b"")  # noqa: S301 - from our own worker

    def _opened(self) -> "Session":
        if self._session is None or not self._session.is_alive:
            from taquilla.engines import spark_session

            self.close()
            self._session = spark_session.opened(self.options)
        return self._session
