"""`taquilla recommend` and `taquilla similar`: what a person and a program get, and what they are told to do."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import command_line
from models.recommend_world import whole_world
from taquilla.models.recommend.training import train_recommenders
from taquilla.warehouse.asking import asking


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a recommender was trained."""
    folder = tmp_path_factory.mktemp("recommend")
    train_recommenders(asking(whole_world()), folder / "data" / "movie_analytics", now=datetime(2026, 3, 1, tzinfo=UTC))
    return folder


def taquilla(*arguments: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    env = {"COLUMNS": "200", "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    done = command_line.taquilla(*arguments, folder=folder, env=env)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_a_person_gets_a_table_and_a_program_json(folder: Path) -> None:
    shown = taquilla("recommend", "rater-3", "--limit", "2", folder=folder).stdout
    assert "recommender_20260301_000000: films for rater-3" in shown
    assert "popular in " in shown
    told = taquilla("recommend", "reviewer-r2", "--kind", "venues", "--language", "es", "--json", folder=folder)
    rows = json.loads(told.stdout)
    assert rows[0].keys() == {"id", "title", "place", "score", "found_by", "reason"}
    assert rows[0]["reason"].startswith("porque te gustó Venue ")
    spanish = taquilla("recommend", "--genre", "Drama", "--language", "es", "--limit", "1", folder=folder).stdout
    for text in ("películas para estos gustos", "título", "año", "motivo", "popular en Drama"):
        assert text in spanish


def test_likes_and_titles_are_enough(folder: Path) -> None:
    assert "films for these likes" in taquilla("recommend", "--likes", "Film 4", "--likes", "6", folder=folder).stdout
    alike = taquilla("similar", "film 3 (2003)", "--limit", "1", folder=folder).stdout
    assert "films like Film 3" in alike
    assert "same director: Odo Odd" in alike


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("recommend",), 2, "For whom? Give a user such as rater-1, or tell --likes or --genre."),
        (("recommend", "999"), 3, "train again: taquilla step train_recommenders"),
        (("recommend", "7"), 3, "Several users have the id 7: rater-7, customer-7. Give one of these."),
        (("similar", "Casablanca"), 3, "Give another title, or its id."),
    ],
)
def test_what_cannot_be_answered_ends_with_the_next_step(
    folder: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    refused = taquilla(*arguments, folder=folder, code=code).stderr
    assert refused.startswith("Error: ")
    assert said in refused


def test_without_a_recommender_the_command_that_makes_one_is_told(tmp_path: Path) -> None:
    assert "Make one with: taquilla step train_recommenders" in taquilla("similar", "1", folder=tmp_path, code=2).stderr
