"""Starts the TMDB sandbox as a real subprocess, for every test that fetches films."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SandboxServer:
    """A running sandbox: where it listens, and its control routes."""

    root: str
    token: str

    @property
    def url(self) -> str:
        """The base address of the API, as a client's setting takes it."""
        return f"{self.root}/3"

    @property
    def export_url(self) -> str:
        """The root of the daily exports."""
        return f"{self.root}/p/exports"

    def stats(self) -> dict[str, Any]:
        return self._send("GET", "/_sandbox/stats")

    def reset_stats(self) -> None:
        self.post("/_sandbox/stats/reset", {})

    def post(self, path: str, body: Any) -> dict[str, Any]:
        return self._send("POST", path, body)

    def faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Put these faults in force instead of the present ones."""
        self.post("/_sandbox/faults", [dict(fault) for fault in faults])

    def clear_faults(self) -> None:
        self._send("DELETE", "/_sandbox/faults")

    def change(self, film_id: int, **fields: Any) -> None:
        """Change fields of a film now; it then stands in /movie/changes."""
        self.post("/_sandbox/change", {"id": film_id, "set": fields})

    def remove(self, film_id: int) -> None:
        self.post("/_sandbox/remove", {"id": film_id})

    def _send(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.root + path, data=data, headers=headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer


@contextmanager
def running_sandbox(
    catalogue: Path | None = None,
    *,
    faults: Sequence[str] = (),
    rate_limit_per_s: float | None = None,
    token: str = "sandbox",  # noqa: S107
    seed: int = 0,
) -> Iterator[SandboxServer]:
    """A sandbox over a catalogue (None: the built-in one), ended on leaving.

    `faults` are spelt as on the command line: "rate_limit:share=0.1,retry_after=1".
    """
    command = [
        sys.executable,
        "-m",
        "taquilla.demo.sandbox",
        "--port=0",
        f"--token={token}",
        f"--seed={seed}",
    ]
    command += [f"--fault={fault}" for fault in faults]
    command += [f"--catalogue={catalogue}"] if catalogue else []
    command += [f"--rate-limit-per-s={rate_limit_per_s}"] if rate_limit_per_s else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield SandboxServer(_first_line(process), token)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"The sandbox did not start: exit code {process.wait()}; its message is above.")
    return line
