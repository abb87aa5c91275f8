"""The shop's curated tables → the star in the warehouse: pins one version of each and hands its files over."""

from pathlib import Path
from zlib import crc32

from deltalake import DeltaTable

from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.load import has_shop, is_present, uris
from taquilla.pipeline.rentals.curate import REBUILT, SEEN, SINCE_FULL
from taquilla.pipeline.rentals.links import links_table
from taquilla.pipeline.rentals.shop_tables import shop_tables
from taquilla.warehouse import duckdb
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.rentals_curated import RentalFiles
from taquilla.warehouse.rentals_load import LoadedRentals, clear_rentals
from taquilla.warehouse.rentals_load import load_rentals as load_star

# The tables whose whole reading makes the facts anew: as many rows are written either way.
_FACTS = ("rentals", "payments")


def load_rentals(
    lake: Lake, warehouse: Path, *, rebuild: bool = False, memory_limit: str | None = None
) -> LoadedRentals:
    """Bring the star up to what is curated; all of it anew where it is of another lake, or was read whole again.

    A warehouse file that is not there yet, or is another version's, begins empty: the films' next load fills it too.
    """
    files = curated_files(lake)
    if not files.files and not (is_present(warehouse) and has_shop(warehouse)):
        return LoadedRentals(0, 0, is_whole=False)
    with duckdb.replacing(warehouse, fresh=not is_present(warehouse), memory_limit=memory_limit) as connection:
        if not files.files:
            clear_rentals(connection)
            return LoadedRentals(0, 0, is_whole=True)
        return load_star(connection, files, rebuild=rebuild)


def load_rentals_postgres(warehouse: Path, options: PostgresOptions) -> LoadedRentals:
    """Bring the star in PostgreSQL, and its marts, to what the warehouse file says; errors as `load_postgres`.

    One transaction, of its own: the films' tables and marks stay as they are.
    """
    if not is_present(warehouse):
        return LoadedRentals(0, 0, is_whole=False)
    with duckdb.connect(warehouse) as file, connect(options, read_only=False, resume="taquilla load") as connection:
        from taquilla.warehouse import postgres_load, rentals_postgres

        postgres_load.begin(connection)
        return rentals_postgres.load_rentals(connection, file)


def curated_files(lake: Lake) -> RentalFiles:
    """The files of one version of each curated table, and how far it has come."""
    files: dict[str, list[str]] = {}
    marks: dict[str, int] = {}
    lakes, rebuilds = [], []
    for tables in shop_tables(lake):
        if not tables.curated.exists():
            continue
        name, handle = tables.spec.curated, tables.curated.open()
        files[name] = uris(tables.curated, handle)
        files[f"quarantine.{name}"] = _uris(tables.quarantine)
        files.setdefault("rental_repairs", []).extend(_uris(tables.repairs))
        marks[f"curated.{name}"] = handle.transaction_version(SEEN) or 0
        lakes.append(handle.metadata().id)
        rebuilds.append((name, _rebuilds(handle, name)))
    links = links_table(lake)
    if files and links.exists():
        files["film_links"] = _uris(links)
        marks["curated.film_links"] = links.open().version()
    if files:
        marks["shop.lake"] = crc32(str(lakes[0]).encode())
        marks["shop.rebuilt"] = crc32(repr(rebuilds).encode())
    return RentalFiles(files, marks)


def _rebuilds(handle: DeltaTable, name: str) -> tuple[int, int]:
    whole = handle.transaction_version(SINCE_FULL) if name in _FACTS else 0
    return handle.transaction_version(REBUILT) or 0, whole or 0


def _uris(table: LakeTable) -> list[str]:
    return uris(table, table.open()) if table.exists() else []
