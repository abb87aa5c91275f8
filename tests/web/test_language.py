"""Two languages with the same texts, each with its own way to write numbers, money, shares and dates."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from taquilla.analysis.charts import TOPICS, charts
from taquilla.analysis.kpis import KPIS
from taquilla.tables.films import POPULARITY_ELSE, POPULARITY_LEVELS, RATING_ELSE, RATING_LEVELS
from taquilla.warehouse.model import movies
from taquilla.web.language import CODES, choose, language
from taquilla.web.pages.rendering import PAGES

EN, ES = language("en"), language("es")


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert EN.texts.keys() == ES.texts.keys()
    for key in EN.texts.keys() - {key for key in EN.texts if key.startswith("format.")}:
        if key != "about.notice_translation":
            assert ES.texts[key], key
            assert set(re.findall(r"{\w*}", EN.texts[key])) == set(re.findall(r"{\w*}", ES.texts[key])), key


@pytest.mark.parametrize("texts", [EN.texts, ES.texts], ids=CODES)
def test_all_that_the_pages_show_has_a_name(texts: Mapping[str, str]) -> None:
    shown = charts().values()
    wanted = {f"charts.{chart.name}.{part}" for chart in shown for part in ("title", "sentence")}
    wanted |= {f"coverage.{chart.coverage}" for chart in shown}
    wanted |= {f"fields.{name}" for c in shown for name in (c.label, c.down, *c.values, *c.table) if name}
    wanted |= {f"{part}.{topic}" for topic in TOPICS for part in ("topic", "topics")}
    wanted |= {f"nav.{name}" for name in PAGES}
    wanted |= {f"kpis.{kpi.name}.{part}" for kpi in KPIS for part in ("label", "note")}
    wanted |= {f"levels.{label}" for _, label in (*POPULARITY_LEVELS, *RATING_LEVELS)}
    wanted |= {f"levels.{POPULARITY_ELSE}", f"levels.{RATING_ELSE}"}
    known = {column.name for column in movies.columns} - {"film_id", "is_removed", "removed_at"}
    wanted |= {f"columns.{name}" for name in known}
    assert wanted - texts.keys() == set()


@pytest.mark.parametrize(
    ("value", "decimals", "english", "spanish"),
    [
        (1234.5, 1, "1,234.5", "1.234,5"),
        (1234567, 0, "1,234,567", "1.234.567"),
        (0, 2, "0.00", "0,00"),
        (-2.5, 1, "-2.5", "-2,5"),
    ],
)
def test_numbers(value: float, decimals: int, english: str, spanish: str) -> None:
    assert (EN.number(value, decimals), ES.number(value, decimals)) == (english, spanish)


@pytest.mark.parametrize(
    ("dollars", "english", "spanish"),
    [
        (2_923_706_026, "$2.92B", "2.924\u00a0M\u00a0US$"),
        (237_000_000, "$237M", "237\u00a0M\u00a0US$"),
        (9_350_000, "$9.35M", "9,35\u00a0M\u00a0US$"),
        (15_000, "$15.0K", "15,0\u00a0mil\u00a0US$"),
        (999, "$999", "999\u00a0US$"),
    ],
)
def test_money(dollars: int, english: str, spanish: str) -> None:
    assert (EN.money(dollars), ES.money(dollars)) == (english, spanish)


def test_shares_and_days() -> None:
    assert (EN.share(0.471), ES.share(12.5)) == ("47%", "1.250\u00a0%")
    day = date(2026, 3, 1)
    assert (EN.day(day), ES.day(day)) == ("1 March 2026", "1 de marzo de 2026")
    moment = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    assert (EN.moment(moment), ES.moment(moment)) == ("1 March 2026, 09:05 UTC", "1 de marzo de 2026, 09:05 UTC")


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        ("es", "en", "es"),
        ("en", "es-ES,es;q=0.9", "en"),
        (None, "es-ES,es;q=0.9,en;q=0.8", "es"),
        (None, "en;q=0.5, es-MX;q=0.7", "es"),
        (None, "fr-FR, es;q=0.3, en;q=0.3", "es"),
        (None, "fr", "en"),
        (None, "es;q=0", "en"),
        (None, None, "en"),
        (None, "", "en"),
        (None, ";;q=,,es;q=x,*", "en"),
        ("fr", "es", "es"),
        ("../es", None, "en"),
    ],
)
def test_the_language_is_asked_for_or_the_browsers(asked: str | None, accepted: str | None, code: str) -> None:
    assert choose(asked, accepted).code == code
