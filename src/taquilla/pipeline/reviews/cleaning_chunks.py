"""Chunks of raw become files of the curated tables: some at a time, each of bounded size, seen by nobody yet."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import polars as pl

from taquilla.lake import Lake, LakeTable, Part
from taquilla.pipeline.reviews.review_tables import ROWS_PER_GROUP, ReviewTables, bounds_of
from taquilla.tables.cleaning import Cleaned
from taquilla.tables.review_layouts import find
from taquilla.tables.review_records import read_records

# Polars and Zstandard do not hold Python up: two chunks are cleaned while two others are packed and go to S3.
THREADS = 2
# Of raw's compressed bytes: cleaned at once, and made into one file. Two pieces of reviews make a file of some 40 MB,
# which the upkeep leaves as it is.
PIECE_BYTES, CHUNK_BYTES = 28 * 2**20, 54 * 2**20
# A work item has so many chunks at most: some two million reviews.
CHUNKS_PER_WORK = 16
# Repairs and quarantine are few rows a chunk: they wait for each other up to so many.
_FEW = 200_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file of raw."""

    path: str
    offset: int
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Work:
    """Chunks of one bucket, and which readings' records of them count."""

    lake: Lake
    kind: str
    bucket: int
    chunks: tuple[tuple[Piece, ...], ...]
    readings: tuple[int, ...]
    on_type_change: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was written; nobody sees it before it is published. superseded: rows that lost their key to another one.

    keys: of each part in `rows`, by its path, a hash of each row's key; the same in every process of one run.
    """

    rows: list[Part] = field(default_factory=list)
    replaced: list[Part] = field(default_factory=list)
    repairs: list[Part] = field(default_factory=list)
    quarantine: list[Part] = field(default_factory=list)
    superseded: int = 0
    keys: dict[str, pl.Series] = field(default_factory=dict)

    def __add__(self, other: "Made") -> "Made":
        return Made(
            self.rows + other.rows,
            self.replaced + other.replaced,
            self.repairs + other.repairs,
            self.quarantine + other.quarantine,
            self.superseded + other.superseded,
            self.keys | other.keys,
        )


def works_of(lake: Lake, tables: ReviewTables, readings: Sequence[int], on_type_change: str) -> list[Work]:
    """The work items of a kind: every bucket's files of raw that hold records of those readings."""
    if not readings:
        return []
    files = bounds_of(tables.raw, tables.raw.open(), "reading")
    wanted = [part for part, least, greatest in files if _may_hold(readings, least, greatest)]
    return [
        Work(lake, tables.kind.name, bucket, some, tuple(readings), on_type_change)
        for bucket in sorted({part.bucket for part in wanted})
        for some in _shared_out(_chunks([part for part in wanted if part.bucket == bucket]))
    ]


def _shared_out(chunks: list[tuple[Piece, ...]]) -> list[tuple[tuple[Piece, ...], ...]]:
    return [tuple(chunks[n : n + CHUNKS_PER_WORK]) for n in range(0, len(chunks), CHUNKS_PER_WORK)]


def _may_hold(readings: Sequence[int], least: object, greatest: object) -> bool:
    if not isinstance(least, int) or not isinstance(greatest, int):
        return True  # a file that does not tell
    return any(least <= reading <= greatest for reading in readings)


def _chunks(parts: Sequence[Part]) -> list[tuple[Piece, ...]]:
    chunks: list[tuple[Piece, ...]] = []
    held: list[Piece] = []
    for piece in (piece for part in parts for piece in _pieces(part)):
        if held and sum(one.size for one in held) + piece.size > CHUNK_BYTES:
            chunks.append(tuple(held))
            held = []
        held.append(piece)
    return [*chunks, tuple(held)] if held else chunks


def _pieces(part: Part) -> Iterator[Piece]:
    """A file in pieces of whole row groups."""
    groups = -(-part.rows // ROWS_PER_GROUP)
    per_piece = max(1, groups * PIECE_BYTES // max(part.size, 1)) * ROWS_PER_GROUP
    for offset in range(0, part.rows, per_piece):
        rows = min(per_piece, part.rows - offset)
        yield Piece(part.path, offset, rows, part.size * rows // part.rows)


def clean_chunks(work: Work) -> Made:
    """A work item's chunks as parts: cleaned, each row for itself."""
    tables = ReviewTables.of(work.lake, work.kind)
    made = Made()
    repairs, quarantine = _Few(tables.repairs, work.bucket), _Few(tables.quarantine, work.bucket)
    for part, keys, cleaned in _written(tables, work):
        if part is not None:
            made.rows.append(part)
            made.keys[part.path] = keys
        repairs.add(cleaned.repairs)
        quarantine.add(cleaned.quarantined)
    made.repairs.extend(repairs.parts())
    made.quarantine.extend(quarantine.parts())
    return made


def _written(tables: ReviewTables, work: Work) -> Iterator[tuple[Part | None, pl.Series, Cleaned]]:
    """Each chunk's rows as a part, with the hashes of their keys; and what else came of it.

    Who writes is another than who cleans: otherwise all would clean at once, and then all wait for S3.
    """
    pending: deque[Future[Future[tuple[Part | None, pl.Series, Cleaned]]]] = deque()
    with (
        ThreadPoolExecutor(THREADS, thread_name_prefix="packing") as packing,
        ThreadPoolExecutor(THREADS, thread_name_prefix="cleaning") as cleaning,
    ):

        def clean(chunk: Sequence[Piece]) -> Future[tuple[Part | None, pl.Series, Cleaned]]:
            return packing.submit(_write, tables, work.bucket, _clean(tables, work, chunk))

        for chunk in work.chunks:
            pending.append(cleaning.submit(clean, chunk))
            if len(pending) > 2 * THREADS - 1:
                yield pending.popleft().result().result()
        while pending:
            yield pending.popleft().result().result()


def _clean(tables: ReviewTables, work: Work, chunk: Sequence[Piece]) -> Cleaned:
    cleaned = [one for piece in chunk for one in _read(tables, work, piece)]
    return Cleaned(
        pl.concat([pl.DataFrame(schema=tables.curated.schema), *(one.rows for one in cleaned)]),
        pl.concat([pl.DataFrame(schema=tables.repairs.schema), *(one.repairs for one in cleaned)]),
        pl.concat([pl.DataFrame(schema=tables.quarantine.schema), *(one.quarantined for one in cleaned)]),
    )


def _write(tables: ReviewTables, bucket: int, cleaned: Cleaned) -> tuple[Part | None, pl.Series, Cleaned]:
    rows, told = cleaned.rows, replace(cleaned, rows=cleaned.rows.clear())
    keys = rows.select(key_hash(tables)).to_series()
    return (tables.curated.write_part(rows, bucket) if rows.height else None), keys, told


def _read(tables: ReviewTables, work: Work, piece: Piece) -> Iterator[Cleaned]:
    """A piece of raw, read by the layouts of its records."""
    part = Part(piece.path, work.bucket, piece.rows, piece.size)
    raw = tables.raw.scan_part(part).slice(piece.offset, piece.rows)
    counts = pl.col("error").is_null() & pl.col("reading").is_in(list(work.readings))
    rows = raw.filter(counts).with_columns(bucket=pl.lit(work.bucket, pl.Int64)).collect()
    for (name,), some in rows.group_by("layout", maintain_order=True):
        yield read_records(find(str(name), work.kind), some, on_type_change=work.on_type_change)


def key_hash(tables: ReviewTables) -> pl.Expr:
    """64 bits of a row's key: rows of one key have the same, and of two keys hardly ever."""
    return pl.struct(tables.kind.key).hash(1).alias("key")


@dataclass(slots=True)
class _Few:
    """Rows of a table of few rows, written when there are enough of them."""

    table: LakeTable
    bucket: int
    held: list[pl.DataFrame] = field(default_factory=list)
    made: list[Part] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        if rows.height:
            self.held.append(rows)
        if sum(one.height for one in self.held) > _FEW:
            self._write()

    def parts(self) -> list[Part]:
        """All of them, as parts."""
        if self.held:
            self._write()
        return self.made

    def _write(self) -> None:
        self.made.append(self.table.write_part(pl.concat(self.held), self.bucket))
        self.held.clear()
