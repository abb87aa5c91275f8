"""Which likes are learnt from and which are asked: by time, the last one of each user, or at random."""

from dataclasses import dataclass

import numpy as np

from taquilla.models.recommend.catalogue import Likes
from taquilla.models.recommend.facts import NO_MOMENT

TRAINED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Split:
    """Pairs to learn from and likes to find again, of the same users and items. cut_off_s: the first second of the
    later ones, where they were split by time."""

    train: Likes
    test: Likes
    cut_off_s: int | None = None


def by_time(likes: Likes, share: float = TRAINED_SHARE) -> Split | None:
    """What was met before the moment by which this share of all had been met, and what was liked from it on.

    Pairs without a moment are left out. None: all are of one moment, or there are none.
    """
    dated = likes.where(likes.at_s != NO_MOMENT)
    if not len(dated.at_s):
        return None
    cut_off = int(np.sort(dated.at_s)[int(len(dated.at_s) * share)])
    train, test = dated.where(dated.at_s < cut_off), dated.where((dated.at_s >= cut_off) & dated.is_liked)
    return Split(train, test, cut_off) if len(train.user) and len(test.user) else None


def last_out(likes: Likes) -> Split | None:
    """The last like of each user who has two or more, and of such a user nothing that came after it.

    Others' likes of later moments are learnt from: this tells how well a known taste is continued, not how well the
    future is foretold. None: nobody has two.
    """
    chosen = likes.is_liked & (likes.at_s != NO_MOMENT)
    order = np.lexsort((likes.item, likes.at_s, likes.user))
    order = order[chosen[order]]
    user = likes.user[order]
    last = order[np.append(user[1:] != user[:-1], True)] if len(order) else order
    last = last[np.bincount(user, minlength=len(likes.users))[likes.user[last]] >= 2]
    if not len(last):
        return None
    limits = np.full(len(likes.users), np.iinfo(np.int64).max)
    limits[likes.user[last]] = likes.at_s[last]
    earlier = likes.at_s <= limits[likes.user]
    earlier[last] = False
    wanted = np.zeros(len(likes.user), dtype=bool)
    wanted[last] = True
    return Split(likes.where(earlier), likes.where(wanted))


def at_random(likes: Likes, seed: int, share: float = TRAINED_SHARE) -> Split | None:
    """This share of the likes, drawn at random, with all that was met and not liked; the other likes are asked.

    Earlier likes are asked of what later ones tell: figures of this split are for comparison with others' alone.
    """
    is_asked = likes.is_liked & (np.random.default_rng(seed).random(len(likes.user)) >= share)
    train, test = likes.where(~is_asked), likes.where(is_asked)
    return Split(train, test) if len(test.user) and train.is_liked.any() else None
