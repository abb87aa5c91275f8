"""The KPIs by name: what `mart.kpis` (of a shop `mart.shop_kpis`) holds of each, how it is written, of how many."""

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
