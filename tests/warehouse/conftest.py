"""DuckDB and PostgreSQL for the tests of the warehouse."""

from collections.abc import Iterator

import pytest

from services.postgres import PostgresServer
from warehouse.databases import Databases
from warehouse.kinds import KINDS, Pool, opening


@pytest.fixture(scope="session")
def databases(postgres: PostgresServer) -> Databases:
    """Databases of the session's server."""
    return Databases(postgres)


@pytest.fixture(scope="session")
def pool(databases: Databases) -> Pool:
    """Databases whose rows are never committed."""
    return Pool(databases)


@pytest.fixture(params=KINDS)
def small_warehouses(request: pytest.FixtureRequest) -> Iterator[None]:
    """`kinds.warehouse` opens one of this kind."""
    with opening(request.getfixturevalue("pool") if request.param == "postgres" else None):
        yield
