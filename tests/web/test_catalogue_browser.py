"""The catalogue in a browser: from page to page by clicks, in forms, at every width, in both languages."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from web.catalogue_rows import LONG, busy_folder, serving_models

PATHS = ["/films", "/films/2", "/films/900", "/people", "/people/30001", "/genres", "/runs", "/films/424242"]
PREDICTED = "/predict?like=2"
# Texts that do not fit into their place, where nothing scrolls.
CUT = """
    [...document.querySelectorAll(".value, h1, h2, h3, dt, dd, button, .hint, .refusal, .chip, legend, .pager a")]
        .filter(element => getComputedStyle(element).display != "inline")
        .filter(element => element.scrollWidth > element.clientWidth + 1)
        .map(element => element.innerText)
"""
# Lists whose longest choice does not fit beside their arrow.
CUT_CHOICES = """
    [...document.querySelectorAll("select")].filter(select => {
        const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(select)
        pen.font = style.font
        const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16
        return [...select.options].some(option => pen.measureText(option.text).width > room)
    }).map(select => select.name)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_models(busy_folder(tmp_path_factory.mktemp("browser"))) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in English; whatever it complains of fails the test."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints = watched(page)
    yield page
    context.close()
    assert [text for text in complaints if "ERR_ABORTED" not in text] == []


def watched(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url} {request.failure}"))
    return complaints


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (768, "light"), (1280, "dark")])
def test_every_page_fits_and_does_not_complain(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"], code: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale={"en": "en-US", "es": "es-ES"}[code]
    )
    page = context.new_page()
    complaints = watched(page)
    for path in [*PATHS, PREDICTED]:
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.lang") == code, path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate(CUT) == [], path
        assert page.evaluate(CUT_CHOICES) == [], path
    context.close()
    # A browser says of every 404 that it is one, and gives up an icon when the next page is called for.
    assert [text for text in complaints if "404" not in text and "ERR_ABORTED" not in text] == []


def test_from_the_films_to_a_film_to_its_director_to_another_film(page: Page, address: str) -> None:
    page.goto(f"{address}/films")
    page.get_by_label("Title").fill("obra 4")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Obra 4", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Obra 4")
    page.get_by_role("link", name="Ana Perez").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Perez")
    page.get_by_role("link", name="Película 3").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Película 3")


def test_the_form_narrows_headings_sort_and_the_pager_turns(page: Page, address: str) -> None:
    page.goto(f"{address}/films")
    expect(page.get_by_role("heading", name="151 films")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 7")).to_be_visible()
    page.get_by_label("From year").fill("1950")
    page.get_by_label("Sort by").select_option("title")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("From year")).to_have_value("1950")
    expect(page.get_by_role("columnheader", name="Film")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Rating").click()
    expect(page.get_by_role("columnheader", name="Rating")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_label("From year")).to_have_value("1950")
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_role("heading", name="151 films")).to_be_visible()


def test_a_long_title_stays_within_its_column(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{address}/films?q=strangelove")
    expect(page.get_by_role("link", name=LONG)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_genre_leads_to_its_films_and_a_role_narrows_people(page: Page, address: str) -> None:
    page.goto(f"{address}/genres")
    page.get_by_role("link", name="Drama").click()
    expect(page.get_by_label("Genre")).to_have_value("18")
    page.goto(f"{address}/people?q=ana")
    page.get_by_label("Role").select_option("director")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="2 people")).to_be_visible()


def test_a_filled_form_is_predicted_and_says_what_is_out_of_range(page: Page, address: str) -> None:
    page.goto(f"{address}/predict")
    page.get_by_label("Budget").fill("100,000")
    page.get_by_label("Running time").fill("100")
    page.get_by_label("Release date").fill("1950-03-05")
    page.get_by_role("button", name="Predict").click()
    result = page.locator("#result")
    expect(result).to_contain_text(re.compile(r"80% of such films: [\d.]+ to [\d.]+"))
    expect(result).not_to_contain_text("Outside of")
    page.get_by_label("Budget").fill("900000000")
    page.get_by_label("Drama").check()
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_label("Drama")).to_be_checked()
    expect(result).to_contain_text("Outside of what the model has learnt from")
    expect(result).to_contain_text("Budget: $900M is more than in any film learnt from")
    page.get_by_role("link", name="Español").click()
    expect(result).to_contain_text("Fuera de lo que el modelo ha aprendido")


def test_the_one_who_is_meant_is_chosen_by_a_click(page: Page, address: str) -> None:
    page.goto(f"{address}/predict?directors=ana+perez&runtime_min=100")
    page.get_by_role("link", name="#30002").click()
    expect(page.locator("#result")).to_be_visible()
    expect(page.get_by_label("Directors")).to_have_value("#30002")
    expect(page.get_by_label("Running time")).to_have_value("100")


def test_the_runs_turn_their_pages_and_show_the_sum(page: Page, address: str) -> None:
    page.goto(f"{address}/runs")
    expect(page.get_by_text("The sum adds up")).to_be_visible()
    page.locator("#refused").get_by_role("link", name="Next").click()
    expect(page.locator("#refused")).to_contain_text("Page 2 of 3")
    expect(page.locator("#steps")).to_contain_text("Page 1 of 2")


def test_the_language_changes_on_the_same_page_and_is_remembered(page: Page, address: str) -> None:
    page.goto(f"{address}/films?genre=18&sort=title")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_label("Género")).to_have_value("18")
    page.get_by_role("link", name="Personas").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Personas")


def test_the_pages_work_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{address}/films")
    page.get_by_label("Title").fill("strangelove")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    page.goto(f"{address}{PREDICTED}")
    expect(page.locator("#result")).to_be_visible()
    context.close()
