"""ETag, 304, HEAD, compression, and the answers that are kept: never an old answer under a new tag."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from taquilla.web.app import create_app
from taquilla.web.conditional import KeptAnswers
from web.rows import film, write

PATHS = ["/api/films?limit=2", "/api/films/1", "/api/marts", "/api/kpis", "/api/people", "/api/genres/18", "/api/runs"]


@pytest.mark.parametrize("path", PATHS)
def test_what_the_client_has_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "no-cache"
    for named in (tag, f'"other", {tag}', f"W/{tag}"):
        again = client.get(path, headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["x-content-type-options"] == "nosniff"
        assert again.headers["vary"] == first.headers["vary"]


def test_another_tag_or_none_gets_the_content(client: TestClient) -> None:
    for named in ('"other"', "*", "", "W/"):
        assert client.get("/api/films", headers={"If-None-Match": named}).status_code == 200


def test_a_kept_answer_is_the_same_answer(client: TestClient) -> None:
    first, second = client.get("/api/films?limit=2"), client.get("/api/films?limit=2")
    assert (first.content, dict(first.headers)) == (second.content, dict(second.headers))
    assert second.links["next"]["url"] == "/api/films?limit=2&offset=2"


def test_the_tag_is_another_for_another_address_language_compression_or_file(
    client: TestClient, warehouse: Path
) -> None:
    def tag(path: str = "/api/films?limit=2", **headers: str) -> str:
        return str(client.get(path, headers={"Accept-Encoding": "identity"} | headers).headers["etag"])

    tags = [tag(), tag("/api/films?limit=3"), tag("/api/kpis"), tag(**{"Accept-Language": "es"})]
    tags.append(tag(**{"Accept-Encoding": "gzip"}))
    write(warehouse, movies=[film(1, "Another")])
    tags.append(tag())
    assert len(set(tags)) == len(tags)


def test_after_a_load_the_old_tag_gets_the_new_content(client: TestClient, warehouse: Path) -> None:
    first = client.get("/api/films")
    assert client.get("/api/films").json() == first.json()
    write(warehouse, movies=[film(1, "The new one")])
    again = client.get("/api/films", headers={"If-None-Match": first.headers["etag"]})
    assert again.json()["items"][0]["title"] == "The new one"
    assert again.headers["etag"] != first.headers["etag"]


def test_a_problem_bears_no_tag_and_is_not_kept(client: TestClient, warehouse: Path) -> None:
    for path, status in (("/api/films/77", 404), ("/api/films?limit=0", 422), ("/api/nope", 404)):
        answer = client.get(path)
        assert (answer.status_code, "etag" in answer.headers) == (status, False)
    warehouse.unlink()
    absent = client.get("/api/films", headers={"If-None-Match": '"x"'})
    assert (absent.status_code, "etag" in absent.headers) == (503, False)


def test_a_warehouse_that_is_gone_gets_nothing_from_the_kept_answers(client: TestClient, warehouse: Path) -> None:
    tag = client.get("/api/films").headers["etag"]
    warehouse.unlink()
    assert client.get("/api/films").status_code == 503
    assert client.get("/api/films", headers={"If-None-Match": tag}).status_code == 503


@pytest.mark.parametrize("path", ["/api/films", "/api/films/77", "/health", "/openapi.json", "/api/films?limit=0"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert dict(head.headers) == dict(got.headers)


def test_head_answers_if_none_match_too(client: TestClient) -> None:
    tag = client.get("/api/films").headers["etag"]
    assert client.head("/api/films", headers={"If-None-Match": tag}).status_code == 304


def test_large_answers_are_compressed_on_request_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(i, f"Film {i}") for i in range(1, 51)])
    with TestClient(create_app(path)) as client:
        plain = client.get("/api/films", headers={"Accept-Encoding": "identity"})
        small = client.get("/api/films", headers={"Accept-Encoding": "gzip"})
        kept = client.get("/api/films", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert small.headers["content-encoding"] == kept.headers["content-encoding"] == "gzip"
        assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 5
        assert plain.json() == small.json() == kept.json()
        assert "Accept-Encoding" in plain.headers["vary"]
        assert "content-encoding" not in client.get("/api/films/1", headers={"Accept-Encoding": "gzip"}).headers


def test_only_the_answers_asked_for_last_are_kept() -> None:
    def answer(body: str) -> list[Message]:
        return [{"type": "http.response.body", "body": body.encode()}]

    kept = KeptAnswers(capacity_bytes=8 * 2_100)
    for name in "abcdefgh":
        kept.keep(name, answer(name * 9))
    assert kept.find("a") == answer("a" * 9)
    kept.keep("i", answer("i"))
    assert [name for name in "abcdefghi" if kept.find(name)] == list("acdefghi")
    kept.keep("large", answer("x" * 200))
    assert kept.find("large") == []


def test_a_tag_that_is_no_latin_text_does_no_harm(client: TestClient) -> None:
    raw: Any = [(b"If-None-Match", b'"\xff\xfe", \x80')]
    assert client.get("/api/films", headers=httpx2.Headers(raw)).status_code == 200
