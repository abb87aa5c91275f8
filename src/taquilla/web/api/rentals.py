"""/api/rentals: the key figures of a shop, and its films with what they earn. No customer is named here."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from taquilla.analysis.coverage import is_generated
from taquilla.analysis.kpis import SHOP_KPIS, read_shop_kpis
from taquilla.web.api.paging import PAGED, link_pages
from taquilla.web.api.rental_films import RentalFilmQuery, find_rental_films
from taquilla.web.kept import kept
from taquilla.web.present import coverage_of
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/rentals", tags=["rentals"])

Unit = Literal["amount", "rentals", "customers", "share", "times"]

UNITS: dict[str, tuple[Unit, str]] = {
    "revenue": ("amount", "Sum of all payments, in the shop's own currency."),
    "rentals": ("rentals", "Rentals, back or not."),
    "customers_active_90_days": ("customers", "Customers who rented in the last 90 days of the data."),
    "revenue_per_customer": ("amount", "Payments per customer who has rented."),
    "late_share": ("share", "Of the rentals that are back and had a day to be back on: those of a later day."),
    "rentals_open": ("rentals", "Rentals that are not back."),
    "utilisation": ("share", "Days that copies were out and came back, of copies times days of business."),
    "payback": ("times", "Payments per price of new copies of all that the shop has."),
}


class RentalKpi(BaseModel):
    """A key figure of the shop; null where what it is made from is unknown."""

    name: str
    value: int | float | None
    unit: Unit
    definition: str


class RentalKpis(BaseModel):
    """The key figures as of the last moment in the shop's data. `is_generated`: the shop is a demo's, and nobody's."""

    first_date: date | None
    as_of_date: date | None
    is_generated: bool
    items: list[RentalKpi]


class RentalFilm(BaseModel):
    """A film of the shop with what it earns; amounts in the shop's own currency.

    turns: rentals per copy. utilisation: of the days that its copies could be out. payback: paid per price of its
    copies. All three are null without a copy. catalogue_film_id: the film under /api/films, where it was found there.
    """

    film_id: int
    title: str | None
    release_year: int | None
    category: str | None
    rating: str | None
    rental_rate: float | None
    copies: int
    rentals: int
    rentals_open: int | None
    customers: int
    last_rented_on: date | None
    revenue: float | None
    turns: float | None
    utilisation: float | None
    replacement_cost: float | None
    payback: float | None
    catalogue_film_id: int | None
    link_method: str | None
    link_confidence: float | None


class RentalFilmPage(BaseModel):
    """Some of the films asked for, and how many there are."""

    total: int
    items: list[RentalFilm]


@router.get("/kpis")
def kpis(reader: Reader) -> RentalKpis:
    """The key figures of the shop; a warehouse without one has no rentals, and the rest is unknown."""
    with reader.session() as session:
        row = shop_kpis(session)
        return RentalKpis(
            first_date=row["first_date"],
            as_of_date=row["as_of_date"],
            is_generated=is_generated(coverage_of(session)),
            items=[
                RentalKpi(name=name, value=row[name], unit=UNITS[name][0], definition=UNITS[name][1])
                for name in SHOP_KPIS
            ],
        )


@router.get("/films", responses=PAGED)
def films(
    request: Request, response: Response, reader: Reader, query: Annotated[RentalFilmQuery, Query()]
) -> RentalFilmPage:
    """The shop's films that were asked for, what earns most first unless `sort` says otherwise."""
    with reader.session() as session:
        total, found = find_rental_films(session, query)
    link_pages(request, response, query, total)
    return RentalFilmPage(total=total, items=[RentalFilm.model_validate(film) for film in found])


def shop_kpis(session: Session) -> Row:
    """The one row of mart.shop_kpis; without a shop it counts nothing, and knows nothing."""
    return kept(session.version, "shop_kpis", lambda: read_shop_kpis(session.rows))
