"""Reads the warehouse for the command line."""

from pathlib import Path
from typing import Any

from taquilla.errors import DataError
from taquilla.warehouse import duckdb


def rows(warehouse: Path, sql: str, limit: int) -> list[dict[str, Any]]:
    """At most `limit` rows of a query, each as a dict. DataError: the query is wrong; the message says where."""
    with duckdb.connect(warehouse, confined=True) as connection:
        try:
            result: duckdb.Connection | None = connection.execute(sql)
            found = [] if result is None else result.fetchmany(limit)
        except duckdb.DatabaseError as error:
            raise DataError(f"{error}") from None
        # An empty statement has no result, whatever the library's types say.
        names = [] if result is None else [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]
