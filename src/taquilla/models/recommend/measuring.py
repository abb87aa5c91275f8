"""How good a list of recommendations is: Recall@20, nDCG@20, coverage and novelty over users with likes to find again.

Recall@20 = hits / min(20, likes asked for); nDCG@20 has one gain a hit, discounted by log2(place + 1), against the best
order there can be. A like of an item that nobody had met before counts as asked for: no list can have it. What a user
has met already is never recommended. Coverage: the share of the items that somebody liked before which stand in a list;
novelty: the mean of -log2(share of users who like the item) over all lists.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from taquilla.models.recommend.catalogue import Likes
from taquilla.models.recommend.rankers import Places, Ranker, Scores, liked_matrix
from taquilla.models.recommend.splits import Split

LENGTH = 20
# Rows of scores held at one time.
AT_ONCE = 256
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Measured:
    """Of so many users: the means of recall and nDCG, and the coverage and novelty (bits) of all lists."""

    users: int
    recall_at_20: float
    ndcg_at_20: float
    coverage: float
    novelty_bits: float

    def row(self) -> dict[str, Any]:
        """The same with as many digits as mean something."""
        return {name: round(value, DIGITS) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Lists:
    """What a ranker lists for each of these users, and how much of what was asked for it finds. `train`: its lesson.

    found: places of items, the best first; -1 where there is nothing left to recommend.
    """

    users: Places
    found: Places
    recalls: Scores
    gains: Scores
    train: Likes

    def of(self, wanted: NDArray[np.bool_]) -> Measured | None:
        """The means over the users for whom it is true. None: there is none."""
        if not wanted.any():
            return None
        listed, counts = self.found[wanted], self.train.counts
        listed = listed[listed >= 0]
        return Measured(
            int(wanted.sum()),
            float(self.recalls[wanted].mean()),
            float(self.gains[wanted].mean()),
            _coverage(listed, counts),
            _novelty(listed, self.train),
        )


def measure(ranker: Ranker, split: Split, users: Places) -> Measured | None:
    """How well the ranker, which has learnt from the split's train, finds these users' test likes. None: no users."""
    return lists(ranker, split, users).of(np.ones(len(users), dtype=bool))


def lists(ranker: Ranker, split: Split, users: Places) -> Lists:
    """The same, user by user."""
    asked, met = liked_matrix(split.test), met_matrix(split.train)
    found = np.zeros((len(users), LENGTH), dtype=np.int64)
    recalls, gains = np.zeros(len(users)), np.zeros(len(users))
    for begins in range(0, len(users), AT_ONCE):
        rows = slice(begins, begins + AT_ONCE)
        scores = np.array(ranker.scores(users[rows]))
        scores[met[users[rows]].nonzero()] = -np.inf
        found[rows] = _best(scores)
        recalls[rows], gains[rows] = _scored(found[rows], asked[users[rows]])
    return Lists(users, found, recalls, gains, split.train)


def _best(scores: Scores) -> Places:
    """As `best`, of every row at once; -1 where a row has fewer finite scores."""
    limit = min(LENGTH, scores.shape[1])
    chosen = np.sort(np.argpartition(-scores, limit - 1, axis=1)[:, :limit], axis=1)
    values = np.take_along_axis(scores, chosen, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    chosen, values = np.take_along_axis(chosen, order, axis=1), np.take_along_axis(values, order, axis=1)
    padded = np.full((len(scores), LENGTH), -1, dtype=np.int64)
    padded[:, :limit] = np.where(np.isfinite(values), chosen, -1)
    return padded


def _scored(found: Places, asked: Any) -> tuple[Scores, Scores]:
    """Recall and nDCG of each row of lists. asked: a row a user, 1 where the item is asked for."""
    wanted = np.asarray(asked.todense()) > 0
    hits = np.take_along_axis(wanted, np.maximum(found, 0), axis=1) & (found >= 0)
    discounts = 1 / np.log2(np.arange(2, LENGTH + 2))
    most = np.minimum(wanted.sum(axis=1), LENGTH)
    return hits.sum(axis=1) / most, (hits * discounts).sum(axis=1) / np.cumsum(discounts)[most - 1]


def met_matrix(likes: Likes) -> Any:
    """Users by items, 1 where the user has met the item, liked or not."""
    shape = (len(likes.users), likes.items)
    return sparse.csr_matrix((np.ones(len(likes.user), dtype=np.int8), (likes.user, likes.item)), shape=shape)


def _coverage(listed: Places, counts: Places) -> float:
    known = np.count_nonzero(counts)
    return float(np.count_nonzero(counts[np.unique(listed)])) / known if known else 0.0


def _novelty(listed: Places, train: Likes) -> float:
    people = max(len(np.unique(train.user)), 1)
    # An item that nobody likes is as new as one that a single person likes.
    shares = np.maximum(train.counts[listed], 1) / people
    return float(np.mean(-np.log2(shares))) if len(listed) else 0.0


def warm_and_cold(split: Split) -> tuple[Places, Places]:
    """The users with test likes: those who like something in train, and those of whom train knows no like."""
    asked = np.unique(split.test.user)
    known = np.unique(split.train.user[split.train.is_liked])
    is_warm = np.isin(asked, known)
    return asked[is_warm], asked[~is_warm]
