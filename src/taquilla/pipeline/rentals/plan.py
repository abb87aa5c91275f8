"""What a landing is going to read: each of the shop's tables that the source has, whole or from where it stopped.

Every table is looked at before the first row is read, so that a table that is not as it was stops the landing before it
has begun.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import pyarrow as pa

from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.readings import Reading, reading_of
from taquilla.pipeline.rentals.shop_tables import ShopTables, landed_schema, shop_tables
from taquilla.sources.relations import Relation, Source
from taquilla.tables.cleaning import CleanTable
from taquilla.tables.rentals import SHOP, table_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The passes to make, in the order of `SHOP`.

    absent: the shop's tables that were landed before and the source has not, or no longer. unknown: files and sheets
    that are no table of a shop.
    """

    readings: tuple[Reading, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def plan(lake: Lake, source: Source, *, buckets: int = 1, is_full: bool = False, overlap_s: float = 60.0) -> Plan:
    """What to read. DataError: the source has no table of a shop, or one is not as it was."""
    readings = []
    for spec, name in _wanted(source):
        relation = _selected(source.describe(name), spec)
        tables = ShopTables.of(lake, spec, buckets=buckets, relation=relation)
        new = _checked(tables, relation)
        tables = tables.widened(relation)
        reading = reading_of(tables, relation, source, new_columns=bool(new), is_full=is_full, overlap_s=overlap_s)
        note = (f"new columns, so that all of it is read: {', '.join(new)}",) if new else ()
        readings.append(replace(reading, notes=(*reading.notes, *note)))
    absent = _absent(lake, {reading.tables.spec.name for reading in readings})
    if absent and any(reading.is_other for reading in readings):
        raise DataError(
            f"{source.name} has no {absent[0]}, which was landed from another source: two shops' figures would be "
            "mixed. Nothing was landed. Begin a new lake: --data FOLDER."
        )
    # A database has other tables and views; in a folder of files each is meant.
    unknown = [name for name in source.relations() if table_of(name) is None] if readings[0].content else []
    return Plan(tuple(readings), absent, tuple(unknown))


def _wanted(source: Source) -> list[tuple[CleanTable, str]]:
    found: dict[str, str] = {}
    for name in source.relations():
        spec = table_of(name)
        if spec is None:
            continue
        if spec.name in found:
            raise DataError(
                f"{source.name} has two tables of the shop's {spec.name}: {found[spec.name]} and {name}. "
                "Take one of them away."
            )
        found[spec.name] = name
    if not found:
        raise DataError(
            f"{source.name} has no table of a shop. Known are {', '.join(SHOP)}; "
            f"there are: {', '.join(source.relations()) or 'none'}. Look at it with: taquilla profile"
        )
    return [(spec, found[name]) for name, spec in SHOP.items() if name in found]


def _absent(lake: Lake, found: Collection[str]) -> tuple[str, ...]:
    return tuple(tables.spec.name for tables in shop_tables(lake) if tables.spec.name not in found)


def _selected(relation: Relation, spec: CleanTable) -> Relation:
    """Without the columns that are never read: pictures, passwords."""
    fields = [field for field in relation.schema if spec.reads(field.name)]
    return replace(relation, schema=pa.schema(fields))


def _checked(tables: ShopTables, relation: Relation) -> list[str]:
    """The columns that were not there when the table was landed before.

    DataError: a column is missing that is needed or was there before, or has another type than before.
    """
    if missing := tables.spec.missing(relation.columns()):
        raise DataError(
            f"{relation.name} has no column for {', '.join(missing)}; it has: {', '.join(relation.columns())}. "
            "Name it as Sakila does, or read it through a view. Nothing was landed."
        )
    before, now = tables.raw.schema, landed_schema(relation)
    new = [name for name in now if name not in before]
    gone = [name for name in before if name not in now]
    if gone:
        also = f", and has {new[0]!r}, which was not" if new else ""
        raise DataError(
            f"{relation.name} has lost its column {gone[0]!r}, which was landed before{also}. Nothing was landed. "
            "Give the column back (a view with nulls will do), or begin a new lake: --data FOLDER."
        )
    changed = [name for name in now if name in before and before[name] != now[name]]
    if changed:
        name = changed[0]
        raise DataError(
            f"{relation.name}.{name} was {before[name]} when it was landed before, and is {now[name]} now. "
            "Nothing was landed. Cast it in a view, or begin a new lake: --data FOLDER."
        )
    return new
