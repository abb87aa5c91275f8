"""A generated shop from MariaDB to the marts, within 2 GiB, beside bare readers and plain SQL in the same run.

    python -m benchmarks.rentals --rentals 10000000        # some quarter of an hour, 10 GB in $TMPDIR

Every step is a process of its own. MariaDB runs on the same machine and takes its share of the processors.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import rentals_copies, rentals_floors
from benchmarks.measure import MIB, Measured, in_fresh_process, machine, show
from benchmarks.rentals_shop import Shop

RENTALS, CHANGED = 1_000_000, 10_000
MOST_MIB = 2_048
ROAD = ("land", "curate", "link", "load", "marts")

Runs = dict[str, Measured]


def main(rentals: int = RENTALS) -> None:
    shop = Shop()
    try:
        with TemporaryDirectory() as folder:
            made = _run("rentals_shop:fill", shop.url, rentals)
            _say_shop(made)
            _whole(shop.url, folder)
            _changes(shop.url, folder, rentals)
            shutil.rmtree(Path(folder, "lake"))
            _copies(shop.url, folder)
    finally:
        shop.close()


def _say_shop(made: Measured) -> None:
    rows = made.result["rows"]
    told = f"{rows['rental']:,}, payments: {rows['payment']:,}; {sum(rows.values()):,} rows of {len(rows)} tables"
    print(f"\nrentals: {told}, generated into MariaDB in {made.seconds:,.0f} s", flush=True)


def _whole(url: str, folder: str) -> None:
    """From nothing, then the floors of the same rows."""
    ours = _road(url, folder)
    show("from MariaDB to the marts, from nothing", [_row(name, run) for name, run in ours.items()])
    floors = {name: _run(f"rentals_floors:{task}", url) for name, task in READERS.items()}
    floors[PLAIN] = _run("rentals_floors:star", folder)
    rentals_floors.agree(folder)
    read = _run("rentals_road:read", url)
    rows = [_row(name, run) for name, run in {"taquilla's reader": read, **floors}.items()]
    show("  bare, in the same run", rows)
    for name in READERS:
        print(f"  of the rows/s of {name}: reading {_rate(read) / _rate(floors[name]):.2f}", end=", ")
        print(f"landing {_rate(ours['land']) / _rate(floors[name]):.2f}")
    plain, star = floors[PLAIN].seconds, sum(ours[step].seconds for step in ("curate", "link", "load"))
    print(f"  plain SQL's seconds / those of curate, link and load: {plain / star:.2f}; it checks and keeps nothing")
    _say_peak(ours)


READERS = {"connectorx": "with_connectorx", "PyMySQL's SSCursor": "with_cursor"}
PLAIN = "plain SQL, raw to star"


def _changes(url: str, folder: str, rentals: int) -> None:
    """So many rentals of the last days, then as many of all days."""
    changed = min(CHANGED, rentals // 10)
    spread = rentals // changed
    for day, (what, begins, every) in enumerate(
        [("the newest", rentals - changed + 1, 1), (f"one in {spread:,}", 1, spread)], start=1
    ):
        done = _run("rentals_shop:change", url, changed, begins, every, day)
        runs = _road(url, folder)
        rentals_floors.is_told(url, folder)
        show(f"{done.result['rows']:,} rentals changed, {what}", [_row(name, run) for name, run in runs.items()])
        _say_peak(runs)


def _copies(url: str, folder: str) -> None:
    names = ("to_parquet", "bare_to_parquet", "to_mariadb", "bare_to_mariadb", "load_csv")
    runs = {name: _run(f"rentals_copies:{name}", url, folder) for name in names}
    rentals_copies.agree(url)
    show("one table between MariaDB and Parquet", [_row(COPIES[name], run) for name, run in runs.items()])
    for ours, bare in (
        ("to_parquet", "bare_to_parquet"),
        ("to_mariadb", "bare_to_mariadb"),
        ("to_mariadb", "load_csv"),
    ):
        print(f"  {COPIES[ours]}: {_rate(runs[ours]) / _rate(runs[bare]):.2f} of the rows/s of {COPIES[bare]}")


COPIES = {
    "to_parquet": "taquilla copy to Parquet",
    "bare_to_parquet": "connectorx to Parquet",
    "to_mariadb": "taquilla copy to MariaDB",
    "bare_to_mariadb": "Polars to CSV, LOAD DATA",
    "load_csv": "LOAD DATA alone",
}


def _road(url: str, folder: str) -> Runs:
    return {step: _run(f"rentals_road:{step}", *([url] if step == "land" else []), folder) for step in ROAD}


def _run(task: str, *arguments: str | int) -> Measured:
    run = in_fresh_process(f"benchmarks.{task}", *arguments)
    print(f"  {task}: {run.seconds:,.1f} s, {run.peak_bytes / MIB:,.0f} MiB", file=sys.stderr, flush=True)
    return run


def _row(name: str, run: Measured) -> dict[str, Any]:
    rows = run.result["rows"]
    return {
        "step": name,
        "rows": rows,
        "seconds": run.seconds,
        "rows/s": round(_rate(run)),
        "processor s": run.cpu_seconds,
        "peak MiB": round(run.peak_bytes / MIB),
    }


def _rate(run: Measured) -> float:
    return float(run.result["rows"] / run.seconds)


def _say_peak(runs: Runs) -> None:
    seconds, peak = sum(run.seconds for run in runs.values()), max(run.peak_bytes for run in runs.values())
    print(f"  in all {seconds:,.1f} s; the most memory {peak / MIB:,.0f} MiB (must stay under {MOST_MIB:,})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rentals", type=int, default=RENTALS)
    told = parser.parse_args()
    print(machine())
    main(told.rentals)
