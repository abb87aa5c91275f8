"""land → curate → load of generated films on each engine: films a second, start, peak memory of every process.

    python -m benchmarks.engines                                          # 10,000 films, every engine
    python -m benchmarks.engines --films 10000 100000 1000000             # Dask and Spark up to --spread-up-to

Each step is a process of its own. The seconds are those of the steps: the engine's workers stand ready by then, and
what they took to start is told apart. At every size all engines must end with the same rows. The last table holds the
local engine against a bare loop over the same work, where TAQUILLA_SHARED_DATA says where tmdb_5000 is.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.each_process import DRIVER, JVM, WORKER
from benchmarks.films_from_disk import rows_by_table
from benchmarks.generate_films import CREDITS_SCALES
from benchmarks.measure import MIB, in_fresh_process, machine, show

SIZES, SPREAD_UP_TO, CREDITS_SCALE = (10_000,), 100_000, "small"
# Two for each of two workers that nobody waits long for the other; a bucket's size does not matter for memory.
FILES, BUCKETS, ROUNDS = 8, 8, 7
# The numbers of workers that each is measured with.
ENGINES = {"local": (1, 2), "dask": (2,), "spark": (2,)}
STEPS = ("land", "curate", "load")
MOST_MIB, MOST_GROWTH, MOST_OVERHEAD = 2_048, 1.3, 0.10


@dataclass(slots=True)
class Run:
    """One size on one engine. seconds, cpu, starts: by step; peaks: MiB of the largest process, by kind."""

    films: int
    engine: str
    workers: int
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.engine}, {self.workers} worker{'s' * (self.workers > 1)}"

    @property
    def total_s(self) -> float:
        return sum(self.seconds.values())

    @property
    def cpu_s(self) -> float:
        return sum(self.cpu.values())

    def add(self, step: str, told: dict[str, Any]) -> None:
        """What a step's process has told."""
        self.seconds[step], self.cpu[step], self.starts[step] = told["step_s"], told["cpu_s"], told["start_s"]
        for kind, found in told["peaks"].items():
            name = step if kind == DRIVER else kind
            self.peaks[name] = max([self.peaks.get(name, 0), *(round(peak / MIB) for peak in found)])


def main(
    sizes: Sequence[int] = SIZES,
    engines: Sequence[str] = tuple(ENGINES),
    credits_scale: str = CREDITS_SCALE,
    spread_up_to: int = SPREAD_UP_TO,
    rounds: int = ROUNDS,
) -> None:
    runs = []
    for size in sizes:
        wanted = [name for name in engines if name == "local" or size <= spread_up_to]
        runs += _size(size, wanted, credits_scale)
    show(f"films/s by engine: generated films, credits scale {credits_scale}, {BUCKETS} buckets", _speeds(runs))
    show("  the most memory that a process held, MiB: each step's own process, a worker's, the JVM's", _memory(runs))
    highest = max(peak for run in runs for kind, peak in run.peaks.items() if kind != JVM)
    print(f"\n  the most of a process of ours: {highest:,} MiB (must stay under {MOST_MIB:,})")
    if len(sizes) > 1:
        show(
            f"  the time a film takes, as a share of what it takes of the fewest (at most {MOST_GROWTH})", _growth(runs)
        )
    _overhead(rounds)


def _size(size: int, engines: Sequence[str], credits_scale: str) -> list[Run]:
    with TemporaryDirectory() as folder:
        made = in_fresh_process("benchmarks.generate_films:write_files", folder, size, credits_scale, FILES)
        written = made.result["bytes"]
        _say(
            f"{size:,} films: {written / 1e9:.2f} GB, {written / size:,.0f} bytes each, by {made.peak_bytes // MIB} MiB"
        )
        runs = [_run(Run(size, engine, workers), folder) for engine in engines for workers in ENGINES[engine]]
    for run in runs[1:]:
        assert run.rows == runs[0].rows, f"not the same rows: {runs[0].name} {runs[0].rows}, {run.name} {run.rows}"
    return runs


def _run(run: Run, files: str) -> Run:
    with TemporaryDirectory() as folder:
        steps: dict[str, tuple[str | int, ...]] = {
            "land": (files, folder, run.engine, run.workers, BUCKETS),
            "curate": (folder, run.engine, run.workers),
            "load": (folder,),
        }
        for step, arguments in steps.items():
            run.add(step, in_fresh_process(f"benchmarks.engines_road:{step}", *arguments).result)
        run.rows = rows_by_table(Path(folder, "warehouse.duckdb"))
        held = {name: _bytes(Path(folder, name)) for name in ("lake/raw", "lake/curated", "warehouse.duckdb")}
    told = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in held.items())
    _say(f"  {run.name}: {run.total_s:,.1f} s; {told}")
    return run


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _speeds(runs: Sequence[Run]) -> list[dict[str, Any]]:
    first = {run.films: run for run in reversed(runs)}
    return [
        {"engine": run.name, "films": run.films}
        | {f"{step} s": run.seconds[step] for step in STEPS}
        | {"total s": run.total_s, "processor s": run.cpu_s, "films/s": round(run.films / run.total_s)}
        | {"of the first": first[run.films].total_s / run.total_s, "starting s": max(run.starts.values())}
        for run in runs
    ]


def _memory(runs: Sequence[Run]) -> list[dict[str, Any]]:
    columns = (*STEPS, WORKER, JVM)
    return [{"engine": run.name, "films": run.films} | {c: run.peaks.get(c, 0) for c in columns} for run in runs]


def _growth(runs: Sequence[Run]) -> list[dict[str, Any]]:
    least = {run.name: run for run in reversed(runs)}
    return [
        {"engine": run.name, "films": run.films}
        | {step: run.seconds[step] / run.films / (of.seconds[step] / of.films) for step in STEPS}
        | {"in all": run.total_s / run.films / (of.total_s / of.films)}
        | {"processor": run.cpu_s / run.films / (of.cpu_s / of.films)}
        for run in runs
        for of in (least[run.name],)
    ]


def _overhead(rounds: int) -> None:
    file = Path(os.environ.get("TAQUILLA_SHARED_DATA", ""), "tmdb", "tmdb_5000.jsonl.gz")
    if not file.exists():
        print(
            "\n  not measured: the engine against a loop. Set TAQUILLA_SHARED_DATA to where tmdb/tmdb_5000.jsonl.gz is"
        )
        return
    with TemporaryDirectory() as folder:
        told = in_fresh_process("benchmarks.engines_road:overhead", file, folder, rounds, BUCKETS).result
    seconds = told["medians"]
    rows = [{"way": way, "seconds": seconds[way], "films/s": round(told["films"] / seconds[way])} for way in seconds]
    show(f"curation's task over {told['films']:,} films of tmdb_5000 in {BUCKETS} buckets, medians of {rounds}", rows)
    cost = seconds["the local engine"] / seconds["a loop"] - 1
    print(f"  what the engine costs: {cost:.1%} (target: under {MOST_OVERHEAD:.0%})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, nargs="+", default=SIZES)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=tuple(ENGINES))
    parser.add_argument("--spread-up-to", type=int, default=SPREAD_UP_TO, help="films, for Dask and Spark")
    parser.add_argument("--credits-scale", choices=CREDITS_SCALES, default=CREDITS_SCALE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    print(machine())
    main(told.films, told.engines, told.credits_scale, told.spread_up_to, told.rounds)
