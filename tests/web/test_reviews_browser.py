"""The pages of reviews in a browser, in a warehouse that has all subjects, with long names: they fit, and draw."""

from collections.abc import Iterator
from shutil import copytree
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from analysis.audience_rows import load_audience
from analysis.town_rows import load_town
from taquilla.demo.town import Town
from taquilla.warehouse.duckdb import replacing
from web.catalogue_rows import serving_models
from web.review_rows import recommenders
from web.rows import small_warehouse
from web.test_browser import CUT, LONG, OUTSIDE, UNDRAWN, go, opened
from web.test_catalogue_browser import CUT as CUT_IN_FORMS
from web.test_reviews import PAGES

LISTS = ("/reviews/goals", "/reviews/places", "/recommendations")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("audience")
    small_warehouse(folder / "warehouse.duckdb")
    with replacing(folder / "warehouse.duckdb") as connection:
        load_town(connection, Town(rentals=300, years=1, stores=1, films=20))
        load_audience(connection, [LONG, "Cine <i>"], [LONG, "Up"])
    copytree(recommenders(), folder / "models")
    with serving_models(folder) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme", "code"), [(320, "dark", "es"), (1216, "light", "es")])
def test_the_pages_of_reviews_fit_draw_their_charts_and_do_not_complain(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"], code: str
) -> None:
    with opened(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as (page, complaints):
        for path in (*PAGES, "/recommendations?user=rater-3&"):
            go(page, f"{address}{path}{'' if path.endswith('&') else '?'}lang={code}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert page.evaluate(CUT) == [], path
            assert page.evaluate(OUTSIDE) == [], path
            if path.startswith(LISTS):
                assert page.evaluate(CUT_IN_FORMS) == [], path
            else:
                assert page.evaluate(UNDRAWN) == [], path
            assert page.evaluate("document.querySelector('.top').offsetHeight") < 80, path
        assert complaints == []


def test_from_a_form_without_scripts_to_a_place(browser: Browser, address: str) -> None:
    with opened(browser, java_script_enabled=False) as (page, complaints):
        page.goto(f"{address}/reviews/where?lang=en")
        expect(page.locator("#city_scores table")).to_be_visible()
        page.goto(f"{address}/reviews/places")
        page.get_by_label("City").fill("curtainbury")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Cine <i> 1", exact=True).click()
        expect(page.locator("h1")).to_have_text("Cine <i> 1")
        page.goto(f"{address}/recommendations")
        page.get_by_label("What you like").fill("Amélie")
        page.get_by_role("button", name="Recommend").click()
        page.get_by_role("link", name="Zodiac").click()
        expect(page.locator("h1")).to_contain_text("Zodiac")
        assert complaints == []


def test_the_band_is_drawn_and_can_be_taken_away(browser: Browser, address: str) -> None:
    with opened(browser, color_scheme="light") as (page, complaints):
        go(page, f"{address}/reviews?lang=en")
        card = page.locator("#mean_stars_by_month")
        band = card.locator(".plot path[fill-opacity], .plot polygon, .plot path[opacity]").or_(
            card.locator(".plot svg path[fill='rgb(43,108,163)']")
        )
        expect(band.first).to_be_attached()
        before = card.locator(".plot svg path").count()
        card.get_by_role("button", name="95% from – 95% to").click()
        expect(card.locator(".plot svg path")).not_to_have_count(before)
        assert complaints == []
