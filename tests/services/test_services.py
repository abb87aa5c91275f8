"""The servers that other tests rest on do what their names say."""

from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from services.kafka import KafkaServer
from services.postgres import PostgresServer


def send(broker: KafkaServer, topic: str, values: list[bytes]) -> None:
    failed: list[KafkaError] = []

    def note(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all", "log_level": 0})
    for value in values:
        producer.produce(topic, value, on_delivery=note)
    assert producer.flush(30) == 0
    assert failed == []


def read(broker: KafkaServer, topic: str, count: int) -> list[bytes | None]:
    settings = {"bootstrap.servers": broker.bootstrap, "group.id": "nobody", "enable.auto.commit": False}
    consumer = Consumer(settings | {"log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        return [message.value() for message in consumer.consume(count, timeout=20)]
    finally:
        consumer.close()


def test_a_broker_keeps_what_it_acknowledged_when_it_is_killed(durable_broker: KafkaServer) -> None:
    topic = durable_broker.new_topic()
    values = [b"film %d" % i for i in range(2_000)]
    send(durable_broker, topic, values)
    durable_broker.kill()
    durable_broker.start()
    assert read(durable_broker, topic, len(values)) == values


def test_a_paused_broker_answers_when_it_goes_on(broker: KafkaServer) -> None:
    topic = broker.new_topic(partitions=3)
    broker.pause()
    broker.resume()
    send(broker, topic, [b"x"])


def test_the_secured_listener_refuses_a_wrong_password(secure_broker: KafkaServer) -> None:
    def topics(password: str) -> int:
        heard: list[KafkaError] = []
        settings: dict[str, Any] = {
            "bootstrap.servers": secure_broker.sasl_bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": secure_broker.sasl_username,
            "sasl.password": password,
            "error_cb": heard.append,
            "log_level": 0,
        }
        client = AdminClient(settings)
        try:
            return len(client.list_topics(timeout=3).brokers)
        except KafkaException:
            client.poll(1)
            return -1 if KafkaError._AUTHENTICATION in {error.code() for error in heard} else 0

    assert topics(secure_broker.sasl_password) == 1
    assert topics("wrong") == -1


def test_a_database_keeps_what_it_committed_and_checks_passwords(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    for mode in ("fast", "immediate"):
        postgres.restart(mode)
    postgres.kill()
    postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("select n from kept").fetchall() == [(1,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(postgres.password, "wrong"))


def test_connections_can_be_ended_from_outside(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.new_database()) as connection:
        assert postgres.terminate_backends() == 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
