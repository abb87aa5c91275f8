"""The films of a shop with what they earn: read once a warehouse, then found and sorted in memory."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from taquilla.web.api.paging import Page
from taquilla.web.kept import kept
from taquilla.web.plain import plain
from taquilla.web.reader import Row, Session

RentalFilmOrder = Literal[
    "revenue", "-revenue", "rentals", "-rentals", "copies", "-copies", "turns", "-turns", "utilisation", "-utilisation",
    "payback", "-payback", "release_year", "-release_year", "title", "-title",
]  # fmt: skip

_FILMS = """
    select
        f.rank, f.film_id, f.title, f.release_year, f.category, f.rating, f.rental_rate, f.copies, f.rentals,
        f.customers, f.revenue, f.last_rented_on, u.rentals_open, u.turns, u.utilisation, u.replacement_cost, u.payback,
        m.film_id as catalogue_film_id, d.link_method, d.link_confidence
    from mart.film_revenue as f
    join shop.dim_film as d on d.film_id = f.film_id
    left join mart.copy_utilisation as u on u.film_id = f.film_id
    left join movies as m on m.film_id = d.catalogue_film_id and not m.is_removed
    order by f.rank
"""


class RentalFilmQuery(Page):
    """What may be asked of the shop's films; all of it must hold."""

    q: Annotated[
        str | None,
        Field(max_length=200, description="part of a title; case and accents do not count", examples=["alien"]),
    ] = None
    category: Annotated[
        str | None, Field(max_length=100, description="the first category of the film", examples=["Comedy"])
    ] = None
    rating: Annotated[str | None, Field(max_length=20, description="for age, as the shop has it", examples=["PG"])] = (
        None
    )
    never_rented: Annotated[bool | None, Field(description="whether nobody has ever rented it", examples=[True])] = None
    sort: Annotated[
        RentalFilmOrder, Field(description="`-` is descending; unknown is last in both", examples=["-turns"])
    ] = "-revenue"


def rental_films(session: Session) -> list[Row]:
    """Every film of the shop, what earns most first."""
    return kept(session.version, "rental_films", lambda: [_searched(row) for row in session.rows(_FILMS)])


def _searched(row: Row) -> Row:
    return row | {"plain": plain(row["title"] or "")}


def find_rental_films(session: Session, query: RentalFilmQuery) -> tuple[int, list[Row]]:
    """How many films there are, and those of the page."""
    found = [row for row in rental_films(session) if all(holds(row) for holds in _conditions(query))]
    name, is_down = query.sort.removeprefix("-"), query.sort.startswith("-")
    known = [row for row in found if row[name] is not None]
    # The order of equals is the mart's; a sort that is turned round must not turn it.
    known.sort(key=lambda row: _sorted_by(name, row), reverse=is_down)
    ordered = known + [row for row in found if row[name] is None]
    return len(ordered), ordered[query.offset : query.offset + query.limit]


def _conditions(query: RentalFilmQuery) -> list[Callable[[Row], bool]]:
    conditions: list[Callable[[Row], bool]] = []
    if query.q:
        part = plain(query.q)
        conditions.append(lambda row: part in row["plain"])
    if query.category:
        conditions.append(lambda row: row["category"] == query.category)
    if query.rating:
        conditions.append(lambda row: row["rating"] == query.rating)
    if query.never_rented is not None:
        conditions.append(lambda row: (row["rentals"] == 0) is query.never_rented)
    return conditions


def _sorted_by(name: str, row: Row) -> Any:
    return row["plain"] if name == "title" else row[name]
