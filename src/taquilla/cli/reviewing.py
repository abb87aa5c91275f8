"""The commands of reviews: files of them into the platform, and the lake's tables for those who read it in place."""

from typing import Annotated, Literal

import typer

from taquilla.cli.app import (
    REVIEW_STEPS,
    EngineName,
    Json,
    Rebuild,
    Workers,
    app,
    build_context,
    build_settings,
    engine_flags,
    reviews_of,
    run_named,
)
from taquilla.errors import SettingsError

lake_app = typer.Typer(
    help="The lake's tables: publish the star schemas and marts there, rewrite them into other buckets.",
    no_args_is_help=True,
)
app.add_typer(lake_app, name="lake")


@app.command()
def reviews(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files or folders of JSON, NDJSON or CSV, on disk or s3://. [default: reviews.source]"),
    ] = None,
    rebuild: Rebuild = False,
    engine: EngineName = None,
    workers: Workers = None,
) -> None:
    """Bring reviews in: Yelp's, Google Maps', MovieLens' files; clean, score and load them, train recommenders."""
    settings = build_settings(**engine_flags(engine, workers))
    options = reviews_of(settings, *(sources or ()))
    if not options.addresses:
        raise SettingsError(
            "Which reviews? Name a file or a folder of JSON or CSV: taquilla reviews SOURCE; or set reviews.source."
        )
    context = build_context(settings, rebuild=rebuild, reviews=options)
    run_named(context, *REVIEW_STEPS, *(["load_postgres"] if settings.postgres.url else []), "publish_runs")


@lake_app.command("publish")
def lake_publish(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Schemas (reviews, shop, films, mart) or tables, such as mart.kpis. [default: all]"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the star schemas and marts as Delta tables into the lake: Spark, Athena and BI tools read them in place."""
    from taquilla.pipeline.lake_publishing import publish_lake
    from taquilla.terminal import CopyReporter, print_table

    context = build_context(build_settings())
    with context.lake.lease("publish"), CopyReporter() as reporter:
        done = publish_lake(
            context.lake,
            context.warehouse,
            only=names or (),
            memory_limit=context.memory_limit,
            progress=lambda tables, total: reporter.progress("tables", tables, total),
        )
    rows = [{"table": name, "rows": count, "at": context.lake.uri(name)} for name, count in done.rows.items()]
    print_table(rows, as_json=as_json, title="published")
    if done.unchanged and not as_json:
        print(f"{len(done.unchanged)} tables show the warehouse's state already.")


@lake_app.command("rebucket")
def lake_rebucket(
    buckets: Annotated[int, typer.Argument(min=1, max=4096, help="How many; an engine's workers share them out.")],
    only: Annotated[
        Literal["films", "rentals", "reviews"] | None, typer.Option(help="That subject alone. [default: all]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rewrite the raw and the curated tables into another number of buckets; a run goes on with them as before.

    Each table changes at once. What was cut off is completed by the same command.
    """
    from taquilla.pipeline.rebucket import rebucket_lake
    from taquilla.terminal import CopyReporter, print_table

    context = build_context(build_settings())
    with context.lake.lease("run"), CopyReporter() as reporter:
        done = rebucket_lake(
            context.lake,
            buckets,
            only=only,
            progress=lambda rows, total: reporter.progress("rewrite", rows, total),
        )
    rows = [{"table": name, "rows": count, "buckets": buckets} for name, count in done.items()]
    print_table(rows, as_json=as_json, title="rewritten")
    if not rows and not as_json:
        print(f"Every table has {buckets} buckets already.")
