"""The commands that make something of the warehouse: the report, the models, a prediction."""

from typing import Annotated, Literal

import typer

from taquilla.cli.app import app, build_context, build_settings, run_named


@app.command()
def report(
    lang: Annotated[Literal["en", "es"] | None, typer.Option(help="Its language. [default: report.language]")] = None,
) -> None:
    """Draw the charts and write the report, as text and as one HTML page."""
    context = build_context(build_settings(**({"report": {"language": lang}} if lang else {})))
    run_named(context, "report_films")
    print(f"In {context.analytics}: visualizations_v2_{context.now:%Y%m%d_%H%M%S}/report.html")


@app.command()
def train(
    seed: Annotated[int | None, typer.Option(min=0, help="Of every random choice. [default: model.seed]")] = None,
    with_pickle: Annotated[
        bool, typer.Option("--with-pickle", help="Write model.pkl too; Taquilla itself never reads one.")
    ] = False,
) -> None:
    """Train the models of success and popularity, and measure them honestly."""
    given = {"seed": seed, "with_pickle": with_pickle or None}
    wanted = {name: value for name, value in given.items() if value is not None}
    settings = build_settings(**({"model": wanted} if wanted else {}))
    run_named(build_context(settings, is_asked=True), "train_models")
