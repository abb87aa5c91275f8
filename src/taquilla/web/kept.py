"""What was read from a warehouse once and need not be read again: its file never changes, another takes its place."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from taquilla.web.reader import FileMark

T = TypeVar("T")

_kept: dict[FileMark, dict[Hashable, Any]] = {}


def kept(version: FileMark, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gave for this key of this version of the warehouse; all of an older version is forgotten."""
    found = _kept.get(version)
    if found is None:
        _kept.clear()
        found = _kept[version] = {}
    if key not in found:
        # Two requests may make it at the same time: the same thing, twice.
        found[key] = make()
    return cast("T", found[key])
