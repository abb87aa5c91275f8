"""The commands that answer: where every record is, marts, SQL, what is missing, what is set, files on request."""

import sys
from contextlib import closing
from typing import Annotated

import typer

from taquilla.cli.app import (
    EngineName,
    Json,
    Limit,
    Workers,
    app,
    build_context,
    build_settings,
    databases_of,
    engine_flags,
    engine_options_of,
    kafka_of,
    lake_of,
    postgres_of,
    shop_of,
    tmdb_of,
)
from taquilla.errors import SettingsError

quarantine_app = typer.Typer(
    help="Records that did not become films or rows of the shop: list, show, replay.", no_args_is_help=True
)
app.add_typer(quarantine_app, name="quarantine")


@app.command()
def status(as_json: Json = False, runs: Annotated[int, typer.Option(min=0, help="Runs to show.")] = 10) -> None:
    """Show where every record is, how fresh the films are, and the last runs."""
    from taquilla.pipeline.status import status as read_status
    from taquilla.terminal import print_status

    settings = build_settings()
    found = read_status(lake_of(settings), settings.warehouse_path, runs=runs, server=postgres_of(settings))
    print_status(found, as_json=as_json)
    if not found["records"]["landed"] and not found.keys() & {"shop", "reviews"}:
        # After a demo, or a slip in --data, the sums of nothing add up too.
        print(
            f"Nothing has landed in {settings.data} yet: taquilla run; after a demo: --data data/demo", file=sys.stderr
        )


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A mart; without it, all are listed.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Show a mart: an answer that is kept ready, such as top_films or genre_roi."""
    from taquilla.pipeline.reading import find
    from taquilla.terminal import print_found, print_table
    from taquilla.warehouse.marts import mart, marts

    if name is None:
        listed = [{"mart": m.name, "answers": m.description} for m in marts().values()]
        return print_table(listed, as_json=as_json)
    asked = mart(name)
    found = find(build_settings().warehouse_path, f'select * from mart."{asked.name}"', limit)  # noqa: S608 - a known name
    return print_found(found.rows, has_more=found.has_more, as_json=as_json, title=asked.description)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables and the marts (mart.NAME).")],
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Ask the warehouse in SQL; it is opened read-only."""
    from taquilla.pipeline.reading import find
    from taquilla.terminal import print_found

    found = find(build_settings().warehouse_path, sql, limit)
    print_found(found.rows, has_more=found.has_more, as_json=as_json)


@app.command()
def doctor(
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Look again until all is well, so long at most.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Look at everything that the settings name, and say what to do where something is missing.

    Exits with 0 where all is well, and with 1 where something is not.
    """
    from dataclasses import asdict

    from taquilla.pipeline.doctor import Places, checked
    from taquilla.terminal import print_table

    s = build_settings()
    places = Places(
        s.data,
        lambda: lake_of(s),
        s.warehouse_path,
        lambda: tmdb_of(s),
        kafka_of(s) if s.kafka.bootstrap else None,
        postgres_of(s),
        databases_of(s),
        shop_of(s, s.rentals.source) if s.rentals.source else None,
        engine_options_of(s),
    )
    found = checked(places, wait)
    print_table([asdict(check) for check in found], as_json=as_json)
    if any(check.ok is False for check in found):
        raise typer.Exit(1)


@app.command("export-json")
def export_json(
    ids: Annotated[list[int] | None, typer.Argument(help="Film ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every film.")] = False,
) -> None:
    """Write movie_ID.json for films: the newest record as TMDB sent it."""
    from taquilla.pipeline.export import export_json as write_json

    if not ids and not every:
        raise SettingsError("Which films? Give ids, or --all.")
    settings = build_settings()
    folder = settings.analytics
    print(f"{write_json(lake_of(settings), folder, None if every else ids):,} files in {folder}")


@quarantine_app.command("list")
def quarantine_list(limit: Limit = 50, as_json: Json = False) -> None:
    """List dead letters and quarantined records, of films, the shop and reviews, newest first, with rule and reason."""
    from taquilla.pipeline.quarantine import listed
    from taquilla.terminal import print_table

    print_table(listed(lake_of(build_settings()), limit).to_dicts(), as_json=as_json)


@quarantine_app.command("show")
def quarantine_show(
    raw_seq: Annotated[int, typer.Argument(help="The row's number in raw.")],
    table: Annotated[str, typer.Option(help="Its table, as the list has it.")] = "films",
) -> None:
    """Print a record as it came: a film's, a review's or a line byte for byte, a row of a database as JSON."""
    from taquilla.pipeline.quarantine import record

    sys.stdout.buffer.write(record(lake_of(build_settings()), table, raw_seq) + b"\n")


@quarantine_app.command("replay")
def quarantine_replay(engine: EngineName = None, workers: Workers = None) -> None:
    """Try all of them again with today's rules; then load the warehouse with: taquilla load."""
    from taquilla.pipeline.quarantine import replay
    from taquilla.terminal import CopyReporter

    context = build_context(build_settings(**engine_flags(engine, workers)))
    with context.lake.lease("run"), closing(context.engine), CopyReporter() as reporter:
        tried, accepted = replay(
            context.lake,
            context.engine,
            run_id=context.run_id,
            progress=lambda done, total: reporter.progress("curate anew", done, total),
        )
    print(f"{tried:,} records tried again, {accepted:,} accepted." + (" Now: taquilla load" if accepted else ""))


@app.command("settings")
def show_settings(as_json: Json = False) -> None:
    """Show every setting with its value and the variable that sets it; secrets show as asterisks."""
    from taquilla.settings import described
    from taquilla.terminal import print_table

    print_table([setting._asdict() for setting in described(build_settings())], as_json=as_json)
