"""Empty databases and buckets of real servers, for copies."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.copy_places import World
from services.mariadb import MariaDbServer
from services.postgres import PostgresServer
from services.s3 import S3Server
from services.snowflake import SnowflakeServer
from taquilla.sources.sql import SqlOptions


def database(name: str, request: pytest.FixtureRequest, folder: Path) -> SqlOptions:
    """An empty database of that kind, on a real server where it has one."""
    if name == "mysql":
        mariadb: MariaDbServer = request.getfixturevalue("mariadb")
        return SqlOptions(mariadb.url(mariadb.new_database()), mariadb.password, name=name)
    if name == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        made = urlsplit(postgres.new_database()).path.strip("/")
        return SqlOptions(postgres.url(made, password=False), postgres.password, name=name)
    if name == "snowflake":
        snowflake: SnowflakeServer = request.getfixturevalue("snowflake")
        return SqlOptions(snowflake.url(snowflake.new_database()), snowflake.password, name=name)
    return SqlOptions(f"sqlite:///{folder / 'shop.sqlite'}", name=name)


def s3_world(folder: Path, server: S3Server, databases: Sequence[SqlOptions] = ()) -> World:
    """A world with a bucket."""
    return World(folder, {one.name or "": one for one in databases}, server.new_bucket())
