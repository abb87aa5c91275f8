"""The report: a folder of pictures, `report.txt` and `report.html`, named by its moment as the seeds have it."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from taquilla.analysis.charts import Answer, has, read_chart, shown
from taquilla.analysis.coverage import has_generated_reviews, is_generated, read_coverage
from taquilla.analysis.drawing import WAREHOUSE_FILE, draw, draw_warehouse
from taquilla.analysis.kpis import read_goals, read_kpis, read_review_kpis, read_shop_kpis
from taquilla.analysis.language import Language
from taquilla.analysis.report_folder import PAGE, TEXT, free_name
from taquilla.analysis.report_page import page_of
from taquilla.analysis.report_sections import Known, report_of
from taquilla.analysis.report_text import text_of
from taquilla.errors import UnavailableError
from taquilla.warehouse.asking import Ask


@dataclass(frozen=True, slots=True)
class Written:
    """Where the report is, how many pictures it has, and the charts that had nothing to show."""

    folder: Path
    pictures: int
    missing: tuple[str, ...]


def write_report(
    ask: Ask, folder: Path, *, words: Language, now: datetime, progress: Callable[[int], None] = lambda pictures: None
) -> Written:
    """`visualizations_v2_{date}_{time}/` in this folder, whole or not at all; `now` is in UTC.

    progress: told the pictures drawn so far. UnavailableError: the disk does not take it.
    """
    coverage = read_coverage(ask)
    answers = {name: read_chart(chart, ask, coverage) for name, chart in shown(coverage).items()}
    known = _known(ask, coverage)
    final = free_name(folder, now)
    # Two processes of one second have a folder each: neither tidies away the other's.
    new = folder / f".{final.name}.{os.getpid()}.new"
    try:
        new.mkdir(parents=True)
        drawn = _draw_all(answers, words, new, progress)
        report = report_of(words, now, known, answers, drawn)
        (new / TEXT).write_text(text_of(report), "utf-8")
        (new / PAGE).write_text(page_of(report, new), "utf-8")
        new.rename(final)
    except OSError as error:
        raise UnavailableError(f"Cannot write {final}: {error}. Free some space, then run again.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return Written(final, len(list(final.glob("*.png"))), tuple(name for name in answers if name not in drawn))


def _known(ask: Ask, coverage: Mapping[str, int]) -> Known:
    present = has(coverage)
    return Known(
        read_kpis(ask) if present.films else None,
        read_shop_kpis(ask) if present.rentals else None,
        coverage["built_in"],
        is_generated(coverage),
        read_review_kpis(ask) if present.reviews else None,
        read_goals(ask) if present.reviews else [],
        has_generated_reviews(coverage),
    )


def _draw_all(answers: dict[str, Answer], words: Language, folder: Path, progress: Callable[[int], None]) -> set[str]:
    """The charts that have a picture now."""
    drawn: set[str] = set()
    for name, answer in answers.items():
        if draw(answer, words, folder / f"{answer.chart.file}.png"):
            drawn.add(name)
            progress(len(drawn))
    if draw_warehouse(answers, words, folder / f"{WAREHOUSE_FILE}.png"):
        progress(len(drawn) + 1)
    return drawn
