"""The marts in PostgreSQL: `materialized.<mart>` holds the rows, and the view `mart.<mart>` shows them in their order.

A materialised view has no order of its own, and refreshing it beside its readers shuffles its rows; so it numbers them.
What was made says in its comment which SQL it was made of: another one is made anew by the next migration.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from taquilla.errors import DataError
from taquilla.warehouse.marts import Mart, marts
from taquilla.warehouse.model import VIEWS

if TYPE_CHECKING:
    from psycopg import sql as psql

    from taquilla.warehouse.postgres import Connection

# For one transaction with the load: readers go on reading the old rows until it commits. It belongs to the owner of the
# marts, who alone may refresh them; what it runs is found in the catalogue and taken from nobody.
_REFRESH = """
create or replace function mart.refresh(wanted text[] default null, counted boolean default false) returns integer
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set jit = off
set work_mem = '64MB'
set default_statistics_target = 30
as $$
declare
    found text;
    refreshed integer := 0;
begin
    if counted then
        for found in
            select format('%I.%I', n.nspname, c.relname)
            from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname in ('public', 'shop', 'reviews') and c.relkind = 'r'
        loop
            execute 'analyze ' || found;
        end loop;
    end if;
    for found in
        select relname from pg_class
        where relnamespace = 'materialized'::regnamespace and relkind = 'm'
          and (wanted is null or relname = any (wanted))
        order by relname
    loop
        execute format('refresh materialized view concurrently materialized.%I', found);
        refreshed := refreshed + 1;
    end loop;
    return refreshed;
end $$
"""
_CLOSED = "revoke all on function mart.refresh(text[], boolean) from public"
_GRANTED = "grant execute on function mart.refresh(text[], boolean) to taquilla_loader"


def make_marts(connection: "Connection") -> list[str]:
    """Make the views and marts that are missing or of another SQL, and drop those that are no more; what was done."""
    wanted = {name: _digest(mart) for name, mart in marts().items()}
    there = _there(connection)
    stale = [name for name, digest in there.items() if wanted.get(name) != digest]
    missing = [name for name in wanted if name not in there or name in stale]
    if not stale and not missing:
        return []
    _drop(connection, stale)
    if len(missing) == len(wanted):
        _make_views(connection)
    for name in missing:
        _make(connection, marts()[name])
    for statement in (_REFRESH, _CLOSED, _GRANTED):
        _run(connection, statement)
    return [f"{len(missing)} marts made"]


def are_current(connection: "Connection") -> bool:
    """Whether every mart is there, of the SQL that this version has."""
    return _there(connection) == {name: _digest(mart) for name, mart in marts().items()}


def refresh_marts(connection: "Connection", only: Iterable[str] | None = None, *, counted: bool = False) -> None:
    """Bring all the marts, or these, to what the tables say; readers see it when the transaction commits.

    counted: look through the tables first, so that the planner knows them: only their owner may.
    """
    connection.execute("select mart.refresh(%s, %s)", (None if only is None else list(only), counted))


def drop_marts(connection: "Connection") -> None:
    """Drop every view and mart: the tables under them are about to change."""
    _drop(connection, list(_there(connection)))
    for name in VIEWS:
        _run(connection, "drop view if exists public.{name}", name=name)
    _run(connection, "drop function if exists mart.refresh" if _has_schema(connection) else "select 1")


def _digest(mart: Mart) -> str:
    """Of all that the mart is made of: where a view changes, every mart may."""
    return sha256("\n".join([mart.sql, ",".join(mart.key), *VIEWS, *VIEWS.values(), _REFRESH]).encode()).hexdigest()


def _has_schema(connection: "Connection") -> bool:
    row = connection.execute("select to_regnamespace('mart')").fetchone()
    return bool(row and row[0])


def _there(connection: "Connection") -> dict[str, str]:
    """The marts in the database, each with the digest at the end of its comment."""
    rows = connection.execute(
        """
        select relname, coalesce(obj_description(oid, 'pg_class'), '') from pg_class
        where relnamespace = to_regnamespace('materialized') and relkind = 'm'
        """
    )
    return {str(name): str(comment).rpartition(" ")[2] for name, comment in rows.fetchall()}


def _drop(connection: "Connection", names: list[str]) -> None:
    for name in names:
        _run(connection, "drop view if exists mart.{name}", name=name)
        _run(connection, "drop materialized view materialized.{name}", name=name)


def _make_views(connection: "Connection") -> None:
    for name, sql in VIEWS.items():
        _run(connection, "drop view if exists public.{name}", name=name)
        _run(connection, "create view public.{name} as " + _escaped(sql), name=name)


def _make(connection: "Connection", mart: Mart) -> None:
    rows = f"select answer.*, row_number() over () as mart_row from (\n{_escaped(mart.sql)}) as answer"
    _fill(connection, mart.name, "create materialized view materialized.{name} as " + rows)
    index = "create unique index on materialized.{name} ({key}) nulls not distinct"
    _run(connection, index, name=mart.name, key=mart.key)
    columns = _columns(connection, mart.name)
    view = "create view mart.{name} as select {columns} from materialized.{name} order by mart_row"
    _run(connection, view, name=mart.name, columns=columns)
    _comment(connection, "view mart", mart.name, mart.description)
    _comment(connection, "materialized view materialized", mart.name, f"{mart.description} {_digest(mart)}")


def _fill(connection: "Connection", mart: str, statement: str) -> None:
    import psycopg

    try:
        _run(connection, statement, name=mart)
    except psycopg.DataError as error:
        raise DataError(f"PostgreSQL: {error.diag.message_primary}, in the mart {mart}.") from None


def _columns(connection: "Connection", mart: str) -> tuple[str, ...]:
    rows = connection.execute(
        """
        select attname from pg_attribute
        where attrelid = ('materialized.' || quote_ident(%s))::regclass and attnum > 0 and attname <> 'mart_row'
        order by attnum
        """,
        (mart,),
    )
    return tuple(str(name) for (name,) in rows.fetchall())


def _comment(connection: "Connection", kind: str, name: str, text: str) -> None:
    from psycopg import sql

    connection.execute(
        sql.SQL("comment on {kind}.{name} is {text}").format(
            kind=sql.SQL(kind), name=sql.Identifier(name), text=sql.Literal(text)
        )
    )


def _escaped(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")


def _run(connection: "Connection", statement: str, **names: str | tuple[str, ...]) -> None:
    from psycopg import sql

    quoted: dict[str, Any] = {key: _quoted(sql, name) for key, name in names.items()}
    connection.execute(sql.SQL(statement).format(**quoted) if names else sql.SQL(statement))


def _quoted(sql: Any, name: str | tuple[str, ...]) -> "psql.Composable":
    quoted: psql.Composable = (
        sql.Identifier(name) if isinstance(name, str) else sql.SQL(", ").join(map(sql.Identifier, name))
    )
    return quoted
