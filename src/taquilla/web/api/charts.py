"""/api/charts: what each chart shows, as data with its words in English or Spanish."""

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, Field

from taquilla.analysis.charts import Chart, Form, shown
from taquilla.analysis.coverage import whole_of
from taquilla.web.language import Language, choose
from taquilla.web.pages.cards import read_answers
from taquilla.web.present import coverage_of
from taquilla.web.problems import NotFoundError, described
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/charts", tags=["charts"])

Asked = Annotated[
    Literal["en", "es"] | None,
    Query(description="of the words; where unset, as Accept-Language has it", examples=["es"]),
]
Accepted = Annotated[
    str | None, Header(description="the languages that the reader likes", examples=["es-MX, en;q=0.5"])
]


Counted = Literal["films", "rentals", "payments", "shop_films", "customers", "reviews", "venues", "ratings"]


class ChartSummary(BaseModel):
    """A chart: what it is called, what it says, and what it is made from."""

    name: str
    title: str
    sentence: str
    topic: str
    form: Form
    mart: str


class ChartData(ChartSummary):
    """A chart's rows in the mart's order: `label` names the marks, `values` measure them.

    `known` of the `whole` have what the chart is made from; `counted` says what they are. Of many points every `one_in`
    is shown.
    """

    label: str
    values: list[str]
    down: Annotated[str | None, Field(description="of a heat map: the column that names its rows")]
    group: Annotated[str | None, Field(description="the column that colours the marks")]
    is_log: bool
    coverage: str
    counted: Counted
    known: int
    whole: int
    one_in: int
    rows: list[dict[str, Any]]


@router.get("")
def charts(reader: Reader, lang: Asked = None, accept_language: Accepted = None) -> list[ChartSummary]:
    """The charts of what this warehouse has, films, a shop or reviews, in the order of the report."""
    words = choose(lang, accept_language)
    with reader.session() as session:
        found = shown(coverage_of(session))
    return [ChartSummary(**_summary(chart, words)) for chart in found.values()]


@router.get("/{name}", responses=described(http_404="no such chart"))
def chart(
    reader: Reader,
    name: Annotated[str, Path(description="a chart's name", examples=["top_films"])],
    lang: Asked = None,
    accept_language: Accepted = None,
) -> ChartData:
    """One chart's rows, and how many films it speaks of."""
    with reader.session() as session:
        known = shown(coverage_of(session))
        answer = read_answers(session, [name] if name in known else []).get(name)
    if answer is None:
        raise NotFoundError(f"There is no chart {name!r} here.", f"Known: {', '.join(known)}.")
    words, asked = choose(lang, accept_language), answer.chart
    counts = {"known": words.number(answer.known), "whole": words.number(answer.whole)}
    return ChartData(
        **_summary(asked, words),
        label=asked.label,
        values=list(asked.values),
        down=asked.down or None,
        group=asked.group or None,
        is_log=asked.is_log,
        coverage=words.text(f"coverage.{asked.coverage}", **counts),
        counted=cast("Counted", whole_of(asked.coverage)),
        known=answer.known,
        whole=answer.whole,
        one_in=answer.one_in,
        rows=answer.rows,
    )


def _summary(chart: Chart, words: Language) -> dict[str, Any]:
    return {
        "name": chart.name,
        "title": words.text(f"charts.{chart.name}.title"),
        "sentence": words.text(f"charts.{chart.name}.sentence"),
        "topic": chart.topic,
        "form": chart.form,
        "mart": chart.mart,
    }
