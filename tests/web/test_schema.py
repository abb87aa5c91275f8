"""Schemathesis over the API's own description: what it allows is answered as described, what it forbids is refused."""

import shutil
import tempfile
from collections.abc import Iterator
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

# Schemathesis wants the apps while tests are collected; their warehouses need not be there by then.
FOLDER = Path(tempfile.mkdtemp(prefix="taquilla-schema-"))
FILMS = 5_000
Case = schemathesis.Case[Any]
# A year that no film is of is a date as OpenAPI has it: that it is refused, the description says in words alone.
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "422", "503"]}}
# GET /predict is a page, and no part of the API.
OTHERWISE = {"unsupported_method": {"enabled": False}}
PREDICT = {"include-name": "POST /predict", "checks": ACCEPTED | OTHERWISE}


def described(name: str, **config: Any) -> schemathesis.BaseSchema:
    """The API over the warehouse of that name, as it describes itself."""
    config = {"generation": {"mode": "all", "deterministic": True}, "operations": [PREDICT]} | config
    app = create_app(FOLDER / name, FOLDER / "models")
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=SchemathesisConfig.from_dict(config))


SMALL = described("small.duckdb")
LARGE = described("large.duckdb", phases={"coverage": {"enabled": False}})
ABSENT = described(
    "absent.duckdb",
    phases={"coverage": {"enabled": False}},
    checks={
        "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "503"]},
    },
)


@pytest.fixture(autouse=True, scope="module")
def warehouses() -> Iterator[None]:
    small_warehouse(FOLDER / "small.duckdb")
    connection = connect(many_films(FOLDER / "large.duckdb", FILMS))
    train(asking(connection), FOLDER / "models", now=datetime(2026, 3, 1, tzinfo=UTC))
    connection.close()
    yield
    for schema in (SMALL, LARGE, ABSENT):
        schema.app.state.reader.close()
    shutil.rmtree(FOLDER)


@SMALL.parametrize()
@settings(derandomize=True, deadline=None, max_examples=25)
def test_the_api_does_what_it_says(case: Case) -> None:
    case.call_and_validate()


@LARGE.parametrize()
@settings(derandomize=True, deadline=None, max_examples=8)
def test_so_it_does_over_thousands_of_films(case: Case) -> None:
    case.call_and_validate()


@ABSENT.parametrize()
@settings(derandomize=True, deadline=None, max_examples=5)
def test_without_a_warehouse_it_says_503_as_described(case: Case) -> None:
    case.call_and_validate()


def test_an_answer_that_is_not_as_described_would_be_found() -> None:
    app = FastAPI()
    app.add_api_route("/health", lambda: JSONResponse({"status": "ok"}), response_model=Health)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    with pytest.raises(FailureGroup):
        schema["/health"]["GET"].Case().call_and_validate()
