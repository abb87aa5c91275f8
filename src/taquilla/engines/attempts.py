"""What every engine does alike: an item is tried again in its worker, and Polars gets its share of the machine."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from taquilla.engines import EngineOptions
from taquilla.errors import BusyError, UnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")

FIRST_WAIT_S = 0.2
# Read by Polars when it first needs a thread.
POLARS_THREADS = "POLARS_MAX_THREADS"


def attempted(task: Callable[[Item], Result], item: Item, retries: int) -> Result:
    """What the task makes of the item; a service that did not answer is asked again, `retries` times.

    Every other error is raised at once, and so is BusyError: who holds the lake holds it for longer than this waits.
    """
    for failures in range(retries):
        try:
            return task(item)
        except BusyError:
            raise
        except UnavailableError:
            time.sleep(FIRST_WAIT_S * 2**failures)
    return task(item)


def polars_threads(options: EngineOptions) -> int:
    """The threads of Polars in each worker: as the options say, else the machine's cores shared out."""
    return options.threads or max(1, (os.cpu_count() or 1) // options.workers)


def died(item: object, number: int, total: int, deaths: int) -> UnavailableError:
    """The error for the `number`th of `total` items, whose worker died `deaths` times.

    Of the item nothing but its bucket is told: it may hold an address.
    """
    bucket = getattr(item, "bucket", None)
    named = f"item {number} of {total}" + ("" if bucket is None else f" (bucket {bucket})")
    return UnavailableError(
        f"The worker of {named} died {deaths} times, most likely for want of memory. Cut the tables into more buckets "
        "(taquilla lake rebucket), take fewer workers (engine.workers) or give each more memory (engine.memory)."
    )
