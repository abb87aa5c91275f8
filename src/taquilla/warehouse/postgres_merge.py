"""What a load does to one table of PostgreSQL: copy into it, stage for it, merge into it, delete from it.

Nothing that is the same is written again, and no row is locked for it: hence an update and an insert, and no upsert,
which locks every row that it meets. There is one loader at a time, so nobody comes between the two.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from taquilla.warehouse.load import Entity
from taquilla.warehouse.staging import Table

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection


def copy(connection: "Connection", table: Table, into: str = "") -> None:
    """The table's rows by COPY, a chunk in memory at a time."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
    with connection.cursor().copy(f"copy {into or table.name} ({columns}) from stdin (format csv)") as stream:
        for chunk in table.chunks():
            stream.write(chunk)


@contextmanager
def keys_made_at_the_end(connection: "Connection", tables: Sequence[str]) -> Iterator[None]:
    """The foreign keys and plain indexes of these tables, where we own them, are made anew when its rows are in.

    Those alone: the database may be others' too.
    A key that is added checks all rows in one query; one that is there checks each of them, and locks what it names.
    It is one transaction, so that nobody ever sees the tables without their keys; another loader than the owner fills
    them with the keys on.
    """
    keys = connection.execute(
        """select c.conrelid::regclass || ' drop constraint ' || quote_ident(c.conname),
                  c.conrelid::regclass || ' add constraint ' || quote_ident(c.conname) || ' '
                  || pg_get_constraintdef(c.oid)
        from pg_constraint as c join pg_class as t on t.oid = c.conrelid
        where c.contype = 'f' and c.conrelid = any(%(tables)s::text[]::regclass[])
          and pg_has_role(t.relowner, 'usage')
        order by c.conrelid, c.conname""",
        {"tables": list(tables)},
    ).fetchall()
    indexes = connection.execute(
        """select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        from pg_index as i join pg_class as t on t.oid = i.indrelid
        where not i.indisunique and i.indrelid = any(%(tables)s::text[]::regclass[])
          and pg_has_role(t.relowner, 'usage')
        order by i.indexrelid""",
        {"tables": list(tables)},
    ).fetchall()
    for drop, _ in keys:
        connection.execute(f"alter table {drop}")
    for index, _ in indexes:
        connection.execute(f"drop index {index}")
    yield
    for _, index in indexes:
        connection.execute(index)
    for _, add in keys:
        connection.execute(f"alter table {add}")


def staged(table: str) -> str:
    """The temporary table that this table's rows are staged in."""
    return f"staged_{table.replace('.', '_')}"


def stage(connection: "Connection", table: Table) -> None:
    """The table's rows in the temporary table that `staged` names, which is gone with the transaction."""
    like = "movies" if table.name == "changed" else table.name
    name = staged(table.name)
    columns = ", ".join(f'"{column}"' for column in table.columns)
    connection.execute(f"create temporary table {name} on commit drop as select {columns} from {like} with no data")
    copy(connection, table, name)
    connection.execute(f"analyze {name}")


def merge(connection: "Connection", table: Table, ignoring: Sequence[str] = ()) -> None:
    """What is staged becomes what the table says of those keys. ignoring: columns that make no difference alone."""
    others = [column for column in table.columns if column not in table.key]
    if others:
        compared = [column for column in others if column not in ignoring]
        here, there = (", ".join(f't."{c}"' for c in compared), ", ".join(f's."{c}"' for c in compared))
        changes = ", ".join(f'"{column}" = s."{column}"' for column in others)
        connection.execute(
            f"""update {table.name} as t set {changes} from {staged(table.name)} as s
            where {_same(table)} and row({here}) is distinct from row({there})"""
        )
    columns = ", ".join(f'"{column}"' for column in table.columns)
    connection.execute(
        f"""insert into {table.name} ({columns}) select {columns} from {staged(table.name)} as s
        where not exists (select from {table.name} as t where {_same(table)})"""
    )


def delete_missing(connection: "Connection", table: Table, of: str = "") -> None:
    """Delete what is not staged. of: only the rows of the films in this table."""
    only = f"and exists (select from {of} as c where c.film_id = t.film_id)" if of else ""
    connection.execute(
        f"""delete from {table.name} as t
        where not exists (select from {staged(table.name)} as s where {_same(table)}) {only}"""
    )


def named_before(connection: "Connection", entity: Entity) -> list[Any]:
    """The ids that the films in `staged_changed` name in the tables as they are."""
    found = connection.execute(
        f"""select distinct l.{entity.key} from {entity.link} as l join staged_changed as c on c.film_id = l.film_id
        where l.{entity.key} is not null"""
    )
    return [key for (key,) in found]


def delete_unnamed(connection: "Connection", entity: Entity, ids: Sequence[Any]) -> None:
    """Those of the ids that no film names any more."""
    connection.execute(
        f"""delete from {entity.table} as t where t.{entity.key} = any (%s)
        and not exists (select from {entity.link} as l where l.{entity.key} = t.{entity.key})""",
        (list(ids),),
    )


def _same(table: Table) -> str:
    return " and ".join(f't."{column}" = s."{column}"' for column in table.key)
