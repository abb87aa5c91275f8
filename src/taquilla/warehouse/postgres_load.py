"""curated → PostgreSQL: the same rows as `load.py` makes in DuckDB, with every key and foreign key on.

    files ── staging ─▶ COPY ─▶ an empty database: straight into the tables
                             └▶ else: temporary tables ─▶ update what differs, insert what is new, delete what vanished
                                ─▶ popularity ─▶ the seeds' wide table ─▶ marks ─▶ marts

One transaction: a reader sees the tables and the marts as they were, and then as they are.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from taquilla.errors import BusyError, SettingsError
from taquilla.warehouse.ahead import Ahead
from taquilla.warehouse.load import ENTITIES, WIDE_COLUMNS, Loaded, popularity_label, select_wide
from taquilla.warehouse.marts import marts
from taquilla.warehouse.materialized import are_current, refresh_marts
from taquilla.warehouse.migrating import WRITERS, newest_revision, revision_of
from taquilla.warehouse.postgres_merge import (
    copy,
    delete_missing,
    delete_unnamed,
    keys_made_at_the_end,
    merge,
    named_before,
    stage,
)
from taquilla.warehouse.staging import Staged, Table, csv

if TYPE_CHECKING:
    from taquilla.warehouse.postgres import Connection

OPS_MARTS = ("reject_reasons", "run_summary")
LINKED = tuple(entity for entity in ENTITIES if entity.link != "movies")


def loaded_marks(connection: "Connection") -> dict[str, int]:
    """How far this warehouse has come, by source; nothing where there is no warehouse yet."""
    row = connection.execute("select to_regclass('public.load_marks') is not null").fetchone()
    if not row or not row[0]:
        return {}
    return {str(source): int(at) for source, at in connection.execute("select source, position from load_marks")}


def begin(connection: "Connection") -> dict[str, int]:
    """Become the one loader of this database until the transaction's end; how far the warehouse has come.

    BusyError: somebody loads or migrates. SettingsError: the database is of another version.
    """
    row = connection.execute("select pg_try_advisory_xact_lock(%s)", (WRITERS,)).fetchone()
    if not row or not row[0]:
        raise BusyError("Another load or migration is at work in PostgreSQL. Wait for it, then: taquilla load")
    there, here = revision_of(connection), newest_revision()
    if there is None:
        raise SettingsError("This PostgreSQL database has no warehouse yet. Run: taquilla migrate")
    if there > here:
        raise SettingsError(f"The PostgreSQL warehouse is of a newer version ({there}). Install that version.")
    if there < here or not are_current(connection):
        raise SettingsError("The PostgreSQL warehouse is of an older version. Run: taquilla migrate")
    connection.execute("set local work_mem = '128MB'")
    return loaded_marks(connection)


def load_films(connection: "Connection", staged: Staged, marks: Mapping[str, int]) -> Loaded:
    """Bring the tables to what is staged and note `marks`; in the caller's transaction, after `begin`."""
    if not staged.is_whole:
        loaded = _bring_on(connection, staged)
    elif _is_empty(connection):
        loaded = _fill(connection, staged)
    else:
        loaded = _make_anew(connection, staged)
    # Its own alone: another subject's stand beside them.
    connection.execute("delete from load_marks where source = any (%s)", (list(marks),))
    connection.cursor().executemany("insert into load_marks values (%s, %s)", sorted(marks.items()))
    return loaded


def load_ops(connection: "Connection", runs: pl.DataFrame, rejected: pl.DataFrame, accounts: Mapping[str, int]) -> None:
    """What the page shows of the platform itself: `ops.runs`, `ops.rejected` and `ops.accounts`, whole."""
    states = pl.DataFrame({"state": list(accounts), "records": list(accounts.values())})
    for table, rows in (("ops.runs", runs), ("ops.rejected", rejected), ("ops.accounts", states)):
        connection.execute(f"delete from {table}")
        copy(connection, Table(table, tuple(rows.columns), (), partial(_once, rows)))


def _once(rows: pl.DataFrame) -> Iterator[bytes]:
    yield csv(rows)


def refresh(connection: "Connection", loaded: Loaded, *, is_whole: bool) -> None:
    """The marts that may say something else after this load; those of the platform itself always may."""
    is_news = is_whole or loaded.films or loaded.snapshots
    of_films = [mart.name for mart in marts().values() if mart.is_about("films")]
    refresh_marts(connection, of_films if is_news else OPS_MARTS, counted=is_whole)


def _is_empty(connection: "Connection") -> bool:
    row = connection.execute("select not exists (select from movies) and not exists (select from film_snapshots)")
    return row.fetchone() == (True,)


def _tables(staged: Staged, before: Mapping[str, list[object]] | None = None) -> list[Table]:
    """Every table but the snapshots, what is named before what names it."""
    named = [staged.entity(entity, (before or {}).get(entity.table, ())) for entity in ENTITIES]
    return [*named, staged.movies(), *(staged.link(entity) for entity in LINKED)]


def _fill(connection: "Connection", staged: Staged) -> Loaded:
    """Everything into empty tables."""
    tables = [*_tables(staged), staged.film_snapshots()]
    names = [table.name for table in tables]
    with Ahead(table.chunks() for table in tables) as ahead, keys_made_at_the_end(connection, names):
        for table in tables:
            copy(connection, replace(table, chunks=ahead.stream))
    _widen(connection)
    return Loaded(staged.films, staged.snapshots)


def _make_anew(connection: "Connection", staged: Staged) -> Loaded:
    """Everything anew: what is the same stays untouched, what is no more goes."""
    tables = [*_tables(staged), staged.film_snapshots()]
    connection.execute("delete from movie_data_warehouse")
    for table in tables:
        stage(connection, table)
        merge(connection, table)
    links = {entity.link for entity in LINKED}
    for table in sorted(tables, key=lambda table: table.name not in links):
        delete_missing(connection, table)
    _widen(connection)
    return Loaded(staged.films, staged.snapshots)


def _bring_on(connection: "Connection", staged: Staged) -> Loaded:
    """What is new since the last load."""
    stage(connection, staged.changed())
    stage(connection, staged.film_snapshots())
    connection.execute("create temporary table affected (film_id bigint primary key) on commit drop")
    connection.execute("insert into affected select film_id from staged_changed")
    snapshots = _add_snapshots(connection)
    if staged.films:
        _replace_changed(connection, staged)
    if staged.films or snapshots:
        _move_popularity(connection)
        _widen_affected(connection)
    return Loaded(staged.films, snapshots)


def _replace_changed(connection: "Connection", staged: Staged) -> None:
    before = {entity.table: named_before(connection, entity) for entity in ENTITIES}
    tables = _tables(staged, before)
    for table in tables:
        stage(connection, table)
    _note_renamed(connection)
    for table in tables:
        merge(connection, table)
    links = {entity.link for entity in LINKED}
    for table in tables:
        if table.name in links:
            delete_missing(connection, table, of="staged_changed")
    for entity in ENTITIES:
        delete_unnamed(connection, entity, before[entity.table])


def _add_snapshots(connection: "Connection") -> int:
    """Of one film and moment the first that came stays, but that details come before an export."""
    return connection.execute(
        """
        insert into film_snapshots as s
            (film_id, snapshot_at, popularity, vote_average, vote_count, revenue_usd, origin)
        select film_id, snapshot_at, popularity, vote_average, vote_count, revenue_usd, origin
        from staged_film_snapshots
        on conflict (film_id, snapshot_at) do update set
            popularity = excluded.popularity, vote_average = excluded.vote_average, vote_count = excluded.vote_count,
            revenue_usd = excluded.revenue_usd, origin = excluded.origin
        where s.origin = 'export' and excluded.origin = 'details'
        """
    ).rowcount


def _note_renamed(connection: "Connection") -> None:
    """The films of the genres and directors that are about to be called otherwise: the wide table has their names."""
    connection.execute(
        """
        insert into affected
        select l.film_id
        from movie_genres as l
        join genres as g on g.genre_id = l.genre_id
        join staged_genres as s on s.genre_id = g.genre_id and s.name <> g.name
        union
        select l.film_id
        from movie_people as l
        join people as p on p.person_id = l.person_id
        join staged_people as s on s.person_id = p.person_id and s.name <> p.name
        where l.job = 'Director'
        on conflict do nothing
        """
    )


def _move_popularity(connection: "Connection") -> None:
    """Popularity moves for every film with every export, whether its record changed or not; as `newest_popularity`."""
    connection.execute(
        f"""
        with moved as (
            select film_id from staged_changed union select film_id from staged_film_snapshots),
        newest as (
            select distinct on (s.film_id) s.film_id, s.popularity, s.snapshot_at as popularity_at
            from film_snapshots as s join moved as v on v.film_id = s.film_id
            where s.popularity is not null
            order by s.film_id, s.snapshot_at desc),
        known as (
            select m.film_id, m.is_removed,
                   case when v.film_id is null then m.popularity else n.popularity end as popularity,
                   case when v.film_id is null then m.popularity_at else n.popularity_at end as popularity_at
            from movies as m
            left join moved as v on v.film_id = m.film_id
            left join newest as n on n.film_id = m.film_id),
        ranked as (
            select film_id, popularity, popularity_at,
                   case when not is_removed
                        then percent_rank() over (partition by is_removed order by popularity)
                   end as popularity_percentile,
                   {popularity_label("popularity")} as popularity_level
            from known where popularity is not null
            union all
            select film_id, null, null, null, null from known where popularity is null),
        told as (
            update movies as m set
                popularity = r.popularity, popularity_at = r.popularity_at,
                popularity_percentile = r.popularity_percentile, popularity_level = r.popularity_level
            from ranked as r
            where r.film_id = m.film_id
              and (r.popularity, r.popularity_at, r.popularity_percentile, r.popularity_level)
                  is distinct from (m.popularity, m.popularity_at, m.popularity_percentile, m.popularity_level))
        -- Still as before the update: the wide table has no percentile.
        insert into affected
        select m.film_id from movies as m join ranked as r on r.film_id = m.film_id
        where (r.popularity, r.popularity_level) is distinct from (m.popularity, m.popularity_level)
        on conflict do nothing
        """
    )


def _widen(connection: "Connection", of: str = "") -> None:
    """The seeds' wide table: the rows of these films, or of all."""
    columns = ", ".join(WIDE_COLUMNS)
    connection.execute(
        f"insert into movie_data_warehouse ({columns}) select {columns} from ({select_wide(of)}) as wide"
    )


def _widen_affected(connection: "Connection") -> None:
    connection.execute("analyze affected")
    connection.execute("delete from movie_data_warehouse where tmdb_id in (select film_id from affected)")
    _widen(connection, "affected")
