"""The lexicons of the sentiment index, made anew from two packages and a reviewed list of our own.

    python tools/build_lexicons.py VADER_FOLDER AFINN_FOLDER

VADER_FOLDER: the unpacked Python package `vaderSentiment` 3.3.2 (vader_lexicon.txt, emoji_utf8_lexicon.txt).
AFINN_FOLDER: the `build` folder of the unpacked npm package `afinn-165-multilingual` 0.0.1
(AFINN-es.json, AFINN-en.json).
Writes en.csv, es.csv and signs.csv beside `reviewed.csv`, whose word goes before both.
"""

import csv
import importlib.util
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

LEXICON = Path(__file__).parent.parent / "src" / "taquilla" / "tables" / "lexicon"
VADER, AFINN, OURS = "vader", "afinn", "taquilla"
# AFINN's 3 for "good" is VADER's 1.9.
AFINN_SCALE = 0.65
# The scale's end: the description of an emoji may hold several strong words.
STRONGEST = 4.0
# AFINN-es has the masculine singular of these alone.
ADJECTIVES = ("ado", "ido", "oso", "ivo", "ico", "able", "ible", "ante", "ente", "dor")


@dataclass
class Word:
    """One line of a lexicon."""

    word: str
    valence: float | None = None
    booster: float | None = None
    is_negation: bool = False
    is_contrast: bool = False
    is_function: bool = False
    aspects: str = ""
    source: str = OURS


Words = dict[str, Word]


def inflected(adjective: str) -> list[str]:
    """A Spanish adjective in both genders and numbers: limpio → limpio, limpia, limpios, limpias."""
    if adjective.endswith("o"):
        return [adjective[:-1] + end for end in ("o", "a", "os", "as")]
    if adjective.endswith(("dor", "ín")):
        stem = plain(adjective) if adjective.endswith("ín") else adjective
        return [adjective, stem + "a", stem + "es", stem + "as"]
    if adjective.endswith("ón"):
        return [adjective, *(adjective[:-2] + end for end in ("ona", "ones", "onas"))]
    return [adjective, adjective + ("s" if adjective[-1] in "aeé" else "es")]


def plain(word: str) -> str:
    """Without accents, as many write; ñ stays."""
    taken_apart = unicodedata.normalize("NFD", word.replace("ñ", "\0"))
    return "".join(sign for sign in taken_apart if not unicodedata.combining(sign)).replace("\0", "ñ")


def vader_words(module: ModuleType, folder: Path) -> Iterator[Word]:
    """VADER's words; its emoticons are `signs`."""
    for line in (folder / "vader_lexicon.txt").read_text("utf-8").splitlines():
        word, valence, *_ = line.split("\t")
        yield Word(word, float(valence), source=VADER)
    for word, booster in module.BOOSTER_DICT.items():
        yield Word(word, booster=booster, source=VADER)
    for word in module.NEGATE:
        yield Word(word, is_negation=True, source=VADER)


def afinn_words(folder: Path) -> Iterator[Word]:
    """AFINN's translated words, in small letters; those that were left in English are left out."""
    english = json.loads((folder / "AFINN-en.json").read_text("utf-8"))
    for word, score in json.loads((folder / "AFINN-es.json").read_text("utf-8")).items():
        if word.isalpha() and score and word.lower() not in english:
            yield Word(word.lower(), round(score * AFINN_SCALE, 2), source=AFINN)


def reviewed(language: str) -> Iterator[tuple[str, str, list[str]]]:
    """Our own list: kind, value and words of each of its lines for the language."""
    with (LEXICON / "reviewed.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["language"] == language:
                yield line["kind"], line["value"], line["words"].split()


def review(words: Words, language: str) -> None:
    """Let our own list have the last word."""
    for kind, value, listed in reviewed(language):
        forms = [form for word in listed for form in inflected(word)] if kind == "adjective" else listed
        for form in forms:
            if kind == "drop":
                words.pop(form, None)
                continue
            word = words.setdefault(form, Word(form))
            if kind in ("valence", "adjective"):
                word.valence, word.source = float(value), OURS
            elif kind == "booster":
                word.booster, word.valence = float(value), None
            elif kind == "aspect":
                word.aspects = "|".join(sorted({*filter(None, word.aspects.split("|")), value}))
            else:
                setattr(word, f"is_{kind}", True)
            if kind == "negation":
                word.valence = None


def english(module: ModuleType, folder: Path) -> tuple[Words, Words]:
    """VADER's words, and its emoticons and emoji."""
    words: Words = {}
    for word in vader_words(module, folder):
        known = words.setdefault(word.word, word)
        known.booster, known.is_negation = word.booster or known.booster, word.is_negation or known.is_negation
    # 143 (I love you) and 187 (murder) are mostly prices, rooms and streets.
    spelt = {name: word for name, word in words.items() if re.fullmatch(r"(?!\d+$)[\w']+", name)}
    emoticons = {
        name: word for name, word in words.items() if not any(c.isalnum() for c in name[:1]) and " " not in name
    }
    review(spelt, "en")
    # As VADER has it: a word with a valence of its own strengthens no other.
    for word in spelt.values():
        word.booster = None if word.valence else word.booster
    shown = {**emoticons, **emoji(folder, words)}
    review(shown, "signs")
    return with_typographic(spelt), shown


def with_typographic(words: Words) -> Words:
    """Each word with an apostrophe also with the typographic one."""
    curly = {name.replace("'", "’"): word for name, word in words.items() if "'" in name}
    return {**words, **{name: Word(**{**vars(word), "word": name}) for name, word in curly.items()}}


def emoji(folder: Path, words: Words) -> Words:
    """What VADER reads in an emoji: the words of its description. Those of one code point."""
    found: Words = {}
    for line in (folder / "emoji_utf8_lexicon.txt").read_text("utf-8").splitlines():
        sign, description = line.split("\t")[:2]
        sign = sign.replace("\ufe0f", "")
        known: list[float] = [words[word].valence or 0.0 for word in description.split() if word in words]
        if len(sign) == 1 and any(known):
            found.setdefault(sign, Word(sign, round(max(-STRONGEST, min(sum(known), STRONGEST)), 2), source=VADER))
    return found


def spanish(folder: Path) -> Words:
    """AFINN's words and ours, with the forms and spellings that follow by rule."""
    words: Words = {}
    for word in afinn_words(folder):
        words.setdefault(word.word, word)
    for name, word in list(words.items()):
        for form in inflected(name) if name.endswith(ADJECTIVES) else ():
            words.setdefault(form, Word(**{**vars(word), "word": form}))
    review(words, "es")
    for name, word in list(words.items()):
        words.setdefault(plain(name), Word(**{**vars(word), "word": plain(name)}))
    return words


def write(name: str, words: Iterable[Word]) -> None:
    """One line a word, sorted, so that a change shows as itself."""
    columns = [field.name for field in fields(Word)]
    with (LEXICON / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for word in sorted(words, key=lambda word: word.word):
            cells = [getattr(word, column) for column in columns]
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])


def module_of(folder: Path) -> ModuleType:
    """The package's own module, for its lists of boosters and negations."""
    spec = importlib.util.spec_from_file_location("vader", folder / "vaderSentiment.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder} is no unpacked vaderSentiment. Unpack its wheel and name the folder inside.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(vader: Path, afinn: Path) -> None:
    words, signs = english(module_of(vader), vader)
    write("en", words.values())
    write("signs", signs.values())
    write("es", spanish(afinn).values())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
