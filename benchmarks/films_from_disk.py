"""land → curate → load of a file of TMDB records, as a share of the bare floor (`floor.py`) in the same run.

    python -m benchmarks.films_from_disk --pairs 5

Reads `$TAQUILLA_SHARED_DATA/tmdb/tmdb_5000.jsonl.gz`, or as many generated films where that is not there.
Each build is a process of its own; the two take turns, and the first pair only warms up.
"""

import argparse
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from benchmarks import floor
from benchmarks.measure import MIB, Measured, in_fresh_process, machine, show

PAIRS, GENERATED = 5, 4_803
TARGET = 0.5
FLOOR, OURS = "bare floor", "taquilla"


def main(pairs: int = PAIRS) -> None:
    with TemporaryDirectory() as folder:
        path = data(Path(folder))
        runs = [_pair(path, Path(folder, f"pair{n}")) for n in range(pairs + 1)][1:]
        films = rows_by_table(Path(folder, "pair0", "floor.duckdb"))["movies"]
    show(f"films from disk: {films:,} films of {path.name}, medians of {pairs} pairs", _table(runs, films))
    show("  where our time goes", _steps([ours for _, ours in runs]))
    print()
    _say("floor seconds / our seconds", [bare.seconds / ours.seconds for bare, ours in runs])
    _say("the same of processor time", [bare.cpu_seconds / ours.cpu_seconds for bare, ours in runs])


def _say(what: str, ratios: list[float]) -> None:
    print(
        f"  {what}: median {median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f} (target: {TARGET} or more)"
    )


def data(folder: Path) -> Path:
    """The file to read: the shared one where there is one, else a generated one in `folder`."""
    shared = Path(os.environ.get("TAQUILLA_SHARED_DATA", ""), "tmdb", "tmdb_5000.jsonl.gz")
    if shared.exists():
        return shared
    made = folder / f"generated_{GENERATED}.jsonl"
    in_fresh_process("benchmarks.generate_films:write_file", made, GENERATED, "full")
    return made


def _pair(path: Path, folder: Path) -> tuple[Measured, Measured]:
    """The floor and ours, one after the other, from nothing; both must end with as many rows in every table."""
    folder.mkdir()
    bare = in_fresh_process("benchmarks.floor:build", path, folder / "floor.duckdb")
    ours = in_fresh_process("benchmarks.road:films", path, folder)
    expected, found = rows_by_table(folder / "floor.duckdb"), rows_by_table(folder / "warehouse.duckdb")
    assert found == expected, f"not the same rows: floor {expected}, taquilla {found}"
    return bare, ours


def rows_by_table(warehouse: Path) -> dict[str, int]:
    """Rows of every table of films."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {name: connection.table(name).count("*").fetchall()[0][0] for name in floor.TABLES}


def _table(runs: list[tuple[Measured, Measured]], films: int) -> list[dict[str, Any]]:
    return [_row(name, [pair[n] for pair in runs], films) for n, name in enumerate((FLOOR, OURS))]


def _row(name: str, runs: list[Measured], films: int) -> dict[str, Any]:
    seconds = median(run.seconds for run in runs)
    return {
        "build": name,
        "seconds": seconds,
        "films/s": round(films / seconds),
        "processor s": median(run.cpu_seconds for run in runs),
        "whole process s": median(run.process_seconds for run in runs),
        "peak MiB": round(median(run.peak_bytes for run in runs) / MIB),
    }


def _steps(runs: list[Measured]) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "seconds": median(run.result["seconds"][step] for run in runs),
            "processor s": median(run.result["cpu_seconds"][step] for run in runs),
            "peak MiB": round(median(run.result["peak_bytes"][step] for run in runs) / MIB),
        }
        for step in runs[0].result["seconds"]
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    told = parser.parse_args()
    print(machine())
    main(told.pairs)
