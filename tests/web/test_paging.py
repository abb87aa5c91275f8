"""Thousands of films page by page, and loads that replace the warehouse in the middle of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from taquilla.web.app import create_app
from web.many_films import many_films

FILMS = 5_000


@pytest.mark.parametrize("sort", ["-popularity", "title"])
def test_five_thousand_films_come_once_each_and_the_total_stays(tmp_path: Path, sort: str) -> None:
    seen: list[int] = []
    with TestClient(create_app(many_films(tmp_path / "w.duckdb", FILMS))) as client:
        address = f"/api/films?limit=100&sort={sort}"
        while address:
            answer = client.get(address)
            assert answer.json()["total"] == FILMS
            seen += [film["film_id"] for film in answer.json()["items"]]
            address = answer.links.get("next", {}).get("url", "")
    assert len(seen) == FILMS
    assert set(seen) == set(range(1, FILMS + 1))


def test_loads_in_the_middle_of_it_break_no_page(tmp_path: Path) -> None:
    """Each page is of one load: its total tells which, and its films are that load's."""
    path, done = many_films(tmp_path / "w.duckdb", FILMS), threading.Event()
    totals = set()
    with TestClient(create_app(path)) as client:

        def read(start: int) -> None:
            for offset in range(start, FILMS, 200):
                answer = client.get("/api/films", params={"limit": 50, "offset": offset, "sort": "-vote_count"})
                assert answer.status_code == 200, answer.text
                totals.add(answer.json()["total"])
                assert len(answer.json()["items"]) == 50

        def load() -> None:
            for more in range(1, 50):
                if done.is_set():
                    return
                many_films(path, FILMS + more)

        with ThreadPoolExecutor(5) as pool:
            loading = pool.submit(load)
            readers = [pool.submit(read, 50 * number) for number in range(4)]
            try:
                for reader in readers:
                    reader.result(60)
            finally:
                done.set()
            loading.result(60)
    # They did happen in the middle.
    assert len(totals) > 1
    assert totals <= set(range(FILMS, FILMS + 50))
