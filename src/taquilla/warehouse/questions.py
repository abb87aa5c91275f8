"""The classic questions of a rental shop by name: one `.sql` file each in `questions/`, with `$name` parameters.

A file begins with the question in English and in Spanish and, where it has any, its parameters with what they are when
nobody says otherwise. Unlike the marts, answers may name customers: they are for who stands at the counter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from taquilla.errors import SettingsError
from taquilla.warehouse.asking import Ask, Row

Value = str | int
# The last day in the data, which is not known before it is asked.
LAST = "last"

_HEADER = re.compile(r"^-- (en|es|parameters): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question in both languages with its answer in SQL. parameters: by name, with their values unless others are
    given; a number stands for a number, "last" for a day."""

    name: str
    en: str
    es: str
    sql: str
    parameters: Mapping[str, Value]

    def told(self, language: str) -> str:
        """The question in "en" or "es"."""
        return self.es if language == "es" else self.en

    def bind(self, given: Mapping[str, str]) -> dict[str, Value]:
        """A value for every parameter. SettingsError: it has no such parameter, or the value cannot be one."""
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise SettingsError(f"{self.name} has no parameter {name!r}. Its parameters: {known}.")
        return {name: _value(name, given[name], value) if name in given else value for name, value in self._items()}

    def answer(self, ask: Ask, given: Mapping[str, str] | None = None) -> list[Row]:
        """What the warehouse answers, one dict a row."""
        return ask(self.sql, **self.bind(given or {}))

    def _items(self) -> list[tuple[str, Value]]:
        return list(self.parameters.items())


def _value(name: str, text: str, default: Value) -> Value:
    if isinstance(default, int):
        if not re.fullmatch(r"\d{1,18}", text.strip()):
            raise SettingsError(f"{name} must be a whole number, such as {default}; it is {text!r}.")
        return int(text)
    if default == LAST and text != LAST:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise SettingsError(f"{name} must be a day such as 2024-12-31, or {LAST}; it is {text!r}.") from None
    return text


@cache
def questions() -> dict[str, Question]:
    """Every question by name, in alphabetical order."""
    found = [file for file in files(__package__).joinpath("questions").iterdir() if file.name.endswith(".sql")]
    made = [_question(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in found]
    return {question.name: question for question in sorted(made, key=lambda question: question.name)}


def question(name: str) -> Question:
    """The question of that name, written with - or _. SettingsError: there is none; those that it may be are told."""
    wanted = name.strip().lower().replace("-", "_")
    if wanted in questions():
        return questions()[wanted]
    near = get_close_matches(wanted, questions(), n=3, cutoff=0.4)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise SettingsError(f"Unknown question {name!r}.{meant} Known: {', '.join(questions())}.")


def _question(name: str, text: str) -> Question:
    told = dict(_HEADER.findall(text))
    pairs = [part.split("=", 1) for part in told.get("parameters", "").split(",") if part]
    parameters = {key.strip(): _default(value.strip()) for key, value in pairs}
    return Question(name, told["en"], told["es"], text, parameters)


def _default(text: str) -> Value:
    return int(text) if text.isdigit() else text
