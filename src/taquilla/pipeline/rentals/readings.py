"""One pass over a table of the source: whole, from where the last one stopped, or taken up where it was cut off.

    whole        its rows take the place of all that were read before
    since        only rows whose cursor (`last_update`) is as new as the last one seen, or newer: added to those before
    taken up     behind the last row that was landed, where the source has a key

Nothing is lost between a cut and what follows: what changed meanwhile in front of the cut is newer than the greatest
cursor of before it, and there the next pass begins, which is made at once.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import polars as pl
from deltalake import DeltaTable

from taquilla.lake.table import LANDED
from taquilla.pipeline.film_tables import micros
from taquilla.pipeline.rentals.shop_tables import (
    BASE,
    BEFORE_CUT,
    BEGAN,
    BEGAN_FROM,
    COMPLETE,
    CONTENT,
    CURSOR,
    FULL,
    ORIGIN,
    WHOLE,
    ShopTables,
    landed_schema,
)
from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation, Since, Source
from taquilla.sources.tabular import FileSource

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKS = (LANDED, BEGAN, BASE, WHOLE, BEGAN_FROM, BEFORE_CUT, COMPLETE, FULL, ORIGIN, CONTENT, CURSOR)


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over a table of the source.

    number: from 1. base: the row of raw that it begins at. since: where it begins in the source; None: it is the whole
    table. cursor: the column whose values grow with every change of a row. origin, content: what is read, as marks; no
    content where the source cannot tell. is_unchanged: there is nothing to read. known: the rows that count so far.
    may_empty: a whole table without any row is believed. notes: what is to be told of it. Of a pass that was cut off:
    landed: the rows that raw has of it; after: the key of the last of them; before_cut: the greatest cursor before the
    first cut, as a mark.
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
    known: int = 0
    may_empty: bool = False
    is_other: bool = False
    notes: tuple[str, ...] = ()
    landed: int = 0
    after: tuple[object, ...] | None = None
    before_cut: int = 0


def reading_of(
    tables: ShopTables,
    relation: Relation,
    source: Source,
    *,
    overlap_s: float,
    new_columns: bool = False,
    is_full: bool = False,
) -> Reading:
    """The pass to make over that table. new_columns: it has some that raw has not, so all its rows are read."""
    handle = tables.raw.open() if tables.raw.exists() else None
    marks = {name: (handle.transaction_version(name) or 0) if handle else 0 for name in _MARKS}
    origin, content = _digest(place_of(source)), content_of(source, relation.name)
    # A file cannot be entered in the middle; it says whether it has changed.
    cursor = None if content else _cursor(tables, relation)
    # A lake of an older version knows a folder by the name that it was called by.
    origins = (origin, _digest(source.name))
    is_same = marks[ORIGIN] in origins
    goes_on = is_same and marks[COMPLETE] > 0 and not is_full and not new_columns
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
        known=marks[COMPLETE] - marks[FULL],
        may_empty=is_full,
        is_other=marks[COMPLETE] > 0 and not is_same,
        notes=("read from another source before: all of it takes the place of what was there",)
        if marks[COMPLETE] and not is_same
        else (),
    )
    return reading if handle is None else _resumed(reading, marks, handle, origins)


def place_of(source: Source) -> str:
    """The address of files, the same in every working directory."""
    if not isinstance(source, FileSource) or Place(source.name).in_s3:
        return source.name
    return str(Path(source.name).expanduser().resolve())


def content_of(source: Source, relation: str) -> int:
    """What tells one content of a table from another, as a mark; 0 where the source cannot tell."""
    told = source.fingerprint(relation)
    return _digest(told) if told else 0


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


def _resumed(reading: Reading, marks: dict[str, int], handle: DeltaTable, origins: tuple[int, int]) -> Reading:
    """The pass that was cut off, where it can be taken up: of the same source, in the order of a key."""
    rows, key = marks[LANDED] - marks[BASE], reading.relation.key
    is_open = marks[BASE] >= marks[COMPLETE] and rows > 0
    is_same = marks[BEGAN_FROM] in origins and bool(marks[WHOLE]) == (reading.since is None)
    if not (is_open and is_same and key):
        return reading
    landed = reading.tables.raw.scan(handle).filter(pl.col("raw_seq") >= marks[BASE])
    last = landed.filter(pl.col("raw_seq") == marks[LANDED] - 1).select(key).collect()
    before_cut = marks[BEFORE_CUT] or _greatest(landed, reading.cursor)
    return replace(
        reading, number=marks[BEGAN], base=marks[BASE], landed=rows, after=last.row(0), before_cut=before_cut
    )


def _greatest(rows: pl.LazyFrame, cursor: str | None) -> int:
    """Never 0, which would say that nothing was cut off."""
    return 1 if cursor is None else max(1, cursor_mark(rows.select(pl.col(cursor).max()).collect()[cursor]))


def cursor_mark(values: pl.Series, *, at_most: datetime | None = None) -> int:
    """The greatest of a cursor's values, as a mark; 0 where there is none.

    at_most: of moments. One far in the future would hide every change that comes before it.
    """
    greatest = values.max()
    if isinstance(greatest, datetime):
        return micros(greatest if at_most is None else min(greatest, at_most))
    return int(greatest) if isinstance(greatest, int) else 0
