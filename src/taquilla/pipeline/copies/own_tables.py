"""The lake and the warehouse as sources of tables, beside databases and files."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable
from taquilla.sources.relations import BATCH_ROWS, Relation, Since
from taquilla.warehouse import duckdb


class LakeSource:
    """The lake's tables, by their names: `curated.rentals`."""

    name = "lake"

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def relations(self) -> tuple[str, ...]:
        """Every table that is there."""
        return self._lake.names()

    def describe(self, relation: str) -> Relation:
        """The table's columns. DataError: there is no such table."""
        table = self._table(relation)
        return Relation(relation, pl.DataFrame(schema=_schema(table)).to_arrow().schema, rows=table.count())

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one version."""
        table = self._table(relation)
        rows = table.scan()
        if since is not None:
            rows = rows.filter(pl.col(since.column) >= since.value)
        for chunk in table.chunks(rows.select(columns or _schema(table).names()), batch_rows):
            yield from chunk.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    def count(self, relation: str) -> int | None:
        return self._table(relation).count()

    def fingerprint(self, relation: str) -> str | None:
        handle = self._table(relation).open()
        return f"{handle.metadata().id} {handle.version()}"

    def close(self) -> None:
        """There is nothing to give back."""

    def _table(self, name: str) -> LakeTable:
        if name not in self.relations():
            raise DataError(_unknown(f"The lake has no table {name!r}", name, self.relations()))
        return self._lake.table(name, pl.Schema())


def _schema(table: LakeTable) -> pl.Schema:
    return pl.DataFrame(pa.schema(table.open().schema().to_arrow()).empty_table()).schema


class WarehouseSource:
    """The tables, views and marts of the DuckDB warehouse: `movies`, `mart.top_films`, `shop.fact_rental`."""

    name = "warehouse"

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(path, confined=True)

    def relations(self) -> tuple[str, ...]:
        """Every table and view, those of the schema `main` without its name."""
        rows = self._connection.execute(
            """select case when table_schema = 'main' then '' else table_schema || '.' end || table_name
            from information_schema.tables order by 1"""
        ).fetchall()
        return tuple(str(name) for (name,) in rows)

    def describe(self, relation: str) -> Relation:
        """The columns. DataError: there is no such table."""
        empty = self._connection.sql(f"select * from {self._quoted(relation)} limit 0").to_arrow_table()  # noqa: S608
        return Relation(relation, empty.schema, rows=self.count(relation))

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows, in the order of the view where it has one."""
        named = ", ".join(_identifier(column) for column in columns) if columns else "*"
        only = f"where {_identifier(since.column)} >= $since" if since else ""
        told = {"since": since.value} if since else {}
        asked = f"select {named} from {self._quoted(relation)} {only}"  # noqa: S608
        yield from self._connection.sql(asked, params=told).to_arrow_reader(batch_rows)

    def count(self, relation: str) -> int | None:
        row = self._connection.execute(f"select count(*) from {self._quoted(relation)}").fetchone()  # noqa: S608
        return int(row[0]) if row else None

    def fingerprint(self, relation: str) -> str | None:
        return None

    def close(self) -> None:
        self._connection.close()

    def _quoted(self, relation: str) -> str:
        """The name of a table that is there, as SQL."""
        if relation not in self.relations():
            raise DataError(_unknown(f"The warehouse has no table {relation!r}", relation, self.relations()))
        return ".".join(_identifier(part) for part in relation.split(".", 1))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unknown(said: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 5, 0.4) or list(known)[:10]
    return f"{said}. There are: {', '.join(near) or 'none'}."
