"""Delta tables that others read in place (Spark, Athena, DuckDB, BI tools): plain columns, replaced whole."""

from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError

from taquilla.lake import s3
from taquilla.lake.table import ZSTD_LEVEL, committing, retrying

# The mark of a table: which state of the warehouse it shows.
STATE = "warehouse"
_ROWS_PER_GROUP = 100_000
# Long enough for any query that still reads an older version.
_KEEP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table at `uri`, a path or an s3:// address."""

    name: str
    uri: str

    def state(self) -> int | None:
        """Which state of the warehouse it shows; None: there is no such table yet."""
        handle = self._handle()
        return None if handle is None else handle.transaction_version(STATE)

    def replace(self, rows: pa.RecordBatchReader, state: int) -> int:
        """Put these rows in the place of all that is there, in one commit; how many there are now."""
        with s3.telling(self.uri):
            write_deltalake(
                self.uri,
                rows,
                mode="overwrite",
                schema_mode="overwrite",
                name=self.name,
                writer_properties=WriterProperties(
                    compression="ZSTD", compression_level=ZSTD_LEVEL, max_row_group_size=_ROWS_PER_GROUP
                ),
                commit_properties=committing({STATE: state}),
                storage_options=s3.storage_options(self.uri),
            )
            handle = DeltaTable(self.uri, storage_options=s3.storage_options(self.uri))
            hours = int(_KEEP.total_seconds() // 3600)
            retrying(lambda: handle.vacuum(retention_hours=hours, enforce_retention_duration=False, dry_run=False))
            return int(handle.count())

    def _handle(self) -> DeltaTable | None:
        with s3.telling(self.uri):
            try:
                return DeltaTable(self.uri, storage_options=s3.storage_options(self.uri))
            except TableNotFoundError:
                return None
