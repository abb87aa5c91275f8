"""How a page is written: its language, its template, and what every page has around it.

A page's module asks for `Words`, reads its figures, and answers `render(request, "films.html", films=…)`. Templates
extend `layout.html` (blocks `title`, `head`, `content`, `scripts`) and write texts with `t("key", name=value)`.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from taquilla.analysis.charts import TOPICS
from taquilla.analysis.language import TMDB_NOTICE
from taquilla.web import language
from taquilla.web.language import Language
from taquilla.web.pages.notes import note_in_words
from taquilla.web.present import present

LANGUAGE_COOKIE = "lang"
COOKIE_AGE_S = 365 * 24 * 3600
# The pages of the navigation, by the name of their text (`nav.films`), in their order; the topics stand under "charts".
PAGES = {
    "overview": "/",
    "charts": f"/charts/{TOPICS[0]}",
    "films": "/films",
    "people": "/people",
    "genres": "/genres",
    "rentals": "/rentals",
    "reviews": "/reviews",
    "predict": "/predict",
    "runs": "/runs",
    "about": "/about",
}

# What each page speaks of; the others stand in every warehouse.
_SUBJECTS = {
    **dict.fromkeys(("charts", "films", "people", "genres", "predict"), "films"),
    "rentals": "rentals",
    "reviews": "reviews",
}

templates = Environment(
    loader=PackageLoader("taquilla.web.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["note_in_words"] = note_in_words


def words_of(request: Request) -> Language:
    """The language asked for in the address; failing that, the one chosen before; failing that, the browser's."""
    asked = request.query_params.get(LANGUAGE_COOKIE)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return language.choose(asked if asked in language.CODES else chosen, request.headers.get("accept-language"))


Words = Annotated[Language, Depends(words_of)]


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of this template in the request's language; a language that the address asks for is remembered."""
    words = words_of(request)
    body = templates.get_template(template).render(
        t=words.text,
        has_text=words.texts.__contains__,
        code=words.code,
        languages=list(_languages(request)),
        pages=_pages(request),
        topics=TOPICS,
        here=request.url.path,
        tmdb_notice=TMDB_NOTICE,
        **values,
    )
    headers = {"Content-Language": words.code, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
    answer = HTMLResponse(body, status, headers=headers)
    if request.query_params.get(LANGUAGE_COOKIE) in language.CODES:
        answer.set_cookie(LANGUAGE_COOKIE, words.code, max_age=COOKIE_AGE_S, samesite="lax")
    return answer


def _pages(request: Request) -> dict[str, str]:
    """The pages of what this warehouse has."""
    there = present(request.app.state.reader)._asdict()
    return {name: path for name, path in PAGES.items() if name not in _SUBJECTS or there[_SUBJECTS[name]]}


def _languages(request: Request) -> Iterator[tuple[str, str, str]]:
    """Code, name and address of this same page in each language."""
    for code in language.CODES:
        address = request.url.include_query_params(**{LANGUAGE_COOKIE: code})
        yield code, language.language(code).text("page.language_name"), f"{address.path}?{address.query}"
