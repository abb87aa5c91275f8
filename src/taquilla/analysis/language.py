"""The languages: their texts, and how they write numbers, money, shares and dates.

The texts stand in `texts/en.toml` and `texts/es.toml`, under the same keys; those of a shop and of reviews beside them.
The names of countries and languages are CLDR's, through Babel.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from babel import Locale

CODES = ("en", "es")
DEFAULT = "en"
UNKNOWN = "–"
# TMDB's terms want this sentence, word for word, in every language.
TMDB_NOTICE = "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB."

DECIMALS = {"whole": 0, "one": 1, "two": 2}
SHARE_DECIMALS = {"share": 0, "share_one": 1}
# Of the films, of a shop, of reviews.
_PARTS = ("", "_rentals", "_reviews")
_SIZES = {"billion": 1e9, "million": 1e6, "thousand": 1e3}


@dataclass(frozen=True, slots=True)
class Language:
    """One language. Texts are found by dotted key; `{names}` in them are filled in."""

    code: str
    texts: Mapping[str, str]

    def text(self, key: str, **values: str) -> str:
        """The text under this key, which must be there."""
        return self.texts[key].format(**values)

    def name(self, group: str, key: object, otherwise: str = UNKNOWN) -> str:
        """The name of a thing that the data names (a genre, a level, a column); `otherwise` where we know none."""
        return self.texts.get(f"{group}.{key}", otherwise)

    def country(self, code: str, otherwise: str) -> str:
        """The country of this ISO 3166-1 code."""
        found = str(_locale(self.code).territories.get(code.upper(), otherwise))
        return self.name("countries", code.upper(), found)

    def country_named(self, name: str) -> str:
        """The country of this English name; what is no country's name stays as it is."""
        code = _country_codes().get(name.casefold(), "")
        return self.country(code, name) if code else name

    def language(self, code: str, otherwise: str) -> str:
        """The language of this ISO 639-1 code, with a capital: it stands alone."""
        found = str(_locale(self.code).languages.get(code.lower(), otherwise))
        return self.name("languages", code.lower(), found[:1].upper() + found[1:])

    def number(self, value: float, decimals: int = 0) -> str:
        """1,234.5 or 1.234,5."""
        marks = str.maketrans({",": self.texts["format.group"], ".": self.texts["format.decimal"]})
        return f"{value:,.{decimals}f}".translate(marks)

    def share(self, value: float, decimals: int = 0) -> str:
        """A ratio in per cent: 0.5 is 50%."""
        return self.texts["format.percent"].format(self.number(value * 100, decimals))

    def money(self, dollars: float) -> str:
        """US dollars in three figures or so: $2.79B, or 2.788 M US$ where a billion is another number."""
        for unit, size in _SIZES.items():
            pattern = self.texts[f"format.{unit}"]
            if pattern and abs(dollars) >= size:
                return pattern.format(self._three_figures(dollars / size))
        return self.texts["format.dollars"].format(self.number(dollars))

    def day(self, value: date) -> str:
        """21 November 2026."""
        month = self.texts[f"months.{value.month}"]
        return self.texts["format.day"].format(day=value.day, month=month, year=value.year)

    def moment(self, value: datetime) -> str:
        """21 November 2026, 10:15 UTC; `value` is in UTC."""
        return self.texts["format.moment"].format(day=self.day(value.date()), time=f"{value:%H:%M}")

    def written(self, kind: str, value: Any) -> str:
        """A value as this language writes its kind (see `fields.py`); a dash where it is unknown."""
        if value is None:
            return UNKNOWN
        if kind in DECIMALS:
            return self.number(value, DECIMALS[kind])
        if kind in SHARE_DECIMALS:
            return self.share(value, SHARE_DECIMALS[kind])
        # Money in a shop's own currency, which nobody has named.
        if kind == "amount":
            return self.number(value, 2)
        if kind == "times":
            return self.texts["format.times"].format(self.number(value, 2))
        write: dict[str, Callable[[Any], str]] = {
            "money": self.money,
            "day": self.day,
            "moment": self.moment,
            "decade": lambda decade: self.text("format.decade", decade=str(decade)),
            "month": lambda month: self.text(f"months.{month}").capitalize(),
            "year_month": lambda day: f"{self.text(f'months.{day.month}')[:3]} {day.year}",
            "column": lambda name: self.name("columns", name, str(name)),
        }
        return write.get(kind, str)(value)

    def _three_figures(self, value: float) -> str:
        whole = abs(value)
        return self.number(value, 2 if whole < 10 else 1 if whole < 100 else 0)


@cache
def language(code: str) -> Language:
    """The language of this code, one of CODES, with the texts of charts and report."""
    folder = files(__package__).joinpath("texts")
    texts = [read_texts(folder.joinpath(name)) for name in (f"{code}{part}.toml" for part in _PARTS)]
    return Language(code, {key: text for part in texts for key, text in part.items()})


def genre_id(name: str) -> str:
    """TMDB's id of a genre by its name in any of the languages, whatever its case; empty where none bears it."""
    named = {
        text.casefold(): key.removeprefix("genres.")
        for code in CODES
        for key, text in language(code).texts.items()
        if key.startswith("genres.")
    }
    return named.get(name.strip().casefold(), "")


def read_texts(file: Traversable) -> dict[str, str]:
    """The texts of a TOML file by dotted key."""
    return dict(_flat(tomllib.loads(file.read_text("utf-8"))))


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def _country_codes() -> dict[str, str]:
    """ISO codes by CLDR's English names; codes of two letters, which are countries' and no regions'."""
    names = {str(name).casefold(): code for code, name in _locale("en").territories.items() if code.isalpha()}
    return {name: code for name, code in names.items() if len(code) == 2}


def _flat(texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
