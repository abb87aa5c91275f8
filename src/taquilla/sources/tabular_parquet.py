"""A Parquet file as a table, with its types."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from taquilla.sources.objects import Place
from taquilla.sources.relations import Relation

_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """One file and what its footer tells."""

    place: Place
    schema: pa.Schema
    rows: int

    @classmethod
    def of(cls, place: Place) -> "ParquetFile":
        """DataError: it is damaged, or no Parquet."""
        with place.reading() as file:
            described = pq.ParquetFile(file)
            return cls(place, described.schema_arrow.remove_metadata(), described.metadata.num_rows)

    def describe(self, name: str) -> Relation:
        return Relation(name, self.schema, rows=self.rows)

    def count(self) -> int:
        return self.rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows in the file's order, a row group's pages at a time."""
        with self.place.reading() as file:
            yield from pq.ParquetFile(file).iter_batches(batch_size=_ROWS, columns=list(columns))
