"""One router for all pages."""

from fastapi import APIRouter

from taquilla.web.pages import (
    about,
    film,
    films,
    genres,
    goals,
    overview,
    people,
    places,
    predict,
    recommendations,
    rental_films,
    rentals,
    reviews,
    runs,
)

router = APIRouter()
_OF_FILMS = (overview, films, film, people, genres)
_OF_REVIEWS = (reviews, places, goals, recommendations)
for _page in (*_OF_FILMS, rentals, rental_films, *_OF_REVIEWS, predict, runs, about):
    router.include_router(_page.router)
