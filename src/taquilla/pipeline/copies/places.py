"""Where tables can be, and what opens each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.addresses import Address, open_source
from taquilla.pipeline.copies.own_tables import LakeSource, WarehouseSource
from taquilla.sources.relations import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taquilla.sources.sql import SqlOptions


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
        warehouse = WarehouseSource(places.warehouse)
        try:
            yield warehouse
        finally:
            warehouse.close()
    else:
        with open_source(address, places.databases) as source:
            yield source


def chosen(source: Source, address: Address) -> str:
    """The table that is meant: the named one, or the only one there is. DataError: there are several."""
    if address.relation is not None:
        return address.relation
    there = source.relations()
    if len(there) != 1:
        raise DataError(
            f"{address.named()} has {len(there)} tables. Name one of them, as in {_example(address, there)}: "
            f"{', '.join(there[:20])}{', ...' if len(there) > 20 else ''}"
        )
    return there[0]


def _example(address: Address, there: tuple[str, ...]) -> str:
    return Address(address.kind, address.place, there[0] if there else "TABLE").named()
