"""R9, R10, R14: poison is refused once whatever is replayed, and all that follows raw is made anew from it."""

from collections import Counter
from pathlib import Path

import pytest

from chaos import delta_log
from chaos.checker import RAW, Checked, check_raw, check_tables, checksum, duckdb_tables, postgres_tables
from chaos.expected import expect
from chaos.messages import Mixture, generated
from chaos.topics import Feed, topic_log
from chaos.world import FULL, World
from services.kafka import KafkaServer
from services.postgres import PostgresServer

SEED = 23
MESSAGES = 20_000 if FULL else 400


@pytest.mark.timeout(0 if FULL else 200)
def test_replay_and_rebuild_change_nothing(
    tmp_path: Path, broker: KafkaServer, durable_postgres: PostgresServer
) -> None:
    topic = broker.new_topic(partitions=3)
    world = World(tmp_path, broker, topic, durable_postgres, durable_postgres.new_database())
    world.migrate()
    feed = Feed(broker, topic)
    sent = generated(Mixture(MESSAGES, films=80, seed=SEED, window=MESSAGES, poison=0.05, big=1))
    feed.send(sent)
    assert feed.flush() == len(sent)
    world.run("consume")
    produced = topic_log(broker, topic, 3)
    expected = expect(produced)
    world.check(produced, expected)
    before = {table: checksum(rows) for table, rows in expected.tables.items()}
    landed = delta_log.newest(world.lake / RAW).marks["landed"]

    for _ in range(2):
        world.run("dead-letters", "replay")
    world.run("load")
    checked = Checked()
    check_raw(world.lake, topic, produced, expected, checked)
    check_tables(duckdb_tables(world.warehouse), expected, "duckdb", checked)
    check_tables(postgres_tables(str(world.url)), expected, "postgres", checked)
    assert delta_log.newest(world.lake / RAW).marks["landed"] == landed, "a replay by the same rules landed rows"

    world.run("curate", "--rebuild")
    world.warehouse.unlink()
    world.run("load", "--rebuild")
    for found in (duckdb_tables(world.warehouse), postgres_tables(str(world.url))):
        assert {table: checksum(rows) for table, rows in found.items()} == before
    kinds = Counter(message.what for message in sent)
    told = ", ".join(f"{times} {what}" for what, times in sorted(kinds.items()))
    print(f"\nseed {SEED}: {told}", *(f"  {line}" for line in checked.lines), sep="\n")
