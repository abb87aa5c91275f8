"""A consumer's identity in its group: the same after a crash, so that its partitions wait for it and go to no other."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from taquilla.errors import BusyError
from taquilla.lake import Lake, lease

SLOTS = 64


@contextmanager
def taken_slot(lake: Lake, purpose: str = "consumer") -> Iterator[str]:
    """Hold the first free slot of this machine for the length of the block; the identity that goes with it.

    The operating system frees the slot of a process that is killed. BusyError: all are taken.
    """
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())
    with ExitStack() as held:
        for slot in range(SLOTS):
            try:
                held.enter_context(lease(lake.private("leases"), f"{purpose}-{host}-{slot}"))
            except BusyError:
                continue
            yield f"{host}-{slot}" if purpose == "consumer" else f"{host}-{purpose}-{slot}"
            return
    raise BusyError(f"{SLOTS} consumers are at work on this lake from here. End one, then: taquilla consume --follow")
