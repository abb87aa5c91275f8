"""Migrated PostgreSQL databases, many and fast: each is a copy of one that was migrated once."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from services.postgres import USER, PostgresServer
from taquilla.warehouse.migrating import migrate
from taquilla.warehouse.postgres import PostgresOptions


@dataclass
class Databases:
    """Of one server; `new` is a migrated and empty one."""

    server: PostgresServer
    _template: str = ""
    _numbers: Iterator[int] = field(default_factory=count)

    def options(self, database: str) -> PostgresOptions:
        """How `taquilla`, who owns the databases, reaches one."""
        return PostgresOptions(self.server.url(database, password=False), self.server.password, 5.0)

    def unmigrated(self) -> PostgresOptions:
        """An empty database."""
        return self.options(urlsplit(self.server.new_database()).path.strip("/"))

    def new(self) -> PostgresOptions:
        """A database at the newest revision, with nothing in it."""
        if not self._template:
            made = self.unmigrated()
            migrate(made)
            self._template = urlsplit(made.url).path.strip("/")
        name = f"{self._template}_{next(self._numbers)}"
        statement = "create database {} template {} owner {}"
        with self.server.connect() as connection:
            # Its own files are copied: quicker by far than writing all of it to the log.
            connection.execute(
                sql.SQL(statement + " strategy file_copy").format(*map(sql.Identifier, (name, self._template, USER)))
            )
        return self.options(name)

    @contextmanager
    def superuser(self, options: PostgresOptions) -> Iterator[psycopg.Connection[Any]]:
        """A connection that may do all, each statement a transaction."""
        with self.server.connect(urlsplit(options.url).path.strip("/")) as connection:
            yield connection


@contextmanager
def connected(options: PostgresOptions, **changed: Any) -> Iterator[psycopg.Connection[Any]]:
    """A plain connection of psycopg's, none of ours, each statement a transaction."""
    with closing(psycopg.connect(options.url, password=options.password, autocommit=True, **changed)) as connection:
        yield connection
