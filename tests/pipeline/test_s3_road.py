"""The films' road with its lake in two buckets of a real S3 ends where the one on disk does, killed or not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.road import MOMENTS, Road, contents, road
from services.s3 import S3Server
from taquilla.lake import Lake

FILMS = 300


@dataclass(frozen=True)
class S3Road(Road):
    """A road whose lake stands in two buckets."""

    raw_root: str = ""
    curated_root: str = ""

    @property
    def lake(self) -> Lake:
        return Lake(self.raw_root, self.curated_root, self.data / "private")


_KILLED = """
import os, signal, sys
from pathlib import Path
from taquilla.engines import engine
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.curate import curate_films

publish = LakeTable.publish
def publish_and_die(table, parts, **how):
    publish(table, parts, **how)
    if table.name == "curated.film_snapshots":
        os.kill(os.getpid(), signal.SIGKILL)
LakeTable.publish = publish_and_die
raw, curated, private = sys.argv[1:]
lake = Lake(raw, curated, Path(private))
with lake.lease("run"):
    curate_films(lake, engine("local"))
"""


def killed_while_it_curates(way: S3Road) -> None:
    arguments = (way.raw_root, way.curated_root, str(way.data / "private"))
    killed = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False)
    assert killed.returncode == -9
    assert (way.tables.films.count(), way.tables.snapshots.count() > 0) == (0, True)


def change(way: Road) -> None:
    for n in range(1, FILMS, 7):
        way.sandbox.change(1000 + n, title=f"Film {n}, renamed")


def test_two_buckets_and_a_kill_change_nothing(s3: S3Server, tmp_path: Path) -> None:
    with road(tmp_path, FILMS) as disk:
        there = S3Road(
            tmp_path / "s3",
            disk.sandbox,
            raw_root=f"s3://{s3.new_bucket()}/lake",
            curated_root=f"s3://{s3.new_bucket()}/lake",
        )
        there.run("land_films", "land_popularity")
        killed_while_it_curates(there)
        for way in (disk, there):  # the lease of the dead is free at once
            way.run()
        change(disk)
        for way in (disk, there):
            way.run()
        expected, found = (contents(way, leaving=MOMENTS | {"bucket"}) for way in (disk, there))
        assert there.account().missing == 0
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(expected["movies"]) == FILMS
    assert not list((tmp_path / "s3").rglob("_delta_log"))
