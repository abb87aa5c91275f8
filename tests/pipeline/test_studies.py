"""What is made of the warehouse for people: when it is made, what is kept of it, what the service hears of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.road import Road, road
from taquilla.pipeline.studies import keep_newest

FILMS = 60


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Road]:
    with road(tmp_path, FILMS) as made:
        yield made


def test_a_run_reports_trains_and_tells_the_warehouse_of_itself(way: Road) -> None:
    said = way.taquilla("run", report__on_run="true", model__on_run="true").stdout.splitlines()
    assert [line.split("]")[1].split("OK")[0].strip() for line in said] == [
        "land films",
        "land popularity",
        "curate films",
        "load films",
        "export films",
        "report films",
        "train models",
        "upkeep",
        "publish runs",
    ]
    (report,) = (way.data / "movie_analytics").glob("visualizations_v2_*")
    (model,) = (way.data / "movie_analytics").glob("ml_model_v2_*")
    assert {"report.txt", "report.html", "generos_populares.png", "analisis_warehouse.png"} <= names(report)
    assert {"metrics.json", "feature_importance.csv", "feature_importance.png", "model_card.md"} <= names(model)
    assert "model.pkl" not in names(model)
    told = way.ask("select step, outcome from ops.runs order by run_seq")
    assert told == [(name, "ok") for name in ("land_films", "land_popularity", "curate_films", "load_films",
        "export_films", "report_films", "train_models", "upkeep")]  # fmt: skip


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_too_few_films_to_train_on_do_not_fail_a_run(tmp_path: Path) -> None:
    with road(tmp_path, 10) as way:
        done = way.taquilla("run", model__on_run="true")
        assert "10 of 10 dated films have" in done.stdout
        assert list((way.data / "movie_analytics").glob("ml_model_v2_*")) == []
        assert way.taquilla("train", code=3).stderr.startswith("Error: 10 of 10 dated films have")


def test_the_service_hears_of_a_step_that_failed(way: Road) -> None:
    way.run("land_films", "curate_films", "load_films")
    way.taquilla("run", code=4, tmdb__base_url="http://127.0.0.1:9/3", tmdb__attempts="1")
    ((step, outcome, rows, note),) = way.ask("select step, outcome, rows, note from ops.runs where outcome = 'failed'")
    assert (step, outcome, rows) == ("land_films", "failed", None)
    assert "no connection" in note


def test_without_a_warehouse_there_is_nobody_to_tell(way: Road) -> None:
    assert way.run("land_films", "publish_runs")["publish_runs"].rows == 0
    assert not way.warehouse.exists()


def test_what_an_older_version_loaded_is_left_to_the_next_load(way: Road) -> None:
    way.run("land_films", "curate_films", "load_films")
    way.change("update load_marks set position = 1 where source = 'schema'")
    before = way.warehouse.read_bytes()
    assert way.run("publish_runs")["publish_runs"].rows == 0
    assert way.warehouse.read_bytes() == before


def test_the_newest_reports_and_models_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"visualizations_v2_2026010{day}_000000").mkdir()
        (tmp_path / f"ml_model_v2_2026010{day}_000000").mkdir()
    (tmp_path / "processed_movies_v2.csv").touch()
    (tmp_path / ".visualizations_v2_20260105_000001.7.new").mkdir()
    (tmp_path / ".ml_model_v2_20260105_000001.part").mkdir()
    assert keep_newest(tmp_path, reports=2, models=4) == 3 + 1 + 2
    assert names(tmp_path) == {
        "processed_movies_v2.csv",
        *(f"visualizations_v2_2026010{day}_000000" for day in (4, 5)),
        *(f"ml_model_v2_2026010{day}_000000" for day in (2, 3, 4, 5)),
    }
    assert keep_newest(tmp_path / "absent", 1, 1) == 0
