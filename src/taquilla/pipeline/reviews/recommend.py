"""The warehouse's likes → the recommender's folder: films for raters and customers, venues for reviewers."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from taquilla.models.recommend.training import TooFewLikesError, Trained
from taquilla.models.recommend.training import train_recommenders as train
from taquilla.pipeline.asking import Warehouses
from taquilla.pipeline.studies import Told
from taquilla.warehouse.asking import Ask

# What `train` tells of in one training of both kinds.
STAGES = 12
Progress = Callable[[int, int], None]


def train_recommenders(
    warehouses: Warehouses, folder: Path, *, seed: int, now: datetime, is_asked: bool, progress: Progress
) -> Told:
    """The recommender of what the warehouse has now, in a folder of its own; its rows are the likes learnt from.

    Without likes enough the note says so; an error where somebody wants it now (is_asked).
    """
    done = count(1)

    def tell(_: str) -> None:
        progress(min(next(done), STAGES), STAGES)

    def study(ask: Ask) -> Trained:
        return train(ask, folder, now=now, seed=seed, progress=tell)

    try:
        trained, said = warehouses.study(study)
    except TooFewLikesError as error:
        if is_asked:
            raise
        return Told(0, str(error))
    return Told(trained.likes, "; ".join(filter(None, (trained.told(), said))), trained.folder)
