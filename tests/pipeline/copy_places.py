"""Where copies go in tests: databases by the names of connections, a lake and files in a folder of the test's own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from taquilla.lake import Lake
from taquilla.pipeline.addresses import Address, parse
from taquilla.pipeline.copies.copying import Copied, CopyOptions, copy
from taquilla.pipeline.copies.places import Places
from taquilla.pipeline.copies.reading import Progress
from taquilla.sources.relations import ERROR, LINE
from taquilla.sources.sql import SqlOptions
from taquilla.sources.tabular import open_files


@dataclass(slots=True)
class World:
    """Addresses as people write them, and copies between them. bucket: of the S3 server, where there is one."""

    folder: Path
    databases: dict[str, SqlOptions] = field(default_factory=dict)
    bucket: str = ""

    @property
    def places(self) -> Places:
        lake = Lake(str(self.folder / "lake"))
        return Places(self.databases, lake, self.folder / "warehouse.duckdb", self.folder / "_copies")

    def address(self, text: str) -> Address:
        return parse(text, self.databases)

    def copy(self, source: str, target: str, progress: Progress | None = None, **options: Any) -> Copied:
        silent: Progress = lambda doing, done, total: None  # noqa: E731
        given = CopyOptions(**options)
        return copy(self.address(source), self.address(target), self.places, given, progress=progress or silent)

    def file(self, name: str, text: str) -> str:
        """A file of that text."""
        path = self.folder / name
        path.write_text(text, "utf-8", newline="")
        return str(path)

    def parquet(self, name: str, table: pa.Table) -> str:
        """A Parquet file of that table."""
        pq.write_table(table, self.folder / name)
        return str(self.folder / name)


def rows(place: str) -> list[tuple[Any, ...]]:
    """What a file holds."""
    source = open_files(place)
    [name] = source.relations()
    table = pa.Table.from_batches(source.read(name), source.describe(name).schema)
    kept = [column for column in table.column_names if column not in (ERROR, LINE)]
    return [tuple(row.values()) for row in table.select(kept).to_pylist()]
