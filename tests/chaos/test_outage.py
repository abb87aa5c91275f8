"""R3, I7, I8: a consumer outlives its broker, goes on within seconds, and takes no more memory or handles for it."""

import time
import urllib.request
from pathlib import Path

from chaos.messages import Mixture, generated
from chaos.running import ended
from chaos.storm import PROGRESS_S
from chaos.topics import Feed
from chaos.world import FULL, World
from services.kafka import KafkaServer
from services.ports import free_ports

SEED = 41
OUTAGES = 20 if FULL else 2
CHUNK = 300


def test_a_consumer_outlives_its_broker(tmp_path: Path, durable_broker: KafkaServer) -> None:
    topic = durable_broker.new_topic(partitions=2)
    world, feed = World(tmp_path, durable_broker, topic), Feed(durable_broker, topic)
    sent = generated(Mixture(CHUNK * (OUTAGES + 1), films=100, seed=SEED, window=50, big=0))
    [port] = free_ports(1)
    consumer = world.start("consume", "--follow", "--no-load", "--metrics-port", str(port))
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
        metrics = read_metrics(port, f"taquilla_consumer_messages_total {feed.flush():.1f}")
        assert all(secret not in metrics for secret in world.secrets)
        told = f"memory {memory // 1024} to {consumer.measure() // 1024} MB, handles {handles} to {consumer.handles()}"
        assert consumer.stop() == 0, consumer.said()
    print(f"\n{OUTAGES} outages of the broker: progress after {max(took):.1f} s at most, {told}")


def read_metrics(port: int, awaited: str, timeout_s: float = 10) -> str:
    """The metrics, when they tell what is awaited: a batch is told of when it has landed."""
    until, told = time.monotonic() + timeout_s, ""
    while awaited not in told:
        assert time.monotonic() < until, told
        time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            told = answer.read().decode()
    return told


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
