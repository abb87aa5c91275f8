"""The pages of films, people, genres, predictions and runs: what they show, what they link to, what they refuse."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from fastapi.testclient import TestClient

from taquilla.analysis.coverage import FIRST_BUILT_IN_ID
from taquilla.web.app import create_app
from taquilla.web.language import language
from web.catalogue_rows import FILMS, busy_folder
from web.rows import film, small_warehouse, write

PAGES = ["/films", "/films/2", "/people", "/people/30001", "/genres", "/predict", "/runs"]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = busy_folder(tmp_path_factory.mktemp("busy"))
    with TestClient(create_app(folder / "warehouse.duckdb", folder / "models")) as client:
        yield client


@pytest.fixture(autouse=True)
def in_english(busy: TestClient) -> None:
    """The language of one test is not remembered in the next."""
    busy.cookies.clear()


def text_of(page: str) -> str:
    """What a reader sees or hears, without the markup, on one line."""
    shown = re.sub(r"<(head|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|title)="([^"]*)"', shown)
    return re.sub(r"\s+", " ", html.unescape(" ".join([re.sub(r"<[^>]*>", " ", shown), *labels])))


def titles(page: str) -> list[str]:
    return re.findall(r'<a href="/films/-?\d+">([^<]*)</a>', page)


def links(page: str) -> list[str]:
    return [html.unescape(address) for address in re.findall(r'href="([^"]*)"', page)]


def test_films_are_listed_the_most_popular_first_with_the_unknown_as_a_dash(client: TestClient) -> None:
    page = client.get("/films").text
    assert titles(page) == ["Amélie", "Avatar", "Zodiac", "Another unheard of", "Unheard of"]
    assert "5 films" in text_of(page)
    assert "Science Fiction" in text_of(page)
    assert "Removed" not in text_of(page)
    row = page[page.index(">Unheard of<") :].partition("</tr>")[0]
    assert re.findall(r'<td class="number[^"]*">([^<]*)', row) == ["– "] * 2 + ["–"] * 5


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "AMELIE"}, ["Amélie"]),
        ({"genre": "878"}, ["Avatar"]),
        ({"genre": "science fiction"}, ["Avatar"]),
        ({"genre": "Ciencia ficción"}, ["Avatar"]),
        ({"year_from": "2002", "year_to": "2008"}, ["Zodiac"]),
        ({"language": "fr"}, ["Amélie"]),
        ({"min_votes": "20000"}, ["Avatar"]),
        ({"person_id": "2405"}, ["Amélie"]),
        ({"company_id": "7"}, ["Amélie"]),
        ({"sort": "title", "genre": "18"}, ["Amélie", "Zodiac"]),
        ({"sort": "-title", "genre": "18"}, ["Zodiac", "Amélie"]),
        ({"q": "", "genre": "", "year_from": " ", "min_votes": ""}, ["Amélie", "Avatar", "Zodiac"]),
    ],
)
def test_the_form_finds_films(client: TestClient, asked: dict[str, str], expected: list[str]) -> None:
    answer = client.get("/films", params=asked)
    assert answer.status_code == 200
    assert titles(answer.text)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year_from", "abc"), ("year_to", "9"), ("genre", "zzz"), ("min_votes", "-1"), ("language", "english"),
        ("sort", "loudness"), ("person_id", "x"), ("q", "a" * 201), ("company_id", "9" * 40),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_and_left_out(client: TestClient, name: str, value: str) -> None:
    answer = client.get("/films", params={name: value, "genre_id": "18", "lang": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert html.unescape(language("en").text(f"refused.{name}")) in text_of(answer.text)
    assert "5 films" in text_of(answer.text)


def test_what_was_typed_stands_in_the_form(client: TestClient) -> None:
    page = client.get("/films", params={"q": '"><script>', "genre": "drama", "year_from": "19x"}).text
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert '<option value="18" selected>' in page
    assert 'value="19x"' in page


def test_no_film_is_said_with_a_way_back(client: TestClient) -> None:
    text = text_of(client.get("/films?q=nothing+of+the+kind").text)
    assert language("en").text("films_page.none") in text
    assert language("en").text("films_page.widen") in text


def test_pages_lead_through_all_films(busy: TestClient) -> None:
    seen: list[str] = []
    address = "/films?sort=title&genre=18"
    while address:
        page = busy.get(address).text
        seen += titles(page)
        address = next((link for link in re.findall(r'href="([^"]*)" rel="next"', page)), "")
        address = html.unescape(address)
        assert "genre=18" in address or not address
    assert len(seen) == len(set(seen)) > 10
    beyond = busy.get("/films?page=999999").text
    assert f"{FILMS + 1} films" in text_of(beyond)
    assert "Page 7 of 7" in text_of(beyond)
    assert len(titles(busy.get("/films?page=minus-one").text)) == 25


def test_a_heading_sorts_and_turns_round(client: TestClient) -> None:
    page = client.get("/films?q=a").text
    assert 'aria-sort="descending"' in page
    heading = next(link for link in links(page) if "sort=popularity" in link)
    assert parse_qs(urlsplit(heading).query) == {"q": ["a"], "sort": ["popularity"]}
    assert 'aria-sort="ascending"' in client.get(heading).text


def test_a_film_has_its_figures_people_companies_and_ways_on(client: TestClient) -> None:
    page = client.get("/films/1").text
    text = text_of(page)
    for shown in ("Amélie", "Original title: Le Fabuleux Destin", "25 April 2001", "122 min", "French", "France",
                  "$10.0M", "$174M", "1,642%", "7.9", "11,000", "Good", "21.5", "High", "100.0%", "Comedy", "UGC",
                  "1 March 2026, 12:00 UTC"):  # fmt: skip
        assert shown in text, shown
    assert {"/people/2419", "/people/2405", "/films?genre=35", "/films?company_id=7", "/predict?like=1"} <= {
        *links(page)
    }
    assert {"https://www.themoviedb.org/movie/1", "https://www.imdb.com/title/tt0211915/"} <= {*links(page)}
    assert text.index("Audrey Tautou") < text.index("Mathieu Kassovitz")


def test_of_a_film_that_nobody_knows_everything_is_a_dash(client: TestClient) -> None:
    page = client.get("/films/4").text
    assert re.findall(r'<dd class="value">([^<]*)</dd>', page) == ["–"] * 8
    assert language("en").text("film_page.no_people") in text_of(page)


def test_a_first_of_january_stands_for_its_year(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(1, "Old", release_date="1950-01-01", release_year=1950)])
    with TestClient(create_app(path)) as client:
        text = text_of(client.get("/films/1").text)
    assert "Release date 1950 " in text
    assert "January" not in text


def test_a_built_in_film_is_named_so_and_has_no_page_at_tmdb(tmp_path: Path) -> None:
    path = write(tmp_path / "w.duckdb", movies=[film(FIRST_BUILT_IN_ID + 5, "Built in", imdb_id="tt0000005")])
    with TestClient(create_app(path)) as client:
        page = client.get(f"/films/{FIRST_BUILT_IN_ID + 5}").text
    assert "themoviedb.org" not in page
    assert "https://www.imdb.com/title/tt0000005/" in page
    assert language("en").text("film_page.built_in") in text_of(page)


def test_a_film_read_on_several_days_shows_them_and_markup_in_the_data_is_text(busy: TestClient) -> None:
    page = busy.get("/films/2").text
    assert re.findall(r'<tr><td class="text">([^<]*)</td><td class="number">([^<]*)', page) == [
        ("3 February 2026", "12.00"), ("2 February 2026", "11.00"), ("1 February 2026", "10.00"),
    ]  # fmt: skip
    assert "Trata de &lt;em&gt;algo&lt;/em&gt;." in page
    assert "<b>hero" not in page


@pytest.mark.parametrize(
    "address",
    ["/films/6", "/films/abc", "/films/99999", "/films/99999999999999999999999", "/films/-0x1", "/people/abc",
     "/people/424242", "/people/%C2%B2"],
)  # fmt: skip
def test_what_is_not_there_has_a_page_that_helps_to_find_it(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert f'action="/{address.split("/")[1]}"' in answer.text


def test_people_are_found_by_name_and_role(client: TestClient) -> None:
    assert "3 people" in text_of(client.get("/people").text)
    page = client.get("/people?q=TAUTOU&role=actor").text
    assert re.findall(r'<a href="/people/(\d+)">', page) == ["2405"]
    assert "$174M" in text_of(page)
    assert language("en").text("people_page.none") in text_of(client.get("/people?q=tautou&role=director").text)
    refused = client.get("/people?role=gaffer&sort=height")
    assert refused.status_code == 422
    assert "3 people" in text_of(refused.text)


def test_a_person_has_their_films_by_role_and_totals_with_what_they_are_known_for(busy: TestClient) -> None:
    page = busy.get("/people/30002").text
    text = text_of(page)
    assert titles(page) == ["Película 3", "Obra 4"]
    assert "Directed 2 films" in text
    assert "$17.5K known for 2 of 2 films" in text
    writer = text_of(busy.get("/people/30001?lang=es").text)
    assert "Otros trabajos" in writer
    assert "Guion" in writer


def test_genres_lead_to_their_films(client: TestClient) -> None:
    page = client.get("/genres?lang=es").text
    assert "Ciencia ficción" in text_of(page)
    assert len(titles(client.get(next(link for link in links(page) if link == "/films?genre=878")).text)) == 1


def test_runs_show_the_sum_the_steps_and_what_was_refused(busy: TestClient) -> None:
    page = busy.get("/runs").text
    text = text_of(page)
    assert "200 landed = 150 current + 20 replaced by newer ones + 24 quarantined + 6 unreadable" in text
    assert language("en").text("runs_page.adds_up") in text
    assert '<span class="level mala">Failed</span>' in busy.get("/runs?steps=2").text
    assert "taquilla quarantine show 30" in text
    assert "title_is_known" in text
    assert "Load the warehouse load_films" in text
    assert "<!doctype html>" not in page[20:]
    assert "181 days and more" in text
    second = busy.get(next(link for link in links(page) if "refused=2" in link)).text
    assert "taquilla quarantine show 18" in text_of(second)
    assert "Page 2 of 3" in text_of(second)
    assert "taquilla quarantine show 6" in text_of(busy.get("/runs?refused=77&steps=-4").text)


def test_a_sum_that_does_not_add_up_is_said(tmp_path: Path) -> None:
    states = {"landed": 9, "current": 5, "superseded": 0, "quarantined": 0, "dead": 0, "pending": 0, "purged": 0}
    rows = [{"state": state, "records": records} for state, records in (states | {"missing": 4}).items()]
    path = write(tmp_path / "w.duckdb", movies=[film(1, "One")], **{"ops.accounts": rows})
    with TestClient(create_app(path)) as client:
        text = text_of(client.get("/runs").text)
    assert language("en").text("runs_page.missing", records="4") in text
    assert language("en").text("runs_page.none_refused") in text
    assert language("en").text("runs_page.no_runs") in text


def test_an_older_warehouse_without_marts_leaves_its_sections_out(tmp_path: Path) -> None:
    path = small_warehouse(tmp_path / "w.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop schema mart cascade")
    with TestClient(create_app(path)) as client:
        assert 'id="freshness"' not in client.get("/runs").text
        assert language("en").text("genres_page.none") in text_of(client.get("/genres").text)
        assert client.get("/films").status_code == client.get("/films/1").status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_without_a_warehouse_every_page_says_what_to_do(tmp_path: Path, address: str) -> None:
    with TestClient(create_app(tmp_path / "none.duckdb")) as client:
        answer = client.get(address)
    assert answer.status_code == 503
    assert "taquilla run" in text_of(answer.text)


@pytest.mark.parametrize("address", PAGES)
def test_the_spanish_pages_have_no_english_left(busy: TestClient, address: str) -> None:
    texts, spanish = language("en").texts, "\n".join(language("es").texts.values())
    pieces = {
        piece.strip()
        for key, text in texts.items()
        if not key.startswith(("format.", "jobs."))
        for piece in re.split(r"{\w*}", text)
    }
    page = busy.get(f"{address}?lang=es").text
    # What is English is marked so: the notice, the switch, and what the log of a step says.
    text = text_of(re.sub(r'<(\w+)[^>]* lang="en".*?</\1>', "", page, flags=re.DOTALL))
    assert [p for p in pieces if len(p) > 2 and p not in spanish and re.search(rf"\b{re.escape(p)}(?!\w)", text)] == []
