"""How the columns of the marts are written: one quantity has one name, so a column's name tells its kind."""

from typing import Any

from taquilla.analysis.language import UNKNOWN, Language

# whole, one, two: decimals; share: a ratio, in per cent; times: a multiple.
KINDS = {
    "budget_usd": "money",
    "correlation": "two",
    "decade": "decade",
    "lift": "times",
    "loss_usd": "money",
    "popularity": "one",
    "rating": "two",
    "release_month": "month",
    "release_year": "year",
    "revenue_multiple": "times",
    "revenue_uplift": "times",
    "revenue_usd": "money",
    "roi": "share",
    "runtime_min": "whole",
    "share_known": "share_one",
    "share_last_10_years": "share_one",
    "share_of_films": "share_one",
    "spearman": "two",
    "pearson_log": "two",
    "title": "title",
    "vote_average": "one",
    "column_name": "column",
    "column_x": "column",
    "column_y": "column",
    "country": "country",
    "genre": "genre",
    "genre_a": "genre",
    "genre_b": "genre",
    "language": "language",
    "popularity_level": "level",
    "rating_level": "level",
    "break_even_band": "band",
    "votes_from": "votes",
    "actor": "text",
    "company": "text",
    "director": "text",
    "franchise": "text",
}
# What stands before or in a name: median_budget_usd is money as budget_usd is.
_PARTS = (
    ("share_", "share"),
    ("percentile", "share"),
    ("_usd", "money"),
    ("_rating", "two"),
    ("_roi", "share"),
    ("_runtime_min", "whole"),
    ("_popularity", "one"),
    ("_date", "day"),
    ("_at", "moment"),
)
_TEXTS = frozenset(
    {"title", "text", "genre", "country", "language", "level", "band", "votes", "column", "decade", "month", "day"}
)


# Whose earlier films a model's feature may tell of.
_ROLES = ("director", "cast", "company", "collection")


def kind_of(column: str) -> str:
    """The kind of a column of a mart; counts of things are whole numbers."""
    if column in KINDS:
        return KINDS[column]
    if column.startswith("films"):
        return "whole"
    return next((kind for part, kind in _PARTS if part in column), "whole")


def is_text(column: str) -> bool:
    """Whether a column names things, rather than measuring them."""
    return kind_of(column) in _TEXTS


def written(words: Language, column: str, row: dict[str, Any]) -> str:
    """What a cell says in this language; names that the data bring in one language go by their ids and codes."""
    value, kind = row[column], kind_of(column)
    if value is None:
        return UNKNOWN
    if kind == "genre":
        return words.name("genres", row[f"{column}_id"], str(value))
    if kind == "country":
        return words.country(row["country_code"], str(value))
    if kind == "language":
        return words.language(row["original_language"], str(value))
    if kind in ("level", "band"):
        return words.name(f"{kind}s", value, str(value))
    if kind == "votes":
        return votes_band(words, value, row["votes_to"])
    return words.written(kind, value)


def votes_band(words: Language, first: int, last: int | None) -> str:
    """1-9, or 5,000 and more."""
    if last is None:
        return words.text("format.and_more", value=words.number(first))
    return f"{words.number(first)}–{words.number(last)}"


def feature_name(words: Language, feature: str) -> str:
    """A model's feature, with a capital: the planned ones have texts, histories are made of whose and of what."""
    role = next((role for role in _ROLES if feature.startswith(f"{role}_")), "")
    history = f"histories.{feature.removeprefix(f'{role}_')}"
    if f"features.{feature}" not in words.texts and role and history in words.texts:
        return words.text(history, whose=words.text(f"whose.{role}"))
    return words.name("features", feature, words.name("columns", feature, feature))
