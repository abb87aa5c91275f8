"""/api/charts/{name}/drawing and /csv: what the dashboard draws, and the same figures as a file."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from taquilla.analysis.charts import Answer, read_table, shown
from taquilla.web.api.charts import Accepted, Asked
from taquilla.web.api.drawing import Drawing, drawing
from taquilla.web.language import choose
from taquilla.web.pages.cards import read_answers
from taquilla.web.present import coverage_of
from taquilla.web.problems import NotFoundError, described
from taquilla.web.state import Reader

ChartName = Annotated[str, Path(description="a chart's name", examples=["top_films"])]

# A spreadsheet would run a cell that begins with one of these.
_FORMULA = tuple("=+-@\t\r")

router = APIRouter(prefix="/api/charts/{name}", tags=["charts"], responses=described(http_404="no such chart"))


class CsvResponse(Response):
    """A table with a line of headings; unknown is empty."""

    media_type = "text/csv; charset=utf-8"


@router.get("/drawing")
def chart_drawing(reader: Reader, name: ChartName, lang: Asked = None, accept_language: Accepted = None) -> Drawing:
    """A chart as the dashboard draws it: its marks in words and figures, in one language."""
    return drawing(choose(lang, accept_language), _answer(reader, name))


@router.get(
    "/csv",
    response_class=CsvResponse,
    responses={200: {"content": {"text/csv; charset=utf-8": {"schema": {"type": "string"}}}}},
)
def chart_csv(reader: Reader, name: ChartName) -> CsvResponse:
    """A chart's figures as CSV: the columns of the table beside it, as the warehouse has them; of points all of them.

    Texts that a spreadsheet would run as a formula are preceded by an apostrophe.
    """
    chart = _answer(reader, name).chart
    with reader.session() as session:
        rows = read_table(chart, session.rows)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(chart.table)
    writer.writerows([_safe(row[column]) for column in chart.table] for row in rows)
    return CsvResponse(file.getvalue(), headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _answer(reader: Reader, name: str) -> Answer:
    with reader.session() as session:
        found, known = read_answers(session, [name]), shown(coverage_of(session))
    if name not in found:
        raise NotFoundError(f"There is no chart {name!r} here.", f"Known: {', '.join(known)}.")
    return found[name]
