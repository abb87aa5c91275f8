"""The road from a sandbox to the warehouse, walked in this process or by the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from command_line import taquilla
from sandbox_server import SandboxServer, film, running_sandbox
from taquilla.errors import TaquillaError
from taquilla.lake import Lake
from taquilla.pipeline.accounts import Account, account
from taquilla.pipeline.actions import Context, Outcome
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.local import run_steps
from taquilla.pipeline.options import Batching, Selection
from taquilla.pipeline.steps import Step, in_order, step
from taquilla.sources.tmdb import TmdbOptions
from taquilla.warehouse import duckdb

# They tell of the warehouse and change nothing on the road to it.
STUDIES = ("report_films", "train_models")
# What a run does only where it is set to.
BY_KAFKA, BY_SERVER = ("produce_films", "consume_films"), ("load_postgres",)
OF_SHOP = ("land_rentals", "curate_rentals", "link_films", "load_rentals")
OF_REVIEWS = ("land_reviews", "curate_reviews", "score_reviews", "load_reviews", "train_recommenders")
LEFT_OUT = (*STUDIES, *BY_KAFKA, *BY_SERVER, *OF_SHOP, *OF_REVIEWS)


def record(n: int, **changed: Any) -> dict[str, Any]:
    """The n-th generated film, within the contract's bounds however high n is."""
    bounded = {
        "popularity": 1 + n % 40 + n / 10_000,
        "release_date": f"{1900 + n % 120}-06-15",
        "runtime": 60 + n % 120,
        "vote_average": n % 100 / 10,
    }
    return film(n) | bounded | changed


def line(n: int, **changed: Any) -> bytes:
    return json.dumps(record(n, **changed)).encode()


def write_lines(path: Path, lines: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def write_catalogue(path: Path, count: int) -> Path:
    """Films 1001 to 1000 + count."""
    return write_lines(path, [line(n) for n in range(1, count + 1)])


class Silent:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.retried: list[TaquillaError] = []

    @contextmanager
    def step(self, step: Step, number: int, total: int) -> Iterator["Silent"]:
        yield self

    def progress(self, done: int, total: int) -> None: ...

    def retrying(self, error: TaquillaError, seconds: float) -> None:
        self.retried.append(error)

    def done(self, outcome: Outcome, seconds: float) -> None: ...


@dataclass(frozen=True)
class Road:
    """A folder of data, the sandbox that fills it, and what else its commands are set to."""

    folder: Path
    sandbox: SandboxServer
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def lake(self) -> Lake:
        return Lake(str(self.data / "lake"))

    @property
    def tables(self) -> FilmTables:
        return FilmTables.of(self.lake)

    @property
    def options(self) -> TmdbOptions:
        return TmdbOptions(
            self.sandbox.url,
            self.sandbox.export_url,
            self.sandbox.token,
            requests_per_s=None,
            attempts=2,
            backoff_initial_s=0.01,
            backoff_max_s=0.02,
        )

    def run(
        self, *names: str, now: datetime | None = None, selection: Selection | None = None, **changed: Any
    ) -> dict[str, Outcome]:
        """Run those steps, or all on the road, in this process and without retries; what each did, by name."""
        steps = [
            replace(s, retries=0) for s in map(step, names or [s.name for s in in_order() if s.name not in LEFT_OUT])
        ]
        context = Context(
            run_id="test",
            now=now or datetime.now(UTC),
            data=self.data,
            lake=self.lake,
            warehouse=self.warehouse,
            tmdb=lambda: self.options,
            selection=selection or Selection("export"),
            batching=Batching(rows=100),
        )
        outcomes = run_steps(replace(context, **changed), steps, Silent())
        return {s.name: outcome for s, outcome in zip(steps, outcomes, strict=True)}

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a command that fetches from the sandbox; a name is a setting's, as in `films__pages`."""
        settings = {
            "data": str(self.data),
            "tmdb__base_url": self.sandbox.url,
            "tmdb__export_url": self.sandbox.export_url,
            "tmdb__token": self.sandbox.token,
            "tmdb__requests_per_s": "none",
            "films__source": "export",
            "report__on_run": "false",
            "model__on_run": "false",
            **self.settings,
            **more,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
        return inherited | {f"TAQUILLA_{name.upper()}": value for name, value in settings.items()}

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            cwd=self.folder,
            env=self.env(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def taquilla(self, *arguments: str, code: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        """What a command prints that ends with that exit code."""
        done = taquilla(*arguments, folder=self.folder, env=self.env(**settings))
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, **settings: str) -> Any:
        return json.loads(self.taquilla(*arguments, "--json", code=0, **settings).stdout)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.warehouse) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with duckdb.connect(self.warehouse, read_only=False) as connection:
            connection.execute(sql)

    def account(self) -> Account:
        return account(self.lake)

    def fetched(self) -> dict[str, int]:
        """The sandbox's counts of films answered: distinct, answers, max_per_film."""
        counts: dict[str, int] = self.sandbox.stats()["films"]
        return counts


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "taquilla", *arguments]


@contextmanager
def road(folder: Path, films: int, **sandbox: Any) -> Iterator[Road]:
    """A road with that many films in its sandbox."""
    with running_sandbox(write_catalogue(folder / "films.ndjson", films), **sandbox) as server:
        yield Road(folder, server)


# Leave these out where two fetches of the same films are compared: moments, and numbers that only count.
MOMENTS = frozenset(
    {"fetched_at", "data_date", "snapshot_at", "popularity_at", "removed_at", "run_id", "raw_seq", "origin_seq", "id"}
)
CURATED = ("films", "snapshots", "quarantine")


def contents(road: Road, *, leaving: frozenset[str] = MOMENTS) -> dict[str, set[str]]:
    """Every warehouse table and every curated table as rows without what `leaving` names."""
    found = {}
    with duckdb.connect(road.warehouse) as connection:
        named = "select table_name from duckdb_tables() where schema_name = 'main' order by 1"
        for (name,) in connection.execute(named).fetchall():
            if name != "load_marks":
                found[name] = _told(connection.table(name).pl(), leaving)
    for name in CURATED:
        table = getattr(road.tables, name)
        found[f"curated {name}"] = _told(table.scan().collect(), leaving)
    return found


def _told(rows: pl.DataFrame, leaving: frozenset[str]) -> set[str]:
    return {repr({k: v for k, v in sorted(row.items()) if k not in leaving}) for row in rows.iter_rows(named=True)}
