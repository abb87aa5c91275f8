"""The report: a folder that is whole or not there, in text and as a page, with findings that come from the rows."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.hostile import hostile
from analysis.town_rows import load_town
from taquilla.analysis.charts import Answer, charts
from taquilla.analysis.drawing import WAREHOUSE_FILE
from taquilla.analysis.drawing_words import cells
from taquilla.analysis.language import CODES, TMDB_NOTICE, Language, language
from taquilla.analysis.report import Written, write_report
from taquilla.analysis.report_findings import finding, ranking
from taquilla.analysis.report_folder import latest_report
from taquilla.demo.town import Town
from taquilla.errors import UnavailableError
from taquilla.warehouse.asking import Row, asking
from warehouse.given import warehouse

EN, ES = language("en"), language("es")
NOW = datetime(2026, 11, 21, 10, 15, 30, tzinfo=UTC)
NAME = "visualizations_v2_20261121_101530"
BOTH = pytest.mark.parametrize("code", CODES)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    folder = tmp_path_factory.mktemp("reports")
    return {code: write_report(hostile(), folder / code, words=language(code), now=NOW) for code in CODES}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._is_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_style = tag == "style"
        named = dict(attrs)
        self.links += [named[key] or "" for key in ("href", "src", "srcset", "action") if key in named]
        self.ids += [named["id"] or ""] if "id" in named else []

    def handle_data(self, data: str) -> None:
        self.text += "" if self._is_style else data

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False


@BOTH
def test_the_folder_has_the_seeds_names_and_nothing_half_done(code: str, reports: dict[str, Written]) -> None:
    report = reports[code]
    pictures = {f"{chart.file}.png" for chart in charts().values()} | {f"{WAREHOUSE_FILE}.png"}
    assert report.folder.name == NAME
    assert {file.name for file in report.folder.iterdir()} == pictures | {"report.txt", "report.html"}
    assert (report.pictures, report.missing) == (len(pictures), ())
    assert [path.name for path in report.folder.parent.iterdir()] == [NAME]


@BOTH
def test_the_page_is_one_file_that_fetches_and_runs_nothing(code: str, reports: dict[str, Written]) -> None:
    text = (reports[code].folder / "report.html").read_text("utf-8")
    page = Page(text)
    assert not {"script", "iframe", "object", "embed", "link", "i", "b"} & set(page.tags)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert page.tags.count("img") == reports[code].pictures
    assert "url(" not in text
    assert "@import" not in text
    assert "<script>alert('1')</script>" in page.text
    assert TMDB_NOTICE in page.text


@BOTH
def test_the_text_says_every_chart_with_its_finding_and_its_films(code: str, reports: dict[str, Written]) -> None:
    text, words = (reports[code].folder / "report.txt").read_text("utf-8"), language(code)
    for name in charts():
        (section,) = re.findall(rf"\n{re.escape(words.text(f'charts.{name}.title'))}\n-+\n(.*?)\n\n\S", text, re.DOTALL)
        assert "\n> " in section, name
        assert not re.search(r"{(?:top|low|first|last)_", section), name
    assert TMDB_NOTICE in text.splitlines()
    assert len(re.findall(r"\d of \d+ films|\d de \d+ películas", text)) >= 20


def test_the_spanish_report_has_no_english(reports: dict[str, Written]) -> None:
    page = Page((reports["es"].folder / "report.html").read_text("utf-8"))
    text = (reports["es"].folder / "report.txt").read_text("utf-8")
    for said in (page.text, text):
        rest = said.replace(TMDB_NOTICE, "")
        english = {words for key, words in EN.texts.items() if ES.texts[key] != words and len(words) > 14}
        assert [words for words in english if words in rest] == []
        assert not re.search(r"\b(?:films|median|revenue|budget|rating|votes|year|month)\b", rest)


@BOTH
def test_tables_of_the_text_are_aligned(code: str, reports: dict[str, Written]) -> None:
    lines = (reports[code].folder / "report.txt").read_text("utf-8").splitlines()
    assert sum(re.fullmatch(r"-+(?:  -+)+", line) is not None for line in lines) == len(charts()) + 1
    first = next(place for place, line in enumerate(lines) if re.match(" +1  ", line))
    years = [re.search(r"  (?:19|20)\d\d  ", line) for line in lines[first : first + 15]]
    assert len({cells(line[: year.start()]) for line, year in zip(lines[first:], years, strict=False) if year}) == 1
    assert all(years)


def test_an_empty_warehouse_has_a_report_that_says_why(tmp_path: Path) -> None:
    report = write_report(asking(warehouse()), tmp_path, words=EN, now=NOW)
    assert (report.pictures, report.missing) == (
        0,
        tuple(n for n, chart in charts().items() if chart.subject == "films"),
    )
    text = (report.folder / "report.txt").read_text("utf-8")
    assert "The records of these films name no franchise with two films or more" in text
    assert "Median return" in text
    page = Page((report.folder / "report.html").read_text("utf-8"))
    assert page.tags.count("img") == report.pictures


def test_a_second_report_of_one_second_stands_beside_the_first(tmp_path: Path) -> None:
    ask = asking(warehouse())
    assert latest_report(tmp_path / "none") is None
    first, second = (write_report(ask, tmp_path, words=EN, now=NOW).folder for _ in range(2))
    assert (first.name, second.name) == (NAME, "visualizations_v2_20261121_101531")
    (tmp_path / "visualizations_v2_20991231_000000").mkdir()
    (tmp_path / "visualizations_v2_old").mkdir()
    assert latest_report(tmp_path) == second


def test_a_report_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken(pictures: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UnavailableError, match=r"Free some space, then run again\.$"):
        write_report(hostile(), tmp_path, words=EN, now=NOW, progress=broken)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_the_pictures(tmp_path: Path) -> None:
    told: list[int] = []
    ask = asking(warehouse(movies=[{"film_id": 1, "popularity": 1.0}]))
    report = write_report(ask, tmp_path, words=EN, now=NOW, progress=told.append)
    assert report.pictures >= 2
    assert told == list(range(1, report.pictures + 1))


def answer(name: str, rows: list[Row]) -> Answer:
    return Answer(charts()[name], rows, len(rows), len(rows))


def genre(name: str, popularity: float | None) -> Row:
    return {"genre": name, "genre_id": -1, "films": 9, "mean_popularity": popularity, "mean_popularity_percentile": 0.5}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (EN, "Noir is the most popular genre, with a mean of 9.0; Kabuki is the least, with 1.5."),
        (ES, "Noir es el género más popular, con una media de 9,0; Kabuki es el menos popular, con 1,5."),
    ],
    ids=CODES,
)
def test_a_finding_names_the_highest_and_the_lowest(words: Language, said: str) -> None:
    rows = [genre("Mime", None), genre("Kabuki", 1.5), genre("Noir", 9.0), genre("Pulp", 2.0)]
    assert finding(answer("genre_popularity", rows), words) == said


def test_a_finding_of_one_row_or_none() -> None:
    assert finding(answer("genre_popularity", [genre("Noir", 9.0)]), EN) == "There is one alone: Noir, with 9.0."
    assert finding(answer("genre_popularity", []), EN) == ""
    assert finding(answer("genre_popularity", [genre("Mime", None)]), EN) == ""


def test_a_fact_goes_with_another_and_not_with_itself() -> None:
    facts = ("budget_usd", "popularity", "release_year")
    strengths = {("budget_usd", "popularity"): 0.4, ("budget_usd", "release_year"): -0.8}
    rows: list[Row] = [
        {
            "column_x": x,
            "column_y": y,
            "films": 20,
            "pearson_log": None,
            "spearman": 1.0 if x == y else strengths.get((x, y), strengths.get((y, x))),
        }
        for x in facts
        for y in facts
    ]
    correlations = answer("correlations", rows)
    assert [row["spearman"] for row in ranking(correlations)] == [-0.8, 0.4]
    assert finding(correlations, EN) == (
        "Apart from each fact with itself, “Budget” and “Release year” are the most closely related, with -0.80."
    )


def test_months_are_written_as_in_a_sentence() -> None:
    rows: list[Row] = [
        {"release_month": month, "films": 1, "share_of_films": 0.5, "median_revenue_usd": usd, "median_roi": None}
        for month, usd in ((3, 5e6), (9, 2e6))
    ]
    assert finding(answer("seasonality", rows), ES) == (
        "Marzo es el mes que más rinde, con una mediana de 5,00\u00a0M\u00a0US$; "
        "septiembre es el que menos, con 2,00\u00a0M\u00a0US$."
    )


def test_of_many_points_the_bands_are_counted() -> None:
    rows: list[Row] = [
        {"budget_usd": 10_000, "revenue_usd": round(10_000 * times), "revenue_multiple": times}
        for times in (0.5, 1.0, 2.5, 9.0)
    ]
    said = finding(replace(answer("budget_revenue", rows), one_in=7), EN)
    assert said == "Of the 4 films drawn, 50% took 2.5 times their budget or more, and 25% took less than it."


@BOTH
def test_a_report_of_built_in_films_says_what_they_are(code: str, tmp_path: Path) -> None:
    words, first = language(code), 2**40
    ask = asking(warehouse(movies=[{"film_id": first + i, "popularity": float(i)} for i in range(1, 4)]))
    folder = write_report(ask, tmp_path, words=words, now=NOW).folder
    for file in ("report.txt", "report.html"):
        said = " ".join(re.sub("<[^>]+>", " ", (folder / file).read_text("utf-8")).replace("- ", "").split())
        assert "vega" in said, file
        assert words.text("report.reading.popularity_built_in")[:60] in said, file
        assert words.text("report.reading.popularity")[:40] not in said, file


def test_of_points_of_a_shop_the_copies_that_paid_are_counted() -> None:
    rows: list[Row] = [
        {"replacement_cost": 20.0, "revenue": 20 * times, "payback": times, "is_paid_back": times >= 1}
        for times in (0.5, 1.5, 3.0)
    ]
    said = finding(answer("copy_payback", rows), EN)
    assert said.startswith("Of the 3 films drawn, 33% took 2.5 times the price of their copies or more, and 33% less")


def test_pareto_tells_of_the_first_fifth() -> None:
    rows: list[Row] = [
        {"rank": n, "title": "x", "rentals": 1, "revenue": 1.0, "share_of_films": n / 10,
         "share_of_rentals": (n / 10) ** 0.5, "share_of_revenue": None}
        for n in range(1, 10)
    ]  # fmt: skip
    assert finding(answer("film_pareto", rows), EN).startswith(
        "The first 20.0% of the films make 44.7% of the rentals;"
    )


def test_a_shop_alone_has_a_report_of_its_own(tmp_path: Path) -> None:
    shop = warehouse()
    load_town(shop, Town(rentals=900, years=1, stores=2, films=40))
    report = write_report(asking(shop), tmp_path, words=EN, now=NOW)
    text = (report.folder / "report.txt").read_text("utf-8")
    assert text.splitlines()[1].endswith("UTC. 900 rentals.")
    assert "This shop is generated" in text
    assert EN.text("charts.top_films.title") not in text
    assert "Rank correlation" not in text
    assert "earning_genres" in report.missing
    assert EN.text("charts.customer_segments.title") in Page((report.folder / "report.html").read_text("utf-8")).text
