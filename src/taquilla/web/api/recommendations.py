"""GET /api/recommendations/{user_id} and /api/films/{id}/similar: from a recommender in memory, no table asked."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from taquilla.analysis.language import genre_id
from taquilla.errors import DataError, UnavailableError
from taquilla.models.recommend.facts import Kind
from taquilla.web.api.charts import Accepted
from taquilla.web.language import Language, choose
from taquilla.web.problems import NotFoundError, described, told

if TYPE_CHECKING:
    from taquilla.models.recommend.answers import Answer, Recommended, Recommender

MOST, MOST_LIKES = 100, 50
NEXT_STEP = "Make one with: taquilla step train_recommenders"
_NAMES = f"recommender_{'[0-9]' * 8}_{'[0-9]' * 6}/metrics.json"
_PATHS = re.compile(r"/api/(recommendations/[^/]+|films/[^/]+/similar)")

Mark = tuple[str, int, int]
T = TypeVar("T")
_log = logging.getLogger(__name__)
router = APIRouter(tags=["recommendations"])


class RecommenderReader:
    """Hands out the newest recommender of a folder that can be read, as it is; another one as soon as there is one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._turn = Lock()
        self._mark: Mark | None = None
        self._read: Recommender | None = None

    def mark(self) -> Mark | None:
        """Another one whenever another recommender is the newest; None where there is none. Looks at names alone."""
        found = self._folder.glob(_NAMES) if self._folder else ()
        return max(filter(None, map(_mark, found)), default=None)

    def recommender(self) -> "Recommender":
        """The newest that can be read. UnavailableError: there is none."""
        mark = self.mark()
        if self._folder is None or mark is None:
            raise UnavailableError(f"There is no recommender yet. {NEXT_STEP}")
        with self._turn:
            if self._mark != mark:
                self._read, self._mark = _load(self._folder), mark
            if self._read is None:
                raise UnavailableError(f"The recommender cannot be read; the service's log says why. {NEXT_STEP}")
            return self._read

    def warm(self) -> None:
        """Read it before anybody asks, so that the first one need not wait. Where there is none, nothing."""
        if self.mark() is None:
            return
        try:
            self.recommender()
        except UnavailableError as error:
            _log.warning("Nothing can be recommended: %s", error)


def is_recommended(path: str) -> bool:
    """Whether the answer to this path comes from the recommender and not from the warehouse."""
    return _PATHS.fullmatch(path) is not None


def _mark(metrics: Path) -> Mark | None:
    try:
        found = metrics.stat()
    except OSError:
        return None
    return metrics.parent.name, found.st_ino, found.st_mtime_ns


def _load(folder: Path) -> "Recommender | None":
    """The newest that can be read; None: none can. What is wrong goes to the log: it names paths."""
    from taquilla.models.recommend.registry import complete_recommenders, load_recommender

    for path in complete_recommenders(folder):
        try:
            return load_recommender(path)
        except DataError as error:
            _log.warning("A recommender cannot be read, an older one is looked for: %s", error)
    return None


async def _recommenders(request: Request) -> RecommenderReader:
    found = request.app.state.recommenders
    if not isinstance(found, RecommenderReader):
        raise TypeError("create_app gives the app its recommenders")
    return found


Recommenders = Annotated[RecommenderReader, Depends(_recommenders)]
Limit = Annotated[int, Field(ge=1, le=MOST, description="items, at most")]
Spoken = Annotated[
    Literal["en", "es"] | None, Field(description="of the reasons; where unset, as Accept-Language has it")
]
Words = Annotated[str | None, Field(max_length=2_000)]


class SimilarQuery(BaseModel):
    """How many films like a film, and in which language the reasons are."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 20
    lang: Spoken = None


class RecommendationQuery(SimilarQuery):
    """What may be asked of the recommendations."""

    kind: Annotated[Kind, Field(description="venues are recommended to reviewers")] = "films"
    likes: Annotated[Words, Field(description="ids of what is liked, with commas between", examples=["862,597"])] = None
    genre: Annotated[Words, Field(description="only of this genre, category or city", examples=["Drama"])] = None

    def liked(self) -> list[str]:
        """The ids told, each once. RequestValidationError: there are too many."""
        found = list(dict.fromkeys(text.strip() for text in (self.likes or "").split(",") if text.strip()))
        if len(found) > MOST_LIKES:
            raise _invalid("likes", f"more than {MOST_LIKES} ids")
        return found


class Reason(BaseModel):
    """Why: `code` for programs, the names (titles, people, genres, places) and the count of likes it speaks of, and
    `text` for people."""

    code: str
    names: list[str]
    count: int | None
    text: str


class RecommendedItem(BaseModel):
    """A film or a venue. `film_id` is the catalogue's, null where it does not have the film.

    `score` orders what was found in the same way (`by`); for popularity it is the number of likes.
    """

    id: str
    title: str | None
    year: int | None
    film_id: int | None
    place: str | None
    score: float
    by: str
    reason: Reason


class Recommendations(BaseModel):
    """The best first. `user` is the whole id; null for somebody of whom only what they told is known."""

    model: str
    kind: Kind
    user: str | None
    items: list[RecommendedItem]


UserId = Annotated[
    str,
    InPath(max_length=200, description="rater-…, customer-… or reviewer-…; or an id that is only one of them's"),
]
FilmId = Annotated[str, InPath(max_length=200, description="the catalogue's id, or rated-… or shop-…")]


@router.get(
    "/api/recommendations/{user_id}",
    responses=described(http_404="nobody of this id is known, and no likes are told", http_503="no recommender yet"),
)
def recommendations(
    recommenders: Recommenders,
    user_id: UserId,
    query: Annotated[RecommendationQuery, Query()],
    accept_language: Accepted = None,
) -> Recommendations:
    """What to see or visit next. Somebody unknown tells `likes` or a `genre`."""
    likes, genre = query.liked(), [query.genre] if query.genre else []
    found = recommenders.recommender()
    answer = _asked(
        lambda: found.recommend(user_id, query.kind, limit=query.limit, likes=likes, groups=genre),
        "likes" if likes else "genre",
    )
    return _told(answer, choose(query.lang, accept_language))


@router.get(
    "/api/films/{film_id}/similar",
    responses=described(http_404="no such film", http_503="no recommender yet"),
)
def similar(
    recommenders: Recommenders,
    film_id: FilmId,
    query: Annotated[SimilarQuery, Query()],
    accept_language: Accepted = None,
) -> Recommendations:
    """The films that are most like this one: by its people, genres and themes, then by who likes both.

    Of one that the catalogue does not have: by who likes both, then by its genres.
    """
    from taquilla.models.recommend.finding import UnknownItemError

    found = recommenders.recommender()
    try:
        answer = found.similar(film_id, limit=query.limit)
    except UnknownItemError as error:
        raise NotFoundError(*told(error)) from error
    return _told(answer, choose(query.lang, accept_language))


def _asked(answer: Callable[[], T], parameter: str) -> T:
    """The answer; what is wrong with the question as 404 or 422."""
    from taquilla.models.recommend.finding import AmbiguousError, UnknownItemError, UnknownUserError

    try:
        return answer()
    except UnknownUserError as error:
        raise NotFoundError(*told(error)) from error
    except UnknownItemError as error:
        raise _invalid(parameter, told(error)[0].rstrip(".")) from error
    except AmbiguousError as error:
        raise _invalid("user_id", str(error).rstrip(".")) from error


def _invalid(parameter: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", parameter), "msg": message, "type": "value_error"}])


def _told(answer: "Answer", words: Language) -> Recommendations:
    items = [_item(item, words) for item in answer.items]
    return Recommendations.model_validate(
        {"model": answer.model, "kind": answer.kind, "user": answer.user, "items": items}
    )


def _item(item: "Recommended", words: Language) -> dict[str, Any]:
    def translated(name: str) -> str:
        # Genres have names in every language; the other names stay as they are.
        return words.name("genres", genre_id(name), name)

    reason = item.reason
    text = reason.text(words.code, translated if reason.code in ("shared_genres", "popular_in") else str)
    told = {"code": reason.code, "names": list(reason.names), "count": reason.count, "text": text}
    names = ("id", "title", "year", "film_id", "place", "score", "by")
    return {**{name: getattr(item, name) for name in names}, "reason": told}
