"""How long an answer takes and a training, of ever more likes: a recommender of generated ratings.

    python -m benchmarks.recommend 100000 1000000

Films are rated as unevenly as they are in life: the chance falls with the film's rank, and each user likes one of ten
kinds of films more than the others. A fifth of the films stand in the catalogue, with genres.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.measure import Measured, in_fresh_process, machine, show
from taquilla.models.recommend.registry import load_recommender
from taquilla.models.recommend.training import train_recommenders
from taquilla.warehouse.asking import asking
from taquilla.warehouse.duckdb import connect, create_schema

SIZES = (100_000, 1_000_000)
RATINGS_A_USER, ASKED, SIMILAR = 100, 1_000, 200
NOW = datetime(2026, 1, 15, tzinfo=UTC)
# Films grow with the root of the ratings: 3,000 of 100,000, 10,000 of a million.
FILMS_OF_ROOT = 10
GENERATED = """
create schema if not exists reviews;
create table reviews.dim_rated_film (rated_film_id bigint, title text, release_year integer, film_id bigint);
create table reviews.fact_rating (user_id text, rated_film_id bigint, rating double, rated_at timestamptz);
insert into reviews.dim_rated_film
select n, 'Film ' || n, 1950 + n % 70, case when n % 5 = 0 then n end from range({films}) as given (n);
insert into movies by name
select n as film_id, 'Film ' || n as title, 1950 + n % 70 as release_year, timestamptz '2026-01-01' as fetched_at,
       false as is_removed
from range(0, {films}, 5) as given (n);
insert into genres by name select n as genre_id, 'Kind ' || n as name from range(10) as given (n);
insert into movie_genres by name select film_id, film_id % 10 as genre_id from movies;
insert into reviews.fact_rating
select cast(n // {each} as text) as user_id, film, 3.0 + 0.5 * (hash(n, 1) % 5), to_timestamp(1_000_000_000 + n * 10)
from (select n, cast(floor({films} * power(hash(n, 2) % 1_000_000 / 1e6, 3)) as bigint) as drawn,
             case when hash(n, 3) % 10 < 7 then drawn - drawn % 10 + (n // {each}) % 10 else drawn end as film
      from range({ratings}) as given (n))
where film < {films}
qualify row_number() over (partition by user_id, film order by n) = 1;
"""


def main(sizes: Sequence[int] = SIZES) -> None:
    with TemporaryDirectory() as folder:
        rows = [_row(ratings, in_fresh_process("benchmarks.recommend:run", folder, ratings)) for ratings in sizes]
    show(f"recommend: {ASKED:,} users asked for 20 films each; and trained, on how many pairs", rows)


def _row(ratings: int, run: Measured) -> dict[str, Any]:
    return {"ratings": f"{ratings:,}", **run.result["told"], "peak MiB": run.peak_bytes // 2**20}


def run(folder: str, ratings: str) -> dict[str, Any]:
    """Generate, train, load and ask; seconds and milliseconds of each."""
    place = Path(folder) / ratings
    place.mkdir()
    made: dict[str, Any] = {}
    _generate(place / "warehouse.duckdb", int(ratings))
    trained = _timed(made, "train s", lambda: _train(place))
    recommender = _timed(made, "load s", lambda: load_recommender(trained))
    facts = recommender.metrics["kinds"]["films"]
    made |= {"pairs": facts["data"]["pairs"], "items": facts["modelled_items"], "answering": facts["answering"]}
    every = recommender.shelves["films"].users["id"]
    asked = np.linspace(0, len(every) - 1, ASKED).astype(int)
    took = [_took(partial(recommender.recommend, every[int(place)])) for place in asked]
    alike = [_took(partial(recommender.similar, str(5 * n))) for n in range(SIMILAR)]
    for name, which in (("", 0), ("cpu ", 1)):
        p50, p99 = np.quantile([each[which] for each in took], (0.5, 0.99))
        made |= {f"{name}p50 ms": float(p50), f"{name}p99 ms": float(p99)}
    return {"told": made | {"similar ms": float(np.median([clock for clock, _ in alike]))}}


def _generate(file: Path, ratings: int) -> None:
    with connect(file, read_only=False) as connection:
        create_schema(connection)
        # In the place of the star's tables, whose other columns nobody asks for here.
        connection.execute("drop schema if exists reviews cascade")
        films = int(FILMS_OF_ROOT * ratings**0.5)
        for statement in GENERATED.format(films=films, ratings=ratings, each=RATINGS_A_USER).split(";"):
            if statement.strip():
                connection.execute(statement)


def _train(place: Path) -> Path:
    with connect(place / "warehouse.duckdb") as connection:
        return train_recommenders(asking(connection), place, now=NOW).folder


def _timed(made: dict[str, Any], name: str, do: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    found = do()
    made[name] = time.perf_counter() - begun
    return found


def _took(do: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor: on a busy machine those say more."""
    begun, cpu = time.perf_counter(), time.process_time()
    do()
    return (time.perf_counter() - begun) * 1_000, (time.process_time() - cpu) * 1_000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings", nargs="*", type=int, default=SIZES)
    told = parser.parse_args()
    print(machine())
    main(told.ratings)
