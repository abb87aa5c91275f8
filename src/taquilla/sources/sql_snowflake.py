"""Snowflake, through its connector, which hands out Arrow.

Moments come as text: the connector's are nanoseconds, which end in 2262. NUMBER(38,0) is read as an integer of 64 bits,
and a larger one is told. VARIANT, OBJECT and ARRAY come as JSON. Rows go in by Parquet files, PUT and COPY INTO beside
the table; CREATE OR REPLACE … AS SELECT then takes its place in one statement, and the privileges stay.
"""

import contextlib
import hashlib
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import parquet
from sqlalchemy.engine.default import DefaultDialect

from taquilla.errors import DataError, NotInstalledError, SettingsError
from taquilla.sources.relations import Relation
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_ddl import ddl
from taquilla.sources.sql_driver import CATALOGUE, Column, Found, Progress
from taquilla.sources.sql_rows import check_count, own_columns, table_of
from taquilla.sources.sql_select import Path, Selection, quoted, rendered
from taquilla.sources.sql_select import column as named
from taquilla.sources.sql_text import batch, typed

# A COPY costs a second however small its file.
FILE_BYTES = 64 * 2**20
_CLOCK = "YYYY-MM-DD HH24:MI:SS.FF6"
_SESSION = {
    "TIMEZONE": "UTC",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": _CLOCK,
    "TIMESTAMP_OUTPUT_FORMAT": _CLOCK,
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS.FF6",
    "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False,
    "CLIENT_TELEMETRY_ENABLED": False,
}
# What the url may carry for the connector; host, port and protocol lead to a stand-in or a private link.
_PASSED = ("warehouse", "role", "host", "port", "protocol", "authenticator", "private_key_file")
_FIXED, _REAL, _DATE, _ZONED, _CLOCKS, _BINARY, _TIME, _BOOLEAN = 0, 1, 3, (6, 7), (4, 8), 11, 12, 13
_INT64_DIGITS, _ANY_INTEGER = 19, 38


def driver() -> Any:
    """snowflake.connector. NotInstalledError: it is not there."""
    try:
        import snowflake.connector
    except ImportError:
        raise NotInstalledError('Snowflake\'s connector is not installed: pip install "taquilla[snowflake]"') from None
    # It logs each query, and the stack of each failure that is raised as an error too.
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    return snowflake.connector


class Snowflake:
    """A database of a Snowflake account; each reading has a session of its own."""

    def __init__(self, address: Address, options: SqlOptions, read_only: bool) -> None:
        self.dialect = DefaultDialect(paramstyle="pyformat")
        self.address, self.options, self.read_only = address, options, read_only
        self._connector = driver()
        from taquilla.sources import sql_snowflake_errors

        self._errors = sql_snowflake_errors
        self._catalogue = self._connected()
        [[database, schema]] = self._ask("select current_database(), current_schema()")
        if database is None or schema is None:
            raise SettingsError(
                f"{address} is not there, or not for {address.user!r}. Mend DATABASE/SCHEMA in the url."
            )
        self._schema: str = schema

    def tables(self) -> Mapping[str, Path]:
        rows = self._ask(
            "select table_schema, table_name from information_schema.tables "
            "where upper(table_schema) <> 'INFORMATION_SCHEMA' order by 1, 2"
        )
        ours = {name: (schema, name) for schema, name in rows if schema == self._schema}
        return ours | {f"{schema}.{name}": (schema, name) for schema, name in rows if schema != self._schema}

    def columns(self, path: Path) -> list[Column]:
        rows = self._ask(f"describe table {quoted(path, self.dialect)}")
        return self._described(f"select * from {quoted(path, self.dialect)} limit 0", dict(row[:2] for row in rows))  # noqa: S608

    def key(self, path: Path) -> tuple[str, ...]:
        with self._told(CATALOGUE), self._catalogue.cursor() as cursor:
            cursor.execute(f"show primary keys in table {quoted(path, self.dialect)}")
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return tuple(row["column_name"] for row in sorted(rows, key=lambda row: int(row["key_sequence"])))

    def count(self, path: Path) -> int:
        return int(self._ask(f"select count(*) from {quoted(path, self.dialect)}")[0][0])  # noqa: S608 - a quoted name

    def read(
        self, selection: Selection, columns: Sequence[Column], batch_rows: int, found: Found
    ) -> Iterator[pa.RecordBatch]:
        sql, parameters = rendered(selection.statement(*map(_expression, columns)), self.dialect)
        return self._batches(sql, parameters, columns, batch_rows, selection.path[-1], found)

    def query_columns(self, sql: str) -> list[Column]:
        # As a subquery it can be nothing but a SELECT.
        return self._described(f"select * from (\n{sql}\n) limit 0", {})  # noqa: S608

    def query(self, sql: str, columns: Sequence[Column], batch_rows: int, found: Found) -> Iterator[pa.RecordBatch]:
        return self._batches(sql, None, columns, batch_rows, "query", found)

    def replace(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        with self._loaded(path, relation, batches, progress) as (cursor, staged, sent):
            target = quoted(path, self.dialect)
            cursor.execute(f"create or replace table {target} copy grants as select * from {staged}")  # noqa: S608
            if relation.key:
                # Snowflake checks no key: this tells readers which columns are one.
                cursor.execute(f"alter table {target} add primary key ({self._names(relation.key)})")
        return sent

    def append(self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress) -> int:
        names = self._names(relation.columns())
        with self._loaded(path, relation, batches, progress) as (cursor, staged, sent):
            target = quoted(path, self.dialect)
            cursor.execute(f"insert into {target} ({names}) select {names} from {staged}")  # noqa: S608 - quoted names
        return sent

    def _names(self, names: Iterable[str]) -> str:
        return ", ".join(quoted((name,), self.dialect) for name in names)

    def close(self) -> None:
        self._catalogue.close()

    @contextlib.contextmanager
    def _loaded(
        self, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress
    ) -> Iterator[tuple[Any, str, int]]:
        """A table beside the target that holds all rows, counted; it is gone at the end."""
        mark = hashlib.sha256(".".join(path).encode()).hexdigest()[:12].upper()
        *schema, _ = path
        new, stage = (*schema, f"TAQUILLA_NEW_{mark}"), f"TAQUILLA_FILES_{mark}"
        staged, relation, doing = quoted(new, self.dialect), table_of(relation), f"{path[-1]} was written"
        with contextlib.closing(self._connected()) as connection, self._told(doing), connection.cursor() as cursor:
            cursor.execute(f"drop table if exists {staged}")
            cursor.execute(ddl(relation, new, "snowflake").rstrip(";"))
            try:
                cursor.execute(f"create or replace temporary stage {stage}")
                sent = _sent(cursor, staged, stage, relation, batches, progress)
                [there] = cursor.execute(f"select count(*) from {staged}").fetchone()  # noqa: S608 - a quoted name
                check_count(sent, there, path[-1])
                yield cursor, staged, sent
            finally:
                cursor.execute(f"drop table if exists {staged}")

    def _batches(
        self, sql: str, parameters: Any, columns: Sequence[Column], batch_rows: int, name: str, found: Found
    ) -> Iterator[pa.RecordBatch]:
        with (
            contextlib.closing(self._connected()) as connection,
            self._told(f"{name} was read"),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, parameters)
            for table in cursor.fetch_arrow_batches():
                arrays = [_array(*pair, name, found) for pair in zip(table.columns, columns, strict=True)]
                for start in range(0, table.num_rows, batch_rows):
                    yield batch([array.slice(start, batch_rows) for array in arrays], columns)

    def _described(self, sql: str, declared: Mapping[str, str]) -> list[Column]:
        with self._told(CATALOGUE), self._catalogue.cursor() as cursor:
            cursor.execute(sql)
            return [_column(one, declared) for one in cursor.description]

    def _ask(self, sql: str) -> list[Any]:
        with self._told(CATALOGUE), self._catalogue.cursor() as cursor:
            return list(cursor.execute(sql).fetchall())

    def _told(self, doing: str = "") -> contextlib.AbstractContextManager[None]:
        return self._errors.told(self.address, self.options, doing)

    def _connected(self) -> Any:
        address, options = self.address, self.options
        database, _, schema = address.database.partition("/")
        with self._told():
            return self._connector.connect(
                user=address.user,
                password=options.password,
                account=address.host,
                database=database,
                schema=schema or "PUBLIC",
                login_timeout=max(round(options.connect_timeout_s), 1),
                network_timeout=max(round(options.read_timeout_s), 1),
                session_parameters=dict(_SESSION),
                **{name: value for name, value in address.query.items() if name in _PASSED},
            )


def _sent(
    cursor: Any, staged: str, stage: str, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress
) -> int:
    """Each file's cells go by place, so that no name of a column has to pass through Parquet and back."""
    places = ", ".join(f"$1:C{place}" for place in range(len(relation.schema)))
    sent = 0
    for number, table in enumerate(_files(own_columns(batches, relation))):
        with tempfile.TemporaryDirectory(prefix="taquilla-") as folder:
            file = FilePath(folder) / f"rows-{number:06}.parquet"
            parquet.write_table(_renamed(table), file)
            cursor.execute(f"put 'file://{file.as_posix()}' @{stage} auto_compress = false")
        cursor.execute(
            f"copy into {staged} from (select {places} from @{stage}/{file.name}) "  # noqa: S608 - names of our own
            "file_format = (type = parquet use_logical_type = true binary_as_text = false)"
        )
        sent += table.num_rows
        progress(sent)
    return sent


def _files(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for one in batches:
        held.append(one)
        if sum(each.nbytes for each in held) >= FILE_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _renamed(table: pa.Table) -> pa.Table:
    # Parquet's times are numbers to COPY.
    columns = [one.cast(pa.string()) if pa.types.is_time(one.type) else one for one in table.columns]
    return pa.Table.from_arrays(columns, names=[f"C{place}" for place in range(table.num_columns)])


def _column(described: Any, declared: Mapping[str, str]) -> Column:
    return Column(described.name, declared.get(described.name) or _told_type(described), _arrow_type(described))


def _arrow_type(described: Any) -> pa.DataType:
    code, digits, scale = described.type_code, described.precision, described.scale
    if code == _FIXED:
        if not scale and (digits <= _INT64_DIGITS or digits == _ANY_INTEGER):
            return pa.int64()
        return pa.decimal128(digits, scale)
    if code in _ZONED:
        return pa.timestamp("us", tz="UTC")
    if code in _CLOCKS:
        return pa.timestamp("us")
    plain = {_REAL: pa.float64(), _DATE: pa.date32(), _BINARY: pa.binary(), _BOOLEAN: pa.bool_()}
    return plain.get(code, pa.string())


def _told_type(described: Any) -> str:
    from snowflake.connector.constants import FIELD_ID_TO_NAME

    return str(FIELD_ID_TO_NAME.get(described.type_code, described.type_code)).lower()


def _expression(column: Column) -> sa.ColumnElement[Any]:
    plain = named(column.name)
    if column.declared.upper().startswith("TIME"):
        if getattr(column.type, "tz", None):
            utc = sa.func.convert_timezone(sa.literal_column("'UTC'"), plain)
            plain = sa.cast(utc, sa.TIMESTAMP())  # type: ignore[assignment]
        return sa.cast(plain, sa.VARCHAR())
    return plain


def _array(cells: pa.ChunkedArray, column: Column, relation: str, found: Found) -> Any:
    if pa.types.is_string(cells.type):
        return typed(cells, column, relation, found).combine_chunks()
    try:
        return cells.combine_chunks().cast(column.type)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{relation}.{column.name} is declared {column.declared}, and holds what cannot be read as "
            f"{column.type}: {error}. Read it by a query that casts it to varchar."
        ) from None
