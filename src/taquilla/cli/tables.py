"""The commands for tables anywhere: copy them, look into them, print their DDL, make a town of them."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from taquilla.cli.app import Json, app, build_settings, databases_of, lake_of
from taquilla.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from taquilla.pipeline.addresses import Address
    from taquilla.pipeline.copies.places import Places
    from taquilla.pipeline.profiling import Profiled
    from taquilla.settings import Settings
    from taquilla.sources.relations import Source

SOURCE = "CONNECTION:TABLE, a workbook:SHEET, a file, s3://bucket/key, lake:TABLE or warehouse:TABLE."
COPY_EXAMPLES = """A connection called shop is set by TAQUILLA_CONNECTIONS__SHOP__URL=mysql://user@host/sakila and by
TAQUILLA_CONNECTIONS__SHOP__PASSWORD; S3 takes its keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

\b
taquilla copy shop:rental s3://raw/rental.parquet
taquilla copy shop:rental s3://raw/rental.csv.gz --since last_update=2026-11-01
taquilla copy snow: s3://raw/spend.csv --query "select * from payment where amount > 5"
taquilla copy s3://curated/rental.csv shop:rental --rejects rejected.csv
taquilla copy Films_2.xlsx:film shop:film
taquilla copy warehouse:mart.top_films top_films.csv
taquilla copy lake:curated.rentals postgresql://user@host/db#rentals
"""
DDL_EXAMPLES = """Examples:

\b
taquilla ddl                                  the warehouse's tables, for PostgreSQL
taquilla ddl shop --dialect snowflake         a database's tables, for another one
taquilla ddl rental.csv --dialect mysql       types are found in the file's rows
taquilla ddl warehouse:mart.top_films
"""
PROFILE_EXAMPLES = """Examples:

\b
taquilla profile shop
taquilla profile Films_2.xlsx:film
taquilla profile s3://raw/rental.csv --json
"""


def _places(settings: "Settings") -> "Places":
    from taquilla.pipeline.copies.places import Places

    return Places(databases_of(settings), lake_of(settings), settings.warehouse_path, settings.data / "_copies")


def _address(text: str, places: "Places") -> "Address":
    from taquilla.pipeline.addresses import parse

    return parse(text, places.databases)


@app.command("copy", epilog=COPY_EXAMPLES)
def copy_table(
    source: Annotated[str, typer.Argument(help=SOURCE)],
    target: Annotated[str, typer.Argument(help="As SOURCE; files are .csv, .ndjson (.gz, .zst) or .parquet.")],
    query: Annotated[
        str | None, typer.Option(help="Copy the rows of this SELECT of the source's; it is run read-only.")
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Add to the database's table instead of replacing it.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="COLUMN=VALUE: only rows with that value (a moment, a number) or a later one.")
    ] = None,
    rejects: Annotated[
        str | None, typer.Option(help="A file for rows that do not fit, with the reason. [default: they stop the copy]")
    ] = None,
    source_types: Annotated[
        bool,
        typer.Option("--source-types", help="Make the target's table anew in the source's columns and types."),
    ] = False,
    as_text: Annotated[
        bool, typer.Option("--as-text", help="Look for no types in a text file: 007 and 7 alike.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Read anew what a copy that was cut off has read before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy a table or a query's rows, with their types, in bulk.

    The target shows all of the copy, or what it showed before, however it ends. A table that is there keeps its columns
    and types, and what does not fit them stops the copy, with a list. Types of CSV and workbooks are found in their
    rows: a number is one only where all cells of its column are. A copy that was cut off reads on behind its last row
    when it is run again within a day. Rows are counted on both sides.
    """
    from taquilla.pipeline.copies.copying import CopyOptions, copy
    from taquilla.terminal import CopyReporter, print_copied

    places = _places(build_settings())
    options = CopyOptions(append, _since(since), query, rejects, source_types, as_text, fresh)
    with CopyReporter() as reporter:
        given, taking = _address(source, places), _address(target, places)
        done = copy(given, taking, places, options, progress=reporter.progress)
        seconds = reporter.seconds()
    print_copied(given.named(), taking.named(), done, seconds, rejects=rejects, as_json=as_json)


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


@app.command("ddl", epilog=DDL_EXAMPLES)
def print_ddl(
    source: Annotated[str, typer.Argument(help=f"All tables of a source, or one: {SOURCE}")] = "warehouse",
    dialect: Annotated[str, typer.Option(help="mysql, postgresql, sqlite, snowflake or duckdb.")] = "postgresql",
) -> None:
    """Print CREATE TABLE for each table of a source, in the dialect of a database."""
    from taquilla.pipeline.copies.places import opened_model
    from taquilla.pipeline.copies.statements import statements

    places = _places(build_settings())
    address = _address(source, places)
    with opened_model(address, places) as opened:
        for statement in statements(opened, address, dialect):
            print(statement + "\n")


@app.command("profile", epilog=PROFILE_EXAMPLES)
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
        "duplicated_keys": profiled.table.duplicated_keys,
        "duplicate_rows": profiled.table.duplicate_rows,
        "declared": dict(profiled.relation.declared),
        "columns": table["columns"],
    }


@app.command()
def town(
    target: Annotated[str, typer.Argument(help="A file.sqlite, a CONNECTION, or a folder or s3:// prefix (Parquet).")],
    rentals: Annotated[int, typer.Option(min=1, help="Rentals in all; tens of millions are streamed.")] = 60_000,
    scale: Annotated[float, typer.Option(min=0.01, help="So many times those rentals.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another town.")] = 1,
    years: Annotated[int, typer.Option(min=1, help="Years of business, up to the end of 2014.")] = 2,
    stores: Annotated[int | None, typer.Option(min=1, help="[default: one per 7,500 rentals a year]")] = None,
    reviews: Annotated[
        int | None, typer.Option(min=1, help="Write so many reviews into the folder, and no shop: JSON and CSV files.")
    ] = None,
) -> None:
    """Generate a rental shop's database over the built-in films, or a town's reviews; all people are invented."""
    from pathlib import Path

    if reviews is not None:
        return _write_reviews(Path(target), round(reviews * scale) or 1, seed)
    from taquilla.demo.town import Town
    from taquilla.demo.town_sqlite import town_to_sqlite

    made = Town(seed=seed, rentals=round(rentals * scale) or 1, stores=stores, years=years)
    if target.endswith((".sqlite", ".db")) and "://" not in target:
        print(f"{town_to_sqlite(Path(target), made):,} rows in {target}")
    elif "://" not in target and Path(target).suffix:
        raise SettingsError(f"{target} is one file, and a town has fifteen tables. Name a folder, or a file.sqlite.")
    else:
        _write_town(made, target)
    return None


def _write_reviews(folder: "Path", reviews: int, seed: int) -> None:
    from taquilla.demo.town_reviews import TownReviews
    from taquilla.demo.town_reviews_files import write_reviews

    if "://" in str(folder) or folder.suffix:
        raise SettingsError(f"{folder} is no folder here, and reviews are several files. Name a folder.")
    written = write_reviews(folder, TownReviews(seed=seed, reviews=reviews))
    print(f"{sum(file.lines for file in written.values()):,} lines of {len(written)} files in {folder}")


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
