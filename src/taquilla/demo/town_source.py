"""The town as a source of tables: read like a database, without one, for copies of any size to anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo.town import BATCH_ROWS, Town
from taquilla.errors import DataError


class Since(Protocol):
    """Only rows whose column is this value or a later one."""

    @property
    def column(self) -> str: ...
    @property
    def value(self) -> datetime | int: ...


@dataclass(frozen=True, slots=True)
class TownRelation:
    """A table of the town as a database would describe it."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    declared: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    notes: tuple[str, ...] = ("generated",)

    def columns(self) -> list[str]:
        """The table's columns, in their order."""
        return list(self.schema.names)


class TownSource:
    """A town that answers as every source of tables does (`sources.relations.Source`)."""

    def __init__(self, town: Town) -> None:
        self._town = town
        plan = town.plan
        self.name = f"generated town (seed {plan.seed}, {plan.rentals:,} rentals)"

    def relations(self) -> tuple[str, ...]:
        """The names of the fifteen tables."""
        return self._town.tables()

    def describe(self, relation: str) -> TownRelation:
        """The table's columns and key. DataError: there is none of that name."""
        schema = self._town.schema(self._known(relation))
        declared = {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
        return TownRelation(relation, schema, self._town.key(relation), declared)

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows in the order of the key, no more than a batch in memory. DataError: no such table or column."""
        described = self.describe(relation)
        names = list(columns) if columns is not None else described.columns()
        for name in [*names, *([since.column] if since else [])]:
            if name not in described.schema.names:
                raise DataError(
                    f"The town's table {relation} has no column {name}: it has {', '.join(described.columns())}."
                )
        return self._read(described, names, since, after, batch_rows)

    def _read(
        self,
        described: TownRelation,
        names: list[str],
        since: Since | None,
        after: Sequence[object] | None,
        batch_rows: int,
    ) -> Iterator[pa.RecordBatch]:
        for batch in self._town.batches(described.name, batch_rows):
            if since is not None:
                batch = batch.filter(_from(batch.column(since.column), since.value))
            if after is not None:
                batch = batch.filter(_behind([batch.column(name) for name in described.key], after))
            if batch.num_rows:
                yield batch.select(names)

    def count(self, relation: str) -> int | None:
        """The plan's number for the rentals of a whole town; only reading would tell the others'."""
        self._known(relation)
        return self._town.plan.rentals if relation == "rental" and self._town.is_whole else None

    def fingerprint(self, relation: str) -> str | None:
        """The town's name: the same numbers give the same town."""
        return f"{self.name} {relation}"

    def close(self) -> None:
        """Nothing is held open."""

    def _known(self, relation: str) -> str:
        if relation not in self._town.tables():
            raise DataError(f"The town has no table {relation!r}: it has {', '.join(self._town.tables())}.")
        return relation


def _from(column: pa.Array, value: datetime | int) -> pa.Array:
    if isinstance(value, datetime) and value.tzinfo is not None:
        # The town's clock has no zone: what is told in one is read as UTC.
        value = value.astimezone(UTC).replace(tzinfo=None)
    return pc.greater_equal(column, pa.scalar(value, column.type))


def _behind(key: Sequence[pa.Array], after: Sequence[object]) -> pa.Array:
    """Whether each row's key comes after `after`, the first column weighing most."""
    first, rest = pa.scalar(after[0], key[0].type), after[1:]
    beyond = pc.greater(key[0], first)
    return pc.or_(beyond, pc.and_(pc.equal(key[0], first), _behind(key[1:], rest))) if rest else beyond
