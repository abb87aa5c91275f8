"""Servers that are killed: a PostgreSQL of its own, with fsync, so that no other test waits for it."""

from collections.abc import Iterator

import pytest

from services.postgres import PostgresServer


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A server as one has it in earnest."""
    server = PostgresServer(durable=True)
    try:
        server.make()
        yield server
    finally:
        server.delete()
