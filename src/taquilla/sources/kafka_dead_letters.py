"""Dead letters to a topic of their own, for those who mend and send them again."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from taquilla.errors import UnavailableError
from taquilla.sources.kafka import Broker, Faults, KafkaOptions, client, config, explained, made
from taquilla.sources.kafka_reader import Message

# A letter is as big as the message that it was, and its headers come on top.
MAX_LETTER_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, and why it cannot be a film."""

    message: Message
    error: str


class DeadLetterTopic:
    """Publishes dead letters to options.dlq_topic, which is made where it is not there."""

    def __init__(self, options: KafkaOptions, topic: str) -> None:
        self._options, self._topic = options, topic
        self._kafka = client()
        self._faults = Faults(options)
        self._failed: list[Any] = []
        self._too_big: list[DeadLetter] = []
        self._acknowledged = 0
        Broker(options).ensure_topic(topic)
        settings = {
            "enable.idempotence": True,
            "compression.type": "zstd",
            "linger.ms": 5,
            "message.timeout.ms": int(options.timeout_s * 1000),
            "message.max.bytes": MAX_LETTER_BYTES,
            "error_cb": self._faults,
        }
        self._producer = made(self._kafka.Producer, config(options) | settings)

    def publish(self, letters: Iterable[DeadLetter]) -> int:
        """Publish the letters; returns how many, when the broker has acknowledged all.

        UnavailableError: it has not within the time-out, or refuses one. Those acknowledged are there all the same.
        """
        self._failed, self._too_big, self._acknowledged = [], [], 0
        sent = 0
        for letter in letters:
            self._send(letter)
            sent += 1
        self._producer.flush(self._options.timeout_s)
        for letter in self._too_big:
            self._send(letter, with_value=False)
        self._producer.flush(self._options.timeout_s)
        self._faults.check()
        if self._failed:
            raise explained(self._failed[0], self._options)
        if self._acknowledged < sent:
            raise UnavailableError(
                f"The broker at {self._options.bootstrap} has acknowledged {self._acknowledged} of {sent} dead letters "
                f"within {self._options.timeout_s:g} s. What landed stays; once it is up, run: taquilla consume"
            )
        return sent

    def _send(self, letter: DeadLetter, *, with_value: bool = True) -> None:
        message = letter.message
        deadline = time.monotonic() + self._options.timeout_s
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    message.value if with_value else None,
                    message.key,
                    headers=self._headers(letter, with_value=with_value),
                    on_delivery=partial(self._delivered, letter, with_value),
                )
                self._producer.poll(0)
                return
            except BufferError:
                if time.monotonic() > deadline:
                    raise UnavailableError(
                        f"The broker at {self._options.bootstrap} takes no more dead letters. What landed stays; "
                        "once it is up, run: taquilla consume"
                    ) from None
                self._producer.poll(0.1)

    def _headers(self, letter: DeadLetter, *, with_value: bool) -> Sequence[tuple[str, bytes | None]]:
        message = letter.message
        told = {
            "taquilla-topic": self._options.topic,
            "taquilla-partition": str(message.partition),
            "taquilla-offset": str(message.offset),
            "taquilla-error": letter.error,
        }
        if not with_value:
            told["taquilla-left-out"] = f"{len(message.value or b'')} bytes, more than this topic takes; raw has them"
        return [*message.headers, *((name, value.encode("utf-8", "replace")) for name, value in told.items())]

    def _delivered(self, letter: DeadLetter, with_value: bool, error: Any, message: Any) -> None:
        if error is None:
            self._acknowledged += 1
        elif with_value and error.code() == self._kafka.KafkaError.MSG_SIZE_TOO_LARGE:
            self._too_big.append(letter)
        else:
            self._failed.append(error)
