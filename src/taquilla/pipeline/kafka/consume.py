"""Kafka → raw: each message exactly once, because the rows and the next offsets are one commit of the lake.

The lake says where each partition is read on; the offsets that the group commits come after and serve those who watch
the lag alone. While one batch lands in a thread the next is read. A consumer that is killed anywhere leaves the last
commit and nothing else; its successor takes its identity (`slots`) and with it its partitions.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from taquilla.lake import Lake, LakeTable
from taquilla.lake.rebucket import check_buckets
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.landing import Landing, Stop, lake_errors
from taquilla.pipeline.kafka.loop import Consumer
from taquilla.pipeline.kafka.metrics import served
from taquilla.pipeline.kafka.positions import begin_positions, note_identity, reset_positions
from taquilla.pipeline.kafka.slots import taken_slot
from taquilla.pipeline.kafka.state import StateFile
from taquilla.pipeline.options import Batching, Progress
from taquilla.sources.kafka import Broker, KafkaOptions

BATCHING = Batching()


@dataclass(frozen=True, slots=True)
class Consumed:
    """What a consumer did. rows: those new in raw, the dead letters among them; lag: messages not landed at the end."""

    messages: int
    rows: int
    dead_letters: int
    batches: int
    seconds: float
    lag: int
    positions: Mapping[int, int]
    instance: str
    reset: Mapping[int, int]


def consume(
    lake: Lake,
    options: KafkaOptions,
    *,
    run_id: str,
    follow: bool = False,
    buckets: int = 1,
    batching: Batching = BATCHING,
    stop: Stop | None = None,
    on_landed: Callable[[int], None] = lambda rows: None,
    instance: str | None = None,
    reset: bool = False,
    metrics_port: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Consumed:
    """Land the topic's messages: up to where it ends now, or (`follow`) until `stop` is set.

    on_landed: called after each commit with the number of rows that were new. instance: this consumer's identity in
    its group; the machine's name and a free slot unless told. reset: begin anew at the oldest message where the lake's
    position cannot be read. progress: messages landed, and those that were there to land.
    Errors: SettingsError (user, password, unknown topic), UnavailableError (broker, disk; what landed stays),
    DataError (the broker lost messages before they were read), BusyError (another has this identity).
    """
    with ExitStack() as held:
        with lake_errors(lake.raw_root):
            identity = instance or held.enter_context(taken_slot(lake, "consumer" if follow else "once"))
            raw = FilmTables.of(lake, buckets=buckets).raw
            group = options.group or own_group(raw)
        broker = Broker(replace(options, group=group))
        facts = broker.topic()
        file = StateFile(lake, identity, topic=options.topic, group=group, run_id=run_id, is_following=follow)
        held.enter_context(served(file.state, metrics_port))
        with lake_errors(raw.uri):
            moved = reset_positions(raw, facts) if reset else {}
            begins = begin_positions(raw, facts)
            note_identity(raw, facts.topic, facts.topic_id)
        stop = stop or threading.Event()
        landing = Landing(
            raw, broker, facts.topic_id, run_id=run_id, follow=follow, stop=stop, overcoming=file.error_now
        )
        consumer = Consumer(broker, landing, file, batching, stop, on_landed, progress)
        # Whoever rebuckets now sees that we are here; whoever does already has noted it in raw.
        file.write()
        check_buckets(raw, "films")
        consumer.run(facts, begins, identity if follow else None)
        return _consumed(file, consumer, identity, moved)


def own_group(raw: LakeTable) -> str:
    """The group of a lake's consumers: two lakes in one group would each get a part of the topic."""
    return f"taquilla-{str(raw.open().metadata().id)[:8]}"


def _consumed(file: StateFile, consumer: Consumer, instance: str, moved: Mapping[int, int]) -> Consumed:
    state = file.state
    seconds = (state.moment - state.started_at).total_seconds()
    return Consumed(
        state.messages,
        state.landed_rows,
        state.dead_letters,
        state.batches,
        seconds,
        state.lag,
        dict(consumer.landed),
        instance,
        moved,
    )
