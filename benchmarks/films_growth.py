"""land → curate → load of ever more generated films: time must grow no faster than they do, memory much slower.

    python -m benchmarks.films_growth 20000 50000 100000 200000 --credits-scale full

Each size is a new lake in a process of its own; the peak is of that whole process.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.generate_films import CREDITS_SCALES
from benchmarks.measure import MIB, Measured, in_fresh_process, machine, show

SIZES, CREDITS_SCALE = (20_000, 50_000, 100_000, 200_000), "full"
MOST_MIB = 2_048


def main(sizes: Sequence[int] = SIZES, credits_scale: str = CREDITS_SCALE) -> None:
    runs = {}
    for size in sizes:
        runs[size] = _run(size, credits_scale)
        print(f"  {size:,} films: {runs[size].seconds:,.1f} s", file=sys.stderr, flush=True)
    base = min(sizes)
    rows = [_row(size, run) | _a_film(size, run, base, runs[base]) for size, run in runs.items()]
    show(f"films growth: generated films, credits scale {credits_scale}; seconds and peak MiB of each step", rows)
    print(f"\n  the time a film takes is relative to the smallest size; the peak must stay under {MOST_MIB:,} MiB")


def _run(size: int, credits_scale: str) -> Measured:
    with TemporaryDirectory() as folder:
        path = Path(folder, "films.jsonl")
        in_fresh_process("benchmarks.generate_films:write_file", path, size, credits_scale)
        return in_fresh_process("benchmarks.road:films", path, folder)


def _a_film(size: int, run: Measured, base: int, first: Measured) -> dict[str, Any]:
    """What a film costs here, as a share of what it costs in the smallest run."""
    return {
        "time a film": run.seconds / size / (first.seconds / base),
        "processor time a film": run.cpu_seconds / size / (first.cpu_seconds / base),
    }


def _row(size: int, run: Measured) -> dict[str, Any]:
    seconds, peaks = run.result["seconds"], run.result["peak_bytes"]
    steps: dict[str, Any] = {}
    for step in seconds:
        steps |= {f"{step} s": seconds[step], f"{step} MiB": round(peaks[step] / MIB)}
    return {"films": size, **steps, "total s": run.seconds, "films/s": round(size / run.seconds)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--credits-scale", choices=CREDITS_SCALES, default=CREDITS_SCALE)
    told = parser.parse_args()
    print(machine())
    main(told.sizes, told.credits_scale)
