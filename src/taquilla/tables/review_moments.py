"""When something was written, as sources tell it; all without a zone are taken for UTC.

    2018-07-07 22:09:11, 2020-04-18T17:04:42+02:00, 2018-07-07, 2018/7/7, 2023/01
    1609459200                 seconds since 1970, from 10^8 (March 1973) to below 10^11
    1609459200000              milliseconds since 1970, from 10^11 (March 1973 too) to below 10^14

Smaller and larger numbers are refused, as are moments before 1870 and after 2199, and days that no month has.
"""

import re
from datetime import UTC, datetime

import polars as pl

from taquilla.tables.cell_reading import MOMENTS

UTC_MICROS = pl.Datetime("us", "UTC")
SECONDS = (10**8, 10**11)
MILLIS = (10**11, 10**14)
_PLAIN = "%Y-%m-%d %H:%M:%S"
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_RELATIVE_DAYS = r"(?i)\b(?:seconds?|minutes?|hours?|days?|segundos?|minutos?|horas?|d[ií]as?)\b"


def moments(texts: pl.Series) -> pl.Series:
    """The moments that texts tell; null where they tell none."""
    # A leap second would become the next minute.
    plain = texts.str.to_datetime(_PLAIN, time_unit="us", strict=False).dt.replace_time_zone("UTC")
    is_plain = plain.is_between(*MOMENTS) & ~texts.str.ends_with(":60")
    where = (texts.is_not_null() & ~is_plain.fill_null(False)).arg_true()
    if not len(where):
        return plain
    odd = texts.gather(where)
    read = _numbered(odd)
    rest = read.is_null().arg_true()
    others = odd.gather(rest)
    made = {text: moment(text) for text in others.unique()}
    read = read.scatter(rest, pl.Series([made[text] for text in others], dtype=UTC_MICROS))
    return plain.scatter(where, read)


def _numbered(texts: pl.Series) -> pl.Series:
    """The moments of whole numbers."""
    number = pl.col("number")
    micros = (
        pl.when(number.is_between(*SECONDS, closed="left"))
        .then(number * 1_000_000)
        .when(number.is_between(*MILLIS, closed="left"))
        .then(number * 1_000)
    )
    numbers = texts.cast(pl.Int64, strict=False).alias("number").to_frame()
    read = numbers.select(micros.cast(UTC_MICROS)).to_series()
    return read.set(~read.is_between(*MOMENTS), None)


def moment(text: str) -> datetime | None:
    """The moment of one text."""
    text = text.strip()
    try:
        if _NUMBER.fullmatch(text):
            read = _epoch(float(text))
        elif found := _DAY.fullmatch(text):
            read = datetime(int(found[1]), int(found[2]), int(found[3] or 1), tzinfo=UTC)
        else:
            read = _iso(text)
    except (ValueError, OverflowError):
        return None
    return read if read is not None and MOMENTS[0] <= read <= MOMENTS[1] else None


def _epoch(number: float) -> datetime | None:
    if SECONDS[0] <= number < SECONDS[1]:
        return datetime.fromtimestamp(number, UTC)
    return datetime.fromtimestamp(number / 1000, UTC) if MILLIS[0] <= number < MILLIS[1] else None


def _iso(text: str) -> datetime:
    read = datetime.fromisoformat(text.replace("/", "-").removesuffix(" UTC"))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def precisions(texts: pl.Series) -> pl.Series:
    """How exact those moments are: second, day or month."""
    text = pl.col(texts.name).str.strip_chars()
    size = text.str.len_bytes()
    is_second = (size > len("2018-07-07")) | text.str.contains(r"^[0-9.]+$")
    exact = pl.when(is_second).then(pl.lit("second")).when(size > len("2018-07")).then(pl.lit("day"))
    return texts.to_frame().select(exact.otherwise(pl.lit("month"))).to_series()


def relative_precisions(texts: pl.Series) -> pl.Series:
    """How exact a moment is that was counted back from "6 years ago": to the day at best, else the month or coarser."""
    is_day = pl.col(texts.name).str.contains(_RELATIVE_DAYS)
    return texts.to_frame().select(pl.when(is_day).then(pl.lit("day")).when(~is_day).then(pl.lit("month"))).to_series()
