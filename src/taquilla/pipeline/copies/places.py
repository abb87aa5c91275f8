"""Where tables can be, and what opens each of them, to read or to write."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from taquilla.errors import DataError, SettingsError
from taquilla.lake import Lake
from taquilla.pipeline.addresses import Address, open_source, options_of
from taquilla.pipeline.copies.own_tables import LakeSource, WarehouseSource
from taquilla.pipeline.copies.targets import DatabaseTarget, FileTarget, LakeTarget, Target
from taquilla.sources.relations import BATCH_ROWS, Relation, Since, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taquilla.sources.sql import Database, SqlOptions

QUERY = "query"


@dataclass(frozen=True, slots=True)
class Places:
    """Where tables can be: databases by name, the lake, the warehouse; and where a copy keeps what it has read."""

    databases: "Mapping[str, SqlOptions]"
    lake: Lake
    warehouse: Path
    spools: Path


@contextmanager
def opened_source(address: Address, places: Places) -> Iterator[Source]:
    """The source behind any address, the lake and the warehouse too."""
    if address.kind == "lake":
        yield LakeSource(places.lake)
    elif address.kind == "warehouse":
        with closing(WarehouseSource(places.warehouse)) as warehouse:
            yield warehouse
    else:
        with open_source(address, places.databases) as source:
            yield source


@contextmanager
def opened_model(address: Address, places: Places) -> Iterator[Source]:
    """As `opened_source`; where there is no warehouse yet, the tables that it will have."""
    if address.kind == "warehouse" and not places.warehouse.exists():
        with closing(WarehouseSource.empty()) as warehouse:
            yield warehouse
    else:
        with opened_source(address, places) as source:
            yield source


@contextmanager
def opened_query(address: Address, places: Places, sql: str) -> Iterator[Source]:
    """A SELECT's rows as the only table, `query`, of a source. SettingsError: what is there takes no query."""
    if address.kind not in ("database", "warehouse") or address.relation:
        raise SettingsError(
            f"A query asks a database or the warehouse, and names its tables itself; {address.named()} is a "
            f"{'table' if address.relation else 'file or a folder'}. Such as: taquilla copy shop: rows.csv --query ..."
        )
    with opened_source(address, places) as source:
        # Both of these take queries.
        yield Query(cast("Database | WarehouseSource", source), sql)


class Query:
    """The rows of a SELECT as a source of one table."""

    def __init__(self, database: "Database | WarehouseSource", sql: str) -> None:
        self.name, self._database, self._sql = database.name, database, sql

    def relations(self) -> tuple[str, ...]:
        return (QUERY,)

    def describe(self, relation: str) -> Relation:
        """The columns that it gives. DataError: it is no SELECT."""
        return self._database.describe_query(self._sql)

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """All of its rows, in its own order."""
        return self._database.query(self._sql, batch_rows)

    def count(self, relation: str) -> int | None:
        return None

    def fingerprint(self, relation: str) -> str | None:
        return None

    def close(self) -> None:
        self._database.close()


@contextmanager
def opened_target(address: Address, places: Places, name: str, *, appends: bool) -> Iterator[Target]:
    """What takes the rows of a table called so where the address names none."""
    from taquilla.sources.sql import open_database

    if address.kind == "files":
        yield FileTarget(_one_file(address))
    elif address.kind == "lake":
        yield LakeTarget(places.lake, address.relation or f"copies.{name}")
    elif address.kind == "warehouse":
        raise SettingsError("The warehouse is made from the lake, and takes no copies. Copy into lake:copies.NAME.")
    else:
        with open_database(options_of(address, places.databases), read_only=False) as database:
            yield DatabaseTarget(database, address.relation or name, appends=appends)


def _one_file(address: Address) -> str:
    if address.relation:
        raise SettingsError(f"A file takes one table, and none by name. Write {address.place} without a colon.")
    if address.place.endswith("/") or ("://" not in address.place and Path(address.place).expanduser().is_dir()):
        example = f"{address.place.rstrip('/')}/rental.parquet"
        raise SettingsError(f"{address.place} is a folder. Name the file in it, such as {example}.")
    return address.place


def own_name(address: Address, relation: str) -> str:
    """What the table is called where it goes to: the lake's and the warehouse's layers stay behind."""
    return relation.rpartition(".")[2] if address.kind in ("lake", "warehouse") else relation


def chosen(source: Source, address: Address) -> str:
    """The table that is meant: the named one, or the only one there is. DataError: there are several, or none."""
    if address.relation is not None:
        return address.relation
    there = source.relations()
    if not there:
        raise DataError(f"{address.named()} has no table yet. Check the address.")
    if len(there) != 1:
        raise DataError(
            f"{address.named()} has {len(there)} tables. Name one of them, as in {_example(address, there)}: "
            f"{', '.join(there[:20])}{', ...' if len(there) > 20 else ''}"
        )
    return there[0]


def _example(address: Address, there: tuple[str, ...]) -> str:
    if address.kind == "files" and not address.place.lower().endswith((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")):
        return f"{address.place.rstrip('/')}:{there[0]}"
    return Address(address.kind, address.place, there[0]).named()
