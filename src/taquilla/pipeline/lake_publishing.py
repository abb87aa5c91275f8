"""The warehouse's star schemas and marts → Delta tables in the lake, which Spark, Athena and BI tools read in place.

    warehouse.duckdb   reviews.fact_review   ──▶   <curated root>/reviews/fact_review
                       mart.review_kpis      ──▶   <curated root>/mart/review_kpis

One state of the warehouse, each table replaced in one commit that says which state it is: what shows that state already
is not written again, so that a run that was cut off goes on where it stopped.
"""

# ruff: noqa: S608 - the names in these statements come from the model, never from input.

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pyarrow as pa

from taquilla.errors import SettingsError, UnavailableError
from taquilla.lake import Lake
from taquilla.lake.opened import OpenTable
from taquilla.warehouse import duckdb
from taquilla.warehouse.load import loaded_marks
from taquilla.warehouse.marts import marts
from taquilla.warehouse.model import VIEWS, metadata
from taquilla.warehouse.rentals_model import shop
from taquilla.warehouse.reviews_model import reviews

# The films' tables have no schema of their own in the warehouse.
FILMS = "films"
_PLUMBING = ("load_marks",)
_BATCH_ROWS = 50_000
# Sums of whole numbers: 38 digits serve nobody, and few readers take them.
_WIDE = pa.decimal128(38, 0)


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """Rows by table of those that were written, and the names of those that were level already."""

    rows: dict[str, int]
    unchanged: tuple[str, ...]


def publishable() -> dict[str, str]:
    """Every table that can be published, as it is called in the lake, and as it is in the warehouse."""
    tables = {t.fullname: t.fullname for model in (shop, reviews) for t in model.sorted_tables}
    films = {f"{FILMS}.{name}": name for name in (*(t.name for t in metadata.sorted_tables), *VIEWS)}
    films = {name: table for name, table in films.items() if table not in _PLUMBING}
    return {**films, **tables, **{f"mart.{name}": f'mart."{name}"' for name in marts()}}


def publish_lake(
    lake: Lake,
    warehouse: Path,
    *,
    only: Collection[str] = (),
    memory_limit: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PublishedTables:
    """Bring the lake's copies of the star schemas and marts up to the warehouse file.

    only: names (`mart.review_kpis`) or whole schemas (`reviews`); all where none is named. SettingsError: there is none
    of that name. UnavailableError: there is no warehouse yet.
    """
    wanted = _wanted(only)
    rows: dict[str, int] = {}
    unchanged: list[str] = []
    with duckdb.connect(warehouse, memory_limit=memory_limit) as connection:
        loaded = _state(connection)
        # A mart may speak of runs, too, which change the file and not its marks.
        told = crc32(f"{loaded} {warehouse.stat().st_mtime_ns}".encode())
        for done, (name, table) in enumerate(wanted.items()):
            progress(done, len(wanted))
            state = told if name.startswith("mart.") else loaded
            opened = OpenTable(name, lake.uri(name))
            if opened.state() == state:
                unchanged.append(name)
                continue
            rows[name] = opened.replace(_rows(connection, table), state)
    progress(len(wanted), len(wanted))
    return PublishedTables(rows, tuple(unchanged))


def _wanted(only: Collection[str]) -> dict[str, str]:
    known = publishable()
    schemas = {name.partition(".")[0] for name in known}
    if unknown := [name for name in only if name not in known and name not in schemas]:
        raise SettingsError(
            f"The warehouse has no table {unknown[0]!r} to publish. Name a schema ({', '.join(sorted(schemas))}) or "
            "one of its tables, such as mart.kpis."
        )
    return {n: table for n, table in known.items() if not only or n in only or n.partition(".")[0] in only}


def _state(connection: duckdb.Connection) -> int:
    """A number of what was loaded: another one whenever a load has changed anything."""
    marks = loaded_marks(connection)
    if not marks:
        raise UnavailableError("The warehouse is empty. Load it first: taquilla load")
    return crc32(repr(sorted(marks.items())).encode())


def _rows(connection: duckdb.Connection, table: str) -> pa.RecordBatchReader:
    found = connection.sql(f"select * from {table}").to_arrow_reader(_BATCH_ROWS)
    schema = pa.schema([_plain(field) for field in found.schema])
    return pa.RecordBatchReader.from_batches(schema, (_cast(batch, schema) for batch in found))


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(pa.int64()) if field.type == _WIDE else field


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns: Sequence[pa.Array] = [column.cast(kind) for column, kind in zip(batch.columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
