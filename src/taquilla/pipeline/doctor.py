"""Looks at everything that the settings name: is it there, may we write, and what to type if not."""

import asyncio
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from taquilla.engines import EngineOptions
from taquilla.errors import SettingsError, TaquillaError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.addresses import ShopOptions
from taquilla.pipeline.doctor_services import (
    Check,
    database_checks,
    engine_check,
    server_checks,
    shop_check,
    stream_checks,
)
from taquilla.sources.kafka import KafkaOptions
from taquilla.sources.tmdb import TmdbClient, TmdbOptions
from taquilla.warehouse import duckdb, load
from taquilla.warehouse.postgres import PostgresOptions

if TYPE_CHECKING:
    from taquilla.sources.sql import SqlOptions

LOW_DISK = 2 * 2**30
LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Places:
    """What the settings name. kafka, postgres and shop: None where they name none."""

    data: Path
    lake: Callable[[], Lake]
    warehouse: Path
    tmdb: Callable[[], TmdbOptions]
    kafka: KafkaOptions | None = None
    postgres: PostgresOptions | None = None
    databases: "Mapping[str, SqlOptions]" = field(default_factory=dict)
    shop: ShopOptions | None = None
    engine: EngineOptions = field(default_factory=EngineOptions)


def checks(places: Places) -> Iterator[Check]:
    """Each check in turn, with a next step where it failed; none raises."""
    for check in _looked_at(places):
        yield replace(check, next_step="") if check.ok else check


def checked(places: Places, wait_s: float = 0) -> list[Check]:
    """All checks; looked at again while one fails, for that many seconds at most."""
    until = time.monotonic() + wait_s
    while True:
        found = list(checks(places))
        if all(check.ok is not False for check in found) or time.monotonic() >= until:
            return found
        time.sleep(min(LOOK_AGAIN_S, max(0.0, until - time.monotonic())))


def _looked_at(places: Places) -> Iterator[Check]:
    yield Check("python", sys.version_info >= (3, 11), platform.python_version(), "Install Python 3.11 or newer.")
    yield Check("libraries", True, ", ".join(f"{name} {version(name)}" for name in ("polars", "deltalake", "duckdb")))
    yield _disk(places.data)
    yield from _lake(places.lake)
    yield _warehouse(places.warehouse)
    yield _tmdb(places.tmdb)
    yield engine_check(places.engine)
    if places.kafka is not None:
        yield from stream_checks(places.kafka, places.lake)
    if places.postgres is not None:
        yield from server_checks(places.postgres)
    yield from database_checks(places.databases)
    if places.shop is not None:
        yield shop_check(places.shop)


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(_existing(data)).free
    return Check("disk", free > LOW_DISK, f"{free / 2**30:.1f} GiB free", "Free some space, or set TAQUILLA_DATA.")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.absolute().parent)


def _lake(build: Callable[[], Lake]) -> Iterator[Check]:
    try:
        lake = build()
    except SettingsError as error:
        # Before any folder is made: "s3://bucket" is a path too.
        yield Check("lake", False, "cannot be used", str(error))
        return
    for what, root, variable in (
        ("lake", lake.raw_root, "TAQUILLA_LAKE__ROOT"),
        ("curated lake", lake.curated_root, "TAQUILLA_LAKE__CURATED_ROOT"),
    ):
        if root:
            yield _answers(what, lake, root) if "://" in root else _writable(what, Path(root), variable)


def _answers(what: str, lake: Lake, root: str) -> Check:
    try:
        return Check(what, True, f"{root} answers, {len(lake.names()):,} tables")
    except TaquillaError as error:
        return Check(what, False, str(error), "See the message beside.")


def _writable(what: str, folder: Path, variable: str) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check(what, True, f"{folder} can be written")
    except OSError as error:
        return Check(what, False, f"{folder}: {error.strerror}", f"Mend its permissions, or set {variable}.")


def _warehouse(path: Path) -> Check:
    if not path.exists():
        return Check("warehouse", None, f"{path} is not there yet", "Make it with: taquilla run")
    try:
        with duckdb.connect(path) as connection:
            marks = load.loaded_marks(connection) if duckdb.is_warehouse(connection) else {}
            films = connection.execute("select count(*) from movies").fetchone() if marks else None
    except TaquillaError as error:
        return Check("warehouse", False, "cannot be opened", str(error))
    except duckdb.DatabaseError as error:
        return Check("warehouse", False, f"{path}: {error}", "Make it anew with: taquilla load --rebuild")
    if films is None:
        return Check("warehouse", False, f"{path} is no warehouse of Taquilla", "Delete it, then: taquilla load")
    current = marks.get("schema") == duckdb.schema_version()
    found = f"{path}: {films[0]:,} films" + ("" if current else ", of an older version; the next load makes it anew")
    return Check("warehouse", True, found)


def _tmdb(options: Callable[[], TmdbOptions]) -> Check:
    async def ask() -> str:
        given = options()
        async with TmdbClient(given) as tmdb:
            await tmdb.check()
        return f"{given.base_url} answers and takes the token"

    try:
        return Check("tmdb", True, asyncio.run(ask()))
    except UnavailableError as error:
        return Check("tmdb", False, str(error))
    except TaquillaError as error:
        return Check("tmdb", False, "cannot be asked", str(error))
