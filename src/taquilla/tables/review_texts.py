"""Texts of people, whole columns at once: one form of each letter, blanks once, no control signs.

A cheap look tells which texts need which mending, because most need none.
"""

from collections.abc import Callable

import polars as pl

Mend = Callable[[pl.Series], pl.Series]
_LINE_BREAKS = r"\r\n?|[\x0b\x0c\x{85}\x{2028}\x{2029}]"
_BLANKS = r"[\t\p{Zs}]"
# Control signs and marks without width, but for the joiners that make one emoji or one Persian word of two.
_WIDTHLESS = r"\x{ad}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}"
_NO_SIGNS = rf"[[\p{{Cc}}{_WIDTHLESS}]&&[^\n]]"
_TWICE = (("  ", " "), (" \n", "\n"), ("\n ", "\n"), ("\n\n\n", "\n\n"))
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"


def normalised(texts: pl.Series, has_signs: pl.Series | None = None) -> pl.Series:
    """Texts in NFC, blanks once, none at a line's ends, one empty line at most; null where nothing is left.

    has_signs: which texts may have control signs; all are looked through where it is not told.
    """
    is_odd = texts.str.len_bytes() != texts.str.len_chars()
    is_odd |= (
        texts.str.contains(_NO_SIGNS) if has_signs is None else has_signs | texts.str.contains("\x7f", literal=True)
    )
    texts = _mended(texts, is_odd, _plain)
    texts = _mended(texts, _has_blanks(texts), _spaced)
    return texts.set(texts == "", None) if (texts == "").any() else texts


def lines(texts: pl.Series) -> pl.Series:
    """Names and the like: as `normalised`, in one line."""
    plain = normalised(texts)
    return _mended(plain, plain.str.contains("\n", literal=True), lambda odd: odd.str.replace_all(r"\s+", " "))


def original(texts: pl.Series) -> pl.Series:
    """Google's translations give way to what was written."""
    is_odd = texts.str.starts_with(_TRANSLATED) & texts.str.contains(_ORIGINAL, literal=True)
    return _mended(texts, is_odd, lambda odd: odd.str.split(_ORIGINAL).list.last())


def _mended(texts: pl.Series, is_odd: pl.Series, mend: Mend) -> pl.Series:
    where = is_odd.fill_null(False).arg_true()
    return texts.scatter(where, mend(texts.gather(where))) if len(where) else texts


def _plain(odd: pl.Series) -> pl.Series:
    blank = odd.str.replace_all(_LINE_BREAKS, "\n").str.replace_all(_BLANKS, " ")
    return blank.str.replace_all(_NO_SIGNS, "").str.normalize("NFC")


def _has_blanks(texts: pl.Series) -> pl.Series:
    found = texts.str.contains(_TWICE[0][0], literal=True)
    for twice, _ in _TWICE[1:]:
        found |= texts.str.contains(twice, literal=True)
    for blank in (" ", "\n"):
        found |= texts.str.starts_with(blank) | texts.str.ends_with(blank)
    return found


def _spaced(odd: pl.Series) -> pl.Series:
    # Literals, many times over, are quicker than one expression: long runs are rare.
    for twice, once in _TWICE:
        while odd.str.contains(twice, literal=True).any():
            odd = odd.str.replace_all(twice, once, literal=True)
    return odd.str.strip_chars(" \n")
