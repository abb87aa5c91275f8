"""The commands that recommend: films for a rater or a customer, places for a reviewer, and films like a film."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taquilla.cli.app import Json, Limit, app, build_settings
from taquilla.errors import SettingsError

if TYPE_CHECKING:
    from taquilla.models.recommend.answers import Answer, Recommender
    from taquilla.models.recommend.reasons import Reason

Names = list[str] | None
Language = Annotated[
    Literal["en", "es"] | None,
    typer.Option(help="Of the headings and the reasons. [default: report.language]", show_default=False),
]
# What stands above a table. The names of JSON's fields are the same in every language.
_TITLES = {
    "en": {
        "films": "films",
        "venues": "venues",
        "for": "{kind} for {name}",
        "these": "these likes",
        "like": "{kind} like {name}",
    },
    "es": {
        "films": "películas",
        "venues": "lugares",
        "for": "{kind} para {name}",
        "these": "estos gustos",
        "like": "{kind} como {name}",
    },
}
_COLUMNS = {
    "title": "título",
    "year": "año",
    "place": "lugar",
    "score": "puntaje",
    "found_by": "hallado por",
    "reason": "motivo",
}


@app.command()
def recommend(
    user: Annotated[
        str | None, typer.Argument(help="rater-ID, customer-ID or reviewer-ID; the id alone where it is one of them.")
    ] = None,
    kind: Annotated[Literal["films", "venues"], typer.Option(help="What to recommend.")] = "films",
    likes: Annotated[Names, typer.Option(help="Something that is liked, by title or id; may be repeated.")] = None,
    genre: Annotated[Names, typer.Option(help="Only of this genre, category or city; may be repeated.")] = None,
    limit: Limit = 20,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Recommend films or places, each with the reason, to somebody who is known or tells what they like."""
    if not (user or likes or genre):
        raise SettingsError("For whom? Give a user such as rater-1, or tell --likes or --genre.")
    recommender, spoken = _recommender(), language or build_settings().report.language
    answer = recommender.recommend(user, kind, limit=limit, likes=likes or (), groups=genre or ())
    _print(answer, "for", answer.user or _TITLES[spoken]["these"], spoken, as_json=as_json)


@app.command()
def similar(
    film: Annotated[str, typer.Argument(help="Its title, such as 'Toy Story (1995)', or its id.")],
    kind: Annotated[Literal["films", "venues"], typer.Option(help="What it is one of.")] = "films",
    limit: Limit = 20,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Show the films that are most like a film, each with the reason."""
    recommender, spoken = _recommender(), language or build_settings().report.language
    id_, title = recommender.item(film, kind)
    answer = recommender.similar(id_, limit=limit, kind=kind)
    _print(answer, "like", title or id_, spoken, as_json=as_json)


def _recommender() -> "Recommender":
    from taquilla.models.recommend.registry import load_recommender, newest_recommender

    analytics = build_settings().analytics
    folder = newest_recommender(analytics)
    if folder is None:
        raise SettingsError(
            f"There is no recommender in {analytics} yet. Make one with: taquilla step train_recommenders "
            "(after a demo: --data data/demo)"
        )
    return load_recommender(folder)


def _print(answer: "Answer", what: str, name: str, language: str, *, as_json: bool) -> None:
    from taquilla.terminal import print_table

    texts, rows = _TITLES[language], _rows(answer, language)
    if language == "es" and not as_json:
        rows = [{_COLUMNS.get(column, column): value for column, value in row.items()} for row in rows]
    title = texts[what].format(kind=texts[answer.kind], name=name)
    print_table(rows, as_json=as_json, title=f"{answer.model}: {title}")


def _rows(answer: "Answer", language: str) -> list[dict[str, Any]]:
    where = "year" if answer.kind == "films" else "place"
    return [
        {
            "id": item.id,
            "title": item.title,
            where: getattr(item, where),
            "score": item.score,
            "found_by": item.by,
            "reason": _reason(item.reason, language),
        }
        for item in answer.items
    ]


def _reason(reason: "Reason", language: str) -> str:
    """The sentence; genres have names in every language, the other names stay as they are."""
    from taquilla.analysis.language import genre_id
    from taquilla.analysis.language import language as texts_of

    if reason.code not in ("shared_genres", "popular_in"):
        return reason.text(language)
    return reason.text(language, lambda name: texts_of(language).name("genres", genre_id(name), name))
