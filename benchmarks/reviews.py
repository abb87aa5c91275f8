"""Generated reviews from NDJSON to a curated lake on a real S3 server, beside DuckDB and Polars in the same run.

    python -m benchmarks.reviews --reviews 1000000         # some minutes, 5 GB in $TMPDIR
    python -m benchmarks.reviews --reviews 5000000         # 4 GB of JSON, 15 GB in $TMPDIR

Every step is a process of its own; the contenders take turns. The S3 server runs on the same machine and takes its
share of the processors. Floors: the same file as Parquet, unchecked, on the local disk and on that server.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.group_memory import held_bytes
from benchmarks.measure import MIB, Measured, in_fresh_process, machine, show
from benchmarks.servers import S3Server

REVIEWS, ROUNDS = 1_000_000, 2
MOST_MIB, TARGET = 2_048, 0.5
DUCKDB, POLARS, POLARS_S3 = "DuckDB", "Polars", "Polars to S3"
DISK, S3 = "taquilla, disk", "taquilla, S3"
FLOORS = {DISK: (DUCKDB, POLARS), S3: (POLARS_S3, DUCKDB, POLARS)}

Runs = list[Measured]


def main(reviews: int = REVIEWS, rounds: int = ROUNDS, *, with_rest: bool = True) -> None:
    server = S3Server()
    try:
        server.start()
        os.environ.update(server.environment)
        with TemporaryDirectory() as folder:
            path = Path(folder, "review.json")
            made = _run("reviews_road:generate", path, reviews)
            size = made.result["bytes"]
            print(
                f"\nreviews: {reviews:,}, {size / 1e9:.2f} GB of JSON, generated in {made.seconds:,.0f} s", flush=True
            )
            contenders = _contenders(path, Path(folder), server)
            runs: dict[str, list[Runs]] = {name: [] for name in contenders}
            for _ in range(rounds):
                for name, contender in contenders.items():
                    runs[name].append(contender())
            _say(runs, size, server)
            _agree(folder)
            if with_rest:
                _after(folder)
    finally:
        server.delete()


def _contenders(path: Path, folder: Path, server: S3Server) -> dict[str, Callable[[], Runs]]:
    def floor(task: str) -> Callable[[], Runs]:
        return lambda: [_run(f"reviews_floors:{task}", path, folder)]

    def on_disk() -> Runs:
        shutil.rmtree(folder / "lake", ignore_errors=True)
        return _road(path, str(folder / "lake"), folder)

    def on_s3() -> Runs:
        # A prefix of its own each time; those of before are deleted with the server.
        return _road(path, f"s3://{server.new_bucket()}/lake", folder)

    def floor_on_s3() -> Runs:
        return [_run("reviews_floors:with_polars_to_s3", path, f"s3://{server.new_bucket()}/floor.parquet")]

    return {
        DUCKDB: floor("with_duckdb"),
        POLARS: floor("with_polars"),
        POLARS_S3: floor_on_s3,
        DISK: on_disk,
        S3: on_s3,
    }


def _road(path: Path, root: str, private: Path) -> Runs:
    return [_run("reviews_road:land", path, root, private), _run("reviews_road:curate", root, private)]


def _run(task: str, *arguments: str | Path | int) -> Measured:
    os.sync()
    run = in_fresh_process(f"benchmarks.{task}", *arguments)
    print(f"  {task}: {run.seconds:,.1f} s, {run.peak_bytes / MIB:,.0f} MiB", file=sys.stderr, flush=True)
    return run


def _say(runs: dict[str, list[Runs]], size: int, server: S3Server) -> None:
    steps = {name: ["to Parquet"] for name in (DUCKDB, POLARS, POLARS_S3)}
    rows = [
        _row(f"{name}: {step}", [run[place] for run in of_name], size)
        for name, of_name in runs.items()
        for place, step in enumerate(steps.get(name, ["land", "curate"]))
    ]
    show(f"medians of {len(runs[DUCKDB])}", rows)
    seconds = {name: median(sum(run.seconds for run in one) for one in of_name) for name, of_name in runs.items()}
    for ours in (DISK, S3):
        told = ", ".join(f"{seconds[floor] / seconds[ours]:.2f} of {floor}'s speed" for floor in FLOORS[ours])
        peak = max(run.peak_bytes for one in runs[ours] for run in one) / MIB
        print(f"  {ours}: {seconds[ours]:,.1f} s, {told} (target: {TARGET} or more); ", end="")
        print(f"at most {peak:,.0f} MiB (must stay under {MOST_MIB:,})")
    if server.process is not None:
        print(f"  the S3 server itself holds {held_bytes(server.process.pid) / MIB:,.0f} MiB")


def _agree(folder: str) -> None:
    ours = _run("reviews_road:sums", f"{folder}/lake", folder).result["sums"]
    floor = _run("reviews_floors:sums", folder).result["sums"]
    assert ours == floor, f"not the same: taquilla {ours}, Parquet {floor}"


def _after(folder: str) -> None:
    """The rest of the road, over the lake on disk."""
    root = f"{folder}/lake"
    runs = {
        "score": _run("reviews_road:score", root, folder),
        "load": _run("reviews_road:load", root, folder, folder),
        "marts": _run("reviews_road:marts", folder),
    }
    show("the rest of the road, on disk", [_row(name, [run]) for name, run in runs.items()])
    slowest = sorted(runs["marts"].result["seconds"].items(), key=lambda mart: -mart[1])[:5]
    print("  the slowest marts: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest))


def _row(name: str, runs: Runs, size: int | None = None) -> dict[str, Any]:
    rows, seconds = runs[0].result["rows"], median(run.seconds for run in runs)
    row = {
        "step": name,
        "rows": rows,
        "seconds": seconds,
        "rows/s": round(rows / seconds),
        "processor s": median(run.cpu_seconds for run in runs),
        "peak MiB": round(max(run.peak_bytes for run in runs) / MIB),
    }
    return row if size is None else {**row, "MB of JSON/s": round(size / 1e6 / seconds)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=int, default=REVIEWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-rest", action="store_true", help="stop where the reviews are curated")
    told = parser.parse_args()
    print(machine())
    main(told.reviews, told.rounds, with_rest=not told.no_rest)
