"""The words behind the sentiment index, as they ship in this package: English, Spanish, and the signs of both.

`en.csv`, `es.csv` and `signs.csv` (emoticons, emoji) are made by tools/build_lexicons.py; where they come from and
under which licences stands in NOTICE.md beside them.
"""

from functools import cache
from importlib.resources import files
from zlib import crc32

import polars as pl

LANGUAGES = ("en", "es")
ASPECTS = ("screen", "sound", "seats", "staff", "price", "food", "cleanliness", "queue", "parking", "selection")
SIGNS = "signs"
_SCHEMA = pl.Schema(
    {
        "word": pl.String(),
        "valence": pl.Float64(),
        "booster": pl.Float64(),
        "is_negation": pl.Boolean(),
        "is_contrast": pl.Boolean(),
        "is_function": pl.Boolean(),
        "aspects": pl.String(),
        "source": pl.String(),
    }
)


def content(name: str) -> bytes:
    """A lexicon's file as it ships."""
    return files(__name__).joinpath(f"{name}.csv").read_bytes()


@cache
def words(language: str) -> pl.DataFrame:
    """One row a word of that language, in small letters.

    valence: from -4 to 4, null where the word has none. booster: added to the valence of the words after it. aspects:
    bit n stands for `ASPECTS[n]`. source: vader, afinn or taquilla.
    """
    bits = {aspect: 1 << place for place, aspect in enumerate(ASPECTS)}
    bit = pl.element().replace_strict(bits, default=0, return_dtype=pl.UInt16)
    masks = pl.col("aspects").fill_null("").str.split("|").list.eval(bit).list.sum().cast(pl.UInt16)
    return pl.read_csv(content(language), schema=_SCHEMA).with_columns(aspects=masks)


@cache
def signs() -> pl.DataFrame:
    """One row an emoticon or an emoji; the columns of `words`."""
    return words(SIGNS)


@cache
def forms(language: str) -> pl.DataFrame:
    """The words that change a figure, as texts write them: small, with a capital, or in capitals (is_shouted)."""
    tells = pl.any_horizontal(
        "is_negation", "is_contrast", pl.col("valence", "booster").is_not_null(), pl.col("aspects") > 0
    )
    small = words(language).filter(tells).with_columns(form="word", is_shouted=False)
    head, tail = pl.col("word").str.slice(0, 1), pl.col("word").str.slice(1)
    capital = small.with_columns(form=head.str.to_uppercase() + tail)
    shouted = small.with_columns(form=pl.col("word").str.to_uppercase(), is_shouted=True)
    return pl.concat([small, capital, shouted]).unique("form", keep="first", maintain_order=True)


@cache
def version() -> int:
    """Another number whenever a word of a lexicon changes."""
    return crc32(b"".join(content(name) for name in (*LANGUAGES, SIGNS)))
