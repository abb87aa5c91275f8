"""What a person writes for a source or a target of tables, and what opens it.

shop             a connection of the settings          shop:rental        one of its tables
Films_2.xlsx     a workbook                            Films_2.xlsx:film  one of its sheets
exports/         a folder of files                     rentals.csv, s3://bucket/rentals.parquet
sqlite:///shop.sqlite                                  sqlite:///shop.sqlite#rental
lake:curated.rentals                                   warehouse:mart.top_films
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from taquilla.errors import DataError, SettingsError

if TYPE_CHECKING:
    from taquilla.sources.relations import Source
    from taquilla.sources.sql import SqlOptions

Kind = Literal["database", "lake", "warehouse", "files"]
_URLS = ("mysql", "mariadb", "postgresql", "sqlite", "snowflake")


@dataclass(frozen=True, slots=True)
class Address:
    """A source or target: what kind it is, where, and the table that is meant; None where none is named.

    place: a connection's name or a database's address without a password, a path or an s3:// address; empty for the
    lake and the warehouse.
    """

    kind: Kind
    place: str
    relation: str | None = None

    def named(self) -> str:
        """As a person writes it."""
        if self.kind in ("lake", "warehouse"):
            return f"{self.kind}:{self.relation or ''}"
        sign = "#" if "://" in self.place and self.kind == "database" else ":"
        return f"{self.place}{sign}{self.relation}" if self.relation else self.place


@dataclass(frozen=True, slots=True)
class ShopOptions:
    """Where the shop's tables are, and how they are read.

    is_full: all of it, and not only what has changed. overlap_s: of the last change seen, read again.
    """

    address: Address
    databases: "Mapping[str, SqlOptions]"
    is_full: bool = False
    overlap_s: float = 60.0
    batch_rows: int = 100_000


def parse(text: str, databases: "Mapping[str, SqlOptions]") -> Address:
    """What the text names. SettingsError: it names nothing that there can be."""
    head, _, tail = text.partition(":")
    if head in ("lake", "warehouse") and not tail.startswith("//"):
        return Address("lake" if head == "lake" else "warehouse", "", tail or None)
    scheme, is_url, _ = text.partition("://")
    if is_url and scheme in _URLS:
        place, _, relation = text.partition("#")
        return Address("database", place, relation or None)
    if head.lower() in databases:
        return Address("database", head.lower(), tail or None)
    if is_url and scheme != "s3":
        raise SettingsError(f"{text!r} is no address that is known. Known: {', '.join(_URLS)}, s3; or a path.")
    return _file(text)


def _file(text: str) -> Address:
    """A path, with a sheet's name behind a colon where the path alone is there."""
    place, sign, relation = text.rpartition(":")
    if sign and place and relation and not relation.startswith("//") and ("://" in place or not Path(text).exists()):
        return Address("files", place, relation)
    return Address("files", text)


@contextmanager
def open_source(address: Address, databases: "Mapping[str, SqlOptions]") -> "Iterator[Source]":
    """The source behind an address; closed at the end of the block. Errors as `Source`."""
    from taquilla.sources.sql import open_database
    from taquilla.sources.tabular import open_files

    if address.kind == "files":
        with closing(open_files(address.place)) as files:
            yield files
    elif address.kind == "database":
        with closing(open_database(options_of(address, databases))) as database:
            yield database
    else:
        raise DataError(f"{address.named()} is no source of a shop's tables. Name a database, a workbook or a folder.")


def options_of(address: Address, databases: "Mapping[str, SqlOptions]") -> "SqlOptions":
    """How to reach the database of that address: a connection of the settings, or the address itself."""
    from taquilla.sources.sql import SqlOptions

    return databases.get(address.place) or SqlOptions(address.place)
