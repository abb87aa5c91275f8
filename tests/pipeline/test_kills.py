"""Runs that are killed at twelve moments end where an undisturbed one does."""

import random
import subprocess
import time
from pathlib import Path

import pytest

from pipeline.road import MOMENTS, Road, contents, road

FILMS = 600
BATCH = 100
CONNECTIONS = 20
KILLS = 8


def settings(buckets: int) -> dict[str, str]:
    return {
        "films__batch_rows": str(BATCH),
        "lake__buckets": str(buckets),
        "tmdb__connections": str(CONNECTIONS),
    }


RENAMED = range(1, FILMS + 1, 7)
REMOVED = range(3, FILMS + 1, 50)
CHANGED = len({*RENAMED} - {*REMOVED})


def changed(way: Road) -> None:
    """What happens at TMDB between the first run and the second."""
    for n in RENAMED:
        way.sandbox.change(1000 + n, title=f"Film {n}, renamed", revenue=n * 3)
    for n in REMOVED:
        way.sandbox.remove(1000 + n)


def killed_after(way: Road, seconds: float, buckets: int) -> bool:
    """Run it and kill it then; whether it was still at work."""
    process = way.start("run", **settings(buckets))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return process.returncode == -9


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[float, dict[str, set[str]]]:
    """How long a run takes, in seconds, and what two runs leave when nobody kills them."""
    with road(tmp_path_factory.mktemp("calm"), FILMS) as way:
        started = time.monotonic()
        way.start("run", **settings(1)).communicate()
        length = time.monotonic() - started
        changed(way)
        way.taquilla("run", code=0, **settings(1))
        return length, contents(way, leaving=MOMENTS | {"bucket"})


@pytest.mark.parametrize("buckets", [1, 4])
def test_a_run_killed_at_any_moment_ends_as_one_that_was_not(
    undisturbed: tuple[float, dict[str, set[str]]], tmp_path: Path, buckets: int
) -> None:
    length, expected = undisturbed
    with road(tmp_path, FILMS) as way:
        first = killed_and_completed(way, length, buckets)
        fetched = way.fetched()
        assert fetched["answers"] <= FILMS + first * 2 * CONNECTIONS
        assert fetched["max_per_film"] <= 1 + first
        counts = way.ask("select count(*), count(distinct film_id) from movies")
        assert counts == [(FILMS, FILMS)]

        changed(way)
        way.sandbox.reset_stats()
        second = killed_and_completed(way, length, buckets)
        # The feed of changes tells the day alone, so a run of the same day asks again for what has changed.
        assert way.fetched()["distinct"] == CHANGED
        assert way.fetched()["max_per_film"] <= 1 + second

        assert first + second >= KILLS // 4, "the moments lie too late: nothing was killed"
        found = contents(way, leaving=MOMENTS | {"bucket"})
        assert way.json("status")["records"]["missing"] == 0
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(expected["movies"]) == FILMS


def killed_and_completed(way: Road, length: float, buckets: int) -> int:
    """Kill a quarter of all kills, spread over a run, then let one end; how many were still at work."""
    random_moment = random.Random(buckets)  # noqa: S311 - a moment, not a secret
    kills = 0
    for kill in range(KILLS // 4):
        # The interpreter's start takes a fifth of it.
        moment = 0.2 + 0.75 * (kill + random_moment.random()) / (KILLS // 4)
        kills += killed_after(way, moment * length, buckets)
        account = way.account()
        assert account.missing == 0, account
    way.taquilla("run", code=0, **settings(buckets))
    return kills
