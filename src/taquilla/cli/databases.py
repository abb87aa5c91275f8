"""The commands of the PostgreSQL warehouse."""

from typing import Annotated

import typer

from taquilla.cli.app import app, build_settings, postgres_of
from taquilla.errors import SettingsError


@app.command()
def migrate(
    to: Annotated[str, typer.Argument(help="The revision to go to.")] = "head",
    down: Annotated[
        bool, typer.Option("--down", help="Go back to it; tables that it does not have are dropped.")
    ] = False,
) -> None:
    """Make or change the tables, roles and marts of the PostgreSQL warehouse."""
    from taquilla.warehouse.migrating import downgrade
    from taquilla.warehouse.migrating import migrate as upgrade

    options = postgres_of(build_settings())
    if options is None:
        raise SettingsError(
            "Missing setting postgres.url. Looked for: TAQUILLA_POSTGRES__URL, taquilla.toml [postgres]. "
            "Such as postgresql://user@localhost:5432/movies"
        )
    if down and to == "head":
        raise SettingsError("Which revision is to be gone back to? Such as: taquilla migrate 0001 --down")
    done = downgrade(options, to) if down else upgrade(options, to)
    for line in done:
        print(line, flush=True)
    if not done:
        print("Nothing to do: the warehouse is as it should be.", flush=True)
