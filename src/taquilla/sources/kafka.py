"""Kafka as a source: how the broker is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType

from taquilla.errors import NotInstalledError


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to reach the broker, and the topic that films travel through.

    bootstrap: `host:port`, several separated by commas. timeout_s: within which the broker must answer anything.
    session_s: after which a silent consumer's partitions go to the others. partitions: of a topic that is made.
    security: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; more: librdkafka's own names, for what has none here.
    """

    bootstrap: str
    topic: str = "tmdb_data"
    group: str = "taquilla"
    dlq_topic: str | None = None
    partitions: int = 4
    timeout_s: float = 10.0
    session_s: float = 6.0
    security: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)


def client() -> ModuleType:
    """confluent_kafka. NotInstalledError: it is not there."""
    try:
        import confluent_kafka
    except ImportError:
        raise NotInstalledError('Kafka is not installed: pip install "taquilla[kafka]"') from None
    return confluent_kafka
