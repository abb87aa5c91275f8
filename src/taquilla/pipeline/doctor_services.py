"""Looks at the broker, at databases and at the shop: do they answer, what do they hold, may we write."""

import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taquilla.engines import EngineOptions, engine_of
from taquilla.errors import SettingsError, TaquillaError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.addresses import ShopOptions, open_source
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.positions import landed_positions
from taquilla.sources.kafka import Broker, KafkaOptions, TopicFacts
from taquilla.warehouse import postgres
from taquilla.warehouse.migrating import newest_revision
from taquilla.warehouse.postgres import PostgresOptions, ServerFacts

if TYPE_CHECKING:
    from taquilla.sources.sql import SqlOptions

MIGRATE, LOAD = "As the database's owner: taquilla migrate", "Fill it with: taquilla load"
SHOWN_TABLES = ("movies", "people", "movie_people", "movie_data_warehouse")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ok None: not looked at, because it is not needed yet."""

    what: str
    ok: bool | None
    found: str
    next_step: str = ""


def stream_checks(options: KafkaOptions, lake: Callable[[], Lake]) -> Iterator[Check]:
    """The broker, the topic, and how far the lake is behind it."""
    try:
        broker = Broker(options)
        topics = broker.topics()
    except TaquillaError as error:
        yield Check("kafka", False, _short(error, options.bootstrap), str(error))
        return
    yield Check("kafka", True, f"{options.bootstrap} answers, {len(topics)} topics")
    if options.topic not in topics:
        yield Check("topic", None, f"{options.topic} is not there yet", "Make it with: taquilla topics create")
        return
    try:
        facts = broker.topic()
    except TaquillaError as error:
        yield Check("topic", False, _short(error, options.topic), str(error))
        return
    found = f"{options.topic}: {len(facts.watermarks)} partitions, {facts.messages:,} messages"
    yield Check("topic", True, f"{found}, {lag(facts, lake()):,} of them not landed yet")


def lag(facts: TopicFacts, lake: Lake) -> int:
    """Messages of the topic that the lake has not landed."""
    landed = landed_positions(FilmTables.of(lake).raw, facts.topic, facts.watermarks)
    return sum(
        high - max(low if landed[partition] is None else landed[partition] or 0, low)
        for partition, (low, high) in facts.watermarks.items()
    )


def server_checks(options: PostgresOptions) -> Iterator[Check]:
    """The server's version, whether we may write, and its tables: what the seeds' test_postgres.py looks at."""
    try:
        # A temporary table is tried, so this is no transaction that only reads.
        with postgres.connect(options, read_only=False) as connection:
            facts = postgres.server_facts(connection)
    except TaquillaError as error:
        yield Check("postgres", False, _short(error, "the server"), str(error))
        return
    yield Check("postgres", True, f"PostgreSQL {facts.version}, database {facts.database}, user {facts.user}")
    yield _tables(facts)
    yield Check("postgres write", facts.may_write, *_permission(facts))


def _tables(facts: ServerFacts) -> Check:
    if facts.revision is None:
        return Check("postgres tables", None, "none of Taquilla's yet", MIGRATE)
    if facts.revision != (newest := newest_revision()):
        return Check("postgres tables", False, f"revision {facts.revision}; this version works with {newest}", MIGRATE)
    shown = ", ".join(f"{name} {facts.tables[name]:,}" for name in SHOWN_TABLES if name in facts.tables)
    found = f"revision {facts.revision}, {len(facts.tables)} tables; rows, about: {shown}"
    return Check("postgres tables", True, found, LOAD)


def _permission(facts: ServerFacts) -> tuple[str, str]:
    if facts.may_write:
        return f"{facts.user} may write", ""
    return f"{facts.user} may only read", f"To load: grant taquilla_loader to {facts.user}"


def _short(error: TaquillaError, what: str) -> str:
    match error:
        case SettingsError():
            return f"{what} refuses"
        case UnavailableError():
            return f"{what} does not answer"
    return "cannot be asked"


def engine_check(options: EngineOptions) -> Check:
    """Whether the engine's library is there; of one at an address, whether its workers run this program."""
    try:
        with closing(engine_of(options)) as made:
            workers = next(made.map(_python_of, [0])) if options.address else ""
    except TaquillaError as error:
        return Check("engine", False, str(error), "See the message beside.")
    return Check("engine", True, f"{options.name}, {options.workers} workers" + (f", {workers}" if workers else ""))


def _python_of(_: int) -> str:
    return f"Python {platform.python_version()} there"


def database_checks(databases: "Mapping[str, SqlOptions]") -> Iterator[Check]:
    """Each connection of the settings: whether it answers, lets us in, and how many tables it shows."""
    from taquilla.sources.sql import open_database

    for name, options in sorted(databases.items()):
        try:
            with open_database(options) as database:
                yield Check(f"connection {name}", True, f"{database.name}: {len(database.relations()):,} tables")
        except TaquillaError as error:
            yield Check(f"connection {name}", False, str(error), "See the message beside.")


def shop_check(shop: ShopOptions) -> Check:
    """Whether the shop's source has the tables of a shop."""
    from taquilla.tables.rentals import table_of

    try:
        with open_source(shop.address, shop.databases) as source:
            found = [spec.name for name in source.relations() if (spec := table_of(name))]
    except TaquillaError as error:
        return Check("shop", False, str(error), "See the message beside.")
    there = f"{shop.address.named()}: {', '.join(found) or 'no table of a shop'}"
    return Check("shop", bool(found), there, "Set rentals.source to another connection, workbook or folder.")
