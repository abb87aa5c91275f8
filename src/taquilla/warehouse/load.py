"""curated → warehouse: set-based, incremental, in one transaction with the marks that say how far it has come.

The films that changed are taken out of every table and put in anew; what the tables of people, genres and companies
say of an id is taken from the newest film that names it, and an id that no film names any more is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from taquilla.tables.films import POPULARITY_ELSE, POPULARITY_LEVELS, Films, FilmSnapshots
from taquilla.warehouse.duckdb import Connection
from taquilla.warehouse.model import metadata

FILMS, DETAILS, EXPORTS, REBUILT = "curated.films", "details", "export", "rebuilt"
LAKE, SCHEMA = "lake", "schema"


@dataclass(frozen=True, slots=True)
class CuratedFiles:
    """The Parquet files of one version of the curated tables, and how far that version has come in raw."""

    films: Sequence[str]
    snapshots: Sequence[str]
    marks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    films: int
    snapshots: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of things that films name: its key, the films' link table, and the list that it comes from."""

    table: str
    key: str
    link: str
    entries: str
    columns: tuple[str, ...]
    link_columns: tuple[str, ...] = ()

    def changed_entries(self) -> str:
        """The entries of the changed films, as SQL: joined before their lists are unnested, and not after."""
        return self.entries.replace("from curated_films", "from changed_curated")


def _entries(name: str, **more: str) -> str:
    """The entries of a nested list as rows; `more` are constant columns."""
    extra = "".join(f", {value} as {column}" for column, value in more.items())
    rows = f'select film_id, fetched_at, unnest("{name}") as entry from curated_films'
    return f"select film_id, fetched_at, entry.*{extra} from ({rows})"


_PEOPLE = " union all by name ".join(
    (
        _entries("cast", credit_type="'cast'", cast_order='entry."order"', department="null::text", job="null::text"),
        _entries("crew", credit_type="'crew'", cast_order="null::bigint", character="null::text"),
    )
)

_COLLECTIONS = """
    select film_id, fetched_at, collection_id, collection_name as name
    from curated_films where collection_id is not null"""

ENTITIES = (
    Entity("genres", "genre_id", "movie_genres", _entries("genres"), ("name",)),
    Entity(
        "production_companies",
        "company_id",
        "movie_production_companies",
        _entries("companies"),
        ("name", "country_code"),
    ),
    Entity("countries", "country_code", "movie_countries", _entries("countries"), ("name",)),
    Entity("languages", "language_code", "movie_languages", _entries("languages"), ("name",)),
    Entity("keywords", "keyword_id", "movie_keywords", _entries("keywords"), ("name",)),
    Entity(
        "people",
        "person_id",
        "movie_people",
        _PEOPLE,
        ("name", "gender"),
        ("credit_id", "person_id", "credit_type", "character", "department", "job", "cast_order"),
    ),
    Entity(
        "collections",
        "collection_id",
        "movies",
        _COLLECTIONS,
        ("name",),
    ),
)


def loaded_marks(connection: Connection) -> dict[str, int]:
    """How far this warehouse has come, by source."""
    return dict(connection.execute("select source, position from load_marks").fetchall())


def load_films(connection: Connection, files: CuratedFiles) -> Loaded:
    """Bring the warehouse from its marks to those of `files`; in the caller's transaction."""
    marks = loaded_marks(connection)
    attach(connection, files)
    snapshots = _load_snapshots(connection, marks)
    changed_films(connection, marks.get(FILMS, 0))
    films = count(connection, "changed")
    is_first = FILMS not in marks
    newest_popularity(connection)
    if films:
        touched = {} if is_first else {e.table: _touched(connection, e) for e in ENTITIES}
        if not is_first:
            _remove_changed(connection)
        _insert_films(connection)
        for entity in ENTITIES:
            _load_links(connection, entity)
            _load_entity(connection, entity, touched.get(entity.table))
    if films or snapshots:
        _refresh_popularity(connection)
        _refresh_data_warehouse(connection)
    _note(connection, files.marks)
    return Loaded(films, snapshots)


def clear_films(connection: Connection) -> None:
    """Take the films out of the warehouse, marks and all: the next load makes them anew; other subjects stay."""
    for table in metadata.sorted_tables:
        if table.name != "load_marks":
            connection.execute(f"delete from {table.name}")
    names = [(source,) for source in (FILMS, DETAILS, EXPORTS, REBUILT, LAKE)]
    connection.executemany("delete from load_marks where source = ?", names)


def attach(connection: Connection, files: CuratedFiles) -> None:
    """`curated_films` and `curated_snapshots` as views over the files."""
    for view, paths, contract in (
        ("curated_films", files.films, Films),
        ("curated_snapshots", files.snapshots, FilmSnapshots),
    ):
        if paths:
            source = f"select * from read_parquet({_texts(paths)})"
            connection.execute(f"create or replace temp view {view} as {source}")
        else:
            connection.register(view, contract.create_empty().to_arrow())


def _texts(values: Sequence[str]) -> str:
    """A list of texts as a SQL literal: a view's body takes no parameters."""
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


def new_snapshots(connection: Connection, marks: dict[str, int]) -> None:
    """A temporary table of the snapshots that are new by either origin; one row a film and moment, details before
    export."""
    connection.execute(
        """
        create or replace temp table new_snapshots as
        select distinct on (film_id, snapshot_at)
               film_id, snapshot_at, popularity, vote_average, vote_count, revenue_usd, origin
        from curated_snapshots
        where (origin = 'details' and origin_seq >= $details) or (origin = 'export' and origin_seq >= $export)
        order by film_id, snapshot_at, origin, origin_seq
        """,
        {"details": marks.get(DETAILS, 0), "export": marks.get(EXPORTS, 0)},
    )


def _load_snapshots(connection: Connection, marks: dict[str, int]) -> int:
    new_snapshots(connection, marks)
    connection.execute(
        """
        delete from film_snapshots where origin = 'export' and (film_id, snapshot_at) in (
            select (film_id, snapshot_at) from new_snapshots where origin = 'details')
        """
    )
    connection.execute(
        """
        delete from new_snapshots where (film_id, snapshot_at) in (
            select (film_id, snapshot_at) from film_snapshots)
        """
    )
    connection.execute("insert into film_snapshots by name from new_snapshots")
    return count(connection, "new_snapshots")


def changed_films(connection: Connection, since: int) -> None:
    """A temporary table `changed` of the films that moved in the curated table since that mark, and their records in
    the view `changed_curated`."""
    connection.execute(
        f"""create or replace temp table changed as
        select film_id from curated_films where raw_seq >= {since:d} and title is not null"""
    )
    connection.execute(
        """create or replace temp view changed_curated as
        select * from curated_films semi join changed using (film_id)"""
    )


def popularity_label(popularity: str) -> str:
    """The seeds' label of a popularity that is known, as SQL."""
    level = " ".join(f"when {popularity} > {bound} then '{label}'" for bound, label in POPULARITY_LEVELS)
    return f"case {level} else '{POPULARITY_ELSE}' end"


def newest_popularity(connection: Connection, snapshots: str = "film_snapshots") -> None:
    """The newest popularity of each film, and where it stands among those not removed: 0 the least, 1 the most."""
    connection.execute(
        f"""create or replace temp table newest_popularity as
        select film_id, newest.popularity, newest.snapshot_at as popularity_at,
               case when not is_removed
                    then percent_rank() over (partition by is_removed order by newest.popularity)
               end as popularity_percentile,
               {popularity_label("newest.popularity")} as popularity_level
        from (
            select film_id, max({{'snapshot_at': snapshot_at, 'popularity': popularity}}) as newest
            from {snapshots} where popularity is not null group by film_id)
        join (select film_id, is_removed from curated_films where title is not null) using (film_id)"""
    )


def _touched(connection: Connection, entity: Entity) -> str:
    """A temporary table of the ids that a changed film named before; `_load_entity` adds those it names now."""
    name = f"touched_{entity.table}"
    connection.execute(
        f"""create or replace temp table {name} as
        select distinct {entity.key} from {entity.link} semi join changed using (film_id)
        where {entity.key} is not null"""
    )
    return name


def _remove_changed(connection: Connection) -> None:
    for table in ("movies", *{entity.link for entity in ENTITIES} - {"movies"}):
        connection.execute(f"delete from {table} where film_id in (select film_id from changed)")


# What a film's own record tells; its popularity is the newest snapshot's.
FILM_COLUMNS = (
    *("film_id", "title", "original_title", "original_language", "overview", "release_date", "release_year", "status"),
    *("budget_usd", "revenue_usd", "runtime_min", "vote_average", "vote_count", "rating_level", "roi"),
    *("is_profitable", "is_adult", "imdb_id", "poster_path", "collection_id", "fetched_at", "is_removed", "removed_at"),
)
POPULARITY_COLUMNS = ("popularity", "popularity_at", "popularity_percentile", "popularity_level")


def select_films(columns: Sequence[str] = (*FILM_COLUMNS, *POPULARITY_COLUMNS)) -> str:
    """The changed films, as SQL."""
    told = ", ".join(f"{'p' if column in POPULARITY_COLUMNS else 'f'}.{column}" for column in columns)
    popularity = "left join newest_popularity as p on p.film_id = f.film_id" if "popularity" in columns else ""
    return f"select {told} from changed_curated as f {popularity}"


def _insert_films(connection: Connection) -> None:
    connection.execute(f"insert into movies by name {select_films()}")


def select_links(entity: Entity) -> str:
    """What the changed films name, as SQL: a row a film and thing, or credit."""
    columns = ", ".join(entity.link_columns or (entity.key,))
    return f"select film_id, {columns} from ({entity.changed_entries()})"


def select_newest(entity: Entity, only: str = "") -> str:
    """What the newest film that knows says of each id, as SQL; `only` narrows the rows that are looked at."""
    # arg_max passes over nulls: what the newest film does not know, the one before it may.
    newest = ", ".join(
        f"arg_max({column}, {{'fetched_at': fetched_at, 'film_id': film_id, 'value': {column}}}) as {column}"
        for column in entity.columns
    )
    return f"select {entity.key}, {newest} from ({entity.entries}) {only} group by {entity.key}"


def _load_links(connection: Connection, entity: Entity) -> None:
    if entity.link == "movies":
        return
    connection.execute(f"insert into {entity.link} by name {select_links(entity)}")


def _load_entity(connection: Connection, entity: Entity, touched: str | None) -> None:
    """The newest that is known of each id; where not of all, of those in `touched` and those of the changed films."""
    only = ""
    if touched:
        connection.execute(
            f"""insert into {touched}
            select distinct {entity.key} from {entity.link} semi join changed using (film_id)
            where {entity.key} is not null and {entity.key} not in (select {entity.key} from {touched})"""
        )
        connection.execute(f"delete from {entity.table} where {entity.key} in (select {entity.key} from {touched})")
        only = f"""
            semi join (select distinct film_id from {entity.link} semi join {touched} using ({entity.key}))
            using (film_id) semi join {touched} using ({entity.key})"""
    connection.execute(f"insert into {entity.table} by name {select_newest(entity, only)}")


def _refresh_popularity(connection: Connection) -> None:
    """Popularity moves for every film with every export, whether its record changed or not."""
    connection.execute(
        """
        update movies set
            popularity = p.popularity, popularity_at = p.popularity_at,
            popularity_percentile = p.popularity_percentile, popularity_level = p.popularity_level
        from newest_popularity as p
        where p.film_id = movies.film_id
          and (p.popularity is distinct from movies.popularity
               or p.popularity_at is distinct from movies.popularity_at
               or p.popularity_percentile is distinct from movies.popularity_percentile)
        """
    )


WIDE_COLUMNS = (
    *("tmdb_id", "title", "release_date", "release_year", "genre", "budget", "revenue", "runtime", "director"),
    *("popularity", "vote_average", "vote_count", "roi", "popularity_level", "rating_level", "is_profitable"),
    "data_date",
)


def select_wide(of: str = "") -> str:
    """The rows of the seeds' wide table in their order, as SQL that PostgreSQL takes too.

    of: a table of the film ids that are wanted, else all.
    """
    links, films = (f"and {name}.film_id in (select film_id from {of})" if of else "" for name in "lm")
    return f"""
        with film_directors as (
            select distinct l.film_id, p.name as director, p.person_id
            from movie_people as l join people as p on p.person_id = l.person_id
            where l.job = 'Director' {links}),
        film_genres as (
            select l.film_id, g.name as genre
            from movie_genres as l join genres as g on g.genre_id = l.genre_id
            where true {links})
        select m.film_id as tmdb_id, m.title, cast(m.release_date as text) as release_date, m.release_year,
               coalesce(g.genre, 'Unknown') as genre, m.budget_usd as budget, m.revenue_usd as revenue,
               m.runtime_min as runtime, coalesce(d.director, 'Unknown') as director, m.popularity, m.vote_average,
               m.vote_count, m.roi, m.popularity_level, m.rating_level, m.is_profitable, m.fetched_at as data_date
        from movies as m
        left join film_genres as g on g.film_id = m.film_id
        left join film_directors as d on d.film_id = m.film_id
        where not m.is_removed {films}
        order by m.film_id, genre, director, d.person_id"""


def _refresh_data_warehouse(connection: Connection) -> None:
    """The seeds' wide table, whole: its popularity moves for every film with every export."""
    connection.execute("delete from movie_data_warehouse")
    columns = ", ".join(WIDE_COLUMNS)
    connection.execute(
        f"""insert into movie_data_warehouse (id, {columns})
        select row_number() over (), {columns} from ({select_wide()})"""
    )


def _note(connection: Connection, marks: dict[str, int]) -> None:
    # Its own alone: another subject's stand beside them.
    connection.executemany("delete from load_marks where source = ?", [(source,) for source in sorted(marks)])
    connection.executemany("insert into load_marks values (?, ?)", sorted(marks.items()))


def load_ops(connection: Connection, runs: pl.DataFrame, rejected: pl.DataFrame, accounts: Mapping[str, int]) -> None:
    """What the page shows of the platform itself: `ops.runs`, `ops.rejected` and `ops.accounts`, whole."""
    states = pl.DataFrame({"state": list(accounts), "records": list(accounts.values())})
    for table, rows in (("runs", runs), ("rejected", rejected), ("accounts", states)):
        connection.register("new_rows", rows.to_arrow())
        connection.execute(f"delete from ops.{table}")
        connection.execute(f"insert into ops.{table} by name select * from new_rows")
        connection.unregister("new_rows")
