"""How the broker is reached and what its errors mean."""

import sys
import time
from dataclasses import replace

import pytest
from confluent_kafka import KafkaError

from services.kafka import KafkaServer
from services.ports import free_ports
from taquilla.errors import BusyError, NotInstalledError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources.kafka import Broker, KafkaOptions, ensure_topics, explained, topic_facts
from taquilla.sources.kafka_reader import Reader

CANARY = "canary-77aa"
SECURED = KafkaOptions(
    "127.0.0.1:9", security="SASL_PLAINTEXT", sasl_mechanism="PLAIN", username="ana", password=CANARY, timeout_s=1.0
)


def test_a_topic_is_made_once_and_tells_its_facts(broker: KafkaServer) -> None:
    name = broker.new_topic() + "-made"
    options = KafkaOptions(broker.bootstrap, name, partitions=3, dlq_topic=(refused := f"{name}-refused"))
    assert ensure_topics(options) == {name: True, refused: True}
    assert ensure_topics(options) == {name: False, refused: False}
    facts = topic_facts(options)
    assert (facts.topic, dict(facts.watermarks), facts.messages) == (name, {0: (0, 0), 1: (0, 0), 2: (0, 0)}, 0)
    assert Broker(options).topics()[name] == 3
    assert Broker(options).answers()
    if broker.kind == "apache":
        assert facts.topic_id is not None
        assert 0 < facts.topic_id < 2**63
        assert facts.topic_id == Broker(options).topic_id()


def test_two_topics_differ_in_their_ids(durable_broker: KafkaServer) -> None:
    broker = Broker(KafkaOptions(durable_broker.bootstrap))
    ids = {broker.topic_id(durable_broker.new_topic()) for _ in range(3)}
    assert len(ids) == 3


def test_a_broker_that_is_not_there_is_told_in_time() -> None:
    [port] = free_ports(1)
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=r"refused.*taquilla consume"):
        topic_facts(KafkaOptions(f"127.0.0.1:{port}", timeout_s=1.0))
    assert time.monotonic() - began < 2.5
    assert not Broker(KafkaOptions(f"127.0.0.1:{port}")).answers()


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(UnavailableError, match="resolve"):
        topic_facts(KafkaOptions("broker.invalid:9092", timeout_s=1.0))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"security": "TLS"}, "security.protocol"),
        ({"security": "SASL_SSL", "username": "ana"}, "TAQUILLA_KAFKA__PASSWORD"),
        ({"security": "SSL", "ca_file": "/nowhere.pem"}, "ssl.ca.location"),
        ({"more": {"no.such.setting": "1"}}, "no.such.setting"),
    ],
)
def test_a_setting_that_cannot_be_is_named(more: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Broker(replace(KafkaOptions("127.0.0.1:9"), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "kind", "step"),
    [
        (KafkaError._AUTHENTICATION, SettingsError, "TAQUILLA_KAFKA__PASSWORD"),
        (KafkaError.SASL_AUTHENTICATION_FAILED, SettingsError, "taquilla doctor"),
        (KafkaError._SSL, SettingsError, "kafka.ca_file"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, SettingsError, "Give it access"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, SettingsError, "Give it access"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, SettingsError, "taquilla produce"),
        (KafkaError.FENCED_INSTANCE_ID, BusyError, "kafka.group"),
        (KafkaError._TRANSPORT, UnavailableError, "taquilla consume"),
        (KafkaError._TIMED_OUT, UnavailableError, "taquilla consume"),
        (KafkaError.KAFKA_STORAGE_ERROR, UnavailableError, "taquilla consume"),
    ],
)
def test_an_error_says_what_to_do_and_no_secret(code: int, kind: type[TaquillaError], step: str) -> None:
    found = explained(KafkaError(code), SECURED)
    assert type(found) is kind
    assert step in str(found)
    assert CANARY not in str(found)


def test_no_secret_is_in_what_is_printed() -> None:
    assert CANARY not in repr(replace(SECURED, more={"ssl.key.password": CANARY}))
    with pytest.raises(UnavailableError) as told:
        topic_facts(SECURED)
    assert CANARY not in str(told.value)


def test_without_the_extra_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(NotInstalledError, match=r'pip install "taquilla\[kafka\]"'):
        Broker(KafkaOptions("127.0.0.1:9"))


def test_a_reader_that_nobody_answers_closes_in_time() -> None:
    reader = Reader(SECURED)
    reader.assign({0: 0})
    assert reader.read(10, 0.2) == []
    began = time.monotonic()
    reader.close()
    assert time.monotonic() - began < 2


def test_one_that_has_just_come_up_again_is_waited_for(durable_broker: KafkaServer) -> None:
    asked = Broker(KafkaOptions(durable_broker.bootstrap, durable_broker.new_topic(partitions=4), timeout_s=20.0))
    facts = asked.topic()
    for _ in range(2):
        durable_broker.kill()
        # Its port answers before it leads anything.
        durable_broker.engine.start()
        assert asked.topic() == facts
        assert Broker(asked.options).topic() == facts
