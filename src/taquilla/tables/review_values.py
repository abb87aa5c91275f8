"""One value of a record, by what it holds: usual as it is, of another JSON type as far as it can be read, or refused.

    stars: 5, 5.0      usual                 stars: "5"            read, and told as a changed type
    text: "…"          usual                 text: {"en": "…"}     usual: the first language's that is not empty
    hours: {…}, [[…]]  usual                 business_id: ["x"]    refused

`read` turns a value into its cell. A sort with `fast` can be decoded by Polars, a column at a time; the same comes out.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from taquilla.tables.review_attributes import attributes, literal, names_in
from taquilla.tables.review_checkins import moments_of
from taquilla.tables.review_hours import hours

Value = Any
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Partly:
    """A cell of which a part had to be left out."""

    cell: Value


@dataclass(frozen=True, slots=True)
class Sort:
    """What a field holds: its usual JSON types, its cell's type, and how one value is read (None: it cannot be).

    fast: the type by which Polars decodes it, where that loses nothing; `settle` makes the cell of that.
    """

    rule: str
    usual: tuple[type, ...]
    cell: pl.DataType
    read: Callable[[Value], Value]
    fast: pl.DataType | None = None
    settle: Callable[[pl.Expr], pl.Expr] | None = None

    @property
    def is_text_alone(self) -> bool:
        """Whether a number is not usual, which Polars would take for a text."""
        return self.fast == pl.String() and float not in self.usual


def text(value: Value) -> str | None:
    """A text; a number or a boolean as JSON writes it."""
    if isinstance(value, str):
        return value
    return written(value) if isinstance(value, bool | int | float) and not is_no_number(value) else None


def written(value: Value) -> str:
    """A value as JSON writes it; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_no_number(value: Value) -> bool:
    """NaN and the infinities, which some writers put where nothing is known."""
    return isinstance(value, float) and not math.isfinite(value)


def number(value: Value) -> float | None:
    """A finite number; also out of a text that is one and nothing else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        read = float(value)
    except OverflowError:
        return None
    return read if math.isfinite(read) else None


def whole_text(value: Value) -> str | None:
    """A moment or an id that may be a number: 1609459200.0 is 1609459200."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return text(value) if not isinstance(value, bool) else None


def flag(value: Value) -> bool | None:
    """0, 1, true, false; also as texts."""
    return _FLAGS.get(str(value).strip().lower()) if isinstance(value, bool | int | float | str) else None


_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True, "no": False, "yes": True}


def words(value: Value) -> str | None:
    """A text, or the first that is not empty of the texts by language."""
    if isinstance(value, dict):
        texts = [one for one in value.values() if isinstance(one, str)]
        return next((one for one in texts if one.strip()), "")
    return text(value)


def reply(value: Value) -> dict[str, str | None] | None:
    """An answer: {"time": …, "text": …}, or its text alone."""
    if isinstance(value, dict):
        return {"time": whole_text(value.get("time")), "text": words(value.get("text"))}
    return {"time": None, "text": value} if isinstance(value, str) else None


def votes(value: Value) -> dict[str, float | None] | None:
    """Yelp's older votes: {"useful": 1, "funny": 0, "cool": 2}."""
    return {name: number(value.get(name)) for name in VOTES} if isinstance(value, dict) else None


def count_of(value: Value) -> float | None:
    """How many entries a list has; of a list written as JSON or Python too."""
    entries = literal(value) if isinstance(value, str) else value
    return float(len(entries)) if isinstance(entries, list) else None


def friends(value: Value) -> str | None:
    """Ids between commas, or a list of them."""
    return ",".join(map(str, value)) if isinstance(value, list) else text(value)


def piped(value: Value) -> str | None:
    """Names between bars, or a list of them."""
    if not isinstance(value, list):
        return text(value)
    return "|".join(value) if all(isinstance(name, str) for name in value) else None


def day_hours(value: Value) -> Value:
    """Opening hours as JSON, in the week's order; days that cannot be read are left out."""
    found = hours(literal(value) if isinstance(value, str) else value)
    if found is None or (found.unread and not found.days):
        return None
    cell = json.dumps(found.days)
    return Partly(cell) if found.unread else cell


VOTES = ("useful", "funny", "cool")
_STRING, _FLOAT = pl.String(), pl.Float64()
_REPLY = pl.Struct({"time": _STRING, "text": _STRING})
_VOTES = pl.Struct(dict.fromkeys(VOTES, _FLOAT))

TEXT = Sort("is_text", (str,), _STRING, text, _STRING)
WORDS = Sort("is_text", (str, dict), _STRING, words, _STRING)
NUMBER = Sort("is_number", (int, float), _FLOAT, number, _FLOAT)
MOMENT = Sort("is_moment", (str, int, float), _STRING, whole_text, _STRING)
NUMBER_ID = Sort("is_text", (str, int, float), _STRING, whole_text, _STRING)
FLAG = Sort("is_flag", (int, bool), pl.Boolean(), flag)
NAMES = Sort("is_list", (str, list), pl.List(pl.String()), names_in)
ATTRIBUTES = Sort("is_object", (str, dict), _STRING, attributes)
HOURS = Sort("is_hours", (str, dict, list), _STRING, day_hours)
CHECKINS = Sort("is_moments", (str, dict, list), _STRING, moments_of, _STRING)
FRIENDS = Sort("is_list", (str, list), _STRING, friends, _STRING)
GENRES = Sort("is_list", (str, list), _STRING, piped, _STRING)
VOTE_COUNTS = Sort("is_object", (dict,), _VOTES, votes, _VOTES)
REPLY = Sort("is_object", (str, dict), _REPLY, reply, _REPLY)
COUNTED = Sort(
    "is_list", (list,), _FLOAT, count_of, pl.List(pl.Struct({"url": pl.List(pl.String())})), lambda of: of.list.len()
)
