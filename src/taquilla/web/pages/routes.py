"""One router for all pages."""

from fastapi import APIRouter

from taquilla.web.pages import about, film, films, genres, overview, people, predict, runs

router = APIRouter()
for _page in (overview, films, film, people, genres, predict, runs, about):
    router.include_router(_page.router)
