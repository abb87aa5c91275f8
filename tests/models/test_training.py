"""What a training leaves behind: a whole folder or none, the same for the same films and seed."""

import csv
import json
import resource
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.conftest import NOW
from models.world import FILMS, ask_world, film
from taquilla.errors import UnavailableError
from taquilla.models.registry import newest_model
from taquilla.models.training import TooFewFilmsError, Trained, train
from taquilla.warehouse.asking import Ask, asking
from warehouse.given import warehouse


def told(trained: Trained) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((trained.folder / "metrics.json").read_text("utf-8"))
    return found


def test_the_folder_has_the_seeds_name_and_files(trained: Trained) -> None:
    assert trained.folder.name == "ml_model_v2_20261121_130509"
    files = {"model.skops", "metrics.json", "feature_importance.csv", "model_card.md"}
    assert {path.name for path in trained.folder.iterdir()} == files
    assert [path.name for path in trained.folder.parent.iterdir()] == [trained.folder.name]
    assert newest_model(trained.folder.parent) == trained.folder


def test_metrics_hold_every_protocol_of_both_targets_and_which_of_them_leak(trained: Trained) -> None:
    metrics = told(trained)
    assert metrics == trained.metrics
    assert metrics["films"]["films"] == metrics["films"]["dated"] == FILMS
    assert metrics["served"]["protocol"] == "by_date_pre_release"
    for target in ("success", "popularity"):
        facts = metrics["targets"][target]
        assert (facts["films_used"], facts["films_left_out"]) == (FILMS, 0)
        leaks = {name: protocol["leaks"] for name, protocol in facts["protocols"].items()}
        assert leaks == {
            "seed_80_20": True,
            "random_80_20_pre_release": False,
            "by_date_proxies": True,
            "by_date_pre_release": False,
        }
        assert 0.5 < facts["protocols"]["by_date_pre_release"]["interval"]["coverage"] <= 1
        assert facts["training_ranges"]["budget_usd"] == [2_000_000, 50_000_000]


def test_importance_is_told_of_the_honest_model_and_of_the_seeds(trained: Trained) -> None:
    with (trained.folder / "feature_importance.csv").open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [float(row["importance_mean"]) for row in rows] == [each.importance_mean for each in trained.importance]
    assert {(row["target"], row["protocol"]) for row in rows} == {
        (target, protocol) for target in ("success", "popularity") for protocol in ("by_date_pre_release", "seed_80_20")
    }


def test_the_card_says_what_one_must_know(trained: Trained) -> None:
    card = (trained.folder / "model_card.md").read_text("utf-8")
    metrics = told(trained)
    honest = metrics["targets"]["success"]["protocols"]["by_date_pre_release"]
    for needed in (
        f"{FILMS} films in the warehouse",
        f"test films from {honest['split']['cut_off_date']} on",
        f"{honest['metrics']['model']['r2']:.3f}",
        "vote_average (part of the target)",
        "vote_count (known only after release)",
        "| budget_usd | budget in US dollars | before release | before release | 2,000,000 to 50,000,000 |",
        "## Limits",
        "TMDB's API terms of use",
        "\nThis product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB.\n",
        "0 not released yet",
        f"scikit-learn {metrics['versions']['scikit-learn']}",
        "seed 42",
    ):
        assert needed in card


def test_the_same_films_and_seed_give_the_same_model(trained: Trained, tmp_path: Path) -> None:
    again = train(ask_world(), tmp_path, now=NOW + timedelta(hours=1))
    different = {"name", "made_at", "model_sha256"}
    first, second = (
        {key: value for key, value in told(each).items() if key not in different} for each in (trained, again)
    )
    assert first == second
    assert again.importance == trained.importance


def test_too_few_films_are_counted_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(
        TooFewFilmsError, match=r"49 of 49 dated films have popularity and vote_average; a model of success"
    ) as e:
        train(ask_world(49), tmp_path, now=NOW)
    assert str(e.value).endswith("takes 50. Load more films, then train again: taquilla run")
    assert list(tmp_path.iterdir()) == []


def test_films_without_the_target_are_counted_and_not_learnt_from(tmp_path: Path) -> None:
    rows = [{**film(number), "vote_average": None if number % 3 else 6.0} for number in range(180)]
    metrics = train(asking(warehouse(movies=rows)), tmp_path, now=NOW).metrics["targets"]
    assert (metrics["success"]["films_used"], metrics["success"]["films_left_out"]) == (60, 120)
    assert metrics["success"]["left_out_because"] == "popularity or vote_average is unknown"
    assert (metrics["popularity"]["films_used"], metrics["popularity"]["films_left_out"]) == (180, 0)


def test_a_disk_that_fills_up_leaves_nothing_and_the_older_model_stays(ask: Ask, tmp_path: Path) -> None:
    older = train(ask, tmp_path, now=NOW - timedelta(days=1)).folder
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((older / "model.skops").stat().st_size // 2, hard))
    try:
        with pytest.raises(UnavailableError, match=r"File too large\. Then train again: taquilla train"):
            train(ask, tmp_path, now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == [older]
    assert newest_model(tmp_path) == older


def test_what_a_killed_training_left_is_no_model_and_is_cleared_away(ask: Ask, tmp_path: Path) -> None:
    left = tmp_path / ".ml_model_v2_20261121_130509.part"
    left.mkdir()
    for name in ("model.skops", "metrics.json", "other"):
        (left / name).touch()
    assert newest_model(tmp_path) is None
    made = train(ask, tmp_path, now=NOW).folder
    assert list(tmp_path.iterdir()) == [made]
    assert not (made / "other").exists()


def test_a_model_of_the_same_second_is_not_overwritten(ask: Ask, trained: Trained) -> None:
    with pytest.raises(UnavailableError, match="a model of this second already"):
        train(ask, trained.folder.parent, now=NOW)


def test_a_pickle_is_written_only_when_asked_for(ask: Ask, tmp_path: Path) -> None:
    steps: list[str] = []
    made = train(ask, tmp_path, now=NOW, with_pickle=True, progress=steps.append)
    assert (made.folder / "model.pkl").stat().st_size > 1_000
    assert steps[0] == "success: seed_80_20"
    assert len(steps) == 10
