"""/api/people: the people of the films, found by name and role; and one of them with all their films."""

from array import array
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from taquilla.web.api.film_search import Id
from taquilla.web.api.paging import PAGED, Page, link_pages
from taquilla.web.kept import kept
from taquilla.web.problems import NotFoundError, described
from taquilla.web.reader import Session
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/people", tags=["people"])

PersonOrder = Literal["films", "-films", "revenue_usd", "-revenue_usd", "name", "-name"]


class PersonQuery(Page):
    """What may be asked of the list of people."""

    q: Annotated[
        str | None,
        Field(max_length=200, description="part of a name; case and accents do not count", examples=["cameron"]),
    ] = None
    role: Annotated[
        Literal["director", "actor"] | None, Field(description="only films in this role count", examples=["director"])
    ] = None
    sort: Annotated[PersonOrder, Field(description="`-` is descending; unknown is last", examples=["-revenue_usd"])] = (
        "-films"
    )


class PersonSummary(BaseModel):
    """Somebody in the cast or crew. `revenue_usd` is the sum over the `films_with_revenue`; null where none has one."""

    person_id: int
    name: str
    films: int
    films_with_revenue: int
    revenue_usd: int | None


class PersonPage(BaseModel):
    """Some of the people, and how many there are."""

    total: int
    items: list[PersonSummary]


class Credit(BaseModel):
    """A film that somebody had a part in."""

    film_id: int
    title: str
    release_year: int | None
    popularity: float | None
    vote_average: float | None
    revenue_usd: int | None


class ActingCredit(Credit):
    """Two characters in one film are two credits."""

    character: str | None
    cast_order: int | None


class CrewCredit(Credit):
    job: str | None
    department: str | None


class PersonDetails(BaseModel):
    """Somebody with their films by role, the newest first."""

    person_id: int
    name: str
    gender: Annotated[int | None, Field(description="1 female, 2 male, 3 non-binary; null: unknown")]
    films: int
    directed: list[Credit]
    acted: list[ActingCredit]
    crew: Annotated[list[CrewCredit], Field(description="every other job")]


_ROLES = {
    None: "select distinct film_id, person_id from movie_people",
    "director": "select film_id, person_id from movie_directors",
    "actor": "select distinct film_id, person_id from movie_actors",
}
_NAMED = "contains(strip_accents(lower(p.name)), strip_accents(lower($q)))"
# Names, roles and orders are constants of this file; what is asked for is bound.
_FOUND = """
    from ({role}) as c
    join movies as m on m.film_id = c.film_id and not m.is_removed
    join people as p on p.person_id = c.person_id
    where {wanted}
    group by c.person_id
"""
_SUMMARY = """
    select c.person_id, max(p.name) as name, count(*) as films, count(m.revenue_usd) as films_with_revenue,
        cast(sum(m.revenue_usd) as bigint) as revenue_usd
"""
_SORTED_BY = {
    "films": "count(*)",
    "revenue_usd": "sum(m.revenue_usd)",
    "name": "strip_accents(lower(max(p.name)))",
}
_PERSON = "select person_id, name, gender from people where person_id = $person_id"
_CREDITS = """
    select m.film_id, m.title, m.release_year, m.popularity, m.vote_average, m.revenue_usd,
        c.credit_type, c.character, c.cast_order, c.job, c.department
    from movie_people as c join movies as m on m.film_id = c.film_id
    where c.person_id = $person_id and not m.is_removed
    order by m.release_date desc nulls last, m.release_year desc nulls last, m.film_id, c.credit_id
"""


@router.get("", responses=PAGED)
def people(request: Request, response: Response, reader: Reader, query: Annotated[PersonQuery, Query()]) -> PersonPage:
    """The people of the films, those with most films first unless `sort` says otherwise."""
    with reader.session() as session:
        total, found = find_people(session, query)
    link_pages(request, response, query, total)
    return PersonPage(total=total, items=found)


def find_people(session: Session, query: PersonQuery) -> tuple[int, list[PersonSummary]]:
    """How many people are asked for, and those of the page."""
    ranked = _ranked(session, query)
    ids = ranked[query.offset : query.offset + query.limit].tolist()
    wanted = _FOUND.format(role=_ROLES[query.role], wanted="list_contains(cast($ids as bigint[]), c.person_id)")
    rows = session.rows(_SUMMARY + wanted, ids=ids) if ids else []
    summaries = {row["person_id"]: PersonSummary.model_validate(row) for row in rows}
    return len(ranked), [summaries[person_id] for person_id in ids]


def _ranked(session: Session, query: PersonQuery) -> "array[int]":
    """The ids of all that are asked for, in order. Without a name there are few such orders: each is made once a load,
    since a page needs all people counted, whichever page it is."""
    if query.q:
        return _rank(session, query, _NAMED, q=query.q)
    return kept(session.version, ("people", query.role, query.sort), lambda: _rank(session, query, "true"))


def _rank(session: Session, query: PersonQuery, wanted: str, **asked: str) -> "array[int]":
    found = _FOUND.format(role=_ROLES[query.role], wanted=wanted)
    _, rows = session.table(f"select c.person_id {found} order by {_order(query.sort)}", **asked)
    return array("q", (person_id for (person_id,) in rows))


@router.get("/{person_id}", responses=described(http_404="nobody with that id"))
def person(reader: Reader, person_id: Annotated[Id, Path(description="TMDB's id", examples=[2405])]) -> PersonDetails:
    """Somebody with all their films: those directed, those acted in, and other jobs."""
    with reader.session() as session:
        found = session.rows(_PERSON, person_id=person_id)
        parts = session.rows(_CREDITS, person_id=person_id)
    if not found:
        raise NotFoundError(
            f"There is nobody with the id {person_id} in the warehouse.", "Find one with: /api/people?q=part of a name"
        )
    roles: dict[str, Any] = {
        # Somebody credited as director twice has directed the film once.
        "directed": {row["film_id"]: row for row in parts if row["job"] == "Director"}.values(),
        "acted": [row for row in parts if row["credit_type"] == "cast"],
        "crew": [row for row in parts if row["credit_type"] == "crew" and row["job"] != "Director"],
    }
    films = len({row["film_id"] for row in parts})
    return PersonDetails.model_validate(
        found[0] | {"films": films} | {name: list(rows) for name, rows in roles.items()}
    )


def _order(sort: PersonOrder) -> str:
    direction = "desc" if sort[0] == "-" else "asc"
    return f"{_SORTED_BY[sort.removeprefix('-')]} {direction} nulls last, c.person_id"
