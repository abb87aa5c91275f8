"""Curated reviews → the star in the warehouse: pins one version of each table and hands its files over."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.film_tables import REBUILT
from taquilla.pipeline.load import has_reviews, is_present, uris
from taquilla.pipeline.reviews.review_tables import ledger_of, review_tables
from taquilla.pipeline.reviews.score import RULES, signals_table
from taquilla.warehouse import duckdb
from taquilla.warehouse.postgres import PostgresOptions, connect
from taquilla.warehouse.reviews_curated import CURATED, ReviewFiles
from taquilla.warehouse.reviews_load import LoadedReviews, clear_reviews
from taquilla.warehouse.reviews_load import load_reviews as load_star

SIGNALS = "review_signals"
# Marks that move when the rows of one raw row may say something else: made anew, scored by other rules.
ANEW = (REBUILT, RULES)


def load_reviews(
    lake: Lake,
    warehouse: Path,
    *,
    goals: Mapping[str, float],
    now: datetime | None = None,
    rebuild: bool = False,
    memory_limit: str | None = None,
) -> LoadedReviews:
    """Bring the star up to what is curated; all of it anew where it is of another lake, or was curated anew.

    goals: by KPI. now: what is later was written in the future; the present moment where nobody says otherwise.
    A warehouse file that is not there yet, or is another version's, begins empty: the films' next load fills it too.
    """
    files = curated_files(lake)
    if not files.files and not (is_present(warehouse) and has_reviews(warehouse)):
        return LoadedReviews(0, 0, is_whole=False)
    with duckdb.replacing(warehouse, fresh=not is_present(warehouse), memory_limit=memory_limit) as connection:
        if not files.files:
            clear_reviews(connection)
            return LoadedReviews(0, 0, is_whole=True)
        return load_star(connection, files, goals=goals, now=now or datetime.now(UTC), rebuild=rebuild)


def load_reviews_postgres(warehouse: Path, options: PostgresOptions) -> LoadedReviews:
    """Bring the star in PostgreSQL, and its marts, to what the warehouse file says; errors as `load_postgres`.

    One transaction, of its own: the other subjects' tables and marks stay as they are.
    """
    if not is_present(warehouse):
        return LoadedReviews(0, 0, is_whole=False)
    with duckdb.connect(warehouse) as file, connect(options, read_only=False, resume="taquilla load") as connection:
        from taquilla.warehouse import postgres_load, reviews_postgres

        postgres_load.begin(connection)
        return reviews_postgres.load_reviews(connection, file)


def curated_files(lake: Lake) -> ReviewFiles:
    """The files of one version of each curated table, and how far it has come."""
    files: dict[str, list[str]] = {}
    marks: dict[str, int] = {}
    versions: list[tuple[str, int]] = []
    rebuilds: list[tuple[str, int]] = []
    for name, table in _tables(lake).items():
        if not table.exists():
            continue
        handle = table.open()
        files[name] = uris(table, handle)
        if name in CURATED:
            marks[f"curated.{name}"] = handle.version()
        else:
            versions.append((name, handle.version()))
        rebuilds += [(name, mark) for how in ANEW if (mark := handle.transaction_version(how))]
    if files:
        marks["reviews.lake"] = crc32(str(ledger_of(lake).open().metadata().id).encode())
        marks["reviews.rebuilt"] = crc32(repr(rebuilds).encode())
        marks["reviews.quarantine"] = crc32(repr(versions).encode())
    return ReviewFiles(files, marks)


def _tables(lake: Lake) -> dict[str, LakeTable]:
    """By the name that the warehouse knows them by."""
    found: dict[str, LakeTable] = {}
    for tables in review_tables(lake):
        name = tables.kind.name
        found |= {name: tables.curated, f"quarantine.{name}": tables.quarantine, "review_repairs": tables.repairs}
    return {**found, SIGNALS: signals_table(lake)} if found else {}
