"""Which films are learnt from and which are asked: at random, or by date."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]

from taquilla.errors import DataError
from taquilla.models.films import Films, day


@dataclass(frozen=True, slots=True)
class Split:
    """Films to train on and to test on. `cut_off`: the first day of the test films; None: drawn at random."""

    train: Films
    test: Films
    cut_off: date | None = None


def at_random(films: Films, seed: int, share: float = 0.8) -> Split:
    """This share of the films drawn at random as the seeds draw them, and the rest."""
    train, test = train_test_split(np.arange(len(films)), train_size=share, random_state=seed)
    return Split(films.take(np.sort(train)), films.take(np.sort(test)))


def by_date(films: Films, share: float = 0.8) -> Split:
    """The earlier films, about this share of them, and the later ones; the films of one day are on one side.

    DataError: they are all of one day.
    """
    dates = films.split_dates
    cut_off = dates[int(len(films) * share)]
    if cut_off == dates.min():
        if cut_off == dates.max():
            raise DataError(f"All {len(films)} films are of one day. Load films of other days: taquilla run")
        cut_off = dates[dates > cut_off].min()
    return Split(films.where(dates < cut_off), films.where(dates >= cut_off), day(cut_off))
