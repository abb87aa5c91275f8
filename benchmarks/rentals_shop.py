"""The generated town in a MariaDB of its own, as a shop's database: filled in bulk, then changed as days change it."""

import os
from contextlib import closing
from typing import Any, cast

import pymysql

from benchmarks.servers import MariaDbServer
from taquilla.demo.town import Town
from taquilla.demo.town_source import TownSource
from taquilla.sources.relations import Source
from taquilla.sources.sql import Database, SqlOptions, open_database

# Arguments of a process are everybody's to read; its environment is not.
PASSWORD = "BENCH_SHOP_PASSWORD"  # noqa: S105 - the variable's name
LAST_DAY = "2014-12-31"


class Shop:
    """A server with an empty database; `url` is the database's, `close` deletes all."""

    def __init__(self) -> None:
        self._server = MariaDbServer()
        try:
            self._server.make()
            self.url = self._server.url(self._server.new_database())
        except BaseException:
            self.close()
            raise
        os.environ[PASSWORD] = self._server.password

    def close(self) -> None:
        self._server.delete()


def options(url: str) -> SqlOptions:
    return SqlOptions(url, password=os.environ[PASSWORD], name="shop")


def opened(url: str, *, read_only: bool = True) -> Database:
    return open_database(options(url), read_only)


def bare(url: str) -> "pymysql.Connection[Any]":
    """PyMySQL's own connection, as a script would open it; it may send files."""
    host, _, rest = url.partition("@")[2].partition(":")
    port, _, database = rest.partition("/")
    return pymysql.connect(
        host=host,
        port=int(port),
        user=url.partition("://")[2].partition("@")[0],
        password=os.environ[PASSWORD],
        database=database,
        local_infile=True,
        autocommit=True,
    )


def fill(url: str, rentals: str) -> dict[str, Any]:
    """Generate the town into the database by LOAD DATA; the rows of each table."""
    town = Town(rentals=int(rentals))
    # What generates it imports nothing of what reads sources, and answers as they do.
    source = cast("Source", TownSource(town))
    with opened(url, read_only=False) as database:
        rows = {name: database.replace(name, source.describe(name), source.read(name)) for name in source.relations()}
    return {"rows": rows}


def change(url: str, rentals: str, begins: str, every: str, day: str) -> dict[str, Any]:
    """Give so many rentals, from one on each of so many, another return; on that day after the town's last."""
    ends = int(begins) + int(rentals) * int(every)
    with closing(bare(url)) as connection, connection.cursor() as cursor:
        changed = cursor.execute(
            "update rental set return_date = date_add(rental_date, interval 9 day), "
            "last_update = date_add(%s, interval %s day) "
            "where rental_id >= %s and rental_id < %s and mod(rental_id - %s, %s) = 0",
            (LAST_DAY, int(day), int(begins), ends, int(begins), int(every)),
        )
    return {"rows": changed}
