"""The report of 4,803 real records of TMDB: what it says is counted again here, from the tables and not the marts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from records import curate, load, new_lake
from taquilla.analysis.charts import Answer, charts, read_chart
from taquilla.analysis.coverage import read_coverage
from taquilla.analysis.language import language
from taquilla.analysis.report import write_report
from taquilla.pipeline.land_file import land_file
from taquilla.warehouse import duckdb
from taquilla.warehouse.asking import Row, asking

SHARED_DATA = os.environ.get("TAQUILLA_SHARED_DATA", "")
FILE = Path(SHARED_DATA) / "tmdb" / "tmdb_5000.jsonl.gz"
NOW = datetime(2026, 11, 21, 10, 15, 30, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not (SHARED_DATA and FILE.exists()),
    reason="TAQUILLA_SHARED_DATA names no folder that holds tmdb/tmdb_5000.jsonl.gz",
)
ROI = pl.col("revenue_usd") / pl.col("budget_usd") - 1
IS_RATED = pl.col("vote_count") > 0
HAS_FIGURES = (pl.col("budget_usd") >= 1_000) & (pl.col("revenue_usd") >= 1_000)
IS_NEW_YEARS_DAY = (pl.col("release_date").dt.month() == 1) & (pl.col("release_date").dt.day() == 1)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.Connection]:
    folder = tmp_path_factory.mktemp("tmdb_5000")
    lake, file = new_lake(folder), folder / "warehouse.duckdb"
    assert land_file(lake, FILE, run_id="golden") == 4_803
    curate(lake)
    load(lake, file)
    with duckdb.connect(file) as opened:
        yield opened


@pytest.fixture(scope="module")
def text(connection: duckdb.Connection, tmp_path_factory: pytest.TempPathFactory) -> str:
    report = write_report(asking(connection), tmp_path_factory.mktemp("report"), words=language("en"), now=NOW)
    # These records name no franchise, and there is one day of popularity.
    assert (report.pictures, report.missing) == (26, ("franchises", "popularity_movers"))
    return (report.folder / "report.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def answers(connection: duckdb.Connection) -> dict[str, Answer]:
    ask = asking(connection)
    coverage = read_coverage(ask)
    return {name: read_chart(chart, ask, coverage) for name, chart in charts().items()}


def number(frame: pl.DataFrame, value: pl.Expr) -> float:
    return float(frame.select(value).item())


class Tables:
    """The tables that were loaded, as frames."""

    def __init__(self, connection: duckdb.Connection) -> None:
        self._connection = connection
        self.films = self.read("movies").filter(~pl.col("is_removed"))
        genres = self.read("movie_genres").join(self.read("genres"), on="genre_id").rename({"name": "genre"})
        self.of_genre = self.films.join(genres, on="film_id")

    def read(self, table: str) -> pl.DataFrame:
        answer = self._connection.execute(f"select * from {table}")  # noqa: S608 - a test's own names
        names = [column[0] for column in answer.description or ()]
        return pl.DataFrame(answer.fetchall(), schema=names, orient="row", infer_schema_length=None)


@pytest.fixture(scope="module")
def tables(connection: duckdb.Connection) -> Tables:
    return Tables(connection)


def section(text: str, name: str) -> str:
    """What the report says under a chart's title."""
    title = language("en").text(f"charts.{name}.title")
    (found,) = re.findall(rf"\n{re.escape(title)}\n-+\n(.*?)\n\n\S[^\n]*\n[-=]+\n", text, re.DOTALL)
    return " ".join(str(found).split())


def row_of(answers: dict[str, Answer], name: str, **values: object) -> Row:
    (row,) = [row for row in answers[name].rows if all(row[key] == value for key, value in values.items())]
    return row


def per_genre(frame: pl.DataFrame, value: pl.Expr) -> dict[str, float]:
    return dict(frame.group_by("genre").agg(value.alias("value")).drop_nulls().iter_rows())


def test_the_key_figures(text: str, tables: Tables) -> None:
    films = tables.films
    money, rated = films.filter(HAS_FIGURES), films.filter(IS_RATED)
    votes, rating = pl.col("vote_count"), pl.col("vote_average")
    weighted = rated.select(((votes * rating + 100 * rating.mean()) / (votes + 100)).mean()).item()
    table = {line[:17].strip(): line[17:].split("  ") for line in text.splitlines()[5:15]}
    figures = {name: [cell.strip() for cell in cells if cell.strip()][:2] for name, cells in table.items()}
    assert figures["Films"] == ["4,803", "100.0%"]
    assert figures["Box office"] == [
        f"${number(films, pl.col('revenue_usd').sum()) / 1e9:.0f}B",
        f"{3_376 / 4_803:.1%}",
    ]
    assert figures["Median return"] == [f"{number(money, ROI.median()):.0%}", f"{len(money) / 4_803:.1%}"]
    assert figures["Profitable"] == [f"{number(money, (ROI > 0).mean()):.0%}", f"{len(money) / 4_803:.1%}"]
    assert figures["Break even"] == [f"{number(money, (ROI >= 1.5).mean()):.0%}", f"{len(money) / 4_803:.1%}"]
    assert figures["Weighted rating"] == [f"{weighted:.2f}", f"{len(rated) / 4_803:.1%}"]
    assert figures["Not in English"] == [f"{number(films, (pl.col('original_language') != 'en').mean()):.0%}", "100.0%"]


def test_top_films(text: str, tables: Tables) -> None:
    title, popularity = tables.films.sort("popularity").select("title", "popularity").row(-1)
    assert f"{title} is the most popular film, with a popularity of {popularity:.1f}." in section(text, "top_films")


@pytest.mark.parametrize(
    ("name", "column", "frame_filter", "value"),
    [
        ("genre_popularity", "mean_popularity", pl.lit(True), pl.col("popularity").mean()),
        ("genre_rating", "mean_rating", IS_RATED, pl.col("vote_average").mean()),
        ("genre_roi", "median_roi", HAS_FIGURES, ROI.median()),
        ("genre_roi", "p90_roi", HAS_FIGURES, ROI.quantile(0.9, "linear")),
    ],
)
def test_figures_of_genres(
    name: str, column: str, frame_filter: pl.Expr, value: pl.Expr, answers: dict[str, Answer], tables: Tables
) -> None:
    expected = per_genre(tables.of_genre.filter(frame_filter), value)
    found = {row["genre"]: row[column] for row in answers[name].rows}
    assert found == {genre: pytest.approx(figure) for genre, figure in expected.items()}


def test_the_genres_that_are_named(text: str, tables: Tables) -> None:
    roi = per_genre(tables.of_genre.filter(HAS_FIGURES), ROI.median())
    best, worst = max(roi, key=roi.__getitem__), min(roi, key=roi.__getitem__)
    assert (
        f"{best} has the highest median return, {roi[best]:.0%}; {worst} has the lowest, {roi[worst]:.0%}."
        in section(text, "genre_roi")
    )
    popular = per_genre(tables.of_genre, pl.col("popularity").mean())
    best = max(popular, key=popular.__getitem__)
    assert f"{best} is the most popular genre, with a mean of {popular[best]:.1f};" in section(text, "genre_popularity")


def test_budget_revenue(text: str, answers: dict[str, Answer], tables: Tables) -> None:
    money = tables.films.filter(HAS_FIGURES)
    even = number(money, (pl.col("revenue_usd") >= 2.5 * pl.col("budget_usd")).mean())
    lost = number(money, (pl.col("revenue_usd") < pl.col("budget_usd")).mean())
    assert (answers["budget_revenue"].known, answers["budget_revenue"].one_in) == (len(money), 1)
    assert (
        f"Of the {len(money):,} films drawn, {even:.0%} took 2.5 times their budget or more, and {lost:.0%} took less"
        in section(text, "budget_revenue")
    )
    assert f"{len(money):,} of 4,803 films have budget and revenue of $1,000 or more." in section(text, "flops")


def test_sleepers_and_flops(text: str, tables: Tables) -> None:
    money = tables.films.filter(HAS_FIGURES)
    # Nobody has a higher return than the first sleeper, which was cheap as well.
    title, roi = money.select("title", ROI.alias("roi")).sort("roi").row(-1)
    assert f"{title} brought back the most for its budget:" in section(text, "sleepers")
    assert f"a return of {roi:,.0%}." in section(text, "sleepers")
    lost = money.with_columns(loss=pl.col("budget_usd") - pl.col("revenue_usd")).sort("loss")
    title, loss = lost.select("title", "loss").row(-1)
    assert f"> {title} has the largest gap" in section(text, "flops")
    assert f"${loss / 1e6:.0f}M" in section(text, "flops")


def test_genre_by_decade(answers: dict[str, Answer], tables: Tables) -> None:
    nineties = tables.of_genre.filter(pl.col("release_year").is_between(1990, 1999))
    drama = nineties.filter(pl.col("genre") == "Drama")["film_id"].n_unique()
    row = row_of(answers, "genre_by_decade", decade=1990, genre="Drama")
    assert (row["films"], row["share_of_films"]) == (drama, pytest.approx(drama / nineties["film_id"].n_unique()))


def test_genre_pairs(answers: dict[str, Answer], tables: Tables) -> None:
    of_film = tables.of_genre.group_by("film_id").agg(pl.col("genre"))
    war, history = (of_film["genre"].list.contains(genre) for genre in ("War", "History"))
    both, apart = int((war & history).sum()), int(war.sum()) * int(history.sum())
    row = row_of(answers, "genre_pairs", genre_a="War", genre_b="History")
    assert row["films"] == both
    assert row["lift"] == pytest.approx(both * len(of_film) / apart)


def test_cast_gender_by_genre(answers: dict[str, Answer], tables: Tables) -> None:
    cast = tables.read("movie_people").filter((pl.col("credit_type") == "cast") & (pl.col("cast_order") < 5))
    leads = cast.select("film_id", "person_id").unique().join(tables.read("people"), on="person_id")
    genders = leads.join(tables.of_genre.filter(pl.col("genre") == "War"), on="film_id")["gender"].drop_nulls()
    assert row_of(answers, "cast_gender_by_genre", genre="War")["share_women"] == pytest.approx((genders == 1).mean())


def test_levels(text: str, answers: dict[str, Answer], tables: Tables) -> None:
    popular, good = pl.col("popularity") > 20, pl.col("vote_average").is_between(6, 8, closed="left")
    films = len(tables.films.filter(IS_RATED & popular & good))
    assert row_of(answers, "level_matrix", popularity_level="Alta", rating_level="Buena")["films"] == films
    assert f"The largest group has {films:,} films: popularity “High”, rating “Good”." in section(text, "level_matrix")


def test_ratings_by_votes(text: str, tables: Tables) -> None:
    few = tables.films.filter(pl.col("vote_count").is_between(1, 9))
    low, high = (few.select(pl.col("vote_average").quantile(tenth, "linear")).item() for tenth in (0.1, 0.9))
    assert f"With 1–9 votes, eight of ten films are rated between {low:.2f} and {high:.2f};" in section(
        text, "rating_by_votes"
    )


def test_hidden_gems(answers: dict[str, Answer], tables: Tables) -> None:
    prior = tables.films.filter(IS_RATED).select(pl.col("vote_average").mean()).item()
    votes, rating = pl.col("vote_count"), pl.col("vote_average")
    voted = tables.films.filter(votes >= 50).with_columns(weighted=(votes * rating + 100 * prior) / (votes + 100))
    below = (pl.col("popularity").rank("min") - 1) / (pl.len() - 1)
    first = voted.filter(below <= 0.5).sort("weighted").row(-1, named=True)
    row = answers["hidden_gems"].rows[0]
    assert (row["title"], row["bayesian_rating"]) == (first["title"], pytest.approx(first["weighted"]))


def test_correlations(text: str, tables: Tables) -> None:
    both = tables.films.select(pl.corr("popularity", "vote_count", method="spearman")).item()
    assert f"“Popularity” and “Number of votes” are the most closely related, with {both:.2f}." in section(
        text, "correlations"
    )


def test_the_calendar(text: str, answers: dict[str, Answer], tables: Tables) -> None:
    dated = tables.films.filter(~IS_NEW_YEARS_DAY).with_columns(month=pl.col("release_date").dt.month())
    june = dated.filter(pl.col("month") == 6).select(pl.col("revenue_usd").median()).item()
    assert f"June pays best, with a median of ${june / 1e6:.0f}M;" in section(text, "seasonality")
    cell = dated.filter((pl.col("month") == 9) & (pl.col("release_year") == 2009))
    assert row_of(answers, "release_calendar", release_year=2009, release_month=9)["films"] == len(cell)
    assert f"September 2009 is the fullest month, with {len(cell)} films." in section(text, "release_calendar")


def test_years(answers: dict[str, Answer], tables: Tables) -> None:
    year = tables.films.filter(pl.col("release_year") == 2009)
    budgets = row_of(answers, "budgets_by_year", release_year=2009)
    assert (budgets["median_budget_usd"], budgets["median_revenue_usd"]) == (
        year["budget_usd"].median(),
        year["revenue_usd"].median(),
    )
    runtimes = row_of(answers, "runtimes_by_year", release_year=2009)
    assert runtimes["p75_runtime_min"] == year["runtime_min"].quantile(0.75, "linear")
    share = row_of(answers, "not_english", release_year=2009)["share_not_english"]
    assert share == pytest.approx((year["original_language"] != "en").mean())


def test_people_and_companies(answers: dict[str, Answer], tables: Tables) -> None:
    credits_of = tables.read("movie_people").join(tables.read("people"), on="person_id")
    directed = credits_of.filter((pl.col("job") == "Director") & (pl.col("name") == "Christopher Nolan"))
    acted = credits_of.filter((pl.col("cast_order") < 5) & (pl.col("name") == "Tom Hanks"))
    companies = tables.read("movie_production_companies").join(tables.read("production_companies"), on="company_id")
    made = companies.filter(pl.col("name") == "Studio Ghibli")
    for name, column, who, links in (
        ("directors", "director", "Christopher Nolan", directed),
        ("actors", "actor", "Tom Hanks", acted),
        ("companies", "company", "Studio Ghibli", made),
    ):
        films = tables.films.join(links.select("film_id").unique(), on="film_id").filter(IS_RATED)
        row = row_of(answers, name, **{column: who})
        assert (row["films_with_rating"], row["mean_rating"]) == (
            len(films),
            pytest.approx(films["vote_average"].mean()),
        )


def test_countries_and_languages(text: str, tables: Tables) -> None:
    links = tables.read("movie_countries").unique()
    american = links.filter(pl.col("country_code") == "US").height
    share = american / links["film_id"].n_unique()
    assert f"United States: {american:,}, which is {share:.1%} of those" in section(text, "countries")
    french = len(tables.films.filter(pl.col("original_language") == "fr"))
    assert f"French is the most frequent, with {french} films: {french / 4_803:.1%} of" in section(text, "languages")


def test_data_quality(text: str, answers: dict[str, Answer], tables: Tables) -> None:
    for column in ("budget_usd", "revenue_usd", "runtime_min", "overview", "roi"):
        known = 4_803 - tables.films[column].null_count()
        assert row_of(answers, "data_quality", column_name=column)["films_known"] == known
    assert "Budget 3,766 78.4%" in section(text, "data_quality")
