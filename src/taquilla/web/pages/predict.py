"""/predict: what a planned film may come to. The plan stands in the address, so that a prediction can be shared."""

import logging
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from taquilla.errors import UnavailableError
from taquilla.models.naming import Named
from taquilla.web.language import Language
from taquilla.web.pages import predict_words
from taquilla.web.pages.answering import answered
from taquilla.web.pages.listings import address, options
from taquilla.web.pages.plan_form import MOST_LETTERS, MOST_NAMES, NAMES, Choice, PlanForm, is_asked, read_form
from taquilla.web.pages.plan_links import LIKE, PATH, examples, like, plan_address
from taquilla.web.pages.rendering import Words
from taquilla.web.reader import Session
from taquilla.web.state import Models, Reader
from taquilla.web.trained import ModelReader

_log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

_GENRES = "select genre_id, name from genres where genre_id in (select genre_id from movie_genres)"
_COUNTRIES = """
    select country_code as code, name from countries where country_code in (select country_code from movie_countries)
"""
_LANGUAGES = "select distinct original_language as code from movies where original_language is not null"


@router.get(PATH, response_class=HTMLResponse)
def predict_page(request: Request, reader: Reader, models: Models, words: Words) -> Response:
    """The form and, where the address tells of a film, what the model says of it; 422 where it cannot be understood."""
    film_id = _like(request)
    if film_id is not None and not is_asked(request.query_params):
        with reader.session() as session:
            plan = plan_address(session.rows, film_id)
        if plan:
            return RedirectResponse(plan, 303)
    return answered(request, lambda: _page(request, reader, models, words), "predict.html")


def _like(request: Request) -> int | None:
    """The film that the plan was taken from, where the address names one."""
    film_id = request.query_params.get(LIKE, "")
    return int(film_id) if film_id.isascii() and film_id.isdigit() and len(film_id) < 19 else None


def _page(request: Request, reader: Reader, models: ModelReader, words: Language) -> tuple[int, dict[str, Any]]:
    with reader.session() as session:
        form = read_form(request.query_params, session.rows)
        lists = _lists(session, words)
        result = _result(session, models, words, form)
        films = examples(session.rows)
    return 422 if form.faults else 200, {
        "words": words,
        "form": form,
        "asked": form.typed | form.listed,
        "is_learnt": _like(request) is not None,
        "names": list(NAMES),
        "chosen_countries": ", ".join(name for code, name in lists["countries"] if code in form.listed["country"]),
        "faults": {name: _fault(words, form, name, key) for name, key in form.faults.items()},
        "choices": {name: [_choice(form, name, each) for each in found] for name, found in form.choices.items()},
        "examples": [(f"{film['title']} ({film['release_year']})", like(film["film_id"])) for film in films],
        **lists,
        **result,
    }


def _lists(session: Session, words: Language) -> dict[str, list[tuple[str, str]]]:
    """The choices of the form, by their names in the page's language."""
    genres, countries, languages = (session.rows(sql) for sql in (_GENRES, _COUNTRIES, _LANGUAGES))
    return {
        "genres": options((str(row["genre_id"]), words.name("genres", row["genre_id"], row["name"])) for row in genres),
        "countries": options(
            (row["code"], words.country(row["code"], row["name"] or row["code"])) for row in countries
        ),
        "spoken": options((row["code"], words.language(row["code"], row["code"])) for row in languages),
    }


def _result(session: Session, models: ModelReader, words: Language, form: PlanForm) -> dict[str, Any]:
    """What the model says of the plan, if there is one of each."""
    try:
        model = models.model()
    except UnavailableError as error:
        _log.warning("Nothing is predicted: %s", error)
        is_broken = models.mark() is not None
        return {"about": None, "is_broken": is_broken, "estimates": [], "warnings": [], "missing": []}
    told: dict[str, Any] = {"about": predict_words.about(words, model.metrics), "is_broken": False}
    if form.plan is None:
        return told | {"estimates": [], "warnings": [], "missing": []}
    # Takes scikit-learn, which a service without a model need not have loaded.
    from taquilla.models.predicting import predict

    found = predict(model, session.rows, form.plan)
    genres = {str(row["genre_id"]): row["name"] for row in session.rows(_GENRES)}
    return told | {
        "estimates": predict_words.estimates(words, model, found),
        "warnings": predict_words.warnings(words, found, genres),
        "missing": predict_words.missing(words, found),
    }


def _fault(words: Language, form: PlanForm, name: str, key: str) -> str:
    most = words.number(MOST_LETTERS if key == "too_long" else MOST_NAMES)
    return words.text(f"faults.{key}", names=", ".join(form.unknown.get(name, ())), most=most)


def _choice(form: PlanForm, name: str, choice: Choice) -> tuple[str, list[tuple[Named, str]]]:
    """The name that several have, and each of them with the address of the plan that means them."""
    asked = form.asked()
    return choice.text, [(one, address(PATH, asked, **{name: choice.chosen(one.number)})) for one in choice.among]
