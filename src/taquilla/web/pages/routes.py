"""One router for all pages."""

from fastapi import APIRouter

from taquilla.web.pages import about, film, films, genres, overview, people, predict, rental_films, rentals, runs

router = APIRouter()
for _page in (overview, films, film, people, genres, rentals, rental_films, predict, runs, about):
    router.include_router(_page.router)
