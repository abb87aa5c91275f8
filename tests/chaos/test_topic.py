"""R4: what the broker lost before it was read stops the consumer loudly; nothing is skipped in silence."""

from pathlib import Path

from confluent_kafka import TopicPartition

from chaos import delta_log
from chaos.checker import RAW
from chaos.messages import Mixture, generated
from chaos.topics import Feed, topic_log
from chaos.world import World
from services.kafka import KafkaServer

SEED = 31


def places(world: World) -> list[int]:
    rows = delta_log.rows(world.lake / RAW, ["topic", "offset"]).to_pylist()
    return sorted(row["offset"] for row in rows if row["topic"] == world.topic)


def test_messages_that_are_gone_stop_it_and_a_reset_goes_on(tmp_path: Path, durable_broker: KafkaServer) -> None:
    topic = durable_broker.new_topic()
    world, feed = World(tmp_path, durable_broker, topic), Feed(durable_broker, topic)
    sent = generated(Mixture(300, films=40, seed=SEED, window=20, big=0))
    feed.send(sent[:100])
    feed.flush()
    world.run("consume", "--no-load")
    feed.send(sent[100:])
    feed.flush()
    admin = durable_broker.admin()
    for gone in admin.delete_records([TopicPartition(topic, 0, 150)]).values():
        gone.result(30)

    said = world.run("consume", "--no-load", code=None)
    assert "50 messages of partition 0 were deleted before they were read (offsets 100 to 149)" in said
    assert "taquilla consume --reset" in said
    assert places(world) == list(range(100)), "something was skipped in silence"

    world.run("consume", "--no-load", "--reset")
    assert places(world) == [*range(100), *range(150, 300)]
    assert len(topic_log(durable_broker, topic, 1)) == 150
