"""The consumer at work: reads messages, hands full batches to the landing, keeps to its partitions.

One thread reads, one lands; in order, one batch in flight. The group's claims (`begin`, `release`, `lose`) are called
by the reader within `read`, so nothing else is read meanwhile.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from taquilla.errors import BusyError, TaquillaError, UnavailableError
from taquilla.pipeline.kafka.landing import Batch, LandedBatch, Landing, Stop
from taquilla.pipeline.kafka.state import StateFile
from taquilla.pipeline.options import Batching, Progress
from taquilla.sources.kafka import Broker, TopicFacts
from taquilla.sources.kafka_reader import Message, OffsetGoneError, Reader

MAX_BATCH_BYTES = 64 * 2**20
# So many messages a call: ten of 10 MB are as much as the batch may have.
READ_MESSAGES = 32
READ_S = 0.25
ASK_EVERY_S = 2.0  # whether a broker that was away is back
OFFSET_GONE_TRIES = 5
# Two that fight for one identity take it from each other at every try.
FENCED_TRIES, FENCED_WINDOW_S = 3, 60.0
REJOIN_PAUSE_S = 0.5

log = logging.getLogger(__name__)


class Consumer:
    """Reads, and hands full batches to the landing. The positions are those of the partitions that are ours."""

    def __init__(
        self,
        broker: Broker,
        landing: Landing,
        file: StateFile,
        batching: Batching,
        stop: Stop,
        on_landed: Callable[[int], None],
        progress: Progress,
    ) -> None:
        self.landed: dict[int, int] = {}  # the next offset that the lake has not, of each partition that is ours
        self._broker, self._landing, self._file, self._batching = broker, landing, file, batching
        self._stop, self._on_landed, self._progress = stop, on_landed, progress
        self._handed: dict[int, int] = {}  # where the batch in hand begins
        self._batch: list[Message] = []
        self._bytes, self._largest = 0, MAX_BATCH_BYTES  # the first read is of one message: it may be big
        self._deadline = 0.0
        self._thread = ThreadPoolExecutor(1, "landing")
        self._under_way: Future[LandedBatch] | None = None
        self._ends: Mapping[int, int] | None = None  # None: follow
        self._silent_s = self._asked = 0.0
        self._is_away = False
        self._gone = 0
        self._fenced: list[float] = []
        self._is_news = False  # partitions came or went

    def run(self, facts: TopicFacts, begins: Mapping[int, int], member: str | None) -> None:
        """Read and land until the end, or until told to stop; what is in hand then is landed."""
        self._member = member
        self._reader = Reader(self._broker.options, instance=member)
        try:
            if member is None:
                self._ends = {partition: high for partition, (_, high) in facts.watermarks.items()}
                self._own(begins)
                self._reader.assign(begins)
            else:
                self._reader.join(self)
            self._follow_through()
        except TaquillaError as error:
            self._file.error(error)
            raise
        finally:
            self._close()

    def _follow_through(self) -> None:
        while not self._is_done():
            self._take(self._read())
            self._collect()
            if self._is_full():
                self._turn_over()
            if self._is_news or self._file.is_due():
                self._tell()
        self._turn_over()
        self._settle()

    def _close(self) -> None:
        self._thread.shutdown()
        self._tell_ended()
        self._reader.close()

    def _tell_ended(self) -> None:
        self._file.places(self.landed, self._reader.highs())
        self._file.state.has_ended = True
        self._file.write()

    def _is_done(self) -> bool:
        if self._stop.is_set():
            return True
        return self._ends is not None and all(
            self._reader.positions[partition] >= end for partition, end in self._ends.items()
        )

    # Reading.

    def _read(self) -> list[Message]:
        started, before = time.monotonic(), dict(self._reader.positions)
        try:
            messages = self._reader.read(self._limit(), self._patience(started))
        except OffsetGoneError as error:
            self._look_again(error)
            return []
        except BusyError as error:
            self._rejoin(error)
            return []
        # Partitions that are taken away are no sign of a broker: a client that is alone takes them itself.
        if messages or not self._reader.positions.items() <= before.items():
            self._silent_s, self._gone = 0.0, 0
            self._heard()
        else:
            self._silent_s += time.monotonic() - started
            self._check_silence()
        return messages

    def _limit(self) -> int:
        left = self._batching.rows - len(self._batch)
        by_size = (MAX_BATCH_BYTES // 8) // max(self._largest, 1)
        return max(min(left, READ_MESSAGES, by_size), 1)

    def _patience(self, now: float) -> float:
        return min(READ_S, max(self._deadline - now, 0.0)) if self._batch else READ_S

    def _take(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        if not self._batch:
            self._deadline = time.monotonic() + self._batching.seconds
        sizes = [len(message.value or b"") + len(message.key or b"") for message in messages]
        self._largest = max(sizes)
        self._bytes += sum(sizes)
        self._batch.extend(messages)

    def _is_full(self) -> bool:
        return bool(self._batch) and (
            len(self._batch) >= self._batching.rows
            or self._bytes >= MAX_BATCH_BYTES
            or time.monotonic() >= self._deadline
        )

    def _look_again(self, error: OffsetGoneError) -> None:
        """The broker has not what stands at our position: raises what it lost, or reads on where it has it."""
        self._settle()
        begins = self._landing.begins(list(self._handed))
        self._gone += 1
        if self._gone > OFFSET_GONE_TRIES:
            raise UnavailableError(
                f"The broker at {self._broker.options.bootstrap} does not give what it says that it has: {error}. "
                "What landed stays; run: taquilla consume"
            ) from error
        log.warning("The broker did not have a position for a moment (%s); reading on where the lake ended.", error)
        self._forget(begins)
        self._own(begins)
        self._reader.resume(begins)

    def _rejoin(self, error: BusyError) -> None:
        """Join the group anew after the broker took this member for another; raises where there is another.

        A commit of offsets that outlived the broker's restart is enough for that; what lands is right in any case.
        """
        now = time.monotonic()
        self._fenced = [moment for moment in self._fenced if now - moment < FENCED_WINDOW_S] + [now]
        if len(self._fenced) > FENCED_TRIES:
            raise error
        self._file.error(error)
        log.warning("The group took this consumer for another one; joining it anew.")
        self._settle()
        self._forget(list(self._handed))
        self._reader.close()
        self._stop.wait(REJOIN_PAUSE_S)
        self._reader = Reader(self._broker.options, instance=self._member)
        self._reader.join(self)

    def _check_silence(self) -> None:
        options = self._broker.options
        if self._ends is not None and self._silent_s >= options.timeout_s:
            raise UnavailableError(
                f"The broker at {options.bootstrap} gave nothing for {options.timeout_s:g} s: {self._reader.reason}. "
                "What landed stays; once it is up, run: taquilla consume"
            )
        if self._reader.is_away and not self._is_away:
            self._is_away = True
            self._file.error(f"no broker answers: {self._reader.reason}")
            log.warning(
                "The broker at %s does not answer (%s); waiting for it.", options.bootstrap, self._reader.reason
            )
        if self._is_away and time.monotonic() - self._asked > ASK_EVERY_S:
            self._asked = time.monotonic()
            if self._broker.answers():
                self._reader.back()
                self._heard()

    def _heard(self) -> None:
        if self._is_away:
            self._is_away = False
            log.warning("The broker at %s answers again.", self._broker.options.bootstrap)

    # Landing.

    def _own(self, begins: Mapping[int, int]) -> None:
        self._is_news = True
        self.landed |= begins
        self._handed |= begins

    def _turn_over(self) -> None:
        """Hand the batch to the landing's thread, when the one before has landed."""
        positions = self._reader.positions
        ends = {partition: positions.get(partition, at) for partition, at in self._handed.items()}
        spans = {partition: (at, ends[partition]) for partition, at in self._handed.items() if ends[partition] > at}
        if spans:
            messages, self._batch, self._bytes = self._batch, [], 0
            batch = Batch(messages, self._landing.prepared(messages), spans)
            self._handed |= {partition: end for partition, (_, end) in spans.items()}
        self._settle()
        if spans:
            self._under_way = self._thread.submit(self._landing.land, batch)

    def _collect(self) -> None:
        if self._under_way is not None and self._under_way.done():
            self._settle()

    def _settle(self) -> None:
        """Wait for the batch that is being landed, and tell of it."""
        if self._under_way is None:
            return
        under_way, self._under_way = self._under_way, None
        landed = under_way.result()
        self.landed |= {n: end for n, end in landed.positions.items() if n in self.landed}
        self._reader.commit({n: end for n, end in landed.positions.items() if n in self.landed})
        self._file.batch(landed.messages, landed.rows, landed.dead_letters)
        self._tell()
        self._on_landed(landed.rows)

    def _tell(self) -> None:
        self._is_news = False
        self._file.places(self.landed, self._reader.highs())
        self._file.write()
        state = self._file.state
        self._progress(state.messages, state.messages + state.lag)

    def _forget(self, partitions: Mapping[int, int] | Sequence[int]) -> None:
        self._batch = [message for message in self._batch if message.partition not in partitions]
        self._bytes = sum(len(message.value or b"") for message in self._batch)
        self._is_news = True
        for partition in partitions:
            self._handed.pop(partition, None)
            self.landed.pop(partition, None)

    # The group's claims, called within `read`.

    def begin(self, partitions: Sequence[int]) -> Mapping[int, int]:
        self._settle()
        begins = self._landing.begins(partitions)
        self._own(begins)
        log.info("Reading partitions %s of %s.", begins, self._broker.options.topic)
        return begins

    def release(self, partitions: Sequence[int]) -> None:
        self._turn_over()
        self._settle()
        self._forget(partitions)

    def lose(self, partitions: Sequence[int]) -> None:
        log.warning(
            "Partitions %s are ours no more; what was not landed of them is read by their next owner.", partitions
        )
        self._forget(partitions)
