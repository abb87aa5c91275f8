"""Opening hours in one form, {"Monday": "08:00-18:30"}: a day that is closed is left out.

{"Monday": "8:0-18:30"}                     Yelp         08:00-18:30
{"Monday": "0:0-0:0"}                       Yelp         00:00-24:00, open all day
{"Monday": {"open": "08:00", …}}            Yelp, older  08:00-…
[["Monday", "11AM-2PM, 5-9:30PM"], …]       Google       11:00-14:00, 17:00-21:30
[["Monday", "Open 24 hours"], …]            Google       00:00-24:00
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALL_DAY = "00:00-24:00"
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{1,2}))?\s*([ap])?\.?(?:m\.?)?", re.ASCII | re.IGNORECASE)
_DASHES = re.compile(r"\s*(?:-|–|—|\bto\b)\s*")
_SHORT = {name[:3].lower(): name for name in WEEK}


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of the days that could be read, in the week's order, and the names of those that could not."""

    days: dict[str, str]
    unread: tuple[str, ...]


def hours(value: Any) -> Week | None:
    """The week of an object by day or of a list of pairs. None: it is neither."""
    pairs = _pairs(value)
    if pairs is None:
        return None
    read: dict[str, str] = {}
    unread: list[str] = []
    for name, told in pairs:
        day = _SHORT.get(str(name).strip().lower()[:3])
        spans = _spans(told)
        if day is None or spans is None:
            unread.append(str(name))
        elif spans:
            read[day] = spans
    return Week({day: read[day] for day in WEEK if day in read}, tuple(unread))


def _pairs(value: Any) -> Iterable[tuple[Any, Any]] | None:
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return [(pair[0], pair[1]) for pair in value]
    return None


def _spans(told: Any) -> str | None:
    """The hours of a day; "" where it is closed, None where that cannot be read."""
    if told is None:
        return ""
    if isinstance(told, dict):
        told = f"{told.get('open')}-{told.get('close')}"
    return _written(told) if isinstance(told, str) else None


@lru_cache(maxsize=10_000)
def _written(told: str) -> str | None:
    plain = told.replace("\u202f", " ").replace("\u2009", " ").replace("\xa0", " ").strip().lower()
    if plain in ("closed", ""):
        return ""
    if plain in ("open 24 hours", "24 hours"):
        return ALL_DAY
    spans = [_span(part) for part in plain.split(",")]
    return None if None in spans else ", ".join(filter(None, spans))


def _span(text: str) -> str | None:
    ends = _DASHES.split(text.strip())
    if len(ends) != 2:
        return None
    found = [_TIME.fullmatch(end.strip()) for end in ends]
    if found[0] is None or found[1] is None:
        return None
    # "5-9PM" is in the afternoon at both ends.
    half = found[0][3] or found[1][3]
    opens, closes = _clock(found[0], half), _clock(found[1], found[1][3])
    if opens is None or closes is None:
        return None
    # Midnight at the end is the end of the day; 0:0-0:0 is all of it.
    return f"{opens}-{'24:00' if closes == '00:00' else closes}"


def _clock(time: re.Match[str], half: str | None) -> str | None:
    hour, minute = int(time[1]), int(time[2] or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    fits = minute < 60 and (hour < 24 or (hour == 24 and minute == 0))
    return f"{hour:02}:{minute:02}" if fits else None
