"""How the columns of the marts are written: one quantity has one name, so a column's name tells its kind."""

from collections.abc import Callable
from typing import Any

from taquilla.analysis.language import UNKNOWN, Language, genre_id

# whole, one, two: decimals; share: a ratio, in per cent; times: a multiple; amount: money in the shop's own currency.
KINDS = {
    "budget_usd": "money",
    "correlation": "two",
    "decade": "decade",
    "lift": "times",
    "loss_usd": "money",
    "popularity": "one",
    "rating": "certificate",
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
    "category": "category",
    "cohort_month": "year_month",
    "days_from": "days_band",
    "hour": "hour",
    "is_paid_back": "paid_back",
    "mean_days_late": "one",
    "mean_days_out": "one",
    "mean_days_since": "one",
    "month_begins_on": "year_month",
    "payback": "times",
    "rentals_per_day": "one",
    "replacement_cost": "amount",
    "rental_rate": "amount",
    "retention": "share",
    "revenue_index": "times",
    "segment": "segment",
    "share": "share_one",
    "share_of_rentals": "share_one",
    "share_of_revenue": "share_one",
    "late_share": "share_one",
    "shrunk_revenue_index": "times",
    "store_id": "store",
    "turns": "one",
    "utilisation": "share_one",
    "value": "trait",
    "weekday": "weekday",
    "answer_rate": "share_one",
    "aspect": "aspect",
    "bayesian_stars": "two",
    "check_name": "check",
    "city": "city",
    "day": "day",
    "expected": "two",
    "first_on": "day",
    "growth": "share_one",
    "is_cinema": "cinema",
    "last_on": "day",
    "latitude": "two",
    "longitude": "two",
    "mean_sentiment": "two",
    "mean_stars": "two",
    "median": "two",
    "median_reply_hours": "one",
    "month": "year_month",
    "name": "text",
    "pearson": "two",
    "q1": "two",
    "q3": "two",
    "reviews_written": "reviews_band",
    "same_sign_share": "share_one",
    "score": "one",
    "sentiment_change": "two",
    "sign": "spam_sign",
    "stars": "stars",
    "stars_change": "two",
    "stars_high": "two",
    "stars_low": "two",
    "state": "text",
    "table_name": "review_table",
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
    {
        "title",
        "text",
        "genre",
        "country",
        "language",
        "level",
        "band",
        "votes",
        "column",
        "decade",
        "month",
        "day",
        "category",
        "certificate",
        "days_band",
        "hour",
        "paid_back",
        "segment",
        "store",
        "trait",
        "weekday",
        "year_month",
        "aspect",
        "check",
        "cinema",
        "city",
        "review_table",
        "reviews_band",
        "spam_sign",
        "stars",
    }
)


MONTHS = 12
# Whose earlier films a model's feature may tell of.
_ROLES = ("director", "cast", "company", "collection")


def kind_of(column: str) -> str:
    """The kind of a column of a mart; counts of things are whole numbers."""
    if column in KINDS:
        return KINDS[column]
    if column.startswith("films"):
        return "whole"
    if column.startswith("revenue") and not column.endswith(("_usd", "_multiple", "_uplift")):
        return "amount"
    return next((kind for part, kind in _PARTS if part in column), "whole")


def is_text(column: str) -> bool:
    """Whether a column names things, rather than measuring them."""
    return kind_of(column) in _TEXTS


def written(words: Language, column: str, row: dict[str, Any]) -> str:
    """What a cell says in this language; names that the data bring in one language go by their ids and codes."""
    value, kind = row[column], kind_of(column)
    if kind == "days_band":
        return _days_band(words, value, row["days_to"])
    if value is None:
        return UNKNOWN
    if kind == "genre":
        return words.name("genres", row[f"{column}_id"], str(value))
    if kind == "country":
        # A shop writes its countries' names and no codes.
        return words.country(row["country_code"], str(value)) if "country_code" in row else words.country_named(value)
    if kind == "language":
        # A review tells the code of its language, a film the name too.
        return words.language(row.get("original_language", value), str(value))
    if kind in ("level", "band"):
        return words.name(f"{kind}s", value, str(value))
    if kind == "votes":
        return votes_band(words, value, row["votes_to"])
    if kind in _NAMED:
        return _NAMED[kind](words, value, row)
    return words.written(kind, value)


def _category(words: Language, value: str, row: dict[str, Any]) -> str:
    """A shop's category goes by the genre of that name, where there is one; shops have some more."""
    return words.name("categories", value.casefold(), words.name("genres", genre_id(value), value))


def _trait(words: Language, value: str, row: dict[str, Any]) -> str:
    """Budget: under 10 million; a genre needs no such word before it."""
    trait = row["trait"]
    if trait == "genre":
        return _category(words, value, row)
    if trait == "decade":
        told = words.written("decade", value)
    elif trait == "popularity_level":
        told = words.name("levels", value, value)
    else:
        told = words.name("traits", f"{trait}.{value}", value)
    return f"{words.text(f'traits.{trait}.name')}: {told}"


def _certificate(words: Language, value: Any, row: dict[str, Any]) -> str:
    """For age, as a shop has it; or how somebody rated a film, from 0.5 to 5."""
    return words.number(value, 1) if isinstance(value, float) else str(value)


def _city(words: Language, value: str, row: dict[str, Any]) -> str:
    return f"{value}, {row['state']}" if row.get("state") else value


def _check(words: Language, value: str, row: dict[str, Any]) -> str:
    """A check, with its table where several have the same one."""
    name = words.name("review_checks", value, value)
    if value not in ("repairs", "quarantined"):
        return name
    return f"{name}: {words.name('review_tables', row['table_name'], row['table_name'])}"


def _reviews_band(words: Language, value: str, row: dict[str, Any]) -> str:
    """The mart's 1, 3-5 and 11+, in words."""
    if value == "1":
        return words.text("format.one_review")
    reviews = words.text("format.and_more", value=value.removesuffix("+")) if "+" in value else value.replace("-", "–")
    return words.text("format.reviews", reviews=reviews)


# A cell of a shop or of reviews, by its kind; the row tells what the value alone does not.
_NAMED: dict[str, Callable[[Language, Any, dict[str, Any]], str]] = {
    "category": _category,
    "trait": _trait,
    "certificate": _certificate,
    "hour": lambda words, value, row: f"{value}:00",
    "paid_back": lambda words, value, row: words.text(f"paid_back.{'yes' if value else 'no'}"),
    "segment": lambda words, value, row: words.name("segments", value, value),
    "store": lambda words, value, row: words.text("format.store", store=str(value)),
    "weekday": lambda words, value, row: words.text(f"weekdays.{value}"),
    "aspect": lambda words, value, row: words.name("aspects", value, value),
    "check": _check,
    "cinema": lambda words, value, row: words.text(f"cinema.{'yes' if value else 'no'}"),
    "city": _city,
    "review_table": lambda words, value, row: words.name("review_tables", value, value),
    "reviews_band": _reviews_band,
    "spam_sign": lambda words, value, row: words.name("spam_signs", value, value),
    "stars": lambda words, value, row: f"{value} ★",
}


def _days_band(words: Language, first: int | None, last: int | None) -> str:
    """0-7 days, more than 180 days, or never."""
    if first is None:
        return words.text("format.never_rented")
    if last is None:
        return words.text("format.days_over", days=words.number(first - 1))
    return words.text("format.days", first=words.number(first), last=words.number(last))


def place_of(kind: str, value: Any) -> float:
    """Where a value stands on an axis of its kind: a month in months since the year 0, everything else as it is."""
    return float(value.year * MONTHS + value.month - 1 if kind == "year_month" else value)


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
