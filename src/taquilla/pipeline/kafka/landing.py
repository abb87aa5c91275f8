"""A batch of messages → raw, with the next offset of each partition in the same commit."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

import polars as pl
from deltalake.exceptions import DeltaError

from taquilla.errors import BusyError, DataError, TaquillaError, UnavailableError
from taquilla.lake import LakeTable
from taquilla.pipeline.kafka.messages import message_rows
from taquilla.pipeline.kafka.positions import GO_ON, begin_positions, stream
from taquilla.sources.kafka import Broker, KafkaOptions, UnknownTopicError
from taquilla.sources.kafka_dead_letters import DeadLetter, DeadLetterTopic
from taquilla.sources.kafka_reader import Message

# Between the tries of a commit that fails, in seconds: some two minutes in all.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
BROKER_PAUSE_S = 1.0
# For how long a topic that was there may be unknown to a broker that starts.
TOPIC_PATIENCE_S = 3.0
LOOK_AGAIN_PAUSES = (1.0, 2.0)

T = TypeVar("T")

log = logging.getLogger(__name__)


class Stop(Protocol):
    """What tells a consumer to end; a threading.Event is one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in hand, as rows of raw too. spans: of each partition where it begins, and the offset after its end."""

    messages: Sequence[Message]
    rows: pl.DataFrame
    spans: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class LandedBatch:
    """What became of a batch. rows: those that were new; dead_letters: of its messages, new or not."""

    messages: int
    rows: int
    dead_letters: int
    positions: Mapping[int, int]


class Landing:
    """Lands batches in order, one at a time; `follow`: tries again for a while where the disk or the broker fails.

    overcoming: told each error that is followed by another try.
    """

    def __init__(
        self,
        raw: LakeTable,
        broker: Broker,
        topic_id: int | None,
        *,
        run_id: str,
        follow: bool,
        stop: Stop | None = None,
        overcoming: Callable[[TaquillaError], None] = lambda error: None,
    ) -> None:
        self._raw, self._broker, self._topic_id = raw, broker, topic_id
        self._run_id, self._follow, self._stop = run_id, follow, stop or threading.Event()
        self._options: KafkaOptions = broker.options
        self._overcoming = overcoming
        self._buckets = raw.bucket_count()
        dlq = self._options.dlq_topic
        self._dlq = DeadLetterTopic(self._options, dlq) if dlq else None

    def begins(self, partitions: Sequence[int]) -> dict[int, int]:
        """Where each partition is read on. DataError: the broker lost what the lake has not read."""
        for pause in LOOK_AGAIN_PAUSES if self._follow else ():
            try:
                return self._begins(partitions)
            except DataError as error:
                # A broker that has just come up may not know yet all that it has.
                log.warning("%s Looking again in %g s.", error, pause)
                self._stop.wait(pause)
        return self._begins(partitions)

    def _begins(self, partitions: Sequence[int]) -> dict[int, int]:
        facts = self._waiting(self._broker.topic)
        with lake_errors(self._raw.uri):
            return begin_positions(self._raw, facts, partitions)

    def prepared(self, messages: Sequence[Message]) -> pl.DataFrame:
        """The messages as rows of raw; the reading thread makes them while the batch before is being written."""
        return message_rows(
            messages, topic=self._options.topic, run_id=self._run_id, buckets=self._buckets, now=datetime.now(UTC)
        )

    def land(self, batch: Batch) -> LandedBatch:
        """Land the batch. Errors: DataError (the topic is another one by now), UnavailableError (disk, broker)."""
        self._check_identity()
        dead = self._dead_letters(batch)
        if self._dlq is not None and dead:
            # Before the commit, so that none is lost; a kill between the two sends these once more.
            self._waiting(partial(self._dlq.publish, dead))
        new = self._persistently(batch)
        ends = {partition: end for partition, (_, end) in batch.spans.items()}
        return LandedBatch(len(batch.messages), new, len(dead), ends)

    def _dead_letters(self, batch: Batch) -> list[DeadLetter]:
        wrong = batch.rows.filter(pl.col("error").is_not_null()).select("partition", "offset", "error")
        if wrong.is_empty():
            return []
        errors = {(partition, offset): error for partition, offset, error in wrong.iter_rows()}
        places = ((message, errors.get((message.partition, message.offset))) for message in batch.messages)
        return [DeadLetter(message, error) for message, error in places if error is not None]

    def _check_identity(self) -> None:
        """What was read so far is of the topic that we began with, if the broker still says so."""
        if self._topic_id is not None and self._waiting(self._broker.topic_id) != self._topic_id:
            raise DataError(
                f"Topic {self._options.topic} was deleted and made anew while it was read. What the old one had and "
                f"was not landed is lost. Nothing was skipped. {GO_ON}"
            )

    def _waiting(self, ask: Callable[[], T]) -> T:
        """What the broker answers; a follower waits for one that is away, and for a topic for a moment."""
        began = time.monotonic()
        while True:
            try:
                return ask()
            except BusyError:
                raise
            except UnknownTopicError:
                is_over = time.monotonic() - began > TOPIC_PATIENCE_S
                if not self._follow or is_over or self._stop.wait(BROKER_PAUSE_S):
                    raise
            except UnavailableError:
                if not self._follow or self._stop.wait(BROKER_PAUSE_S):
                    raise

    def _persistently(self, batch: Batch) -> int:
        for pause in PAUSES if self._follow else ():
            try:
                return self._commit(batch)
            except UnavailableError as error:
                self._overcoming(error)
                log.warning("%s Trying again in %g s.", error, pause)
                if self._stop.wait(pause):
                    raise
        return self._commit(batch)

    def _commit(self, batch: Batch) -> int:
        spans = {stream(self._options.topic, partition): span for partition, span in batch.spans.items()}
        with lake_errors(self._raw.uri):
            return self._raw.land_streams(batch.rows, spans)


@contextmanager
def lake_errors(place: str) -> Iterator[None]:
    """UnavailableError where the disk or the folder of the lake does not do what it should."""
    try:
        yield
    except (OSError, DeltaError) as error:
        raise UnavailableError(
            f"The lake at {place} cannot be used: {_plain(error)}. Nothing was lost: the messages are still on the "
            "topic. Free some space or mend the disk, then run: taquilla consume"
        ) from error


def _plain(error: Exception) -> str:
    """What delta-rs draws in several coloured lines, as one."""
    lines = re.sub(r"\x1b\[[0-9;]*m|↳", "", str(error)).splitlines()
    return ": ".join(line.strip() for line in lines if line.strip()) or type(error).__name__
