"""The page: in its reader's language, with everything escaped, with what the warehouse has."""

import html
import re
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from taquilla.web.app import create_app
from taquilla.web.language import language
from taquilla.web.page import FIRST_BUILT_IN_ID, TMDB_NOTICE
from taquilla.web.sections import SECTIONS
from web.rows import film, small_warehouse, write

NOTICE = "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB."


def text_of(page: str) -> str:
    """What a reader sees or hears: the texts and the labels, without the markup."""
    labels = re.findall(r'(?:aria-label|content)="([^"]*)"', page)
    return html.unescape("\n".join([re.sub(r"<[^>]*>", "\n", page), *labels]))


def english_left(page: str) -> set[str]:
    """Every piece of an English text, between its places, that stands on this page and in no Spanish text."""
    english, spanish = language("en").texts, "\n".join(language("es").texts.values())
    pieces = {
        piece.strip()
        for key, text in english.items()
        if not key.startswith("format.")
        for piece in re.split(r"{\w*}", text)
    }
    seen = text_of(page).replace(TMDB_NOTICE, "").replace("English", "", 1)
    return {p for p in pieces if len(p) > 2 and p not in spanish and re.search(rf"\b{re.escape(p)}(?!\w)", seen)}


def test_the_english_page_shows_films_kpis_marts_and_the_notice(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "en")
    text = text_of(answer.text)
    assert "5 films" in text
    assert "$3.10B" in text
    assert "4 of 5 films have a popularity." in text
    assert "High" in text
    assert "Very low" in text
    assert "Science Fiction" in text
    assert NOTICE in text
    for section in SECTIONS:
        assert f'id="{section.mart}"' in answer.text


def test_the_spanish_page_has_no_english_left(client: TestClient) -> None:
    page = client.get("/?lang=es").text
    text = text_of(page)
    assert '<html lang="es">' in page
    assert english_left(client.get("/?lang=en").text)
    assert english_left(page) == set()
    assert "Ciencia ficción" in text
    assert "Muy baja" in text
    assert "3.098 M US$" in text.replace("\u00a0", " ")
    assert "4 de 5 películas tienen popularidad." in text
    assert NOTICE in text
    assert language("es").text("about.notice_translation") in text


def test_without_a_warehouse_both_pages_tell_the_next_step(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path / "none.duckdb")) as client:
        for code in ("en", "es"):
            answer = client.get("/", params={"lang": code})
            assert answer.status_code == 503
            assert "taquilla run" in answer.text
            assert NOTICE in answer.text
        assert english_left(answer.text) == set()


def test_the_browsers_language_counts_and_the_switch_wins(client: TestClient) -> None:
    spanish = {"Accept-Language": "es-AR,es;q=0.9"}
    assert client.get("/", headers=spanish).headers["content-language"] == "es"
    answer = client.get("/?lang=en", headers=spanish)
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("en", "Accept-Language")
    assert 'href="/?lang=es"' in answer.text


def test_what_films_are_called_stays_text(tmp_path: Path) -> None:
    title = """<script>alert("1")</script> & 'more' {{ 7*7 }}"""
    path = write(
        tmp_path / "w.duckdb",
        movies=[film(1, title, popularity=30.0, popularity_level='"><b>')],
        genres=[{"genre_id": 999, "name": "<i>Noir</i>"}],
        movie_genres=[{"film_id": 1, "genre_id": 999}],
    )
    with TestClient(create_app(path)) as client:
        page = client.get("/").text
        assert client.get("/api/films").json()["items"][0]["title"] == title
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert html.escape("<script>alert(", quote=False) in page
    assert "{{ 7*7 }}" in page


def test_genres_are_named_by_id_in_the_readers_language(tmp_path: Path) -> None:
    path = write(
        tmp_path / "w.duckdb",
        movies=[film(1, "One", popularity=1.0)],
        genres=[{"genre_id": 878, "name": "Ciencia ficción"}, {"genre_id": 123456, "name": "Peplum"}],
        movie_genres=[{"film_id": 1, "genre_id": 878}, {"film_id": 1, "genre_id": 123456}],
    )
    with TestClient(create_app(path)) as client:
        page = client.get("/?lang=en").text
    assert "Science Fiction" in page
    assert "Ciencia" not in page
    assert "Peplum" in page


@pytest.mark.parametrize(("first_id", "is_noted"), [(1, False), (FIRST_BUILT_IN_ID, True)])
def test_the_built_in_catalogue_is_noted(tmp_path: Path, first_id: int, is_noted: bool) -> None:
    path = small_warehouse(tmp_path / "w.duckdb", first_id=first_id)
    with TestClient(create_app(path)) as client:
        text = text_of(client.get("/").text)
    assert ("5 of these films are the built-in catalogue" in text) is is_noted
    assert ("Wikidata (CC0)" in text) is is_noted


def test_a_warehouse_without_marts_still_has_a_page(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema mart cascade")
    with TestClient(create_app(warehouse)) as client:
        answer = client.get("/")
    assert answer.status_code == 200
    assert "5 films" in answer.text
    assert "<table" not in answer.text


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client: TestClient) -> None:
    page = client.get("/").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "style=" not in page
    assert "<style" not in page
    for asset in set(re.findall(r'"(/static/[^"]+)"', page)):
        assert client.get(asset).status_code == 200
