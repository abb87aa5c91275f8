"""Films like a film, by what they are and who made them: the cosine of their words, each weighted by how rare it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from taquilla.models.recommend.rankers import Places, Scores, best, tie_break
from taquilla.warehouse.asking import Row

NEIGHBOURS = 20
LITTLE = 0.1
# Films whose likeness to all others is held at one time: 256 of 60,000 are 60 MB.
AT_ONCE = 256
WORD_SCHEMA = {"kind": pl.String, "name": pl.String}


@dataclass(frozen=True, slots=True)
class Content:
    """words: kind and name; films: films by words, each row of length 1 at most; neighbours: films by films."""

    words: pl.DataFrame
    films: Any
    neighbours: Any


def read_content(rows: Sequence[Row], places: Mapping[int | str, int], counts: Places) -> Content:
    """What these rows say of the films that stand at these places. counts: how many like each film that there is."""
    numbers: dict[tuple[str, str], int] = {}
    names: list[tuple[str, str]] = []
    pairs: set[tuple[int, int]] = set()
    for row in rows:
        if row["film_id"] not in places:
            continue
        word = (row["kind"], row["token"])
        if word not in numbers:
            numbers[word] = len(numbers)
            names.append((row["kind"], row["name"]))
        pairs.add((places[row["film_id"]], numbers[word]))
    words = pl.DataFrame(names, schema=WORD_SCHEMA, orient="row")
    films = _weighted(np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2), len(words), len(counts))
    return Content(words, films, nearest(films, counts))


def _weighted(pairs: Places, words: int, width: int) -> Any:
    """Each word's rarity, the words of a film together of length 1; shorter where little is known of the film.

    The root of the logarithm, since a likeness multiplies it with itself: squared rarity made one minor actor in common
    outweigh three genres, and found fewer of the films that people liked together.
    """
    ones = np.ones(len(pairs), dtype=np.float32)
    has = sparse.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(width, words))
    films_of_word = np.asarray(has.sum(axis=0), dtype=np.float64).ravel()
    told_of = len(np.unique(pairs[:, 0]))
    weighted = has @ sparse.diags(np.sqrt(np.log((1 + told_of) / films_of_word)))
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    # A film of which two genres are all that is known would be most like every film of those two.
    usual = float(np.median(lengths[lengths > 0])) if lengths.any() else 1.0
    return (sparse.diags(1 / np.maximum(lengths, usual)) @ weighted).tocsr().astype(np.float32)


def nearest(films: Any, counts: Places, count: int = NEIGHBOURS) -> Any:
    """The so many most alike of each film, itself left out: films by films, with the cosine.

    Of equally alike ones, such as films of which genres are all that is known, those that more people like (counts).
    """
    ties = tie_break(counts)
    rows, columns, values = list[Places](), list[Places](), list[Any]()
    for begins, alike in _likeness(films):
        for row, cosines in enumerate(alike, begins):
            cosines[row] = 0.0
            found = _most_alike(cosines, ties, count)
            rows.append(np.full(len(found), row))
            columns.append(found)
            values.append(cosines[found])
    shape = (films.shape[0], films.shape[0])
    if not rows:
        return sparse.csr_matrix(shape, dtype=np.float32)
    where = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((np.concatenate(values).astype(np.float32), where), shape=shape)


def _most_alike(cosines: NDArray[np.float32], ties: Scores, count: int) -> Places:
    # Nearly all films are a little alike: to order those few that are more so takes a tenth of the time.
    for least in (LITTLE, 0.0):
        some = np.flatnonzero(cosines > least)
        if len(some) >= count:
            break
    return some[best(cosines[some].astype(np.float64) + ties[some], count)]


def _likeness(films: Any) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The cosines of some films with all films, and the place of the first of them."""
    # The words of many films, such as genres, make nearly every pair a little alike: dense, that is done in no time.
    is_common = films.getnnz(axis=0) > max(films.shape[0] // 100, 1)
    common, rare = films[:, is_common].toarray(), films[:, ~is_common].tocsr()
    by_word = rare.T.tocsr()
    for begins in range(0, films.shape[0], AT_ONCE):
        part = slice(begins, begins + AT_ONCE)
        with threadpool_limits(1, "blas"):
            alike = common[part] @ common.T
        yield begins, alike + (rare[part] @ by_word).toarray()


@dataclass(frozen=True, slots=True)
class Alike:
    """Ranks by likeness to what each user likes. liked: a row a user; counts break ties."""

    neighbours: Any
    liked: Any
    counts: Places

    def scores(self, users: Places) -> Scores:
        """See `Ranker`."""
        found: Scores = np.asarray((self.liked[users] @ self.neighbours).todense(), dtype=np.float64)
        return found + tie_break(self.counts)


def shared_words(content: Content, one: int, other: int) -> tuple[str, list[str]] | None:
    """What says most of why two films are alike: the kind of word, and the words of that kind, the rarest first."""
    both = content.films[one].multiply(content.films[other]).tocsr()
    if not both.nnz:
        return None
    weights = sorted(zip(-both.data, both.indices.tolist(), strict=True))
    found: dict[str, tuple[float, list[str]]] = {}
    for weight, place in weights:
        kind, name = content.words.row(place)
        so_far, names = found.get(kind, (0.0, []))
        found[kind] = (so_far - float(weight), [*names, name])
    kind = max(found, key=lambda each: found[each][0])
    return kind, found[kind][1]
