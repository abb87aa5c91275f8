"""One router for the whole API, in the order that it is described in."""

from fastapi import APIRouter

from taquilla.web.api import (
    chart_answers,
    charts,
    films,
    groups,
    kpis,
    marts,
    ops,
    people,
    predictions,
    recommendations,
    rentals,
    reviews,
)

router = APIRouter()
for _router in (
    films.router,
    people.router,
    groups.genres_router,
    groups.companies_router,
    kpis.router,
    rentals.router,
    reviews.router,
    recommendations.router,
    charts.router,
    chart_answers.router,
    marts.router,
    predictions.router,
    ops.router,
):
    router.include_router(_router)
