"""The page in a browser: nothing overflows, nothing complains, at every width, in both schemes and languages."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright

from web.conftest import serving
from web.rows import film, write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LONG = (
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb – Donaudampfschifffahrtsgesellschaftskapitän"
)
# The headings and figures whose text does not fit into them.
CUT = """
    [...document.querySelectorAll(".value, h1, h2, dt")]
        .filter(element => element.scrollWidth > element.clientWidth)
        .map(element => element.innerText)
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        why = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with films in every section, with long names and large numbers."""
    years = range(1960, 2020)
    path = write(
        Path(tmp_path_factory.mktemp("browser")) / "w.duckdb",
        movies=[
            film(
                i, f"{LONG} {i}", release_year=year, budget_usd=1_000 * i, revenue_usd=10**i % 2_900_000_017,
                roi=10**i % 2_900_000_017 / (1_000 * i) - 1, popularity=float(i), popularity_percentile=i / 60,
                popularity_level=("Alta", "Media", "Baja", "Muy Baja")[i % 4], vote_average=i % 10, vote_count=i * 99,
            )
            for i, year in enumerate(years, 1)
        ],
        genres=[{"genre_id": 878, "name": "Science Fiction"}],
        movie_genres=[{"film_id": i, "genre_id": 878} for i in range(1, 61)],
        people=[{"person_id": 1, "name": LONG}],
        movie_people=[
            {"film_id": i, "credit_id": str(i), "person_id": 1, "credit_type": "crew", "job": "Director"}
            for i in range(1, 61)
        ],
    )  # fmt: skip
    with serving(path) as (address, _):
        yield address


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_fits_and_does_not_complain(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"], code: str
) -> None:
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{address}/?lang={code}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.documentElement.lang") == code
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(22, 19, 18)") is (scheme == "dark")
    assert page.evaluate(CUT) == []
    assert complaints == []
    context.close()


def test_the_switch_changes_the_language(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="es-ES")
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.lang") == "es"
    page.get_by_role("link", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    context.close()
