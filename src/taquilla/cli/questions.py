"""The command that asks a rental shop's classic questions by name."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taquilla.cli.app import Json, Limit, app, build_context, build_settings
from taquilla.errors import DataError, SettingsError

if TYPE_CHECKING:
    from taquilla.warehouse.asking import Ask, Row
    from taquilla.warehouse.questions import Question


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="A question's name; without it, all are listed.")] = None,
    values: Annotated[
        list[str] | None, typer.Argument(help="Its parameters, such as film='ACADEMY DINOSAUR' store=1.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
    language: Annotated[
        Literal["en", "es"] | None, typer.Option(help="Of the questions. [default: report.language]")
    ] = None,
) -> None:
    """Ask a rental shop's questions by name: what is overdue, who pays best, which films nobody rents."""
    from taquilla.terminal import print_found
    from taquilla.warehouse.questions import question as find_question

    settings = build_settings()
    spoken = language or settings.report.language
    if question is None:
        return _list(spoken, as_json=as_json)
    asked, given = find_question(question), dict(_pair(text) for text in values or ())
    rows, said = build_context(settings).warehouses.study(lambda warehouse: _answer(warehouse, asked, given))
    if said:
        print(said, file=sys.stderr)
    return print_found(rows[:limit], has_more=len(rows) > limit, as_json=as_json, title=asked.told(spoken))


def _answer(warehouse: "Ask", asked: "Question", given: dict[str, str]) -> "list[Row]":
    if not warehouse("select 1 from load_marks where source = 'shop.load'"):
        raise DataError(
            "No rental shop is loaded yet. Bring one in with: taquilla rentals SOURCE; after a demo: --data data/demo"
        )
    return asked.answer(warehouse, given)


def _list(language: str, *, as_json: bool) -> None:
    from taquilla.terminal import print_table
    from taquilla.warehouse.questions import questions

    told = [
        {
            "question": asked.name,
            "asks": asked.told(language),
            "parameters": ", ".join(f"{name}={value}" for name, value in asked.parameters.items()),
        }
        for asked in questions().values()
    ]
    print_table(told, as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise SettingsError(f"{text!r} is no parameter. Write NAME=VALUE, such as store=1; the list shows their names.")
    return name.strip().lower(), value
