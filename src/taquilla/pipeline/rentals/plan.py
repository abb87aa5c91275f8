"""What a landing is going to read: each of the shop's tables that the source has, whole or from where it stopped.

Every table is looked at before the first row is read, so that a table that is not as it was stops the landing before it
has begun.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.lake.table import LANDED
from taquilla.pipeline.film_tables import micros
from taquilla.pipeline.rentals.shop_tables import (
    BASE,
    BEGAN,
    BEGAN_FROM,
    COMPLETE,
    CONTENT,
    CURSOR,
    ORIGIN,
    WHOLE,
    ShopTables,
    landed_schema,
)
from taquilla.sources.relations import Relation, Since, Source
from taquilla.tables.cleaning import CleanTable
from taquilla.tables.rentals import SHOP, table_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over a table of the source.

    number: from 1. base: the row of raw that it begins at. since: where it begins in the source; None: it is the whole
    table. cursor: the column whose values grow with every change of a row. origin, content: what is read, as marks; no
    content where the source cannot tell. is_unchanged: there is nothing to read. landed, after: of a pass that was cut
    off, the rows that raw has of it and the key of the last of them.
    """

    tables: ShopTables
    relation: Relation
    number: int
    base: int
    since: Since | None
    cursor: str | None
    origin: int
    content: int
    is_unchanged: bool = False
    landed: int = 0
    after: tuple[object, ...] | None = None


def plan(
    lake: Lake, source: Source, *, buckets: int = 1, is_full: bool = False, overlap_s: float = 60.0
) -> list[Reading]:
    """The passes to make, in the order of `SHOP`. DataError: the source has no table of a shop, or not as it was."""
    readings = []
    for spec, name in _wanted(source):
        relation = _selected(source.describe(name), spec)
        tables = ShopTables.of(lake, spec, buckets=buckets, relation=relation)
        _check(tables, relation)
        reading = _reading(tables, relation, source, is_full=is_full, overlap_s=overlap_s)
        readings.append(reading)
    return readings


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


def _selected(relation: Relation, spec: CleanTable) -> Relation:
    """Without the columns that are never read: pictures, passwords."""
    fields = [field for field in relation.schema if spec.reads(field.name)]
    return replace(relation, schema=pa.schema(fields))


def _check(tables: ShopTables, relation: Relation) -> None:
    """DataError: a column is missing that is needed or was there before, or has another type than before."""
    if missing := tables.spec.missing(relation.columns()):
        raise DataError(
            f"{relation.name} has no column for {', '.join(missing)}; it has: {', '.join(relation.columns())}. "
            "Name it as Sakila does, or read it through a view. Nothing was landed."
        )
    before, now = tables.raw.schema, landed_schema(relation)
    gone = [name for name in before if name not in now]
    if gone:
        raise DataError(
            f"{relation.name} has lost its column {gone[0]!r}, which was landed before. Nothing was landed. "
            "Give the column back (a view with nulls will do), or begin a new lake: --data FOLDER."
        )
    changed = [name for name in now if name in before and before[name] != now[name]]
    if changed:
        name = changed[0]
        raise DataError(
            f"{relation.name}.{name} was {before[name]} when it was landed before, and is {now[name]} now. "
            "Nothing was landed. Cast it in a view, or begin a new lake: --data FOLDER."
        )


_MARKS = (LANDED, BEGAN, BASE, WHOLE, BEGAN_FROM, COMPLETE, ORIGIN, CONTENT, CURSOR)


def _reading(tables: ShopTables, relation: Relation, source: Source, *, is_full: bool, overlap_s: float) -> Reading:
    handle = tables.raw.open() if tables.raw.exists() else None
    marks = {name: (handle.transaction_version(name) or 0) if handle else 0 for name in _MARKS}
    told = source.fingerprint(relation.name)
    origin, content = _digest(source.name), _digest(told) if told else 0
    # A file cannot be entered in the middle; it says whether it has changed.
    cursor = None if told else _cursor(tables, relation)
    goes_on = marks[ORIGIN] == origin and marks[COMPLETE] > 0 and not is_full
    reading = Reading(
        tables,
        relation,
        number=marks[BEGAN] + 1,
        base=marks[LANDED],
        since=_since(cursor, marks[CURSOR], overlap_s, tables.raw.schema) if goes_on else None,
        cursor=cursor,
        origin=origin,
        content=content,
        is_unchanged=goes_on and content != 0 and marks[CONTENT] == content,
    )
    return reading if handle is None else _resumed(reading, marks, handle)


def _digest(text: str) -> int:
    # Never 0, which is the mark that is not there.
    return crc32(text.encode()) or 1


def _cursor(tables: ShopTables, relation: Relation) -> str | None:
    known = [name for name in relation.columns() if name.lower() in tables.spec.cursor]
    kinds = landed_schema(relation)
    # In text the greatest is not the newest.
    return next((name for name in known if isinstance(kinds[name], pl.Datetime | pl.Int64)), None)


def _since(cursor: str | None, greatest: int, overlap_s: float, schema: pl.Schema) -> Since | None:
    if cursor is None or not greatest:
        return None
    if isinstance(schema[cursor], pl.Int64):
        return Since(cursor, greatest)
    return Since(cursor, _EPOCH + timedelta(microseconds=greatest) - timedelta(seconds=overlap_s))


def _resumed(reading: Reading, marks: dict[str, int], handle: DeltaTable) -> Reading:
    """The pass that was cut off, where it can be taken up: of the same source, in the order of a key."""
    rows, key = marks[LANDED] - marks[BASE], reading.relation.key
    is_open = marks[BASE] >= marks[COMPLETE] and rows > 0
    is_same = marks[BEGAN_FROM] == reading.origin and bool(marks[WHOLE]) == (reading.since is None)
    if not (is_open and is_same and key):
        return reading
    last = reading.tables.raw.scan(handle).filter(pl.col("raw_seq") == marks[LANDED] - 1).select(key).collect()
    return replace(reading, number=marks[BEGAN], base=marks[BASE], landed=rows, after=last.row(0))


def cursor_mark(values: pl.Series) -> int:
    """The greatest of a cursor's values, as a mark; 0 where there is none."""
    greatest = values.max()
    if isinstance(greatest, datetime):
        return micros(greatest)
    return int(greatest) if isinstance(greatest, int) else 0
