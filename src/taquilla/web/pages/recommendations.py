"""/recommendations: films or places for somebody who is known, or who names what they like; each with its reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.charts import has
from taquilla.analysis.coverage import has_generated_reviews
from taquilla.analysis.language import genre_id
from taquilla.errors import UnavailableError
from taquilla.web.api.drawing import place_address
from taquilla.web.api.recommendations import MOST_LIKES, RecommenderReader
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.listings import given
from taquilla.web.pages.rendering import Words
from taquilla.web.pages.reviews import RECOMMENDATIONS, tabs
from taquilla.web.present import coverage_of
from taquilla.web.state import Reader

if TYPE_CHECKING:
    from taquilla.models.recommend.answers import Answer, Recommended, Recommender

FIELDS = ("user", "kind", "likes", "genre")
KINDS = ("films", "venues")
LISTED, ALIKE = 20, 8
LONGEST = 2_000
# Reasons whose names are genres, which every language calls its own way.
_OF_GENRES = ("shared_genres", "popular_in")

router = APIRouter(include_in_schema=False)


@dataclass(slots=True)
class Asked:
    """What somebody asks, and what of it was not understood: in words, by the field."""

    given: Mapping[str, str]
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Films, unless places are asked for."""
        return self.given["kind"] if self.given.get("kind") in KINDS else KINDS[0]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked yet."""
        return not any(self.given.get(name) for name in ("user", "likes", "genre"))

    def lines(self) -> list[str]:
        """The likes told, a line each, without repetitions."""
        told = self.given.get("likes", "")[:LONGEST].splitlines()
        return list(dict.fromkeys(line.strip() for line in told if line.strip()))[:MOST_LIKES]


@router.get(RECOMMENDATIONS)
def recommendations_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The form, and what is recommended; 422 where a field of it says nothing that can be understood."""
    return answered(request, lambda: _page(request, reader, words), "recommendations.html")


@dataclass(frozen=True, slots=True)
class Shown:
    """A recommendation in words."""

    title: str
    detail: str
    address: str | None
    reason: str


def films_alike(recommenders: RecommenderReader, words: Language, film_id: int) -> list[Shown]:
    """The films most like this one, each with its reason; none where no recommender is there, or it knows no such."""
    if recommenders.mark() is None:
        return []
    # Nothing of this is loaded where there is no recommender.
    from taquilla.models.recommend.finding import AmbiguousError, UnknownItemError

    try:
        answer = recommenders.recommender().similar(str(film_id), limit=ALIKE)
    except (UnknownItemError, AmbiguousError, UnavailableError):
        return []
    return [_shown(words, item, answer.kind) for item in answer.items]


def _page(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked = Asked(given(request, FIELDS))
    recommender = _recommender(request.app.state.recommenders)
    answer = _answer(recommender, words, asked) if recommender and not asked.is_empty else None
    with reader.session() as session:
        coverage = coverage_of(session)
    return 422 if asked.refused else 200, {
        "has_reviews": has(coverage).reviews,
        "has_recommender": recommender is not None,
        "are_generated": has_generated_reviews(coverage),
        "tabs": tabs(words),
        "asked": {**dict.fromkeys(FIELDS, ""), **asked.given},
        "kind": asked.kind,
        "kinds": [(kind, words.text(f"recommendations_page.kinds.{kind}")) for kind in KINDS],
        "refused": asked.refused,
        "for_whom": answer.user if answer else None,
        "found": [_shown(words, item, answer.kind) for item in answer.items] if answer else [],
        "is_asked": answer is not None,
        "example": _example(recommender, asked.kind),
    }


def _recommender(recommenders: RecommenderReader) -> "Recommender | None":
    try:
        return recommenders.recommender()
    except UnavailableError:
        return None


def _example(recommender: "Recommender | None", kind: str) -> str:
    """An id that can be typed: a rater's, which is nobody's name; those of customers and reviewers are not shown."""
    shelf = recommender.shelves.get(kind) if recommender else None
    known = (
        [] if shelf is None else shelf.users["id"].filter(shelf.users["id"].str.starts_with("rater-")).head(1).to_list()
    )
    return str(known[0]) if known else ""


def _answer(recommender: "Recommender", words: Language, asked: Asked) -> "Answer | None":
    """What is recommended; None where something asked was not understood, which `asked` then says."""
    from taquilla.models.recommend.finding import UnknownItemError, UnknownUserError

    if asked.kind not in recommender.shelves:
        asked.refused["kind"] = words.text("recommendations_page.refused.kind")
        return None
    likes = [_like(recommender, words, asked, text) for text in asked.lines()]
    user, genre = asked.given.get("user"), asked.given.get("genre", "")

    def ask() -> "Answer":
        # With likes or a genre an unknown id would pass silently: whoever types one wants to be known.
        if user:
            recommender.recommend(user, asked.kind, limit=1)
        groups = [_genre(genre)] if genre else []
        return recommender.recommend(
            user, asked.kind, limit=LISTED, likes=[like for like in likes if like], groups=groups
        )

    if asked.refused:
        return None
    return _understood(
        ask,
        asked,
        {
            UnknownUserError: ("user", words.text("recommendations_page.refused.user", text=user or "")),
            UnknownItemError: ("genre", words.text("recommendations_page.refused.genre", text=genre)),
        },
        words.text("recommendations_page.refused.users", text=user or ""),
    )


def _understood(
    ask: Callable[[], "Answer"], asked: Asked, told: Mapping[type[Exception], tuple[str, str]], ambiguous: str
) -> "Answer | None":
    from taquilla.models.recommend.finding import AmbiguousError

    try:
        return ask()
    except AmbiguousError:
        asked.refused["user"] = ambiguous
    except tuple(told) as error:
        name, text = told[type(error)]
        asked.refused[name] = text
    return None


def _like(recommender: "Recommender", words: Language, asked: Asked, text: str) -> str | None:
    """The id of what is liked; None, and a word about it, where nothing or more than one thing is called so."""
    from taquilla.models.recommend.finding import AmbiguousError, UnknownItemError

    try:
        return recommender.item(text, asked.kind)[0]
    except UnknownItemError:
        asked.refused.setdefault("likes", words.text("recommendations_page.refused.like", text=text))
    except AmbiguousError:
        asked.refused.setdefault("likes", words.text("recommendations_page.refused.several", text=text))
    return None


def _genre(text: str) -> str:
    """A genre by its English name, whichever of our languages it is told in; other groups as they are."""
    from taquilla.web.language import language

    return language("en").name("genres", genre_id(text), text)


def _shown(words: Language, item: "Recommended", kind: str) -> Shown:
    def translated(name: str) -> str:
        return words.name("genres", genre_id(name), name)

    reason = item.reason.text(words.code, translated if item.reason.code in _OF_GENRES else str)
    if kind == "films":
        address = f"/films/{item.film_id}" if item.film_id is not None else None
    else:
        address = place_address(item.id)
    detail = item.place or str(item.year or "")
    return Shown(item.title or item.id, detail, address, reason[:1].upper() + reason[1:])
