"""Where a copy goes: a table of a database, a file, or a table of the lake. Each takes all of it, or none."""

from collections.abc import Callable, Iterable
from typing import Protocol

import polars as pl
import pyarrow as pa

from taquilla.errors import SettingsError
from taquilla.lake import Lake, Part
from taquilla.pipeline.rentals.shop_tables import landed_type
from taquilla.sources.relations import Relation
from taquilla.sources.sql import Database

Progress = Callable[[int], None]
# Layers of the lake that Taquilla makes itself: a copy into them would be lost, or be taken for something else.
_OWN_LAYERS = ("raw", "curated", "quarantine", "ops")


class Target(Protocol):
    """Takes a table's rows."""

    def there(self) -> Relation | None:
        """The table as it is; None where there is none yet."""
        ...

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        """Take all rows in one go; how many it has taken. Whatever fails, the table is as it was."""
        ...


class DatabaseTarget:
    """A table of a database; appends: its rows stay, and the new ones are added in one transaction."""

    def __init__(self, database: Database, table: str, *, appends: bool) -> None:
        self._database, self._table, self._appends = database, table, appends

    def there(self) -> Relation | None:
        is_there = self._table in self._database.relations()
        return self._database.describe(self._table) if is_there else None

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        write = self._database.append if self._appends else self._database.replace
        return write(self._table, relation, iter(batches), progress=progress)


class FileTarget:
    """A file on disk or S3; its ending tells how it is written."""

    def __init__(self, place: str) -> None:
        self._place = place

    def there(self) -> Relation | None:
        # What is written over has no say in the types.
        return None

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        from taquilla.sources.tabular_writing import write_table

        return write_table(self._place, relation, iter(batches), progress=progress)


class LakeTarget:
    """A table of the lake, `copies.NAME`, as one version of a Delta table."""

    def __init__(self, lake: Lake, name: str) -> None:
        layer, _, table = name.partition(".")
        if layer in _OWN_LAYERS or not table.isidentifier():
            raise SettingsError(f"A copy into the lake is called lake:copies.NAME, and not lake:{name}.")
        self._lake, self._name = lake, name

    def there(self) -> Relation | None:
        return None

    def write(self, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        kinds = {name: landed_type(relation.schema.field(name).type) for name in relation.columns() if name != "bucket"}
        table = self._lake.table(self._name, pl.Schema({**kinds, "bucket": pl.Int64()}))
        parts: list[Part] = []
        for batch in batches:
            rows = pl.DataFrame(batch).select(pl.col(name).cast(kind) for name, kind in kinds.items())
            parts.append(table.write_part(rows, 0))
            progress(sum(part.rows for part in parts))
        table.publish(parts, replacing=table.parts(table.open()), marks={})
        return sum(part.rows for part in parts)
