"""The KPIs by name: what `mart.kpis` holds of each, how it is written, and how many films it is known of."""

from dataclasses import dataclass

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
