"""How good a list of recommendations is: Recall@20, nDCG@20, coverage and novelty over users with likes to find again.

Recall@20 = hits / min(20, likes asked for); nDCG@20 has one gain a hit, discounted by log2(place + 1), against the best
order there can be. A like of an item that nobody had met before counts as asked for: no list can have it. What a user
has met already is never recommended. Coverage: the share of the items that somebody liked before which stand in a list;
novelty: the mean of -log2(share of users who like the item) over all lists.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from taquilla.models.recommend_catalogue import Likes
from taquilla.models.recommend_rankers import Places, Ranker, Scores, best, liked_matrix
from taquilla.models.recommend_splits import Split

LENGTH = 20
# Rows of scores held at one time.
AT_ONCE = 256
DIGITS = 6

Lists = Callable[[Places], Scores]


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


def measure(ranker: Ranker, split: Split, users: Places) -> Measured | None:
    """How well the ranker, which has learnt from the split's train, finds these users' test likes. None: no users."""
    if not len(users):
        return None
    asked, met = liked_matrix(split.test), met_matrix(split.train)
    counts, gains, recalls = split.train.counts, list[float](), list[float]()
    listed: list[Places] = []
    for begins in range(0, len(users), AT_ONCE):
        part = users[begins : begins + AT_ONCE]
        scores = np.array(ranker.scores(part))
        scores[met[part].nonzero()] = -np.inf
        for user, row in zip(part, scores, strict=True):
            found = best(row, LENGTH)
            recall, gain = _found(found, asked[user].indices)
            recalls.append(recall)
            gains.append(gain)
            listed.append(found)
    every = np.concatenate(listed)
    return Measured(
        len(users),
        float(np.mean(recalls)),
        float(np.mean(gains)),
        _coverage(every, counts),
        _novelty(every, split.train),
    )


def met_matrix(likes: Likes) -> Any:
    """Users by items, 1 where the user has met the item, liked or not."""
    shape = (len(likes.users), likes.items)
    return sparse.csr_matrix((np.ones(len(likes.user), dtype=np.int8), (likes.user, likes.item)), shape=shape)


def _found(listed: Places, asked: NDArray[np.int32]) -> tuple[float, float]:
    hits = np.isin(listed, asked)
    discounts = 1 / np.log2(np.arange(2, LENGTH + 2))
    most = min(LENGTH, len(asked))
    return hits.sum() / most, float((hits * discounts[: len(hits)]).sum() / discounts[:most].sum())


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
