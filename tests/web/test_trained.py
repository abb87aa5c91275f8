"""The newest model as the service reads it: before anybody asks, once, and never a reason not to start."""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from taquilla.models.training import train
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect
from taquilla.web.app import create_app
from taquilla.web.trained import ModelReader
from web.many_films import many_films


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with a warehouse and the model that learnt from it."""
    connection = connect(many_films(tmp_path / "warehouse.duckdb", 400))
    train(asking(connection), tmp_path, now=datetime(2026, 3, 1, tzinfo=UTC))
    connection.close()
    return tmp_path


def spoil(models: Path) -> None:
    """Whoever has not read the model yet can no more."""
    for file in models.glob("ml_model_v2_*/*.skops"):
        file.write_bytes(b"no model")


def test_the_service_has_read_the_model_before_anybody_asks(models: Path) -> None:
    with TestClient(create_app(models / "warehouse.duckdb", models)) as client:
        for thread in threading.enumerate():
            if thread.name in ("models", "recommenders"):
                thread.join()
        spoil(models)
        assert client.post("/predict", json={"budget_usd": 1_000_000}).status_code == 200


def test_a_model_that_cannot_be_read_is_told_in_the_log_and_stops_nothing(
    models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(models)
    with caplog.at_level(logging.WARNING):
        ModelReader(models).warm()
    assert "No prediction can be answered" in caplog.text


@pytest.mark.parametrize("folder", [None, "none"])
def test_without_a_model_there_is_nothing_to_read(
    tmp_path: Path, folder: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    ModelReader(tmp_path / folder if folder else None).warm()
    assert not caplog.records
