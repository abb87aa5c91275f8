"""Everything at once: consumers killed, stopped and replaced, broker and PostgreSQL restarted, readers looking on."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from chaos.checker import check_command_lines
from chaos.messages import Mixture, Sent, generated
from chaos.readers import Reader
from chaos.running import Running, ended
from chaos.topics import Feed
from chaos.world import SESSION_S, World

PROGRESS_S = 10.0
# After a fault so many messages are sent to see that they land.
PROBES = 40
BIT_S = 0.1
UNAVAILABLE = 4  # the exit code
START_S = 15.0  # a consumer's start, on a busy machine


@dataclass(frozen=True, slots=True)
class Plan:
    """What is broken, and how often; the same seed breaks the same."""

    mixture: Mixture
    kills: int
    broker: tuple[str, ...]
    postgres: tuple[str, ...]
    stopped: int
    consumers: int = 2
    longest_s: float = 4.0


@dataclass(slots=True)
class Told:
    """What was done."""

    done: Counter[str] = field(default_factory=Counter)
    progress_s: dict[str, float] = field(default_factory=dict)
    peak_kb: int = 0
    failed_alone: list[str] = field(default_factory=list)
    reads: dict[str, int] = field(default_factory=dict)
    torn: list[str] = field(default_factory=list)
    in_mid_load: int = 0
    seconds: float = 0.0


class Storm:
    """One storm over a world. The messages go out while it rages; at its end all have landed."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.plan, self.told = world, plan, Told()
        self.chance = random.Random(plan.mixture.seed)  # noqa: S311 - a test's choices, repeatable
        self.sent = generated(plan.mixture)
        self.feed = Feed(world.broker, world.topic)
        self.consumers: list[Running] = []
        self.broker_away: list[tuple[float, float]] = []  # from when to when
        self.probes = self.sent[: PROBES * (len(plan.broker) + len(plan.postgres) + plan.stopped)]
        self.rest = self.sent[len(self.probes) :]

    def rage(self) -> Told:
        """Break everything, then let it end in peace."""
        began = time.monotonic()
        faults = self._schedule()
        with ExitStack() as until_the_end, Reader(self.world.url, self.world.warehouse) as reader:
            until_the_end.callback(lambda: [one.kill() for one in self.consumers if one.process.poll() is None])
            self.consumers = [self._consumer() for _ in range(self.plan.consumers)]
            for number, chunk in enumerate(_chunks(self.rest, self.plan.kills)):
                self._feed_for(self.chance.uniform(0.2, self.plan.longest_s), chunk)
                self._replace(self.chance.randrange(self.plan.consumers))
                for fault in faults.get(number, []):
                    fault()
            self._end()
        self.told.reads, self.told.torn = reader.reads, reader.torn
        self.told.done["rebalances of the group"] = self._rebalances()
        self.told.seconds = time.monotonic() - began
        return self.told

    def _end(self) -> None:
        self.feed.send(self.probes)
        assert self.feed.flush() == len(self.sent)
        self.world.wait_landed(len(self.sent), 120, self._look)
        for one in self.consumers:
            self._noted(one)
            # One that was just started is stopped like any command, without a batch in hand.
            one.wait_said("Following")
            assert one.stop() == 0, one.said()

    def _rebalances(self) -> int:
        group = self.world.env()["TAQUILLA_KAFKA__GROUP"]
        return self.world.broker.said().count(f"Stabilized group {group} ")

    def _schedule(self) -> dict[int, list[Callable[[], None]]]:
        faults: list[Callable[[], None]] = [
            *(lambda how=how: self._break_broker(how) for how in self.plan.broker),
            *(lambda how=how: self._break_postgres(how) for how in self.plan.postgres),
            *[self._stop_a_while] * self.plan.stopped,
        ]
        self.chance.shuffle(faults)
        places: dict[int, list[Callable[[], None]]] = {}
        for number, fault in enumerate(faults, 1):
            places.setdefault(self.plan.kills * number // (len(faults) + 1), []).append(fault)
        return places

    def _consumer(self) -> Running:
        return self.world.start("consume", "--follow")

    def _replace(self, number: int) -> None:
        victim = self.consumers[number]
        self._noted(victim)
        self.told.done["command lines without a secret"] += check_command_lines(self.world.secrets)
        victim.kill()
        self.told.done["kill -9 of a consumer"] += 1
        self.told.done["kill -9, with messages waiting"] += self.world.landed() < self.feed.acknowledged.total()
        self.consumers[number] = self._consumer()

    def _noted(self, one: Running) -> None:
        self.told.peak_kb = max(self.told.peak_kb, one.measure())
        if one.process.poll() is None:
            return
        if self._found_no_broker(one):
            self.told.done["found no broker at its start, started again"] += 1
        else:
            self.told.failed_alone.append(one.said()[-1500:])

    def _found_no_broker(self, one: Running) -> bool:
        """It was started while the broker was away: it says so and ends, and whoever watches it starts it again."""
        away = self.broker_away
        is_told = one.process.returncode == UNAVAILABLE and f"broker at {self.world.broker.bootstrap}" in one.said()
        return is_told and any(one.started - 1 < back and one.started + START_S > gone for gone, back in away)

    def _look(self) -> str:
        """Starts again who ended; what they say."""
        for number, one in enumerate(self.consumers):
            if one.process.poll() is not None:
                self._noted(one)
                self.consumers[number] = self._consumer()
        return "\n".join(one.said()[-2000:] for one in self.consumers)

    def _break_broker(self, how: str) -> None:
        broker, gone = self.world.broker, time.monotonic()
        if how == "pause":
            broker.pause()
            time.sleep(3)
            broker.resume()
        else:
            broker.kill() if how == "kill -9" else broker.stop()
            time.sleep(1)
            broker.start()
        self.broker_away.append((gone, time.monotonic()))
        self._see_progress(f"broker {how}")

    def _see_progress(self, what: str) -> None:
        """I7: what is sent after the fault's end lands within seconds."""
        self.told.done[what] += 1
        before = self.world.landed()
        self.feed.send(self._next_probes())
        took = self.world.wait_landed(before + 1, 60, self._look)
        self.told.progress_s[what] = max(took, self.told.progress_s.get(what, 0.0))

    def _feed_for(self, seconds: float, chunk: Sequence[Sent]) -> None:
        """Sends the chunk bit by bit, so that a consumer is at work at any moment."""
        bits = _chunks(chunk, max(int(seconds / BIT_S), 1))
        for bit in bits:
            self.feed.send(bit)
            time.sleep(seconds / len(bits))

    def _next_probes(self) -> list[Sent]:
        probes, self.probes = self.probes[:PROBES], self.probes[PROBES:]
        return probes

    def _break_postgres(self, how: str) -> None:
        server = self.world.postgres
        assert server is not None
        self.told.in_mid_load += self._wait_for_load()
        if how == "terminate":
            server.terminate_backends()
        elif how == "lock":
            with server.connect(database(self.world)) as connection, connection.transaction():
                connection.execute("lock table movies in access exclusive mode")
                time.sleep(3)
        else:
            server.kill() if how == "kill -9" else server.stop("immediate")
            time.sleep(1)
            server.start()
        self.told.done[f"PostgreSQL {how}"] += 1

    def _wait_for_load(self) -> bool:
        """Sends a few messages, again where their load went by unseen, until a load is at work."""
        bits = _chunks(self._next_probes(), 4)
        for number, bit in enumerate(bits, 1):
            self.feed.send(bit)
            if wait_for_load(self.world):
                self.probes += [sent for left in bits[number:] for sent in left]
                return True
        return False

    def _stop_a_while(self) -> None:
        """One stands still until the others have its partitions, then wakes and believes that it still has them."""
        one = self.consumers[0]
        one.pause()
        time.sleep(SESSION_S + 2)
        one.resume()
        self._see_progress("SIGSTOP of a consumer")


def database(world: World) -> str:
    """The name of the world's database."""
    assert world.url is not None
    return world.url.rpartition("/")[2]


def wait_for_load(world: World, timeout_s: float = 20) -> bool:
    """Whether a load that has written and not committed was seen in the database within that time."""
    assert world.postgres is not None
    at_work = (
        "select 1 from pg_stat_activity where datname = %s and application_name like 'taquilla%%' "
        "and backend_xid is not null"
    )
    until = time.monotonic() + timeout_s
    with world.postgres.connect() as connection:
        while time.monotonic() < until:
            if connection.execute(at_work, [database(world)]).fetchone():
                return True
            time.sleep(0.002)
    return False


def _chunks(sent: Sequence[Sent], count: int) -> list[Sequence[Sent]]:
    size = -(-len(sent) // count)
    return [sent[i * size : (i + 1) * size] for i in range(count)]


def undisturbed(world: World) -> int:
    """One consumer that nobody breaks, then one load; the most memory that it took, in kB."""
    running = world.start("consume")
    with ended(running):
        while running.process.poll() is None:
            running.measure()
            time.sleep(0.02)
    assert running.process.returncode == 0, running.said()
    return running.peak_kb
