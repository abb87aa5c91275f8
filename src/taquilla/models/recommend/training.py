"""Trains the recommenders: films for raters and customers, venues for reviewers; measured, chosen, and saved whole."""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse  # type: ignore[import-untyped]

import taquilla
from taquilla.errors import DataError
from taquilla.models.recommend import facts
from taquilla.models.recommend.candidates import DEFAULT_L2, EASE, Chosen, choose, learnt, members_of
from taquilla.models.recommend.catalogue import (
    Catalogue,
    Likes,
    film_catalogue,
    likes_of,
    met_items,
    own_genres,
    venue_catalogue,
)
from taquilla.models.recommend.content import WORD_SCHEMA, Content, read_content
from taquilla.models.recommend.facts import KINDS, LIKED_FROM, NO_MOMENT, SOURCES, Kind, read_events
from taquilla.models.recommend.protocols import facts_of, rows_of, splits
from taquilla.models.recommend.rankers import Als, Ease, ease_weights, has_als, liked_matrix
from taquilla.models.recommend.saving import save
from taquilla.models.recommend.shelf import Shelf
from taquilla.warehouse.asking import Ask

# Of fewer likes nothing can be learnt, and nothing measured.
FEWEST = 50
Progress = Callable[[str], None]


class TooFewLikesError(DataError):
    """Nobody likes enough of anything; a run that trains by the way may go on without a recommender."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A recommender that was made: its folder, and what is in its metrics.json."""

    folder: Path
    metrics: Mapping[str, Any]

    @property
    def likes(self) -> int:
        """How many likes it learnt from."""
        return sum(kind["data"]["likes"] for kind in self.metrics["kinds"].values())

    def told(self) -> str:
        """What answers and how well it did on later likes, in a few words; and what was left out."""
        said = [f"{kind}: {_said(found)}" for kind, found in self.metrics["kinds"].items()]
        return "; ".join([*said, *(f"no {kind}" for kind in self.metrics["left_out"])])


def _said(found: Mapping[str, Any]) -> str:
    answering = found["answering"]
    for row in found["table"]:
        if (row["model"], row["users"]) == (answering, "known"):
            return f"{answering}, nDCG@20 {row['ndcg_at_20']:.3f} ({row['protocol']}, {row['measured_users']:,} users)"
    return f"{answering}, with nobody to measure it on"


def _silent(_: str) -> None:
    """Tells nobody."""


def train_recommenders(
    ask: Ask, folder: Path, *, now: datetime, seed: int = 42, progress: Progress = _silent
) -> Trained:
    """Make the recommenders and leave them in `folder/recommender_{date}_{time}`, whole or not at all.

    The same rows and the same seed give the same figures and the same answers. A kind that has too few likes is left
    out, and told. TooFewLikesError: both have. UnavailableError: the folder cannot be written.
    """
    shelves: dict[str, Shelf] = {}
    kinds: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for kind in KINDS:
        try:
            shelves[kind], kinds[kind] = _train(ask, kind, seed, progress)
        except TooFewLikesError as error:
            left_out[kind] = str(error)
    if not shelves:
        raise TooFewLikesError("; ".join(left_out.values()))
    metrics = {
        "made_at": now.isoformat(),
        "seed": seed,
        "versions": _versions(),
        "liked_from_stars": LIKED_FROM,
        "kinds": kinds,
        "left_out": left_out,
    }
    saved, told = save(folder, shelves, metrics, now=now)
    return Trained(saved, told)


def _train(ask: Ask, kind: Kind, seed: int, progress: Progress) -> tuple[Shelf, dict[str, Any]]:
    progress(f"{kind}: what is liked")
    likes, catalogue, told = _read(ask, kind)
    members = members_of(catalogue)
    content = _content(ask, kind, catalogue, likes)
    progress(f"{kind}: the ranker that answers")
    # Of thousands of films that nobody has met no ranker knows anything: they are left out of what is measured.
    met, places = met_items(likes)
    chosen = choose(met, members[places], seed)
    neighbours = content.neighbours[places][:, places] if content else None
    table, measured_on = [], splits(met, seed)
    for name, split in measured_on.items():
        progress(f"{kind}: {name}")
        table += [row.plain() for row in rows_of(name, split, chosen.best, neighbours)]
    progress(f"{kind}: made anew of everything")
    shelf = _shelf(likes, catalogue, members, content, chosen)
    return shelf, {
        "answering": chosen.answering.name,
        "setting": dict(chosen.answering.setting),
        "data": told,
        "validation": _validated(chosen),
        "splits": {name: facts_of(split) for name, split in measured_on.items()},
        "table": table,
        "modelled_items": int(np.count_nonzero(np.diff(shelf.weights.indptr))),
        "without_als": "" if has_als() else "the library implicit is not installed",
    }


def _validated(chosen: Chosen) -> dict[str, Any]:
    figures = {name: measured.row() for name, measured in (chosen.validated or {}).items()}
    return {"protocol": chosen.validation, "figures": figures}


def _read(ask: Ask, kind: Kind) -> tuple[Likes, Catalogue, dict[str, int]]:
    sources = [source for source in SOURCES if source.kind == kind]
    found = [(source, events) for source in sources if (events := read_events(ask, source))]
    if not found:
        names = " or ".join(".".join(source.table) for source in sources)
        raise TooFewLikesError(f"No {kind} can be recommended: nobody stands in {names}. {_NEXT[kind]}")
    catalogue = film_catalogue(ask) if kind == "films" else venue_catalogue(ask)
    likes = likes_of(found, catalogue)
    if (count := int(likes.is_liked.sum())) < FEWEST:
        raise TooFewLikesError(
            f"No {kind} can be recommended: {count} likes are known, and it takes {FEWEST}. {_NEXT[kind]}"
        )
    told = {f"{source.space}s": len(events.users) for source, events in found}
    told |= {"items": likes.items, "liked_items": int(np.count_nonzero(likes.counts))}
    told |= {"pairs": len(likes.user), "likes": count, "without_a_moment": int((likes.at_s == NO_MOMENT).sum())}
    return likes, catalogue, told


_NEXT: Mapping[Kind, str] = {
    "films": "Bring ratings in with taquilla reviews SOURCE, or a shop with: taquilla rentals SOURCE",
    "venues": "Bring reviews in with: taquilla reviews SOURCE",
}


def _content(ask: Ask, kind: Kind, catalogue: Catalogue, likes: Likes) -> Content | None:
    if kind != "films":
        return None
    named = zip(catalogue.items["film_id"].to_list(), catalogue.items["id"].to_list(), strict=True)
    places = {own if film_id is None else film_id: place for place, (film_id, own) in enumerate(named)}
    rows = [*facts.content(ask), *own_genres(catalogue)]
    return read_content(rows, places, likes.counts) if rows else None


def _shelf(likes: Likes, catalogue: Catalogue, members: Any, content: Content | None, chosen: Chosen) -> Shelf:
    liked, items = liked_matrix(likes), likes.items
    ranker = learnt(chosen.answering, members, likes)
    by_users, by_items = (
        (ranker.user_factors, ranker.item_factors)
        if isinstance(ranker, Als)
        else (np.zeros((len(likes.users), 0), dtype=np.float32), np.zeros((items, 0), dtype=np.float32))
    )
    return Shelf(
        answering=chosen.answering.name,
        items=catalogue.items,
        groups=catalogue.groups,
        users=pl.DataFrame({"id": list(likes.users)}, schema={"id": pl.String}),
        words=content.words if content else pl.DataFrame(schema=WORD_SCHEMA),
        met=_met(likes),
        members=members,
        # EASE's weights serve whatever answers: for likes that are told, and for films without words.
        weights=ranker.weights if isinstance(ranker, Ease) else ease_weights(liked, likes.counts, _l2(chosen)),
        films=content.films if content else sparse.csr_matrix((items, 0), dtype=np.float32),
        neighbours=content.neighbours if content else sparse.csr_matrix((items, items), dtype=np.float32),
        counts=likes.counts,
        user_factors=by_users,
        item_factors=by_items,
    )


def _l2(chosen: Chosen) -> float:
    return next((each.setting["l2"] for each in chosen.best if each.name == EASE), DEFAULT_L2)


def _met(likes: Likes) -> Any:
    signs = np.where(likes.is_liked, 1, -1).astype(np.int8)
    return sparse.csr_matrix((signs, (likes.user, likes.item)), shape=(len(likes.users), likes.items))


def _versions() -> dict[str, str]:
    libraries: Sequence[str] = ("numpy", "scipy", *(["implicit"] if has_als() else []))
    return {"taquilla": taquilla.__version__, "python": platform.python_version(), **_of(libraries)}


def _of(libraries: Iterable[str]) -> dict[str, str]:
    return {name: version(name) for name in libraries}
