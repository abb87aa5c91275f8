"""What a review's text tells beside its stars: language, sentiment, aspects and signs of spam.

    curated.reviews ── score ─▶ curated.review_signals    one row a review, each for itself

Two texts that say the same have the same text_hash; who else wrote it, and when, is the warehouse's question.
"""

from functools import cache
from hashlib import blake2b

import polars as pl

from taquilla.tables.lexicon import ASPECTS, LANGUAGES, version
from taquilla.tables.lexicon import SIGNS as EMOJI
from taquilla.tables.lexicon.languages import recognise
from taquilla.tables.reviews import ReviewSignals
from taquilla.tables.sentiment import sentiment, taken_apart

__all__ = ["SIGNS", "agreement", "score", "signals_version"]

# Counted up whenever a rule of this file, of sentiment.py or of languages.py changes.
RULES = 1
# So many texts are taken apart at once: their words take some 100 MB.
CHUNK_ROWS = 10_000
SHORTEST_HASHED = 20
# The most frequent word is sought among these: in a longer text it is "the".
FIRST_WORDS = 40

# Each begins with something that is rarely met, which makes the search several times faster.
_DOMAIN = r"\.(?:com|net|org|info)\b"
_URL = rf"(?i)https?://|www\.|{_DOMAIN}"
_MAIL_WITH_DOMAIN = rf"(?i)@[\w.-]+{_DOMAIN}"
_MAIL = r"@[\w-]+\.\w"
# Nine digits at least: fewer, and further apart, are prices and times.
_PHONE = r"(?:[0-9][ ().-]{0,2}){8,}[0-9]"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_REPEATED_SIGN = "|".join(f"{sign}{{8,}}" for sign in _LETTERS + _LETTERS.upper())
# At least so many letters, words or marks make a sign.
_LOUD_LETTERS, _LOUD_SHARE = 20, 0.8
_EXCLAIMED, _WORDS_AN_EXCLAMATION = 6, 10
_REPEATED_WORDS, _REPEATED_SHARE = 5, 0.5
# Stars without a word are no sign: many sites take them so.
_FEW_WORDS = (1, 2)
_EXTREMES = (1.0, 5.0)


def _is_repeated() -> pl.Expr:
    one_word = (pl.col("word_count") >= _REPEATED_WORDS) & (pl.col("repeated_share") >= _REPEATED_SHARE)
    return one_word | pl.col("has_repeated_sign")


def _are_many_exclamations() -> pl.Expr:
    marks = pl.col("exclamation_count")
    return (marks >= _EXCLAIMED) & (marks * _WORDS_AN_EXCLAMATION >= pl.col("word_count"))


# By name: each is true of a review that shows the sign, and false or null of any other.
SIGNS: dict[str, pl.Expr] = {
    "all_capitals": (pl.col("letters") >= _LOUD_LETTERS) & (pl.col("uppercase_share") >= _LOUD_SHARE),
    "has_url": pl.col("has_url"),
    "has_contact": pl.col("has_contact"),
    "many_exclamations": _are_many_exclamations(),
    "repeated_text": _is_repeated(),
    "too_short_extreme": pl.col("word_count").is_in(_FEW_WORDS) & pl.col("stars").is_in(_EXTREMES),
}


def signals_version() -> int:
    """Another number whenever a lexicon or a rule changes, so that what was scored by the old ones is scored anew."""
    return version() ^ RULES


def score(reviews: pl.DataFrame) -> pl.DataFrame:
    """The signals of each review, as `ReviewSignals`, in the same order.

    reviews: review_id, text, stars, raw_seq and bucket of `curated.reviews`. One without a text has signals too: counts
    of 0, and null for what is unknown. Memory holds the words of `CHUNK_ROWS` texts at a time.
    """
    made = [_scored(chunk) for chunk in reviews.iter_slices(CHUNK_ROWS)]
    return pl.concat(made) if made else ReviewSignals.create_empty()


def _scored(reviews: pl.DataFrame) -> pl.DataFrame:
    given = reviews.select("review_id", pl.col("text").fill_null(""), "stars", "raw_seq", "bucket")
    placed = given.with_columns(recognise(given["text"])).with_row_index("place")
    measured = taken_apart(placed).with_columns(**_counts()).with_columns(**_shares()).with_columns(signs_shown=_mask())
    spoken = pl.concat([_spoken(measured, language) for language in (*LANGUAGES, None)])
    told = measured.drop("text", "tokens", "signs", "words").join(spoken, on="place", how="left", maintain_order="left")
    signals = told.with_columns(
        pl.col("sentiment_words").fill_null(0),
        _text_hash(measured),
        _named("aspects", told["aspects"].fill_null(0), ASPECTS),
        _named("spam_signs", told["signs_shown"], tuple(SIGNS)),
    ).with_columns(spam_score=pl.col("spam_signs").list.len() / len(SIGNS))
    return signals.select(pl.col(name).cast(dtype) for name, dtype in ReviewSignals.create_empty().schema.items())


def _counts() -> dict[str, pl.Expr]:
    """What can be counted in a text."""
    text = pl.col("text")
    # Every letter is in a word: what is none is rare there, which makes it quick to count.
    others = pl.col("words").str.count_matches(r"[^\p{L} ]") + pl.col("word_count").cast(pl.Int64) - 1
    return {
        "character_count": text.str.len_chars(),
        "letters": pl.when(pl.col("word_count") > 0).then(pl.col("words").str.len_chars() - others).otherwise(0),
        "capitals": pl.col("words").str.count_matches(r"\p{Lu}"),
        "has_url": text.str.count_matches(_URL) > text.str.count_matches(_MAIL_WITH_DOMAIN),
        "has_contact": text.str.contains(_MAIL) | text.str.contains(_PHONE),
        "has_repeated_sign": text.str.contains(_REPEATED_SIGN),
    }


def _shares() -> dict[str, pl.Expr]:
    first = pl.col("tokens").list.head(FIRST_WORDS)
    most = first.list.eval(pl.element().unique_counts().max()).list.first()
    return {
        "uppercase_share": pl.when(pl.col("letters") > 0).then(pl.col("capitals") / pl.col("letters")),
        "repeated_share": pl.when(pl.col("word_count") > 0).then(most / first.list.len()),
    }


def _spoken(measured: pl.DataFrame, language: str | None) -> pl.DataFrame:
    """Of texts too short to have a language, the emoticons and emoji count: many have nothing else."""
    texts = measured.filter(pl.col("language").eq_missing(pl.lit(language, pl.String)))
    is_mixed = pl.col("capitals") < pl.col("letters")
    return sentiment(texts.with_columns(is_mixed=is_mixed), language or EMOJI)


def _mask() -> pl.Expr:
    """Which signs are present: bit n stands for the nth of `SIGNS`."""
    bits = [pl.when(is_present).then(1 << place).otherwise(0) for place, is_present in enumerate(SIGNS.values())]
    return pl.sum_horizontal(bits)


def _named(column: str, masks: pl.Series, names: tuple[str, ...]) -> pl.Series:
    """The names of the bits that are set in each mask."""
    return _lists_of(names).gather(masks).alias(column)


@cache
def _lists_of(names: tuple[str, ...]) -> pl.Series:
    """For each mask, the names of its bits."""
    lists = [[name for place, name in enumerate(names) if mask >> place & 1] for mask in range(1 << len(names))]
    return pl.Series(lists, dtype=pl.List(pl.String))


def _text_hash(told: pl.DataFrame) -> pl.Series:
    """63 bits of the words in small letters; the same in every process and every version of the libraries."""
    words = told["words"].str.to_lowercase()
    hashes = [
        int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1 if count >= SHORTEST_HASHED else None
        for text, count in zip(words, told["character_count"], strict=True)
    ]
    return pl.Series("text_hash", hashes, dtype=pl.Int64)


def agreement(signals: pl.DataFrame) -> pl.DataFrame:
    """How well the index agrees with the stars, by language, the commonest first.

    signals: language, sentiment, stars. reviews: those that have all three. pearson: of sentiment and stars; null where
    one of them never changes. same_sign_share: among the reviews with other than 3 stars, how many have the sentiment's
    sign where 4 and 5 stars count as positive.
    """
    known = signals.drop_nulls(["language", "sentiment", "stars"])
    opinion, index = (pl.col("stars") - 3).sign(), pl.col("sentiment").sign()
    counted = known.group_by("language").agg(
        pl.len().cast(pl.Int64).alias("reviews"),
        pl.corr("sentiment", "stars").fill_nan(None).alias("pearson"),
        (opinion == index).filter(opinion != 0).mean().alias("same_sign_share"),
    )
    return counted.sort("reviews", "language", descending=[True, False])
