"""Names as a picture or a column of text can show them: on one line, not too long, in letters that a font has."""

import unicodedata
from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager

FONT = "DejaVu Sans"
# Fonts with the scripts that DejaVu Sans lacks, as systems install them; used where they are there.
_WIDER = ("Noto Sans", "Noto Serif", "Droid Sans Fallback", "WenQuanYi", "IPA", "Arial Unicode", "Hiragino", "Malgun")
_UNSHOWN = "□"


def one_line(text: str) -> str:
    """The text without line breaks, and without characters that steer rather than show (direction marks, say)."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    shown = "".join(c for c in plain if not unicodedata.category(c).startswith("C"))
    # Of spaces the plain ones alone: one that does not break holds a number and its unit together.
    return " ".join(part for part in shown.split(" ") if part)


def cells(text: str) -> int:
    """How wide the text is in a fixed-width font: Chinese takes two cells a character, an accent none."""
    return sum(_cells(character) for character in text)


def shortened(text: str, most: int) -> str:
    """One line of at most so many cells; an ellipsis stands for what is left out."""
    line = one_line(text)
    if cells(line) <= most:
        return line
    kept, room = "", most - 1
    for character in line:
        room -= _cells(character)
        if room < 0:
            break
        kept += character
    return f"{kept.rstrip()}…"


def drawable(text: str) -> str:
    """The text with a box for each character that no font of this machine has."""
    return "".join(c if c in " \n" or _family(c) else _UNSHOWN for c in text)


def families(texts: Iterable[str]) -> list[str]:
    """The fonts that these texts need, DejaVu Sans first."""
    found = {family for character in sorted(set().union(*texts)) if (family := _family(character))}
    return [FONT, *sorted(found - {FONT})]


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@cache
def _family(character: str) -> str:
    """A family that has this character; empty where none does."""
    return next((family for family in _installed() if ord(character) in _characters(family)), "")


@cache
def _installed() -> tuple[str, ...]:
    names = {entry.name for entry in font_manager.fontManager.ttflist}
    return (FONT, *sorted(name for name in names if name.startswith(_WIDER) and "Emoji" not in name))


@cache
def _characters(family: str) -> frozenset[int]:
    return frozenset(font_manager.get_font(font_manager.findfont(family)).get_charmap())
