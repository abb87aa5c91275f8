"""Every step on every engine, from inputs of one part and of many: identical tables, also where workers are killed.

The reference is made in this process, by one worker.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from command_line import taquilla
from engines.killing import FILMS, LANDING, RENTALS, REVIEWS, SCORES, killing
from engines.same_tables import (
    ARRIVAL,
    PLACE,
    Differences,
    Tables,
    differences,
    in_warehouse,
    same,
    tables_of,
    versions,
)
from engines.small_world import CURATIONS, LOADS, World, run, write_world
from taquilla.engines import EngineOptions
from taquilla.engines.dask import DaskEngine
from taquilla.engines.local import LocalEngine
from taquilla.engines.spark import SparkEngine
from taquilla.pipeline.actions import Context

Spread = LocalEngine | DaskEngine | SparkEngine
Shapes = dict[str, "Reference"]
WORKERS = 2
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
SAID = """\
[1/5] curate films       OK   5 parts   69 rows   3 quarantined
[2/5] curate rentals     OK   20 parts   493 rows   3 quarantined   (5 cells repaired or refused)
[3/5] link films         OK   20 rows   (19 of them are in the catalogue)
[4/5] curate reviews     OK   20 parts   497 rows   11 quarantined   (5 cells repaired or refused)
[5/5] score reviews      OK   4 parts   200 rows
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A world, its lake when all of it was landed, the run that has curated all of it, and what the lake then says."""

    world: World
    landed: Path
    curated: Context
    tables: Tables

    def copy(self, folder: Path) -> Context:
        """A lake where all of it is landed, and nothing is curated yet."""
        shutil.copytree(self.landed, folder)
        return self.world.context(folder, LocalEngine())

    def differs(self, found: Context) -> Differences:
        """In what the other run's lake says something else."""
        return differences(self.tables, same(tables_of(found.lake)))


def reference_of(folder: Path, world: World) -> Reference:
    here = LocalEngine()
    world.land(world.context(folder / "landed", here))
    shutil.copytree(folder / "landed", folder / "curated")
    curated = world.context(folder / "curated", here)
    run(curated, CURATIONS)
    return Reference(world, folder / "landed", curated, same(tables_of(curated.lake)))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Shapes:
    folder = tmp_path_factory.mktemp("reference")
    return {
        name: reference_of(folder / name, write_world(folder / name, is_in_parts=name == "many"))
        for name in ("one", "many")
    }


@pytest.fixture(scope="module", params=["local", "dask", "spark"])
def spread(request: pytest.FixtureRequest) -> Iterator[Spread]:
    """Two workers."""
    if request.param == "spark":
        yield request.getfixturevalue("spark").engine
        return
    kind = LocalEngine if request.param == "local" else DaskEngine
    with closing(kind(EngineOptions(request.param, workers=WORKERS))) as made:
        yield made


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
def test_every_step_makes_the_same_tables(spread: Spread, shape: str, shapes: Shapes, tmp_path: Path) -> None:
    expected = shapes[shape]
    context = expected.world.context(tmp_path, spread)
    expected.world.land(context)
    run(context, CURATIONS)
    assert expected.differs(context) == {}


@pytest.mark.parametrize("spread", ["dask"], indirect=True)
def test_a_command_curates_the_same_where_workers_are_killed(spread: Spread, shapes: Shapes, tmp_path: Path) -> None:
    expected = shapes["many"]
    context = expected.copy(tmp_path / "data")
    with killing(tmp_path / "killed", FILMS, REVIEWS):
        assert curate(context, spread.options.name) == SAID
    assert expected.differs(context) == {}
    # What one engine has done another one does not do again.
    before = versions(context.lake)
    expected.world.land_files(context)
    run(context, CURATIONS)
    assert versions(context.lake) == before


def curate(context: Context, engine: str) -> str:
    """What the command prints that curates all of it with that engine, without the seconds."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
    env["TAQUILLA_DATA"] = str(context.data)
    done = taquilla("curate", "--engine", engine, "--workers", str(WORKERS), folder=context.data, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r" +[\d.]+ s$| +[\d.]+ s(?= )", "", done.stdout, flags=re.MULTILINE)


def test_a_run_whose_workers_are_killed_ends_in_the_same_warehouse(shapes: Shapes, tmp_path: Path) -> None:
    expected = shapes["many"]
    with closing(LocalEngine(EngineOptions(workers=WORKERS))) as spread:
        context = expected.world.context(tmp_path / "data", spread)
        with killing(tmp_path / "landing", *LANDING):
            expected.world.land(context)
    with killing(tmp_path / "curating", FILMS, RENTALS, REVIEWS, SCORES):
        assert curate(context, "local") == SAID
    assert expected.differs(context) == {}
    loaded = [in_warehouse(one.warehouse) for one in (expected.curated, context) if run(one, LOADS)]
    assert differences(*loaded) == {}
