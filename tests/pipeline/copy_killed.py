"""A copy that kills itself with -9 where it is told to: `python -m pipeline.copy_killed` with what it needs as JSON."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from pipeline.copy_places import World
from taquilla.sources.sql import SqlOptions


def copy_and_die(world: World, source: str, target: str, doing: str, rows: int) -> None:
    """Copy in a process of its own, which dies by -9 as soon as it has read or written so many rows."""
    databases = {name: asdict(options) for name, options in world.databases.items()}
    told = {"folder": str(world.folder), "databases": databases, "copy": [source, target], "at": [doing, rows]}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.copy_killed"],
        cwd=Path(__file__).parent.parent,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def main() -> None:
    told = json.load(sys.stdin)
    world = World(Path(told["folder"]), {name: SqlOptions(**given) for name, given in told["databases"].items()})
    doing, rows = told["at"]

    def die(now: str, done: int, total: int | None) -> None:
        if now == doing and done >= rows:
            os.kill(os.getpid(), signal.SIGKILL)

    source, target = told["copy"]
    world.copy(source, target, die)


if __name__ == "__main__":
    main()
