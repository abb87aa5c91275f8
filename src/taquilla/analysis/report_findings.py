"""One sentence of finding for each chart, from its rows: `report.findings.<chart>` with its places filled in.

Places are a row and a column of it: `top_` the row that ranks highest, `low_` the one that ranks lowest, `first_` and
`last_` the ends of the mart's order; so `{top_genre}` is the name of the genre that ranks highest.
"""

from collections.abc import Iterator

from taquilla.analysis.charts import Answer, Chart
from taquilla.analysis.drawing_forms import marks
from taquilla.analysis.drawing_words import one_line
from taquilla.analysis.fields import kind_of, written
from taquilla.analysis.language import Language
from taquilla.warehouse.asking import Row

# By what a chart's rows rank, where that is not the first of its values.
RANKED_BY = {
    "genre_rating": "shrunk_rating",
    "genre_roi": "median_roi",
    "hidden_gems": "bayesian_rating",
    "directors": "shrunk_rating",
    "actors": "shrunk_rating",
    "companies": "shrunk_rating",
    "mean_stars_by_month": "mean_stars",
    "sentiment_by_stars": "median",
    "venue_map": "reviews",
    "city_scores": "mean_stars",
    "category_scores": "mean_stars",
}
# Points that no multiple of a cost parts.
_ON_A_MAP = "venue_map"
# Pareto's question: what does the first fifth make?
FIFTH = 0.2
# Charts whose largest value may be below zero.
_BY_SIZE = frozenset({"correlations", "popularity_movers"})


def _is_told(name: str, row: Row) -> bool:
    """Whether a row is worth telling: a fact goes with itself, a pair has two orders, two films may meet by chance."""
    if name == "correlations":
        return bool(row["column_x"] < row["column_y"])
    if name == "genre_pairs":
        return bool(row["genre_a_id"] < row["genre_b_id"] and row["films"] >= 10)
    return True


def finding(answer: Answer, words: Language) -> str:
    """What the rows say in one sentence; empty where they say nothing."""
    ranked = ranking(answer)
    if not ranked:
        return ""
    if answer.chart.form == "points" and answer.chart.name != _ON_A_MAP:
        return _of_bands(answer, words)
    told, name = [row for row in marks(answer) if row in ranked], answer.chart.name
    first = next((row for row in told if row["share_of_films"] >= FIFTH), told[0]) if name == "film_pareto" else told[0]
    rows = {"top": ranked[0], "low": ranked[-1], "first": first, "last": told[-1]}
    places = {place: text for name, row in rows.items() for place, text in _places(name, answer.chart, row, words)}
    if len(ranked) == 1:
        names = [places[f"top_{column}"] for column in (answer.chart.label, answer.chart.down) if column]
        return words.text("report.only_one", name=", ".join(names), value=places[f"top_{_ranked_by(answer.chart)}"])
    said = words.text(f"report.findings.{answer.chart.name}", **places)
    return said[:1].upper() + said[1:]


def ranking(answer: Answer) -> list[Row]:
    """The rows that are worth telling, from the highest; equals stay in the mart's order."""
    name, column = answer.chart.name, _ranked_by(answer.chart)
    rows = [row for row in marks(answer) if row[column] is not None and _is_told(name, row)]
    return sorted(rows, key=lambda row: -abs(row[column]) if name in _BY_SIZE else -row[column])


def _ranked_by(chart: Chart) -> str:
    return RANKED_BY.get(chart.name, chart.values[0])


def _places(name: str, chart: Chart, row: Row, words: Language) -> Iterator[tuple[str, str]]:
    for column in dict.fromkeys((*chart.table, *chart.values, chart.label, chart.down)):
        if column:
            yield f"{name}_{column}", _in_a_sentence(words, column, row)


def _in_a_sentence(words: Language, column: str, row: Row) -> str:
    if kind_of(column) == "month":
        return words.text(f"months.{row[column]}")
    return one_line(written(words, column, row))


def _of_bands(answer: Answer, words: Language) -> str:
    """How many of the films drawn took 2.5 times their budget, and how many less than it."""
    of = "payback" if answer.chart.name == "copy_payback" else "revenue_multiple"
    multiples = [row[of] for row in marks(answer)]
    return words.text(
        f"report.findings.{answer.chart.name}",
        count=words.number(len(multiples)),
        share_even=words.share(sum(multiple >= 2.5 for multiple in multiples) / len(multiples)),
        share_lost=words.share(sum(multiple < 1 for multiple in multiples) / len(multiples)),
    )
