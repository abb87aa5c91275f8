"""R13, R1: each step killed at named points, run again, run twice at once: the same tables."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chaos.expected import expect
from chaos.messages import Mixture, generated
from chaos.points import CONSUMING, CURATING, LOADING, Point, killed_at
from chaos.topics import Feed, topic_log
from chaos.world import FULL, World
from services.kafka import KafkaServer
from services.postgres import PostgresServer

ROUNDS = 10 if FULL else 1
MESSAGES = 1_500
SEED = 11
BUSY = 5


@pytest.mark.timeout(0 if FULL else 290)
def test_a_step_killed_at_any_point_is_done_by_its_next_run(
    tmp_path: Path, durable_broker: KafkaServer, durable_postgres: PostgresServer
) -> None:
    topic = durable_broker.new_topic(partitions=2)
    world = World(tmp_path, durable_broker, topic, durable_postgres, durable_postgres.new_database())
    world.settings = {"kafka__batch_rows": "150", "kafka__batch_seconds": "30"}
    world.migrate()
    feed, killed = Feed(durable_broker, topic), dict[str, int]()
    sent = generated(Mixture(MESSAGES * ROUNDS, films=300, seed=SEED, window=200, big=0))
    for number in range(ROUNDS):
        feed.send(sent[number * MESSAGES : (number + 1) * MESSAGES])
        feed.flush()
        walk(world, killed)
    produced = topic_log(durable_broker, topic, 2)
    assert len(produced) == len(sent)
    checked = world.check(produced, expect(produced))
    times = [f"  killed at: {name:<33} {count:>9,}" for name, count in killed.items()]
    print("", f"seed {SEED}: {len(sent):,} messages", *times, *[f"  {line}" for line in checked.lines], sep="\n")
    assert not {point.name for point in (*CONSUMING, *CURATING, LOADING[0])} - killed.keys()
    assert sum(killed.values()) >= 9 * ROUNDS


def walk(world: World, killed: dict[str, int]) -> None:
    """Each step killed at each of its points, then done by two at once."""
    for points, command, done in (
        (CONSUMING, ("consume", "--no-load"), ("consume", "--no-load")),
        (CURATING, ("curate",), ("curate",)),
        (LOADING, ("load",), ("load",)),
    ):
        for point in points:
            note(killed, point, killed_at(world, point, *command))
        overlapped(world, done)


def note(killed: dict[str, int], point: Point, was_at_work: bool) -> None:
    if was_at_work:
        killed[point.name] = killed.get(point.name, 0) + 1


def overlapped(world: World, command: Sequence[str]) -> None:
    """Two at once: one does it, the other may say that it is being done."""
    both = [world.start(*command) for _ in range(2)]
    codes = [one.ended(120) for one in both]
    assert 0 in codes, [one.said() for one in both]
    for one, code in zip(both, codes, strict=True):
        assert code == 0 or (code == BUSY and "holds" in one.said()), one.said()
