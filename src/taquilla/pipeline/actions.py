"""What each step of `steps.py` does: it hands the other rooms plain values and tells how many rows went through.

What a step needs is imported when it runs: each step may be a process of its own, and most of its seconds were imports.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from taquilla.engines import Engine, engine
from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.addresses import ShopOptions
from taquilla.pipeline.options import Batching, ModelOptions, Progress, ReportOptions, Selection
from taquilla.pipeline.reviews.options import ReviewOptions

if TYPE_CHECKING:
    from taquilla.pipeline.asking import Warehouses
    from taquilla.sources.kafka import KafkaOptions
    from taquilla.sources.tmdb import TmdbOptions
    from taquilla.warehouse.postgres import PostgresOptions


def _no_broker() -> "KafkaOptions":
    raise SettingsError("No broker is named. Set kafka.bootstrap, such as localhost:9092.")


@dataclass(frozen=True, slots=True)
class Context:
    """What a run knows: plain values from the settings. `tmdb` and `kafka` are asked for when a step needs them.

    fallback: films that Kafka does not take are landed directly. reset: where the topic has lost what was not read, go
    on at its oldest message. postgres: None where there is no such warehouse. shop: None where no shop is read.
    """

    run_id: str
    now: datetime
    data: Path
    lake: Lake
    warehouse: Path
    tmdb: "Callable[[], TmdbOptions]"
    selection: Selection = field(default_factory=Selection)
    batching: Batching = field(default_factory=Batching)
    kafka: "Callable[[], KafkaOptions]" = _no_broker
    kafka_batching: Batching = field(default_factory=lambda: Batching(5_000))
    fallback: bool = False
    reset: bool = False
    postgres: "PostgresOptions | None" = None
    shop: ShopOptions | None = None
    reviews: ReviewOptions = field(default_factory=ReviewOptions)
    buckets: int = 1
    engine: Engine = field(default_factory=engine)
    memory_limit: str | None = None
    retention_days: int = 180
    report: ReportOptions = field(default_factory=ReportOptions)
    model: ModelOptions = field(default_factory=ModelOptions)
    rebuild: bool = False
    progress: Progress = lambda done, total: None

    @property
    def analytics(self) -> Path:
        """The folder of the files that a run leaves for people."""
        return self.data / "movie_analytics"

    @property
    def warehouses(self) -> "Warehouses":
        """Where questions are answered."""
        from taquilla.pipeline.asking import Warehouses

        return Warehouses(self.warehouse, self.postgres, self.memory_limit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did, for its line and for the run's record."""

    rows: int
    parts: int = 0
    quarantined: int = 0
    dead: int = 0
    note: str = ""


def land_films(context: Context) -> Outcome:
    """Fetch what is new, changed or stale from TMDB."""
    from taquilla.pipeline import land

    landed = asyncio.run(
        land.land_films(
            context.lake,
            context.tmdb(),
            context.selection,
            run_id=context.run_id,
            now=context.now,
            buckets=context.buckets,
            batching=context.batching,
            progress=context.progress,
        )
    )
    parts = [f"{count:,} {reason}" for reason, count in landed.reasons.items()]
    if landed.recovered:
        parts.append(f"{landed.recovered:,} from the journal of the run before")
    if landed.counters.rate_limited:
        parts.append(f"{landed.counters.rate_limited:,} times told to wait")
    return Outcome(landed.fetched + landed.recovered, dead=landed.failed, note=", ".join(parts))


def produce_films(context: Context) -> Outcome:
    """Fetch what is new, changed or stale from TMDB and publish it on the topic."""
    from taquilla.pipeline.kafka import produce

    produced = asyncio.run(
        produce.produce_films(
            context.lake,
            context.tmdb(),
            context.selection,
            context.kafka(),
            run_id=context.run_id,
            now=context.now,
            fallback=context.fallback,
            buckets=context.buckets,
            batching=context.batching,
            progress=context.progress,
        )
    )
    films = produced.published + produced.landed + produced.recovered
    return Outcome(films, dead=produced.failed, note=produced.told())


def consume_films(context: Context) -> Outcome:
    """What stands on the topic now → raw."""
    from taquilla.pipeline.kafka import consume

    consumed = consume.consume(
        context.lake,
        context.kafka(),
        run_id=context.run_id,
        buckets=context.buckets,
        batching=context.kafka_batching,
        reset=context.reset,
        progress=context.progress,
    )
    moved = [f"partition {n} begins anew at offset {offset:,}" for n, offset in sorted(consumed.reset.items())]
    return Outcome(consumed.rows, dead=consumed.dead_letters, note="; ".join(moved))


def land_popularity(context: Context) -> Outcome:
    """Take the popularity of all known films from TMDB's daily export."""
    from taquilla.pipeline import land

    rows = asyncio.run(land.land_popularity(context.lake, context.tmdb(), run_id=context.run_id, now=context.now))
    return Outcome(rows, note="" if rows else "the newest export is here already")


def curate_films(context: Context) -> Outcome:
    """Raw → curated, contract-checked."""
    from taquilla.pipeline import curate

    done = curate.curate_films(context.lake, context.engine, rebuild=context.rebuild, progress=context.progress)
    return Outcome(done.raw_rows, parts=done.parts, quarantined=done.quarantined)


def load_films(context: Context) -> Outcome:
    """Curated → warehouse."""
    from taquilla.pipeline import load
    from taquilla.pipeline.subjects import among_the_others

    with among_the_others("films", context):
        loaded = load.load_films(
            context.lake, context.warehouse, rebuild=context.rebuild, memory_limit=context.memory_limit
        )
    return Outcome(loaded.films, note=f"{loaded.snapshots:,} snapshots" if loaded.snapshots else "")


def load_postgres(context: Context) -> Outcome:
    """Curated → the PostgreSQL warehouse and its marts."""
    from taquilla.pipeline import load
    from taquilla.pipeline.rentals.load import load_rentals_postgres
    from taquilla.pipeline.reviews.load import load_reviews_postgres

    if context.postgres is None:
        raise SettingsError("No PostgreSQL is named. Set postgres.url, such as postgresql://user@localhost/movies.")
    films = load.load_postgres(
        context.lake, context.postgres, rebuild=context.rebuild, memory_limit=context.memory_limit
    )
    shop = load_rentals_postgres(context.warehouse, context.postgres)
    notes = [f"{films.snapshots:,} snapshots"] if films.snapshots else []
    notes += [f"{shop.rentals:,} rentals, {shop.payments:,} payments"] if shop.rentals or shop.payments else []
    told = load_reviews_postgres(context.warehouse, context.postgres)
    notes += [f"{told.reviews:,} reviews, {told.ratings:,} ratings"] if told.reviews or told.ratings else []
    return Outcome(films.films, note=", ".join(notes))


def export_films(context: Context) -> Outcome:
    """The warehouse's wide table as the seeds' CSV file."""
    from taquilla.pipeline.export import export_csv

    return Outcome(export_csv(context.warehouse, context.analytics))


def report_films(context: Context) -> Outcome:
    """The warehouse → the charts and the report."""
    from taquilla.pipeline import studies

    told = studies.report_films(context.warehouses, context.analytics, context.report, context.now, context.progress)
    return Outcome(told.rows, note=told.note)


def train_models(context: Context) -> Outcome:
    """The warehouse → the models, their metrics and their card."""
    from taquilla.pipeline import studies

    told = studies.train_models(context.warehouses, context.analytics, context.model, context.now, context.progress)
    return Outcome(told.rows, note=told.note)


def publish_runs(context: Context) -> Outcome:
    """What the steps did → the warehouses, where the service reads it."""
    from taquilla.pipeline import load

    rows = load.publish_runs(context.lake, context.warehouse, memory_limit=context.memory_limit)
    if context.postgres is None:
        return Outcome(rows)
    try:
        load.publish_runs_postgres(context.lake, context.postgres)
    except UnavailableError as error:
        return Outcome(rows, note=f"not in PostgreSQL: {error}")
    return Outcome(rows)


def upkeep(context: Context) -> Outcome:
    """Delete what may not be kept any longer, then merge small files and clean up the log."""
    from taquilla.lake.upkeep import tidy
    from taquilla.pipeline import retention, studies
    from taquilla.pipeline.film_tables import FilmTables
    from taquilla.pipeline.rentals.shop_tables import shop_tables
    from taquilla.pipeline.reviews.review_tables import all_tables
    from taquilla.pipeline.reviews.score import signals_table
    from taquilla.pipeline.runs import runs_table

    purged = retention.purge_films(
        context.lake,
        context.warehouse,
        context.analytics,
        now=context.now,
        days=context.retention_days,
        memory_limit=context.memory_limit,
        postgres=context.postgres,
    )
    shop = [table for tables in shop_tables(context.lake) for table in tables.all()]
    reviews = [*all_tables(context.lake), signals_table(context.lake)]
    tables = (*FilmTables.of(context.lake).all(), *shop, *reviews, runs_table(context.lake))
    tidied = [tidy(table) for table in tables]
    compacted = sum(done.compacted for done in tidied)
    removed = studies.keep_newest(context.analytics, context.report.keep, context.model.keep)
    notes = [f"{purged.raw_rows:,} rows past {context.retention_days} days deleted"] if purged.raw_rows else []
    notes += [f"{compacted:,} small files merged"] if compacted else []
    notes += [f"{removed:,} older reports and models deleted"] if removed else []
    return Outcome(purged.raw_rows, note=", ".join(notes))
