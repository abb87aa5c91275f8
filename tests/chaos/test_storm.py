"""100,000 messages in full, 4,000 in CI: consumers, broker and PostgreSQL are broken, and no row is lost or doubled."""

import os
from collections import Counter
from pathlib import Path

import pytest

from chaos.checker import Checked, check_tables, duckdb_tables, postgres_tables
from chaos.expected import expect
from chaos.messages import Mixture
from chaos.storm import PROGRESS_S, Plan, Storm, Told, undisturbed
from chaos.topics import topic_log
from chaos.world import FULL, World
from services.kafka import KafkaServer
from services.postgres import PostgresServer

SEED = int(os.environ.get("TAQUILLA_CHAOS_SEED", "4"))
PARTITIONS = 4
SHORT = Plan(
    Mixture(1_500, films=300, seed=SEED, window=300, big=1),
    kills=4,
    broker=("kill -9", "pause"),
    postgres=("stop at once", "terminate"),
    stopped=1,
    longest_s=2.0,
)
WHOLE = Plan(
    Mixture(100_000, films=5_000, seed=SEED, window=10_000),
    kills=100,
    broker=("kill -9", "stop", "kill -9", "pause"),
    postgres=("stop at once", "kill -9", "stop at once", "terminate", "terminate", "lock"),
    stopped=3,
)


@pytest.mark.timeout(0 if FULL else 290)
def test_every_message_arrives_once_whatever_is_broken(
    tmp_path: Path, durable_broker: KafkaServer, durable_postgres: PostgresServer
) -> None:
    plan = WHOLE if FULL else SHORT
    world = World(
        tmp_path / "storm",
        durable_broker,
        durable_broker.new_topic(PARTITIONS),
        durable_postgres,
        durable_postgres.new_database(),
    )
    world.migrate()
    storm = Storm(world, plan)
    told = storm.rage()
    produced = topic_log(durable_broker, world.topic, PARTITIONS)
    assert Counter((m.key, m.value) for m in produced) == Counter((s.key, s.value) for s in storm.sent)
    world.load_all()
    expected = expect(produced)
    checked = world.check(produced, expected)

    calm = World(tmp_path / "calm", durable_broker, world.topic, durable_postgres, durable_postgres.new_database())
    calm.settings = {"kafka__group": "calm"}
    calm.migrate()
    peak_kb = undisturbed(calm)
    check_tables(duckdb_tables(calm.warehouse), expected, "undisturbed duckdb", Checked())
    check_tables(postgres_tables(str(calm.url)), expected, "undisturbed postgres", Checked())
    print(report(plan, told, checked, len(produced), peak_kb))
    assert told.torn == []
    assert told.in_mid_load == len(plan.postgres)
    assert told.failed_alone == []
    assert max(told.progress_s.values()) < PROGRESS_S, told.progress_s
    assert told.peak_kb < 1.5 * peak_kb, (told.peak_kb, peak_kb)


def report(plan: Plan, told: Told, checked: Checked, produced: int, calm_kb: int) -> str:
    """What was done and what was checked, as `make chaos` prints it."""
    done = [f"  {what:<44} {times:>9,}" for what, times in sorted(told.done.items())]
    took = [f"  progress after {what:<29} {seconds:>9.1f} s" for what, seconds in sorted(told.progress_s.items())]
    memory = f"{told.peak_kb / 1024:.0f} MB, undisturbed {calm_kb / 1024:.0f} MB"
    return "\n".join(
        [
            "",
            f"seed {plan.mixture.seed}: {produced:,} messages of {plan.mixture.films:,} films, {told.seconds:.0f} s",
            *done,
            f"  {'of PostgreSQL, in the middle of a load':<44} {told.in_mid_load:>9,}",
            *took,
            f"  {'reads every 50 ms, none torn':<44} {told.reads}",
            f"  {'memory of a consumer at most':<44} {memory}",
            *[f"  {line}" for line in checked.lines],
        ]
    )
