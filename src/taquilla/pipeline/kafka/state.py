"""How each consumer of a lake is getting on: one small file a consumer, for `status`, the web and Prometheus."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from taquilla.lake import Lake

FOLDER = "consumers"
WRITE_EVERY_S = 5.0
RATE_WINDOW_S = 60.0
# A consumer writes at least every five seconds, unless it waits for a disk or a broker.
SILENT_AFTER_S = 30.0

log = logging.getLogger(__name__)


class PartitionState(msgspec.Struct):
    """position: the next offset that lands. high: the end of the partition. lag: messages between the two."""

    position: int
    high: int
    lag: int


class ConsumerState(msgspec.Struct):
    """One consumer at a moment. Counts are of this process; `landed_rows` leaves out what was there already."""

    instance: str
    topic: str
    group: str
    run_id: str
    pid: int
    started_at: datetime
    moment: datetime
    is_following: bool
    has_ended: bool = False
    partitions: dict[int, PartitionState] = {}
    messages: int = 0
    landed_rows: int = 0
    dead_letters: int = 0
    batches: int = 0
    errors: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_landed_at: datetime | None = None
    landed_rows_per_s: float = 0.0

    @property
    def lag(self) -> int:
        return sum(partition.lag for partition in self.partitions.values())

    def is_alive(self, now: datetime) -> bool:
        """Whether it has been heard of lately and has not said goodbye."""
        return not self.has_ended and (now - self.moment).total_seconds() < SILENT_AFTER_S


class StateFile:
    """Keeps a consumer's state and writes it, whole or not at all, after every batch and every five seconds."""

    def __init__(self, lake: Lake, instance: str, *, topic: str, group: str, run_id: str, is_following: bool) -> None:
        now = datetime.now(UTC)
        self.state = ConsumerState(instance, topic, group, run_id, os.getpid(), now, now, is_following)
        self._path = lake.private(FOLDER) / f"{instance}.json"
        self._written = float("-inf")
        self._landed: deque[tuple[float, int]] = deque()
        self._began = time.monotonic()
        self._lock = threading.Lock()  # the thread that lands writes too

    def batch(self, messages: int, rows: int, dead_letters: int) -> None:
        """Count a batch that has landed."""
        state = self.state
        state.batches += 1
        state.messages += messages
        state.landed_rows += rows
        state.dead_letters += dead_letters
        state.last_landed_at = datetime.now(UTC)
        self._landed.append((time.monotonic(), rows))

    def error(self, error: BaseException | str) -> None:
        """Count an error; the last one is kept."""
        self.state.errors += 1
        self.state.last_error, self.state.last_error_at = str(error), datetime.now(UTC)

    def error_now(self, error: BaseException) -> None:
        """Count an error and write the state at once: what follows may take long."""
        self.error(error)
        self.write()

    def places(self, positions: Mapping[int, int], highs: Mapping[int, int]) -> None:
        """What is landed of each partition that is read here, and where it ends."""
        found = {n: (position, max(highs.get(n, position), position)) for n, position in positions.items()}
        self.state.partitions = {n: PartitionState(p, high, high - p) for n, (p, high) in sorted(found.items())}

    def is_due(self) -> bool:
        return time.monotonic() - self._written >= WRITE_EVERY_S

    def write(self) -> None:
        """Write the state now. A disk that takes it not is a line in the log: nothing rests on this file."""
        with self._lock:
            self._written = time.monotonic()
            self.state.moment = datetime.now(UTC)
            self.state.landed_rows_per_s = self._rate(self._written)
            new = self._path.with_suffix(".new")
            try:
                new.write_bytes(msgspec.json.encode(self.state))
                new.replace(self._path)
            except OSError as error:
                log.warning("The consumer's state %s cannot be written: %s", self._path, error.strerror)

    def _rate(self, now: float) -> float:
        while self._landed and self._landed[0][0] < now - RATE_WINDOW_S:
            self._landed.popleft()
        seconds = min(now - self._began, RATE_WINDOW_S)
        return round(sum(rows for _, rows in self._landed) / seconds, 1) if seconds > 0 else 0.0


def consumer_states(lake: Lake) -> list[ConsumerState]:
    """The last state of each consumer that this lake has had, by instance."""
    found = (_read(path) for path in sorted(lake.private(FOLDER).glob("*.json")))
    return [state for state in found if state is not None]


def _read(path: Path) -> ConsumerState | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=ConsumerState)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("The consumer's state %s cannot be read: %s", path, error)
        return None
