"""What a run is told to do, as plain values: the settings fill them, and importing them costs nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

Progress = Callable[[int, int], None]  # how many are done, how many there are


@dataclass(frozen=True, slots=True)
class Selection:
    """Which films are wanted. kind: popular, discover, export or ids (exactly those, known or not)."""

    kind: str = "popular"
    pages: int = 50
    since: date | None = None
    until: date | None = None
    min_popularity: float = 0.0
    limit: int | None = None
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Batching:
    """When what was fetched is landed: after so many rows or seconds, whichever comes first."""

    rows: int = 2_000
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """language: en or es; keep: how many reports stay."""

    language: str = "en"
    keep: int = 10


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """seed: of every random choice; with_pickle: write model.pkl too; keep: how many folders stay;
    language: of the picture.

    is_asked: somebody wants the models now, so that too few films are an error and not a note.
    """

    seed: int = 42
    with_pickle: bool = False
    keep: int = 10
    language: str = "en"
    is_asked: bool = False
