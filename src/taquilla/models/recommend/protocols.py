"""Each ranker by each protocol: split by time, the last like of each user, and 80/20 at random as others report it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taquilla.models.recommend.candidates import Candidate
from taquilla.models.recommend.catalogue import Likes
from taquilla.models.recommend.content import Alike
from taquilla.models.recommend.measuring import Measured, lists, measure, warm_and_cold
from taquilla.models.recommend.rankers import Ease, Places, Popularity, Ranker, liked_matrix
from taquilla.models.recommend.splits import Split, at_random, by_time, last_out

TIME, LAST, RANDOM = "time", "leave_last_out", "random_80_20"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. users: whose lists were measured: known users, those of one space, or cold ones."""

    protocol: str
    model: str
    setting: Mapping[str, float]
    users: str
    measured: Measured

    def plain(self) -> dict[str, Any]:
        """The same as metrics.json and the CSV file have it."""
        told = ", ".join(f"{name} {value:g}" for name, value in self.setting.items())
        figures = self.measured.row()
        return {
            "protocol": self.protocol,
            "model": self.model,
            "setting": told,
            "users": self.users,
            "measured_users": figures.pop("users"),
            **figures,
        }


def splits(likes: Likes, seed: int) -> dict[str, Split]:
    """The protocols that these likes allow."""
    found = {TIME: by_time(likes), LAST: last_out(likes), RANDOM: at_random(likes, seed)}
    return {name: split for name, split in found.items() if split and len(warm_and_cold(split)[0])}


def facts_of(split: Split) -> dict[str, Any]:
    """How much is learnt from and asked for, and how many of the users are cold: train knows no like of theirs."""
    warm, cold = warm_and_cold(split)
    day = datetime.fromtimestamp(split.cut_off_s, UTC).date().isoformat() if split.cut_off_s is not None else None
    return {
        "train_pairs": len(split.train.user),
        "train_likes": int(split.train.is_liked.sum()),
        "test_likes": len(split.test.user),
        "cut_off_date": day,
        "warm_users": len(warm),
        "cold_users": len(cold),
        "cold_share": round(len(cold) / max(len(warm) + len(cold), 1), 4),
    }


def rows_of(name: str, split: Split, best: Sequence[Candidate], neighbours: Any) -> Iterator[Row]:
    """The table's lines of one protocol; cold users, by the fallback, in lines of their own."""
    warm, cold = warm_and_cold(split)
    for each in best:
        ranker = each.learn(split.train)
        made = lists(ranker, split, warm)
        for users, wanted in _groups(split.train.users, warm):
            if measured := made.of(wanted):
                yield Row(name, each.name, each.setting, users, measured)
        if isinstance(ranker, Ease) and name == TIME:
            yield from _one_told(name, split, cold, ranker, each.setting, neighbours)
    if name == TIME:
        fallback = Popularity(split.train.counts)
        yield from _row(name, "fallback: popularity", {}, "cold", fallback, split, cold)


def _groups(users: Sequence[str], places: Places) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """All who are known; and those of each space, where there are several."""
    yield "known", np.ones(len(places), dtype=bool)
    spaces = np.array([user.partition("-")[0] for user in users])
    different = np.unique(spaces)
    for space in different if len(different) > 1 else ():
        yield f"known {space}s", spaces[places] == space


def _row(
    name: str, model: str, setting: Mapping[str, float], users: str, ranker: Ranker, split: Split, places: Places
) -> Iterator[Row]:
    if measured := measure(ranker, split, places):
        yield Row(name, model, setting, users, measured)


def _one_told(
    name: str, split: Split, cold: Places, ease: Ease, setting: Mapping[str, float], neighbours: Any
) -> Iterator[Row]:
    """Cold users who tell the first thing that they like: what is found of the rest."""
    told, asked = first_told(split)
    users = np.intersect1d(cold, asked.test.user)
    liked, counts = liked_matrix(told), split.train.counts
    who = "cold, one like told"
    yield from _row(name, "likes: popularity", {}, who, Popularity(counts), asked, users)
    yield from _row(name, "likes: ease", setting, who, Ease(ease.weights, liked, counts), asked, users)
    if neighbours is not None:
        yield from _row(name, "likes: content", {}, who, Alike(neighbours, liked, counts), asked, users)


def first_told(split: Split) -> tuple[Likes, Split]:
    """The first test like of each user, and a split that asks for the others; what was told is never recommended."""
    test = split.test
    order = np.lexsort((test.item, test.at_s, test.user))
    user = test.user[order]
    is_first = np.zeros(len(user), dtype=bool)
    is_first[order[np.append(True, user[1:] != user[:-1])]] = True
    told = test.where(is_first)
    # Met, but not counted among the likes that the ranker knows of.
    met = replace(told, is_liked=np.zeros(len(told.user), dtype=bool))
    train = _joined(split.train, met)
    return told, Split(train, test.where(~is_first), split.cut_off_s)


def _joined(one: Likes, other: Likes) -> Likes:
    return Likes(
        one.users,
        one.items,
        np.concatenate([one.user, other.user]),
        np.concatenate([one.item, other.item]),
        np.concatenate([one.is_liked, other.is_liked]),
        np.concatenate([one.at_s, other.at_s]),
    )
