"""Other ways to do the same, in an environment of their own: dlt, and the design that the seeds describe."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(".venv-peers")
DLT = ("dlt[postgres]==1.31.0", "orjson")
SEEDS = ("dask[dataframe]", "pandas<3", "sqlalchemy", "psycopg[binary]", "psycopg2-binary")


def scripts() -> Path | None:
    """The folder of the peers' programs; None where the shared data are not there."""
    folder = Path(os.environ.get("TAQUILLA_SHARED_DATA", ""), "..", "bench")
    return folder if (folder / "dlt_way.py").exists() else None


def python() -> Path:
    """The interpreter that has the peers' packages; made when it is first asked for."""
    found = FOLDER / "bin" / "python"
    if not found.exists():
        print(f"Installing the peers into {FOLDER} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run([found, "-m", "pip", "install", "--quiet", *DLT, *SEEDS], check=True)
    return found


def flatten(records: Path, flat: Path) -> None:
    """Write TMDB's records as the seeds' flat messages."""
    folder = scripts()
    assert folder is not None
    subprocess.run([python(), folder / "flat.py", records, flat], check=True)


def run(script: str, *arguments: str | Path | int) -> tuple[int, float]:
    """Run a peer's program; the films and the seconds that it prints of itself."""
    folder = scripts()
    assert folder is not None
    command = [str(python()), str(folder / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = re.search(r"(\d+) films in ([\d.]+) s", done.stdout)
    assert told, json.dumps(done.stdout)
    return int(told[1]), float(told[2])
