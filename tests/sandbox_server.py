"""Starts the TMDB sandbox as a real subprocess, for every test that fetches films."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2


@dataclass(frozen=True)
class SandboxServer:
    """A running sandbox: where it listens, and its control routes."""

    root: str
    token: str
    client: httpx2.Client

    @property
    def url(self) -> str:
        """The base address of the API, as a client's setting takes it."""
        return f"{self.root}/3"

    @property
    def export_url(self) -> str:
        """The root of the daily exports."""
        return f"{self.root}/p/exports"

    def ask(self, path: str, **params: str | int) -> httpx2.Response:
        """The answer to a GET with the token, whatever its status."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.get(self.root + path, params=params or None, headers=headers)

    def answer(self, path: str, **params: str | int) -> Any:
        """The JSON of a GET that succeeds."""
        response = self.ask(path, **params)
        assert response.status_code == 200, response.text
        return response.json()

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
        response = self.client.request(method, self.root + path, json=body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
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
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        # A proxy in the environment is not asked for an address of this machine.
        httpx2.Client(timeout=30, trust_env=False) as client,
    ):
        try:
            yield SandboxServer(_first_line(process), token, client)
        finally:
            process.terminate()
            process.wait(timeout=10)


def write_films(path: Path, count: int = 60) -> Path:
    """A catalogue of generated films 1001, 1002, ...: `film(1)`, `film(2)`, ... one a line."""
    path.write_text("".join(json.dumps(film(n)) + "\n" for n in range(1, count + 1)), encoding="utf-8")
    return path


def film(n: int) -> dict[str, Any]:
    """The n-th generated film: less popular, later, longer, better known and better sold as n grows.

    Every second one is a drama, every third an action film; odd ones are English, even ones Spanish; every
    tenth is for adults. The first has no release date.
    """
    genres = [{"id": 18, "name": "Drama"}] * (n % 2 == 0) + [{"id": 28, "name": "Action"}] * (n % 3 == 0)
    person = {"adult": False, "gender": 0, "popularity": 1.5, "profile_path": None}
    named = {"id": 5000 + n, "name": f"Person {n}", "original_name": f"Person {n}", **person}
    lead = {**named, "known_for_department": "Acting", "cast_id": 1, "character": "Lead", "order": 0}
    director = {**named, "known_for_department": "Directing", "department": "Directing", "job": "Director"}
    return {
        "adult": n % 10 == 0,
        "backdrop_path": None,
        "belongs_to_collection": None,
        "budget": 0,
        "genres": genres,
        "homepage": "",
        "id": 1000 + n,
        "imdb_id": f"tt{n:07d}",
        "origin_country": ["US"],
        "original_language": "en" if n % 2 else "es",
        "original_title": f"Película {n}",
        "overview": f"Film number {n}.",
        "popularity": 100.5 - n,
        "poster_path": f"/{n}.jpg",
        "production_companies": [{"id": 7, "logo_path": None, "name": "Studio", "origin_country": "US"}],
        "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
        "release_date": f"{1960 + n}-06-15" if n > 1 else "",
        "revenue": n * 1_000_000,
        "runtime": 80 + n,
        "spoken_languages": [{"english_name": "English", "iso_639_1": "en", "name": "English"}],
        "status": "Released",
        "tagline": "",
        "title": f"Film {n}",
        "video": False,
        "vote_average": n / 10,
        "vote_count": n * 10,
        "credits": {
            "cast": [{**lead, "credit_id": f"cast{n}"}],
            "crew": [{**director, "credit_id": f"crew{n}"}],
        },
        "keywords": {"keywords": [{"id": 42, "name": "generated"}]},
    }


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"The sandbox did not start: exit code {process.wait()}; its message is above.")
    return line
