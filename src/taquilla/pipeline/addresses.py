"""What a person writes for a source or a target of tables, and what opens it.

shop             a connection of the settings          shop:rental        one of its tables
Films_2.xlsx     a workbook                            Films_2.xlsx:film  one of its sheets
exports/         a folder of files                     rentals.csv, s3://bucket/rentals.parquet
sqlite:///shop.sqlite                                  sqlite:///shop.sqlite#rental
lake:curated.rentals                                   warehouse:mart.top_films
"""

import re
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
_KNOWN = (
    "Write a connection's name, mysql://, postgresql://, sqlite:/// or snowflake:// without a password, "
    "s3://bucket/key, lake:TABLE, warehouse:TABLE, or a path."
)
# user:password@host: keys may hold a stroke, too.
_SECRET = re.compile(r":.*@")


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
    """What the text names. SettingsError: it names nothing that there can be, or holds a password; it is not repeated.

    Nothing is looked up but a path, which may have a colon of its own.
    """
    if not text.strip():
        raise SettingsError(f"An address is empty. {_KNOWN}")
    head, _, tail = text.partition(":")
    scheme, is_url, _ = text.partition("://")
    if head in ("lake", "warehouse") and not is_url:
        return Address("lake" if head == "lake" else "warehouse", "", tail or None)
    if is_url:
        return _url(text, scheme)
    if head.lower() in databases:
        return Address("database", head.lower(), tail or None)
    return _file(text, databases)


def _url(text: str, scheme: str) -> Address:
    from taquilla.sources.objects import Place
    from taquilla.sources.sql_address import DIALECTS, address

    place, _, relation = text.partition("#")
    if scheme.partition("+")[0] in DIALECTS:
        address(place)
        return Address("database", place, relation or None)
    if scheme != "s3":
        raise SettingsError(f"{scheme}:// is no kind of address that is known. {_KNOWN}")
    bucket = text.removeprefix("s3://").partition("/")[0]
    # It refuses what holds a key, and says how to give it.
    Place("s3://@" if ":" in bucket else text)
    place, sign, relation = text.rpartition(":")
    return Address("files", place, relation) if sign and not relation.startswith("//") else Address("files", text)


def _file(text: str, databases: "Mapping[str, SqlOptions]") -> Address:
    """A path, with a sheet's name behind a colon where the path alone is there."""
    place, sign, relation = text.rpartition(":")
    if not sign or not place or not relation or Path(text).expanduser().exists():
        return Address("files", text)
    if _SECRET.search(text) and not Path(place).expanduser().exists():
        raise SettingsError(f"An address seems to hold a password, and is no path that is there. {_KNOWN}")
    if _is_name(place) and not Path(place).exists():
        raise SettingsError(no_connection(place, databases))
    return Address("files", place, relation)


def _is_name(text: str) -> bool:
    """Whether it could be a connection's name: a path has a dot or a stroke."""
    return not any(sign in text for sign in "./\\~")


def no_connection(name: str, databases: "Mapping[str, SqlOptions]") -> str:
    """That there is none of that name, and how to make one."""
    known = ", ".join(sorted(databases)) or "none is set"
    return (
        f"There is no connection and no file {name!r}. Known connections: {known}. "
        f"Set TAQUILLA_CONNECTIONS__{name.upper()}__URL, or write [connections.{name}] into the connections file."
    )


@contextmanager
def open_source(address: Address, databases: "Mapping[str, SqlOptions]") -> "Iterator[Source]":
    """The source behind an address; closed at the end of the block. Errors as `Source`."""
    from taquilla.sources.sql import open_database
    from taquilla.sources.tabular import open_files

    if address.kind == "files":
        if _is_name(address.place) and not Path(address.place).exists():
            raise SettingsError(no_connection(address.place, databases))
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
