"""/api/genres and /api/companies: groups of films, and how popularity, ratings and returns spread within each."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from taquilla.web.api.film_search import Id
from taquilla.web.api.paging import PAGED, Page, link_pages
from taquilla.web.problems import NotFoundError, described
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

genres_router = APIRouter(prefix="/api/genres", tags=["genres"])
companies_router = APIRouter(prefix="/api/companies", tags=["companies"])

# Measure by measure, of a film: null where it is unknown. As in the marts, a rating needs votes, and a return needs
# budget and revenue of 1,000 USD or more: less is millions typed as units.
_MEASURES = {
    "popularity": "m.popularity",
    "vote_average": "case when m.vote_count > 0 then m.vote_average end",
    "roi": "case when m.budget_usd >= 1000 and m.revenue_usd >= 1000 then m.roi end",
    "budget_usd": "m.budget_usd",
    "revenue_usd": "m.revenue_usd",
    "runtime_min": "m.runtime_min",
}
_QUANTILES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}


class GroupQuery(Page):
    """Which of the groups are asked for."""

    q: Annotated[
        str | None, Field(max_length=200, description="part of a name; case and accents do not count", examples=["a"])
    ] = None


class Spread(BaseModel):
    """How a figure spreads over the films that it is known for; null where it is known for none."""

    known: int
    p10: float | None
    p25: float | None
    median: float | None
    p75: float | None
    p90: float | None


class GroupSummary(BaseModel):
    """A group's films, with medians over those that have the figure."""

    name: str
    films: int
    median_popularity: float | None
    films_with_rating: int
    median_rating: float | None
    films_with_figures: int
    median_roi: float | None


class Genre(GroupSummary):
    genre_id: int


class Company(GroupSummary):
    company_id: int


class GenrePage(BaseModel):
    """Some of the genres, and how many there are."""

    total: int
    items: list[Genre]


class CompanyPage(BaseModel):
    """Some of the companies, and how many there are."""

    total: int
    items: list[Company]


class GroupDetails(BaseModel):
    """A group's films, and how each of their figures spreads."""

    name: str
    films: int
    popularity: Spread
    vote_average: Spread
    roi: Annotated[Spread, Field(description="of films with budget and revenue of 1,000 USD or more")]
    budget_usd: Spread
    revenue_usd: Spread
    runtime_min: Spread


class GenreDetails(GroupDetails):
    genre_id: int


class CompanyDetails(GroupDetails):
    company_id: int
    country_code: str | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where a kind of group stands in the warehouse. All of it are constants."""

    what: str
    key: str
    table: str
    links: str

    def find(self, session: Session, query: GroupQuery) -> tuple[int, list[Row]]:
        """How many groups there are, and those of the page, the largest first."""
        asked = {"q": query.q} if query.q else {}
        named = "contains(strip_accents(lower(g.name)), strip_accents(lower($q)))" if asked else "true"
        found = f"""
            from {self.links} as l
            join movies as m on m.film_id = l.film_id and not m.is_removed
            join {self.table} as g on g.{self.key} = l.{self.key}
            where {named}
        """
        total = session.rows(f"select count(distinct l.{self.key}) as total {found}", **asked)[0]["total"]
        rows = session.rows(
            f"""select l.{self.key}, max(g.name) as name, count(*) as films,
                    median(m.popularity) as median_popularity,
                    count({_MEASURES["vote_average"]}) as films_with_rating,
                    median({_MEASURES["vote_average"]}) as median_rating,
                    count({_MEASURES["roi"]}) as films_with_figures, median({_MEASURES["roi"]}) as median_roi
                {found} group by l.{self.key} order by films desc, l.{self.key} limit $limit offset $offset""",
            **asked,
            **query.bounds,
        )
        return total, rows

    def details(self, session: Session, group_id: int) -> Row:
        """One group with its spreads. NotFoundError: there is none with that id."""
        found = session.rows(f"select * from {self.table} where {self.key} = $group_id", group_id=group_id)  # noqa: S608
        if not found:
            raise NotFoundError(
                f"There is no {self.what} {group_id} in the warehouse.", f"They are listed at {self.address}"
            )
        figures = session.rows(
            f"""select count(*) as films, {_SPREADS} from movies as m
            where not m.is_removed and m.film_id in (select film_id from {self.links} where {self.key} = $group_id)""",  # noqa: S608
            group_id=group_id,
        )[0]
        return found[0] | {"films": figures["films"]} | {name: _spread(figures, name) for name in _MEASURES}

    @property
    def address(self) -> str:
        return f"/api/{self.table.removeprefix('production_')}"


_SPREADS = ", ".join(
    f"count({value}) as {name}_known, quantile_cont({value}, {list(_QUANTILES.values())}) as {name}_quantiles"
    for name, value in _MEASURES.items()
)
GENRES = Grouping("genre", "genre_id", "genres", "movie_genres")
COMPANIES = Grouping("company", "company_id", "production_companies", "movie_production_companies")


def _spread(figures: Row, name: str) -> dict[str, Any]:
    values = figures[f"{name}_quantiles"] or [None] * len(_QUANTILES)
    return {"known": figures[f"{name}_known"]} | dict(zip(_QUANTILES, values, strict=True))


@genres_router.get("", responses=PAGED)
def genres(request: Request, response: Response, reader: Reader, query: Annotated[GroupQuery, Query()]) -> GenrePage:
    """The genres, those with most films first."""
    with reader.session() as session:
        total, rows = GENRES.find(session, query)
    link_pages(request, response, query, total)
    return GenrePage(total=total, items=[Genre.model_validate(row) for row in rows])


@genres_router.get("/{genre_id}", responses=described(http_404="no such genre"))
def genre(reader: Reader, genre_id: Annotated[Id, Path(description="TMDB's id", examples=[18])]) -> GenreDetails:
    """One genre: how many films, and how their popularity, ratings and returns spread."""
    with reader.session() as session:
        return GenreDetails.model_validate(GENRES.details(session, genre_id))


@companies_router.get("", responses=PAGED)
def companies(
    request: Request, response: Response, reader: Reader, query: Annotated[GroupQuery, Query()]
) -> CompanyPage:
    """The production companies, those with most films first."""
    with reader.session() as session:
        total, rows = COMPANIES.find(session, query)
    link_pages(request, response, query, total)
    return CompanyPage(total=total, items=[Company.model_validate(row) for row in rows])


@companies_router.get("/{company_id}", responses=described(http_404="no such company"))
def company(reader: Reader, company_id: Annotated[Id, Path(description="TMDB's id", examples=[7])]) -> CompanyDetails:
    """One company: how many films, and how their popularity, ratings and returns spread."""
    with reader.session() as session:
        return CompanyDetails.model_validate(COMPANIES.details(session, company_id))
