"""One Delta table, on disk or in S3: its handle, what it has consumed, and how rows get in.

The rule that makes every write exactly once: open a handle, read from it how far the table has come, check that
this is where the batch begins, and write through that same handle. Delta refuses the second of two writers that
began from one state with the same mark; the loser opens the table anew, compares, and gives way.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from taquilla.errors import DataError, UnavailableError
from taquilla.lake import s3

T = TypeVar("T")

CHECKPOINT_EVERY = 100
# Row groups of this size keep a reader's memory at that many records, however large the file is.
ROWS_PER_GROUP = 2_000
LANDED, PURGED = "landed", "purged"
# Level 3 would save 5 % of the bytes and take half as long again.
ZSTD_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table, written but visible only once it is published."""

    path: str
    bucket: int
    rows: int
    size: int
    stats: str = "{}"

    def added(self) -> AddAction:
        values = {"bucket": str(self.bucket)}
        return AddAction(self.path, self.size, values, _now_ms(), data_change=True, stats=self.stats)

    def removed(self) -> RemoveAction:
        return RemoveAction(self.path, True, _now_ms(), self.size, {"bucket": str(self.bucket)})


_DAMAGED = "A file of {} is damaged: {}. Restore the lake's folder from a copy, then run the same command again."


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def retrying(write: Callable[[], T], *, attempts: int = 20) -> T:
    """What `write` returns, called anew while another writer gets in first."""
    for attempt in range(attempts):
        try:
            return write()
        except CommitFailedError:
            time.sleep(min(0.01 * 2**attempt, 0.5))
    raise UnavailableError(f"Other writers got in first {attempts} times in a row. Run the same command again.")


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A named Delta table, partitioned by the column `bucket`.

    rows_per_group: of its files, and of the chunks that it hands out. local: a folder for the parts of a table in S3 on
    their way there and back. keeps_local: parts stay there until `forget_local`, for the next step to read them here.
    """

    name: str
    uri: str
    schema: pl.Schema
    buckets: int = 1
    index: tuple[str, ...] = ()
    rows_per_group: int = ROWS_PER_GROUP
    local: Path | None = None
    keeps_local: bool = False

    def writer(self) -> WriterProperties:
        """How its files are written."""
        return WriterProperties(
            compression="ZSTD", compression_level=ZSTD_LEVEL, max_row_group_size=self.rows_per_group
        )

    def exists(self) -> bool:
        with s3.telling(self.uri):
            return DeltaTable.is_deltatable(self.uri, s3.storage_options(self.uri))

    def _handle(self) -> DeltaTable:
        return DeltaTable(self.uri, storage_options=s3.storage_options(self.uri))

    def open(self) -> DeltaTable:
        """A handle on the newest version; the table is created when it is not there.

        One that an older version of Taquilla made is given the columns that have come since, as null.
        """
        # Of two that make it or widen it at once, one is refused, and finds it done.
        with s3.telling(self.uri):
            return retrying(self._opened)

    def _opened(self) -> DeltaTable:
        try:
            return self._widened(self._handle())
        except TableNotFoundError:
            return self._create()

    def _widened(self, handle: DeltaTable) -> DeltaTable:
        known = {column.name for column in handle.schema().fields}
        if known >= set(self.schema.names()):
            return handle
        ours = Schema.from_arrow(pl.DataFrame(schema=self.schema).to_arrow().schema)
        handle.alter.add_columns([column for column in ours.fields if column.name not in known])
        return self._handle()

    def _create(self) -> DeltaTable:
        configuration = {
            "delta.checkpointInterval": str(CHECKPOINT_EVERY),
            "delta.logRetentionDuration": "interval 7 days",
            "taquilla.buckets": str(self.buckets),
        }
        if self.index:
            configuration["delta.dataSkippingStatsColumns"] = ",".join(self.index)
        arrow = pl.DataFrame(schema=self.schema).to_arrow().schema
        return DeltaTable.create(
            self.uri,
            schema=arrow,
            mode="ignore",
            partition_by=["bucket"],
            configuration=configuration,
            storage_options=s3.storage_options(self.uri),
            raise_if_key_not_exists=False,
        )

    def bucket_count(self) -> int:
        """How many buckets the table was created with, or will be."""
        if not self.exists():
            return self.buckets
        return int(self.open().metadata().configuration.get("taquilla.buckets", "1"))

    def mark(self, source: str) -> int | None:
        """How far this table has consumed `source`; None: not begun."""
        if not self.exists():
            return None
        with s3.telling(self.uri):
            return self._handle().transaction_version(source)

    def scan(self, handle: DeltaTable | None = None) -> pl.LazyFrame:
        """The table's rows, lazily; those of `handle`'s version where one is given; none where there is no table."""
        if handle is None and not self.exists():
            return pl.LazyFrame(schema=self.schema)
        handle = handle or self.open()
        # Polars takes the table's URI for a path: of a folder with a space or an accent it asks for `my%20films`.
        if "%" not in handle.table_uri:
            return pl.scan_delta(handle)
        files = [self.part_uri(part) for part in self.parts(handle)]
        if not files:
            return pl.LazyFrame(schema=self.schema)
        rows = pl.scan_parquet(
            files,
            glob=False,
            storage_options=s3.storage_options(self.uri),
            schema=self.schema,
            missing_columns="insert",
            hive_partitioning=True,
            hive_schema={"bucket": pl.Int64},
        )
        return rows.select(self.schema.names())

    def count(self) -> int:
        return int(self.open().count()) if self.exists() else 0

    # Landing: rows numbered without a gap, with the source's next position, in one commit.

    def land(self, rows: pl.DataFrame, *, source: str, begins: int, number: str = "raw_seq") -> int:
        """Append the rows that stand at `begins` and after in `source`, unless they are there already.

        Returns how many were new: all, none, or the tail of the batch. DataError: rows before `begins` are missing.
        """
        return retrying(lambda: self._land(rows, source, begins, number))

    def _land(self, rows: pl.DataFrame, source: str, begins: int, number: str) -> int:
        handle = self.open()
        position = handle.transaction_version(source)
        position = begins if position is None else position
        self._check_reached(source, position, begins)
        fresh = rows.slice(position - begins)
        if fresh.is_empty():
            return 0
        self._number_and_append(handle, fresh, number, {source: begins + rows.height})
        return fresh.height

    def land_streams(self, rows: pl.DataFrame, spans: Mapping[str, tuple[int, int]], *, number: str = "raw_seq") -> int:
        """Append a batch of several streams (`topic/partition`), with the next offset of each, in one commit.

        spans: each stream's (begins, ends): the offset where the batch begins in it, and the one after its end. Offsets
        may have holes; what another writer has landed meanwhile is left out. Returns how many rows were new.
        DataError: rows before `begins` are missing.
        """
        return retrying(lambda: self._land_streams(rows, spans, number))

    def _land_streams(self, rows: pl.DataFrame, spans: Mapping[str, tuple[int, int]], number: str) -> int:
        handle = self.open()
        positions = {}
        for stream, (begins, _) in spans.items():
            position = handle.transaction_version(stream)
            positions[stream] = begins if position is None else position
            self._check_reached(stream, positions[stream], begins)
        marks = {stream: ends for stream, (_, ends) in spans.items() if ends > positions[stream]}
        name = pl.concat_str("topic", pl.lit("/"), "partition")
        fresh = rows.filter(pl.col("offset") >= name.replace_strict(positions, return_dtype=pl.Int64))
        if fresh.height:
            self._number_and_append(handle, fresh, number, marks)
        elif marks:
            # The broker's own records, which nobody sees, end here.
            self._commit(handle, [], marks)
        return fresh.height

    def _check_reached(self, source: str, position: int, begins: int) -> None:
        if position < begins:
            raise DataError(
                f"{self.name} has read {source} up to {position:,}, the batch begins at {begins:,}: "
                f"{begins - position:,} rows are missing. Nothing was written."
            )

    def _number_and_append(self, handle: DeltaTable, rows: pl.DataFrame, number: str, marks: Mapping[str, int]) -> None:
        landed = handle.transaction_version(LANDED) or 0
        numbered = rows.with_columns(pl.int_range(landed, landed + rows.height, dtype=pl.Int64).alias(number))
        with s3.telling(self.uri):
            write_deltalake(
                handle,
                numbered.select(self.schema.names()),
                mode="append",
                writer_properties=self.writer(),
                commit_properties=committing({**marks, LANDED: landed + rows.height}),
            )

    def land_once(self, rows: pl.DataFrame, *, source: str, version: int, number: str = "raw_seq") -> int:
        """Append a source's whole version (an export's day), unless that or a later one is there; the rows appended."""

        def write() -> int:
            handle = self.open()
            if (handle.transaction_version(source) or 0) >= version:
                return 0
            self._number_and_append(handle, rows, number, {source: version})
            return rows.height

        return retrying(write)

    def append(self, rows: pl.DataFrame, *, number: str) -> None:
        """Append rows that have no source to come from twice."""
        retrying(lambda: self._number_and_append(self.open(), rows, number, {}))

    def note(self, marks: Mapping[str, int]) -> None:
        """Commit marks and no rows."""
        retrying(lambda: self.publish([], marks=marks))

    # Publishing: workers write parts, one commit makes them visible.

    def write_part(self, rows: pl.DataFrame | pl.LazyFrame, bucket: int) -> Part:
        """Write `rows` as a file of the table; nobody sees it before `publish`."""
        path = f"bucket={bucket}/{uuid.uuid4()}.parquet"
        file = self._folder() / path
        file.parent.mkdir(parents=True, exist_ok=True)
        frame = rows.lazy().drop("bucket", strict=False)
        frame.sink_parquet(file, compression="zstd", compression_level=ZSTD_LEVEL, row_group_size=self.rows_per_group)
        stats = self._stats(file)
        part = Part(path, bucket, json.loads(stats)["numRecords"], file.stat().st_size, stats)
        if s3.is_s3(self.uri):
            self._upload(file, part)
        return part

    def _upload(self, file: Path, part: Part) -> None:
        is_kept = False
        try:
            s3.upload(file, self.part_uri(part))
            is_kept = self.keeps_local
        finally:
            if not is_kept:
                file.unlink()

    def _folder(self) -> Path:
        """Where its parts are written: the table's own folder, or one here for what goes to S3."""
        if not s3.is_s3(self.uri):
            return Path(self.uri)
        if self.local is None:
            raise RuntimeError("a table in S3 needs a local folder")
        return self.local / self.name

    def _stats(self, file: Path) -> str:
        bounds = [
            e
            for name in self.index
            for e in (pl.col(name).min().alias(f"<{name}"), pl.col(name).max().alias(f">{name}"))
        ]
        row = pl.scan_parquet(file).select(pl.len().alias("rows"), *bounds).collect().row(0, named=True)
        lowest = {name: row[f"<{name}"] for name in self.index if row[f"<{name}"] is not None}
        highest = {name: row[f">{name}"] for name in self.index if row[f">{name}"] is not None}
        return json.dumps({"numRecords": row["rows"], "minValues": lowest, "maxValues": highest, "nullCount": {}})

    def parts(self, handle: DeltaTable, bucket: int | None = None) -> list[Part]:
        """The files of that version, of one bucket or of all."""
        files = pl.DataFrame(handle.get_add_actions(flatten=True))
        if files.is_empty():
            return []
        rows = files.select("path", "partition.bucket", "num_records", "size_bytes").iter_rows()
        return [Part(path, int(b), n, size) for path, b, n, size in rows if bucket is None or int(b) == bucket]

    def part_uri(self, part: Part) -> str:
        return f"{self.uri}/{part.path}"

    def scan_part(self, part: Part) -> pl.LazyFrame:
        """A part's rows, seen or not, without the column `bucket`."""
        if s3.is_s3(self.uri) and (here := self._folder() / part.path).exists():
            return pl.scan_parquet(here, hive_partitioning=False, glob=False)
        return pl.scan_parquet(
            self.part_uri(part), hive_partitioning=False, storage_options=s3.storage_options(self.uri)
        )

    def delete_part(self, part: Part) -> None:
        """Delete a part that nobody has seen yet."""
        if s3.is_s3(self.uri):
            s3.delete(self.part_uri(part))
            (self._folder() / part.path).unlink(missing_ok=True)
        else:
            Path(self.part_uri(part)).unlink()

    def local_files(self, handle: DeltaTable) -> list[str]:
        """The files of that version as paths here; those in S3 are fetched, and kept until no version needs them.

        A part never changes, so that the next call fetches what is new alone.
        """
        parts = [part for part in self.parts(handle) if part.rows]
        if not s3.is_s3(self.uri):
            return [self.part_uri(part) for part in parts]
        self.forget_local(parts)
        files = {part: self._folder() / part.path for part in parts}
        for part, file in files.items():
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                s3.download(self.part_uri(part), file)
        return [str(file) for file in files.values()]

    def forget_local(self, but: Sequence[Part] = ()) -> None:
        """Delete what was fetched from S3, except these parts."""
        if s3.is_s3(self.uri):
            kept = {self._folder() / part.path for part in but}
            for file in self._folder().rglob("*.parquet*"):
                if file not in kept:
                    file.unlink()

    def publish(self, parts: Sequence[Part], *, replacing: Sequence[Part] = (), marks: Mapping[str, int]) -> None:
        """Make `parts` visible in the place of `replacing`, and note the marks, in one commit."""
        actions = [part.added() for part in parts if part.rows] + [part.removed() for part in replacing]
        self._commit(self.open(), actions, marks)

    def _commit(
        self, handle: DeltaTable, actions: Sequence[AddAction | RemoveAction], marks: Mapping[str, int]
    ) -> None:
        with s3.telling(self.uri):
            handle.create_write_transaction(
                list(actions),
                mode="append",
                schema=handle.schema(),
                partition_by=["bucket"],
                commit_properties=committing(marks),
            )

    def chunks(self, rows: pl.LazyFrame, size: int | None = None) -> Iterator[pl.DataFrame]:
        """The rows, `size` at a time at most (a row group's). DataError: a file of the table is damaged.

        Polars' batches simply end where a file is cut off, so what was handed out is held against a count.
        """
        with s3.telling(self.uri):
            yield from self._chunks(rows, size or self.rows_per_group)

    def _chunks(self, rows: pl.LazyFrame, size: int) -> Iterator[pl.DataFrame]:
        given, expected = 0, self._collected(rows.select(pl.len())).item()
        for batch in rows.collect_batches(chunk_size=size, maintain_order=True):
            given += batch.height
            yield from batch.iter_slices(size)
        if given != expected:
            raise DataError(_DAMAGED.format(self.name, f"{given:,} of {expected:,} rows could be read"))

    def _collected(self, rows: pl.LazyFrame) -> pl.DataFrame:
        try:
            with s3.telling(self.uri):
                return rows.collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataError(_DAMAGED.format(self.name, str(error).splitlines()[0])) from None


def committing(marks: Mapping[str, int]) -> CommitProperties:
    """A commit that notes how far each source was consumed; it is never retried behind our back."""
    transactions = [Transaction(source, version) for source, version in marks.items()]
    return CommitProperties(app_transactions=transactions, max_commit_retries=0)
