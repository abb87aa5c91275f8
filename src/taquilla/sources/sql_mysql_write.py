"""Rows into MySQL and MariaDB by LOAD DATA LOCAL INFILE, or by INSERTs of many rows where the server forbids that.

A table is replaced by swapping names in one RENAME TABLE; rows are appended in one transaction. Secondary indexes of a
replaced table are not made again. Where foreign keys or triggers hold on to the table it is not replaced.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pymysql

from taquilla.errors import BusyError, DataError
from taquilla.sources.relations import Relation
from taquilla.sources.sql_ddl import ddl
from taquilla.sources.sql_rows import (
    SUFFIX_NEW,
    SUFFIX_OLD,
    check_count,
    check_dependents,
    own_columns,
    rows,
    staging,
    table_of,
    write_csv,
)

NAME_BYTES = 64
# A value that does not fit is an error and no warning, and 0 is 0 in a column that counts by itself.
_SESSION = "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', autocommit = 0"
_DEPENDENTS = """
select concat('foreign key ', constraint_name, ' of ', table_name) from information_schema.key_column_usage
where referenced_table_schema = database() and referenced_table_name = %(table)s and table_name <> %(table)s
union select concat('trigger ', trigger_name) from information_schema.triggers
where event_object_schema = database() and event_object_table = %(table)s
union select 'it is a view' from information_schema.views
where table_schema = database() and table_name = %(table)s
"""
Quote = Callable[[str], str]
Progress = Callable[[int], None]


def replace(
    connection: Any,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    """Makes the table anew and says how many rows it has. The old one is there until the new one is whole."""
    new, old = (staging(table, suffix, NAME_BYTES) for suffix in (SUFFIX_NEW, SUFFIX_OLD))
    relation = table_of(relation)
    with _alone(connection, table), connection.cursor() as cursor:
        cursor.execute(_SESSION)
        cursor.execute(_DEPENDENTS, {"table": table})
        check_dependents(table, [row[0] for row in cursor.fetchall()])
        cursor.execute(f"drop table if exists {quote(new)}, {quote(old)}")
        cursor.execute(ddl(relation, new, "mysql").rstrip(";"))
        try:
            sent = _sent(connection, quote, new, relation, batches, progress)
            _check(cursor, quote, new, sent)
            _swap(cursor, quote, table, new, old)
        except BaseException:
            with contextlib.suppress(pymysql.err.Error):
                cursor.execute(f"drop table if exists {quote(new)}")
            raise
    return sent


def append(
    connection: Any,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    """Adds all rows or none, and says how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
    sent = _sent(connection, quote, table, table_of(relation), batches, progress)
    connection.commit()
    return sent


def _swap(cursor: Any, quote: Quote, table: str, new: str, old: str) -> None:
    cursor.execute(
        "select 1 from information_schema.tables where table_schema = database() and table_name = %s", (table,)
    )
    if cursor.fetchone():
        cursor.execute(f"rename table {quote(table)} to {quote(old)}, {quote(new)} to {quote(table)}")
        cursor.execute(f"drop table {quote(old)}")
    else:
        cursor.execute(f"rename table {quote(new)} to {quote(table)}")


def _check(cursor: Any, quote: Quote, table: str, sent: int) -> None:
    cursor.execute(f"select count(*) from {quote(table)}")  # noqa: S608 - a quoted name
    check_count(sent, cursor.fetchone()[0], table)


@contextlib.contextmanager
def _alone(connection: Any, table: str) -> Iterator[None]:
    """BusyError: another copy writes to the same table."""
    with connection.cursor() as cursor:
        cursor.execute("select database()")
        mark = hashlib.sha256(f"{cursor.fetchone()[0]}.{table}".encode()).hexdigest()[:40]
        cursor.execute("select get_lock(%s, 0)", (f"taquilla:{mark}",))
        if cursor.fetchone()[0] != 1:
            raise BusyError(
                f"Another copy writes {table} at this moment. Wait for it, then run the same command again."
            )
    # The lock goes with the connection, which is closed after this.
    yield


def _sent(
    connection: Any,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select @@local_infile")
        send = _load if cursor.fetchone()[0] else _insert
        bits = _bits(cursor, table)
        sent = 0
        for batch in own_columns(batches, relation):
            there = send(cursor, quote, table, batch, bits)
            check_count(batch.num_rows, there, table)
            sent += batch.num_rows
            progress(sent)
        if table.endswith(SUFFIX_NEW):
            connection.commit()
    return sent


def _bits(cursor: Any, table: str) -> set[str]:
    """Columns of bits, which take no digits as text."""
    cursor.execute(
        "select column_name from information_schema.columns "
        "where table_schema = database() and table_name = %s and data_type = 'bit'",
        (table,),
    )
    return {row[0] for row in cursor.fetchall()}


def _load(cursor: Any, quote: Quote, table: str, batch: pa.RecordBatch, bits: set[str]) -> int:
    """The batch through a file of its own; how many rows the server took of it."""
    names, mended = _targets(quote, batch, bits)
    with tempfile.NamedTemporaryFile(prefix="taquilla-", suffix=".csv") as file:
        write_csv(batch, file.file)
        file.flush()
        cursor.execute(
            f"load data local infile '{_escaped(file.name)}' into table {quote(table)} character set utf8mb4 "
            "fields terminated by ',' optionally enclosed by '\"' escaped by '' lines terminated by '\\n' "
            f"({', '.join(names)}) {mended}"
        )
    _no_warnings(cursor, table)
    return int(cursor.rowcount)


def _targets(quote: Quote, batch: pa.RecordBatch, bits: set[str]) -> tuple[list[str], str]:
    """Where each cell goes, and what is made of it on the way."""
    made = [_made(field, f"@v{place}", bits) for place, field in enumerate(batch.schema)]
    names = [quote(name) for name in batch.schema.names]
    if all(one.startswith("@") for one in made):
        return names, ""
    # All or none: MariaDB counts a 0 on by itself where some columns are variables and some are not.
    variables = [f"@v{place}" for place in range(len(names))]
    return variables, "set " + ", ".join(f"{name} = {one}" for name, one in zip(names, made, strict=True))


def _made(field: pa.Field, variable: str, bits: set[str]) -> str:
    if _is_bytes(field.type):
        return f"unhex({variable})"
    return f"cast({variable} as unsigned)" if field.name in bits else variable


def _no_warnings(cursor: Any, table: str) -> None:
    """LOAD DATA LOCAL cannot stop its client: what does not fit is a warning, in strict mode too."""
    if cursor.warning_count:
        cursor.execute("show warnings limit 3")
        said = "; ".join(str(row[2]) for row in cursor.fetchall())
        raise DataError(f"{table} does not take a value: {said}. Nothing of it was kept: mend it, then run it again.")


def _insert(cursor: Any, quote: Quote, table: str, batch: pa.RecordBatch, bits: set[str]) -> int:
    names = ", ".join(quote(name).replace("%", "%%") for name in batch.schema.names)
    places = ", ".join(["%s"] * batch.num_columns)
    statement = f"insert into {quote(table).replace('%', '%%')} ({names}) values ({places})"  # noqa: S608 - quoted names
    return int(cursor.executemany(statement, list(rows(batch))) or 0)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("'", "''")
