"""The pictures: every chart of hostile names, in both languages, has its marks and keeps inside its paper."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from analysis.hostile import hostile
from taquilla.analysis.charts import Answer, charts, read_chart
from taquilla.analysis.coverage import read_coverage
from taquilla.analysis.drawing import (
    covered,
    draw,
    draw_importance,
    draw_warehouse,
    importances,
    panels,
    part_of,
    picture,
)
from taquilla.analysis.drawing_axes import style, write_numbers
from taquilla.analysis.drawing_forms import marks, name_of
from taquilla.analysis.drawing_words import cells, drawable, families, one_line, shortened
from taquilla.analysis.fields import feature_name
from taquilla.analysis.language import CODES, Language, language
from taquilla.models.features import BEFORE_RELEASE
from taquilla.warehouse.asking import Row, asking
from warehouse.given import warehouse

EN, ES = language("en"), language("es")
EVERY = pytest.mark.parametrize("name", list(charts()))
BOTH = pytest.mark.parametrize("words", [EN, ES], ids=CODES)


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    ask = hostile()
    coverage = read_coverage(ask)
    return {name: read_chart(chart, ask, coverage) for name, chart in charts().items()}


@pytest.fixture(autouse=True)
def _no_formulas() -> Iterator[None]:
    """What draw() sets about a picture: the figures of these tests are looked at without being saved."""
    with matplotlib.rc_context(style(["日本"])):
        yield


def outside(figure: Figure) -> list[str]:
    """The texts that do not lie wholly on the paper."""
    figure.draw_without_rendering()
    paper = figure.bbox.padded(1)
    boxes = {text: text.get_window_extent() for text in shown_texts(figure) if text.get_text()}
    return [
        text.get_text()
        for text, box in boxes.items()
        if not (paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 and box.y1 <= paper.y1)
    ]


def shown_texts(figure: Figure) -> list[Text]:
    every = [*figure.axes, *(child for axes in figure.axes for child in axes.child_axes)]
    # Ticks beyond the ends of an axis have labels as well, which are never drawn.
    axis_of: list[Any] = [axis for axes in every for axis in (axes.xaxis, axes.yaxis)]
    ticks = [tick for axis in axis_of for tick in axis._update_ticks()]
    legends = [text for axes in every if (legend := axes.get_legend()) for text in legend.get_texts()]
    labels = [label for axes in every for label in (axes.xaxis.label, axes.yaxis.label)]
    notes = [text for axes in every for text in axes.texts]
    return [*figure.texts, *notes, *labels, *legends, *(tick.label1 for tick in ticks)]


def drawn_marks(figure: Figure, answer: Answer) -> int:
    """How many rows have a mark."""
    axes: Any = figure.axes[0]
    form, values = answer.chart.form, len(answer.chart.values)
    if form == "heat":
        return int(axes.collections[0].get_array().count())
    if form == "points":
        return len(axes.collections[0].get_offsets())
    if form == "lines":
        lines = axes.lines if answer.chart.group else axes.lines[:1]
        return sum(int(np.isfinite(np.asarray(line.get_ydata(), float)).sum()) for line in lines)
    if form == "dots":
        return sum(len(spots.get_offsets()) for spots in axes.collections) // values
    return len(axes.patches)


@EVERY
@BOTH
def test_every_row_is_a_mark_and_every_text_is_on_the_paper(
    name: str, words: Language, answers: dict[str, Answer]
) -> None:
    answer = answers[name]
    figure = picture(answer, words)
    assert drawn_marks(figure, answer) == len(marks(answer)) > 0
    assert outside(figure) == []
    box = figure.axes[0].get_position()
    assert box.width > 0.4
    assert box.height > 0.3


@EVERY
def test_a_picture_is_an_image_of_more_than_paper(name: str, answers: dict[str, Answer], tmp_path: Path) -> None:
    file = tmp_path / "chart.png"
    assert draw(answers[name], ES, file)
    image = imread(file)
    assert image.shape[1] == 1100
    assert (image[..., :3] < 0.95).any(axis=2).mean() > 0.01


@BOTH
def test_four_charts_stand_on_one_picture(words: Language, answers: dict[str, Answer], tmp_path: Path) -> None:
    shown = [answers[name] for name in ("budget_revenue", "genre_roi", "seasonality", "level_matrix")]
    figure = panels(shown, words)
    assert outside(figure) == []
    assert len(figure.axes) == 4
    assert draw_warehouse(answers, words, tmp_path / "all.png")
    assert draw_warehouse({"flops": answers["flops"]}, words, tmp_path / "none.png") is False


@pytest.mark.parametrize("name", [name for name in charts() if name != "data_quality"])
def test_an_answer_without_rows_is_no_picture(name: str, tmp_path: Path) -> None:
    ask = asking(warehouse())
    assert not draw(read_chart(charts()[name], ask, read_coverage(ask)), EN, tmp_path / "chart.png")
    assert list(tmp_path.iterdir()) == []


def test_rows_without_their_figures_are_no_picture(answers: dict[str, Answer], tmp_path: Path) -> None:
    row: Row = {"release_month": 1, "median_revenue_usd": None}
    assert not draw(replace(answers["seasonality"], rows=[row]), EN, tmp_path / "chart.png")
    months: list[Row] = [row, {"release_month": 2, "median_revenue_usd": 5.0}]
    assert marks(replace(answers["seasonality"], rows=months)) == months[1:]


def test_two_films_of_one_title_are_two_bars(answers: dict[str, Answer]) -> None:
    rows: list[Row] = [
        {"title": "Cinderella", "release_year": year, "popularity": 2000.0 / year} for year in (1950, 2015)
    ]
    figure = picture(replace(answers["top_films"], rows=rows), EN)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "Cinderella (1950)",
        "Cinderella (2015)",
    ]
    assert len(figure.axes[0].patches) == 2


def test_a_year_that_is_missing_breaks_the_line(answers: dict[str, Answer]) -> None:
    rows = [{"release_year": year, "films": 20, "share_not_english": 0.1} for year in (2000, 2001, 2004)]
    line = picture(replace(answers["not_english"], rows=rows), EN).axes[0].lines[0]
    assert np.isfinite(np.asarray(line.get_ydata(), float)).tolist() == [True, True, False, False, True]


def test_a_title_is_never_a_formula(answers: dict[str, Answer]) -> None:
    labels = [label.get_text() for label in picture(answers["top_films"], EN).axes[0].get_yticklabels()]
    assert "Profits & $losses$, $x^2$ and $\\fra… (2010)" in labels
    assert "Two lines and a bell (2010)" in labels
    assert all(len(label) < 60 and "\n" not in label for label in labels)


def test_points_have_the_lines_of_breaking_even(answers: dict[str, Answer]) -> None:
    axes = picture(answers["budget_revenue"], ES).axes[0]
    assert {text.get_text() for text in axes.texts} == {"1×", "2,5×"}
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    for line, times in zip(axes.lines[-2:], (1, 2.5), strict=True):
        budgets, revenues = (np.asarray(data, float) for data in line.get_data())
        assert (revenues / budgets).tolist() == pytest.approx([times, times])


@pytest.mark.parametrize(
    ("films", "lines"), [([(10**6, 10**7)], 2), ([(10**6, 10**4), (10**6, 10**9)], 2), ([(10**4, 10**9)], 0)]
)
def test_the_lines_of_breaking_even_cross_the_picture_of_few_films(
    films: list[tuple[int, int]], lines: int, answers: dict[str, Answer]
) -> None:
    answer = answers["budget_revenue"]
    rows = [answer.rows[0] | {"budget_usd": budget, "revenue_usd": revenue} for budget, revenue in films]
    figure = picture(replace(answer, rows=rows), EN)
    axes = figure.axes[0]
    (low, high), (least, most) = axes.get_xlim(), axes.get_ylim()
    assert all(low < budget < high and least < revenue < most for budget, revenue in films)
    drawn = [ends for line in axes.lines if (ends := np.asarray(line.get_data(), float)).size]
    assert len(drawn) == len(axes.texts) == lines
    for (first, last), (bottom, top) in drawn:
        assert low <= first * 1.001 < last <= high * 1.001
        assert least <= bottom * 1.001 < top <= most * 1.001
    assert outside(figure) == []


def test_what_is_covered_is_said_with_its_share(answers: dict[str, Answer]) -> None:
    answer = replace(answers["budget_revenue"], known=1, whole=3, one_in=4)
    assert covered(answer, EN) == (
        "1 of 3 films have budget and revenue of $1,000 or more. That is 33.3%. One film in 4 is drawn."
    )
    assert [part_of(EN, some, 100_000) for some in (0, 1, 99_999, 100_000)] == ["0.0%", "0.1%", "99.9%", "100.0%"]


@pytest.mark.parametrize(
    ("kind", "top", "english", "spanish"),
    [
        ("one", 0.5, ["0", "0.1", "0.2", "0.3", "0.4", "0.5"], ["0", "0,1", "0,2", "0,3", "0,4", "0,5"]),
        ("money", 2e6, ["$0", "$500K", "$1M", "$1.5M", "$2M"],
         ["0", "500\u00a0mil", "1\u00a0M", "1,5\u00a0M", "2\u00a0M"]),
        ("share", 0.01, ["0%", "0.2%", "0.4%", "0.6%", "0.8%", "1%"], ["0", "0,2", "0,4", "0,6", "0,8", "1"]),
        ("whole", 2000, ["0", "500", "1,000", "1,500", "2,000"], ["0", "500", "1.000", "1.500", "2.000"]),
    ],
)  # fmt: skip
def test_ticks_are_written_exactly_and_in_the_language(
    kind: str, top: float, english: list[str], spanish: list[str]
) -> None:
    for words, wanted in ((EN, english), (ES, spanish)):
        axis = Figure().add_subplot().xaxis
        axis.axes.set_xlim(0, top)
        write_numbers(words, axis, kind)
        written = [axis.get_major_formatter()(value) for value in axis.get_majorticklocs()]
        assert [text.removesuffix("\u00a0US$").removesuffix("\u00a0%") for text in written] == wanted


def test_importance_is_a_bar_a_feature_named_in_words(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"feature": "budget_usd", "importance_mean": 0.4, "importance_std": 0.1},
        {"feature": "$odd$_feature", "importance_mean": -0.01, "importance_std": None},
    ]
    assert draw_importance(rows, ES, tmp_path / "feature_importance.png", "Qué pesa más", "En películas no vistas.")
    assert imread(tmp_path / "feature_importance.png").shape[1] == 1100
    assert not draw_importance([], ES, tmp_path / "none.png", "Nada")
    assert [feature_name(ES, row["feature"]) for row in rows] == ["Presupuesto", "$odd$_feature"]


@BOTH
def test_what_a_model_goes_by_is_named_whole_and_each_by_another_name(words: Language) -> None:
    rows = [{"feature": f.name, "importance_mean": 0.1, "importance_std": 0.01} for f in BEFORE_RELEASE]
    figure = importances(rows, words, words.text("drawing.success.title"), words.text("drawing.success.sentence"))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(set(labels)) == len(rows)
    assert not any("…" in label or " de el " in label for label in labels)
    assert max(label.count("\n") for label in labels) == 1
    assert outside(figure) == []
    assert figure.axes[0].get_position().width > 0.4


def test_names_are_cut_to_what_a_column_holds() -> None:
    assert one_line("  a\nb\u202ec\t\u200b") == "a bc"
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
    assert shortened("七人の侍", 6) == "七人…"
    assert cells("e\u0301七") == 3
    assert families(["abc", "é"]) == ["DejaVu Sans"]
    assert drawable("a\U0010ffffb") == "a□b"


def test_months_and_bands_are_named_in_the_language(answers: dict[str, Answer]) -> None:
    answer = answers["seasonality"]
    assert [name_of(ES, answer, {"release_month": month}) for month in (1, 8)] == ["Ene", "Ago"]
