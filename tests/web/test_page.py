"""The dashboard's pages: in their reader's language, with everything escaped, with what the warehouse has."""

import html
import re
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from taquilla.analysis.charts import TOPICS, charts
from taquilla.analysis.coverage import FIRST_BUILT_IN_ID
from taquilla.analysis.language import TMDB_NOTICE
from taquilla.web.app import create_app
from taquilla.web.language import language
from taquilla.web.pages.browser_errors import answer_browsers
from taquilla.web.pages.overview import STRONGEST
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


OWN_PAGES = ["/", *(f"/charts/{topic}" for topic in TOPICS), "/about", "/api"]


def test_the_overview_shows_films_kpis_charts_and_the_notice(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "en")
    text = text_of(answer.text)
    assert "5 films" in text
    assert "$3.10B" in text
    assert "4 of 5 films have a popularity." in text
    assert NOTICE in text
    for name in STRONGEST:
        assert f'id="{name}"' in answer.text


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_shows_its_charts_or_why_one_is_empty(client: TestClient, topic: str) -> None:
    page = client.get(f"/charts/{topic}").text
    for name, chart in charts().items():
        assert (f'id="{name}"' in page) is (chart.topic == topic), name
        if chart.topic == topic:
            card = page.partition(f'id="{name}"')[2].partition("</section>")[0]
            assert ("data-source=" in card and "<table" in card) is not ('class="empty"' in card), name


def test_charts_lead_to_the_first_topic_and_an_unknown_one_is_not_found(client: TestClient) -> None:
    assert client.get("/charts", follow_redirects=False).headers["location"] == f"/charts/{TOPICS[0]}"
    answer = client.get("/charts/nonsense")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", OWN_PAGES)
def test_a_spanish_page_has_no_english_left(client: TestClient, path: str) -> None:
    page = client.get(path, params={"lang": "es"}).text
    assert '<html lang="es">' in page
    assert english_left(client.get(path, params={"lang": "en"}).text)
    # The API speaks English, and the page marks it so.
    assert english_left(re.sub(r'<code>.*?</code>|<td class="text" lang="en">.*?</td>', "", page)) == set()
    assert NOTICE in text_of(page)


def test_spanish_pages_write_names_numbers_and_the_notice_in_spanish(client: TestClient) -> None:
    text = text_of(client.get("/?lang=es").text).replace("\u00a0", " ")
    assert "3.098 M US$" in text
    assert "4 de 5 películas tienen popularidad." in text
    assert "Ciencia ficción" in text_of(client.get("/charts/genres?lang=es").text)
    assert "Muy baja" in text_of(client.get("/charts/audience?lang=es").text)
    assert language("es").text("about.notice_translation") in text_of(client.get("/about?lang=es").text)


def test_without_a_warehouse_pages_tell_the_next_step(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path / "none.duckdb")) as client:
        for path in ("/", "/charts/money"):
            for code in ("en", "es"):
                answer = client.get(path, params={"lang": code})
                assert answer.status_code == 503
                assert "taquilla run" in answer.text
                assert NOTICE in answer.text
            assert english_left(answer.text) == set()
        assert client.get("/about").status_code == 200


def test_the_browsers_language_counts_and_the_switch_wins_and_is_remembered(client: TestClient) -> None:
    spanish = {"Accept-Language": "es-AR,es;q=0.9"}
    assert client.get("/", headers=spanish).headers["content-language"] == "es"
    answer = client.get("/?lang=en", headers=spanish)
    assert answer.headers["content-language"] == "en"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert client.get("/about", headers=spanish).headers["content-language"] == "en"
    assert "set-cookie" not in client.get("/about?lang=fr", headers=spanish).headers


def test_the_switch_keeps_the_page_and_its_query(client: TestClient) -> None:
    page = html.unescape(client.get("/films?q=a%26b&lang=en").text)
    assert 'href="/films?q=a%26b&lang=es"' in page


def test_what_films_are_called_stays_text(tmp_path: Path) -> None:
    title = """<script>alert("1")</script> & 'more' {{ 7*7 }}"""
    path = write(
        tmp_path / "w.duckdb",
        movies=[film(1, title, popularity=30.0, popularity_level="Alta")],
        genres=[{"genre_id": 999, "name": "<i>Noir</i>"}],
        movie_genres=[{"film_id": 1, "genre_id": 999}],
    )
    with TestClient(create_app(path)) as client:
        page = client.get("/").text + client.get("/charts/genres").text
        assert client.get("/api/charts/top_films/drawing").json()["marks"][0]["label"] == title
    assert "<script>" not in page
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
        page = client.get("/charts/genres?lang=en").text
    assert "Science Fiction" in page
    assert "Ciencia" not in page
    assert "Peplum" in page


@pytest.mark.parametrize(("first_id", "is_noted"), [(1, False), (FIRST_BUILT_IN_ID, True)])
def test_the_built_in_catalogue_is_noted(tmp_path: Path, first_id: int, is_noted: bool) -> None:
    path = small_warehouse(tmp_path / "w.duckdb", first_id=first_id)
    with TestClient(create_app(path)) as client:
        for page in ("/", "/charts/money"):
            text = text_of(client.get(page).text)
            assert ("5 of these films are the built-in catalogue" in text) is is_noted
            assert ("Wikidata (CC0)" in text) is is_noted


def test_a_warehouse_without_marts_still_has_pages(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema mart cascade")
    with TestClient(create_app(warehouse)) as client:
        answers = [client.get("/"), client.get("/charts/money")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "5 films" in answers[0].text
    assert "taquilla run" in answers[1].text
    assert "<table" not in answers[0].text + answers[1].text


def test_a_new_load_shows_on_the_next_page(warehouse: Path) -> None:
    with TestClient(create_app(warehouse)) as client:
        assert "Avatar" in client.get("/").text
        write(warehouse, movies=[film(1, "Another film", popularity=3.0)])
        page = client.get("/").text
    assert "1 films" in text_of(page)
    assert "Another film" in page
    assert "Avatar" not in page


@pytest.mark.parametrize("path", [*OWN_PAGES, "/films", "/people", "/genres", "/predict", "/runs"])
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)
    assert not re.findall(r"<[^>]*\s(?:style|on\w+)=", page)
    assert "<style" not in page
    assert re.findall(r"<script(?! src=)", page) == []
    for asset in set(re.findall(r'"(/static/[^"]+)"', page)):
        assert client.get(asset).status_code == 200, asset


def test_about_names_the_vendored_software_and_serves_its_licences(client: TestClient) -> None:
    page = client.get("/about").text
    assert "Apache ECharts</a> 6.1.0" in page
    assert "Apache License" in client.get("/static/vendor/echarts/LICENSE").text
    assert "6.1.0" in client.get("/static/vendor/echarts/echarts.min.js").text[-4_000_000:]


def test_the_routes_of_the_api_are_listed_and_open(client: TestClient) -> None:
    page = client.get("/api").text
    listed = set(
        re.findall(r'<span class="method">(\w+)</span> (?:<a href="[^"]*">)?([^<]+)<', page.replace("</code>", "<"))
    )
    paths = client.get("/openapi.json").json()["paths"]
    told = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert {(method, path.strip()) for method, path in listed} == told
    for path in re.findall(r'<a href="(/(?:api/|health)[^"]*)">', page):
        assert client.get(path).status_code in (200, 503), path


@pytest.mark.parametrize(
    ("path", "accept", "status", "kind"),
    [
        ("/nowhere", "text/html,*/*;q=0.8", 404, "text/html; charset=utf-8"),
        ("/nowhere", "*/*", 404, "application/problem+json"),
        ("/api/nowhere", "text/html", 404, "application/problem+json"),
        ("/api/films?limit=-1", "text/html", 422, "application/problem+json"),
        ("/static/nowhere.css", "text/html", 404, "application/problem+json"),
    ],
)
def test_a_failure_is_a_page_for_browsers_and_a_problem_for_programs(
    warehouse: Path, path: str, accept: str, status: int, kind: str
) -> None:
    app = create_app(warehouse)
    answer_browsers(app)
    with TestClient(app) as client:
        answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert "Content-Security-Policy" in answer.headers
