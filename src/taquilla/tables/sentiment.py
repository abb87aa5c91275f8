"""The sentiment index: how a text's words speak of what it tells, from -1 to 1.

VADER's rules (Hutto and Gilbert, 2014) over columns instead of words: valences from a lexicon, turned by a negation and
strengthened by a booster within three words before, weighted around a "but", sharpened by capitals and exclamation
marks, and their sum s brought into [-1, 1] as s / √(s² + 15). docs/sentiment.md says what the figure is, and is not.
"""

import polars as pl

from taquilla.tables.lexicon import forms, signs

# What stands between words; a blank is left as it is, since that makes the search four times faster.
_BETWEEN, _BLANKS = r"[^\w'’ ]+", " {2,}"
# An emoticon, or an emoji.
_SIGN = r"[:;=]['\-^]?(?:[()\[\]|*]|[DPp]\b)|<3|[\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}]"
REACH = 3
NEGATED, SHOUTED = -0.74, 0.733
# A booster loses so much of its strength with each word between.
FADING = 0.05
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
EXCLAMATION, MOST_EXCLAMATIONS = 0.292, 4
QUESTION, MOST_QUESTIONS, MANY_QUESTIONS = 0.18, 3, 0.96
ALPHA = 15
SPOKEN = pl.Schema(
    {"place": pl.UInt32(), "sentiment": pl.Float64(), "sentiment_words": pl.UInt32(), "aspects": pl.UInt16()}
)


def taken_apart(texts: pl.DataFrame) -> pl.DataFrame:
    """The table with what its column text (not null) is made of.

    words: with one blank between, nothing else. tokens: the same as a list. word_count. signs: emoticons and emoji.
    exclamation_count, question_count.
    """
    text = pl.col("text")
    words = text.str.replace_all(_BETWEEN, " ").str.replace_all(_BLANKS, " ").str.strip_chars(" ")
    counted = texts.with_columns(
        words=words,
        signs=text.str.extract_all(_SIGN),
        exclamation_count=text.str.count_matches("!", literal=True),
        question_count=text.str.count_matches("?", literal=True),
    )
    tokens = pl.col("words").str.split(" ")
    return counted.with_columns(
        tokens=tokens, word_count=pl.when(pl.col("words") == "").then(0).otherwise(tokens.list.len())
    )


def sentiment(texts: pl.DataFrame, language: str) -> pl.DataFrame:
    """What the texts of one language say: one row a text of which the lexicon knows a word or a sign (`SPOKEN`).

    texts: place (UInt32, ascending), what `taken_apart` adds, and is_mixed (not all are capitals). aspects: bit n
    stands for `lexicon.ASPECTS[n]`. sentiment is null where no word with a valence was found.
    """
    hits = _hits(texts, language).with_columns(valence=_in_context())
    weighted = hits.select("place", pl.col("valence") * _around_but(), "aspects")
    spoken = pl.concat([weighted, _signs(texts)]).group_by("place").agg(
        pl.col("valence").sum(),
        pl.col("valence").count().alias("sentiment_words"),
        pl.col("aspects").bitwise_or(),
    )  # fmt: skip
    told = spoken.join(texts.select("place", "exclamation_count", "question_count"), on="place")
    index = pl.when(pl.col("sentiment_words") > 0).then(_normalised(_sharpened()))
    return told.select("place", index.alias("sentiment"), "sentiment_words", "aspects")


def _signs(texts: pl.DataFrame) -> pl.DataFrame:
    """What emoticons and emoji say, wherever they stand."""
    shown = texts.filter(pl.col("signs").list.len() > 0).select("place", word="signs").explode("word")
    return shown.join(signs(), on="word").select("place", "valence", "aspects")


def _hits(texts: pl.DataFrame, language: str) -> pl.DataFrame:
    """The words of the texts that the lexicon knows, in their order, each with its number."""
    spoken = texts.select("place", "is_mixed", form="tokens").explode("form").with_row_index("number")
    known = forms(language)
    # Most words are none of the lexicon's, and this is the quicker way to leave them behind.
    return spoken.filter(pl.col("form").is_in(known["form"].implode())).join(known, on="form", maintain_order="left")


def _near(column: str, step: int) -> pl.Expr:
    """What the hit `step` hits before says, if it is a word of the same text within reach."""
    is_near = (pl.col("place") == pl.col("place").shift(step)) & (_distance(step) <= REACH)
    return pl.when(is_near).then(pl.col(column).shift(step))


def _distance(step: int) -> pl.Expr:
    return pl.col("number") - pl.col("number").shift(step)


def _fading(step: int) -> pl.Expr:
    return 1.0 - (_distance(step) - 1) * FADING


def _in_context() -> pl.Expr:
    """A word's valence as the words before it make it."""
    sign = pl.col("valence").sign()
    shouted = pl.when(pl.col("is_shouted") & pl.col("is_mixed")).then(SHOUTED).otherwise(0.0)
    steps = range(1, REACH + 1)
    boosted = pl.sum_horizontal(_near("booster", step) * _fading(step) for step in steps)
    is_negated = pl.any_horizontal(_near("is_negation", step).fill_null(value=False) for step in steps)
    return (pl.col("valence") + sign * (shouted + boosted)) * pl.when(is_negated).then(NEGATED).otherwise(1.0)


def _around_but() -> pl.Expr:
    """Less before the text's first "but", more after it."""
    but = pl.col("number").filter(pl.col("is_contrast")).first().over("place")
    return (
        pl.when(but.is_null() | (pl.col("number") == but))
        .then(1.0)
        .when(pl.col("number") < but)
        .then(BEFORE_BUT)
        .otherwise(AFTER_BUT)
    )


def _sharpened() -> pl.Expr:
    """The sum of the valences, further from zero by the exclamation and question marks of the text."""
    exclaimed = pl.min_horizontal("exclamation_count", pl.lit(MOST_EXCLAMATIONS)) * EXCLAMATION
    asked = pl.col("question_count")
    wondered = pl.when(asked <= 1).then(0.0).when(asked <= MOST_QUESTIONS).then(asked * QUESTION)
    return pl.col("valence") + pl.col("valence").sign() * (exclaimed + wondered.otherwise(MANY_QUESTIONS))


def _normalised(total: pl.Expr) -> pl.Expr:
    return (total / (total.pow(2) + ALPHA).sqrt()).clip(-1, 1)
