"""The commands of the road through Kafka: produce, consume, and the messages that could not be read."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from taquilla.cli.answers import quarantine_replay, quarantine_show
from taquilla.cli.app import Json, Limit, app, build_context, build_settings, kafka_of, lake_of, run_named
from taquilla.errors import SettingsError

UPKEEP_EVERY_S = 3600.0  # while following

dead_letters_app = typer.Typer(help="Messages that are no films: list, show, replay.", no_args_is_help=True)
app.add_typer(dead_letters_app, name="dead-letters")
dead_letters_app.command("show")(quarantine_show)
dead_letters_app.command("replay")(quarantine_replay)


topics_app = typer.Typer(help="Kafka's topics: make those that the settings name.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")


@topics_app.command("create")
def topics_create() -> None:
    """Make the topic, and that of the dead letters where one is set; those that are there stay as they are."""
    from taquilla.sources.kafka import ensure_topics

    for name, is_new in ensure_topics(kafka_of(build_settings())).items():
        print(f"{name}: {'made' if is_new else 'there already'}")


@app.command()
def produce(
    files: Annotated[
        list[Path] | None, typer.Argument(help="NDJSON of TMDB or flat records (plain, .gz, .zst) instead of TMDB.")
    ] = None,
    fallback: Annotated[
        bool, typer.Option("--fallback", help="Land the films directly where the broker does not answer.")
    ] = False,
    source: Annotated[str | None, typer.Option(help="popular, discover or export.")] = None,
    pages: Annotated[int | None, typer.Option(help="Pages of popular films, 20 a page.")] = None,
    limit: Annotated[int | None, typer.Option(help="export: at most so many films.")] = None,
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=1, help="A film by its TMDB id; may be repeated.")
    ] = None,
) -> None:
    """Fetch films from TMDB and publish them on the Kafka topic."""
    given = {name: value for name, value in {"source": source, "pages": pages, "limit": limit}.items() if value}
    if files and (flags := [*given, *(["id"] if ids else []), *(["fallback"] if fallback else [])]):
        raise SettingsError(f"--{', --'.join(flags)} and files do not go together: drop one.")
    settings = build_settings(**({"films": given} if given else {}))
    context = build_context(settings, ids=tuple(ids or ()), fallback=fallback)
    if files:
        from taquilla.pipeline.kafka.produce import produce_file

        for file in files:
            done = produce_file(context.lake, file, context.kafka(), now=context.now)
            print(f"{file}: {done.told()}", flush=True)
    else:
        run_named(context, "produce_films")


@app.command()
def consume(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped; share the topic with others.")] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Where the topic has lost what was not read: go on at its oldest message.")
    ] = False,
    no_load: Annotated[bool, typer.Option("--no-load", help="Only land; curate and load at another time.")] = False,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Serve Prometheus metrics there. [default: kafka.metrics_port]")
    ] = None,
) -> None:
    """Land the messages of the Kafka topic in raw, each exactly once; then curate and load them."""
    settings = build_settings(**({} if metrics_port is None else {"kafka": {"metrics_port": metrics_port}}))
    loading = ["curate_films", "load_films", *(["load_postgres"] if settings.postgres.url else [])]
    if no_load:
        loading = []
    if follow:
        _follow(settings, loading, reset=reset)
    else:
        run_named(build_context(settings, reset=reset), "consume_films", *loading)


def _follow(settings: Any, loading: list[str], *, reset: bool) -> None:
    from taquilla.pipeline.cadence import Cadence
    from taquilla.pipeline.kafka.consume import consume

    context = build_context(settings)
    with _stopping() as stop, Cadence(_loader(settings, loading), settings.kafka.load_seconds, stop.set) as cadence:
        print(f"Following {settings.kafka.topic} (Ctrl-C ends it)", flush=True)
        done = consume(
            context.lake,
            context.kafka(),
            follow=True,
            reset=reset,
            run_id=context.run_id,
            buckets=context.buckets,
            batching=context.kafka_batching,
            stop=stop,
            on_landed=cadence.landed if loading else lambda rows: None,
            metrics_port=settings.kafka.metrics_port,
        )
    print(f"Stopped: {done.rows:,} messages landed, {done.dead_letters:,} of them dead letters.", flush=True)
    if done.rows and not loading:
        print("Now: taquilla curate, then taquilla load", flush=True)


def _loader(settings: Any, loading: list[str]) -> Any:
    """Curates and loads; once an hour it tidies up too."""
    import time

    tidied = time.monotonic()

    def load() -> None:
        nonlocal tidied
        is_due = time.monotonic() - tidied > UPKEEP_EVERY_S
        run_named(build_context(settings), *loading, *(["upkeep"] if is_due else []), "publish_runs")
        if is_due:
            tidied = time.monotonic()

    return load


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; the second one ends the command at once."""
    stop = threading.Event()

    def asked(_: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        print("Stopping: the batch in hand is landed first.", file=sys.stderr, flush=True)
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dead_letters_app.command("list")
def dead_letters_list(
    topic: Annotated[str | None, typer.Option(help="Of that topic alone.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List dead letters, newest first: topic, partition, offset, key, headers and reason."""
    from taquilla.pipeline.quarantine import listed_dead_letters
    from taquilla.terminal import print_table

    rows = listed_dead_letters(lake_of(build_settings()), topic=topic, limit=limit)
    print_table(rows.to_dicts(), as_json=as_json)
