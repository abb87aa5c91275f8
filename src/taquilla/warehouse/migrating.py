"""Makes and changes the PostgreSQL warehouse: the revisions in `migrations/`, then views and marts as they are now.

One transaction for all of it: a migration that fails leaves the database as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taquilla.errors import SettingsError
from taquilla.warehouse.materialized import drop_marts, make_marts
from taquilla.warehouse.postgres import PostgresOptions, connect, driver

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from taquilla.warehouse.postgres import Connection

# The advisory lock of whoever changes the warehouse: one migration or load at a time.
WRITERS = 0x7A9_0111A


def migrate(options: PostgresOptions, to: str = "head") -> list[str]:
    """Bring the database up to a revision, views and marts too where it is the newest; what was done, a line each.

    SettingsError: there is no such revision, it is behind, or the user may not; BusyError: somebody loads or migrates.
    """
    with _migration(options) as (connection, config, script):
        before = _known(script, revision_of(connection))
        target = _target(script, to)
        steps = _between(
            script, target, before, f"The database is at {before}; to go back: taquilla migrate {to} --down"
        )
        steps.reverse()
        if steps:
            # The tables that change must have no view over them.
            drop_marts(connection)
            _run(config, "upgrade", to)
        done = [f"{step.revision} {Path(step.path).stem.partition('_')[2]}" for step in steps]
        return done + (make_marts(connection) if revision_of(connection) == script.get_current_head() else [])


def downgrade(options: PostgresOptions, to: str) -> list[str]:
    """Take the database back to a revision, or to "base": nothing of it is left. Errors as `migrate`."""
    with _migration(options) as (connection, config, script):
        before = _known(script, revision_of(connection))
        target = None if to == "base" else _target(script, to)
        there = f"is at {before}" if before else "has no warehouse yet"
        steps = _between(script, before, target, f"The database {there}; to go forward: taquilla migrate {to}")
        if steps:
            drop_marts(connection)
            _run(config, "downgrade", to)
        if target is None:
            connection.execute("drop table if exists alembic_version")
        return [f"{step.revision} {Path(step.path).stem.partition('_')[2]} undone" for step in steps]


def revision_of(connection: "Connection") -> str | None:
    """The revision that the database is at; None: no migration was ever run."""
    there = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if not there or there[0] is None:
        return None
    row = connection.execute("select version_num from public.alembic_version").fetchone()
    return str(row[0]) if row else None


def newest_revision() -> str:
    """The revision that this version of Taquilla works with."""
    return str(_script().get_current_head())


def _script() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(__file__).with_name("migrations")))


@contextmanager
def _migration(options: PostgresOptions) -> "Iterator[tuple[Connection, Config, ScriptDirectory]]":
    """A transaction that nobody else migrates or loads in, and Alembic set to work in it."""
    driver()
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with connect(options, read_only=False, resume="taquilla migrate") as connection:
        engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        # Entering and leaving it undo whatever is open.
        with engine.connect() as alchemy:
            connection.execute("select pg_advisory_xact_lock(%s)", (WRITERS,))
            config.attributes["connection"] = alchemy
            yield connection, config, ScriptDirectory.from_config(config)
            connection.commit()


def _run(config: "Config", direction: str, to: str) -> None:
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    try:
        getattr(command, direction)(config, to)
    except DBAPIError as error:
        raise error.orig if error.orig is not None else error from None


def _between(script: "ScriptDirectory", newer: str | None, older: str | None, otherwise: str) -> list[Any]:
    """The revisions after `older` up to `newer`, the newest first. SettingsError, otherwise: it is the other way."""
    from alembic.script.revision import RangeNotAncestorError

    try:
        return list(script.iterate_revisions(newer, older))
    except RangeNotAncestorError:
        raise SettingsError(otherwise) from None


def _target(script: "ScriptDirectory", to: str) -> Any:
    from alembic.util.exc import CommandError

    try:
        found = script.get_revision(str(script.get_current_head()) if to == "head" else to)
    except CommandError:
        found = None
    if found is None:
        known = ", ".join(revision.revision for revision in script.walk_revisions())
        raise SettingsError(f"Unknown revision {to!r}. Known: {known}, head; base with --down.")
    return found.revision


def _known(script: "ScriptDirectory", revision: str | None) -> str | None:
    if revision is not None and revision not in {known.revision for known in script.walk_revisions()}:
        raise SettingsError(
            f"The database is at revision {revision}, which this version of Taquilla does not know. "
            "Install the version that made it, or a newer one: pip install --upgrade taquilla"
        )
    return revision
