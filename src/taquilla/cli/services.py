"""The commands that serve: the dashboard with its API, and the sandbox that answers like TMDB."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taquilla.cli.app import Port, app, build_settings

if TYPE_CHECKING:
    from taquilla.settings import Settings


@app.command()
def serve(port: Port = None, host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None) -> None:
    """Serve the dashboard and the API over the warehouse, on 127.0.0.1:8000 or TAQUILLA_PORT."""
    serve_pages(build_settings(port=port, **({"web": {"host": host}} if host else {})))


def serve_pages(settings: "Settings") -> None:
    from taquilla.web.serve import serve as serve_web

    serve_web(
        settings.warehouse_path,
        settings.web.host,
        settings.port,
        lambda url: print(f"Taquilla is at {url}  (Ctrl-C ends it)", flush=True),
        models=settings.analytics,
        memory_limit=settings.web.memory_limit,
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
