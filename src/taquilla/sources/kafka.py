"""Kafka as a source: how the broker is reached, what it tells of a topic, and what its errors mean.

    broker = Broker(options)
    facts = broker.topic()                 # partitions with their low and high watermarks, the topic's id
    broker.ensure_topic("tmdb_data")

confluent_kafka is imported by `client` alone, when it is first needed.
"""

import importlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from taquilla.errors import BusyError, NotInstalledError, SettingsError, TaquillaError, UnavailableError

RESUME = "taquilla consume"
# A broker that is asked again at once answers no sooner.
RECONNECT_MS, RECONNECT_MAX_MS = 100, 1_000
# Partitions that are added are seen within this time.
METADATA_MS = 10_000
METADATA_TRY_S = 1.0
LEADER_PAUSE_S = 0.2
ANSWER_S = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to reach the broker, and the topic that films travel through.

    bootstrap: `host:port`, several separated by commas. group: of consumers; None: each lake's
    own. timeout_s: within which the broker must answer anything.
    session_s: after which a silent consumer's partitions go to the others. partitions: of a topic that is made.
    security: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; more: librdkafka's own names, for what has none here.
    """

    bootstrap: str
    topic: str = "tmdb_data"
    group: str | None = None
    dlq_topic: str | None = None
    partitions: int = 4
    timeout_s: float = 10.0
    session_s: float = 6.0
    security: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    more: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the broker says of a topic.

    watermarks: a partition's first offset that is still there, and the one after its last that may be read.
    topic_id: 63 bits of the topic's UUID, which a topic made anew does not share; None: the broker tells none.
    """

    topic: str
    topic_id: int | None
    watermarks: Mapping[int, tuple[int, int]]
    cluster_id: str | None = None

    @property
    def messages(self) -> int:
        return sum(high - low for low, high in self.watermarks.values())


def client() -> ModuleType:
    """confluent_kafka. NotInstalledError: it is not there."""
    try:
        import confluent_kafka
    except ImportError:
        raise NotInstalledError('Kafka is not installed: pip install "taquilla[kafka]"') from None
    return confluent_kafka


def config(options: KafkaOptions) -> dict[str, Any]:
    """librdkafka's settings for any client; it holds the password, so nobody prints it."""
    given: dict[str, Any] = {
        "bootstrap.servers": options.bootstrap,
        "client.id": "taquilla",
        "security.protocol": options.security,
        "reconnect.backoff.ms": RECONNECT_MS,
        "reconnect.backoff.max.ms": RECONNECT_MAX_MS,
        "socket.timeout.ms": max(int(options.timeout_s * 1000), 1_000),
        "topic.metadata.refresh.interval.ms": METADATA_MS,
        # Its own lines on standard error would tell what the error callback tells.
        "log_level": 0,
        "logger": log,
    }
    if options.security.startswith("SASL"):
        if options.username is None or options.password is None:
            raise SettingsError(
                f"kafka.security is {options.security}, which asks for a user and a password. "
                "Set TAQUILLA_KAFKA__USERNAME and TAQUILLA_KAFKA__PASSWORD."
            )
        given |= {
            "sasl.mechanism": options.sasl_mechanism,
            "sasl.username": options.username,
            "sasl.password": options.password,
        }
    if options.ca_file:
        given["ssl.ca.location"] = options.ca_file
    return given | dict(options.more)


def made(factory: Callable[[dict[str, Any]], Any], settings: dict[str, Any]) -> Any:
    """The client that `factory` makes of the settings. SettingsError: librdkafka refuses one of them."""
    kafka = client()
    try:
        return factory(settings)
    except kafka.KafkaException as error:
        raise SettingsError(
            f"Kafka's client refuses a setting: {error.args[0].str()}. Mend [kafka] in taquilla.toml, "
            "then: taquilla doctor"
        ) from None


class Faults:
    """Keeps what librdkafka reports in the background: why the broker cannot be reached, and whether it ever can.

    `refused`: an error that no waiting mends. `reason`: the last one that waiting may mend.
    """

    def __init__(self, options: KafkaOptions) -> None:
        self.refused: TaquillaError | None = None
        self.reason = ""
        self.is_away = False
        self._options = options

    def __call__(self, error: Any) -> None:
        kafka = client().KafkaError
        found = explained(error, self._options)
        if not isinstance(found, UnavailableError) or isinstance(found, BusyError):
            self.refused = self.refused or found
        elif error.code() == kafka._ALL_BROKERS_DOWN:
            self.is_away = True
        else:
            self.reason = error.str()

    def check(self) -> None:
        if self.refused is not None:
            raise self.refused


def explained(error: Any, options: KafkaOptions, *, resume: str = RESUME) -> TaquillaError:
    """A KafkaError as ours, with what to do about it; it names no secret."""
    kafka = client().KafkaError
    code, said, where = error.code(), error.str(), f"The broker at {options.bootstrap}"
    if code in (kafka._AUTHENTICATION, kafka.SASL_AUTHENTICATION_FAILED, kafka.UNSUPPORTED_SASL_MECHANISM):
        return SettingsError(
            f"{where} refuses the user {options.username!r}: {said}. "
            "Set TAQUILLA_KAFKA__USERNAME and TAQUILLA_KAFKA__PASSWORD, then: taquilla doctor"
        )
    if code == kafka._SSL:
        return SettingsError(f"{where} cannot be trusted: {said}. Set kafka.ca_file, then: taquilla doctor")
    if code in (
        kafka.TOPIC_AUTHORIZATION_FAILED,
        kafka.GROUP_AUTHORIZATION_FAILED,
        kafka.CLUSTER_AUTHORIZATION_FAILED,
    ):
        return SettingsError(
            f"{where} does not let the user {options.username!r} do this: {said}. "
            f"Give it access to the topic {options.topic} and the group {options.group}, then: {resume}"
        )
    if code in (kafka.UNKNOWN_TOPIC_OR_PART, kafka.UNKNOWN_TOPIC_ID, kafka._UNKNOWN_TOPIC, kafka._UNKNOWN_PARTITION):
        return SettingsError(f"{where} has no topic {options.topic!r}: {said}. Make it: taquilla produce")
    if code == kafka._INVALID_ARG:
        return SettingsError(f"Kafka's client refuses a setting: {said}. Mend [kafka] in taquilla.toml.")
    if code in (kafka.FENCED_INSTANCE_ID, kafka._FENCED) or (code == kafka._FATAL and "fenced" in said):
        return BusyError(
            f"Another consumer of the group {options.group} has taken this one's identity: {said}. "
            "Give each lake a group of its own (kafka.group); what landed stays."
        )
    return UnavailableError(f"{where} does not answer: {said}. What landed stays; once it is up, run: {resume}")


class UnknownTopicError(SettingsError):
    """The broker has no such topic; one that is starting up may not know it yet."""


def unknown_topic(options: KafkaOptions, topic: str, known: Iterable[str]) -> UnknownTopicError:
    names = ", ".join(sorted(name for name in known if not name.startswith("__"))) or "none"
    return UnknownTopicError(
        f"Unknown topic {topic!r} at {options.bootstrap}. Known topics: {names}. "
        "Set kafka.topic to one of them, or make it: taquilla produce"
    )


class Broker:
    """Asks a broker about its topics, and makes them. One connection, kept as long as the object.

    Every call ends within options.timeout_s. Errors: SettingsError (user, password, trust, unknown topic),
    UnavailableError (it does not answer).
    """

    def __init__(self, options: KafkaOptions, *, resume: str = RESUME) -> None:
        self.options = options
        self._kafka = client()
        self._faults = Faults(options)
        self._resume = resume
        self._api = importlib.import_module("confluent_kafka.admin")
        self._admin = self._connected()

    def _connected(self) -> Any:
        return made(self._api.AdminClient, config(self.options) | {"error_cb": self._faults})

    def answers(self) -> bool:
        """Whether it answers now; asked for a moment only."""
        try:
            self._admin.list_topics(timeout=ANSWER_S)
        except self._kafka.KafkaException:
            self._admin.poll(0)
            return False
        return True

    def topics(self) -> Mapping[str, int]:
        """The number of partitions of each topic."""
        found = {name: len(topic.partitions) for name, topic in self._metadata().topics.items()}
        return dict(sorted(found.items()))

    def topic(self, name: str | None = None) -> TopicFacts:
        """What the broker says of that topic, or of the one of the options."""
        deadline = time.monotonic() + self.options.timeout_s
        while True:
            try:
                return self._facts(name or self.options.topic)
            except (self._kafka.KafkaException, TimeoutError) as error:
                self._admin.poll(0)
                self._faults.check()
                told = self._explained(error)
                if isinstance(told, SettingsError) or time.monotonic() > deadline:
                    raise told from None
            # It has just come up: nobody leads a partition yet, or this client remembers the leader of before.
            time.sleep(LEADER_PAUSE_S)
            self._admin = self._connected()

    def _facts(self, name: str) -> TopicFacts:
        metadata = self._metadata()
        if name not in metadata.topics:
            raise unknown_topic(self.options, name, list(metadata.topics))
        topic_id = self._topic_id(name)
        low = self._offsets(name, list(metadata.topics[name].partitions), self._api.OffsetSpec.earliest())
        high = self._offsets(name, list(low), self._api.OffsetSpec.latest())
        marks = {partition: (low[partition], high[partition]) for partition in sorted(low)}
        return TopicFacts(name, topic_id, marks, metadata.cluster_id)

    def topic_id(self, name: str | None = None) -> int | None:
        """63 bits of the topic's UUID; None: the broker tells none."""
        name = name or self.options.topic
        with self._answering():
            try:
                return self._topic_id(name)
            except self._kafka.KafkaException as error:
                if error.args[0].code() != self._kafka.KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise
        raise unknown_topic(self.options, name, list(self._metadata().topics))

    def ensure_topic(self, name: str | None = None, *, partitions: int | None = None) -> bool:
        """Make the topic where it is not there; whether it was made now."""
        name = name or self.options.topic
        if name in self._metadata().topics:
            return False
        wanted = self._api.NewTopic(name, partitions or self.options.partitions)
        timeout = self.options.timeout_s
        with self._answering():
            try:
                self._admin.create_topics([wanted], request_timeout=timeout)[name].result(timeout + 1)
            except self._kafka.KafkaException as error:
                if error.args[0].code() == self._kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                    return False
                raise
        self._await_topic(name)
        return True

    def _await_topic(self, name: str) -> None:
        # The broker answers before each of its parts knows the topic.
        deadline = time.monotonic() + self.options.timeout_s
        while name not in self._metadata().topics and time.monotonic() < deadline:
            time.sleep(0.05)

    def _metadata(self) -> Any:
        """What the broker knows, asked in short tries so that a wrong password is told at once."""
        deadline = time.monotonic() + self.options.timeout_s
        while True:
            left = deadline - time.monotonic()
            try:
                return self._admin.list_topics(timeout=max(min(METADATA_TRY_S, left), 0.1))
            except self._kafka.KafkaException as error:
                self._admin.poll(0)
                self._faults.check()
                if left <= METADATA_TRY_S:
                    raise self._explained(error) from None

    def _topic_id(self, name: str) -> int | None:
        topics = self._kafka.TopicCollection([name])
        described = self._admin.describe_topics(topics, request_timeout=self.options.timeout_s)[name]
        uuid = described.result(self.options.timeout_s + 1).topic_id
        high, low = (uuid.get_most_significant_bits(), uuid.get_least_significant_bits()) if uuid else (0, 0)
        return ((high ^ low) & (2**63 - 1)) or None

    def _offsets(self, name: str, partitions: list[int], spec: Any) -> dict[int, int]:
        wanted = {self._kafka.TopicPartition(name, partition): spec for partition in partitions}
        # Of a transaction that is open nothing may be read yet.
        isolation = self._kafka.IsolationLevel.READ_COMMITTED
        timeout = self.options.timeout_s
        found = self._admin.list_offsets(wanted, isolation_level=isolation, request_timeout=timeout)
        return {asked.partition: answer.result(timeout + 1).offset for asked, answer in found.items()}

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (self._kafka.KafkaException, TimeoutError) as error:
            self._admin.poll(0)
            self._faults.check()
            raise self._explained(error) from None

    def _explained(self, error: Exception) -> TaquillaError:
        if not isinstance(error, self._kafka.KafkaException):
            return UnavailableError(
                f"The broker at {self.options.bootstrap} does not answer within {self.options.timeout_s:g} s. "
                f"What landed stays; once it is up, run: {self._resume}"
            )
        told: TaquillaError = explained(error.args[0], self.options, resume=self._resume)
        if self._faults.reason and isinstance(told, UnavailableError):
            # "Broker transport failure" alone says less than "Connection refused".
            return UnavailableError(
                f"The broker at {self.options.bootstrap} does not answer: {self._faults.reason}. "
                f"What landed stays; once it is up, run: {self._resume}"
            )
        return told


def topic_facts(options: KafkaOptions) -> TopicFacts:
    """What the broker says of the topic, asked once."""
    return Broker(options).topic()


def ensure_topics(options: KafkaOptions) -> dict[str, bool]:
    """Make the topics of the options where they are not there; of each by its name whether it was made now."""
    broker = Broker(options, resume="taquilla topics create")
    return {name: broker.ensure_topic(name) for name in (options.topic, options.dlq_topic) if name}
