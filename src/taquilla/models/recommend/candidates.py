"""The rankers that compete to answer, and which of them wins on likes that come later than those it has learnt from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from taquilla.models.recommend import rankers
from taquilla.models.recommend.catalogue import Catalogue, Likes
from taquilla.models.recommend.measuring import Measured, measure, warm_and_cold
from taquilla.models.recommend.rankers import Ease, Places, Popularity, Ranker, Scores, liked_matrix, tie_break
from taquilla.models.recommend.splits import Split, by_time, last_out

POPULARITY, IN_GROUPS, EASE, ALS = "popularity", "popularity_in_groups", "ease", "als"
DEFAULT_L2 = 300.0
# Means over fewer users differ by more from sample to sample than rankers do from one another.
FEWEST_LATER = 50
# The last likes of fewer users than these choose nothing: the simplest ranker answers.
FEWEST_LAST = 10


@dataclass(frozen=True, slots=True)
class InGroups:
    """Popularity within the genres, categories and cities of what a user likes. members: items by groups."""

    members: Any
    liked: Any
    counts: Places

    def scores(self, users: Places) -> Scores:
        """See `Ranker`."""
        return in_groups(self.members, self.liked[users] @ self.members, self.counts)


def in_groups(members: Any, profile: Any, counts: Places) -> Scores:
    """How many like each item times the share of the profile (groups with their weights) that the item has."""
    found: NDArray[np.float64] = np.asarray((profile @ members.T).todense(), dtype=np.float64)
    whole = np.asarray(profile.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    return found / np.maximum(whole, 1) * counts + tie_break(counts)


def members_of(catalogue: Catalogue) -> Any:
    """Items by groups, 1 where the item belongs to the group."""
    pairs = catalogue.members
    shape = (len(catalogue.items), len(catalogue.groups))
    return sparse.csr_matrix((np.ones(len(pairs), dtype=np.float32), (pairs[:, 0], pairs[:, 1])), shape=shape)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ranker and its setting, such as the strength of EASE's regularization."""

    name: str
    setting: Mapping[str, float]
    learn: Callable[[Likes], Ranker]


def learnt(candidate: Candidate, members: Any, likes: Likes) -> Ranker:
    """The candidate's ranker, of all items with these groups, whichever items it was chosen on."""
    if candidate.name == IN_GROUPS:
        return InGroups(members, liked_matrix(likes), likes.counts)
    return candidate.learn(likes)


def candidates(members: Any, seed: int) -> Iterator[Candidate]:
    """Every ranker with every setting that is tried. Without the library `implicit` there is no ALS."""
    yield Candidate(POPULARITY, {}, lambda likes: Popularity(likes.counts))
    if members.nnz:
        yield Candidate(IN_GROUPS, {}, lambda likes: InGroups(members, liked_matrix(likes), likes.counts))
    for l2 in rankers.L2:
        yield Candidate(EASE, {"l2": l2}, _ease(l2))
    # As many factors as items would learn the likes by heart, and foretell none.
    fitting = [setting for setting in rankers.ALS if setting[0] * 2 <= members.shape[0]]
    for setting in fitting if rankers.has_als() else ():
        told = dict(zip(("factors", "regularization", "alpha"), setting, strict=True))
        yield Candidate(ALS, told, _als(setting, seed))


def _ease(l2: float) -> Callable[[Likes], Ranker]:
    def learn(likes: Likes) -> Ranker:
        liked = liked_matrix(likes)
        return Ease(rankers.ease_weights(liked, likes.counts, l2), liked, likes.counts)

    return learn


def _als(setting: tuple[int, float, float], seed: int) -> Callable[[Likes], Ranker]:
    return lambda likes: rankers.als(likes, setting, seed)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of each ranker the setting that did best, and the ranker that answers; on which likes, and with what figures.

    validated: None where nothing could be asked: popularity answers then.
    """

    best: tuple[Candidate, ...]
    answering: Candidate
    validation: str
    validated: Mapping[str, Measured] | None


def choose(likes: Likes, members: Any, seed: int) -> Chosen:
    """Choose by nDCG@20 on the later part of what a time split learns from, so that its test likes are never looked at.

    Where that part has too few users who are known before, by the last like of each user in what the split learns from.
    """
    every = list(candidates(members, seed))
    name, split = _validation(likes)
    if split is None:
        plain = {each.name: each for each in every if each.setting.get("l2", DEFAULT_L2) == DEFAULT_L2}
        return Chosen(tuple(plain.values()), plain[POPULARITY], name, None)
    users, _ = warm_and_cold(split)
    found: dict[str, tuple[Candidate, Measured]] = {}
    for each in every:
        measured = measure(each.learn(split.train), split, users)
        if measured and (each.name not in found or measured.ndcg_at_20 > found[each.name][1].ndcg_at_20):
            found[each.name] = (each, measured)
    # Of equal ones the first, which is the simplest.
    winner = max(found.values(), key=lambda pair: pair[1].ndcg_at_20)[0]
    best = tuple(candidate for candidate, _ in found.values())
    return Chosen(best, winner, name, {name: measured for name, (_, measured) in found.items()})


def _validation(likes: Likes) -> tuple[str, Split | None]:
    whole = by_time(likes)
    train = whole.train if whole else likes
    tried = (("time", by_time(train), FEWEST_LATER), ("leave_last_out", last_out(train), FEWEST_LAST))
    for name, split, fewest in tried:
        if split and len(warm_and_cold(split)[0]) >= fewest:
            return name, split
    return "none: too few users like something twice", None
