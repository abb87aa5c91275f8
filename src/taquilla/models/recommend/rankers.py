"""What ranks items for a user: popularity, EASE and implicit ALS. All rank in the same way, measured or served.

EASE: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019; item-to-item weights in closed form.
ALS: Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from scipy.linalg import lapack  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from taquilla.models.recommend.catalogue import Likes

# Of an item that fewer like, nothing can be learnt of what goes with it.
FEWEST_LIKES = 5
# The closed form takes the cube of the items in time and the square in memory: 6,000 are 0.3 GB and some ten seconds.
MOST_MODELLED = 6_000
# Weights kept of each item, the strongest ones.
KEPT_WEIGHTS = 200
L2 = (100.0, 300.0, 1000.0)
# Among equal scores the more popular one comes first; less than any difference that counts.
TIE = 1e-9

Places = NDArray[np.int64]
Scores = NDArray[np.float64]
# Factors, the strength of their regularization, and alpha: how much more a like weighs than none.
ALS = ((8, 0.1, 5.0), (16, 0.1, 5.0), (32, 0.1, 5.0))
ALS_ITERATIONS = 15
# Of fewer pairs, threads wait for one another longer than they work.
MANY = 1_000_000


class Ranker(Protocol):
    """Scores items for users that it has learnt of, by their places."""

    def scores(self, users: Places) -> Scores:
        """A row a user and a column an item; the higher the better."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """The same for everybody: how many like an item. counts: by item."""

    counts: Places

    def scores(self, users: Places) -> Scores:
        """See `Ranker`."""
        return np.broadcast_to(self.counts.astype(np.float64), (len(users), len(self.counts)))


@dataclass(frozen=True, slots=True)
class Ease:
    """weights: item to item, sparse; liked: what each user likes, a row a user. counts break ties."""

    weights: Any
    liked: Any
    counts: Places

    def scores(self, users: Places) -> Scores:
        """See `Ranker`."""
        return fold_in(self.weights, self.liked[users], self.counts)


@dataclass(frozen=True, slots=True)
class Als:
    """users_factors, item_factors: a row each."""

    user_factors: NDArray[np.float32]
    item_factors: NDArray[np.float32]
    counts: Places

    def scores(self, users: Places) -> Scores:
        """See `Ranker`."""
        found = (self.user_factors[users] @ self.item_factors.T).astype(np.float64)
        return found + tie_break(self.counts)


def fold_in(weights: Any, liked: Any, counts: Places) -> Scores:
    """The scores of EASE for users with these likes, whether it has learnt of them or not."""
    found: Scores = np.asarray((liked @ weights).todense(), dtype=np.float64)
    return found + tie_break(counts)


def tie_break(counts: Places) -> Scores:
    """Less than any difference that counts, more for what more people like."""
    return TIE * counts / max(int(counts.max(initial=0)), 1)


def liked_matrix(likes: Likes) -> Any:
    """Users by items, 1 where it is a like."""
    user, item = likes.user[likes.is_liked], likes.item[likes.is_liked]
    return sparse.csr_matrix(
        (np.ones(len(user), dtype=np.float32), (user, item)), shape=(len(likes.users), likes.items)
    )


def modelled(counts: Places) -> Places:
    """The items that are learnt of: liked often enough, and of very many the most liked."""
    enough = np.flatnonzero(counts >= FEWEST_LIKES)
    return np.sort(enough[np.argsort(-counts[enough], kind="stable")[:MOST_MODELLED]])


def ease_weights(liked: Any, counts: Places, l2: float) -> Any:
    """EASE's weights, item to item, of the items that are learnt of; the strongest of each item are kept."""
    items = modelled(counts)
    empty = sparse.csr_matrix((liked.shape[1], liked.shape[1]), dtype=np.float32)
    if len(items) < 2:
        return empty
    chosen = liked[:, items].astype(np.float64)
    gram = np.asarray((chosen.T @ chosen).todense())
    gram[np.diag_indices_from(gram)] += l2
    weights = _inverse(gram)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0.0)
    return _strongest(weights, items, liked.shape[1])


def _inverse(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a symmetric positive definite matrix, by Cholesky: half the work of a general inverse."""
    # The same sums in the same order; and where others use the cores, two threads take six times the processor of one.
    with threadpool_limits(1, "blas"):
        factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        inverse, failed_too = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError("the matrix of likes is not positive definite")
    lower = np.tril(inverse)
    whole: NDArray[np.float64] = lower + np.tril(inverse, -1).T
    return whole


def _strongest(weights: NDArray[np.float64], items: Places, width: int) -> Any:
    kept = min(KEPT_WEIGHTS, len(items) - 1)
    columns = np.sort(np.argpartition(-np.abs(weights), kept - 1, axis=1)[:, :kept], axis=1)
    values = np.take_along_axis(weights, columns, axis=1).astype(np.float32)
    rows = np.repeat(items, kept)
    made = sparse.csr_matrix((values.ravel(), (rows, items[columns.ravel()])), shape=(width, width))
    made.eliminate_zeros()
    return made


def has_als() -> bool:
    """Whether the library is installed: it is needed for training alone."""
    return find_spec("implicit") is not None


def als(likes: Likes, setting: tuple[int, float, float], seed: int) -> Als:
    """Factors of users and items from the library `implicit`; the same seed gives the same ones."""
    factors, regularization, alpha = setting
    with threadpool_limits(1, "blas"):  # the library has threads of its own, which BLAS's would fight
        model = import_module("implicit.als").AlternatingLeastSquares(
            factors=factors,
            regularization=regularization,
            alpha=alpha,
            iterations=ALS_ITERATIONS,
            random_state=seed,
            num_threads=0 if len(likes.user) > MANY else 1,
            use_gpu=False,
        )
        model.fit(liked_matrix(likes), show_progress=False)
    return Als(np.asarray(model.user_factors, np.float32), np.asarray(model.item_factors, np.float32), likes.counts)


def best(scores: Scores, limit: int) -> Places:
    """The places of the highest finite scores, the highest first; of equal ones the first."""
    limit = min(limit, scores.shape[-1])
    if not limit:
        return np.zeros(0, dtype=np.int64)
    found = np.sort(np.argpartition(-scores, limit - 1)[:limit])
    ordered = found[np.argsort(-scores[found], kind="stable")]
    return ordered[np.isfinite(scores[ordered])]
