"""A small world with all three subjects: its files, in one part or in many, and the steps that bring it into a lake.

Something is wrong in every subject: lines that are no records, records that break a rule, keys that come again (in
another file too), films that TMDB has deleted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from records import acts, at, export, film, gone, land, works
from taquilla.demo.town import Town
from taquilla.demo.town_reviews import TownReviews
from taquilla.demo.town_reviews_files import write_reviews
from taquilla.engines import Engine
from taquilla.lake import Lake
from taquilla.pipeline.actions import Context, Outcome
from taquilla.pipeline.addresses import ShopOptions, parse
from taquilla.pipeline.land_file import land_files
from taquilla.pipeline.reviews.options import ReviewOptions
from taquilla.pipeline.steps import step

FILMS = 60
LANDINGS = ("land_rentals", "land_reviews")
CURATIONS = ("curate_films", "curate_rentals", "link_films", "curate_reviews", "score_reviews")
LOADS = ("load_films", "load_rentals", "load_reviews")
# The shop's tables, and lines behind some: keys that came before, one of them dirty; cells that are none; no rows.
SHOP = ("customer", "film", "inventory", "payment", "rental")
DIRT = {
    "customer": ["x3,1,ZOE,SMITH,,,,,", "4,1,ANA,JONES,,,,,2030-01-01 00:00:00", "77,one,EVE,HILL,,,,,", "6,1"],
    "rental": ["7,2014-01-01 10:00:00,1,1,2013-01-01 10:00:00,1,", "8,no day,1,1,,1,", "eight,,,,,,", '"'],
}


@dataclass(frozen=True, slots=True)
class World:
    """Where its files are. buckets, batch_rows: into how many parts its tables are cut."""

    films: tuple[Path, ...]
    shop: Path
    reviews: Path
    buckets: int
    batch_rows: int

    def context(self, folder: Path, engine: Engine) -> Context:
        """What a run over these files knows whose lake and warehouse are in that folder."""
        return Context(
            run_id="test",
            now=at(400),
            data=folder,
            lake=Lake(str(folder / "lake")),
            warehouse=folder / "warehouse.duckdb",
            tmdb=_no_tmdb,
            shop=ShopOptions(parse(str(self.shop), {}), {}, batch_rows=self.batch_rows),
            reviews=ReviewOptions(
                (str(self.reviews),), pseudonym_key="a key that tests alone know", batch_rows=self.batch_rows
            ),
            buckets=self.buckets,
            engine=engine,
        )

    def land(self, context: Context) -> None:
        """All of it in raw."""
        self.land_files(context)
        land(context.lake, [gone(4, 1), gone(FILMS + 9, 1)])
        export(context.lake, 2, {n: 1.5 * n for n in range(1, FILMS)})

    def land_files(self, context: Context) -> None:
        """What stands in files, in raw."""
        how: dict[str, Any] = {"run_id": "test", "buckets": self.buckets, "fetched_at": at(0)}
        assert len(list(land_files(context.lake, context.engine, self.films, **how))) == len(self.films)
        run(context, LANDINGS)


def run(context: Context, names: Sequence[str]) -> list[Outcome]:
    """What these steps did, one after another."""
    return [_action(name)(context) for name in names]


def _action(name: str) -> Callable[[Context], Outcome]:
    module, _, function = step(name).run.partition(":")
    action: Callable[[Context], Outcome] = getattr(import_module(module), function)
    return action


def _no_tmdb() -> Any:
    raise AssertionError("nothing is fetched here")


def write_world(folder: Path, *, is_in_parts: bool) -> World:
    """The world's files: of films one or five, of reviews one or three; tables of one part, or in four buckets."""
    folder.mkdir()
    town = Town(rentals=200, stores=1, years=1, films=20)
    titles = pl.DataFrame(pa.Table.from_batches(town.batches("film"))).select("title", "release_year").rows()
    films = _cut(folder, "films.ndjson", _film_lines(titles), 5 if is_in_parts else 1)
    _write_shop(folder / "shop", town)
    write_reviews(folder / "reviews", TownReviews(reviews=200, ratings=150, google_percent=0))
    for name in ("movies.csv", "links.csv"):
        (folder / "reviews" / name).unlink()
    if is_in_parts:
        whole = folder / "reviews" / "review.json"
        lines = whole.read_bytes().splitlines(keepends=True)
        whole.unlink()
        _cut(folder / "reviews", "review.json", lines, 3)
    return World(films, folder / "shop", folder / "reviews", *((4, 500) if is_in_parts else (1, 100_000)))


def _film_lines(titles: Sequence[tuple[str, int]]) -> list[bytes]:
    """Films 1 to 60, the first of them the shop's; one in two versions, two landed twice, and what is no film."""
    told = [{"title": title, "release_date": f"{year}-05-17"} for title, year in titles]
    lines = [film(n, **_credits(n), **fields) for n, fields in enumerate([*told, *[{}] * (FILMS - len(told))], 1)]
    lines.insert(7, film(7, title="Another cut", popularity=3.5))
    wrong = [b"{ no film", film(70, title=""), film(71, release_date="in spring"), film(72, budget="much")]
    return [line + b"\n" for line in [*lines[:30], *wrong, *lines[30:], lines[2], lines[40]]]


def _credits(n: int) -> dict[str, Any]:
    cast = [acts(n % 7 + order, credit=f"cast {n} {order}", order=order) for order in range(3)]
    return {"credits": {"cast": cast, "crew": [works(n % 5 + 1, credit=f"crew {n}")]}}


def _cut(folder: Path, name: str, lines: Sequence[bytes], files: int) -> tuple[Path, ...]:
    size = -(-len(lines) // files)
    paths = [folder / f"{number}_{name}" for number in range(files)]
    for number, path in enumerate(paths):
        path.write_bytes(b"".join(lines[number * size : (number + 1) * size]))
    return tuple(paths)


def _write_shop(folder: Path, town: Town) -> None:
    """The town's tables, some as CSV, some as NDJSON, some as Parquet."""
    folder.mkdir()
    for number, name in enumerate(SHOP):
        rows = pl.DataFrame(pa.Table.from_batches(town.batches(name), town.schema(name)))
        if name in DIRT:
            path = folder / f"{name}.csv"
            path.write_text(rows.write_csv() + "\n".join(DIRT[name]) + "\n")
        elif number % 2:
            rows.write_parquet(folder / f"{name}.parquet")
        else:
            rows.write_ndjson(folder / f"{name}.ndjson")
