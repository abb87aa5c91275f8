"""/api/reviews: the reviews' key figures, the places with their scores, and goals. No reviewer is named here."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from taquilla.analysis.charts import has
from taquilla.analysis.coverage import has_generated_reviews, whole_of
from taquilla.analysis.kpis import read_goals, read_review_kpis
from taquilla.web.api.paging import PAGED, link_pages
from taquilla.web.api.review_goals import Goal, GoalPage, GoalQuery, find_goals
from taquilla.web.api.review_place import Place, PlaceDetails, read_place
from taquilla.web.api.review_places import PlaceQuery, find_places
from taquilla.web.kept import kept
from taquilla.web.present import coverage_of
from taquilla.web.problems import described
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/reviews", tags=["reviews"])

Unit = Literal["reviews", "places", "reviewers", "stars", "sentiment", "share", "days", "ratings"]

# By name: the unit, what it is known of (coverage.py), and what it means.
KPIS: dict[str, tuple[Unit, str, str]] = {
    "reviews": ("reviews", "reviews", "All reviews, those of unknown places with them."),
    "venues": ("places", "venues_reviewed", "Places with reviews here."),
    "reviewers": ("reviewers", "reviews_signed", "Those who wrote the reviews."),
    "mean_stars": ("stars", "reviews_starred", "Mean of the stars, from 1 to 5."),
    "stars_low": ("stars", "reviews_starred", "Lower bound of the mean's 95 % confidence."),
    "stars_high": ("stars", "reviews_starred", "Upper bound of the mean's 95 % confidence."),
    "mean_sentiment": ("sentiment", "reviews_sensed", "Mean sentiment of the texts, from -1 to 1."),
    "answer_rate": ("share", "reviews_answerable", "Of the reviews whose source tells of owners' replies: answered."),
    "retention": ("share", "reviews_signed", "Of the reviewers: those who wrote on two or more different days."),
    "growth": ("share", "reviews", "Reviews of `month` against the month before it."),
    "orphans": ("reviews", "reviews", "Reviews of places that no source row tells of."),
    "bursts": ("days", "reviews_of_day", "Days on which a place had far more reviews than its mean."),
    "ratings": ("ratings", "ratings", "Ratings of films."),
}


class ReviewKpi(BaseModel):
    """A key figure; null where it is unknown. `known` of the `whole` tell what it is made from; `counted`: what."""

    name: str
    value: int | float | None
    unit: Unit
    definition: str
    counted: Literal["reviews", "venues", "ratings"]
    known: int
    whole: int


class ReviewKpis(BaseModel):
    """The key figures, and all reviews of `month`, the last whole one in the data, against their goals.

    is_generated: the reviews are a demo's, and nobody's.
    """

    first_on: date | None
    last_on: date | None
    month: date | None
    is_generated: bool
    items: list[ReviewKpi]
    goals: list[Goal]


class PlacePage(BaseModel):
    """Some of the places asked for, and how many there are."""

    total: int
    items: list[Place]


@router.get("/kpis")
def kpis(reader: Reader) -> ReviewKpis:
    """The key figures of the reviews; a warehouse without any has none, and the rest is unknown."""
    with reader.session() as session:
        row, goals, coverage = review_kpis(session), review_goals(session), coverage_of(session)
    return ReviewKpis(
        first_on=row.get("first_on"),
        last_on=row.get("last_on"),
        month=row.get("month"),
        is_generated=has_generated_reviews(coverage),
        items=[_kpi(name, row, coverage) for name in KPIS],
        goals=[Goal.model_validate({"scope_kind": "all", "scope": "all", "name": None, **goal}) for goal in goals],
    )


@router.get("/places", responses=PAGED)
def places(request: Request, response: Response, reader: Reader, query: Annotated[PlaceQuery, Query()]) -> PlacePage:
    """The places with reviews that were asked for, the best first unless `sort` says otherwise."""
    with reader.session() as session:
        total, found = find_places(session, query)
    link_pages(request, response, query, total)
    return PlacePage(total=total, items=[Place.model_validate(place) for place in found])


@router.get("/places/{venue_id:path}", responses=described(http_404="no such place"))
def place(
    reader: Reader, venue_id: Annotated[str, Path(max_length=400, description="a place's id, as its source has it")]
) -> PlaceDetails:
    """A place with its months, stars, aspects and bursts; one that nobody has reviewed here has 0 reviews."""
    with reader.session() as session:
        return read_place(session, venue_id)


@router.get("/goals", responses=PAGED)
def goals(request: Request, response: Response, reader: Reader, query: Annotated[GoalQuery, Query()]) -> GoalPage:
    """Figures against their goals, of all reviews or of each place, city, state or category; the newest month first."""
    with reader.session() as session:
        found = find_goals(session, query)
    link_pages(request, response, query, found.total)
    return found


def review_kpis(session: Session) -> Row:
    """The one row of mart.review_kpis; without reviews an empty one."""
    if not _is_there(session):
        return {}
    return kept(session.version, "review_kpis", lambda: read_review_kpis(session.rows))


def review_goals(session: Session) -> list[Row]:
    """All reviews against their goals in the latest month that says something; without reviews none."""
    return kept(session.version, "review_goals", lambda: read_goals(session.rows)) if _is_there(session) else []


def _is_there(session: Session) -> bool:
    return has(coverage_of(session)).reviews and {"review_kpis", "review_goals"} <= set(session.marts())


def _kpi(name: str, row: Row, coverage: Any) -> ReviewKpi:
    unit, known, definition = KPIS[name]
    value = row.get(name, 0 if name in ("reviews", "venues", "reviewers", "orphans", "bursts", "ratings") else None)
    return ReviewKpi.model_validate(
        {
            "name": name,
            "value": value,
            "unit": unit,
            "definition": definition,
            "counted": whole_of(known),
            "known": coverage[known],
            "whole": coverage[whole_of(known)],
        }
    )
