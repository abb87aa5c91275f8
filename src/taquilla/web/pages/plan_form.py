"""The form of /predict: what the address says of a planned film, field by field; a plan, or what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from taquilla.models.naming import MOST_NAMED, Named, Role, named
from taquilla.models.plans import FIRST_YEAR, LAST_YEAR, MOST_IDS, FilmPlan
from taquilla.warehouse.asking import Ask
from taquilla.web.api.paging import MAX_INT64

TEXTS = ("budget_usd", "runtime_min", "release_date", "original_language")
LISTS = ("genre", "country")
# The fields that hold names, and whose names they are.
NAMES: dict[str, Role] = {"directors": "director", "cast": "cast", "companies": "company"}
MOST_NAMES = 20
# Each name asks the warehouse, so that a field is bounded before anything in it is looked up.
MOST_LETTERS = 1_000
MOST_USD, MOST_MIN = 10**12, 10_000

_Value = TypeVar("_Value")
# An id is written #2710; what stands for it in the warehouse.
_ID = re.compile(r"#(-?\d{1,18})")
_PERSON = """
    select p.person_id as number, p.name,
        (select count(distinct l.film_id) from {films} as l where l.person_id = p.person_id) as films
    from people as p where p.person_id = $number"""
_BY_ID: dict[Role, str] = {
    "director": _PERSON.format(films="movie_directors"),
    "cast": _PERSON.format(films="movie_actors"),
    "company": """
        select c.company_id as number, c.name,
            (select count(*) from movie_production_companies as l where l.company_id = c.company_id) as films
        from production_companies as c where c.company_id = $number""",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A name that several have, among all the texts of its field."""

    text: str
    among: list[Named]
    texts: list[str]

    def chosen(self, number: int) -> str:
        """The field with this one in place of the name."""
        return "; ".join(f"#{number}" if text == self.text else text for text in self.texts)


@dataclass(slots=True)
class PlanForm:
    """What was typed, as it was typed; who was meant; and by field the name of the text that says what is wrong."""

    typed: dict[str, str]
    listed: dict[str, list[str]]
    meant: dict[str, list[Named]] = field(default_factory=dict)
    choices: dict[str, list[Choice]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    plan: FilmPlan | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing was asked yet."""
        return not any(self.typed.values()) and not any(self.listed.values())

    def asked(self) -> dict[str, Any]:
        """The same as the address says it."""
        return {name: value for name, value in {**self.typed, **self.listed}.items() if value}


def is_asked(asked: QueryParams) -> bool:
    """Whether the address tells anything of a film."""
    return any(name in asked for name in (*TEXTS, *NAMES, *LISTS))


def read_form(asked: QueryParams, ask: Ask) -> PlanForm:
    """The form with all that the address says; its plan is None while something in it is wrong or not clear."""
    typed = {name: asked.get(name, "").strip() for name in (*TEXTS, *NAMES)}
    form = PlanForm(typed, {name: list(filter(None, asked.getlist(name)))[:MOST_IDS] for name in LISTS})
    for name, role in NAMES.items():
        _who(form, name, role, ask)
    known = FilmPlan(
        budget_usd=_value(form, "budget_usd", lambda text: _whole(text, MOST_USD)),
        runtime_min=_value(form, "runtime_min", lambda text: _whole(text, MOST_MIN)),
        release_date=_value(form, "release_date", _day),
        original_language=_value(form, "original_language", lambda text: _code(text, "[a-z]{2}")),
        genre_ids=_values(form, "genre", _id),
        country_codes=_values(form, "country", lambda text: _code(text, "[A-Z]{2}")),
        director_ids=_ids(form.meant["directors"]),
        cast_ids=_ids(form.meant["cast"]),
        company_ids=_ids(form.meant["companies"]),
    )
    if not (form.faults or form.choices or form.is_empty):
        form.plan = known
    return form


def _who(form: PlanForm, name: str, role: Role, ask: Ask) -> None:
    """Who is meant by a field; of one that is too long, or names too many, nobody is looked up."""
    form.meant[name] = []
    if len(form.typed[name]) > MOST_LETTERS:
        form.faults[name] = "too_long"
        return
    # A name with a comma is looked up whole, then in parts: nothing is asked twice.
    find = cache(lambda text: _found(text, role, ask))
    parts = _parts(form.typed[name], r"[;\n]")
    texts = list(islice(_split(parts, find), MOST_NAMES + 1)) if len(parts) <= MOST_NAMES else parts
    if len(texts) > MOST_NAMES:
        form.faults[name] = "too_many"
        return
    for text in texts:
        _meant(form, name, text, texts, find(text))


def _meant(form: PlanForm, name: str, text: str, texts: list[str], found: list[Named]) -> None:
    if len(found) == 1:
        form.meant[name] += found
    elif found:
        form.choices.setdefault(name, []).append(Choice(text, found, texts))
    else:
        form.unknown.setdefault(name, []).append(text)
        form.faults[name] = "nobody"


def _parts(text: str, marks: str) -> list[str]:
    """What stands between these marks, each once; a comma at an end parts nothing."""
    return list(dict.fromkeys(filter(None, (part.strip(", \t\r") for part in re.split(marks, text)))))


def _split(parts: Iterable[str], find: Callable[[str], list[Named]]) -> Iterator[str]:
    """The names of a field, each once. Semicolons and lines part them; commas too, but for names that have one."""
    told: set[str] = set()
    for part in parts:
        names = _parts(part, ",") if "," in part and not find(part) else [part]
        for name in names:
            if name not in told:
                told.add(name)
                yield name


def _found(text: str, role: Role, ask: Ask) -> list[Named]:
    if number := _ID.fullmatch(text):
        return [Named(**row) for row in ask(_BY_ID[role], number=int(number[1]))]
    return named(ask, role, text, MOST_NAMED)


def _ids(found: Iterable[Named]) -> tuple[int, ...]:
    return tuple(each.number for each in found)


def _value(form: PlanForm, name: str, read: Callable[[str], _Value]) -> _Value | None:
    """What was typed, or None where that is nothing; a fault where it cannot be read."""
    try:
        return read(form.typed[name]) if form.typed[name] else None
    except ValueError:
        form.faults[name] = name
        return None


def _values(form: PlanForm, name: str, read: Callable[[str], _Value]) -> tuple[_Value, ...]:
    try:
        return tuple(dict.fromkeys(map(read, form.listed[name])))
    except ValueError:
        form.faults[name] = name
        return ()


def _whole(text: str, end: int) -> int:
    """A whole number from 1, below `end`, with or without marks between its thousands: 1,500,000 or 1.500.000."""
    digits = text.upper().replace("US$", "").replace("$", "").strip()
    if not re.fullmatch(r"[0-9]+|[0-9]{1,3}([.,\s'][0-9]{3})+", digits):
        raise ValueError(text)
    number = int(re.sub(r"[.,\s']", "", digits)[:20])
    if not 0 < number < end:
        raise ValueError(text)
    return number


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    found = date.fromisoformat(text)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(text)
    return found


def _code(text: str, pattern: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(text)
    return text


def _id(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or abs(int(text)) > MAX_INT64:
        raise ValueError(text)
    return int(text)
