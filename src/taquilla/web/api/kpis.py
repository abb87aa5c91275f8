"""/api/kpis: the key figures, each with its unit, its definition and the films that it is known for."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from taquilla.web.reader import Row
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/kpis", tags=["kpis"])

Unit = Literal["films", "USD", "ratio", "share", "points of 10"]
_FIGURES = "films whose budget and revenue are both 1,000 USD or more"


class Kpi(BaseModel):
    """A key figure. `known_films` of all the `films` have what it is made from; its value is null where none has."""

    name: str
    value: int | float | None
    unit: Unit
    known_films: int
    films: int
    definition: str


class Kpis(BaseModel):
    """The key figures as of the day of the newest record; null while there is none."""

    as_of_date: date | None
    items: list[Kpi]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of mart.kpis, and the one that counts the films that it is known for."""

    name: str
    unit: Unit
    definition: str
    known: str = "films"


FIGURES = (
    Figure("films", "films", "Films in the warehouse that TMDB has not removed."),
    Figure("films_this_year", "films", "Films released in the year of the newest record, up to its day."),
    Figure("films_this_week", "films", "Films released in the seven days up to the newest record's."),
    Figure("revenue_usd", "USD", "Sum of the revenues that are known.", "films_with_revenue"),
    Figure("share_with_figures", "share", f"Share of all films: {_FIGURES}."),
    Figure("median_roi", "ratio", f"Median of (revenue - budget) / budget over {_FIGURES}.", "films_with_figures"),
    Figure("share_profitable", "share", f"Share with a revenue above the budget, of {_FIGURES}.", "films_with_figures"),
    Figure(
        "share_break_even",
        "share",
        f"Share with a revenue of 2.5 times the budget or more, of {_FIGURES}.",
        "films_with_figures",
    ),
    Figure(
        "mean_rating",
        "points of 10",
        "Mean of the films' mean votes; films without votes do not count.",
        "films_with_rating",
    ),
    Figure(
        "mean_bayesian_rating",
        "points of 10",
        "The same with 100 votes added to each film at the mean of all rated films.",
        "films_with_rating",
    ),
    Figure(
        "share_not_english",
        "share",
        "Share of films whose original language is not English.",
        "films_with_language",
    ),
)


@router.get("")
def kpis(reader: Reader) -> Kpis:
    """The key figures of all films."""
    with reader.session() as session:
        row = session.rows("select * from mart.kpis")[0]
    return Kpis(as_of_date=row["as_of_date"], items=[_kpi(row, figure) for figure in FIGURES])


def _kpi(row: Row, figure: Figure) -> Kpi:
    return Kpi(
        name=figure.name,
        value=row[figure.name],
        unit=figure.unit,
        known_films=row[figure.known],
        films=row["films"],
        definition=figure.definition,
    )
