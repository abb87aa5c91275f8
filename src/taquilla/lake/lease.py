"""One worker a lake: whoever holds the lease may curate, load and clean up."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taquilla.errors import BusyError


@contextmanager
def lease(folder: Path, purpose: str) -> Iterator[None]:
    """Hold `folder/<purpose>.lease` for the length of the block; the operating system frees it if we are killed.

    BusyError: another process holds it; the message names its process id and what it is doing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{purpose}.lease"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"{_holder(path)} holds {path}. Wait for it to end, then run the same command again."
            ) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "purpose": purpose}))
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        return f"Process {json.loads(path.read_text())['pid']}"
    except (ValueError, KeyError):
        return "Another process"
