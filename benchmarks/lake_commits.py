"""What a landing costs when a thousand small ones came before it, and what the upkeep makes of them.

    python -m benchmarks.lake_commits --commits 1000

A commit is 100 rows of some 100 bytes. Such commits are far too small on purpose: batches are of thousands of rows.
"""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from benchmarks.measure import in_fresh_process, machine, show
from taquilla.lake import Lake, LakeTable
from taquilla.lake.table import CHECKPOINT_EVERY
from taquilla.lake.upkeep import tidy
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.raw_rows import RawRecord, raw_rows

COMMITS, ROWS = 1_000, 100
SPANS = (100, 500, 1_000, 2_000, 5_000)
# The cost climbs from one checkpoint to the next: only whole spans between two can be compared.
WINDOW = CHECKPOINT_EVERY


def main(commits: int = COMMITS) -> None:
    with TemporaryDirectory() as folder:
        run = in_fresh_process("benchmarks.lake_commits:land", folder, commits)
    stages = run.result["stages"]
    rows = [stage | {"of the first": stage["median ms"] / stages[0]["median ms"]} for stage in stages]
    show(f"lake commits: landing {ROWS} small rows, a checkpoint every {CHECKPOINT_EVERY} commits", rows)
    show("  upkeep of the table", [run.result["upkeep"]])


def land(folder: str, commits: str) -> dict[str, Any]:
    """Land so many batches, tidy up, land some more; milliseconds of the commits along the way."""
    raw = FilmTables.of(Lake(folder)).raw
    took = [_land(raw, n) for n in range(int(commits))]
    stages = [_stage(f"commits {n - WINDOW + 1:,} to {n:,}", took[n - WINDOW : n]) for n in SPANS if n <= len(took)]
    before = _data_files(raw)
    begun = time.perf_counter()
    tidied = tidy(raw)
    upkeep = {
        "seconds": time.perf_counter() - begun,
        "files before": before,
        "files after": _data_files(raw),
        "merged": tidied.compacted,
        "rows": raw.count(),
    }
    after = [_land(raw, int(commits) + n) for n in range(WINDOW)]
    return {"stages": [*stages, _stage(f"{WINDOW} after the upkeep", after)], "upkeep": upkeep}


def _land(raw: LakeTable, n: int) -> float:
    rows = _rows(n * ROWS)
    begun = time.perf_counter()
    raw.land(rows, source="bench", begins=n * ROWS)
    return (time.perf_counter() - begun) * 1_000


def _rows(begins: int) -> pl.DataFrame:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    records = [RawRecord(now, b'{"id": %d, "title": "%064d"}' % (1 + n, n)) for n in range(begins, begins + ROWS)]
    return raw_rows(records, topic="bench", offset=begins, run_id="bench", buckets=1)


def _stage(name: str, took: Sequence[float]) -> dict[str, Any]:
    return {"landing": name, "fastest ms": min(took), "median ms": median(took), "slowest ms": max(took)}


def _data_files(raw: LakeTable) -> int:
    return len(raw.parts(raw.open()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=COMMITS)
    told = parser.parse_args()
    print(machine())
    main(told.commits)
