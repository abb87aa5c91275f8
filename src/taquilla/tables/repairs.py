"""One cell that is not what its column is: mended where exactly one reading remains, refused where there are more.

    "x98", "4.99a", "2**%"      98, 4.99, 2     junk around one number
    "20.99a9", "1,234", "5k"    refused         digits in two places, a mark or a unit that can be read in two ways
    "24/05/2005"                2005-05-24      no month is the 24th; "05/06/2005" is refused
    "ann@example.org\\r"         ann@example.org what an export left at the end

Text in, value out, with the name of the rule; nothing here knows of tables. `cell_reading` reads what is clean.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

MAX_INT = 2**63 - 1
Value = int | str | bool | Decimal | datetime


@dataclass(frozen=True, slots=True)
class Mended:
    """What a cell says: `value` is None where it is refused; `rule` is None where nothing had to be mended."""

    value: Value | None
    rule: str | None = None


_CORE = re.compile(r"([^0-9]*)([0-9](?:[0-9.,]*[0-9])?)([^0-9]*)", re.DOTALL)
# Junk that can be part of what is said: signs, brackets, comparisons, marks at the number, multiples, hours, a share.
_TELLING = re.compile(r"[-+−–(<>~≈≤≥±]|[.,]$")
_TELLING_AFTER = re.compile(r"^[.,]|[-+−–)±]|^\s*(?:[kmb]|mm|mn|bn|mio|h|hrs?|hours?|%)\s*$", re.IGNORECASE)


def mend_int(text: str) -> Mended:
    """The whole number in the text; 86.0 is 86."""
    found = _number(text)
    if isinstance(found.value, Decimal):
        if found.value != found.value.to_integral_value():
            return Mended(None, "is_whole")
        if abs(found.value) > MAX_INT:
            return Mended(None, "max" if found.value > 0 else "min")
        return Mended(int(found.value), found.rule)
    return found


def mend_money(text: str) -> Mended:
    """The amount in the text, exactly: more than two decimals are refused, never rounded."""
    found = _number(text)
    if isinstance(found.value, Decimal) and found.value != round(found.value, 2):
        return Mended(None, "decimals")
    return found


def mend_year(text: str) -> Mended:
    """The year in the text, or of the date that it is."""
    dated = mend_moment(text)
    return Mended(dated.value.year, dated.rule) if isinstance(dated.value, datetime) else mend_int(text)


def _number(text: str) -> Mended:
    parts = _CORE.fullmatch(text.strip())
    if parts is None:
        return Mended(None, "one_number" if re.search("[0-9]", text) else "is_number")
    before, core, after = parts.groups()
    is_negative = before in ("-", "−")
    if not after and (is_negative or before in ("", "+")):
        junk = None
    elif _TELLING.search(before) or _TELLING_AFTER.search(after) or any(map(str.isnumeric, before + after)):
        return Mended(None, "one_number")
    else:
        junk = "number_in_junk"
    plain, mark = _without_marks(core)
    if plain is None:
        return Mended(None, "one_number")
    whole, _, fraction = plain.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if len(whole) > _DIGITS or len(fraction) > _DECIMALS:
        return Mended(None, "decimals" if len(whole) <= _DIGITS else "min" if is_negative else "max")
    return Mended(Decimal(f"{'-' if is_negative else ''}{whole}.{fraction or 0}"), junk or mark)


# Together fewer than the 28 digits that a Decimal counts in.
_DIGITS, _DECIMALS = 20, 6


def _without_marks(core: str) -> tuple[str | None, str | None]:
    """The digits with a decimal point alone, and the rule; None where the marks can be read in two ways."""
    if re.fullmatch(r"\d+(\.\d+)?", core):
        return core, None
    if re.fullmatch(r"\d+,\d{1,2}", core):
        return core.replace(",", "."), "decimal_comma"
    if re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", core):
        return core.replace(",", ""), "thousands_marks"
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", core):
        return core.replace(".", "").replace(",", "."), "thousands_marks"
    return None, None


_TIME = r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6})0*)?)?)?"
_ZONE = r"(?:\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
_ISO = re.compile(
    r"(?P<before>\D*?)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME + _ZONE + r"(?P<after>\D*)",
    re.ASCII,
)
_DAY_FIRST = re.compile(
    r"(?P<before>\D*?)(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})" + _TIME + _ZONE + r"(?P<after>\D*)",
    re.ASCII,
)
# Behind a time, capitals are a zone and "pm" is twelve hours: no junk.
_TELLING_AFTER_TIME = re.compile(r"[A-Z+-]|[ap]\.?m")


def mend_moment(text: str) -> Mended:
    """The moment in the text, UTC; a time without a zone is taken as UTC, a day without a time as its midnight."""
    text = text.strip()
    parts = _ISO.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    if parts is None:
        return Mended(None, "is_date")
    found = parts.groupdict()
    if "-" in found["before"] or _TELLING_AFTER_TIME.search(found["after"]):
        return Mended(None, "is_date")
    told = {_moment(found)} if parts.re is _ISO else {_moment(found), _moment(found | _swapped(found))}
    moments = [moment for moment in told if moment is not None]
    if len(moments) != 1:
        return Mended(None, "one_date" if moments else "is_date")
    if found["before"] or found["after"]:
        return Mended(moments[0], "date_in_junk")
    return Mended(moments[0], None if parts.re is _ISO else "day_and_month")


def _swapped(found: dict[str, str]) -> dict[str, str]:
    return {"day": found["month"], "month": found["day"]}


def _moment(found: dict[str, str | None]) -> datetime | None:
    year, month, day, hour, minute, second = (
        int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    micros = int((found["fraction"] or "0").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micros, _zone(found["zone"])).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(told: str | None) -> timezone:
    if told in (None, "Z", "UTC"):
        return UTC
    digits = told[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if told[0] == "+" else -offset)


FLAGS = {
    "1": True, "0": False, "1.0": True, "0.0": False, "true": True, "false": False, "t": True, "f": False,
    "yes": True, "no": False, "y": True, "n": False, "sí": True, "si": True, "s": True, "on": True, "off": False,
}  # fmt: skip


def mend_flag(text: str) -> Mended:
    """Whether the text says yes or no, in English or Spanish."""
    value = FLAGS.get(text.strip().lower())
    return Mended(value, "is_flag" if value is None else None)


# White space, control characters and their escapes in letters, as an export leaves them at an end.
_AT_THE_END = re.compile(r"(?:\\[rnt]|[\x01-\x20\x7f])+$")
_AT_THE_BEGINNING = re.compile(r"^[\x01-\x20\x7f]+")


def mend_text(text: str) -> Mended:
    """The text without what an export left at its ends. PostgreSQL has no NUL: such a text is refused."""
    if "\0" in text:
        return Mended(None, "text_is_storable")
    mended = _AT_THE_BEGINNING.sub("", _AT_THE_END.sub("", text))
    return Mended(mended, "ends_trimmed" if mended != text.strip(" ") else None)


def mend_name(text: str) -> Mended:
    """As `mend_text`, and without quotes around it or a lone one at an end."""
    mended = mend_text(text)
    if not isinstance(mended.value, str):
        return mended
    name = mended.value
    inner = name.removeprefix('"').removesuffix('"').strip()
    if '"' in inner or inner == name or len(name) < 2:
        return mended
    return Mended(mend_text(inner).value, "quotes_trimmed")


MEND: dict[str, Callable[[str], Mended]] = {
    "int": mend_int,
    "money": mend_money,
    "year": mend_year,
    "moment": mend_moment,
    "flag": mend_flag,
    "text": mend_text,
    "name": mend_name,
}
