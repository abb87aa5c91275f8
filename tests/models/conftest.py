"""One world, and one model that learnt from it, for every test that changes neither."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from models.world import world
from taquilla.models.registry import load_model
from taquilla.models.served import Model
from taquilla.models.training import Trained, train
from taquilla.warehouse.asking import Ask, asking

NOW = datetime(2026, 11, 21, 13, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def ask() -> Iterator[Ask]:
    connection = world()
    yield asking(connection)
    connection.close()


@pytest.fixture(scope="session")
def trained(ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(ask, tmp_path_factory.mktemp("movie_analytics"), now=NOW)


@pytest.fixture(scope="session")
def model(trained: Trained) -> Model:
    return load_model(trained.folder)
