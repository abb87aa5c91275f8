"""A warehouse and a model in which every page of the catalogue has something to show; and a service over both."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from taquilla.models.training import train
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect, replacing
from web.many_films import many_films

MADE_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILMS = 150
LONG = (
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb – Donaudampfschifffahrtsgesellschaftskapitän"
)
PROGRAM = """
import sys
from pathlib import Path
from taquilla.web.serve import serve
serve(Path(sys.argv[1]), "127.0.0.1", 0, lambda address: print(address, flush=True), models=Path(sys.argv[2]))
"""
# Names that are no words of the pages; two of one name who both directed, a name with a comma in it, a film that was
# read on three days, one with a long title and nothing else, and operations of which some failed.
_MORE = (
    "update movies set title = replace(title, 'Film', 'Obra')",
    "update genres set name = replace(name, 'Genre', 'Clase')",
    "update production_companies set name = replace(name, 'Company', 'Casa')",
    "insert into people values (30001, 'Ana Pérez', 1), (30002, 'Ana Perez', 1), (30003, 'Robert Downey, Jr.', 2)",
    """insert into movie_people (film_id, credit_id, person_id, credit_type, job, character, cast_order) values
        (2, 'x1', 30001, 'crew', 'Director', null, null), (3, 'x2', 30002, 'crew', 'Director', null, null),
        (4, 'x3', 30002, 'crew', 'Director', null, null), (2, 'x4', 30003, 'cast', null, 'A <b>hero</b>', 0),
        (2, 'x5', 30001, 'crew', 'Screenplay', null, null)""",
    """insert into film_snapshots (film_id, snapshot_at, popularity, vote_average, vote_count, origin)
        select 2, timestamptz '2026-02-01 06:00:00+00' + (i * interval '1 day'), 10 + i, 7.5, 100 + i, 'details'
        from range(3) as r(i)""",
    "update movies set imdb_id = 'tt0000002', overview = 'Trata de <em>algo</em>.', status = 'Released' "
    "where film_id = 2",
    """insert into movies (film_id, title, fetched_at, is_removed)
        values (900, $long, timestamptz '2025-08-01 12:00:00+00', false),
            (901, 'Removed', timestamptz '2026-03-01 12:00:00+00', true)""",
    "insert into countries values ('ES', 'Spain')",
    "insert into movie_countries select film_id, 'ES' from movies where film_id % 3 = 0",
    """insert into ops.runs (
            run_seq, run_id, step, started_at, seconds, outcome, rows, quarantined, dead, note, version)
        select i, '20260301T1200' || i // 6, ['land_films', 'curate_films', 'load_films'][1 + i % 3],
            timestamptz '2026-03-01 12:00:00+00' + (i * interval '1 hour'), 1.5,
            if(i = 7, 'failed', 'ok'), if(i = 7, null, 100 + i), if(i = 7, null, 0), if(i = 7, null, 0), 'new', '0.1.0'
        from range(20) as r(i)""",
    """insert into ops.rejected (raw_seq, kind, film_id, fetched_at, rule, reason)
        select i, if(i % 5 = 0, 'dead letter', 'quarantined'), if(i % 5 = 0, null, 1000 + i),
            timestamptz '2026-03-01 12:00:00+00' + (i * interval '1 minute'), if(i % 5 = 0, null, 'title_is_known'),
            if(i % 5 = 0, 'no JSON: <!doctype html>', 'title is empty')
        from range(1, 31) as r(i)""",
    """insert into ops.accounts values ('landed', 200), ('current', 150), ('superseded', 20), ('quarantined', 24),
        ('dead', 6), ('pending', 0), ('purged', 0), ('missing', 0)""",
)


def busy_folder(folder: Path) -> Path:
    """The folder with `warehouse.duckdb` and, under `models`, a model of its films."""
    path = many_films(folder / "warehouse.duckdb", FILMS)
    with replacing(path, fresh=False) as connection:
        for statement in _MORE:
            connection.execute(statement, {"long": LONG} if "$long" in statement else {})
    opened = connect(path)
    train(asking(opened), folder / "models", now=MADE_AT)
    opened.close()
    return folder


@contextmanager
def serving_models(folder: Path) -> Iterator[str]:
    """The address of a service, in a process of its own, over such a folder."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder / "warehouse.duckdb"), str(folder / "models")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
