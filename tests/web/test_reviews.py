"""The pages and the API of reviews: key figures and goals, places, topics; in both languages, naming no reviewer."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from analysis.audience_rows import BURST, CITIES, REVIEWS, VENUES
from taquilla.analysis.charts import charts
from taquilla.web.app import create_app
from taquilla.web.language import language
from taquilla.web.pages.reviews import PATHS
from taquilla.web.reader import WarehouseReader
from warehouse.review_rows import World, review
from web.review_rows import audience_warehouse, recommenders
from web.test_page import english_left, text_of

EN, ES = language("en"), language("es")
PLACE = f"/reviews/places/{quote('v/1:é', safe='')}"
PAGES = [*PATHS.values(), "/reviews/places", PLACE, "/reviews/goals", "/recommendations"]


@pytest.fixture(scope="module")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = audience_warehouse(tmp_path_factory.mktemp("reviews") / "warehouse.duckdb")
    with TestClient(create_app(path, recommenders())) as client:
        yield client


def test_the_reviews_have_their_figures_goals_charts_and_what_they_are(audience: TestClient) -> None:
    page = audience.get("/reviews?lang=en").text
    text = text_of(page)
    found = audience.get("/api/reviews/kpis").json()
    items = {item["name"]: item for item in found["items"]}
    stars = items["mean_stars"]
    assert (stars["counted"], stars["known"], stars["whole"]) == ("reviews", REVIEWS - 1, REVIEWS)
    assert (items["reviews"]["value"], items["venues"]["value"]) == (REVIEWS, VENUES)
    for said in (f"{stars['value']:.2f}", "Against the goals, Mar 2024", "These reviews are generated: places"):
        assert said in text
    assert (found["month"], found["is_generated"], len(found["goals"])) == ("2024-03-01", True, 4)
    verdicts = [goal["is_met"] for goal in found["goals"]]
    assert [word == "met" for word in re.findall(r">(met|not met)</span>", page)].count(True) == verdicts.count(True)
    assert "reviews_page" not in text


@pytest.mark.parametrize(("topic", "path"), PATHS.items())
def test_each_page_has_the_charts_of_its_topic(audience: TestClient, topic: str, path: str) -> None:
    page = audience.get(path).text
    for name, chart in charts().items():
        assert (f'id="{name}"' in page) is (chart.topic == topic), name
    assert 'aria-current="page"' in page.partition('class="tabs"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("path", [*PAGES, "/", "/recommendations?user=rater-3", "/reviews/goals?scope_kind=all"])
def test_a_spanish_page_of_reviews_has_no_english_left(audience: TestClient, path: str) -> None:
    page = audience.get(f"{path}{'&' if '?' in path else '?'}lang=es").text
    assert '<html lang="es">' in page
    # A category is called what its source calls it.
    assert english_left(page) <= {"Cinema"}


def test_every_chart_of_reviews_is_served_as_it_is_drawn(audience: TestClient) -> None:
    for name in (name for name, chart in charts().items() if chart.subject == "reviews"):
        found, drawn = audience.get(f"/api/charts/{name}").json(), audience.get(f"/api/charts/{name}/drawing").json()
        assert 0 < found["known"] <= found["whole"], name
        assert found["counted"] in ("reviews", "venues", "ratings")
        assert drawn["marks"], name
        assert drawn["is_band"] is (name == "mean_stars_by_month")
        for mark in drawn["marks"]:
            # Every place, city and category that a mark leads to is there.
            assert not mark["href"] or audience.get(mark["href"]).status_code == 200, mark


def test_places_are_found_sorted_and_told(audience: TestClient) -> None:
    answer = audience.get("/api/reviews/places?limit=5")
    every = audience.get("/api/reviews/places?limit=500").json()
    assert every["total"] == len(every["items"]) == VENUES
    assert answer.json()["items"] == every["items"][:5]
    assert 'offset=5>; rel="next"' in answer.headers["link"]
    best = [place["bayesian_stars"] for place in every["items"]]
    assert best == sorted(best, reverse=True)
    wanted: dict[str, Callable[[dict[str, Any]], bool]] = {
        "q=CINE": lambda place: "Cine" in str(place["name"]),
        f"city={CITIES[0][0].upper()}": lambda place: bool(place["city"] == CITIES[0][0]),
        "state=uk": lambda place: bool(place["state"] == "UK"),
        "category=cinema": lambda place: "Cinema" in place["categories"],
        "is_cinema=true": lambda place: place["is_cinema"] is True,
        "min_reviews=28": lambda place: bool(place["reviews"] >= 28),
    }
    for asked, holds in wanted.items():
        found = audience.get(f"/api/reviews/places?limit=500&{asked}").json()["items"]
        assert found == [place for place in every["items"] if holds(place)] != [], asked
    answers = [
        p["answer_rate"] for p in audience.get("/api/reviews/places?sort=-answer_rate&limit=500").json()["items"]
    ]
    known = [rate for rate in answers if rate is not None]
    assert known == sorted(known, reverse=True)
    assert answers == known + [None] * (VENUES - len(known))
    assert audience.get("/api/reviews/places?colour=red").status_code == 422


def test_a_place_has_its_months_stars_aspects_and_bursts(audience: TestClient) -> None:
    place = audience.get(f"/api{PLACE}").json()
    assert sum(month["reviews"] for month in place["months"]) == place["reviews"]
    assert sum(stars["reviews"] for stars in place["stars"]) == place["reviews_starred"]
    (burst,) = place["bursts"]
    assert (burst["reviews"], burst["day"]) == (BURST, "2024-01-09")
    assert (place["answer_rate"], place["reviews_answerable"]) == (None, 0)
    assert place["hours"] == {"Monday": "15:00-23:30"}
    text = text_of(audience.get(f"{PLACE}?lang=es").text)
    for said in ("Sala Osborne 1", "Curtainbury, UK", "9 de enero de 2024", "15:00–23:30", "Butacas", "–"):
        assert said in text
    nobody = audience.get(f"/reviews/places/{quote('v/13:é', safe='')}?lang=en")
    assert EN.text("place_page.is_inferred") in text_of(nobody.text)
    for path in ("/reviews/places/nowhere", "/api/reviews/places/nowhere"):
        assert audience.get(path).status_code == 404


def test_goals_are_told_by_scope_and_month(audience: TestClient) -> None:
    cities = audience.get("/api/reviews/goals?scope_kind=city&month=2024-03-01&kpi=growth").json()
    assert [goal["scope"] for goal in cities["items"]] == sorted(goal["scope"] for goal in cities["items"])
    for goal in cities["items"]:
        assert goal["is_met"] is (None if goal["value"] is None else goal["value"] >= goal["goal"])
    page = audience.get("/reviews/goals?lang=en").text
    assert text_of(page).count("Goal: ") == 4
    for goal in cities["items"]:
        assert f">{goal['scope']}</td>" in page
        assert EN.share(goal["value"], 1) in page
    months = audience.get("/api/reviews/goals?limit=3").json()
    assert (months["total"], len(months["items"])) == (20, 3)
    assert audience.get("/api/reviews/goals?offset=100").json() == {"total": 20, "items": []}
    assert audience.get("/reviews/goals?scope_kind=planet&month=soon").status_code == 422
    venues = audience.get("/reviews/goals?scope_kind=venue&month=2024-01-01").text
    assert '<a href="/reviews/places/v%2F' in venues


def test_what_cannot_be_asked_is_told_and_left_out(audience: TestClient) -> None:
    answer = audience.get("/reviews/places?is_cinema=perhaps&min_reviews=none&sort=colour&page=99&lang=en")
    assert answer.status_code == 422
    text = text_of(answer.text)
    for said in ("refused.is_cinema", "refused.min_reviews", "refused.sort"):
        assert EN.text(said) in text
    assert f"{VENUES} places" in text
    none = text_of(audience.get("/reviews/places?q=no+such+place").text)
    assert EN.text("places_page.no_place") in none


def test_recommendations_have_reasons_and_say_what_they_do_not_know(audience: TestClient) -> None:
    api = audience.get("/api/recommendations/reviewer-u3?kind=venues&lang=es").json()["items"]
    page = html.unescape(audience.get("/recommendations?kind=venues&user=reviewer-u3&lang=es").text)
    assert api
    for item in api:
        assert item["title"] is None or item["title"] in page
        assert item["reason"]["text"][1:] in page
    assert '<a href="/reviews/places/v%2F' in page
    liked = audience.get("/recommendations", params={"likes": "Rated 3\nAmélie (2001)", "lang": "en"})
    assert (liked.status_code, "Recommended" in text_of(liked.text)) == (200, True)
    assert audience.get("/recommendations?genre=comedia&lang=es").status_code == 200
    for asked, key, text in (
        ("user=nobody", "user", "nobody"),
        ("likes=Nothing+<b>", "like", "Nothing <b>"),
        ("genre=Opera", "genre", "Opera"),
    ):
        answer = audience.get(f"/recommendations?{asked}&lang=es")
        assert answer.status_code == 422
        assert ES.text(f"recommendations_page.refused.{key}", text=text) in text_of(answer.text)
    film = html.unescape(audience.get("/films/1?lang=es").text)
    assert "Películas como esta" in film
    assert '<a href="/films/3">Zodiac</a>' in film
    assert "Géneros en común: Drama" in film


def test_no_reviewer_is_named_anywhere(audience: TestClient, tmp_path: Path) -> None:
    reader = WarehouseReader(audience_warehouse(tmp_path / "w.duckdb"))
    with reader.session() as session:
        names = [row["name"] for row in session.rows("select name from reviews.dim_reviewer where name is not null")]
        marts = [name for name in session.marts() if name.startswith(("review", "venue", "city"))]
    reader.close()
    answers = [audience.get(path).text for path in (*PAGES, "/", f"/api{PLACE}", "/api/reviews/places?limit=500")]
    answers += [audience.get(f"/api/marts/{name}?limit=5000").text for name in marts]
    assert len(names) == 60
    assert not [name for name in names for answer in answers if name in answer]


def test_without_reviews_nothing_speaks_of_them(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="/reviews"' not in page
    assert not {chart["topic"] for chart in client.get("/api/charts").json()} & set(PATHS)
    found = client.get("/api/reviews/kpis").json()
    assert {item["name"]: item["value"] for item in found["items"]}["mean_stars"] is None
    assert (found["is_generated"], found["goals"], found["month"]) == (False, [], None)
    for path in ("places", "goals"):
        assert client.get(f"/api/reviews/{path}").json() == {"total": 0, "items": []}
    for path in (path for path in PAGES if path not in (PLACE, "/recommendations")):
        answer = client.get(path)
        assert (answer.status_code, "This warehouse has no reviews." in text_of(answer.text)) == (200, True)
    assert client.get(PLACE).status_code == 404
    assert "There is no recommender yet." in text_of(client.get("/recommendations").text)
    assert "like this one" not in text_of(client.get("/films/1").text)


@pytest.mark.parametrize("kind", ["alone", "ratings"])
def test_reviews_or_ratings_alone_have_no_pages_of_films(tmp_path: Path, kind: str) -> None:
    with TestClient(create_app(audience_warehouse(tmp_path / "warehouse.duckdb", kind))) as client:
        page = client.get("/").text
        links = set(re.findall(r'href="(/[^"?]*)"', page.partition("<main")[0]))
        assert {"/", "/reviews", "/runs", "/about"} <= links
        assert not {"/films", "/people", "/genres", "/predict", "/rentals"} & links
        assert ("400 reviews" in text_of(page)) is (kind == "alone")
        assert 'id="top_films"' not in page
        for path in (*PATHS.values(), "/reviews/places", "/reviews/goals"):
            assert client.get(path).status_code == 200
        if kind == "ratings":
            assert EN.text("charts.reviews_by_month.empty") in text_of(client.get("/reviews").text)
            assert 'data-source="/api/charts/rating_distribution' in client.get("/reviews/ratings").text


def test_few_reviews_have_no_growth_and_no_goals_and_their_pages_answer(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.take(reviews=[review(n, "v1", "ana", 5.0, f"01-1{n}") for n in range(3)])
    with TestClient(create_app(world.file)) as client:
        found = client.get("/api/reviews/kpis").json()
        assert (found["month"], found["goals"], found["last_on"]) == (None, [], "2024-01-12")
        figures = {item["name"]: item["value"] for item in found["items"]}
        assert (figures["reviews"], figures["growth"]) == (3, None)
        assert client.get("/api/reviews/goals?scope_kind=venue").json() == {"total": 0, "items": []}
        for path in ("/reviews", "/reviews/goals", "/reviews/goals?scope_kind=all", "/reviews/places"):
            assert client.get(path).status_code == 200
        assert EN.text("goals_page.none") in text_of(client.get("/reviews/goals?lang=en").text)
