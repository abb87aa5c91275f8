"""Figures of all reviews, places, cities, states and categories against their goals, month by month."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from taquilla.web.api.paging import Page
from taquilla.web.reader import Row, Session

ScopeKind = Literal["all", "venue", "city", "state", "category"]
GoalKpi = Literal["retention", "growth", "stars_change", "sentiment_change"]

_GOALS = """
    select g.scope_kind, g.scope, v.name, g.month, g.kpi, g.value, g.goal, g.is_met, count(*) over () as total
    from mart.review_goals as g
    left join reviews.dim_venue as v on g.scope_kind = 'venue' and v.venue_id = g.scope
    where {where}
    order by g.month desc, g.scope, g.kpi
"""
_SCOPES = """
    select
        g.scope, any_value(v.name) as name, g.month,
        {figures},
        count(*) filter (where g.is_met) as goals_met, count(*) over () as total
    from mart.review_goals as g
    left join reviews.dim_venue as v on g.scope_kind = 'venue' and v.venue_id = g.scope
    where {where}
    group by g.scope, g.month
    order by g.month desc, goals_met desc, g.scope
"""
_FIGURE = (
    "max(g.value) filter (where g.kpi = '{kpi}') as {kpi}, "
    "bool_or(g.is_met) filter (where g.kpi = '{kpi}') as {kpi}_met"
)


def _day(text: Any) -> Any:
    """A day as it is written: a bare number would be taken for seconds since 1970."""
    if isinstance(text, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a day is written as 2014-12-01")
    return text


class GoalQuery(Page):
    """What may be asked of the goals; all of it must hold."""

    scope_kind: Annotated[ScopeKind, Field(description="whose figures: of all reviews, or of each of these")] = "all"
    scope: Annotated[
        str | None, Field(max_length=400, description="a place's id, `city, state`, a state or a category")
    ] = None
    month: Annotated[
        date | None, BeforeValidator(_day), Field(description="its first day", examples=["2014-12-01"])
    ] = None
    kpi: Annotated[GoalKpi | None, Field(description="one figure alone")] = None
    is_met: Annotated[bool | None, Field(description="whether the goal is met")] = None


class Goal(BaseModel):
    """A figure of a month against its goal. `name` is a place's; is_met is null where figure or goal is unknown.

    retention: of the month's reviewers, the share who had written in that scope on an earlier day. growth and the
    changes: against the month before. Of months that have ended, with five reviews or more, that follow such a one.
    """

    scope_kind: ScopeKind
    scope: str
    name: str | None
    month: date
    kpi: GoalKpi
    value: float | None
    goal: float | None
    is_met: bool | None


class GoalPage(BaseModel):
    """Some of the goals asked for, and how many there are."""

    total: int
    items: list[Goal]


def find_goals(session: Session, query: GoalQuery) -> GoalPage:
    """The goals asked for, the newest month first; without reviews none."""
    total, rows = _found(session, _GOALS.format(where=_where(query)), query)
    return GoalPage(total=total, items=[Goal.model_validate(row) for row in rows])


def find_scopes(session: Session, query: GoalQuery) -> tuple[int, list[Row]]:
    """A row a scope and month, with each figure and whether its goal is met; those that meet most goals first."""
    figures = ", ".join(_FIGURE.format(kpi=kpi) for kpi in ("retention", "growth", "stars_change", "sentiment_change"))
    return _found(session, _SCOPES.format(where=_where(query), figures=figures), query)


def goal_months(session: Session, kind: str) -> list[date]:
    """The months with figures of this kind of scope, the newest first."""
    if "review_goals" not in session.marts():
        return []
    sql = "select distinct month from mart.review_goals where scope_kind = $kind order by month desc"
    return [row["month"] for row in session.rows(sql, kind=kind)]


def _found(session: Session, sql: str, query: GoalQuery) -> tuple[int, list[Row]]:
    if "review_goals" not in session.marts():
        return 0, []
    asked = {name: value for name, value in _asked(query) if value is not None}
    rows = session.rows(f"{sql} limit $limit offset $offset", **asked, **query.bounds)
    if rows or not query.offset:
        return rows[0]["total"] if rows else 0, rows
    # Beyond the last page nobody tells how many there are.
    first = session.rows(f"{sql} limit 1", **asked)
    return first[0]["total"] if first else 0, []


def _asked(query: GoalQuery) -> Iterator[tuple[str, Any]]:
    for name in ("scope_kind", "scope", "month", "kpi", "is_met"):
        yield name, getattr(query, name)


def _where(query: GoalQuery) -> str:
    return " and ".join(f"g.{name} = ${name}" for name, value in _asked(query) if value is not None)
