"""The page's languages: their texts, and how they write numbers, money, shares and dates.

The texts stand in `texts/en.toml` and `texts/es.toml`, under the same keys.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

CODES = ("en", "es")
DEFAULT = "en"
UNKNOWN = "–"


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

    def number(self, value: float, decimals: int = 0) -> str:
        """1,234.5 or 1.234,5."""
        marks = str.maketrans({",": self.texts["format.group"], ".": self.texts["format.decimal"]})
        return f"{value:,.{decimals}f}".translate(marks)

    def share(self, value: float, decimals: int = 0) -> str:
        """A ratio in per cent: 0.5 is 50%."""
        return self.texts["format.percent"].format(self.number(value * 100, decimals))

    def money(self, dollars: float) -> str:
        """US dollars in three figures or so: $2.79B, or 2.788 M US$ where a billion is another number."""
        for unit in ("billion", "million", "thousand"):
            size = _SIZES[unit]
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

    def _three_figures(self, value: float) -> str:
        whole = abs(value)
        return self.number(value, 2 if whole < 10 else 1 if whole < 100 else 0)


_SIZES = {"billion": 1e9, "million": 1e6, "thousand": 1e3}


@cache
def language(code: str) -> Language:
    """The language of this code, one of CODES."""
    found = tomllib.loads(files(__package__).joinpath("texts", f"{code}.toml").read_text("utf-8"))
    return Language(code, dict(_flat(found)))


def choose(asked: str | None, accept_language: str | None) -> Language:
    """The language asked for; failing that, the one that the browser likes best; failing that, English."""
    if asked in CODES:
        return language(asked)
    liked = sorted(_accepted(accept_language or ""), reverse=True)
    return language(liked[0][2] if liked else DEFAULT)


def _accepted(header: str) -> Iterator[tuple[float, int, str]]:
    """Our languages in an Accept-Language header, as (liking, -position, code); what is malformed is passed over."""
    for position, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";")
        code = tag.strip().lower().split("-")[0]
        liking = _quality(quality)
        if code in CODES and liking > 0:
            yield liking, -position, code


def _quality(text: str) -> float:
    if not text:
        return 1.0
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 0.0


def _flat(texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
