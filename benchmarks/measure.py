"""Seconds and peak memory of a task, each time in a process of its own.

    python -m benchmarks.measure benchmarks.floor:build films.jsonl.gz out.duckdb

prints one line of JSON. What the task's module imports is loaded before the clock starts.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

MIB = 2**20
LIBRARIES = ("polars", "pyarrow", "duckdb", "deltalake", "msgspec", "dataframely")
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Measured:
    """A task in a fresh process. seconds, cpu_seconds: the task alone; process_seconds: with start and imports."""

    seconds: float
    cpu_seconds: float
    process_seconds: float
    peak_bytes: int
    result: dict[str, Any]


@dataclass(slots=True)
class Steps:
    """Seconds and peak memory of the steps of a task, in the process that runs it."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)

    def run(self, name: str, step: Callable[[], object]) -> None:
        _forget_peak()
        begun, cpu = time.perf_counter(), time.process_time()
        step()
        self.seconds[name] = time.perf_counter() - begun
        self.cpu_seconds[name] = time.process_time() - cpu
        self.peak_bytes[name] = peak_bytes()

    def told(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_bytes": self.peak_bytes}


def in_fresh_process(task: str, *arguments: str | Path | int) -> Measured:
    """Run `module:function` with those arguments, as texts; what it returns must be JSON."""
    command = [sys.executable, "-m", "benchmarks.measure", task, *map(str, arguments)]
    begun = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    told = json.loads(done.stdout)
    return Measured(process_seconds=time.perf_counter() - begun, **told)


def peak_bytes() -> int:
    """The most memory that this process has held.

    Not `ru_maxrss` where Linux tells better: that one begins with what the parent held when it started us.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _forget_peak() -> None:
    """Begin the peak anew, where the kernel can: elsewhere a step's peak is that of all steps so far."""
    try:
        _RESET.write_text("5")
    except OSError:
        return


def machine() -> str:
    """The line that every figure stands under."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def show(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print the rows as an aligned table: texts to the left, numbers to the right."""
    cells = [list(rows[0]), *([_text(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = [isinstance(value, str) for value in rows[0].values()]
    print(f"\n{title}")
    for line in cells:
        padded = (c.ljust(w) if is_left else c.rjust(w) for c, w, is_left in zip(line, widths, left, strict=True))
        print("  " + "   ".join(padded).rstrip(), flush=True)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _main(task: str, *arguments: str) -> None:
    module, _, name = task.partition(":")
    function = getattr(import_module(module), name)
    begun, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments)
    told = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - cpu}
    peak = max(peak_bytes(), *result.get("peak_bytes", {}).values(), 0)
    print(json.dumps({**told, "peak_bytes": peak, "result": result}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
