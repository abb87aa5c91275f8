"""The commands that make something of the warehouse: the report, the models, a prediction."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taquilla.cli.app import Json, app, build_context, build_settings, run_named
from taquilla.errors import SettingsError

if TYPE_CHECKING:
    from datetime import date

Names = list[str] | None


@app.command()
def report(
    lang: Annotated[Literal["en", "es"] | None, typer.Option(help="Its language. [default: report.language]")] = None,
) -> None:
    """Draw the charts and write the report, as text and as one HTML page."""
    from taquilla.analysis.report_folder import latest_report

    context = build_context(build_settings(**({"report": {"language": lang}} if lang else {})))
    run_named(context, "report_films")
    if written := latest_report(context.analytics):
        print(f"Written to {written / 'report.html'}")


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


@app.command()
def predict(
    budget_usd: Annotated[int | None, typer.Option("--budget", help="US dollars.")] = None,
    runtime_min: Annotated[int | None, typer.Option("--runtime", help="Minutes.")] = None,
    release: Annotated[str | None, typer.Option(help="Date of release, YYYY-MM-DD.")] = None,
    language: Annotated[str | None, typer.Option(help="Original language, ISO 639-1, such as en.")] = None,
    genre: Annotated[Names, typer.Option(help="Name or TMDB id; may be repeated, as all that follow.")] = None,
    director: Annotated[Names, typer.Option(help="Name or TMDB id.")] = None,
    cast: Annotated[Names, typer.Option(help="Name or TMDB id, the first billed first.")] = None,
    company: Annotated[Names, typer.Option(help="Name or TMDB id.")] = None,
    country: Annotated[Names, typer.Option(help="ISO 3166-1, such as ES.")] = None,
    as_json: Json = False,
) -> None:
    """Predict the success and the popularity of a film from what is known before its release."""
    from taquilla.analysis.language import genre_id
    from taquilla.models.naming import numbers_of
    from taquilla.models.plans import FilmPlan
    from taquilla.models.predicting import predict as ask_model
    from taquilla.models.registry import load_model, newest_model
    from taquilla.terminal import print_prediction
    from taquilla.warehouse import duckdb
    from taquilla.warehouse.asking import asking

    settings = build_settings()
    folder = newest_model(settings.analytics)
    if folder is None:
        raise SettingsError(
            f"There is no model in {settings.analytics} yet. Make one with: taquilla train "
            "(or taquilla demo, then: taquilla --data data/demo predict)"
        )
    with duckdb.connect(settings.warehouse_path) as connection:
        ask = asking(connection)
        plan = FilmPlan(
            budget_usd=budget_usd,
            runtime_min=runtime_min,
            release_date=_day(release),
            original_language=language.lower() if language else None,
            genre_ids=numbers_of(ask, "genre", (genre_id(name) or name for name in genre or ())),
            director_ids=numbers_of(ask, "director", director or ()),
            cast_ids=numbers_of(ask, "cast", cast or ()),
            company_ids=numbers_of(ask, "company", company or ()),
            country_codes=tuple(code.upper() for code in country or ()),
        )
        print_prediction(ask_model(load_model(folder), ask, plan), as_json=as_json)


def _day(text: str | None) -> "date | None":
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise SettingsError(f"{text!r} is no date such as 2027-05-21. Give --release as YYYY-MM-DD.") from None
