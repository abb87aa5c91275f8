"""The subjects of one warehouse file, in the order that they are loaded in: each leaves the others as they are.

A file of another version of Taquilla is made anew by whichever is loaded first; then all of them come back at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from taquilla.pipeline.load import is_of_another_version, load_films
from taquilla.pipeline.rentals.load import load_rentals
from taquilla.pipeline.reviews.load import load_reviews

if TYPE_CHECKING:
    from taquilla.pipeline.actions import Context


def _load_reviews(context: "Context") -> None:
    load_reviews(
        context.lake,
        context.warehouse,
        goals=context.reviews.goals,
        now=context.now,
        memory_limit=context.memory_limit,
    )


LOADS: dict[str, Callable[["Context"], object]] = {
    "films": lambda context: load_films(context.lake, context.warehouse, memory_limit=context.memory_limit),
    "rentals": lambda context: load_rentals(context.lake, context.warehouse, memory_limit=context.memory_limit),
    "reviews": _load_reviews,
}


@contextmanager
def among_the_others(subject: str, context: "Context") -> Iterator[None]:
    """The block loads that subject; where the file is of another version, the others are loaded before and after it."""
    is_older, names = is_of_another_version(context.warehouse), list(LOADS)
    others = (names[: names.index(subject)], names[names.index(subject) + 1 :]) if is_older else ([], [])
    for name in others[0]:
        LOADS[name](context)
    yield
    for name in others[1]:
        LOADS[name](context)
