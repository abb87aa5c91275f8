"""The commands for tables anywhere: copy them, look into them, print their DDL, make a town of them."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from taquilla.cli.app import Json, app, build_settings, databases_of, lake_of
from taquilla.errors import SettingsError

if TYPE_CHECKING:
    from taquilla.pipeline.addresses import Address
    from taquilla.pipeline.copies.places import Places
    from taquilla.pipeline.profiling import Profiled
    from taquilla.settings import Settings
    from taquilla.sources.relations import Source

SOURCE = "CONNECTION:TABLE, a workbook:SHEET, a file, s3://bucket/key, lake:TABLE or warehouse:TABLE."


def _places(settings: "Settings") -> "Places":
    from taquilla.pipeline.copies.places import Places

    return Places(databases_of(settings), lake_of(settings), settings.warehouse_path, settings.data / "_copies")


def _address(text: str, places: "Places") -> "Address":
    from taquilla.pipeline.addresses import parse

    return parse(text, places.databases)


@app.command("copy")
def copy_table(
    source: Annotated[str, typer.Argument(help=SOURCE)],
    target: Annotated[str, typer.Argument(help="As SOURCE; .csv, .parquet or .ndjson (.gz), on disk or S3.")],
    append: Annotated[
        bool, typer.Option("--append", help="Add to the database's table instead of replacing it.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="COLUMN=VALUE: only rows with that value (a moment, a number) or a later one.")
    ] = None,
) -> None:
    """Copy a table, with its types, in bulk; the target shows all of it, or what it showed before."""
    from taquilla.pipeline.copies.copying import copy
    from taquilla.terminal import CopyReporter

    places = _places(build_settings())
    with CopyReporter() as reporter:
        done = copy(
            _address(source, places),
            _address(target, places),
            places,
            appends=append,
            since=_since(since),
            progress=reporter.progress,
        )
    taken_up = f", {done.taken_up:,} of them read by a copy before that was cut off" if done.taken_up else ""
    print(f"{source} -> {target}: {done.rows:,} rows in {len(done.relation.columns())} columns{taken_up}")


def _since(text: str | None) -> Any:
    from datetime import datetime

    from taquilla.sources.relations import Since

    if text is None:
        return None
    column, _, value = text.partition("=")
    try:
        return Since(column, int(value) if value.lstrip("-").isdigit() else datetime.fromisoformat(value))
    except ValueError:
        raise SettingsError(
            f"{text!r} is no COLUMN=VALUE with a number or a moment, such as last_update=2026-11-21T08:00:00."
        ) from None


@app.command("ddl")
def print_ddl(
    source: Annotated[str, typer.Argument(help=f"All tables of a source, or one: {SOURCE}")] = "warehouse",
    dialect: Annotated[str, typer.Option(help="mysql, postgresql, sqlite, snowflake or duckdb.")] = "postgresql",
) -> None:
    """Print CREATE TABLE for each table of a source, in the dialect of a database."""
    from taquilla.pipeline.copies.places import opened_source
    from taquilla.sources.sql_ddl import ddl

    places = _places(build_settings())
    address = _address(source if ":" in source or source not in ("lake", "warehouse") else f"{source}:", places)
    with opened_source(address, places) as opened:
        names = [address.relation] if address.relation else list(opened.relations())
        for name in names:
            print(ddl(opened.describe(name), tuple(name.split(".")), dialect) + "\n")


@app.command("profile")
def profile_tables(
    source: Annotated[str, typer.Argument(help=f"All tables of a source, or one: {SOURCE}")],
    as_json: Json = False,
) -> None:
    """Look into tables before they are loaded: types, nulls, outliers, odd cells, repeated and broken keys."""
    from taquilla.pipeline.copies.places import opened_source
    from taquilla.pipeline.profiling import profile_source
    from taquilla.terminal import CopyReporter, print_profile

    places = _places(build_settings())
    address = _address(source, places)
    with opened_source(address, places) as opened, CopyReporter() as reporter:
        found, broken = profile_source(
            opened, address.relation, lambda table, rows: reporter.progress(table, rows, None)
        )
    print_profile([_told(each) for each in found], broken.to_dicts(), as_json=as_json)


def _told(profiled: "Profiled") -> dict[str, Any]:
    from dataclasses import asdict

    table = asdict(profiled.table)
    return {
        "table": profiled.relation.name,
        "rows": profiled.table.rows,
        "lines_that_are_no_rows": profiled.broken_lines,
        "examples": list(profiled.examples),
        "found": list(profiled.relation.notes),
        "would_become": profiled.shop,
        "cells_to_repair": profiled.repaired if profiled.shop else None,
        "rows_to_refuse": profiled.refused if profiled.shop else None,
        "key": list(profiled.table.key),
        "duplicate_rows": profiled.table.duplicate_rows,
        "declared": dict(profiled.relation.declared),
        "columns": table["columns"],
    }


@app.command()
def town(
    target: Annotated[str, typer.Argument(help="A file.sqlite, a CONNECTION, or a folder or s3:// prefix (Parquet).")],
    rentals: Annotated[int, typer.Option(min=1, help="Rentals in all; tens of millions are streamed.")] = 60_000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another town.")] = 1,
    years: Annotated[int, typer.Option(min=1, help="Years of business, up to the end of 2014.")] = 2,
    stores: Annotated[int | None, typer.Option(min=1, help="[default: one per 7,500 rentals a year]")] = None,
) -> None:
    """Generate a rental shop's database over the built-in films; its people, prices and rentals are invented."""
    from pathlib import Path

    from taquilla.demo.town import Town
    from taquilla.demo.town_sqlite import town_to_sqlite

    made = Town(seed=seed, rentals=rentals, stores=stores, years=years)
    if target.endswith((".sqlite", ".db")) and "://" not in target:
        print(f"{town_to_sqlite(Path(target), made):,} rows in {target}")
    else:
        _write_town(made, target)


def _write_town(made: Any, target: str) -> None:
    from taquilla.demo.town_source import TownSource
    from taquilla.pipeline.copies.copying import write_all
    from taquilla.terminal import CopyReporter

    places = _places(build_settings())
    with CopyReporter() as reporter:
        # What generates it imports nothing of what reads sources, and answers as they do.
        source = cast("Source", TownSource(made))
        rows = write_all(source, _address(target, places), places, progress=reporter.progress)
    print(f"{sum(rows.values()):,} rows of {len(rows)} tables in {target}", file=sys.stdout)
