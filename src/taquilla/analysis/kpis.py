"""The KPIs by name: what `mart.kpis` (of a shop `mart.shop_kpis`) holds of each, how it is written, of how many."""

from collections.abc import Iterable
from dataclasses import dataclass

from taquilla.analysis.fields import kind_of
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Ask, Row


@dataclass(frozen=True, slots=True)
class Kpi:
    """A column of `mart.kpis`; `known` and `films` are the columns that count the films it is known of, and all."""

    name: str
    kind: str
    known: str = "films"
    films: str = "films"


KPIS = (
    Kpi("films", "whole", "films_this_year"),
    Kpi("films_this_week", "whole"),
    Kpi("revenue_usd", "money", "films_with_revenue"),
    Kpi("median_roi", "share", "films_with_figures"),
    Kpi("share_profitable", "share", "films_with_figures"),
    Kpi("share_break_even", "share", "films_with_figures"),
    Kpi("mean_bayesian_rating", "two", "films_with_rating"),
    Kpi("share_not_english", "share", "films_with_language"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A KPI in words: its label, its value and the small print."""

    name: str
    label: str
    value: str
    note: str


def read_kpis(ask: Ask) -> Row:
    """The one row of `mart.kpis`."""
    (row,) = ask("select * from mart.kpis")
    return row


def told(words: Language, figures: Row) -> list[Told]:
    """Every KPI of this row in words."""
    return [_told(words, kpi, figures) for kpi in KPIS]


def _told(words: Language, kpi: Kpi, figures: Row) -> Told:
    counts = {"known": words.number(figures[kpi.known]), "films": words.number(figures[kpi.films])}
    return Told(
        kpi.name,
        words.text(f"kpis.{kpi.name}.label"),
        words.written(kpi.kind, figures[kpi.name]),
        words.text(f"kpis.{kpi.name}.note", **counts),
    )


# The tiles of a shop: columns of `mart.shop_kpis`, whose other columns their small print may name.
SHOP_KPIS = (
    "revenue",
    "rentals",
    "customers_active_90_days",
    "revenue_per_customer",
    "late_share",
    "rentals_open",
    "utilisation",
    "payback",
)


def read_shop_kpis(ask: Ask) -> Row:
    """The one row of `mart.shop_kpis`."""
    (row,) = ask("select * from mart.shop_kpis")
    return row


def told_of_shop(words: Language, figures: Row) -> list[Told]:
    """Every KPI of a shop in words."""
    written = {name: words.written(kind_of(name), value) for name, value in figures.items()}
    return [
        Told(
            name,
            words.text(f"shop_kpis.{name}.label"),
            written[name],
            words.text(f"shop_kpis.{name}.note", **written),
        )
        for name in SHOP_KPIS
    ]


# The tiles of reviews: columns of `mart.review_kpis`, whose other columns their small print may name.
REVIEW_KPIS = (
    "reviews",
    "mean_stars",
    "mean_sentiment",
    "reviewers",
    "retention",
    "growth",
    "answer_rate",
    "ratings",
)
# What has a goal, in the order of the pages.
GOALS = ("retention", "growth", "stars_change", "sentiment_change")


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure against its goal, in words. is_met: None where the figure or the goal is unknown.

    verdict: met, missed or unknown, in words; month: of which it is.
    """

    name: str
    label: str
    value: str
    goal: str
    is_met: bool | None
    verdict: str
    month: str


def read_review_kpis(ask: Ask) -> Row:
    """The one row of `mart.review_kpis`; its `month` is that of the growth, the latest that says something."""
    (row,) = ask("select * from mart.review_kpis")
    return row


def read_goals(ask: Ask) -> list[Row]:
    """All reviews against their goals in the `month` of `mart.review_kpis`: kpi, value, goal, is_met, month."""
    return ask(
        "select kpi, value, goal, is_met, month from mart.review_goals "
        "where scope_kind = 'all' and month = (select month from mart.review_kpis) order by kpi"
    )


def told_of_reviews(words: Language, figures: Row) -> list[Told]:
    """Every KPI of the reviews in words; where there are none but ratings, those alone."""
    written = {name: words.written(kind_of(name), value) for name, value in figures.items()}
    names = REVIEW_KPIS if figures["reviews"] else ("ratings",)
    return [
        Told(
            name,
            words.text(f"review_kpis.{name}.label"),
            written[name],
            words.text(f"review_kpis.{name}.note", **written),
        )
        for name in names
        if name != "ratings" or figures["ratings"]
    ]


def told_of_goals(words: Language, rows: Iterable[Row]) -> list[Goal]:
    """Figures against their goals in words, in the order of GOALS; none where nothing has a goal."""
    found = {row["kpi"]: row for row in rows}
    return [_goal(words, name, found[name]) for name in GOALS if name in found]


def goal_note(words: Language, goal: Goal) -> str:
    """The small print of a goal: in December 2014 (goal: 20%, met)."""
    return words.text("goals.note", month=goal.month, goal=goal.goal, verdict=goal.verdict)


def verdict(words: Language, is_met: bool | None) -> str:
    """Whether a goal is met, in a word."""
    return words.text("goals.unknown" if is_met is None else "goals.met" if is_met else "goals.missed")


def _goal(words: Language, name: str, row: Row) -> Goal:
    value, goal = (words.written(kind_of(name), row[column]) for column in ("value", "goal"))
    month, is_met = words.written("year_month", row["month"]), row["is_met"]
    return Goal(name, words.text(f"goals.{name}"), value, goal, is_met, verdict(words, is_met), month)
