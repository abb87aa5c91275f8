"""The pages and the API of a shop: what it takes, its films, its customers as groups; in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from taquilla.analysis.charts import charts
from taquilla.web.app import create_app
from taquilla.web.language import language
from taquilla.web.reader import WarehouseReader
from web.shop_rows import shop_warehouse
from web.test_page import english_left, text_of

PAGES = ["/rentals", "/rentals/earnings", "/rentals/films", "/rentals/customers"]
TOPIC = {"/rentals": "rentals", "/rentals/earnings": "rental_films", "/rentals/customers": "customers"}
EN = language("en")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = shop_warehouse(tmp_path_factory.mktemp("shop") / "warehouse.duckdb")
    with TestClient(create_app(path)) as client:
        yield client


def serving(path: Path, kind: str) -> TestClient:
    return TestClient(create_app(shop_warehouse(path / "warehouse.duckdb", kind)))


def test_the_shop_has_its_figures_its_charts_and_what_it_is(shop: TestClient) -> None:
    page = shop.get("/rentals").text
    text = text_of(page)
    paid = shop.get("/api/rentals/kpis").json()["items"][0]["value"]
    for said in ("2,000", f"{paid:,.2f}", "Returned late", "This shop is generated: its stores, people"):
        assert said in text
    assert re.search(r"in \d+ stores, of \d+ films in \d+ copies", text)


@pytest.mark.parametrize(("path", "topic"), TOPIC.items())
def test_each_page_has_the_charts_of_its_topic(shop: TestClient, path: str, topic: str) -> None:
    page = shop.get(path).text
    for name, chart in charts().items():
        assert (f'id="{name}"' in page) is (chart.topic == topic), name
    assert 'aria-current="page"' in page.partition('class="tabs"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("path", [*PAGES, "/"])
def test_a_spanish_page_of_a_shop_has_no_english_left(shop: TestClient, path: str) -> None:
    page = shop.get(path, params={"lang": "es"}).text
    # The generated films have English titles.
    bare = re.sub(r'<td class="text">(?:<a [^>]*>)?[^<]*', "", page)
    assert english_left(bare) == set()


def test_every_chart_of_a_shop_is_served_as_it_is_drawn(shop: TestClient) -> None:
    listed = {chart["name"] for chart in shop.get("/api/charts").json()}
    assert listed == {name for name, chart in charts().items() if chart.subject != "reviews"}
    for name in (name for name, chart in charts().items() if chart.subject == "rentals"):
        found, drawn = shop.get(f"/api/charts/{name}").json(), shop.get(f"/api/charts/{name}/drawing").json()
        assert 0 <= found["known"] <= found["whole"], name
        assert found["counted"] in ("rentals", "payments", "shop_films", "customers")
        assert bool(drawn["marks"]) is not bool(drawn["empty"]), name
        if drawn["form"] == "lines":
            assert all(mark["at"] is not None for mark in drawn["marks"])
        assert shop.get(f"/api/charts/{name}/csv").text.startswith(",".join(charts()[name].table))


def test_the_films_are_found_sorted_and_lead_to_the_catalogue(shop: TestClient) -> None:
    every = shop.get("/api/rentals/films", params={"limit": 500}).json()
    assert every["total"] == len(every["items"]) == 60
    earned = [film["revenue"] for film in every["items"]]
    assert earned == sorted(earned, reverse=True)
    first, last = every["items"][0], every["items"][-1]
    asked = {"q": first["title"][:4].upper()}
    assert first in shop.get("/api/rentals/films", params=asked).json()["items"]
    by_turns = [f["turns"] for f in shop.get("/api/rentals/films?sort=turns&limit=500").json()["items"]]
    known = [turns for turns in by_turns if turns is not None]
    assert known == sorted(known)
    assert by_turns[len(known) :] == [None] * (60 - len(known))
    never = shop.get("/api/rentals/films?never_rented=true").json()["items"]
    assert last in never
    assert {film["rentals"] for film in never} == {0}
    category = shop.get("/api/rentals/films", params={"category": first["category"]}).json()["items"]
    assert {film["category"] for film in category} == {first["category"]}
    linked = {film["film_id"]: film["catalogue_film_id"] for film in every["items"]}
    assert {number for number, found in linked.items() if found} == {1, 2, 3, 4, 5}
    page = shop.get("/rentals/films?sort=title&lang=en").text
    assert page.count("<tr>") == 26
    title = shop.get("/api/rentals/films?sort=title&limit=1").json()["items"][0]["title"]
    assert title in text_of(page).partition("60 films")[2][:400]


def test_a_film_of_the_list_leads_to_its_page_or_tells_why_not(shop: TestClient) -> None:
    items = shop.get("/api/rentals/films?limit=500").json()["items"]
    film = next(film for film in items if film["catalogue_film_id"] == 1)
    page = shop.get("/rentals/films", params={"q": film["title"]}).text
    assert f'<a href="/films/1">{film["title"]}</a>' in page.replace("&#39;", "'")


def test_what_cannot_be_asked_is_told_and_left_out(shop: TestClient) -> None:
    answer = shop.get("/rentals/films?never_rented=perhaps&sort=colour&page=99")
    assert answer.status_code == 422
    text = text_of(answer.text)
    assert EN.text("refused.never_rented") in text
    assert EN.text("refused.sort") in text
    assert "60 films" in text
    none = shop.get("/rentals/films?q=no+such+film")
    assert (none.status_code, "No film is like that." in text_of(none.text)) == (200, True)
    assert shop.get("/api/rentals/films?colour=red").status_code == 422


def test_nobody_of_the_customers_is_named_anywhere(shop: TestClient, tmp_path: Path) -> None:
    reader = WarehouseReader(shop_warehouse(tmp_path / "w.duckdb"))
    with reader.session() as session:
        people = session.rows("select first_name, last_name, email, phone from shop.dim_customer")
        marts = session.marts()
    reader.close()
    private = {row["email"] for row in people if row["email"]} | {row["phone"] for row in people}
    private |= {f"{row['first_name']} {row['last_name']}" for row in people}
    answers = [shop.get(path).text for path in (*PAGES, "/", "/api/rentals/films?limit=500", "/api/rentals/kpis")]
    answers += [shop.get(f"/api/marts/{name}?limit=5000").text for name in marts]
    answers += [shop.get(f"/api/charts/{name}").text for name, chart in charts().items() if chart.subject == "rentals"]
    assert len(private) > 200
    for answer in answers:
        assert not [text for text in private if text in answer]
        assert "@example.org" not in answer


def test_without_a_shop_nothing_speaks_of_one(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="/rentals"' not in page
    assert "60.000" not in page
    assert {chart["topic"] for chart in client.get("/api/charts").json()} & {"rentals", "customers"} == set()
    assert client.get("/api/charts/store_revenue").status_code == 404
    found = client.get("/api/rentals/kpis").json()
    assert {item["name"]: item["value"] for item in found["items"]}["revenue"] is None
    assert (found["is_generated"], client.get("/api/rentals/films").json()) == (False, {"total": 0, "items": []})
    for path in PAGES:
        answer = client.get(path)
        assert (answer.status_code, "This warehouse has no rentals." in text_of(answer.text)) == (200, True)


def test_a_shop_alone_has_no_pages_of_films(tmp_path: Path) -> None:
    with serving(tmp_path, "alone") as client:
        page = client.get("/").text
        links = set(re.findall(r'href="(/[^"?]*)"', page.partition("<main")[0]))
        assert {"/", "/rentals", "/runs", "/about"} <= links
        assert not {"/films", "/people", "/genres", "/predict"} & links
        assert "2,000 rentals" in text_of(page)
        assert 'id="film_pareto"' in page
        assert 'id="top_films"' not in page
        assert client.get("/api/charts/earning_genres").json()["rows"] == []
        assert EN.text("charts.earning_genres.empty") in text_of(client.get("/rentals/earnings").text)


def test_a_shop_that_tells_no_payments_has_none_and_not_zero(tmp_path: Path) -> None:
    with serving(tmp_path, "workbook") as client:
        text = text_of(client.get("/rentals").text)
        assert EN.text("charts.store_revenue.empty") in text
        assert 'data-source="/api/charts/store_rentals' in client.get("/rentals").text
        films = client.get("/api/rentals/films").json()["items"]
        assert {film["revenue"] for film in films} == {None}
        assert films[0]["rentals"] >= films[-1]["rentals"]
        assert "0.00" not in text_of(client.get("/rentals/films").text)
