"""The lake and the warehouse as sources of tables, beside databases and files."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

import polars as pl
import pyarrow as pa

from taquilla.errors import DataError
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.copies.cells import plain
from taquilla.sources.relations import BATCH_ROWS, Relation, Since
from taquilla.sources.sql_select import wall_clock
from taquilla.warehouse import duckdb
from taquilla.warehouse.model import metadata
from taquilla.warehouse.rentals_model import shop
from taquilla.warehouse.reviews_model import reviews


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
        empty = pl.DataFrame(schema=_schema(table)).to_arrow(compat_level=pl.CompatLevel.oldest())
        return Relation(relation, _plain(empty.schema), rows=table.count())

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
        names = columns or _schema(table).names()
        rows = table.scan() if since is None else table.scan().filter(_later(since, _schema(table), relation))
        for chunk in table.chunks(rows.select(names), batch_rows):
            arrow = chunk.to_arrow(compat_level=pl.CompatLevel.oldest())
            yield from arrow.cast(_plain(arrow.schema)).to_batches()

    def count(self, relation: str) -> int | None:
        """How many rows the newest version has."""
        return self._table(relation).count()

    def fingerprint(self, relation: str) -> str | None:
        """The table and its version."""
        handle = self._table(relation).open()
        return f"{handle.metadata().id} {handle.version()}"

    def close(self) -> None:
        """There is nothing to give back."""

    def _table(self, name: str) -> LakeTable:
        if name not in self.relations():
            raise DataError(_unknown(f"The lake has no table {name!r}", name, self.relations()))
        return self._lake.table(name, pl.Schema())


def _schema(table: LakeTable) -> pl.Schema:
    """The table's columns, but for the one that says in which of its folders a row lies."""
    stored = pa.schema(table.open().schema().to_arrow())
    return pl.DataFrame(pa.schema([field for field in stored if field.name != "bucket"]).empty_table()).schema


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_type(plain(field.type)) for field in schema]).remove_metadata()


def _later(since: Since, schema: pl.Schema, relation: str) -> pl.Expr:
    """Rows of that value or a later one; a moment without an offset is UTC. DataError: there is no such column."""
    if since.column not in schema:
        raise DataError(_unknown(f"{relation} has no column {since.column!r}", since.column, schema.names()))
    _check_comparable(since, schema[since.column].is_numeric(), relation)
    column, value = pl.col(since.column), pl.lit(since.value)
    if isinstance(kind := schema[since.column], pl.Datetime):
        column = column if kind.time_zone is None else column.dt.replace_time_zone(None)
    if not isinstance(since.value, int):
        value = pl.lit(wall_clock(since.value))
    return column >= value


def _check_comparable(since: Since, is_number: bool, relation: str) -> None:
    if isinstance(since.value, int) != is_number:
        kind = "numbers" if is_number else "no numbers"
        raise DataError(
            f"{relation}.{since.column} holds {kind}, and rows since {since.value} were asked for. "
            "Give a value of its type, such as 2026-11-21T08:00:00 or 16000."
        )


class WarehouseSource:
    """The tables, views and marts of the DuckDB warehouse: `movies`, `mart.top_films`, `shop.fact_rental`."""

    name = "warehouse"

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(path, confined=True)

    @classmethod
    def empty(cls) -> Self:
        """The tables that a warehouse will have, without a row, where there is none yet."""
        warehouse = cls.__new__(cls)
        warehouse._connection = duckdb.connect(":memory:", read_only=False, confined=True)
        duckdb.create_schema(warehouse._connection)
        return warehouse

    def relations(self) -> tuple[str, ...]:
        """Every table and view, those of the schema `main` without its name."""
        return self._named("true")

    def tables(self) -> tuple[str, ...]:
        """The tables of films, rentals and reviews alone: what views and marts show is made of them."""
        return self._named("table_type = 'BASE TABLE' and table_schema in ('main', 'shop', 'reviews')")

    def _named(self, which: str) -> tuple[str, ...]:
        rows = self._connection.execute(
            f"""select case when table_schema = 'main' then '' else table_schema || '.' end || table_name
            from information_schema.tables where {which} order by table_schema, 1"""  # noqa: S608 - one of two
        ).fetchall()
        return tuple(str(name) for (name,) in rows)

    def describe(self, relation: str) -> Relation:
        """The columns, and the key that the model tells of. DataError: there is no such table."""
        empty = self._connection.sql(f"select * from {self._quoted(relation)} limit 0").to_arrow_table()  # noqa: S608
        fields = [field.with_nullable(field.name not in self._filled(relation)) for field in _plain(empty.schema)]
        return Relation(relation, pa.schema(fields), _key(relation), rows=self.count(relation))

    def _filled(self, relation: str) -> set[str]:
        """The columns that are never null."""
        schema, _, table = relation.rpartition(".")
        rows = self._connection.execute(
            "select column_name from information_schema.columns "
            "where table_schema = $schema and table_name = $table and is_nullable = 'NO'",
            {"schema": schema or "main", "table": table},
        ).fetchall()
        return {name for (name,) in rows}

    def describe_query(self, sql: str) -> Relation:
        """What the SELECT would give. DataError: it is no SELECT."""
        empty = self._asked(f"{sql.strip().rstrip(';')}\n) as q limit 0").to_arrow_table()
        return Relation("query", _plain(empty.schema))

    def query(self, sql: str, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT, in its order. DataError: it is no SELECT."""
        yield from self._asked(f"{sql.strip().rstrip(';')}\n) as q").to_arrow_reader(batch_rows)

    def _asked(self, rest: str) -> Any:
        try:
            # As a subquery it can be nothing but a SELECT.
            return self._connection.sql(f"select * from (\n{rest}")  # noqa: S608
        except duckdb.DatabaseError as error:
            said = str(error).splitlines()[0].rstrip(".")
            raise DataError(f"The warehouse: {said}. Mend the query; try it with: taquilla query") from None

    def read(
        self,
        relation: str,
        *,
        columns: Sequence[str] | None = None,
        since: Since | None = None,
        after: Sequence[object] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """The rows, in the order of the view where it has one. DataError: it has no such column."""
        named = ", ".join(_identifier(column) for column in columns) if columns else "*"
        only, told = "", {}
        if since is not None:
            described = self.describe(relation)
            if since.column not in described.columns():
                known = described.columns()
                raise DataError(_unknown(f"{relation} has no column {since.column!r}", since.column, known))
            kind = described.schema.field(since.column).type
            is_number = any(fits(kind) for fits in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))
            _check_comparable(since, is_number, relation)
            only, told = f"where {_identifier(since.column)} >= $since", {"since": since.value}
        asked = f"select {named} from {self._quoted(relation)} {only}"  # noqa: S608
        yield from self._connection.sql(asked, params=told).to_arrow_reader(batch_rows)

    def count(self, relation: str) -> int | None:
        """How many rows there are."""
        row = self._connection.execute(f"select count(*) from {self._quoted(relation)}").fetchone()  # noqa: S608
        return int(row[0]) if row else None

    def fingerprint(self, relation: str) -> str | None:
        """None: only reading would tell."""
        return None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _quoted(self, relation: str) -> str:
        """The name of a table that is there, as SQL."""
        if relation not in self.relations():
            raise DataError(_unknown(f"The warehouse has no table {relation!r}", relation, self.relations()))
        return ".".join(_identifier(part) for part in relation.split(".", 1))


def _key(relation: str) -> tuple[str, ...]:
    """DuckDB's tables have no keys; those of PostgreSQL, which are made from the same model, do."""
    tables = {table.fullname: table for model in (metadata, shop, reviews) for table in model.sorted_tables}
    return tuple(column.name for column in tables[relation].primary_key) if relation in tables else ()


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unknown(said: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 5, 0.4) or list(known)[:10]
    return f"{said}. There are: {', '.join(near) or 'none'}."
