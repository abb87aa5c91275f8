"""R3, I7, I8: a consumer outlives its broker, goes on within seconds, and takes no more memory or handles for it."""

import time
from pathlib import Path

from chaos.messages import Mixture, generated
from chaos.storm import PROGRESS_S
from chaos.world import FULL, Feed, World, ended
from services.kafka import KafkaServer

SEED = 41
OUTAGES = 20 if FULL else 3
CHUNK = 300


def test_a_consumer_outlives_its_broker(tmp_path: Path, durable_broker: KafkaServer) -> None:
    topic = durable_broker.new_topic(partitions=2)
    world, feed = World(tmp_path, durable_broker, topic), Feed(durable_broker, topic)
    sent = generated(Mixture(CHUNK * (OUTAGES + 1), films=100, seed=SEED, window=50, big=0))
    consumer = world.start("consume", "--follow", "--no-load")
    with ended(consumer):
        feed.send(sent[:CHUNK])
        world.wait_landed(feed.flush(), 60, consumer.alive)
        handles, memory = consumer.handles(), consumer.measure()
        took = []
        for number in range(1, OUTAGES + 1):
            break_broker(durable_broker, number)
            feed.send(sent[number * CHUNK : (number + 1) * CHUNK])
            took.append(world.wait_landed(number * CHUNK + 1, 60, consumer.alive))
            world.wait_landed(feed.flush(), 60, consumer.alive)
        assert max(took) < PROGRESS_S, took
        assert consumer.handles() <= handles + 2, (handles, consumer.handles())
        assert consumer.measure() < 1.5 * memory, (memory, consumer.measure())
        assert all(secret not in consumer.command_line() for secret in world.secrets)
        told = f"memory {memory // 1024} to {consumer.measure() // 1024} MB, handles {handles} to {consumer.handles()}"
        assert consumer.stop() == 0, consumer.said()
    print(f"\n{OUTAGES} outages of the broker: progress after {max(took):.1f} s at most, {told}")


def break_broker(broker: KafkaServer, number: int) -> None:
    """In turn: killed, paused, stopped in order; for a second or two."""
    match number % 3:
        case 0:
            broker.stop()
        case 1:
            broker.kill()
        case 2:
            broker.pause()
    time.sleep(1.5)
    if number % 3 == 2:
        broker.resume()
    else:
        broker.start()
