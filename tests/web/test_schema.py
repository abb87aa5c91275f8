"""Schemathesis over the API's own description: what it allows is answered as described, what it forbids is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from hypothesis import settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from taquilla.models.training import train
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect
from taquilla.web.app import Health, create_app
from web.many_films import many_films
from web.rows import small_warehouse

FILMS = 5_000
Case = schemathesis.Case[Any]
# A year that no film is of is a date as OpenAPI has it: that it is refused, the description says in words alone.
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "422", "503"]}}
# GET /predict is a page, and no part of the API.
OTHERWISE = {"unsupported_method": {"enabled": False}}
PREDICT = {"include-name": "POST /predict", "checks": ACCEPTED | OTHERWISE}
NO_COVERAGE = {"coverage": {"enabled": False}}
ABSENT = {
    "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "503"]},
}


@contextmanager
def described(warehouse: Path, models: Path | None = None, **config: Any) -> Iterator[schemathesis.BaseSchema]:
    """The API over this warehouse, as it describes itself."""
    config = {"generation": {"mode": "all", "deterministic": True}, "operations": [PREDICT]} | config
    app = create_app(warehouse, models)
    yield schemathesis.openapi.from_asgi("/openapi.json", app, config=SchemathesisConfig.from_dict(config))
    app.state.reader.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse of thousands of films, and a model that learnt from them."""
    folder = tmp_path_factory.mktemp("large")
    connection = connect(many_films(folder / "large.duckdb", FILMS))
    train(asking(connection), folder / "models", now=datetime(2026, 3, 1, tzinfo=UTC))
    connection.close()
    return folder


@pytest.fixture(scope="module")
def of_small(large: Path) -> Iterator[schemathesis.BaseSchema]:
    with described(small_warehouse(large / "small.duckdb"), large / "models") as schema:
        yield schema


@pytest.fixture(scope="module")
def of_large(large: Path) -> Iterator[schemathesis.BaseSchema]:
    with described(large / "large.duckdb", large / "models", phases=NO_COVERAGE) as schema:
        yield schema


@pytest.fixture(scope="module")
def of_absent(large: Path) -> Iterator[schemathesis.BaseSchema]:
    with described(large / "absent.duckdb", large / "models", phases=NO_COVERAGE, checks=ABSENT) as schema:
        yield schema


@schemathesis.pytest.from_fixture("of_small").parametrize()
@settings(derandomize=True, deadline=None, max_examples=25)
def test_the_api_does_what_it_says(case: Case) -> None:
    case.call_and_validate()


@schemathesis.pytest.from_fixture("of_large").parametrize()
@settings(derandomize=True, deadline=None, max_examples=8)
def test_so_it_does_over_thousands_of_films(case: Case) -> None:
    case.call_and_validate()


@schemathesis.pytest.from_fixture("of_absent").parametrize()
@settings(derandomize=True, deadline=None, max_examples=5)
def test_without_a_warehouse_it_says_503_as_described(case: Case) -> None:
    case.call_and_validate()


def test_an_answer_that_is_not_as_described_would_be_found() -> None:
    app = FastAPI()
    app.add_api_route("/health", lambda: JSONResponse({"status": "ok"}), response_model=Health)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    with pytest.raises(FailureGroup):
        schema["/health"]["GET"].Case().call_and_validate()
