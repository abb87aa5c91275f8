"""The pages of films, people, genres, predictions and runs: one router for all of them."""

from fastapi import APIRouter

from taquilla.web import pages_film, pages_films, pages_genres, pages_people, pages_predict, pages_runs

router = APIRouter()
for _page in (pages_films, pages_film, pages_people, pages_genres, pages_predict, pages_runs):
    router.include_router(_page.router)
