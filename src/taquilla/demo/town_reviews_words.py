"""Sentences that the generated reviews are put together from: templates filled in with films, names and numbers.

The templates are in `town_reviews_texts.toml`. A sentence is kept as JSON writes it inside quotes, so that a review is
a matter of joining.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo.town_names import STREETS
from taquilla.demo.town_plan import Ints
from taquilla.demo.town_reviews_films import KnownFilm
from taquilla.demo.town_reviews_people import TOPICS
from taquilla.demo.town_reviews_plan import Sizes, Stream

TEXTS: Final = Path(__file__).with_name("town_reviews_texts.toml")
LANGUAGES: Final = ("en", "es")
# After the aspects: how a review of each kind of place begins, and what is of no mood.
ALL_TOPICS: Final = (*TOPICS, "cinema", "shop", "cafe", "film", "visit", "tip", "reply", "spam", "campaign")
TOPIC: Final = {name: place for place, name in enumerate(ALL_TOPICS)}
SLOT: Final = re.compile(r"\{(\w+)\}")
ARTICLE: Final = re.compile(r"\b([Aa]) (?=[aeiou])")
DRAWS_A_SENTENCE: Final = 32
LED_PERCENT, TYPO_PERCENT = 30, 6
ROWS: Final = "ABCDEFGHJKLMNOPQ"


class Mood(IntEnum):
    """What a sentence thinks of it."""

    GOOD = 0
    BAD = 1
    PLAIN = 2


@dataclass(frozen=True, slots=True)
class Words:
    """Every sentence there is, as JSON's text without its quotes; start and count by language, topic and mood."""

    sentences: pa.StringArray
    start: Ints
    count: Ints

    def of(self, language: Ints, topic: Ints | int, mood: Ints | int, draw: Ints) -> Ints:
        """A sentence of each cell, as its place."""
        chosen: Ints = self.start[language, topic, mood] + draw % self.count[language, topic, mood]
        return chosen

    def said(self, places: Ints) -> pa.StringArray:
        """One sentence each."""
        return self.sentences.take(pa.array(places))

    def joined(self, places: npt.NDArray[np.int64], counts: Ints) -> pa.StringArray:
        """Texts of so many sentences each, one after the other."""
        offsets = pa.array(np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))).astype(np.int32))
        return pc.binary_join(pa.ListArray.from_arrays(offsets, self.said(places)), " ")


def write_words(sizes: Sizes, films: Sequence[KnownFilm]) -> Words:
    """`sizes.words` sentences of each language, topic and mood; fewer where a cell has no more to say."""
    random = sizes.random(Stream.WORDS)
    shape = (len(LANGUAGES), len(ALL_TOPICS), len(Mood))
    start, count = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    sentences: list[str] = []
    for language, told in enumerate(LANGUAGES):
        material = _material()[told]
        for topic, name in enumerate(ALL_TOPICS):
            for mood in Mood:
                templates = material[name].get(mood.name.lower())
                if templates:
                    made = _cell(templates, material["words"], told, films, sizes.words, random)
                    start[language, topic, mood], count[language, topic, mood] = len(sentences), len(made)
                    sentences += made
            _fill_gaps(start[language, topic], count[language, topic])
    return Words(pa.array(sentences), start, count)


def _fill_gaps(start: Ints, count: Ints) -> None:
    """A mood of which nothing is said takes the sentences of another."""
    spoken = np.flatnonzero(count)
    for mood in np.flatnonzero(count == 0):
        start[mood], count[mood] = start[spoken[-1]], count[spoken[-1]]


@cache
def _material() -> dict[str, dict[str, Any]]:
    return tomllib.loads(TEXTS.read_text("utf-8"))


def _cell(
    templates: Sequence[str],
    words: Mapping[str, Sequence[str]],
    language: str,
    films: Sequence[KnownFilm],
    wanted: int,
    random: np.random.Generator,
) -> list[str]:
    made = []
    for number, draws in enumerate(random.integers(0, 2**31, (wanted, DRAWS_A_SENTENCE)).tolist()):
        filler, is_led = _Filler(words, language, films, iter(draws[3:])), draws[0] % 100 < LED_PERCENT
        template = templates[number % len(templates)]
        if is_led and len(templates) > 3:
            template = f"{words['filler'][draws[1] % len(words['filler'])]} {_within(template)}"
        made.append(_mistyped(filler.filled(template), draws[2]))
    return [json.dumps(text, ensure_ascii=False)[1:-1] for text in dict.fromkeys(made)]


def _within(template: str) -> str:
    """A sentence's beginning as it is written behind others."""
    return template if template.startswith(("I ", "PS", "{")) else template[:1].lower() + template[1:]


def _mistyped(text: str, draw: int) -> str:
    """Now and then two letters change places, or one is missing."""
    place = draw % len(text)
    if draw // 1_000 % 100 >= TYPO_PERCENT or not text[place : place + 2].isalpha():
        return text
    swapped = text[place + 1 : place + 2] + (text[place] if draw % 3 else "")
    return text[:place] + swapped + text[place + 2 :]


class _Filler:
    """Fills in one sentence. The people of a film are those of the sentence's first film."""

    def __init__(
        self, words: Mapping[str, Sequence[str]], language: str, films: Sequence[KnownFilm], draws: Iterator[int]
    ) -> None:
        self._words, self._language, self._films, self._draws = words, language, films, draws
        self._film, self._is_named = self._any_film(), False

    def filled(self, template: str) -> str:
        # What fills a place may have places itself: {feeling} has {who}.
        while "{" in template:
            template = SLOT.sub(self._word, template)
        if self._language == "en":
            template = ARTICLE.sub(r"\1n ", template)
        return template[:1].upper() + template[1:]

    def _word(self, found: re.Match[str]) -> str:
        slot, draw = found[1], next(self._draws)
        if slot in ("film", "dated"):
            film, self._is_named = self._any_film() if self._is_named else self._film, True
            return f"{film.title} ({film.year})" if slot == "dated" else film.title
        if slot in ("actor", "director", "star"):
            film = self._any_film() if slot == "star" else self._film
            people = (film.directors if slot == "director" else film.actors) or (film.title,)
            return people[draw % len(people)]
        if slot == "street":
            return STREETS[self._language][draw % len(STREETS[self._language])]
        if slot == "price":
            amount = f"{2 + draw % 28}.{CENTS[draw // 28 % len(CENTS)]}"
            return f"${amount}" if self._language == "en" else f"{amount.replace('.', ',')} €"
        return _NUMBERS[slot](draw) if slot in _NUMBERS else self._words[slot][draw % len(self._words[slot])]

    def _any_film(self) -> KnownFilm:
        # The better known, the more often: they stand in that order.
        draw = next(self._draws)
        return self._films[draw % (1 + draw // 65_536 % len(self._films))]


CENTS: Final = ("00", "20", "50", "75", "90", "95", "99")
_NUMBERS: Final[dict[str, Callable[[int], str]]] = {
    "n": lambda draw: str(2 + draw % 8),
    "minutes": lambda draw: str(10 + draw % 50),
    "hour": lambda draw: f"{3 + draw % 8}:{draw // 8 % 12 * 5:02d}",
    "year": lambda draw: str(1995 + draw % 19),
    "row": lambda draw: ROWS[draw % len(ROWS)],
}
