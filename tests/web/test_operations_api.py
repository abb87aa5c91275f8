"""/api/kpis, /api/runs, /api/quarantine, /api/accounts: each figure with what it is known for, and sums that add up."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from taquilla.web.app import create_app
from web.rows import film, write

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = {
    "landed": 10, "current": 4, "superseded": 2, "quarantined": 1, "dead": 1, "pending": 1, "purged": 1, "missing": 0,
}  # fmt: skip


def kpis(client: TestClient) -> dict[str, Any]:
    return {kpi["name"]: kpi for kpi in client.get("/api/kpis").json()["items"]}


def test_each_key_figure_has_its_unit_definition_and_films(client: TestClient) -> None:
    found = kpis(client)
    assert found["revenue_usd"]["value"] == 174_200_000 + 2_923_706_026
    assert (found["revenue_usd"]["known_films"], found["revenue_usd"]["films"]) == (2, 5)
    assert found["median_roi"]["unit"] == "ratio"
    assert found["median_roi"]["value"] == pytest.approx((16.42 + 11.34) / 2)
    assert all(kpi["definition"].endswith(".") for kpi in found.values())
    assert client.get("/api/kpis").json()["as_of_date"] == "2026-03-01"


def test_a_figure_that_is_known_for_no_film_is_null(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(1, "Unheard of")])
    with TestClient(create_app(path)) as client:
        found = kpis(client)
    unknown = ["revenue_usd", "median_roi", "share_profitable", "share_break_even", "mean_rating"]
    assert [found[name]["value"] for name in unknown] == [None] * 5
    assert [found[name]["known_films"] for name in unknown] == [0] * 5
    assert found["films"]["value"] == 1


@pytest.fixture
def operated(tmp_path: Path) -> Path:
    """A warehouse with three steps, of which one failed, three refused records, and the account."""
    run = {"run_id": "r", "seconds": 1.5, "version": "0.1.0"}
    return write(
        tmp_path / "w.duckdb",
        **{
            "ops.runs": [
                run | {"run_seq": 0, "step": "land_films", "started_at": STARTED, "outcome": "ok", "dead": 1},
                run | {"run_seq": 1, "step": "curate_films", "started_at": STARTED, "outcome": "failed"},
                run | {"run_seq": 2, "step": "load", "started_at": STARTED, "outcome": "ok", "note": "again"},
            ],
            "ops.rejected": [
                {"raw_seq": 1, "kind": "dead letter", "fetched_at": STARTED, "reason": "no JSON"},
                {"raw_seq": 2, "kind": "quarantined", "fetched_at": STARTED, "reason": "''", "rule": "title"},
                {"raw_seq": 3, "kind": "quarantined", "fetched_at": STARTED, "reason": "-1", "rule": "budget, title"},
            ],
            "ops.accounts": [{"state": state, "records": records} for state, records in ACCOUNT.items()],
        },
    )


def test_runs_come_newest_first_in_pages_and_what_a_failed_step_counted_is_unknown(operated: Path) -> None:
    with TestClient(create_app(operated)) as client:
        answer = client.get("/api/runs?limit=2")
        assert answer.json()["total"] == 3
        assert [run["step"] for run in answer.json()["items"]] == ["load", "curate_films"]
        failed = answer.json()["items"][1]
        assert (failed["outcome"], failed["rows"], failed["dead"]) == ("failed", None, None)
        assert failed["started_at"] == "2026-03-01T12:00:00Z"
        assert client.get("/api/runs?offset=2").json()["items"][0]["dead"] == 1
        assert '</api/runs?limit=2&offset=2>; rel="next"' in answer.headers["link"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [3, 2, 1]),
        ({"kind": "quarantined"}, [3, 2]),
        ({"kind": "dead letter"}, [1]),
        ({"rule": "title"}, [3, 2]),
        ({"rule": "budget", "kind": "quarantined"}, [3]),
        ({"rule": "budget", "kind": "dead letter"}, []),
        ({"rule": "", "limit": "1", "offset": "1"}, [2]),
    ],
)
def test_refused_records_are_found_by_kind_and_rule(operated: Path, asked: dict[str, str], found: list[int]) -> None:
    with TestClient(create_app(operated)) as client:
        answer = client.get("/api/quarantine", params=asked)
    assert [record["raw_seq"] for record in answer.json()["items"]] == found
    assert "payload" not in answer.text


@pytest.mark.parametrize("asked", ["kind=dead", "limit=0", "rule=" + "x" * 201, "state=x"])
def test_an_unknown_kind_is_a_problem(client: TestClient, asked: str) -> None:
    assert client.get(f"/api/quarantine?{asked}").status_code == 422


def test_the_account_adds_up(operated: Path) -> None:
    with TestClient(create_app(operated)) as client:
        assert client.get("/api/accounts").json() == ACCOUNT | {"adds_up": True}


@pytest.mark.parametrize("wrong", [{"missing": 1, "current": 3}, {"landed": 11}])
def test_an_account_that_does_not_add_up_says_so(tmp_path: Path, wrong: dict[str, int]) -> None:
    states = [{"state": state, "records": records} for state, records in (ACCOUNT | wrong).items()]
    with TestClient(create_app(write(tmp_path / "w.duckdb", **{"ops.accounts": states}))) as client:
        assert client.get("/api/accounts").json()["adds_up"] is False


def test_an_account_that_no_load_has_made_is_unknown(client: TestClient) -> None:
    assert set(client.get("/api/accounts").json().values()) == {None}
