"""The letters that need no closer look are in one form already, alone and side by side."""

import unicodedata

import polars as pl

from taquilla.tables.review_texts import USUAL, normalised


def test_what_is_usual_is_in_nfc_and_neither_blank_nor_control_sign() -> None:
    every = pl.Series([chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000])
    usual = every.filter(every.str.contains(f"^[{USUAL}]$")).to_list()

    assert len(usual) > 2_000
    assert unicodedata.is_normalized("NFC", "".join(usual) + "".join(reversed(usual)))
    assert not {unicodedata.category(letter) for letter in usual} & {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}
    assert {"é", "¡", "ế", "…", "“", "€", "🍿"} <= set(usual)
    assert not {"\u00a0", "\u00ad", "\u0301", "\u200b", "\u2028", "\ufe0f"} & set(usual)


def test_unusual_letters_are_brought_into_one_form() -> None:
    texts = pl.Series(["cafe\u0301 bueno", "a\u00a0\u00a0b", "x\u200by", "Rạp phim", "a\u0085b", None, "¡Qué cine!"])

    assert normalised(texts).to_list() == ["café bueno", "a b", "xy", "Rạp phim", "a\nb", None, "¡Qué cine!"]
