"""What a review's text tells: literal reviews in, literal signals out; cutting a table differently changes nothing."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taquilla.tables import review_signals
from taquilla.tables.lexicon.languages import recognise
from taquilla.tables.review_signals import SIGNS, agreement, score, signals_version
from taquilla.tables.reviews import ReviewSignals

SCHEMA = {"review_id": pl.String, "text": pl.String, "stars": pl.Float64, "raw_seq": pl.Int64, "bucket": pl.Int64}


def reviews(*texts: str | None, stars: float | None = 4.0) -> pl.DataFrame:
    rows = [(f"r{n}", text, stars, n, 0) for n, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def signals(text: str | None, stars: float | None = 4.0) -> dict[str, Any]:
    scored = score(reviews(text, stars=stars))
    ReviewSignals.validate(scored)
    return scored.to_dicts()[0]


def test_a_review_has_its_signals() -> None:
    found = signals("The seats are very comfortable, but the popcorn is STALE and the staff was rude!")
    index = found.pop("sentiment")
    assert -0.9 < index < -0.7
    assert isinstance(found.pop("text_hash"), int)
    assert found == {
        "raw_seq": 0,
        "bucket": 0,
        "review_id": "r0",
        "language": "en",
        "language_confidence": 0.99,
        "sentiment_words": 3,
        "word_count": 15,
        "character_count": 80,
        "uppercase_share": 6 / 64,
        "exclamation_count": 1,
        "has_url": False,
        "has_contact": False,
        "repeated_share": 2 / 15,
        "aspects": ["seats", "staff", "food"],
        "spam_score": 0.0,
        "spam_signs": [],
    }


@pytest.mark.parametrize("text", [None, "", " "])
def test_a_review_without_a_text_has_counts_of_zero_and_nothing_else(text: str | None) -> None:
    found = signals(text, stars=None)
    unknown = ("language", "language_confidence", "sentiment", "uppercase_share", "repeated_share", "text_hash")
    assert [found[name] for name in unknown] == [None] * len(unknown)
    assert [found[name] for name in ("sentiment_words", "word_count", "exclamation_count", "spam_score")] == [
        0,
        0,
        0,
        0,
    ]
    assert found["aspects"] == found["spam_signs"] == []


LANGUAGES = {
    "La sala estaba sucia": "es",
    "Muy malo": "es",
    "pesimo servicio": "es",
    "sucio": "es",
    "Great": "en",
    "Not bad": "en",
    "clean": "en",
    "GREAT PLACE TO WATCH MOVIES": "en",
    "We had a great time with the kids and they loved the popcorn, but the queue was long": "en",
    "Rạp đẹp": "vi",
    "Nhân viên nice": "vi",
    "Tốt": "vi",
    "¡Ñam!": "es",
    "Nice": "en",
    "Très bon cinéma, on y retourne": "fr",
    "Sehr gutes Kino mit bequemen Sesseln": "de",
    "ok": None,
    "10/10": None,
    "👍👍👍": None,
}


def test_languages_are_recognised_of_short_texts_too() -> None:
    found = recognise(pl.Series(list(LANGUAGES)))
    assert dict(zip(LANGUAGES, found["language"], strict=True)) == LANGUAGES
    assert found.select((pl.col("language").is_null() == pl.col("language_confidence").is_null()).all()).item()


def test_sentiment_is_unknown_in_a_language_without_a_lexicon() -> None:
    assert signals("Rạp rất đẹp, nhân viên nice")["sentiment"] is None
    assert [signals(text)["sentiment"] is None for text in ("Rạp đẹp 👍", "ok", "12 👍👍")] == [True, True, False]
    assert signals("Los baños estaban sucios y la fila era larguísima")["aspects"] == ["cleanliness", "queue"]


SPAM = {
    "THE WORST CINEMA THAT I HAVE EVER SEEN": ["all_capitals"],
    "Cheaper tickets at www.example.com than here": ["has_url"],
    "Call the manager at +34 600 123 456 if you can": ["has_contact"],
    "Write to nobody@example.com about this place": ["has_contact"],
    "What a place!!!!!! We loved it": ["many_exclamations"],
    "good good good good good good": ["repeated_text"],
    "It was sooooooooooo long a film": ["repeated_text"],
    "It was soooo long a film": [],
    "Bad": ["too_short_extreme"],
    "COME SEE www.example.com NOW!!!!!!!": ["has_url", "many_exclamations"],
    "We saw it on 12/10/2021 at 18:30, tickets 10.50 - 12.00, seats 14.15 there": [],
}


def test_each_sign_of_spam_has_its_name() -> None:
    scored = score(reviews(*SPAM, stars=1.0))
    assert dict(zip(SPAM, scored["spam_signs"].to_list(), strict=True)) == SPAM
    assert scored["spam_score"].to_list() == [len(signs) / len(SIGNS) for signs in SPAM.values()]
    assert {sign for signs in SPAM.values() for sign in signs} == SIGNS.keys()
    assert signals("Bad", stars=3.0)["spam_signs"] == signals(None, stars=1.0)["spam_signs"] == []


def test_the_same_words_have_the_same_hash_in_every_process() -> None:
    same = score(reviews("A wonderful place to watch films.", "a wonderful place, to watch FILMS!"))["text_hash"]
    assert same.to_list() == [3265309017521307803] * 2
    assert signals("A lovely place")["text_hash"] is None
    assert signals_version() == signals_version()


WORDS = ("not", "never", "very", "no", "muy", "but", "pero", "GOOD", "malo", "bueno", "👍", ":)", "!", "?")
texts = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
)


@settings(max_examples=12)
@given(st.lists(texts, max_size=8), st.integers(2, 5))
def test_each_review_is_scored_for_itself(given_texts: list[str | None], rows: int) -> None:
    table = reviews(*given_texts)
    whole = score(table)
    ReviewSignals.validate(whole)
    assert whole["review_id"].to_list() == table["review_id"].to_list()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(review_signals, "CHUNK_ROWS", rows)
        assert score(table).equals(whole)
    assert score(table.reverse()).reverse().equals(whole)


def test_agreement_is_told_by_language() -> None:
    rows = [
        ("en", 0.9, 5.0),
        ("en", -0.5, 1.0),
        ("en", 0.5, 2.0),
        ("en", 0.1, 3.0),
        ("es", 0.4, 4.0),
        ("vi", None, 5.0),
    ]
    found = agreement(pl.DataFrame(rows, schema=["language", "sentiment", "stars"], orient="row")).to_dicts()
    assert found == [
        {"language": "en", "reviews": 4, "pearson": pytest.approx(0.8333822860566156), "same_sign_share": 2 / 3},
        {"language": "es", "reviews": 1, "pearson": None, "same_sign_share": 1.0},
    ]
