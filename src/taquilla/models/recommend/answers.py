"""Answers from a recommender in memory: for a user, for somebody who tells what they like, and things like a thing.

Nothing is learnt and no table is asked here. A list is filled in this order, each time with what the one before did not
find: the ranker that won for users who are known; EASE from the likes told; films alike by their words; what is popular
in the genres, categories and places of the likes; what is popular.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from taquilla.errors import UnavailableError
from taquilla.models.recommend import candidates
from taquilla.models.recommend.content import Content, shared_words
from taquilla.models.recommend.finding import Finder, UnknownUserError
from taquilla.models.recommend.rankers import Als, Places, Scores, best, fold_in, tie_break
from taquilla.models.recommend.reasons import SHARED, Reason
from taquilla.models.recommend.shelf import Shelf

By = Literal["ease", "als", "content", "popularity_in_groups", "popularity"]
MOST = 100
AGAIN = "taquilla step train_recommenders"


@dataclass(frozen=True, slots=True)
class Recommended:
    """A film or a venue. film_id: the catalogue's; place: a venue's city and state; by: how it was found.

    score: the higher the better among those found in the same way; of popularity it is the number of likes.
    """

    id: str
    title: str | None
    year: int | None
    film_id: int | None
    place: str | None
    score: float
    by: By
    reason: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """model: the recommender's name. user: their whole id, None where only likes or groups were told."""

    model: str
    kind: str
    user: str | None
    items: tuple[Recommended, ...]


@dataclass(slots=True)
class _Ask:
    """One question. row: the user's place; own and told: places of what they like; groups: places of those told.

    because: the code of a reason that names one of their own.
    """

    row: int | None
    because: str
    own: Places
    told: Places
    groups: Places
    left: Scores
    limit: int
    found: list[tuple[int, float, By, Reason]] = field(default_factory=list)

    @property
    def likes(self) -> Places:
        return np.concatenate([self.told, self.own])

    @property
    def is_full(self) -> bool:
        return len(self.found) >= self.limit

    def take(self, scores: Scores, by: By, why: Callable[[int], Reason], least: float) -> None:
        """Fill up with the best of these scores above `least`, of what has not been met or found."""
        for place in best(np.where(scores > least, scores + self.left, -np.inf), self.limit - len(self.found)):
            self.found.append((int(place), float(scores[place]), by, why(int(place))))
            self.left[place] = -np.inf


@dataclass(frozen=True, slots=True)
class Recommender:
    """A recommender read from its folder; `metrics` is what stands in metrics.json."""

    folder: Path
    shelves: Mapping[str, Shelf]
    metrics: Mapping[str, Any]
    finders: Mapping[str, Finder] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finders", {kind: Finder(shelf) for kind, shelf in self.shelves.items()})

    @property
    def name(self) -> str:
        """The folder's name, with the moment that it was made."""
        return self.folder.name

    def recommend(
        self,
        user: str | None,
        kind: str = "films",
        *,
        limit: int = 20,
        likes: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> Answer:
        """The best for this user that they have not met. likes: ids or titles; groups: genres, categories or cities, of
        which each item has one or more.

        UnknownUserError: nobody has this id and neither likes nor groups are told. AmbiguousError: several are meant.
        UnknownItemError: nothing is called so. UnavailableError: this kind was left out.
        """
        shelf, finder = self._shelf(kind), self.finders[kind]
        row = self._row(user, kind, is_needed=not (likes or groups))
        met = shelf.met[row] if row is not None else sparse.csr_matrix((1, shelf.met.shape[1]), dtype=np.int8)
        told = np.array([finder.item(text) for text in likes], dtype=np.int64)
        asked = np.array([place for text in groups for place in finder.groups(text)], dtype=np.int64)
        left = _allowed(shelf, asked)
        left[met.indices] = left[told] = -np.inf
        name = None if row is None else str(shelf.users["id"][row])
        because = "because_you_rented" if name and name.startswith("customer-") else "because_you_liked"
        question = _Ask(row, because, met.indices[met.data > 0].astype(np.int64), told, asked, left, min(limit, MOST))
        for stage in (_ranked, _alike, _in_groups, _popular):
            if not question.is_full:
                stage(shelf, question)
        items = tuple(_recommended(shelf, *each) for each in question.found)
        return Answer(self.name, kind, name, items)

    def similar(self, film: str, *, limit: int = 20, kind: str = "films") -> Answer:
        """Things like this one, given by its id or title: films by their words, then what the same people like.

        Of a film that the catalogue does not have genres are known at most: what the same people like comes first.
        """
        shelf, place = self._shelf(kind), self.finders[kind].item(film)
        question = _Ask(
            None, "", np.zeros(0, np.int64), np.array([place]), np.zeros(0, np.int64), _all_but(shelf, place), limit
        )
        stages = (_like_it, _liked_with_it)
        for stage in stages if shelf.items["film_id"][place] is not None else reversed(stages):
            stage(shelf, question, place)
        return Answer(self.name, kind, None, tuple(_recommended(shelf, *each) for each in question.found))

    def item(self, text: str, kind: str = "films") -> tuple[str, str | None]:
        """The id and the title of what is meant."""
        shelf = self._shelf(kind)
        row = shelf.items.row(self.finders[kind].item(text), named=True)
        return row["id"], row["title"]

    def _shelf(self, kind: str) -> Shelf:
        if kind not in self.shelves:
            raise UnavailableError(str(self.metrics["left_out"].get(kind, f"There are no {kind}. Ask for films.")))
        return self.shelves[kind]

    def _row(self, user: str | None, kind: str, *, is_needed: bool) -> int | None:
        if user is None:
            return None
        if (row := self.finders[kind].user(user)) is not None:
            return row
        for other, finder in self.finders.items():
            if other != kind and finder.user(user) is not None:
                raise UnknownUserError(f"{user} is known for {other}, not for {kind}. Ask for kind {other}.")
        if is_needed:
            raise UnknownUserError(
                f"Nobody whose likes are known has the id {user}. Tell likes or a genre, or train again: {AGAIN}"
            )
        return None


def _ranked(shelf: Shelf, ask: _Ask) -> None:
    """The ranker that won, for a user with likes; EASE, where likes are told."""
    if len(ask.told) or (shelf.answering == candidates.EASE and len(ask.own)):
        liked = _marked(ask.likes, shelf.met.shape[1])
        scores = fold_in(shelf.weights, liked, shelf.counts)[0]
        speaking = shelf.weights[ask.likes].tocsc()
        # Less than this is no like that goes with it, only a tie's break.
        ask.take(scores, "ease", lambda place: _because(shelf, ask, speaking, place), 1e-6)
    elif shelf.answering == candidates.ALS and len(ask.own) and ask.row is not None:
        ranker = Als(shelf.user_factors, shelf.item_factors, shelf.counts)
        scores = ranker.scores(np.array([ask.row]))[0]
        ask.take(scores, "als", lambda place: _nearest_factor(shelf, ask, place), 1e-6)
    elif len(ask.own):
        (_in_groups if shelf.answering == candidates.IN_GROUPS else _popular)(shelf, ask)


def _alike(shelf: Shelf, ask: _Ask) -> None:
    if len(ask.likes) and shelf.neighbours.nnz:
        liked = _marked(ask.likes, shelf.met.shape[1])
        scores = np.asarray((liked @ shelf.neighbours).todense(), dtype=np.float64)[0] + tie_break(shelf.counts)
        speaking = shelf.neighbours[ask.likes].tocsc()
        ask.take(scores, "content", lambda place: _because(shelf, ask, speaking, place), 1e-6)


def _in_groups(shelf: Shelf, ask: _Ask) -> None:
    """Popular in the groups told; else in those of what is liked."""
    if not shelf.members.nnz or not (len(ask.groups) or len(ask.likes)):
        return
    if len(ask.groups):
        profile = _marked(ask.groups, shelf.members.shape[1])
    else:
        profile = _marked(ask.likes, shelf.met.shape[1]) @ shelf.members
    scores = candidates.in_groups(shelf.members, profile, shelf.counts)[0]
    weights = np.asarray(profile.todense()).ravel()
    ask.take(scores, "popularity_in_groups", lambda place: _popular_in(shelf, weights, place), 1e-6)


def _popular(shelf: Shelf, ask: _Ask) -> None:
    scores = shelf.counts.astype(np.float64)
    ask.take(scores, "popularity", lambda place: Reason("popular", count=int(shelf.counts[place])), 0.0)


def _like_it(shelf: Shelf, ask: _Ask, place: int) -> None:
    content = Content(shelf.words, shelf.films, shelf.neighbours)
    scores = _row_of(shelf.neighbours, place) + tie_break(shelf.counts)
    ask.take(scores, "content", lambda other: _shared(content, place, other), 1e-6)


def _liked_with_it(shelf: Shelf, ask: _Ask, place: int) -> None:
    ask.take(_row_of(shelf.weights, place), "ease", lambda _: Reason("liked_together"), 0.0)


def _marked(places: Places, width: int) -> Any:
    ones = np.ones(len(places), dtype=np.float32)
    return sparse.csr_matrix((ones, (np.zeros(len(places), dtype=np.int64), places)), shape=(1, width))


def _row_of(matrix: Any, place: int) -> Scores:
    found: Scores = np.asarray(matrix[place].todense(), dtype=np.float64).ravel()
    return found


def _allowed(shelf: Shelf, groups: Places) -> Scores:
    """0 for each item that may be named and -inf for the others: where groups are told, only their items may."""
    if not len(groups):
        return np.zeros(shelf.met.shape[1])
    is_member = np.diff(shelf.members[:, groups].indptr) > 0
    return np.where(is_member, 0.0, -np.inf)


def _all_but(shelf: Shelf, place: int) -> Scores:
    left = np.zeros(shelf.met.shape[1])
    left[place] = -np.inf
    return left


def _because(shelf: Shelf, ask: _Ask, speaking: Any, place: int) -> Reason:
    """The like that speaks most for it; one that was told rather than one of the history. speaking: a row a like, by
    columns."""
    column = slice(*speaking.indptr[place : place + 2])
    weights = np.zeros(speaking.shape[0])
    weights[speaking.indices[column]] = speaking.data[column]
    told = len(ask.told)
    for part, code in ((slice(0, told), "like_what_you_told"), (slice(told, None), ask.because)):
        if len(weights[part]) and weights[part].max() > 0:
            return _titled(shelf, code, int(ask.likes[part][weights[part].argmax()]))
    return Reason("popular", count=int(shelf.counts[place]))


def _nearest_factor(shelf: Shelf, ask: _Ask, place: int) -> Reason:
    alike = shelf.item_factors[ask.own] @ shelf.item_factors[place]
    lengths = np.linalg.norm(shelf.item_factors[ask.own], axis=1)
    return _titled(shelf, ask.because, int(ask.own[(alike / np.maximum(lengths, 1e-12)).argmax()]))


def _titled(shelf: Shelf, code: str, place: int) -> Reason:
    row = shelf.items.row(place, named=True)
    return Reason(code, (row["title"] or row["id"],))


def _popular_in(shelf: Shelf, weights: Scores, place: int) -> Reason:
    groups = shelf.members[place].indices
    ordered = groups[np.argsort(-weights[groups], kind="stable")]
    return Reason("popular_in", tuple(shelf.groups["name"][int(each)] for each in ordered if weights[each] > 0))


def _shared(content: Content, one: int, other: int) -> Reason:
    found = shared_words(content, one, other)
    return Reason(SHARED[found[0]], tuple(found[1])) if found else Reason("liked_together")


def _recommended(shelf: Shelf, place: int, score: float, by: By, reason: Reason) -> Recommended:
    return Recommended(**shelf.items.row(place, named=True), score=round(score, 6), by=by, reason=reason)
