"""curated → warehouse: pins one version of the curated tables and hands its files to the warehouse."""

from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl
from deltalake import DeltaTable

from taquilla.errors import UnavailableError
from taquilla.lake import Lake, LakeTable, s3
from taquilla.pipeline.film_tables import RAW_EXPORTS, RAW_FILMS, REBUILT, FilmTables
from taquilla.pipeline.runs import recent_runs
from taquilla.warehouse import duckdb, load, postgres
from taquilla.warehouse.rentals_load import is_rental_mark, rental_marks
from taquilla.warehouse.reviews_load import is_review_mark, review_marks

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection as PostgresConnection

# The newest rows of the platform's own tables; the lake has all of them.
RUNS_SHOWN, REJECTED_SHOWN = 1_000, 10_000
# What two warehouses that say the same agree in; "schema" is each one's own.
STATE = (load.FILMS, load.DETAILS, load.EXPORTS, load.REBUILT, "lake")


def load_films(lake: Lake, warehouse: Path, *, rebuild: bool = False, memory_limit: str | None = None) -> load.Loaded:
    """Bring the warehouse file up to what is curated; the whole of it where its schema or the lake is another one."""
    tables = FilmTables.of(lake)
    files = curated_files(tables)
    is_whole = rebuild or not _continues(warehouse, files)
    # A shop and reviews in the same file stay.
    keeps = is_present(warehouse) and (has_shop(warehouse) or has_reviews(warehouse))
    # Not beside DuckDB, which holds what it may: the account of a million films takes 0.8 GB by itself.
    ops = _ops(lake)
    with duckdb.replacing(warehouse, fresh=is_whole and not keeps, memory_limit=memory_limit) as connection:
        if is_whole and keeps:
            load.clear_films(connection)
        loaded = load.load_films(connection, files)
        load.load_ops(connection, *ops)
        return loaded


def publish_runs(lake: Lake, warehouse: Path, *, memory_limit: str | None = None) -> int:
    """Tell the warehouse of the steps since its load, the failed ones too; how many rows of runs it has now.

    A warehouse that is not there yet, or is another version's, is left to the next load.
    """
    if not is_present(warehouse):
        return 0
    runs, refused, accounts = _ops(lake)
    with duckdb.replacing(warehouse, memory_limit=memory_limit) as connection:
        load.load_ops(connection, runs, refused, accounts)
    return runs.height


def is_present(warehouse: Path) -> bool:
    """Whether there is a warehouse of this version."""
    if not warehouse.exists():
        return False
    with duckdb.connect(warehouse) as connection:
        marks = load.loaded_marks(connection) if duckdb.is_warehouse(connection) else {}
    return marks.get("schema") == duckdb.schema_version()


def is_of_another_version(warehouse: Path) -> bool:
    """Whether there is a file that the next load makes anew."""
    return warehouse.exists() and not is_present(warehouse)


def has_shop(warehouse: Path) -> bool:
    """Whether a shop was loaded into this warehouse, which is there."""
    with duckdb.connect(warehouse) as connection:
        return bool(rental_marks(connection))


def has_reviews(warehouse: Path) -> bool:
    """Whether reviews were loaded into this warehouse, which is there."""
    with duckdb.connect(warehouse) as connection:
        return bool(review_marks(connection))


def _ops(lake: Lake) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    from taquilla.pipeline.accounts import account
    from taquilla.pipeline.quarantine import rejected

    try:
        with s3.telling(lake.raw_root):
            return recent_runs(lake, RUNS_SHOWN), rejected(lake, REJECTED_SHOWN), account(lake).as_dict()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, FileNotFoundError) as error:
        raise UnavailableError(
            f"The lake's records cannot be counted: {str(error).splitlines()[0]}. The warehouse is as it was. "
            "If a file of the lake is damaged: taquilla curate --rebuild, then load again."
        ) from error


def curated_files(tables: FilmTables) -> load.CuratedFiles:
    """The files of one version of films and snapshots, and how far they have come."""
    films, snapshots = tables.films.open(), tables.snapshots.open()
    marks = {
        load.FILMS: films.transaction_version(RAW_FILMS) or 0,
        load.DETAILS: snapshots.transaction_version(RAW_FILMS) or 0,
        load.EXPORTS: snapshots.transaction_version(RAW_EXPORTS) or 0,
        load.REBUILT: films.transaction_version(REBUILT) or 0,
        "lake": crc32(str(films.metadata().id).encode()),
        "schema": duckdb.schema_version(),
    }
    return load.CuratedFiles(uris(tables.films, films), uris(tables.snapshots, snapshots), marks)


def uris(table: LakeTable, handle: DeltaTable) -> list[str]:
    """The files of that version, as paths here."""
    return table.local_files(handle)


def _continues(warehouse: Path, files: load.CuratedFiles) -> bool:
    """Whether the present file can be brought on: same schema, same lake, nothing built anew since, nothing lost."""
    if not warehouse.exists():
        return False
    with duckdb.connect(warehouse) as connection:
        marks = load.loaded_marks(connection) if duckdb.is_warehouse(connection) else {}
    return continues(marks, files)


def continues(marks: dict[str, int], files: load.CuratedFiles) -> bool:
    """Whether a warehouse with these marks can be brought on to `files`."""
    same = all(marks.get(name) == files.marks[name] for name in ("schema", "lake", load.REBUILT))
    return same and all(marks[name] <= files.marks[name] for name in (load.FILMS, load.DETAILS, load.EXPORTS))


def load_postgres(
    lake: Lake, options: postgres.PostgresOptions, *, rebuild: bool = False, memory_limit: str | None = None
) -> load.Loaded:
    """Bring the PostgreSQL warehouse and its marts up to what is curated; made anew where `load_films` would.

    One transaction: whatever fails, the warehouse is as it was. SettingsError: it is not there, not migrated, or not
    ours to write; UnavailableError: it does not answer, or stopped to; BusyError: somebody else loads.
    """
    files = curated_files(FilmTables.of(lake))
    with postgres.connect(options, read_only=False, resume="taquilla load") as connection:
        from taquilla.warehouse import migrating, postgres_load, staging

        marks = postgres_load.begin(connection)
        files.marks["schema"] = int(migrating.newest_revision())
        since = marks if continues(marks, files) and not rebuild else {}
        ops = _ops(lake)
        with staging.staging(files, since, memory_limit) as staged:
            loaded = postgres_load.load_films(connection, staged, files.marks)
        postgres_load.load_ops(connection, *ops)
        postgres_load.refresh(connection, loaded, is_whole=not since)
        return loaded


def publish_runs_postgres(lake: Lake, options: postgres.PostgresOptions) -> int:
    """As `publish_runs`; a warehouse that was never loaded is left to the next load."""
    with postgres.connect(options, read_only=False) as connection:
        from taquilla.warehouse import postgres_load

        if not postgres_load.begin(connection):
            return 0
        runs, refused, accounts = _ops(lake)
        postgres_load.load_ops(connection, runs, refused, accounts)
        postgres_load.refresh(connection, load.Loaded(0, 0), is_whole=False)
        return runs.height


def same_state(warehouse: Path, connection: "PostgresConnection") -> bool:
    """Whether the PostgreSQL warehouse says what the DuckDB file says: the same lake, as far, rebuilt as often."""
    from taquilla.warehouse import postgres_load

    with duckdb.connect(warehouse) as file:
        here = load.loaded_marks(file) if duckdb.is_warehouse(file) else {}
    there = postgres_load.loaded_marks(connection)
    told = {*STATE, *(name for name in (*here, *there) if is_rental_mark(name) or is_review_mark(name))}
    return bool(here) and all(here.get(name) == there.get(name) for name in told)
