"""What every engine does alike: an item is tried again in its worker, and Polars gets its share of the machine."""

import os
import pickle
import time
from collections.abc import Callable
from typing import TypeVar

from taquilla.engines import EngineOptions
from taquilla.errors import BusyError, DataError, UnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")

FIRST_WAIT_S = 0.2
# Read by Polars when it is imported.
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


def attempted_away(task: Callable[[Item], Result], item: Item, retries: int) -> Result:
    """The same in another process than its reader's; an error whose class cannot go there is told by one that can."""
    try:
        return attempted(task, item, retries)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # Polars' panics are no Exception.
        if _is_portable(error):
            raise
        raise DataError(
            f"{type(error).__name__}: {str(error).rstrip('.')}. Where it was raised is shown by the same run "
            "with engine.name = local and engine.workers = 1."
        ) from None


def _is_portable(error: BaseException) -> bool:
    """Whether it is itself again after the way to another process; deltalake's errors are not."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 - what was written a moment ago
    except Exception:  # noqa: BLE001 - an error's class may raise anything there
        return False


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
        f"The worker of {named} died {deaths} times, most likely for want of memory. Take fewer workers "
        "(engine.workers), give each more memory (engine.memory), or cut the lake into more buckets "
        "(taquilla lake rebucket N)."
    )
