"""Tasks whose worker is killed once, when their work is done and nobody has heard of it yet."""

import os
import pkgutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Every task that a step maps.
LANDING = (
    "taquilla.pipeline.land_file:land_one",
    "taquilla.pipeline.rentals.land:land_table",
    "taquilla.pipeline.reviews.land:land_one",
)
FILMS, REVIEWS = "taquilla.pipeline.curate:curate_bucket", "taquilla.pipeline.reviews.curate:clean_work"
RENTALS, SCORES = "taquilla.pipeline.rentals.curate:curate_bucket", "taquilla.pipeline.reviews.score:score_part"
BUCKET = 2


@dataclass(frozen=True, slots=True)
class Killing:
    """The task of that name; the first worker that has done it for bucket 2, or for what has no bucket, is killed.

    folder: where it notes that it has killed. driver: the process that must live.
    """

    name: str
    folder: Path
    driver: int

    def __call__(self, item: Any) -> Any:
        assert os.getpid() != self.driver, f"{self.name} was not given to a worker"
        task: Callable[[Any], Any] = pkgutil.resolve_name(self.name)
        result = task(item)
        if _bucket_of(item) == BUCKET and self._is_first():
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def _is_first(self) -> bool:
        try:
            (self.folder / self.name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def _bucket_of(item: Any) -> int:
    item = getattr(item, "part", item)
    bucket: int = getattr(item, "bucket", BUCKET)
    return bucket


@contextmanager
def killing(folder: Path, *names: str) -> Iterator[None]:
    """Within the block each of these tasks costs a worker its life, once."""
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(name.replace(":", "."), Killing(name, folder, os.getpid()))
        yield
    assert {path.name for path in folder.iterdir()} == set(names)
