"""What stands between `Database` and a server: one class a dialect, and the words that they share."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
from sqlalchemy import Dialect

from taquilla.errors import DataError
from taquilla.sources.relations import Relation
from taquilla.sources.sql_select import Path, Selection

Progress = Callable[[int], None]
CATALOGUE = "its catalogue was read"
AGAIN = "Once it answers, run the same command again."


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its server declares it, and what it is read as. note: where the two are not the same."""

    name: str
    declared: str
    type: pa.DataType
    note: str | None = None


@dataclass(slots=True)
class Found:
    """What reading found that Arrow's types cannot hold, and made null: how often, by `relation.column`."""

    impossible: Counter[str] = field(default_factory=Counter)


class Driver(Protocol):
    """A server of one dialect. Its errors are ours; none repeats a secret."""

    dialect: Dialect

    def tables(self) -> Mapping[str, Path]:
        """The paths of its tables and views by the names that people use: those of other schemas as `schema.table`."""
        ...

    def columns(self, path: Path) -> list[Column]: ...

    def key(self, path: Path) -> tuple[str, ...]: ...

    def count(self, path: Path) -> int: ...

    def read(
        self, selection: Selection, columns: Sequence[Column], batch_rows: int, found: Found
    ) -> Iterator[pa.RecordBatch]: ...

    def query_columns(self, sql: str) -> list[Column]: ...

    def query(self, sql: str, columns: Sequence[Column], batch_rows: int, found: Found) -> Iterator[pa.RecordBatch]: ...

    def replace(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int: ...

    def append(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int: ...

    def close(self) -> None: ...


def pick(name: str, known: Iterable[str], what: str, where: str) -> str:
    """The known name that is meant: the same one, or the only one that differs in case alone.

    DataError: there is none, or several; it lists those near.
    """
    names = list(known)
    if name in names:
        return name
    alike = [one for one in names if one.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise DataError(f"{where} has several {what}s named {name!r} but for case. Name one of: {listed(alike)}")
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.5) or sorted(names)[:10]
    told = f"Near it: {listed(near)}." if near else f"It has no {what} at all."
    raise DataError(f"{where} has no {what} {name!r}. {told} Name one that is there.")


def listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
