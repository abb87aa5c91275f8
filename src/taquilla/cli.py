"""The command line. Each command builds the settings, hands plain values down and prints what comes back.

Nothing heavy is imported here: `taquilla --help` must answer at once.
"""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from taquilla import __version__
from taquilla.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from taquilla.lake import Lake
    from taquilla.pipeline.actions import Context
    from taquilla.settings import Settings
    from taquilla.sources.tmdb import TmdbOptions

app = typer.Typer(
    name="taquilla",
    help="Films from an API to a lake, a warehouse, a dashboard and a model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
quarantine_app = typer.Typer(help="Records that did not become films: list, show, replay.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, help="Rows to show, at most.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Make everything anew instead of adding what is new.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; TAQUILLA_PORT or 8000 where not given.")]

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


def _settings(**flags: Any) -> "Settings":
    from taquilla.settings import load_settings

    given = {name: value for name, value in {"data": _flags.get("data"), **flags}.items() if value is not None}
    return load_settings(_flags.get("file"), **given)


def _lake(settings: "Settings") -> "Lake":
    from taquilla.lake import Lake

    return Lake(settings.lake_root, settings.lake.curated_root)


def _tmdb(settings: "Settings") -> "TmdbOptions":
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


def _context(
    settings: "Settings", *, run_id: str | None = None, rebuild: bool = False, ids: tuple[int, ...] = ()
) -> "Context":
    from datetime import UTC, datetime

    from taquilla.pipeline.actions import Context
    from taquilla.pipeline.land import Batching, Selection

    now, f = datetime.now(UTC), settings.films
    return Context(
        run_id=run_id or f"{now:%Y%m%dT%H%M%S}",
        now=now,
        data=settings.data,
        lake=_lake(settings),
        warehouse=settings.warehouse_path,
        tmdb=lambda: _tmdb(settings),
        selection=Selection("ids" if ids else f.source, f.pages, f.since, f.until, f.min_popularity, f.limit, ids),
        batching=Batching(f.batch_rows, f.batch_seconds),
        buckets=settings.lake.buckets,
        engine=settings.engine.name,
        workers=settings.engine.workers,
        memory_limit=settings.warehouse.memory_limit,
        retention_days=settings.lake.retention_days,
        rebuild=rebuild,
    )


def _run(context: "Context", *names: str) -> None:
    from taquilla.pipeline.local import run_steps
    from taquilla.pipeline.steps import step
    from taquilla.terminal import RunReporter

    run_steps(context, [step(name) for name in names], RunReporter())


@app.command()
def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only run; do not serve the page.")] = False,
    port: Port = None,
) -> None:
    """Run everything on the built-in films, with no service and no account, and serve the page."""
    from taquilla.demo.process import TOKEN, sandbox_process
    from taquilla.pipeline.steps import in_order

    settings = _settings(port=port)
    folder = settings.data / "demo"
    with sandbox_process() as root:
        tmdb = {"token": TOKEN, "base_url": f"{root}/3", "export_url": f"{root}/p/exports", "requests_per_s": None}
        # Said in full: what is set for the real films must not reach into the demo's.
        lake = {"root": str(folder / "lake"), "curated_root": None, "buckets": 1}
        films = {"source": "export", "limit": None, "min_popularity": 0.0}
        warehouse = {"path": folder / "warehouse.duckdb"}
        demo_settings = _settings(data=folder, port=port, tmdb=tmdb, films=films, lake=lake, warehouse=warehouse)
        print(f"The built-in films are served at {root}/3; the demo's data go to {folder}", flush=True)
        _run(_context(demo_settings), *(step.name for step in in_order()))
    print(f"Ask it: taquilla --data {folder} show    taquilla --data {folder} status", flush=True)
    if not no_serve:
        _serve(demo_settings)


@app.command()
def run(
    first: Annotated[str | None, typer.Option("--from", help="The step to begin with.")] = None,
    rebuild: Rebuild = False,
) -> None:
    """Run every step: fetch what is new or changed, curate, load, export, tidy up."""
    from taquilla.pipeline.steps import in_order, step

    names = [step.name for step in in_order()]
    begin = names.index(step(first).name) if first else 0
    _run(_context(_settings(), rebuild=rebuild), *names[begin:])


@app.command()
def step(
    name: Annotated[str, typer.Argument(help="The step's name; `taquilla step list` lists them.")],
    run: Annotated[str | None, typer.Option(help="The run that it belongs to; a new one where not given.")] = None,
    rebuild: Rebuild = False,
    as_json: Json = False,
) -> None:
    """Run one step, as every orchestrator does."""
    from dataclasses import asdict

    from taquilla.pipeline.steps import STEPS
    from taquilla.terminal import print_table

    if name == "list":
        rows = [{k: ", ".join(v) if isinstance(v, tuple) else v for k, v in asdict(s).items()} for s in STEPS]
        return print_table(rows, as_json=as_json, columns=("name", "reads", "writes", "by", "retries"))
    _run(_context(_settings(), run_id=run, rebuild=rebuild), name)
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
) -> None:
    """Fetch films from TMDB, or take files of TMDB records, into the raw zone."""
    wanted: dict[str, Any] = {"source": source, "pages": pages, "since": since, "until": until, "limit": limit}
    wanted |= {"min_popularity": min_popularity}
    given = {name: value for name, value in wanted.items() if value is not None}
    if files and (flags := [*given, *(["id"] if ids else [])]):
        raise SettingsError(f"--{', --'.join(flags).replace('_', '-')} and files do not go together: drop one.")
    context = _context(_settings(**({"films": given} if given else {})), ids=tuple(ids or ()))
    if files:
        _land_files(context, files, _moment(fetched_at))
    else:
        _run(context, "land_films", "land_popularity")


def _land_files(context: "Context", files: list[Path], when: "datetime | None") -> None:
    from taquilla.lake import lease
    from taquilla.pipeline.land_file import land_records

    with lease(context.lake.private("leases"), "run"):
        for file in files:
            done = land_records(context.lake, file, run_id=context.run_id, buckets=context.buckets, fetched_at=when)
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
def curate(rebuild: Rebuild = False) -> None:
    """Turn raw records into clean films, snapshots and quarantined rows."""
    _run(_context(_settings(), rebuild=rebuild), "curate_films")


@app.command()
def load(rebuild: Rebuild = False) -> None:
    """Load what is curated into the warehouse."""
    _run(_context(_settings(), rebuild=rebuild), "load_films")


@app.command()
def retention(
    days: Annotated[int | None, typer.Option(min=1, help="Age in days. [default: lake.retention_days]")] = None,
) -> None:
    """Delete TMDB's rows that were not read anew for so long, from every table and exported file."""
    from taquilla.lake import lease
    from taquilla.pipeline.retention import purge_films

    settings = _settings(**({"lake": {"retention_days": days}} if days else {}))
    c = _context(settings)
    with lease(c.lake.private("leases"), "run"):
        purged = purge_films(
            c.lake,
            c.warehouse,
            c.data / "movie_analytics",
            now=c.now,
            days=c.retention_days,
            memory_limit=c.memory_limit,
        )
    print(f"Deleted for good: {purged.raw_rows:,} raw rows, {purged.films:,} films, {purged.snapshots:,} snapshots.")


@app.command()
def status(as_json: Json = False, runs: Annotated[int, typer.Option(min=0, help="Runs to show.")] = 10) -> None:
    """Show where every record is, how fresh the films are, and the last runs."""
    from taquilla.pipeline.status import status as read_status
    from taquilla.terminal import print_status

    settings = _settings()
    print_status(read_status(_lake(settings), settings.warehouse_path, runs=runs), as_json=as_json)


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
    found = find(_settings().warehouse_path, f'select * from mart."{asked.name}"', limit)  # noqa: S608 - a known name
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

    found = find(_settings().warehouse_path, sql, limit)
    print_found(found.rows, has_more=found.has_more, as_json=as_json)


@app.command()
def report() -> None:
    """Draw the charts and write the report (not part of this version)."""
    _not_yet("report", "The figures themselves: taquilla show")


@app.command()
def train() -> None:
    """Train the model of success (not part of this version)."""
    _not_yet("train", "The films to train on: taquilla query 'select * from movies'")


@app.command()
def predict() -> None:
    """Predict a film's success (not part of this version)."""
    _not_yet("predict", "The films that are known: taquilla show top_films")


def _not_yet(name: str, instead: str) -> NoReturn:
    raise SettingsError(f"taquilla {name} is not part of version {__version__}. {instead}")


@app.command()
def serve(port: Port = None, host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None) -> None:
    """Serve the page and the API over the warehouse, on 127.0.0.1:8000 or TAQUILLA_PORT."""
    _serve(_settings(port=port, **({"web": {"host": host}} if host else {})))


def _serve(settings: "Settings") -> None:
    from taquilla.web.serve import serve as serve_web

    serve_web(
        settings.warehouse_path,
        settings.web.host,
        settings.port,
        lambda url: print(f"Taquilla is at {url}  (Ctrl-C ends it)", flush=True),
    )


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8010,
    host: str = "127.0.0.1",
    catalogue: Annotated[Path | None, typer.Option(help="NDJSON of TMDB records. [default: built-in films]")] = None,
    token: Annotated[str, typer.Option(help="The token that it takes.")] = "sandbox",  # noqa: S107 - opens nothing
    fault: Annotated[list[str] | None, typer.Option(help="Such as rate_limit:share=0.1,retry_after=1.")] = None,
    rate_limit_per_s: Annotated[float | None, typer.Option(help="Answer 429 beyond this rate.")] = None,
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 0,
) -> None:
    """Answer like TMDB's API v3 over a catalogue of films, with faults on request."""
    from taquilla.demo.sandbox import SandboxOptions
    from taquilla.demo.sandbox import run as run_sandbox
    from taquilla.demo.sandbox_faults import parse_fault

    faults = tuple(parse_fault(text) for text in fault or ())
    given = SandboxOptions(host, port, token, catalogue, faults, rate_limit_per_s, seed)
    run_sandbox(given, lambda url: print(_sandbox_help(url, token), flush=True))


def _sandbox_help(url: str, token: str) -> str:
    return (
        f"The sandbox answers at {url}/3 (Ctrl-C ends it). To fetch from it:\n"
        f"  TAQUILLA_TMDB__BASE_URL={url}/3 TAQUILLA_TMDB__EXPORT_URL={url}/p/exports "
        f"TAQUILLA_TMDB__TOKEN={shlex.quote(token)} taquilla run"
    )


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at everything that the settings name, and say what to do where something is missing."""
    from dataclasses import asdict

    from taquilla.pipeline.doctor import checks
    from taquilla.terminal import print_table

    s = _settings()
    found = list(checks(s.data, lambda: _lake(s), s.warehouse_path, lambda: _tmdb(s)))
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
    settings = _settings()
    folder = settings.data / "movie_analytics"
    print(f"{write_json(_lake(settings), folder, None if every else ids):,} files in {folder}")


@quarantine_app.command("list")
def quarantine_list(limit: Limit = 50, as_json: Json = False) -> None:
    """List dead letters and quarantined records, newest first, with rule and reason."""
    from taquilla.pipeline.quarantine import rejected
    from taquilla.terminal import print_table

    print_table(rejected(_lake(_settings()), limit).to_dicts(), as_json=as_json)


@quarantine_app.command("show")
def quarantine_show(raw_seq: Annotated[int, typer.Argument(help="The row's number in raw.")]) -> None:
    """Print a record as it came, byte for byte."""
    from taquilla.pipeline.quarantine import payload

    sys.stdout.buffer.write(payload(_lake(_settings()), raw_seq) + b"\n")


@quarantine_app.command("replay")
def quarantine_replay() -> None:
    """Try all of them again with today's rules; then load the warehouse with: taquilla load."""
    from taquilla.engines import engine
    from taquilla.lake import lease
    from taquilla.pipeline.quarantine import replay

    context = _context(_settings())
    with lease(context.lake.private("leases"), "run"):
        tried, accepted = replay(context.lake, engine(context.engine, workers=context.workers), run_id=context.run_id)
    print(f"{tried:,} records tried again, {accepted:,} accepted." + (" Now: taquilla load" if accepted else ""))


@app.command("settings")
def show_settings(as_json: Json = False) -> None:
    """Show every setting with its value and the variable that sets it; secrets show as asterisks."""
    from taquilla.settings import described
    from taquilla.terminal import print_table

    print_table([setting._asdict() for setting in described(_settings())], as_json=as_json)
