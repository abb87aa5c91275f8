"""The warehouse as one DuckDB file: its tables, and how it is read and replaced.

A load works on a copy, `warehouse.new.duckdb`, and renames it: readers that have the old file open keep it until they
open anew, so serving and loading never wait for each other.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
from sqlalchemy import CheckConstraint, Column, Dialect, Table
from sqlalchemy.dialects import postgresql

from taquilla.errors import BusyError, DataError, UnavailableError
from taquilla.warehouse.marts import marts
from taquilla.warehouse.model import VIEWS, metadata, ops
from taquilla.warehouse.rentals_model import shop
from taquilla.warehouse.reviews_model import reviews

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error


def create_schema(connection: Connection) -> None:
    """Create every table, view and mart of the model in an empty database."""
    for statement in schema_statements():
        connection.execute(statement)
    connection.execute("insert into load_marks values ('schema', $version)", {"version": schema_version()})


def schema_statements() -> list[str]:
    """The DDL of the whole warehouse, in the order that it is run in."""
    return [
        "create schema mart",
        "create schema ops",
        "create schema shop",
        "create schema reviews",
        *(_create_table(table) for model in (metadata, ops, shop, reviews) for table in model.sorted_tables),
        *(f"create view {name} as {sql}" for name, sql in VIEWS.items()),
        *(f'create view mart."{mart.name}" as {mart.sql}' for mart in marts().values()),
    ]


def schema_version() -> int:
    """Another number whenever a table, a view or a mart is another one: an older file is then built anew."""
    return crc32("\n".join(schema_statements()).encode())


def is_warehouse(connection: Connection) -> bool:
    """Whether this database is one of ours."""
    found = connection.execute("select count(*) from duckdb_tables() where table_name = 'load_marks'").fetchone()
    return bool(found and found[0])


def _create_table(table: Table) -> str:
    """The table's DDL. No keys: DuckDB checks a key deleted and inserted in one transaction as if both were there;
    the contracts prove uniqueness before the load, and a test proves it after."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = [
        f'"{column.name}" {_type(column, dialect)}{"" if column.nullable else " not null"}' for column in table.columns
    ]
    # A table's constraints are a set: unsorted, every process would take the file for another version's.
    checks = sorted(f"check ({c.sqltext})" for c in table.constraints if isinstance(c, CheckConstraint))
    return f"create table {table.fullname} ({', '.join(columns + checks)})"


def _type(column: Column[Any], dialect: Dialect) -> str:
    # DuckDB orders text by its bytes, and knows that order by no name.
    return column.type.compile(dialect).removesuffix(' COLLATE "C"')


def connect(
    path: Path | str, *, read_only: bool = True, memory_limit: str | None = None, confined: bool = False
) -> Connection:
    """A connection in UTC. DataError: the file is no warehouse; UnavailableError: there is none yet; BusyError: another
    program has it open.

    confined: what a person asks reads the warehouse, and no other file.
    """
    if read_only and not Path(path).exists():
        raise UnavailableError(f"There is no warehouse at {path} yet. Make it with: taquilla run (or taquilla demo)")
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            # Up to the PID; a link to DuckDB's manual follows it.
            told = str(error).partition(" See also")[0].rstrip(".")
            raise BusyError(f"Another program has {path} open: {told}. Close it, then run again.") from error
        raise UnavailableError(
            f"Cannot open the warehouse {path}: {error}. Delete it; the next load makes it anew."
        ) from error
    except duckdb.Error as error:
        raise DataError(f"{path} is not a DuckDB file: {error}. Delete it; the next load makes it anew.") from error
    connection.execute("set timezone = 'UTC'")
    # Else a query could name a variable of ours as if it were a table.
    connection.execute("set python_enable_replacements = false")
    if confined:
        connection.execute("set enable_external_access = false")
    if memory_limit:
        connection.execute("set memory_limit = $limit", {"limit": memory_limit})
    return connection


@contextmanager
def replacing(path: Path, *, fresh: bool = False, memory_limit: str | None = None) -> Iterator[Connection]:
    """A connection to a copy of the warehouse in one open transaction; the block's end commits and renames it.

    fresh: begin with an empty database. When the block fails, the old file stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.stem}.new{path.suffix}")
    _remove(new)
    try:
        if path.exists() and not fresh:
            shutil.copyfile(path, new)
        connection = connect(new, read_only=False, memory_limit=memory_limit)
        try:
            connection.execute("begin")
            if fresh or not path.exists():
                create_schema(connection)
            yield connection
            connection.execute("commit")
            # close() would hide a checkpoint that fails, and the rename leave its rows behind in the .wal.
            connection.execute("checkpoint")
        finally:
            connection.close()
        new.replace(path)
    except OSError as error:
        raise UnavailableError(f"Cannot write {new}: {error.strerror}. The warehouse is as it was.") from error
    except duckdb.Error as error:
        raise UnavailableError(
            f"The load of {path} failed: {error}. The warehouse is as it was. "
            "If a file of the lake is damaged: taquilla curate --rebuild, then load again."
        ) from error
    finally:
        _remove(new)


def _remove(path: Path) -> None:
    for file in (path, path.with_name(path.name + ".wal")):
        file.unlink(missing_ok=True)
