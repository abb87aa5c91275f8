"""Every step on every engine, from inputs of one part and of many: identical tables, also where workers are killed.

The reference is made in this process, by one worker.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engines.killing import TASKS, kill_each_once, killed
from engines.same_tables import ARRIVAL, PLACE, differences, same, tables_of, versions
from engines.small_world import CURATIONS, World, run, write_world
from taquilla.engines import Engine, EngineOptions, engine_of
from taquilla.engines.local import LocalEngine
from taquilla.pipeline.actions import Context

WORKERS = 2
Shapes = dict[str, "Reference"]
# Of each subject: what is as it should be, what was refused or mended, what was read from it, what is no record.
FULL = """
    raw.tmdb_exports curated.films curated.film_snapshots quarantine.films curated.film_links
    curated.customers curated.customers_repairs quarantine.customers curated.rentals curated.rentals_repairs
    quarantine.rentals curated.inventory curated.payments curated.rental_films
    raw.review_files curated.venues curated.reviews quarantine.reviews curated.review_repairs curated.review_signals
    curated.reviewers quarantine.reviewers curated.tips quarantine.tips curated.checkins
    curated.ratings quarantine.ratings
"""
DEAD = {"raw.tmdb_films": "error", "raw.shop_customer": "_error", "raw.shop_rental": "_error", "raw.reviews": "error"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A world, its lake when all of it was landed, and the run that has curated all of it."""

    world: World
    landed: Path
    curated: Context

    def differs(self, found: Context) -> dict[str, tuple[list[str], list[str]]]:
        """In what the other run's lake says something else."""
        return differences(same(tables_of(self.curated.lake)), same(tables_of(found.lake)))


def reference_of(folder: Path, world: World) -> Reference:
    here = LocalEngine()
    world.land(world.context(folder / "landed", here))
    shutil.copytree(folder / "landed", folder / "curated")
    curated = world.context(folder / "curated", here)
    run(curated, CURATIONS)
    return Reference(world, folder / "landed", curated)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Shapes:
    folder = tmp_path_factory.mktemp("reference")
    return {
        name: reference_of(folder / name, write_world(folder / name, is_in_parts=name == "many"))
        for name in ("one", "many")
    }


@pytest.fixture(scope="module", params=["local", "dask", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        yield request.getfixturevalue("spark").engine
        return
    made = engine_of(EngineOptions(request.param, workers=WORKERS))
    yield made
    made.close()


def test_one_part_and_many_say_the_same_and_every_table_says_something(shapes: Shapes) -> None:
    one, many = (tables_of(shapes[name].curated.lake) for name in ("one", "many"))
    assert [name for name in FULL.split() if one[name].is_empty()] == []
    assert [name for name, error in DEAD.items() if one[name][error].count() == 0] == []
    assert one["curated.films"]["is_removed"].sum() == 2
    for tables in (one, many):
        tables.pop("raw.review_files")  # a row a file
    leaving = ARRIVAL + PLACE
    assert differences(same(one, leaving=leaving), same(many, leaving=leaving)) == {}


@pytest.mark.parametrize("shape", ["one", "many"])
def test_every_step_makes_the_same_tables(engine: Engine, shape: str, shapes: Shapes, tmp_path: Path) -> None:
    expected = shapes[shape]
    context = expected.world.context(tmp_path, engine)
    expected.world.land(context)
    run(context, CURATIONS)
    assert expected.differs(context) == {}
    before = versions(context.lake)
    again = expected.world.context(tmp_path, LocalEngine())
    expected.world.land_files(again)
    run(again, CURATIONS)
    assert versions(context.lake) == before


def test_a_killed_worker_changes_nothing(
    engine: Engine, shapes: Shapes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = shapes["many"]
    context = expected.world.context(tmp_path / "data", engine)
    (tmp_path / "killed").mkdir()
    kill_each_once(monkeypatch, tmp_path / "killed")
    expected.world.land(context)
    run(context, CURATIONS)
    assert killed(tmp_path / "killed") == set(TASKS)
    assert expected.differs(context) == {}
