"""Rows into SQLite, in one transaction: readers see all of them or none.

Where foreign keys of other tables or triggers hold on to the table it is not replaced.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa

from taquilla.sources.relations import Relation
from taquilla.sources.sql_ddl import ddl
from taquilla.sources.sql_rows import (
    SUFFIX_NEW,
    check_count,
    check_dependents,
    own_columns,
    rows,
    table_of,
)

_DEPENDENTS = """
select 'foreign key of ' || t.name from sqlite_master t, pragma_foreign_key_list(t.name) f
where t.type = 'table' and f."table" = :table collate nocase and t.name <> :table
union select 'trigger ' || name from sqlite_master where type = 'trigger' and tbl_name = :table collate nocase
union select 'it is a view' from sqlite_master where type = 'view' and name = :table collate nocase
"""
Quote = Callable[[str], str]
Progress = Callable[[int], None]


def replace(
    connection: sqlite3.Connection,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    """Makes the table anew and says how many rows it has."""
    new, relation = table + SUFFIX_NEW, table_of(relation)
    # Views name their tables by text: with it they are left alone while their table is away.
    connection.execute("pragma legacy_alter_table = on")
    with _transaction(connection):
        check_dependents(table, [row[0] for row in connection.execute(_DEPENDENTS, {"table": table})])
        connection.execute(f"drop table if exists {quote(new)}")
        connection.execute(ddl(relation, new, "sqlite"))
        sent = _sent(connection, quote, new, relation, batches, progress)
        [there] = connection.execute(f"select count(*) from {quote(new)}").fetchone()  # noqa: S608 - a quoted name
        check_count(sent, there, table)
        connection.execute(f"drop table if exists {quote(table)}")
        connection.execute(f"alter table {quote(new)} rename to {quote(table)}")
    return sent


def append(
    connection: sqlite3.Connection,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    """Adds all rows or none, and says how many they are."""
    with _transaction(connection):
        return _sent(connection, quote, table, table_of(relation), batches, progress)


def _sent(
    connection: sqlite3.Connection,
    quote: Quote,
    table: str,
    relation: Relation,
    batches: Iterable[pa.RecordBatch],
    progress: Progress,
) -> int:
    names = ", ".join(quote(name) for name in relation.columns())
    places = ", ".join("?" * len(relation.columns()))
    statement = f"insert into {quote(table)} ({names}) values ({places})"  # noqa: S608 - quoted names
    sent = 0
    for batch in own_columns(batches, relation):
        check_count(batch.num_rows, connection.executemany(statement, rows(batch)).rowcount, table)
        sent += batch.num_rows
        progress(sent)
    return sent


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
