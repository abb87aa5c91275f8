"""The commands that run steps: all of them, one, or the parts of a run by name."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taquilla.cli.app import (
    EngineName,
    Json,
    Port,
    Rebuild,
    Workers,
    app,
    build_context,
    build_settings,
    engine_flags,
    run_named,
    wanted_steps,
)
from taquilla.errors import SettingsError

# Of the demo's town: two years of a few shops, in a second or two.
DEMO_RENTALS = 60_000

if TYPE_CHECKING:
    from datetime import datetime

    from taquilla.pipeline.actions import Context


@app.command()
def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only run; do not serve the dashboard.")] = False,
    scale: Annotated[
        float, typer.Option(min=0.01, help="Size of the generated town: 10 is 600,000 rentals, 120,000 reviews.")
    ] = 1,
    port: Port = None,
    engine: EngineName = None,
    workers: Workers = None,
) -> None:
    """Run everything on the built-in films, with no service and no account, and serve the dashboard."""
    from taquilla.cli.services import serve_pages
    from taquilla.demo.process import TOKEN, sandbox_process

    settings = build_settings(port=port)
    folder = settings.data / "demo"
    with sandbox_process() as root:
        tmdb = {"token": TOKEN, "base_url": f"{root}/3", "export_url": f"{root}/p/exports", "requests_per_s": None}
        # Said in full: what is set for the real films must not reach into the demo's.
        lake = {"root": str(folder / "lake"), "curated_root": None, "buckets": 1}
        films = {"source": "export", "limit": None, "min_popularity": 0.0, "road": "direct"}
        places = {"lake": lake, "warehouse": {"path": folder / "warehouse.duckdb"}, "postgres": {"url": None}}
        shop = {"source": f"sqlite:///{_demo_shop(folder, round(DEMO_RENTALS * scale) or 1).absolute()}"}
        written = {"source": str(_demo_reviews(folder, scale)), "pseudonymise": True, "pseudonym_key": None}
        subjects = {"films": films, "rentals": shop, "reviews": written}
        flags = engine_flags(engine, workers)
        demo_settings = build_settings(data=folder, port=port, tmdb=tmdb, **subjects, **places, **flags)
        print(f"The built-in films are served at {root}/3; the demo's data go to {folder}", flush=True)
        run_named(build_context(demo_settings), *wanted_steps(demo_settings))
    print(f"Ask it: taquilla --data {folder} show    taquilla --data {folder} status", flush=True)
    if not no_serve:
        serve_pages(demo_settings)


def _demo_shop(folder: Path, rentals: int) -> Path:
    """The database of the demo's rental shop: generated once, the same on any machine."""
    from taquilla.demo.town import Town
    from taquilla.demo.town_sqlite import town_to_sqlite

    file = folder / ("shop.sqlite" if rentals == DEMO_RENTALS else f"shop-{rentals}.sqlite")
    if not file.exists():
        town_to_sqlite(file, Town(rentals=rentals))
        print(f"A rental shop over these films is generated in {file}: its people are nobody's", flush=True)
    return file


def _demo_reviews(folder: Path, scale: float) -> Path:
    """The files of what the demo's town writes of its places and thinks of films: as the shop, generated once."""
    from taquilla.demo.town_reviews import RATINGS, REVIEWS, TownReviews
    from taquilla.demo.town_reviews_files import write_reviews

    files = folder / ("reviews" if scale == 1 else f"reviews-{scale:g}")
    if not files.exists():
        write_reviews(files, TownReviews(reviews=round(REVIEWS * scale) or 1, ratings=round(RATINGS * scale) or 1))
        print(f"Reviews of its places and ratings of films are generated in {files}: nobody wrote them", flush=True)
    return files


@app.command()
def run(
    first: Annotated[str | None, typer.Option("--from", help="The step to begin with.")] = None,
    rebuild: Rebuild = False,
    engine: EngineName = None,
    workers: Workers = None,
) -> None:
    """Run every step: fetch what is new or changed, curate, load, export, report, train, tidy up."""
    from taquilla.pipeline.steps import in_order, step

    settings, names = build_settings(**engine_flags(engine, workers)), [step.name for step in in_order()]
    begin = names.index(step(first).name) if first else 0
    wanted = [name for name in wanted_steps(settings) if name in names[begin:]]
    run_named(build_context(settings, rebuild=rebuild), *wanted)


@app.command()
def step(
    name: Annotated[str, typer.Argument(help="The step's name; `taquilla step list` lists them.")],
    run: Annotated[str | None, typer.Option(help="The run that it belongs to; a new one where not given.")] = None,
    rebuild: Rebuild = False,
    engine: EngineName = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Run one step, as every orchestrator does."""
    from dataclasses import asdict

    from taquilla.pipeline.steps import STEPS
    from taquilla.terminal import print_table

    if name == "list":
        rows = [{k: ", ".join(v) if isinstance(v, tuple) else v for k, v in asdict(s).items()} for s in STEPS]
        return print_table(rows, as_json=as_json, columns=("name", "reads", "writes", "by", "retries"))
    settings = build_settings(**engine_flags(engine, workers))
    run_named(build_context(settings, run_id=run, rebuild=rebuild), name)
    return None


@app.command()
def land(
    files: Annotated[list[Path] | None, typer.Argument(help="NDJSON of TMDB records (plain, .gz, .zst).")] = None,
    source: Annotated[str | None, typer.Option(help="popular, discover or export.")] = None,
    pages: Annotated[int | None, typer.Option(help="Pages of popular films, 20 a page.")] = None,
    since: Annotated[str | None, typer.Option(help="discover: first release date, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="discover: last release date, YYYY-MM-DD.")] = None,
    min_popularity: Annotated[float | None, typer.Option(help="export: the least popularity.")] = None,
    limit: Annotated[int | None, typer.Option(help="export: at most so many films.")] = None,
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=1, help="A film by its TMDB id; may be repeated.")
    ] = None,
    fetched_at: Annotated[
        str | None, typer.Option(help="files: when they were read from TMDB, ISO 8601. [default: the file's time]")
    ] = None,
    engine: EngineName = None,
    workers: Workers = None,
) -> None:
    """Fetch films from TMDB, or take files of TMDB records, into the raw zone."""
    wanted: dict[str, Any] = {"source": source, "pages": pages, "since": since, "until": until, "limit": limit}
    wanted |= {"min_popularity": min_popularity}
    given = {name: value for name, value in wanted.items() if value is not None}
    if files and (flags := [*given, *(["id"] if ids else [])]):
        raise SettingsError(f"--{', --'.join(flags).replace('_', '-')} and files do not go together: drop one.")
    settings = build_settings(**({"films": given} if given else {}), **engine_flags(engine, workers))
    context = build_context(settings, ids=tuple(ids or ()))
    if files:
        _land_files(context, files, _moment(fetched_at))
    else:
        run_named(context, "land_films", "land_popularity")


def _land_files(context: "Context", files: list[Path], when: "datetime | None") -> None:
    from taquilla.pipeline.land_file import land_files

    with context.lake.lease("run"), closing(context.engine):
        landed = land_files(
            context.lake,
            context.engine,
            files,
            run_id=context.run_id,
            buckets=context.buckets,
            fetched_at=when,
        )
        for file, done in landed:
            print(f"{file}: {done.told(context.now, context.retention_days)}", flush=True)


def _moment(text: str | None) -> "datetime | None":
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no moment in ISO 8601, such as 2026-11-21T08:00:00Z.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@app.command()
def curate(rebuild: Rebuild = False, engine: EngineName = None, workers: Workers = None) -> None:
    """Turn raw records into clean films, rentals, reviews, snapshots and quarantined rows."""
    context = build_context(build_settings(**engine_flags(engine, workers)), rebuild=rebuild)
    of_shop = _of_shop(context, "curate_rentals", "link_films")
    run_named(context, "curate_films", *of_shop, *_of_reviews(context, "curate_reviews", "score_reviews"))


def _of_shop(context: "Context", *steps: str) -> tuple[str, ...]:
    """These steps, where a shop was ever landed."""
    from taquilla.pipeline.rentals.shop_tables import shop_tables

    return steps if any(True for _ in shop_tables(context.lake)) else ()


def _of_reviews(context: "Context", *steps: str) -> tuple[str, ...]:
    """These steps, where reviews were ever landed."""
    from taquilla.pipeline.reviews.review_tables import review_tables

    return steps if any(True for _ in review_tables(context.lake)) else ()


@app.command()
def load(rebuild: Rebuild = False) -> None:
    """Load what is curated into the warehouse; into PostgreSQL too where postgres.url is set."""
    settings = build_settings()
    context = build_context(settings, rebuild=rebuild)
    names = ["load_films", *_of_shop(context, "load_rentals"), *_of_reviews(context, "load_reviews")]
    run_named(context, *names, *(["load_postgres"] if settings.postgres.url else []))


@app.command()
def retention(
    days: Annotated[int | None, typer.Option(min=1, help="Age in days. [default: lake.retention_days]")] = None,
) -> None:
    """Delete TMDB's rows that were not read anew for so long, from every table and exported file."""
    from taquilla.pipeline.retention import purge_films

    settings = build_settings(**({"lake": {"retention_days": days}} if days else {}))
    c = build_context(settings)
    with c.lake.lease("run"):
        purged = purge_films(
            c.lake,
            c.warehouse,
            c.analytics,
            now=c.now,
            days=c.retention_days,
            memory_limit=c.memory_limit,
            postgres=c.postgres,
        )
    print(f"Deleted for good: {purged.raw_rows:,} raw rows, {purged.films:,} films, {purged.snapshots:,} snapshots.")
