"""The application that the commands are added to, and how each gets its settings and what a run knows."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taquilla import __version__

if TYPE_CHECKING:
    from pydantic import SecretStr

    from taquilla.engines import EngineOptions
    from taquilla.lake import Lake
    from taquilla.pipeline.actions import Context
    from taquilla.pipeline.addresses import ShopOptions
    from taquilla.pipeline.reviews.options import ReviewOptions
    from taquilla.settings import Settings
    from taquilla.sources.kafka import KafkaOptions
    from taquilla.sources.sql import SqlOptions
    from taquilla.sources.tmdb import TmdbOptions
    from taquilla.warehouse.postgres import PostgresOptions

app = typer.Typer(
    name="taquilla",
    help="Films from an API to a lake, a warehouse, a dashboard and a model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, help="Rows to show, at most.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Make everything anew instead of adding what is new.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; TAQUILLA_PORT or 8000 where not given.")]
# Where the work runs; what is not given stands in the settings.
EngineName = Annotated[
    Literal["local", "dask", "spark"] | None,
    typer.Option(
        "--engine", help="Where the work runs: local, dask or spark. [default: engine.name]", show_default=False
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes that share the work. [default: engine.workers; of dask and spark this machine's processors, "
        "where that is not set]",
        show_default=False,
    ),
]

# What a run does with a shop's tables, in its order.
SHOP_STEPS = ("land_rentals", "curate_rentals", "link_films", "load_rentals")
# And with files of reviews.
REVIEW_STEPS = ("land_reviews", "curate_reviews", "score_reviews", "load_reviews", "train_recommenders")

_flags: dict[str, Any] = {}


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"taquilla {__version__}")
        raise typer.Exit


@app.callback()
def options(
    data: Annotated[Path | None, typer.Option(help="Folder of all that a run leaves. [default: data]")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file. [default: taquilla.toml]")] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Films from an API to a lake, a warehouse, a dashboard and a model."""
    _flags.update(data=data, file=settings)


def build_settings(**flags: Any) -> "Settings":
    from taquilla.settings import load_settings

    given = {name: value for name, value in {"data": _flags.get("data"), **flags}.items() if value is not None}
    return load_settings(_flags.get("file"), **given)


def engine_flags(engine: str | None, workers: int | None) -> dict[str, Any]:
    """What the flags say of the engine, as a group of the settings."""
    given = {name: value for name, value in {"name": engine, "workers": workers}.items() if value is not None}
    return {"engine": given} if given else {}


def lake_of(settings: "Settings") -> "Lake":
    """The lake; on disk by its whole path, since an engine's workers have other working directories."""
    from taquilla.lake import Lake

    curated = settings.lake.curated_root
    return Lake(
        _whole(settings.lake_root),
        None if curated is None else _whole(curated),
        (settings.data / "lake").absolute(),
        # Spark's workers may be elsewhere without an address, too: a session may be handed over.
        keeps_parts=settings.engine.address is None and settings.engine.name != "spark",
    )


def _whole(root: str) -> str:
    return root if "://" in root else str(Path(root).absolute())


def engine_options_of(settings: "Settings") -> "EngineOptions":
    """How the work is spread; Dask and Spark have this machine's processors for workers where nobody says otherwise."""
    import os

    from taquilla.engines import EngineOptions

    told = EngineOptions(**settings.engine.model_dump())
    if told.name == "local" or "workers" in settings.engine.model_fields_set:
        return told
    return replace(told, workers=os.cpu_count() or 1)


def tmdb_of(settings: "Settings") -> "TmdbOptions":
    from taquilla.sources.tmdb import TmdbOptions

    t = settings.tmdb
    return TmdbOptions(
        t.base_url,
        t.export_url,
        settings.tmdb_token(),
        requests_per_s=t.requests_per_s,
        connections=t.connections,
        timeout_s=t.timeout_s,
        attempts=t.attempts,
        language=t.language,
    )


def _secret(value: "SecretStr | None") -> str | None:
    return None if value is None else value.get_secret_value()


def kafka_of(settings: "Settings") -> "KafkaOptions":
    """How to reach the broker. SettingsError: none is named."""
    from taquilla.sources.kafka import KafkaOptions

    k = settings.kafka
    return KafkaOptions(
        settings.kafka_bootstrap(),
        k.topic,
        k.group,
        k.dlq_topic,
        k.partitions,
        k.timeout_s,
        k.session_s,
        k.security,
        k.sasl_mechanism,
        k.username,
        _secret(k.password),
        str(k.ca_file) if k.ca_file else None,
    )


def postgres_of(settings: "Settings") -> "PostgresOptions | None":
    """How to reach PostgreSQL; None where none is named."""
    p = settings.postgres
    if p.url is None:
        return None
    from taquilla.warehouse.postgres import PostgresOptions

    return PostgresOptions(p.url, _secret(p.password), p.connect_timeout_s, p.statement_timeout_s)


def databases_of(settings: "Settings") -> "dict[str, SqlOptions]":
    """The databases that the settings name."""
    from taquilla.sources.sql import SqlOptions

    return {
        name: SqlOptions(connection.url, _secret(connection.password), name=name)
        for name, connection in settings.connections.items()
    }


def shop_of(settings: "Settings", source: str, *, is_full: bool = False) -> "ShopOptions":
    """Where a shop's tables are, and how they are read. SettingsError: `source` names nothing that there can be."""
    from taquilla.pipeline.addresses import ShopOptions, parse

    databases, r = databases_of(settings), settings.rentals
    return ShopOptions(parse(source, databases), databases, is_full, r.overlap_s, r.batch_rows)


def reviews_of(settings: "Settings", *sources: str) -> "ReviewOptions":
    """Where the reviews are, and how they are read; sources: these, and not the settings'."""
    from taquilla.pipeline.reviews.options import ReviewOptions

    r = settings.reviews
    return ReviewOptions(
        sources or ((r.source,) if r.source else ()),
        r.pseudonymise,
        _secret(r.pseudonym_key),
        r.on_type_change,
        r.batch_rows,
        r.goals.model_dump(),
    )


def build_context(
    settings: "Settings",
    *,
    run_id: str | None = None,
    rebuild: bool = False,
    ids: tuple[int, ...] = (),
    is_asked: bool = False,
    fallback: bool = False,
    reset: bool = False,
    shop: "ShopOptions | None" = None,
    reviews: "ReviewOptions | None" = None,
) -> "Context":
    from datetime import UTC, datetime

    from taquilla.engines import engine_of
    from taquilla.pipeline.actions import Context
    from taquilla.pipeline.options import Batching, ModelOptions, ReportOptions, Selection

    now, f, m = datetime.now(UTC), settings.films, settings.model
    return Context(
        run_id=run_id or f"{now:%Y%m%dT%H%M%S}",
        now=now,
        data=settings.data,
        lake=lake_of(settings),
        warehouse=settings.warehouse_path,
        tmdb=lambda: tmdb_of(settings),
        kafka=lambda: kafka_of(settings),
        kafka_batching=Batching(settings.kafka.batch_rows, settings.kafka.batch_seconds),
        fallback=fallback,
        reset=reset,
        postgres=postgres_of(settings),
        shop=shop or (shop_of(settings, settings.rentals.source) if settings.rentals.source else None),
        reviews=reviews or reviews_of(settings),
        selection=Selection("ids" if ids else f.source, f.pages, f.since, f.until, f.min_popularity, f.limit, ids),
        batching=Batching(f.batch_rows, f.batch_seconds),
        buckets=settings.lake.buckets,
        engine=engine_of(engine_options_of(settings)),
        memory_limit=settings.warehouse.memory_limit,
        retention_days=settings.lake.retention_days,
        report=ReportOptions(settings.report.language, settings.report.keep),
        model=ModelOptions(m.seed, m.with_pickle, m.keep, settings.report.language, is_asked),
        rebuild=rebuild,
    )


def wanted_steps(settings: "Settings") -> list[str]:
    """The steps of a run, in their order, without those that are switched off."""
    from taquilla.pipeline.steps import in_order

    by_kafka = settings.films.road == "kafka"
    off = {
        **dict.fromkeys(SHOP_STEPS, settings.rentals.source is None),
        **dict.fromkeys(REVIEW_STEPS, settings.reviews.source is None),
        "land_films": by_kafka,
        "produce_films": not by_kafka,
        "consume_films": not by_kafka,
        "load_postgres": settings.postgres.url is None,
        "report_films": not settings.report.on_run,
        "train_models": not settings.model.on_run,
        "train_recommenders": settings.reviews.source is None or not settings.model.on_run,
    }
    return [step.name for step in in_order() if not off.get(step.name)]


def run_named(context: "Context", *names: str) -> None:
    from taquilla.pipeline.local import run_steps
    from taquilla.pipeline.steps import step
    from taquilla.terminal import RunReporter

    run_steps(context, [step(name) for name in names], RunReporter())
