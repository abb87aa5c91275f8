"""The service as a whole: health, marts, problems, headers; and a warehouse that is absent or broken."""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from taquilla import __version__
from taquilla.web.app import create_app
from web.rows import film, small_warehouse, write


def test_health_tells_the_films_and_when_they_were_loaded(client: TestClient, warehouse: Path) -> None:
    os.utime(warehouse, (1_770_000_000, 1_770_000_000))
    assert client.get("/health").json() == {
        "status": "ok", "version": __version__, "films": 5,
        "loaded_at": datetime.fromtimestamp(1_770_000_000, UTC).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/health", "/api/films", "/api/films/1", "/api/marts", "/api/marts/kpis"])
def test_without_a_warehouse_the_next_step_is_told_and_then_it_is_there(tmp_path: Path, path: str) -> None:
    file = tmp_path / "none" / "warehouse.duckdb"
    with TestClient(create_app(file)) as client:
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "There is no warehouse yet."
        assert "taquilla run" in answer.json()["next_step"]
        small_warehouse(file)
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("kind", ["text", "empty", "folder", "database"])
def test_a_file_that_is_no_warehouse_is_told_without_its_path(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "warehouse.duckdb"
    if kind == "folder":
        file.mkdir()
    elif kind == "database":
        duckdb.connect(str(file)).close()
    else:
        file.write_bytes(b"no database" * 1000 if kind == "text" else b"")
    with TestClient(create_app(file)) as client:
        answer = client.get("/health")
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text
        assert "taquilla run" in answer.json()["next_step"]
        assert client.get("/").status_code == 503


def test_a_warehouse_of_another_version_is_a_problem_and_no_crash(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema mart cascade")
        connection.execute("alter table movies drop column popularity")
    with TestClient(create_app(warehouse)) as client:
        answer = client.get("/api/films")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["next_step"] == "Make it anew with: taquilla run"
        assert client.get("/api/marts").json() == []


def test_marts_are_listed_with_the_question_that_they_answer(client: TestClient) -> None:
    found = {mart["name"]: mart["description"] for mart in client.get("/api/marts").json()}
    assert {"kpis", "top_films", "data_quality"} <= found.keys()
    assert all(found.values())


def test_a_mart_is_columns_and_rows_in_its_order(client: TestClient) -> None:
    found = client.get("/api/marts/top_films", params={"limit": 2}).json()
    title = found["columns"].index("title")
    assert found["total"] == 4
    assert [row[title] for row in found["rows"]] == ["Amélie", "Avatar"]
    assert {len(row) for row in found["rows"]} == {len(found["columns"])}


def test_every_mart_answers(client: TestClient) -> None:
    for mart in client.get("/api/marts").json():
        assert client.get(f"/api/marts/{mart['name']}").status_code == 200, mart["name"]


@pytest.mark.parametrize("name", ["nope", "kpis;", 'kpis" --', "movies", "KPIS"])
def test_an_unknown_mart_is_told_with_the_known_ones(client: TestClient, name: str) -> None:
    answer = client.get(f"/api/marts/{name}")
    assert answer.status_code == 404
    assert "kpis" in answer.json()["next_step"]


@pytest.mark.parametrize("limit", ["0", "-1", "5001", "x"])
def test_the_rows_of_a_mart_are_bounded(client: TestClient, limit: str) -> None:
    assert client.get("/api/marts/kpis", params={"limit": limit}).status_code == 422


def test_what_is_not_there_or_not_allowed_is_a_problem_too(client: TestClient) -> None:
    for answer, status in (
        (client.get("/nope"), 404),
        (client.post("/api/films"), 405),
        (client.get("/static/x"), 404),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["next_step"]


@pytest.mark.parametrize("path", ["/", "/health", "/api/films", "/nope", "/static/page.css", "/api/films?limit=x"])
def test_every_answer_carries_the_security_headers_and_none_opens_the_api_to_other_sites(
    client: TestClient, path: str
) -> None:
    headers = client.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'; object-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert not [name for name in headers if name.startswith("access-control-")]


def test_a_failure_of_our_own_is_a_problem_with_the_same_headers(warehouse: Path) -> None:
    app = create_app(warehouse)
    app.add_api_route("/failure", lambda: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/failure")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_api_describes_itself(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/health", "/api/films", "/api/films/{film_id}", "/api/marts", "/api/people", "/api/kpis"} <= set(
        described["paths"]
    )
    tags = {tag["name"] for tag in described["tags"]}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert set(operation["tags"]) <= tags, path
            assert operation["summary"], path
            assert operation["description"], path
            assert {"200", "422", "503"} <= operation["responses"].keys(), path
            assert ("{" in path) == ("404" in operation["responses"]), path
            problems = [found for status, found in operation["responses"].items() if int(status) >= 400]
            assert all("application/problem+json" in found["content"] for found in problems), path


def test_the_warehouse_cannot_be_used_to_read_other_files(warehouse: Path) -> None:
    with TestClient(create_app(warehouse)) as client, client.app.state.reader.session() as session:  # type: ignore[attr-defined]
        with pytest.raises(duckdb.PermissionException):
            session.rows("select * from read_csv('/etc/passwd')")
        with pytest.raises(duckdb.Error):
            session.rows("delete from movies")


def test_an_empty_warehouse_has_no_films_and_no_errors(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(1, "Gone", is_removed=True)])
    with TestClient(create_app(path)) as client:
        assert client.get("/api/films").json() == {"total": 0, "items": []}
        assert client.get("/health").json()["films"] == 0
        assert client.get("/").status_code == 200
