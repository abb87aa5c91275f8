"""The commands of reviews over a small town's files: in, in again, published, recommended from; and what is wrong."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

import command_line
from taquilla.demo.town_reviews import TownReviews
from taquilla.demo.town_reviews_files import write_reviews

Said = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a small town, which were brought in."""
    made = tmp_path_factory.mktemp("reviews")
    write_reviews(made / "files", TownReviews(reviews=300, ratings=2_000, raters=60))
    taquilla("reviews", "files", folder=made)
    return made


def taquilla(*arguments: str, folder: Path, code: int = 0, **env: str) -> Said:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
    done = command_line.taquilla(*arguments, folder=folder, env=inherited | {"COLUMNS": "200"} | env)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture
def call(folder: Path) -> Callable[..., Said]:
    def run(*arguments: str, **how: Any) -> Said:
        return taquilla(*arguments, folder=folder, **how)

    return run


def test_what_came_in_adds_up_and_does_not_come_in_again(call: Callable[..., Said]) -> None:
    assert "Reviews, records of each kind: the sums add up" in call("status").stdout
    again = call("reviews", "files").stdout
    assert "land reviews       OK   0 rows" in again
    assert "curate reviews     OK   0 rows" in again
    assert "load reviews       OK   0 rows" in again


def test_star_and_marts_are_published_and_only_once(call: Callable[..., Said], folder: Path) -> None:
    assert "reviews.fact_review" in call("lake", "publish", "reviews", "mart.review_kpis").stdout
    assert DeltaTable(folder / "data" / "lake" / "reviews" / "fact_review").count() > 250
    assert "show the warehouse's state already" in call("lake", "publish", "reviews").stdout
    assert "no table 'nowhere' to publish" in call("lake", "publish", "nowhere", code=2).stderr


def test_films_and_places_are_recommended_with_the_reason(call: Callable[..., Said]) -> None:
    films = call("recommend", "rater-1", "--limit", "3", "--json").stdout
    assert films.count('"reason"') == 3
    assert "Tell likes or a genre" in call("recommend", "nobody-at-all", code=3).stderr


def test_a_source_that_is_missing_or_wrong_is_told_with_the_next_step(call: Callable[..., Said]) -> None:
    assert "taquilla reviews SOURCE; or set reviews.source" in call("reviews", code=2).stderr
    assert "no-such-folder" in call("reviews", "no-such-folder", code=3).stderr
    short = call("reviews", "files", code=2, TAQUILLA_REVIEWS__PSEUDONYM_KEY="short").stderr
    assert "fewer than 16 signs" in short
