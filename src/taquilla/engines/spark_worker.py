"""What runs in Spark's Python workers: the items of one job, one a partition.

Spark's daemon forks its workers before it has imported anything, and nothing here imports Polars: each worker imports
it by itself, with the task, so that no fork inherits Polars' locked thread pool.
"""

import os
import pickle
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from taquilla.engines.attempts import POLARS_THREADS, attempted_away
from taquilla.errors import TaquillaError

SCHEMA = "number long, result binary, error binary"
# The item's number, its pickled result or its pickled error.
Answer = tuple[int, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Job:
    """A task and its items, each pickled by itself; threads of Polars; None: as many as Spark gives each task cores."""

    task: bytes
    items: list[bytes]
    retries: int
    threads: int | None

    def answers(self, batches: Iterable[Any], told: Any) -> Iterator[Any]:
        """One Arrow batch for each number in `batches`; told: Spark's accumulator, which tells the driver at once."""
        import pyarrow as pa

        self._share_out()
        for batch in batches:
            for number in batch.column(0).to_pylist():
                answer = self.answer(number)
                if told is not None:
                    told.add([answer])
                columns = zip(answer, (pa.int64(), pa.binary(), pa.binary()), strict=True)
                yield pa.RecordBatch.from_arrays(
                    [pa.array([value], kind) for value, kind in columns], ["number", "result", "error"]
                )

    def answer(self, number: int) -> Answer:
        """What the task makes of that item, or its error: as data, so that Spark does not try again what is wrong."""
        try:
            task, item = pickle.loads(self.task), pickle.loads(self.items[number])  # noqa: S301 - from the driver
            return number, pickle.dumps(attempted_away(task, item, self.retries)), None
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - raised in the driver, whatever it is
            if not isinstance(error, TaquillaError):
                error.add_note("In the worker:\n" + traceback.format_exc())
            return number, None, pickle.dumps(error)

    def _share_out(self) -> None:
        if self.threads is not None:
            os.environ[POLARS_THREADS] = str(self.threads)
        # Spark sets OpenMP's threads to the cores of a task (spark.task.cpus).
        os.environ.setdefault(POLARS_THREADS, os.environ.get("OMP_NUM_THREADS", "1"))
