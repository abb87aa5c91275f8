"""How a subject declares its tables: a contract a table, what the source calls it, and how it hangs on the others.

    class Rentals(dy.Schema):
        rental_id = dy.Int64(primary_key=True, min=0)
        rented_at = dy.Datetime(time_unit="us", time_zone="UTC", metadata=source("rental_date"))

    RENTAL = CleanTable("rental", "rentals", Rentals, ("rental_id",))

The rules of a column are its contract's: type, nullability, bounds. `cleaning.clean` does the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import dataframely as dy
import polars as pl

from taquilla.errors import DataError
from taquilla.tables.cell_reading import BOUNDS, Bound, Field

# What raw adds to the source's columns, and curated to a contract's.
RAW_COLUMNS = ("raw_seq", "_extract", "_position", "_landed_at", "_run_id", "_error", "_line", "bucket")
CURATED_COLUMNS = ("raw_seq", "bucket")
# No table needs them, and nobody should find them in a lake.
NEVER_READ = ("password", "passwd", "picture", "location")


@dataclass(frozen=True, slots=True)
class Parent:
    """`column` holds a `key` of another curated table. Orphans are kept: they are told, not dropped."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Order:
    """`later` is not before `earlier`; where it is, the cell of `later` is refused, by the name of `rule`."""

    earlier: str
    later: str
    rule: str


@dataclass(frozen=True, slots=True)
class CleanTable:
    """A source's table: what it is called there and in curated, its contract, its key, and what is never read."""

    name: str
    curated: str
    contract: type[dy.Schema]
    key: tuple[str, ...]
    parents: tuple[Parent, ...] = ()
    aliases: tuple[str, ...] = ()
    keeps_history: bool = False
    cursor: tuple[str, ...] = ("last_update",)
    left_out: tuple[str, ...] = NEVER_READ
    orders: tuple[Order, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that are read from the source, in the contract's order."""
        return fields_of(self.contract)

    def missing(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The required fields that the source has no column for."""
        there = list(columns)
        return tuple(field.name for field in self.fields if field.is_required and field.find(there) is None)

    def reads(self, column: str) -> bool:
        """Whether a source's column may be read at all: passwords and pictures never are."""
        return column.strip().lower() not in self.left_out

    def columns_of(self, columns: Iterable[str]) -> dict[str, str]:
        """The source's column of each field that it has one for. DataError: a required one is not there."""
        there = [column for column in columns if column not in RAW_COLUMNS]
        if missing := self.missing(there):
            sources = {field.name: " or ".join(field.source) for field in self.fields}
            raise DataError(
                f"Table {self.name!r} has no column for {', '.join(f'{name} ({sources[name]})' for name in missing)}. "
                f"Its columns: {', '.join(there)}. Name them so, or read it by a query that does."
            )
        return {field.name: column for field in self.fields if (column := field.find(there)) is not None}


def source(*names: str, kind: str | None = None) -> dict[str, object]:
    """Of a contract's column: what the source calls it, if not so; its kind, where the type has two."""
    return {"source": names, "kind": kind}


_KINDS = {
    pl.Int64: "int",
    pl.Int32: "year",
    pl.Decimal: "money",
    pl.Datetime: "moment",
    pl.Boolean: "flag",
    pl.String: "text",
}


@cache
def fields_of(contract: type[dy.Schema]) -> tuple[Field, ...]:
    """The fields that a contract's columns say: their sources, kinds and bounds."""
    columns = contract.columns()
    return tuple(_field(name, column) for name, column in columns.items() if name not in CURATED_COLUMNS)


def _field(name: str, column: dy.Column) -> Field:
    told = column.metadata or {}
    kind = told.get("kind") or _KINDS[type(column.dtype)]
    low, high = BOUNDS.get(kind, (None, None))
    size = "_length" if isinstance(column, dy.String) else ""
    return Field(
        name=name,
        source=tuple(told.get("source") or (name,)),
        kind=kind,
        is_required=not column.nullable,
        min=_first(getattr(column, f"min{size}", None), low),
        max=_first(getattr(column, f"max{size}", None), high),
    )


def _first(told: Any, otherwise: Bound) -> Bound:
    bound: Bound = told
    return otherwise if bound is None else bound
