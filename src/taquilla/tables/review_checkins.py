"""When people checked in, as moments between commas, whichever of its forms Yelp wrote.

    "2016-04-26 19:49:16, 2016-08-30 18:36:57"      as it is
    {"Friday": {"21:00": 2}}, ["Fri-21:2"], {"Fri-21": 2}, {"21-5": 2}   how many in an hour of the week, over all weeks

Those counts become moments of the week from Monday 1970-01-05, so that weekdays and hours are right, and dates are told
to be none.
"""

import re
from collections.abc import Iterator
from typing import Any

from taquilla.tables.review_hours import WEEK

NOMINAL_MONDAY = 5  # of January 1970
MAX_COUNT = 100_000
_SHORT = {name[:3].lower(): number for number, name in enumerate(WEEK)}
_COUNTED = re.compile(r"([A-Za-z]{3,9})-(\d{1,2})(?::00)?:(\d{1,6})", re.ASCII)
_DAY_HOUR = re.compile(r"([A-Za-z]{3,9})-(\d{1,2})(?::00)?", re.ASCII)
_HOUR_DAY = re.compile(r"(\d{1,2})-([0-6])", re.ASCII)


def moments_of(value: Any) -> str | None:
    """The moments as a text. None: it is none of the forms."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        entries = [_COUNTED.fullmatch(one) if isinstance(one, str) else None for one in value]
        counted = [(one[1], one[2], int(one[3])) if one else None for one in entries]
    elif isinstance(value, dict):
        counted = list(_by_hour(value))
    else:
        return None
    repeated = [_repeated(*one) if one else None for one in counted]
    return None if None in repeated else ", ".join(text for text in repeated if text)


def _by_hour(value: dict[str, Any]) -> Iterator[tuple[str | int, str, Any] | None]:
    for key, told in value.items():
        if isinstance(told, dict):
            yield from ((key, hour.partition(":")[0], count) for hour, count in told.items())
        elif found := _DAY_HOUR.fullmatch(key):
            yield found[1], found[2], told
        elif found := _HOUR_DAY.fullmatch(key):
            # Sunday is 0 in the oldest form.
            yield (int(found[2]) - 1) % 7, found[1], told
        else:
            yield None


def _repeated(day: str | int, hour: str, count: Any) -> str | None:
    number = day if isinstance(day, int) else _SHORT.get(day[:3].lower())
    is_count = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_COUNT
    if number is None or not is_count or not (hour.isdecimal() and int(hour) < 24):
        return None
    return ", ".join([f"1970-01-{NOMINAL_MONDAY + number:02} {int(hour):02}:00:00"] * count)
