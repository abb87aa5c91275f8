"""Where a copy goes: a table of a database, a file, or a table of the lake. Each takes all of it, or none."""

from collections.abc import Callable, Iterable
from typing import Protocol

import polars as pl
import pyarrow as pa

from taquilla.errors import SettingsError
from taquilla.lake import Lake, LakeTable, Part
from taquilla.lake.upkeep import tidy
from taquilla.pipeline.copies.cells import plain
from taquilla.pipeline.copies.leftovers import clear_leftovers
from taquilla.pipeline.rentals.shop_tables import ROWS_PER_GROUP, landed_type
from taquilla.sources.relations import Relation
from taquilla.sources.sql import Database

Progress = Callable[[int], None]
# Layers of the lake that Taquilla makes itself: a copy into them would be lost, or be taken for something else.
_OWN_LAYERS = ("raw", "curated", "quarantine", "ops")
_BUCKET = "bucket"


class Target(Protocol):
    """Takes a table's rows. has_types: it keeps more than text."""

    has_types: bool

    def there(self) -> Relation | None:
        """The table as it is, where that says how its rows must be; None where it does not."""
        ...

    def type_for(self, kind: pa.DataType) -> pa.DataType:
        """The type that it has for such a column of a new table."""
        ...

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        """Take all rows in one go; how many it has taken. Whatever fails, the table is as it was."""
        ...


def database_type(kind: pa.DataType) -> pa.DataType:
    """The one that databases have for it: lists become JSON, and times keep six digits behind the second."""
    kind = plain(kind.value_type if pa.types.is_dictionary(kind) else kind)
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_time(kind):
        return pa.time64("us")
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else kind


class DatabaseTarget:
    """A table of a database; appends: its rows stay, and the new ones are added in one transaction."""

    has_types = True

    def __init__(self, database: Database, table: str, *, appends: bool) -> None:
        self._database, self._table, self._appends = database, table, appends

    def there(self) -> Relation | None:
        is_there = self._appends or self._table in self._database.relations()
        return self._database.describe(self._table) if is_there else None

    def type_for(self, kind: pa.DataType) -> pa.DataType:
        return database_type(kind)

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        write = self._database.append if self._appends else self._database.replace
        return write(self._table, relation, iter(batches), progress=progress)


class FileTarget:
    """A file on disk or S3; its ending tells how it is written, and what is written over has no say in it."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.has_types = place.lower().endswith(".parquet")

    def there(self) -> Relation | None:
        return None

    def type_for(self, kind: pa.DataType) -> pa.DataType:
        return kind

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        from taquilla.sources.tabular_writing import write_table

        clear_leftovers(self._place)
        return write_table(self._place, relation, iter(batches), progress=progress)


class LakeTarget:
    """A table of the lake, `copies.NAME`, as one version of a Delta table; moments without an offset are UTC there."""

    has_types = True

    def __init__(self, lake: Lake, name: str) -> None:
        layer, _, table = name.partition(".")
        if layer in _OWN_LAYERS or not layer.isidentifier() or not table.isidentifier():
            raise SettingsError(f"A copy into the lake is called lake:copies.NAME, and not lake:{name}.")
        self._lake, self._name = lake, name

    def there(self) -> Relation | None:
        """A Delta table keeps the columns that it was made with."""
        table = self._table(pl.Schema())
        if not table.exists():
            return None
        stored = pa.schema(table.open().schema().to_arrow())
        fields = [pa.field(field.name, plain(field.type)) for field in stored if field.name != _BUCKET]
        return Relation(self._name, pa.schema(fields))

    def type_for(self, kind: pa.DataType) -> pa.DataType:
        return plain(pl.DataFrame(schema={"column": landed_type(kind)}).to_arrow().schema[0].type)

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        kinds = {name: landed_type(relation.schema.field(name).type) for name in relation.columns()}
        kinds.pop(_BUCKET, None)
        table = self._table(pl.Schema({**kinds, _BUCKET: pl.Int64()}))
        parts: list[Part] = []
        try:
            for batch in batches:
                rows = pl.DataFrame(batch).select(pl.col(name).cast(kind) for name, kind in kinds.items())
                parts.append(table.write_part(rows, 0))
                progress(sum(part.rows for part in parts))
            table.publish(parts, replacing=table.parts(table.open()), marks={})
        except BaseException:
            for part in parts:
                table.delete_part(part)
            raise
        # Also what copies that were killed have left, a day later.
        tidy(table)
        return table.count()

    def _table(self, schema: pl.Schema) -> LakeTable:
        return self._lake.table(self._name, schema, rows_per_group=ROWS_PER_GROUP)
