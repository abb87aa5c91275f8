"""/reviews/goals: whether all reviews, or each place, city, state or category, met their goals in a month."""

from datetime import date
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis import kpis
from taquilla.analysis.charts import has
from taquilla.analysis.coverage import has_generated_reviews
from taquilla.analysis.fields import kind_of
from taquilla.web.api.drawing import place_address
from taquilla.web.api.review_goals import GoalQuery, ScopeKind, find_scopes, goal_months
from taquilla.web.api.reviews import review_goals, review_kpis
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.listings import address, checked, given, last_page, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.pages.reviews import GOALS, PLACES, tabs
from taquilla.web.present import coverage_of
from taquilla.web.reader import Row
from taquilla.web.state import Reader

FIELDS = ("scope_kind", "month")
# Without a kind asked for, cities: of all reviews there is one row a month.
USUAL = "city"
MONTHS_OFFERED = 120

router = APIRouter(include_in_schema=False)


@router.get(GOALS)
def goals_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The figures against their goals; 422 where a field of the form says nothing that can be understood."""
    return answered(request, lambda: _goals(request, reader, words), "goals.html")


def _goals(request: Request, reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    asked = given(request, FIELDS)
    query, refused = checked(GoalQuery, {"scope_kind": USUAL, **asked}, page_number(request))
    kind = query.scope_kind if "scope_kind" not in refused else USUAL
    with reader.session() as session:
        coverage = coverage_of(session)
        if not has(coverage).reviews:
            return 200, {"has_reviews": False, "tabs": tabs(words)}
        months = goal_months(session, kind)
        month = _month(query.month, months, kind, review_kpis(session).get("month"))
        query = query.model_copy(update={"scope_kind": kind, "month": month})
        total, rows = find_scopes(session, query)
        if total and not rows:
            query = query.model_copy(update={"offset": (last_page(total) - 1) * query.limit})
            total, rows = find_scopes(session, query)
        goals = {row["kpi"]: row["goal"] for row in review_goals(session)}
    return 422 if refused else 200, {
        "has_reviews": True,
        "tabs": tabs(words),
        "are_generated": has_generated_reviews(coverage),
        "refused": refused,
        "kinds": [(name, words.text(f"goals_page.kinds.{name}")) for name in get_args(ScopeKind)],
        "kind": kind,
        "months": [(day.isoformat(), words.written("year_month", day)) for day in months[:MONTHS_OFFERED]],
        "month": month.isoformat() if month else "",
        "found": words.text("goals_page.found" if total != 1 else "goals_page.found_one", rows=words.number(total)),
        "heads": [(words.text(f"goals.{kpi}"), _goal(words, kpi, goals.get(kpi))) for kpi in kpis.GOALS],
        "rows": [_row(words, kind, row) for row in rows],
        "pager": pager(words, GOALS, asked, query.offset // query.limit + 1, total),
    }


def _month(asked: date | None, months: list[date], kind: str, last: date | None) -> date | None:
    """The month asked for; else the last whole one, or the one before it that has figures. All reviews: every month."""
    if asked or kind == "all":
        return asked
    return next((month for month in months if last is None or month <= last), None)


def _goal(words: Language, kpi: str, goal: float | None) -> str:
    return words.text("goals_page.goal", goal=words.written(kind_of(kpi), goal))


def _row(words: Language, kind: str, row: Row) -> tuple[str, str | None, list[tuple[str, bool | None, str]]]:
    """Name, address, and each figure with whether it meets its goal, as a flag and in a word."""
    cells = [
        (words.written(kind_of(kpi), row[kpi]), row[f"{kpi}_met"], kpis.verdict(words, row[f"{kpi}_met"]))
        for kpi in kpis.GOALS
    ]
    return _named(words, kind, row), _address(kind, row), cells


def _named(words: Language, kind: str, row: Row) -> str:
    if kind == "all":
        return words.written("year_month", row["month"])
    return str(row["name"] or row["scope"])


def _address(kind: str, row: Row) -> str | None:
    if kind == "venue":
        return place_address(row["scope"])
    return address(PLACES, {kind: row["scope"]}) if kind in ("state", "category") else None
