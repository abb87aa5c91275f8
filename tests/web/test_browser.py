"""The dashboard in a browser: it fits, draws and answers clicks without a complaint, in both schemes and languages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from analysis.town_rows import load_town
from taquilla.analysis.charts import TOPICS
from taquilla.demo.town import Town
from taquilla.warehouse.duckdb import replacing
from taquilla.web.language import language
from web.conftest import serving
from web.rows import film, write

LONG = (
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb – Donaudampfschifffahrtsgesellschaftskapitän"
)
# The colour of the first marks in the light scheme.
MARK = "rgb(181, 56, 45)"
SHOP = ["/rentals", "/rentals/earnings", "/rentals/films", "/rentals/customers"]
PAGES = ["/", *(f"/charts/{topic}" for topic in TOPICS), *SHOP, "/about", "/api"]
# The headings and figures whose text does not fit into them.
CUT = """
    [...document.querySelectorAll(".value, h1, h2, dt, nav a, .tabs a, .legend button")]
        .filter(element => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1)
        .map(element => element.innerText)
"""
# The texts of charts that stand, wholly or in part, outside of their picture.
OUTSIDE = """
    [...document.querySelectorAll(".plot svg")].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll("text")].filter(text => {
            const box = text.getBoundingClientRect();
            return box.width && (box.left < frame.left - 2 || box.right > frame.right + 2
                || box.top < frame.top - 2 || box.bottom > frame.bottom + 2);
        }).map(text => `${text.textContent} in ${svg.closest("section").id}`);
    })
"""
# Cards without a picture that has marks and words on its axes, and without a reason for having none.
UNDRAWN = """
    [...document.querySelectorAll("section.card[id]")].filter(card => {
        const svg = card.querySelector(".plot svg");
        const isDrawn = svg && svg.querySelectorAll("path").length > 3 && svg.querySelectorAll("text").length > 3;
        return !isDrawn && !card.querySelector(".empty")?.innerText;
    }).map(card => card.id)
"""
WORDS = """
    [...document.querySelectorAll("h1, h2, h3, nav a, th, dt, button, .plot text, summary, .foot")]
        .map(element => element.textContent.trim())
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with films in nearly every chart, with long names and large numbers, and a shop of six stores."""
    ids = range(1, 121)
    films = [
        film(
            i, f"{LONG} {i}" if i % 3 else f"Film {i}", release_date=date(1990 + i % 10, 1 + i % 12, 2 + i % 20),
            release_year=1990 + i % 10, budget_usd=1_000 * i, revenue_usd=(10**i % 2_900_000_017) + 1_000,
            roi=((10**i % 2_900_000_017) + 1_000) / (1_000 * i) - 1, popularity=float(i), popularity_percentile=i / 120,
            popularity_level=("Alta", "Media", "Baja", "Muy Baja")[i % 4],
            rating_level=("Excelente", "Buena", "Regular", "Mala")[i % 3], vote_average=1 + i % 9, vote_count=i * 99,
            runtime_min=80 + i % 60, original_language=("en", "es", "fr")[i % 3],
        )
        for i in ids
    ]  # fmt: skip
    genres = {28: "Action", 878: "Science Fiction", 10751: "Family"}
    path = write(
        Path(tmp_path_factory.mktemp("browser")) / "w.duckdb",
        movies=films,
        genres=[{"genre_id": genre_id, "name": name} for genre_id, name in genres.items()],
        movie_genres=[
            {"film_id": i, "genre_id": genre_id} for i in ids for n, genre_id in enumerate(genres, 1) if i % n == 0
        ],
        countries=[{"country_code": "FR", "name": "France"}, {"country_code": "US", "name": "United States"}],
        movie_countries=[{"film_id": i, "country_code": ("FR", "US")[i % 2]} for i in ids],
        production_companies=[{"company_id": 1, "name": f"{LONG} Company"}],
        movie_production_companies=[{"film_id": i, "company_id": 1} for i in ids],
        people=[{"person_id": n, "name": f"{LONG} {n}" if n % 2 else f"P. {n}", "gender": n % 3} for n in range(12)],
        movie_people=[
            {"film_id": i, "credit_id": f"{i}-{part}", "person_id": person, "credit_type": part, **more}
            for i in ids
            for part, person, more in (("crew", i % 6, {"job": "Director"}), ("cast", 6 + i % 6, {"cast_order": 0}))
        ],
    )  # fmt: skip
    with replacing(path) as connection:
        load_town(connection, Town(rentals=4_000, years=2, stores=6, films=80), [f"{LONG} {i}" for i in range(80)])
    with serving(path) as (address, _):
        yield address


@contextmanager
def opened(browser: Browser, **settings: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page of a new reader, and what it complains of."""
    complaints: list[str] = []
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | settings)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend(_failed(request)))
    try:
        yield page, complaints
    finally:
        context.close()


def _failed(request: Request) -> list[str]:
    # Whoever goes on to another page gives up what the last one was still asking for.
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url}: {request.failure}"]


def go(page: Page, url: str) -> None:
    """Open the page, and wait until its charts are drawn."""
    page.goto(url)
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_selector(".chart:not([data-state])", state="detached")


@pytest.mark.parametrize(
    ("width", "scheme", "code"),
    [(320, "dark", "es"), (390, "light", "en"), (768, "dark", "en"), (1280, "light", "es")],
)
def test_every_page_fits_draws_its_charts_and_does_not_complain(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"], code: str
) -> None:
    with opened(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as (page, complaints):
        for path in PAGES:
            go(page, f"{address}{path}?lang={code}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert page.evaluate("document.documentElement.lang") == code
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (paper == "rgb(20, 18, 17)") is (scheme == "dark"), path
            assert page.evaluate(CUT) == [], path
            assert page.evaluate(OUTSIDE) == [], path
            assert page.evaluate(UNDRAWN) == [], path
            assert page.locator(".chart[data-state=failed]").count() == 0, path
        assert complaints == []


def test_spanish_pages_draw_no_english_word(browser: Browser, address: str) -> None:
    english, spanish = language("en").texts, language("es").texts
    # A word that some Spanish text is, too, may stand for that one.
    foreign = {text for key, text in english.items() if len(text) > 2} - set(spanish.values())
    with opened(browser) as (page, _):
        for path in PAGES[:-1]:
            go(page, f"{address}{path}?lang=es")
            words = set(page.evaluate(WORDS))
            assert not words & foreign, path
            assert any(word in spanish.values() for word in words), path


def test_without_scripts_the_figures_stand_open(browser: Browser, address: str) -> None:
    with opened(browser, java_script_enabled=False) as (page, complaints):
        page.goto(f"{address}/charts/genres?lang=en")
        for table in page.locator(".figures table").all():
            expect(table).to_be_visible()
        assert page.locator(".figures table").count() == 5
        assert page.locator(".chart").first.is_hidden()
        expect(page.locator("button.theme")).to_be_hidden()
        assert complaints == []


def test_the_navigation_leads_to_every_page(browser: Browser, address: str) -> None:
    with opened(browser, locale="en-GB") as (page, complaints):
        go(page, address)
        names = ["Films", "People", "Genres", "Rentals", "Predict", "Runs", "About", "Overview"]
        for name in names:
            page.locator(".wide-nav").get_by_role("link", name=name, exact=True).first.click()
            current = page.locator(".wide-nav a[aria-current=page]")
            expect(current).to_have_text(name)
            # What is left behind in the middle of its loading complains.
            page.wait_for_load_state()
        page.locator(".wide-nav summary").click()
        page.locator(".wide-nav .topics").get_by_role("link", name="Money").click()
        expect(page.locator("h1")).to_have_text("Money")
        page.locator(".wide-nav summary").click()
        page.keyboard.press("Escape")
        expect(page.locator(".wide-nav .topics ul")).to_be_hidden()
        assert complaints == []


def test_a_telephone_has_the_same_in_a_menu_with_and_without_scripts(browser: Browser, address: str) -> None:
    for with_scripts in (True, False):
        settings = {"viewport": {"width": 320, "height": 640}, "java_script_enabled": with_scripts}
        with opened(browser, **settings) as (page, _):
            page.goto(f"{address}/about?lang=es")
            page.get_by_label("Menú").click()
            page.locator(".menu").get_by_role("link", name="Ejecuciones").click()
            page.wait_for_url("**/runs")


def test_the_switch_changes_the_language_of_this_same_page_and_is_remembered(browser: Browser, address: str) -> None:
    with opened(browser, locale="es-ES") as (page, _):
        go(page, f"{address}/charts/money")
        expect(page.locator("h1")).to_have_text("Dinero")
        page.get_by_role("link", name="English").click()
        expect(page.locator("h1")).to_have_text("Money")
        drawn(page)
        assert page.locator("#budget_revenue .plot").get_by_text("Budget", exact=True).count() == 1
        page.locator(".brand").click()
        assert page.evaluate("document.documentElement.lang") == "en"


def test_a_mark_tells_its_figures_and_leads_to_its_film(browser: Browser, address: str) -> None:
    with opened(browser, color_scheme="light") as (page, complaints):
        go(page, f"{address}/?lang=es")
        bar = page.locator(f"#top_films .plot path[fill='{MARK}']")
        bar.nth(2).hover()
        tip = page.locator("#top_films .tip")
        expect(tip).to_be_visible()
        expect(tip).to_contain_text(re.compile(r"Popularidad\s*1\d\d,0"))
        assert tip.evaluate("tip => tip.scrollWidth <= tip.clientWidth + 1")
        bar.nth(2).click()
        page.wait_for_url("**/films/*")
        assert complaints == []


def test_a_part_of_the_points_can_be_enlarged_and_left_again(browser: Browser, address: str) -> None:
    with opened(browser) as (page, complaints):
        go(page, f"{address}/charts/money?lang=en")
        plot = page.locator("#budget_revenue .plot")
        axis = plot.locator("text").all_text_contents()
        box = plot.bounding_box()
        assert box is not None
        right = box["x"] + box["width"]
        page.mouse.click(right - 98, box["y"] + 16)
        page.mouse.move(right - 400, box["y"] + 120)
        page.mouse.down()
        page.mouse.move(right - 200, box["y"] + 260, steps=4)
        page.mouse.up()
        expect(plot.locator("text").first).to_be_visible()
        page.mouse.move(box["x"], box["y"])
        assert plot.locator("text").all_text_contents() != axis
        page.mouse.click(right - 34, box["y"] + 16)
        page.mouse.move(box["x"], box["y"])
        assert plot.locator("text").all_text_contents() == axis
        assert complaints == []


def test_the_legend_takes_marks_away_and_brings_them_back(browser: Browser, address: str) -> None:
    with opened(browser) as (page, complaints):
        go(page, f"{address}/charts/people?lang=en")
        card = page.locator("#directors")
        both = card.locator(".plot svg path").count()
        switch = card.get_by_role("button", name="Weighted rating")
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "false")
        expect(card.locator(".plot svg path")).not_to_have_count(both)
        page.get_by_role("button", name=re.compile("Colours")).click()
        expect(card.locator(".plot svg path")).not_to_have_count(both)
        switch.click()
        expect(card.locator(".plot svg path")).to_have_count(both)
        assert complaints == []


def test_the_theme_button_goes_round_is_remembered_and_redraws(browser: Browser, address: str) -> None:
    ink = "getComputedStyle(document.querySelector('#top_films .plot svg text')).fill"
    with opened(browser, color_scheme="light") as (page, complaints):
        go(page, f"{address}/?lang=en")
        light = page.evaluate(ink)
        button = page.get_by_role("button", name=re.compile("Colours"))
        for expected in ("light", "dark"):
            button.click()
            expect(page.locator("html")).to_have_attribute("data-theme", expected)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 18, 17)"
        dark = page.evaluate(ink)
        assert dark != light
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.get_by_role("button", name="Colours: dark").click()
        drawn(page)
        page.emulate_media(color_scheme="dark")
        expect(page.locator("#top_films .plot text").first).to_have_css("fill", dark)
        assert complaints == []


def test_a_chart_that_cannot_be_had_leaves_its_figures(browser: Browser, address: str) -> None:
    with opened(browser) as (page, _):
        page.route("**/api/charts/seasonality/drawing*", lambda route: route.fulfill(status=503, body="{}"))
        go(page, f"{address}/charts/calendar?lang=en")
        expect(page.locator("#seasonality .plot")).to_contain_text("could not be drawn")
        expect(page.locator("#seasonality table")).to_be_visible()
        assert page.locator("#release_calendar .chart[data-state=drawn]").count() == 1


def test_a_chart_follows_the_width_of_its_page(browser: Browser, address: str) -> None:
    with opened(browser) as (page, complaints):
        go(page, f"{address}/charts/money?lang=en")
        page.set_viewport_size({"width": 390, "height": 800})
        plot = page.locator("#budget_revenue .plot")
        expect(plot.locator("svg")).to_have_attribute("width", str(plot.evaluate("plot => plot.clientWidth")))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate(OUTSIDE) == []
        assert complaints == []
