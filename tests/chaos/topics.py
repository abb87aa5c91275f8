"""What is sent to a topic, and what it holds, by clients that have nothing to do with the pipeline."""

from collections import Counter
from collections.abc import Iterator, Sequence

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from chaos.expected import Produced
from chaos.messages import Sent
from services.kafka import KafkaServer

MOST_BYTES = 16 * 2**20


class Feed:
    """Sends messages, each acknowledged by the broker, while that is killed and restarted."""

    def __init__(self, broker: KafkaServer, topic: str) -> None:
        self.topic = topic
        self.acknowledged: Counter[tuple[bytes | None, bytes | None]] = Counter()
        self.failed: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": broker.bootstrap,
                "enable.idempotence": True,
                "compression.type": "zstd",
                "message.max.bytes": MOST_BYTES,
                "message.timeout.ms": 240_000,
                "reconnect.backoff.max.ms": 500,
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )

    def send(self, messages: Sequence[Sent]) -> None:
        """Hands them to the client, which sends them when it can."""
        for sent in messages:
            self._producer.produce(
                self.topic, sent.value, sent.key, headers=list(sent.headers), on_delivery=self._delivered
            )
            self._producer.poll(0)

    def flush(self) -> int:
        """Waits until all are acknowledged; how many that were."""
        left = self._producer.flush(240)
        assert (left, self.failed) == (0, [])
        return self.acknowledged.total()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed.append(str(error))
        else:
            self.acknowledged[message.key(), message.value()] += 1


def topic_log(broker: KafkaServer, topic: str, partitions: int) -> list[Produced]:
    """All that the topic holds, read by nobody's group."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "the checker", "log_level": 0})
    try:
        return list(_whole(consumer, topic, partitions))
    finally:
        consumer.close()


def _whole(consumer: Consumer, topic: str, partitions: int) -> Iterator[Produced]:
    parts = [TopicPartition(topic, number, 0) for number in range(partitions)]
    marks = [consumer.get_watermark_offsets(part, timeout=30) for part in parts]
    left = sum(high - low for low, high in marks)
    consumer.assign([TopicPartition(topic, part.partition, low) for part, (low, _) in zip(parts, marks, strict=True)])
    while left:
        messages = consumer.consume(min(left, 1000), timeout=30)
        assert messages, f"{left} messages of {topic} do not come"
        for message in messages:
            assert message.error() is None, message.error()
            headers = tuple(
                (str(name), bytes(value) if isinstance(value, bytes) else b"")
                for name, value in list(message.headers() or [])
            )
            yield Produced(
                message.partition() or 0,
                message.offset() or 0,
                message.timestamp()[1],
                message.key(),
                message.value(),
                headers,
            )
            left -= 1
