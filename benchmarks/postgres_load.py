"""raw → curated → PostgreSQL, all keys on, beside dlt and the seeds' own design, on the same server in the same run.

    python -m benchmarks.postgres_load

Reads `$TAQUILLA_SHARED_DATA/tmdb/tmdb_5000.jsonl.gz`; the peers' programs stand beside it.
The server keeps its defaults, fsync too. Ours ends with every table of the model, the seeds' wide table and the marts.
"""

import argparse
import gzip
import shutil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks import films_from_disk, peers
from benchmarks.measure import MIB, Measured, Steps, in_fresh_process, machine, show
from benchmarks.servers import PostgresServer
from taquilla.engines import engine
from taquilla.lake import Lake
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.land_file import land_file
from taquilla.pipeline.load import load_postgres
from taquilla.warehouse.migrating import migrate
from taquilla.warehouse.postgres import PostgresOptions

ROUNDS, SEED_FILMS = 3, 1_000
TARGETS = {"dlt": 3, "the seeds' design": 20}


def main(rounds: int = ROUNDS) -> None:
    server = PostgresServer(durable=True)
    server.make()
    try:
        with TemporaryDirectory() as folder:
            path = films_from_disk.data(Path(folder))
            ours = [_ours(server, path, Path(folder, f"round{n}")) for n in range(rounds + 1)][1:]
            rates = {name: _rate(films, seconds) for name, (films, seconds) in _others(server, path, Path(folder))}
            films = ours[0].result["films"]
    finally:
        server.delete()
    show(f"raw to PostgreSQL: {films:,} films, medians of {rounds} rounds", _steps(ours, films))
    rate = films / median(run.result["seconds"]["curate"] + run.result["seconds"]["load"] for run in ours)
    if rates:
        show("  films a second", [{"way": "taquilla", "films/s": round(rate)}, *_told(rates)])
    for name, other in rates.items():
        print(f"  taquilla / {name}: {rate / other:.1f} (target: {TARGETS[name]} or more)")


def _told(rates: dict[str, float]) -> list[dict[str, Any]]:
    return [{"way": name, "films/s": round(rate)} for name, rate in rates.items()]


def _rate(films: int, seconds: float) -> float:
    return films / seconds


def _ours(server: PostgresServer, path: Path, folder: Path) -> Measured:
    folder.mkdir()
    return in_fresh_process("benchmarks.postgres_load:road", path, folder, server.new_database())


def road(path: str, folder: str, url: str) -> dict[str, Any]:
    """Land a file of records, which is not part of the race, then curate it and load it into a new database."""
    lake, steps, options = Lake(f"{folder}/lake"), Steps(), PostgresOptions(url)
    migrate(options)
    land_file(lake, Path(path), run_id="bench")
    steps.run("curate", lambda: curate_films(lake, engine("local")))
    steps.run("load", lambda: load_postgres(lake, options, memory_limit="1400MB"))
    with psycopg.connect(url) as connection:
        counted = connection.execute("select count(*) from movies").fetchone()
    return steps.told() | {"films": counted[0] if counted else 0}


def _others(server: PostgresServer, path: Path, folder: Path) -> list[tuple[str, tuple[int, float]]]:
    if peers.scripts() is None:
        print("The peers' programs are not here: ours runs alone.")
        return []
    raw, flat = folder / "raw.ndjson", folder / "flat.ndjson"
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as packed, raw.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    count = sum(1 for _ in raw.open("rb"))
    peers.flatten(raw, flat)
    return [
        ("dlt", peers.run("dlt_way.py", raw, server.new_database(), count)),
        ("the seeds' design", peers.run("seed_way.py", flat, server.new_database(), SEED_FILMS)),
    ]


def _steps(runs: list[Measured], films: int) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "seconds": median(run.result["seconds"][step] for run in runs),
            "processor s": median(run.result["cpu_seconds"][step] for run in runs),
            "films/s": round(films / median(run.result["seconds"][step] for run in runs)),
            "peak MiB": round(median(run.result["peak_bytes"][step] for run in runs) / MIB),
        }
        for step in ("curate", "load")
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    print(machine())
    main(told.rounds)
