"""The commands that make something of the warehouse, as a person and a program call them."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.road import Road, road
from test_cli import run

FILMS = 80


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse and a model, as its command line is called from there."""
    with road(tmp_path_factory.mktemp("studies"), FILMS) as way:
        way.run("land_films", "curate_films", "load_films")
        said = way.taquilla("train", "--seed", "7").stdout
        assert "[1/1] train models" in said
        assert f"{FILMS} rows" in said
        assert "R2 on later films: success " in said
        return way.folder


def predicted(folder: Path, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("predict", *arguments, "--json", folder=folder).stdout)
    return answer


def test_a_prediction_lies_within_its_interval_and_names_its_model(trained: Path) -> None:
    found = predicted(trained, "--budget", "2000000", "--runtime", "100", "--release", "2019-05-04", "--language", "en")
    for target in ("success", "popularity"):
        assert found[target]["low"] <= found[target]["value"] <= found[target]["high"]
    (model,) = (trained / "data" / "movie_analytics").glob("ml_model_v2_*")
    assert found["model"] == model.name
    assert json.loads((model / "metrics.json").read_text())["seed"] == 7


def test_a_genre_goes_by_its_name_in_either_language_or_its_id(trained: Path) -> None:
    said = {str(predicted(trained, "--genre", name)["success"]["value"]) for name in ("Drama", "drama", "18")}
    assert len(said) == 1
    assert predicted(trained, "--genre", "comedia") == predicted(trained, "--genre", "COMEDY")


def test_what_is_outside_of_the_training_range_is_said(trained: Path) -> None:
    given = ("--runtime", "9000", "--language", "qx")
    found = {each["feature"]: each for each in predicted(trained, *given)["outside"]}
    assert (found["runtime_min"]["given"], found["runtime_min"]["reason"]) == (9000, "above the range")
    assert found["original_language"]["reason"] == "seldom or never seen"
    said = run("predict", *given, folder=trained).stdout
    assert "Outside of what the model has learnt from: runtime_min 9,000 is above the range (" in said
    assert "Left unknown: budget_usd" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--budget", "0"), 3, "budget_usd 0 is not between 1 and"),
        (("--release", "0000-00-00"), 2, "'0000-00-00' is no date such as 2027-05-21"),
        (("--director", "Nobody At All"), 3, "No director of the warehouse is named 'Nobody At All'"),
        (("--country", "Spain"), 3, "country 'SPAIN' is no ISO 3166-1 code"),
        (("--language", "Klingon"), 3, "original_language 'klingon' is no ISO 639-1 code"),
        (("--cast", "9" * 19), 3, "an id does not fit 64 bits"),
    ],
)
def test_what_cannot_be_is_refused_in_words(trained: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    refused = run("predict", *arguments, folder=trained, code=code).stderr
    assert refused.startswith("Error: ")
    assert said in refused


def test_without_a_model_or_a_warehouse_the_next_step_is_named(tmp_path: Path) -> None:
    assert "Make one with: taquilla train" in run("predict", folder=tmp_path, code=2).stderr
    for command in ("train", "report"):
        assert "There is no warehouse" in run(command, folder=tmp_path, code=4).stderr


def test_a_damaged_model_is_refused(trained: Path) -> None:
    (model,) = (trained / "data" / "movie_analytics").glob("ml_model_v2_*")
    file = next(model.glob("*.skops"))
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[: len(whole) // 2])
        assert "taquilla train" in run("predict", folder=trained, code=3).stderr
    finally:
        file.write_bytes(whole)


@pytest.mark.parametrize(("lang", "title"), [("en", "Films"), ("es", "Películas")])
def test_the_report_is_written_in_the_language_asked_for(tmp_path: Path, lang: str, title: str) -> None:
    with road(tmp_path, 20) as way:
        report = reported(way, "--lang", lang)
        assert title in (report / "report.txt").read_text("utf-8")
        assert f'lang="{lang}"' in (report / "report.html").read_text("utf-8")


def reported(way: Road, *arguments: str) -> Path:
    way.run("land_films", "curate_films", "load_films")
    said = way.taquilla("report", *arguments).stdout.splitlines()
    (report,) = (way.data / "movie_analytics").glob("visualizations_v2_*")
    assert said[-1] == f"Written to {report / 'report.html'}"
    return report


def test_a_warehouse_of_another_version_is_told_as_one(tmp_path: Path) -> None:
    with road(tmp_path, 5) as way:
        way.run("land_films", "curate_films", "load_films")
        way.change("drop view mart.correlations")
        said = way.taquilla("report", code=3).stderr
        assert said.startswith("Error: The warehouse is another version's: ")
        assert said.strip().endswith("Make it anew with: taquilla load --rebuild")
