"""Schemathesis over the API's own description: what it allows is answered as described, what it forbids is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import schemathesis
import schemathesis.wfc.escalation  # else imported deep in a recursion, where Python 3.11 cannot compile it
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
from web.review_rows import audience_warehouse, recommenders

FILMS = 5_000
Case = schemathesis.Case[Any]
# A year that no film is of is a date as OpenAPI has it: that it is refused, the description says in words alone.
ACCEPTED = {"positive_data_acceptance": {"expected-statuses": ["2xx", "422", "503"]}}
# GET /predict is a page, and no part of the API.
OTHERWISE = {"unsupported_method": {"enabled": False}}
PREDICT = {"include-name": "POST /predict", "checks": ACCEPTED | OTHERWISE}
# That an id is nobody's, or a like no film's, only the recommender knows.
UNKNOWN = {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422", "503"]}}
RECOMMENDED = {"include-name": "GET /api/recommendations/{user_id}", "checks": UNKNOWN}
NO_COVERAGE = {"coverage": {"enabled": False}}
UNAVAILABLE = {
    "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "503"]},
}


def described(**config: Any) -> schemathesis.BaseSchema:
    """The API as it describes itself. It is not yet served: that a test does, with a warehouse."""
    config = {"generation": {"mode": "all", "deterministic": True}, "operations": [PREDICT, RECOMMENDED]} | config
    description = create_app(Path("none.duckdb")).openapi()
    return schemathesis.openapi.from_dict(description, config=SchemathesisConfig.from_dict(config))


SMALL = described()
LARGE = described(phases=NO_COVERAGE)
ABSENT = described(phases=NO_COVERAGE, checks=UNAVAILABLE)
# Schemathesis wants its cases while tests are collected; the apps that answer them are there while the tests run.
APPS: dict[str, FastAPI] = {}


@pytest.fixture(autouse=True, scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The apps over few films and reviews, over thousands of films, and over nothing.

    Each has the model that learnt from the thousands, and the recommender that learnt from the reviews.
    """
    folder = tmp_path_factory.mktemp("schema")
    audience_warehouse(folder / "small.duckdb")
    copytree(recommenders(), folder / "models")
    connection = connect(many_films(folder / "large.duckdb", FILMS))
    train(asking(connection), folder / "models", now=datetime(2026, 3, 1, tzinfo=UTC))
    connection.close()
    APPS.update(
        {name: create_app(folder / f"{name}.duckdb", folder / "models") for name in ("small", "large", "absent")}
    )
    yield
    for app in APPS.values():
        app.state.reader.close()
    APPS.clear()


@SMALL.parametrize()
@settings(derandomize=True, deadline=None, max_examples=25)
def test_the_api_does_what_it_says(case: Case) -> None:
    case.call_and_validate(app=APPS["small"])


@LARGE.parametrize()
@settings(derandomize=True, deadline=None, max_examples=8)
def test_so_it_does_over_thousands_of_films(case: Case) -> None:
    case.call_and_validate(app=APPS["large"])


@ABSENT.parametrize()
@settings(derandomize=True, deadline=None, max_examples=5)
def test_without_a_warehouse_it_says_503_as_described(case: Case) -> None:
    case.call_and_validate(app=APPS["absent"])


def test_an_answer_that_is_not_as_described_would_be_found() -> None:
    app = FastAPI()
    app.add_api_route("/health", lambda: JSONResponse({"status": "ok"}), response_model=Health)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    with pytest.raises(FailureGroup):
        schema["/health"]["GET"].Case().call_and_validate()
