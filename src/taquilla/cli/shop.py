"""The commands of a rental shop: its tables into the platform, and the questions that they answer."""

from typing import Annotated

import typer

from taquilla.cli.app import (
    SHOP_STEPS,
    EngineName,
    Rebuild,
    Workers,
    app,
    build_context,
    build_settings,
    engine_flags,
    run_named,
    shop_of,
)
from taquilla.errors import SettingsError


@app.command()
def rentals(
    source: Annotated[
        str | None,
        typer.Argument(help="A connection's name, a workbook, or a folder of CSV or JSON. [default: rentals.source]"),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything anew, and not only what has changed: sees deletions.")
    ] = False,
    rebuild: Rebuild = False,
    engine: EngineName = None,
    workers: Workers = None,
) -> None:
    """Bring a rental shop in: read its tables, clean them, link its films to the catalogue's, load its star schema."""
    settings = build_settings(**engine_flags(engine, workers))
    source = source or settings.rentals.source
    if source is None:
        raise SettingsError(
            "Which shop? Name a connection, a workbook or a folder: taquilla rentals SOURCE; or set rentals.source."
        )
    context = build_context(settings, rebuild=rebuild, shop=shop_of(settings, source, is_full=full))
    run_named(context, *SHOP_STEPS, *(["load_postgres"] if settings.postgres.url else []), "publish_runs")
