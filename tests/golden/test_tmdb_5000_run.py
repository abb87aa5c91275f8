"""4,803 real films from the API to the warehouse: the counts that are known of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.road import Road
from sandbox_server import running_sandbox

FILMS = 4_803
CHANGED = (19995, 285, 206647, 49026, 49529)  # Avatar and four more

COUNTS = {
    "movies": FILMS,
    "people": 104_842,
    "production_companies": 5_047,
    "genres": 20,
}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A run over all films, by the command line."""
    folder = os.environ.get("TAQUILLA_SHARED_DATA")
    catalogue = Path(folder or "") / "tmdb" / "tmdb_5000.jsonl.gz"
    if not folder or not catalogue.exists():
        pytest.skip("TAQUILLA_SHARED_DATA names no folder that holds tmdb/tmdb_5000.jsonl.gz")
    with running_sandbox(catalogue) as sandbox:
        made = Road(tmp_path_factory.mktemp("tmdb5000"), sandbox)
        made.taquilla("run")
        yield made


def counts(way: Road) -> dict[str, int]:
    return {table: way.ask(f"select count(*) from {table}")[0][0] for table in COUNTS}  # noqa: S608 - names above


def test_every_film_is_fetched_once_and_every_count_is_known(way: Road) -> None:
    assert way.fetched() == {"distinct": FILMS, "answers": FILMS, "max_per_film": 1}
    assert counts(way) == COUNTS
    assert way.ask("select title, revenue_usd from movies where film_id = 19995") == [("Avatar", 2_787_965_087)]
    assert way.ask("select count(*) from movies where budget_usd is null") == [(1_037,)]
    unknown = "select count(distinct tmdb_id) from movie_data_warehouse where director = 'Unknown'"
    assert way.ask(unknown) == [(30,)]
    assert way.ask("select count(distinct tmdb_id) from movie_data_warehouse") == [(FILMS,)]
    records = way.json("status")["records"]
    assert (records["landed"], records["current"], records["missing"]) == (FILMS, FILMS, 0)


def test_after_five_changes_only_those_are_fetched_and_every_count_stays(way: Road) -> None:
    for film_id in CHANGED:
        way.sandbox.change(film_id, tagline="Changed for a test.")
    way.sandbox.reset_stats()
    assert "(5 changed)" in way.taquilla("run").stdout
    assert way.fetched() == {"distinct": 5, "answers": 5, "max_per_film": 1}
    assert counts(way) == COUNTS
    assert way.ask("select revenue_usd from movies where film_id = 19995") == [(2_787_965_087,)]
    account = way.account()
    assert (account.landed, account.current, account.superseded, account.missing) == (FILMS + 5, FILMS, 5, 0)
