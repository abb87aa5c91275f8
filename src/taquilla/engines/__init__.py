"""Where the work runs: one verb, `map(task, items)`.

An item is small (names and numbers, no tables); the task reads its input part, computes and writes its output part.
So every engine gives the same answer, and an engine is a page of code.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Protocol, TypeVar

from taquilla.errors import SettingsError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """Anything that can apply a task to items."""

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results as they come, in any order; an item that fails raises its error here."""
        ...


# Each engine's library is loaded when the engine is asked for, not before.
ENGINES = {"local": "taquilla.engines.local:LocalEngine"}


def engine(name: str, *, workers: int = 1) -> Engine:
    """The engine of that name. SettingsError: there is none."""
    if name not in ENGINES:
        raise SettingsError(f"Unknown engine {name!r}. Known: {', '.join(sorted(ENGINES))}.")
    module, _, kind = ENGINES[name].partition(":")
    made: Engine = getattr(import_module(module), kind)(workers)
    return made
