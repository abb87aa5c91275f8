"""Messages → a Kafka topic: each acknowledged by all in-sync replicas, once, in the order of its key.

    publisher = Publisher(options, on_acknowledged=print)
    while not publisher.send(film, key=b"550", value=message):
        publisher.poll(0.1)                # the queue is full: wait for the broker
    publisher.settle()                     # returns when the broker has acknowledged all

Not thread-safe, and never blocking but in `poll`, `flush` and `settle`: an event loop calls those in a thread.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from taquilla.errors import TaquillaError, UnavailableError
from taquilla.sources.kafka import Faults, KafkaOptions, client, config, explained, made

T = TypeVar("T")

RESUME = "taquilla produce; or land the films directly: taquilla produce --fallback"
LINGER_MS = 20
QUEUE_MESSAGES, QUEUE_KIB = 10_000, 32 * 2**10
# The topic has its own limit, which the broker tells when it refuses a message; this one only keeps memory in bounds.
MAX_MESSAGE_BYTES = 64 * 2**20
RETRY_AT_ONCE = 50
# How much longer than librdkafka's own time-out we wait for its word.
GRACE_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Sent(Generic[T]):
    token: T
    key: bytes | None
    value: bytes


class Publisher(Generic[T]):
    """Publishes on the topic of the options. A token is whatever the caller knows a message by.

    acknowledged: how many messages the broker has. too_large: the tokens of those that it takes from nobody.
    Errors of `poll` and `settle`: UnavailableError (not acknowledged within options.timeout_s),
    SettingsError (user, password, trust, unknown topic). What was not acknowledged: `unacknowledged()`.
    """

    def __init__(
        self,
        options: KafkaOptions,
        on_acknowledged: Callable[[T], None] = lambda token: None,
        headers: Mapping[str, str] | None = None,
        *,
        resume: str = RESUME,
    ) -> None:
        self.acknowledged = 0
        self.too_large: list[T] = []
        self._options, self._resume = options, resume
        self._on_acknowledged = on_acknowledged
        self._headers = [(name, value.encode()) for name, value in (headers or {}).items()]
        self._kafka = client()
        self._faults = Faults(options)
        self._under_way: set[_Sent[T]] = set()
        self._refused: list[_Sent[T]] = []  # too large for the broker in the company of others
        self._failed: list[_Sent[T]] = []
        self._reason: Any = None
        self._is_alone = False
        self._producer = made(self._kafka.Producer, self._settings() | {"error_cb": self._faults})

    def _settings(self) -> dict[str, Any]:
        given = config(self._options)
        return {
            "enable.idempotence": True,
            "acks": "all",
            "compression.type": "zstd",
            "linger.ms": LINGER_MS,
            # As Java's clients do it, so that a film has one partition whoever publishes it.
            "partitioner": "murmur2_random",
            "message.timeout.ms": max(round(self._options.timeout_s * 1000), LINGER_MS + 1),
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "queue.buffering.max.messages": QUEUE_MESSAGES,
            "queue.buffering.max.kbytes": QUEUE_KIB,
        } | given

    def send(self, token: T, *, key: bytes | None, value: bytes) -> bool:
        """Queue a message; False: the queue is full, and nothing was queued."""
        return self._queue(_Sent(token, key, value))

    def _queue(self, sent: _Sent[T]) -> bool:
        told = partial(self._told, sent)
        try:
            self._producer.produce(
                self._options.topic, value=sent.value, key=sent.key, headers=self._headers, on_delivery=told
            )
        except BufferError:
            return False
        except self._kafka.KafkaException as error:
            if error.args[0].code() != self._kafka.KafkaError.MSG_SIZE_TOO_LARGE:
                raise explained(error.args[0], self._options, resume=self._resume) from None
            self.too_large.append(sent.token)
            return True
        self._under_way.add(sent)
        return True

    def _told(self, sent: _Sent[T], error: Any, message: Any) -> None:
        """The broker's word on a message, or librdkafka's that none came."""
        self._under_way.discard(sent)
        if error is None:
            self.acknowledged += 1
            self._on_acknowledged(sent.token)
        elif error.code() != self._kafka.KafkaError.MSG_SIZE_TOO_LARGE:
            self._failed.append(sent)
            self._reason = error
        elif self._is_alone:
            self.too_large.append(sent.token)
        else:
            self._refused.append(sent)

    def poll(self, seconds: float = 0) -> None:
        """Hear what the broker says; waits so long for it at most."""
        self._producer.poll(seconds)
        self._check()

    @property
    def is_crowded(self) -> bool:
        """Whether so much waits to be sent once more, alone, that it is time to `settle`."""
        return len(self._refused) >= RETRY_AT_ONCE

    def _check(self) -> None:
        self._faults.check()
        if self._failed:
            raise self._unacknowledged(explained(self._reason, self._options, resume=self._resume))

    def _unacknowledged(self, why: TaquillaError) -> TaquillaError:
        count = len(self._failed) + len(self._under_way)
        return type(why)(f"{count:,} messages to the topic {self._options.topic} were not acknowledged. {why}")

    def settle(self) -> None:
        """Returns when every message is acknowledged, or known to be too large."""
        self._flush()
        # A batch is refused for its size as a whole: only alone does a message show whether it is the one.
        self._is_alone = True
        while self._refused:
            self._queue(self._refused.pop())
            self._flush()
        self._is_alone = False

    def _flush(self) -> None:
        if left := self.flush(self._options.timeout_s + GRACE_S):
            self._check()
            raise self._unacknowledged(
                UnavailableError(
                    f"The broker at {self._options.bootstrap} has not answered for {left:,} of them within "
                    f"{self._options.timeout_s:g} s. Once it is up, run: {self._resume}"
                )
            )
        self._check()

    def flush(self, seconds: float) -> int:
        """Wait so long at most for the broker's word on all messages; how many it has not told of."""
        deadline = time.monotonic() + seconds
        left = int(self._producer.flush(0))
        while left and self._faults.refused is None and (rest := deadline - time.monotonic()) > 0:
            left = int(self._producer.flush(min(rest, 0.5)))
        return left

    def unacknowledged(self) -> list[T]:
        """The tokens of what the broker has not acknowledged; none of it is sent any more.

        What was on its way may have arrived all the same.
        """
        self._producer.purge()
        self._producer.flush(GRACE_S)
        return [sent.token for sent in (*self._failed, *self._refused, *self._under_way)] + self.too_large
