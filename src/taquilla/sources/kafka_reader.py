"""Messages of one topic, from positions that the reader is given and never from any that the broker keeps.

Two ways to read: `assign` takes the partitions by hand (to read up to an end), `join` shares them with the other
members of the group. Either way the position of each partition comes from whoever keeps what was read.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from taquilla.errors import DataError, TaquillaError
from taquilla.sources.kafka import METADATA_MS, Faults, KafkaOptions, client, config, explained, made

GROUP = "taquilla"  # of a reader that no lake has named one for
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What librdkafka fetches ahead, at most: with the batch in hand and the one being landed it bounds the memory.
QUEUED_KIB = 32 * 1024
FETCH_BYTES = 16 * 2**20  # of all partitions, in one answer
PARTITION_BYTES = 4 * 2**20
# After a full queue the default waits a second before it fetches again.
QUEUE_PAUSE_MS = 10
FETCH_WAIT_MS = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came. timestamp: when it was made or stored, UTC; None: the broker tells none that can be."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: datetime | None


class Claims(Protocol):
    """Who keeps the positions of a group's member, and what was read and not kept yet."""

    def begin(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """Where each of these partitions, which are ours now, begins."""

    def release(self, partitions: Sequence[int]) -> None:
        """These go to another member when this returns: what was read of them is to be kept before."""

    def lose(self, partitions: Sequence[int]) -> None:
        """These are another's already: what was read of them and not kept is to be forgotten."""


class OffsetGoneError(DataError):
    """The broker does not have what stands at a position, or does not know the partition."""


class Reader:
    """Reads the topic's messages in order within each partition.

    positions: the next offset of each partition that is read. is_away: no broker answers; librdkafka goes on trying.
    Errors: SettingsError, BusyError (another has taken this one's identity), OffsetGoneError.
    """

    def __init__(self, options: KafkaOptions, *, instance: str | None = None) -> None:
        self.positions: dict[int, int] = {}
        self._options = options
        self._kafka = client()
        self._faults = Faults(options)
        self._claims: Claims | None = None
        self._error: TaquillaError | None = None
        # In a call that changed the assignment a message may be left over from before it.
        self._is_rebalanced = False
        self._consumer = made(self._kafka.Consumer, self._settings(instance))

    def _settings(self, instance: str | None) -> dict[str, Any]:
        session_ms = int(self._options.session_s * 1000)
        tuned = {
            "session.timeout.ms": session_ms,
            "heartbeat.interval.ms": max(session_ms // 3, 1),
            "metadata.max.age.ms": METADATA_MS,
            "queued.max.messages.kbytes": QUEUED_KIB,
            "fetch.max.bytes": FETCH_BYTES,
            "max.partition.fetch.bytes": PARTITION_BYTES,
            "fetch.queue.backoff.ms": QUEUE_PAUSE_MS,
            "fetch.wait.max.ms": FETCH_WAIT_MS,
        }
        settings = {
            **tuned,
            **config(self._options),
            # librdkafka aborts the whole process over a group that is null.
            "group.id": self._options.group or GROUP,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            # Positions are always given; one that is not there is an error and never a silent skip.
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "partition.assignment.strategy": "cooperative-sticky",
            "error_cb": self._faults,
            "on_commit": self._committed,
        }
        return settings | ({"group.instance.id": instance} if instance else {})

    @property
    def is_away(self) -> bool:
        return self._faults.is_away

    @property
    def reason(self) -> str:
        """Why no broker answers, as far as it is known."""
        return self._faults.reason or "no answer"

    def back(self) -> None:
        """The broker was seen to answer again."""
        self._faults.is_away = False

    def assign(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these positions, as no member of the group."""
        self.positions = dict(positions)
        self._consumer.assign(self._at(positions))

    def join(self, claims: Claims) -> None:
        """Share the topic's partitions with the group's other members."""
        self._claims = claims
        self._consumer.subscribe(
            [self._options.topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def seek(self, position: Mapping[int, int]) -> None:
        """Read on from there."""
        for place in self._at(position):
            self.positions[place.partition] = place.offset
            self._consumer.seek(place)

    def resume(self, positions: Mapping[int, int]) -> None:
        """Read on from there after an OffsetGoneError."""
        self._error = None
        self.seek(positions)

    def read(self, limit: int, seconds: float) -> list[Message]:
        """The next messages, `limit` at most; fewer, or none, when the seconds are over."""
        if self._error is not None:
            raise self._error
        self._is_rebalanced = False
        found = self._consumer.consume(limit, max(seconds, 0))
        self._faults.check()
        taken = [message for message in map(self._taken, found) if message is not None]
        if taken:
            self._faults.is_away = False
        return taken

    def commit(self, positions: Mapping[int, int]) -> None:
        """Tell the broker how far we are, for those who watch the lag; nothing rests on it."""
        if not positions:
            return
        try:
            self._consumer.commit(offsets=self._at(positions), asynchronous=True)
        except self._kafka.KafkaException as error:
            self._faults.reason = error.args[0].str()

    def highs(self) -> dict[int, int]:
        """The end of each partition that is read, as the last answers told it."""
        found = {}
        for place in self._at(self.positions):
            _, high = self._consumer.get_watermark_offsets(place, cached=True)
            found[place.partition] = max(high, place.offset)
        return found

    def close(self) -> None:
        """Stop reading. A member with an identity of its own does not leave the group: its partitions wait for it.

        Ends within the time-out: of a broker that stands still librdkafka would wait for ever.
        """
        self._claims = None
        closing = threading.Thread(target=self._consumer.close, name="closing", daemon=True)
        closing.start()
        closing.join(self._options.timeout_s)

    def _at(self, positions: Mapping[int, int]) -> list[Any]:
        topic = self._options.topic
        return [self._kafka.TopicPartition(topic, number, offset) for number, offset in positions.items()]

    # What librdkafka calls, within `read`.

    def _assigned(self, consumer: Any, places: Sequence[Any]) -> None:
        self._is_rebalanced = True
        if self._claims is None:
            consumer.incremental_assign(places)
            return
        begins = self._claims.begin([place.partition for place in places])
        self.positions |= begins
        consumer.incremental_assign(self._at(begins))

    def _revoked(self, consumer: Any, places: Sequence[Any]) -> None:
        self._gone(consumer, places, is_lost=False)

    def _lost(self, consumer: Any, places: Sequence[Any]) -> None:
        self._gone(consumer, places, is_lost=True)

    def _gone(self, consumer: Any, places: Sequence[Any], *, is_lost: bool) -> None:
        self._is_rebalanced = True
        numbers = [place.partition for place in places]
        if self._claims is not None:
            (self._claims.lose if is_lost else self._claims.release)(numbers)
        for number in numbers:
            self.positions.pop(number, None)
        consumer.incremental_unassign(places)

    def _committed(self, error: Any, places: Sequence[Any]) -> None:
        if error is not None:
            self._faults.reason = error.str()

    # What `read` was given.

    def _taken(self, found: Any) -> Message | None:
        """The message, unless it is an event, or not the one that comes next."""
        if found.error() is not None:
            self._told(found)
            return None
        partition, offset = found.partition(), found.offset()
        expected = self.positions.get(partition)
        if expected is None or offset < expected:
            return None
        if offset > expected and self._is_rebalanced:
            # A hole, or a message from before: only reading anew tells.
            self.seek({partition: expected})
            return None
        self.positions[partition] = offset + 1
        return Message(
            partition, offset, found.key(), found.value(), found.headers() or (), _moment(*found.timestamp())
        )

    def _told(self, event: Any) -> None:
        error, codes = event.error(), self._kafka.KafkaError
        if error.code() == codes._PARTITION_EOF:
            self._ended(event.partition(), event.offset())
        elif error.code() in self._lost_positions():
            self._error = OffsetGoneError(error.str())
        elif error.code() in (codes._FATAL, codes.FENCED_INSTANCE_ID, codes._FENCED):
            self._error = explained(error, self._options)
        else:
            self._faults(error)

    def _lost_positions(self) -> tuple[int, ...]:
        codes = self._kafka.KafkaError
        return (
            codes._AUTO_OFFSET_RESET,
            codes.OFFSET_OUT_OF_RANGE,
            codes._LOG_TRUNCATION,
            codes.UNKNOWN_TOPIC_OR_PART,
            codes.UNKNOWN_TOPIC_ID,
            codes._UNKNOWN_TOPIC,
            codes._UNKNOWN_PARTITION,
        )

    def _ended(self, partition: int, offset: int) -> None:
        # What stands between the last message and the end is a transaction's own records.
        self._faults.is_away = False
        if not self._is_rebalanced and partition in self.positions:
            self.positions[partition] = max(self.positions[partition], offset)


def _moment(kind: int, millis: int) -> datetime | None:
    """Kafka's timestamp, which a producer may set to anything."""
    if kind == 0:
        return None
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return None
