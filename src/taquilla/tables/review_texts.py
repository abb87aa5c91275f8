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
# Letters and signs that are in NFC whatever stands beside them, and neither blanks nor control signs: ASCII, the Latin
# blocks, dashes, quotes, currencies and most emoji. Any other is looked at closely.
USUAL = r"\x00-\x7f\xa1-\xac\xae-\x{2ff}\x{1e00}-\x{1eff}\x{2010}-\x{2027}\x{20a0}-\x{20bf}\x{1f300}-\x{1faff}"
_UNUSUAL = f"[^{USUAL}]"
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"


def normalised(texts: pl.Series, has_signs: pl.Series | None = None) -> pl.Series:
    """Texts in NFC, blanks once, one empty line at most, nothing at the ends; null where nothing is left.

    has_signs: which texts may have control signs; all are looked through where it is not told.
    """
    is_odd = _is_unusual(texts)
    is_odd |= (
        texts.str.contains(_NO_SIGNS) if has_signs is None else has_signs | texts.str.contains("\x7f", literal=True)
    )
    texts = _mended(texts, is_odd, _plain)
    texts = _mended(texts, texts.str.contains("  ", literal=True), lambda odd: odd.str.replace_all("  +", " "))
    texts = _mended(
        texts, texts.str.contains("\n\n\n", literal=True), lambda odd: odd.str.replace_all("\n\n\n+", "\n\n")
    )
    texts = _mended(texts, _has_ends(texts), lambda odd: odd.str.strip_chars(" \n"))
    return texts.set(texts == "", None) if (texts == "").any() else texts


def _is_unusual(texts: pl.Series) -> pl.Series:
    is_wide = texts.str.len_bytes() != texts.str.len_chars()
    where = is_wide.fill_null(False).arg_true()
    return is_wide.scatter(where, texts.gather(where).str.contains(_UNUSUAL)) if len(where) else is_wide


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


def _has_ends(texts: pl.Series) -> pl.Series:
    found = texts.str.starts_with(" ") | texts.str.ends_with(" ")
    return found | texts.str.starts_with("\n") | texts.str.ends_with("\n")
