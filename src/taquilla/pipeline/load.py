"""curated → warehouse: pins one version of the curated tables and hands its files to the warehouse."""

from pathlib import Path
from zlib import crc32

from deltalake import DeltaTable

from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.accounts import account
from taquilla.pipeline.film_tables import RAW_EXPORTS, RAW_FILMS, REBUILT, FilmTables
from taquilla.pipeline.quarantine import rejected
from taquilla.pipeline.runs import recent_runs
from taquilla.warehouse import duckdb, load

# The newest rows of the platform's own tables; the lake has all of them.
RUNS_SHOWN, REJECTED_SHOWN = 1_000, 10_000


def load_films(lake: Lake, warehouse: Path, *, rebuild: bool = False, memory_limit: str | None = None) -> load.Loaded:
    """Bring the warehouse file up to what is curated; the whole of it where its schema or the lake is another one."""
    tables = FilmTables.of(lake)
    files = curated_files(tables)
    fresh = rebuild or not _continues(warehouse, files)
    with duckdb.replacing(warehouse, fresh=fresh, memory_limit=memory_limit) as connection:
        loaded = load.load_films(connection, files)
        _load_ops(connection, lake)
        return loaded


def publish_runs(lake: Lake, warehouse: Path, *, memory_limit: str | None = None) -> int:
    """Tell the warehouse of the steps since its load, the failed ones too; how many rows of runs it has now.

    A warehouse that is not there yet, or is another version's, is left to the next load.
    """
    if not _is_present(warehouse):
        return 0
    with duckdb.replacing(warehouse, memory_limit=memory_limit) as connection:
        return _load_ops(connection, lake)


def _is_present(warehouse: Path) -> bool:
    if not warehouse.exists():
        return False
    with duckdb.connect(warehouse) as connection:
        marks = load.loaded_marks(connection) if duckdb.is_warehouse(connection) else {}
    return marks.get("schema") == duckdb.schema_version()


def _load_ops(connection: duckdb.Connection, lake: Lake) -> int:
    runs = recent_runs(lake, RUNS_SHOWN)
    load.load_ops(connection, runs, rejected(lake, REJECTED_SHOWN), account(lake).as_dict())
    return runs.height


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
    return load.CuratedFiles(_uris(tables.films, films), _uris(tables.snapshots, snapshots), marks)


def _uris(table: LakeTable, handle: DeltaTable) -> list[str]:
    return [table.part_uri(part) for part in table.parts(handle) if part.rows]


def _continues(warehouse: Path, files: load.CuratedFiles) -> bool:
    """Whether the present file can be brought on: same schema, same lake, nothing built anew since, nothing lost."""
    if not warehouse.exists():
        return False
    with duckdb.connect(warehouse) as connection:
        marks = load.loaded_marks(connection) if duckdb.is_warehouse(connection) else {}
    same = all(marks.get(name) == files.marks[name] for name in ("schema", "lake", load.REBUILT))
    return same and all(marks[name] <= files.marks[name] for name in (load.FILMS, load.DETAILS, load.EXPORTS))
