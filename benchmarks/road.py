"""The road that a film takes here, land → curate → load, step by step under the clock."""

from pathlib import Path
from typing import Any

from benchmarks.measure import Steps
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.land_file import land_file
from taquilla.pipeline.load import load_films

# What the command line passes by default.
MEMORY_LIMIT = "1400MB"


def films(path: str, folder: str) -> dict[str, Any]:
    """Bring a file of records into a new lake and a new `warehouse.duckdb` in `folder`."""
    lake, local, steps = Lake(f"{folder}/lake"), engine("local"), Steps()
    steps.run("land", lambda: land_file(lake, Path(path), run_id="bench"))
    steps.run("curate", lambda: curate_films(lake, local))
    steps.run("load", lambda: load_films(lake, Path(folder, "warehouse.duckdb"), memory_limit=MEMORY_LIMIT))
    return steps.told()
