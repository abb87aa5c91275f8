"""Rows into PostgreSQL by COPY, in one transaction: readers see all of them or none.

A replaced table keeps its privileges, and not its secondary indexes. Where foreign keys, views or triggers hold on to
the table it is not replaced.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from taquilla.sources.relations import Relation
from taquilla.sources.sql_ddl import ddl
from taquilla.sources.sql_rows import (
    NULL,
    SUFFIX_NEW,
    check_count,
    check_dependents,
    own_columns,
    staging,
    table_of,
    write_csv,
)
from taquilla.sources.sql_select import Path

NAME_BYTES = 63
_DEPENDENTS = """
select 'foreign key ' || conname || ' of ' || conrelid::regclass from pg_constraint
where contype = 'f' and confrelid = to_regclass(%(table)s) and conrelid <> confrelid
union select 'trigger ' || tgname from pg_trigger where tgrelid = to_regclass(%(table)s) and not tgisinternal
union select 'view ' || r.ev_class::regclass from pg_depend d join pg_rewrite r on r.oid = d.objid
where d.classid = 'pg_rewrite'::regclass and d.refobjid = to_regclass(%(table)s) and r.ev_class <> d.refobjid
union select 'it is no plain table' from pg_class where oid = to_regclass(%(table)s) and relkind <> 'r'
"""
_GRANTS = """
select format('grant %%s on %%s to %%s', privilege_type, %(new)s::text,
              case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end)
from pg_class, aclexplode(relacl) where oid = to_regclass(%(table)s) and grantee <> relowner
"""
_KEY = """
select conname from pg_constraint
where conrelid = to_regclass(%(table)s) and contype = 'p' and to_regclass(%(wanted)s) is null
"""
Quote = Callable[[Path], str]
Progress = Callable[[int], None]


def replace(
    connection: Any, quote: Quote, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress
) -> int:
    """Makes the table anew and says how many rows it has."""
    *schema, name = path
    new = (*schema, staging(name, SUFFIX_NEW, NAME_BYTES))
    relation = table_of(relation)
    with connection.transaction(), connection.cursor() as cursor:
        names = {"table": quote(path), "new": quote(new)}
        found = cursor.execute(_DEPENDENTS, names).fetchall()
        check_dependents(name, [row[0] for row in found])
        cursor.execute(f"drop table if exists {quote(new)}")
        cursor.execute(ddl(relation, new, "postgresql"))
        sent = _sent(cursor, quote, new, relation, batches, progress)
        [there] = cursor.execute(f"select count(*) from {quote(new)}").fetchone()  # noqa: S608 - a quoted name
        check_count(sent, there, name)
        for [grant] in cursor.execute(_GRANTS, names).fetchall():
            cursor.execute(grant)
        cursor.execute(f"drop table if exists {quote(path)}")
        cursor.execute(f"alter table {quote(new)} rename to {quote((name,))}")
        _rename_key(cursor, quote, path)
    return sent


def _rename_key(cursor: Any, quote: Quote, path: Path) -> None:
    """The key's index got its name beside the old one's; it takes that one's place."""
    *schema, name = path
    wanted = staging(name, "_pkey", NAME_BYTES)
    found = cursor.execute(_KEY, {"table": quote(path), "wanted": quote((*schema, wanted))}).fetchone()
    if found is not None:
        cursor.execute(f"alter table {quote(path)} rename constraint {quote(found)} to {quote((wanted,))}")


def append(
    connection: Any, quote: Quote, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress
) -> int:
    """Adds all rows or none, and says how many they are."""
    with connection.transaction(), connection.cursor() as cursor:
        return _sent(cursor, quote, path, table_of(relation), batches, progress)


def _sent(
    cursor: Any, quote: Quote, path: Path, relation: Relation, batches: Iterable[pa.RecordBatch], progress: Progress
) -> int:
    names = ", ".join(quote((name,)) for name in relation.columns())
    sent = 0
    with cursor.copy(f"copy {quote(path)} ({names}) from stdin (format csv, null '{NULL}')") as copy:
        for batch in own_columns(batches, relation):
            lines = io.BytesIO()
            write_csv(batch, lines, bytes_prefix="\\x")
            copy.write(lines.getbuffer())
            sent += batch.num_rows
            progress(sent)
    check_count(sent, cursor.rowcount, path[-1])
    return sent
